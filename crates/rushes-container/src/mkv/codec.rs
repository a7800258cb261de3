//! Codec identifiers and private data: the Matroska codec specification (draft-ietf-cellar-codec).

use rushes_core::{
    AudioParameters, CodecId, CodecParameters, MediaKind, MediaParameters, PcmFormat,
};

use super::{vfw, video};
use crate::blocks::sample_format;
use crate::wav::WaveFormat;

/// Codec identifiers that say it all. The first one of a codec is the one that is written.
static CODECS: [(&str, CodecId); 51] = [
    ("V_MPEG4/ISO/AVC", CodecId::H264),
    ("V_MPEGH/ISO/HEVC", CodecId::Hevc),
    ("V_AV1", CodecId::Av1),
    ("V_VP8", CodecId::Vp8),
    ("V_VP9", CodecId::Vp9),
    ("V_MPEG4/ISO/ASP", CodecId::Mpeg4),
    ("V_MPEG4/ISO/SP", CodecId::Mpeg4),
    ("V_MPEG4/ISO/AP", CodecId::Mpeg4),
    ("V_MPEG4/MS/V3", CodecId::MsMpeg4V3),
    ("V_MPEG2", CodecId::Mpeg2Video),
    ("V_MPEG1", CodecId::Mpeg1Video),
    ("V_MJPEG", CodecId::Mjpeg),
    ("V_PRORES", CodecId::ProRes),
    ("V_THEORA", CodecId::Theora),
    ("V_FFV1", CodecId::Ffv1),
    ("V_UNCOMPRESSED", CodecId::RawVideo),
    ("A_AAC", CodecId::Aac),
    ("A_OPUS", CodecId::Opus),
    ("A_OPUS/EXPERIMENTAL", CodecId::Opus),
    ("A_VORBIS", CodecId::Vorbis),
    ("A_FLAC", CodecId::Flac),
    ("A_ALAC", CodecId::Alac),
    ("A_MPEG/L3", CodecId::Mp3),
    ("A_MPEG/L2", CodecId::Mp2),
    ("A_MPEG/L1", CodecId::Mp1),
    ("A_AC3", CodecId::Ac3),
    ("A_AC3/BSID9", CodecId::Ac3),
    ("A_AC3/BSID10", CodecId::Ac3),
    ("A_EAC3", CodecId::Eac3),
    ("A_DTS", CodecId::Dts),
    ("A_DTS/EXPRESS", CodecId::Dts),
    ("A_DTS/LOSSLESS", CodecId::Dts),
    ("A_TRUEHD", CodecId::TrueHd),
    ("A_MLP", CodecId::Mlp),
    ("A_TTA1", CodecId::Tta),
    ("A_WAVPACK4", CodecId::WavPack),
    ("S_TEXT/UTF8", CodecId::SubRip),
    ("S_TEXT/ASCII", CodecId::Text),
    ("S_TEXT/ASS", CodecId::Ass),
    ("S_TEXT/SSA", CodecId::Ass),
    ("S_ASS", CodecId::Ass),
    ("S_SSA", CodecId::Ass),
    ("S_TEXT/WEBVTT", CodecId::WebVtt),
    ("D_WEBVTT/SUBTITLES", CodecId::WebVtt),
    ("D_WEBVTT/CAPTIONS", CodecId::WebVtt),
    ("D_WEBVTT/DESCRIPTIONS", CodecId::WebVtt),
    ("D_WEBVTT/METADATA", CodecId::WebVtt),
    ("S_HDMV/PGS", CodecId::HdmvPgs),
    ("S_HDMV/TEXTST", CodecId::HdmvText),
    ("S_DVBSUB", CodecId::DvbSubtitle),
    ("S_VOBSUB", CodecId::DvdSubtitle),
];

const INTEGER_LITTLE: &str = "A_PCM/INT/LIT";
const INTEGER_BIG: &str = "A_PCM/INT/BIG";
const FLOAT_LITTLE: &str = "A_PCM/FLOAT/IEEE";
const ACM: &str = "A_MS/ACM";
const VFW: &str = "V_MS/VFW/FOURCC";
const QUICKTIME: &str = "V_QUICKTIME";

/// How a codec is stored in a track entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct StoredCodec {
    /// The `CodecID`.
    pub(super) id: String,
    /// The `CodecPrivate`; empty where there is none.
    pub(super) private: Vec<u8>,
    /// The `BitDepth`, which uncompressed sound needs.
    pub(super) bit_depth: Option<u16>,
}

