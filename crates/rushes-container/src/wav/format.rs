//! The `fmt ` chunk: WAVEFORMAT, WAVEFORMATEX and WAVEFORMATEXTENSIBLE (Microsoft, mmreg.h).

use crate::blocks::sample_format;
use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, Error, MediaKind, PcmFormat,
    Result, SampleFormat,
};

const TAG_PCM: u16 = 0x0001;
const TAG_ADPCM_MS: u16 = 0x0002;
const TAG_FLOAT: u16 = 0x0003;
const TAG_A_LAW: u16 = 0x0006;
const TAG_MU_LAW: u16 = 0x0007;
const TAG_ADPCM_IMA: u16 = 0x0011;
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// What follows the tag in the sub-format of WAVEFORMATEXTENSIBLE.
const GUID_TAIL: [u8; 14] =
    [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
/// The same for first-order ambisonics, whose channels are no speakers.
const GUID_TAIL_AMBISONIC: [u8; 14] =
    [0x00, 0x00, 0x21, 0x07, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0x00, 0x00, 0x00];

/// What a muxer can say of codecs in an error.
pub(super) const SUPPORTED: &str = "pcm_u8, pcm_s16le, pcm_s24le, pcm_s32le, pcm_s64le, pcm_f32le, pcm_f64le, \
                                    pcm_alaw, pcm_mulaw, adpcm_ms, adpcm_ima_wav";

/// The `fmt ` chunk, as far as it matters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct WaveFormat {
    /// The codec; that of the sub-format in WAVEFORMATEXTENSIBLE.
    pub(super) tag: u16,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
    pub(super) byte_rate: u32,
    pub(super) block_align: u16,
    /// Bits that a sample takes in the file.
    pub(super) bits: u16,
    pub(super) extension: Extension,
}

/// What follows WAVEFORMAT.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Extension {
    /// WAVEFORMATEX, with the private data of the codec; also plain WAVEFORMAT.
    Private(Vec<u8>),
    /// WAVEFORMATEXTENSIBLE.
    Extensible {
        /// Significant bits of a sample; zero where unknown.
        valid_bits: u16,
        /// The speakers.
        mask: u32,
        /// The rest of the sub-format.
        guid_tail: [u8; 14],
    },
}