impl StoredCodec {
    /// How a codec with these parameters is stored; `None` where Matroska has no way.
    pub(super) fn of(parameters: &CodecParameters) -> Option<Self> {
        let stored = |id: &str| Self {
            id: id.to_owned(),
            private: parameters.private.to_vec(),
            bit_depth: None,
        };
        match &parameters.codec {
            CodecId::Pcm(format) => store_pcm(*format, parameters),
            CodecId::AdpcmMs | CodecId::AdpcmIma => store_acm(parameters),
            // The cue times of MP4's text are in its packets; it is no text of Matroska.
            CodecId::Unknown(kind, id) => belongs(*kind, id).then(|| stored(id)),
            CodecId::Av1 | CodecId::H264 | CodecId::Hevc => CODECS
                .iter()
                .find(|(_, codec)| *codec == parameters.codec)
                .map(|(id, _)| stored(id)),
            // The configuration of the MP4 binding of VP9 has another form here.
            CodecId::Vp9 => {
                Some(Self { private: vp9_features(&parameters.private), ..stored("V_VP9") })
            }
            // The code of the layout is among the properties of the picture.
            CodecId::RawVideo => {
                let format = parameters.as_video().and_then(|video| video.pixel_format);
                let code = format.and_then(video::raw_code);
                let known = code.is_some() || video::raw_layout(&parameters.private).is_some();
                known.then(|| stored("V_UNCOMPRESSED"))
            }
            CodecId::Vp8 => Some(Self { private: Vec::new(), ..stored("V_VP8") }),
            // What the boxes of MP4 repeat of the stream.
            CodecId::Ac3 => Some(Self { private: Vec::new(), ..stored("A_AC3") }),
            CodecId::Eac3 => Some(Self { private: Vec::new(), ..stored("A_EAC3") }),
            CodecId::Wmv3 | CodecId::Vc1 => Some(Self {
                private: vfw::write(&parameters.codec, parameters.as_video(), &parameters.private)?,
                ..stored(VFW)
            }),
            codec => CODECS.iter().find(|(_, known)| known == codec).map(|(id, _)| stored(id)),
        }
    }

    /// The parameters of a track of this kind. `media` holds what the track entry says beside the codec.
    pub(super) fn parameters(&self, kind: MediaKind, media: MediaParameters) -> CodecParameters {
        let mut parameters = CodecParameters::other(CodecId::Unknown(kind, self.id.clone()));
        parameters.private = self.private.clone().into();
        parameters.media = media;
        if let Some((_, codec)) = CODECS.iter().find(|(id, _)| *id == self.id) {
            parameters.codec = codec.clone();
        } else if self.id.starts_with("A_AAC/") {
            parameters.codec = CodecId::Aac;
        } else if let Some(format) = self.pcm_format() {
            parameters.codec = CodecId::Pcm(format);
        } else if self.id == ACM {
            self.read_acm(&mut parameters);
        } else if self.id == VFW {
            (parameters.codec, parameters.private) = vfw::read(&self.private);
        } else if self.id == QUICKTIME {
            parameters.codec = vfw::codec_of_quicktime(&self.private);
        }
        match (&parameters.codec, &mut parameters.media) {
            (CodecId::Aac, MediaParameters::Audio(audio)) if self.private.is_empty() => {
                parameters.private = self.audio_specific_config(audio).into();
            }
            (CodecId::Pcm(format), MediaParameters::Audio(audio)) => {
                audio.bits_per_sample = format.bits();
                audio.block_align =
                    u32::from(format.bits() / 8) * u32::from(audio.layout.channels());
                audio.sample_format = Some(sample_format(*format));
            }
            (CodecId::Vp9, MediaParameters::Video(video)) if !self.private.is_empty() => {
                let color = &video.color;
                let full = color.range == rushes_core::ColorRange::Full;
                let codes = [color.primaries.code(), color.transfer.code(), color.matrix.code()];
                parameters.private = vp9_configuration(&self.private, full, codes).into();
            }
            _ => {}
        }
        parameters
    }

    /// The format of uncompressed sound.
    fn pcm_format(&self) -> Option<PcmFormat> {
        Some(match (self.id.as_str(), self.bit_depth.unwrap_or(16)) {
            (INTEGER_LITTLE, 8) => PcmFormat::U8,
            (INTEGER_LITTLE, 16) => PcmFormat::S16Le,
            (INTEGER_LITTLE, 24) => PcmFormat::S24Le,
            (INTEGER_LITTLE, 32) => PcmFormat::S32Le,
            (INTEGER_LITTLE, 64) => PcmFormat::S64Le,
            (INTEGER_BIG, 8) => PcmFormat::S8,
            (INTEGER_BIG, 16) => PcmFormat::S16Be,
            (INTEGER_BIG, 24) => PcmFormat::S24Be,
            (INTEGER_BIG, 32) => PcmFormat::S32Be,
            (INTEGER_BIG, 64) => PcmFormat::S64Be,
            (FLOAT_LITTLE, 64) => PcmFormat::F64Le,
            // Of floating-point samples 32 bits are the ones that are usual.
            (FLOAT_LITTLE, 32 | 16) => PcmFormat::F32Le,
            _ => return None,
        })
    }

    /// WAVEFORMATEX as private data. What it says of channels and rate counts where the track entry is silent.
    fn read_acm(&self, parameters: &mut CodecParameters) {
        let wave = WaveFormat::read(&self.private).and_then(|wave| wave.parameters());
        let Ok(wave) = wave else { return };
        let entry = parameters.as_audio().cloned();
        *parameters = wave;
        if let (MediaParameters::Audio(audio), Some(entry)) = (&mut parameters.media, entry) {
            (audio.delay, audio.padding) = (entry.delay, entry.padding);
        }
    }

    /// The `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1) that the old identifiers (`A_AAC/MPEG4/LC/SBR`) stand for.
    fn audio_specific_config(&self, audio: &mut AudioParameters) -> Vec<u8> {
        const RATES: [u32; 13] = [
            96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
            8000, 7350,
        ];
        let index_of = |rate: u32| {
            let index = RATES.iter().position(|known| rate >= known - known / 16);
            u8::try_from(index.unwrap_or(12)).unwrap_or(12)
        };
        let object_type: u8 = match &self.id {
            id if id.contains("MAIN") => 1,
            id if id.contains("SSR") => 3,
            id if id.contains("LTP") => 4,
            _ => 2,
        };
        let channels = match audio.layout.channels() {
            8 => 7,
            channels => u8::try_from(channels).unwrap_or(0) & 15,
        };
        // Replication of high frequencies doubles the rate; the rate of the entry is that of what is coded.
        let replicated = self.id.contains("SBR");
        let shown = audio.sample_rate;
        let coded = if replicated && shown > 24_000 { shown / 2 } else { shown };
        let index = index_of(coded);
        let mut config = vec![object_type << 3 | index >> 1, (index & 1) << 7 | channels << 3];
        if replicated {
            audio.sample_rate = coded * 2;
            config.extend([0x56, 0xe5, 0x80 | index_of(coded * 2) << 3]);
        }
        config
    }
}

/// Uncompressed sound.
fn store_pcm(format: PcmFormat, parameters: &CodecParameters) -> Option<StoredCodec> {
    let id = match format {
        PcmFormat::U8
        | PcmFormat::S16Le
        | PcmFormat::S24Le
        | PcmFormat::S32Le
        | PcmFormat::S64Le => INTEGER_LITTLE,
        PcmFormat::S8
        | PcmFormat::S16Be
        | PcmFormat::S24Be
        | PcmFormat::S32Be
        | PcmFormat::S64Be => INTEGER_BIG,
        PcmFormat::F32Le | PcmFormat::F64Le => FLOAT_LITTLE,
        PcmFormat::ALaw | PcmFormat::MuLaw => return store_acm(parameters),
        _ => return None,
    };
    Some(StoredCodec { id: id.to_owned(), private: Vec::new(), bit_depth: Some(format.bits()) })
}

/// Sound that has a number in WAVE files and no name of its own here.
fn store_acm(parameters: &CodecParameters) -> Option<StoredCodec> {
    let mut private = WaveFormat::for_parameters(parameters).ok()?.write();
    // Readers want WAVEFORMATEX, with the size of the nothing that follows.
    if private.len() == 16 {
        private.extend([0, 0]);
    }
    Some(StoredCodec { id: ACM.to_owned(), private, bit_depth: None })
}

/// True for a codec identifier of Matroska that we have no codec for.
fn belongs(kind: MediaKind, id: &str) -> bool {
    let prefixes: &[&str] = match kind {
        MediaKind::Video => &["V_"],
        MediaKind::Audio => &["A_"],
        MediaKind::Subtitle => &["S_", "D_"],
        _ => &["D_", "B_"],
    };
    prefixes.iter().any(|prefix| id.starts_with(prefix))
}

/// The private data of VP9 in WebM ("VP9 Codec Feature Metadata"), from the body of `vpcC`.
fn vp9_features(configuration: &[u8]) -> Vec<u8> {
    let Some(&[profile, level, format]) = configuration.first_chunk() else { return Vec::new() };
    let mut features = vec![1, 1, profile];
    // A level of zero is unknown.
    if level != 0 {
        features.extend([2, 1, level]);
    }
    features.extend([3, 1, format >> 4]);
    // 4:2:0 with chroma on luma is what readers expect, and some (libwebm's) stumble over hearing it.
    if format >> 1 & 7 != 1 {
        features.extend([4, 1, format >> 1 & 7]);
    }
    features
}