impl WaveFormat {
    /// Reads the payload of the chunk.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let short = || Error::malformed(format!("{} bytes are too few", bytes.len()));
        let mut format = Self {
            tag: u16_at(bytes, 0).ok_or_else(short)?,
            channels: u16_at(bytes, 2).ok_or_else(short)?,
            sample_rate: u32_at(bytes, 4).ok_or_else(short)?,
            byte_rate: u32_at(bytes, 8).ok_or_else(short)?,
            block_align: u16_at(bytes, 12).ok_or_else(short)?,
            // The oldest writers leave the bits out where the codec implies them.
            bits: u16_at(bytes, 14).unwrap_or(8),
            extension: Extension::Private(Vec::new()),
        };
        if format.channels == 0 || format.sample_rate == 0 {
            return Err(Error::malformed(format!(
                "{} channels at {} Hz",
                format.channels, format.sample_rate
            )));
        }
        let extra = bytes.get(18..).unwrap_or_default();
        if format.tag == TAG_EXTENSIBLE {
            let tail = extra.get(8..22).and_then(|tail| tail.try_into().ok());
            format.extension = Extension::Extensible {
                valid_bits: u16_at(extra, 0).ok_or_else(short)?,
                mask: u32_at(extra, 2).ok_or_else(short)?,
                guid_tail: tail.ok_or_else(short)?,
            };
            format.tag = u16_at(extra, 6).ok_or_else(short)?;
            // Some writers give the size only once.
            if format.bits == 0 {
                format.bits = u16_at(extra, 0).unwrap_or(0);
            }
        } else if let Some(length) = u16_at(bytes, 16) {
            // Some writers claim an extension that is not there.
            let length = usize::from(length).min(extra.len());
            format.extension = Extension::Private(extra[..length].to_vec());
        }
        Ok(format)
    }

    /// The payload of the chunk.
    pub(crate) fn write(&self) -> Vec<u8> {
        let tag = match self.extension {
            Extension::Private(_) => self.tag,
            Extension::Extensible { .. } => TAG_EXTENSIBLE,
        };
        let mut bytes = Vec::with_capacity(40);
        bytes.extend(tag.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.sample_rate.to_le_bytes());
        bytes.extend(self.byte_rate.to_le_bytes());
        bytes.extend(self.block_align.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        match &self.extension {
            // WAVEFORMAT without an extension is what PCM is expected to have.
            Extension::Private(private) if self.tag == TAG_PCM && private.is_empty() => {}
            Extension::Private(private) => {
                let length = u16::try_from(private.len()).unwrap_or(u16::MAX);
                bytes.extend(length.to_le_bytes());
                bytes.extend(&private[..usize::from(length)]);
            }
            Extension::Extensible { valid_bits, mask, guid_tail } => {
                bytes.extend(22_u16.to_le_bytes());
                bytes.extend(valid_bits.to_le_bytes());
                bytes.extend(mask.to_le_bytes());
                bytes.extend(self.tag.to_le_bytes());
                bytes.extend(guid_tail);
            }
        }
        bytes
    }

    /// The codec and its parameters.
    pub(crate) fn parameters(&self) -> Result<CodecParameters> {
        let codec = self.codec();
        let mut audio = AudioParameters::new(self.sample_rate, self.layout());
        audio.bits_per_sample = self.bits;
        if let CodecId::Pcm(format) = codec {
            let container = format.bits() / 8;
            audio.block_align = u32::from(self.channels) * u32::from(container);
            audio.sample_format = Some(sample_format(format));
            if let Extension::Extensible { valid_bits, .. } = self.extension
                && (1..=self.bits).contains(&valid_bits)
            {
                audio.bits_per_sample = valid_bits;
            }
        } else {
            if self.block_align == 0 {
                return Err(Error::malformed(format!("{codec} in blocks of 0 bytes")));
            }
            audio.block_align = u32::from(self.block_align);
            if matches!(codec, CodecId::AdpcmIma | CodecId::AdpcmMs) {
                audio.sample_format = Some(SampleFormat::S16);
            }
        }
        let bytes_per_second = match codec {
            CodecId::Pcm(_) => u64::from(audio.block_align) * u64::from(self.sample_rate),
            _ => u64::from(self.byte_rate),
        };
        let mut parameters = CodecParameters::audio(codec, audio);
        parameters.bit_rate = Some(bytes_per_second * 8).filter(|rate| *rate > 0);
        if let Extension::Private(private) = &self.extension {
            parameters.private = Buffer::from(private.as_slice());
        }
        Ok(parameters)
    }

    fn codec(&self) -> CodecId {
        if let Extension::Extensible { guid_tail, .. } = self.extension
            && guid_tail != GUID_TAIL
            && guid_tail != GUID_TAIL_AMBISONIC
        {
            return CodecId::Unknown(
                MediaKind::Audio,
                format!("wave {:#06x} {guid_tail:02x?}", self.tag),
            );
        }
        // Odd numbers of bits are stored left-justified in whole bytes.
        let pcm = match (self.tag, self.bits.div_ceil(8)) {
            (TAG_PCM, 1) => Some(PcmFormat::U8),
            (TAG_PCM, 2) => Some(PcmFormat::S16Le),
            (TAG_PCM, 3) if u32::from(self.block_align) == u32::from(self.channels) * 4 => {
                Some(PcmFormat::S24In32Le)
            }
            (TAG_PCM, 3) => Some(PcmFormat::S24Le),
            (TAG_PCM, 4) => Some(PcmFormat::S32Le),
            (TAG_PCM, 8) => Some(PcmFormat::S64Le),
            (TAG_FLOAT, 4) => Some(PcmFormat::F32Le),
            (TAG_FLOAT, 8) => Some(PcmFormat::F64Le),
            (TAG_A_LAW, _) => Some(PcmFormat::ALaw),
            (TAG_MU_LAW, _) => Some(PcmFormat::MuLaw),
            _ => None,
        };
        match (pcm, self.tag) {
            (Some(format), _) => CodecId::Pcm(format),
            (None, TAG_ADPCM_MS) => CodecId::AdpcmMs,
            (None, TAG_ADPCM_IMA) => CodecId::AdpcmIma,
            (None, 0x0050) => CodecId::Mp2,
            (None, 0x0055) => CodecId::Mp3,
            (None, 0x00ff) => CodecId::Aac,
            (None, 0x2000) => CodecId::Ac3,
            (None, 0x2001) => CodecId::Dts,
            (None, 0xf1ac) => CodecId::Flac,
            (None, tag) => {
                CodecId::Unknown(MediaKind::Audio, format!("wave {tag:#06x}, {} bit", self.bits))
            }
        }
    }

    fn layout(&self) -> ChannelLayout {
        match self.extension {
            Extension::Extensible { guid_tail: GUID_TAIL, mask, .. } => {
                ChannelLayout::from_mask(self.channels, mask)
            }
            Extension::Extensible { .. } => ChannelLayout::from_mask(self.channels, 0),
            Extension::Private(_) => ChannelLayout::default_for(self.channels),
        }
    }

    /// The chunk for a track of this kind.
    pub(crate) fn for_parameters(parameters: &CodecParameters) -> Result<Self> {
        let codec = &parameters.codec;
        let unsupported = || Error::unsupported(format!("codec {codec} in wav"), SUPPORTED);
        let audio = parameters.as_audio().ok_or_else(unsupported)?;
        let (tag, bits) = match codec {
            CodecId::Pcm(format) => (tag_of(*format).ok_or_else(unsupported)?, format.bits()),
            CodecId::AdpcmMs => (TAG_ADPCM_MS, 4),
            CodecId::AdpcmIma => (TAG_ADPCM_IMA, 4),
            _ => return Err(unsupported()),
        };
        let channels = audio.layout.channels();
        let block_align = match codec {
            CodecId::Pcm(_) => u32::from(channels) * u32::from(bits / 8),
            _ => audio.block_align,
        };
        let no_sound = || {
            Error::usage(format!(
                "wav cannot hold {channels} channels at {} Hz in blocks of {block_align} bytes",
                audio.sample_rate
            ))
        };
        let block_align = u16::try_from(block_align).map_err(|_| no_sound())?;
        if channels == 0 || audio.sample_rate == 0 || block_align == 0 {
            return Err(no_sound());
        }
        let byte_rate = match codec {
            CodecId::Pcm(_) => u64::from(audio.sample_rate) * u64::from(block_align),
            _ => parameters.bit_rate.unwrap_or(0) / 8,
        };
        Ok(Self {
            tag,
            channels,
            sample_rate: audio.sample_rate,
            byte_rate: u32::try_from(byte_rate).map_err(|_| no_sound())?,
            block_align,
            bits,
            extension: extension_for(parameters, audio, tag, bits),
        })
    }

    /// True for linear PCM in integers, the one kind that does without a `fact` chunk.
    pub(super) const fn is_linear(&self) -> bool {
        self.tag == TAG_PCM
    }

    /// Samples per channel in so many whole blocks.
    pub(super) fn samples_in(&self, blocks: u64) -> u64 {
        let channels = u64::from(self.channels);
        let after = |header: u64| u64::from(self.block_align).saturating_sub(header * channels);
        let per_block = match self.tag {
            // A block starts with a header that holds the first sample of each channel, or the first two.
            TAG_ADPCM_IMA => 1 + after(4) / (4 * channels) * 8,
            TAG_ADPCM_MS => 2 + after(7) * 2 / channels,
            _ => 1,
        };
        blocks.saturating_mul(per_block)
    }
}

/// WAVEFORMATEXTENSIBLE where the layout, the size or the valid bits of a sample need it.
fn extension_for(
    parameters: &CodecParameters,
    audio: &AudioParameters,
    tag: u16,
    bits: u16,
) -> Extension {
    if !matches!(parameters.codec, CodecId::Pcm(_)) {
        return Extension::Private(parameters.private.to_vec());
    }
    let channels = audio.layout.channels();
    let mask = audio.layout.mask();
    let usual = mask == 0 || mask == ChannelLayout::default_for(channels).mask();
    let valid_bits = match audio.bits_per_sample {
        valid if valid > 0 && valid < bits => valid,
        _ => bits,
    };
    if channels > 2 || !usual || valid_bits < bits || (tag == TAG_PCM && bits > 16) {
        Extension::Extensible { valid_bits, mask, guid_tail: GUID_TAIL }
    } else {
        Extension::Private(Vec::new())
    }
}

const fn tag_of(format: PcmFormat) -> Option<u16> {
    match format {
        PcmFormat::U8
        | PcmFormat::S16Le
        | PcmFormat::S24Le
        | PcmFormat::S32Le
        | PcmFormat::S64Le => Some(TAG_PCM),
        PcmFormat::F32Le | PcmFormat::F64Le => Some(TAG_FLOAT),
        PcmFormat::ALaw => Some(TAG_A_LAW),
        PcmFormat::MuLaw => Some(TAG_MU_LAW),
        _ => None,
    }
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(format: PcmFormat, layout: ChannelLayout) -> CodecParameters {
        CodecParameters::audio(CodecId::Pcm(format), AudioParameters::new(48_000, layout))
    }

    #[test]
    fn the_short_form_is_used_where_it_says_all() {
        let check = |format, layout, expected: usize| {
            let wave = WaveFormat::for_parameters(&parameters(format, layout)).expect("supported");
            let bytes = wave.write();
            assert_eq!(bytes.len(), expected, "{format:?} {layout}");
            assert_eq!(WaveFormat::read(&bytes).expect("valid"), wave);
            let back = wave.parameters().expect("valid");
            assert_eq!(back.codec, CodecId::Pcm(format));
            assert_eq!(back.as_audio().expect("audio").layout, layout);
        };
        check(PcmFormat::U8, ChannelLayout::MONO, 16);
        check(PcmFormat::S16Le, ChannelLayout::STEREO, 16);
        check(PcmFormat::F32Le, ChannelLayout::STEREO, 18);
        check(PcmFormat::F64Le, ChannelLayout::MONO, 18);
        check(PcmFormat::ALaw, ChannelLayout::MONO, 18);
        check(PcmFormat::S24Le, ChannelLayout::MONO, 40);
        check(PcmFormat::S32Le, ChannelLayout::STEREO, 40);
        check(PcmFormat::S64Le, ChannelLayout::STEREO, 40);
        check(PcmFormat::S16Le, ChannelLayout::SURROUND_5_1_SIDE, 40);
        check(PcmFormat::F32Le, ChannelLayout::from_mask(4, 0), 40);
        check(PcmFormat::S16Le, ChannelLayout::from_mask(1, 1), 40);
    }

    #[test]
    fn valid_bits_survive() {
        let mut twenty = parameters(PcmFormat::S24Le, ChannelLayout::MONO);
        let mut audio = twenty.as_audio().expect("audio").clone();
        audio.bits_per_sample = 20;
        twenty.media = rushes_core::MediaParameters::Audio(audio);
        let wave = WaveFormat::for_parameters(&twenty).expect("supported");
        let back = WaveFormat::read(&wave.write()).and_then(|wave| wave.parameters());
        assert_eq!(back.expect("valid").as_audio().expect("audio").bits_per_sample, 20);
    }

    #[test]
    fn every_truncation_is_an_error_or_a_shorter_form() {
        let wave = WaveFormat::for_parameters(&parameters(PcmFormat::S24Le, ChannelLayout::MONO));
        let bytes = wave.expect("supported").write();
        for length in 0..bytes.len() {
            assert!(WaveFormat::read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn odd_headers_are_understood() {
        let check = |tag: u16, channels: u16, block_align: u16, bits: u16, expected: &str| {
            let wave = WaveFormat {
                tag,
                channels,
                sample_rate: 44_100,
                byte_rate: 0,
                block_align,
                bits,
                extension: Extension::Private(vec![]),
            };
            assert_eq!(wave.parameters().expect("valid").codec.name(), expected);
        };
        check(1, 2, 8, 24, "pcm_f24le");
        check(1, 2, 6, 20, "pcm_s24le");
        check(1, 2, 0, 12, "pcm_s16le");
        check(3, 208, 4, 32, "pcm_f32le");
        check(0x11, 1, 1024, 4, "adpcm_ima_wav");
        check(1, 1, 9, 72, "wave 0x0001, 72 bit");
        check(0x55, 1, 1, 0, "mp3");
    }
}