/// The body of `vpcC` from the private data of VP9 in WebM, and from primaries, transfer and matrix.
fn vp9_configuration(features: &[u8], full_range: bool, color: [u16; 3]) -> Vec<u8> {
    let (mut profile, mut level, mut depth, mut subsampling) = (0, 0, 8, 1);
    let mut rest = features;
    while let [id, length, tail @ ..] = rest {
        let Some((value, tail)) = tail.split_at_checked(usize::from(*length)) else { break };
        match (id, value) {
            (1, [value]) => profile = *value,
            (2, [value]) => level = *value,
            (3, [value]) => depth = *value,
            (4, [value]) => subsampling = *value,
            _ => {}
        }
        rest = tail;
    }
    let format = depth << 4 | (subsampling & 7) << 1 | u8::from(full_range);
    let mut configuration = vec![profile, level, format];
    configuration.extend(color.map(|code| u8::try_from(code).unwrap_or(2)));
    configuration.extend([0, 0]);
    configuration
}

#[cfg(test)]
mod tests {
    use rushes_core::{Buffer, ChannelLayout, VideoParameters};

    use super::*;

    fn audio(rate: u32, channels: u16) -> MediaParameters {
        let layout = ChannelLayout::default_for(channels);
        MediaParameters::Audio(AudioParameters::new(rate, layout))
    }

    fn read(id: &str, private: &[u8], bit_depth: u16, media: MediaParameters) -> CodecParameters {
        let kind = if id.starts_with("V_") { MediaKind::Video } else { MediaKind::Audio };
        StoredCodec { id: id.to_owned(), private: private.to_vec(), bit_depth: Some(bit_depth) }
            .parameters(kind, media)
    }

    #[test]
    fn every_codec_comes_back() {
        for (_, codec) in &CODECS {
            let mut parameters = CodecParameters::other(codec.clone());
            parameters.private = match codec {
                CodecId::Vp8 | CodecId::Ac3 | CodecId::Eac3 => Buffer::default(),
                CodecId::Vp9 => vec![2, 31, 0xa2, 1, 1, 1, 0, 0].into(),
                CodecId::RawVideo => b"I420".to_vec().into(),
                _ => vec![1, 2, 3].into(),
            };
            parameters.media = match codec.kind() {
                MediaKind::Audio => audio(48_000, 2),
                MediaKind::Video => {
                    let mut video = VideoParameters::new(16, 16);
                    video.color.matrix = rushes_core::MatrixCoefficients::Bt709;
                    video.color.primaries = rushes_core::ColorPrimaries::Bt709;
                    video.color.transfer = rushes_core::TransferFunction::Bt709;
                    MediaParameters::Video(video)
                }
                _ => MediaParameters::Other,
            };
            let stored = StoredCodec::of(&parameters).expect("in the table");
            let back = stored.parameters(codec.kind(), parameters.media.clone());
            assert_eq!(back, parameters, "{}", stored.id);
        }
    }

    #[test]
    fn uncompressed_sound_comes_back() {
        let mut kept = 0;
        for format in PcmFormat::ALL {
            let mut parameters = CodecParameters::other(CodecId::Pcm(format));
            parameters.media = audio(48_000, 2);
            let Some(stored) = StoredCodec::of(&parameters) else { continue };
            kept += 1;
            let back = stored.parameters(MediaKind::Audio, parameters.media.clone());
            assert_eq!(back.codec, parameters.codec);
            let block = u32::from(format.bits() / 8) * 2;
            assert_eq!(back.as_audio().expect("audio").block_align, block);
        }
        assert_eq!(kept, 14);
    }

    #[test]
    fn old_names_of_aac_become_configurations() {
        let check = |id: &str, rate: u32, expected: &[u8], shown: u32| {
            let parameters = read(id, &[], 0, audio(rate, 2));
            assert_eq!(parameters.codec, CodecId::Aac);
            assert_eq!(&*parameters.private, expected, "{id}");
            assert_eq!(parameters.as_audio().expect("audio").sample_rate, shown);
        };
        check("A_AAC/MPEG4/LC", 44_100, &[0x12, 0x10], 44_100);
        check("A_AAC/MPEG2/MAIN", 48_000, &[0x09, 0x90], 48_000);
        check("A_AAC/MPEG4/LC/SBR", 22_050, &[0x13, 0x90, 0x56, 0xe5, 0xa0], 44_100);
        check("A_AAC", 8000, &[0x15, 0x90], 8000);
    }

    #[test]
    fn unknown_codecs_keep_their_names() {
        let parameters = read("A_REAL/COOK", &[1], 0, audio(44_100, 2));
        assert_eq!(parameters.codec.name(), "A_REAL/COOK");
        assert_eq!(StoredCodec::of(&parameters).expect("as it came").id, "A_REAL/COOK");
        let foreign = CodecParameters::other(CodecId::Unknown(MediaKind::Video, "vvc1".into()));
        assert_eq!(StoredCodec::of(&foreign), None);
        assert_eq!(read("A_PCM/INT/LIT", &[], 12, audio(8000, 1)).codec.name(), "A_PCM/INT/LIT");
    }
}
