//! The `TrackEntry` element: RFC 9559, 5.1.4.1.

use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, Limits, MediaKind,
    MediaParameters, Metadata, Result, SampleFormat, Track, VideoParameters,
};

use super::codec::StoredCodec;
use super::ebml::Element;
use super::encoding::Encodings;
use super::lane::{Clock, DecodingOrder, Lane};
use super::{frame_length, ids, video};

/// A track entry as it is stored, with the defaults of the standard.
#[derive(Debug, Default)]
pub(super) struct Entry {
    number: u64,
    uid: u64,
    kind: u64,
    default: bool,
    forced: bool,
    name: String,
    language: Option<String>,
    language_tag: Option<String>,
    codec: String,
    private: Buffer,
    delay: u64,
    pre_roll: u64,
    default_duration: Option<u64>,
    timestamp_scale: f64,
    video: Option<VideoParameters>,
    audio: Audio,
    encodings: Encodings,
}

/// The `Audio` element (5.1.4.1.29).
#[derive(Debug)]
struct Audio {
    rate: f64,
    output_rate: Option<f64>,
    channels: u64,
    bit_depth: Option<u16>,
}

impl Default for Audio {
    fn default() -> Self {
        Self { rate: 8000.0, output_rate: None, channels: 1, bit_depth: None }
    }
}

impl Entry {
    /// Reads the element.
    pub(super) fn read(element: &Element<'_>) -> Result<Self> {
        let mut entry = Self { default: true, timestamp_scale: 1.0, ..Self::default() };
        let mut children = element.children();
        while let Some(child) = children.next()? {
            match child.id {
                ids::TRACK_NUMBER => entry.number = child.uint()?,
                ids::TRACK_UID => entry.uid = child.uint()?,
                ids::TRACK_TYPE => entry.kind = child.uint()?,
                ids::FLAG_DEFAULT => entry.default = child.flag()?,
                ids::FLAG_FORCED => entry.forced = child.flag()?,
                ids::NAME => entry.name = child.string(),
                ids::LANGUAGE => entry.language = Some(child.string()),
                ids::LANGUAGE_BCP47 => entry.language_tag = Some(child.string()),
                ids::CODEC_ID => entry.codec = child.string(),
                ids::CODEC_PRIVATE => entry.private = Buffer::from(child.data),
                ids::CODEC_DELAY => entry.delay = child.uint()?,
                ids::SEEK_PRE_ROLL => entry.pre_roll = child.uint()?,
                ids::DEFAULT_DURATION => {
                    entry.default_duration = Some(child.uint()?).filter(|length| *length > 0);
                }
                ids::TRACK_TIMESTAMP_SCALE => entry.timestamp_scale = child.float()?,
                ids::VIDEO => entry.video = Some(video::read(&child)?),
                ids::AUDIO => entry.audio = Audio::read(&child)?,
                ids::CONTENT_ENCODINGS => entry.encodings = Encodings::read(&child)?,
                _ => {}
            }
        }
        Ok(entry)
    }

    fn media_kind(&self) -> Option<MediaKind> {
        match self.kind {
            1 => Some(MediaKind::Video),
            2 => Some(MediaKind::Audio),
            17 => Some(MediaKind::Subtitle),
            33 => Some(MediaKind::Data),
            _ => None,
        }
    }

    /// The track, and what reading it needs. `None` for tracks that nobody can use: logos, buttons, controls.
    pub(super) fn open(
        self,
        scale: u64,
        limits: &Limits,
        apply_edits: bool,
    ) -> Result<Option<(Track, Lane)>> {
        let Some(kind) = self.media_kind().filter(|_| !self.codec.is_empty() && self.number > 0)
        else {
            return Ok(None);
        };
        let metadata = self.metadata();
        let private = self.encodings.decode_private(self.private, limits)?;
        let media = match kind {
            MediaKind::Video => {
                let mut video = self.video.unwrap_or_default();
                if let Some(rate) = self.default_duration.and_then(video::frame_rate) {
                    video.frame_rate = Some(rate);
                    video.constant_frame_rate = true;
                }
                MediaParameters::Video(video)
            }
            MediaKind::Audio => MediaParameters::Audio(self.audio.parameters()),
            _ => MediaParameters::Other,
        };
        let stored = StoredCodec {
            id: self.codec,
            private: private.to_vec(),
            bit_depth: self.audio.bit_depth,
        };
        let mut codec = stored.parameters(kind, media);
        let delay = if apply_edits { self.delay } else { 0 };
        complete(&mut codec, self.audio.bit_depth, self.delay);
        let rate = codec.as_audio().map(|audio| frame_length::clock_rate(&codec.codec, audio));
        let clock = Clock::new(scaled(scale, self.timestamp_scale), delay, rate);
        let depth = reorder_depth(&codec.codec, &codec.private);
        if let MediaParameters::Video(video) = &mut codec.media
            && matches!(codec.codec, CodecId::H264 | CodecId::Hevc)
        {
            video.reorder_depth = u32::try_from(depth).ok();
        }
        let mut track = Track::new(self.number, codec.clone(), clock.base);
        track.disposition.default = self.default;
        track.disposition.forced = self.forced;
        track.metadata = metadata;
        track.unsupported.clone_from(&self.encodings.unsupported);
        let lane = Lane {
            number: self.number,
            uid: self.uid,
            kind,
            decoding_times: stored.id.starts_with("V_MS/VFW"),
            codec_name: stored.id,
            codec,
            encodings: self.encodings,
            clock,
            default_duration: self.default_duration,
            pre_roll: self.pre_roll,
            order: DecodingOrder::new(depth),
            delay_left: None,
            trims: apply_edits,
        };
        Ok(Some((track, lane)))
    }

    fn metadata(&self) -> Metadata {
        let mut metadata = Metadata::new();
        // The newer tag counts; without either the standard says English.
        let language = self.language_tag.as_deref().or(self.language.as_deref()).unwrap_or("eng");
        if !language.is_empty() && language != "und" {
            metadata.set("language", language);
        }
        if !self.name.is_empty() {
            metadata.set("title", self.name.as_str());
        }
        metadata
    }
}

/// Nanoseconds of a tick of a track whose ticks are not those of the segment, which the standard no longer allows.
fn scaled(scale: u64, factor: f64) -> u64 {
    if factor == 1.0 || !factor.is_finite() || factor <= 0.0 {
        return scale;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "float to integer casts saturate, and the factor is a float"
    )]
    let scaled = (scale as f64 * factor).round() as u64;
    scaled.max(1)
}

impl Audio {
    fn read(element: &Element<'_>) -> Result<Self> {
        let mut audio = Self::default();
        let mut children = element.children();
        while let Some(child) = children.next()? {
            match child.id {
                ids::SAMPLING_FREQUENCY => audio.rate = child.float()?,
                ids::OUTPUT_SAMPLING_FREQUENCY => audio.output_rate = Some(child.float()?),
                ids::CHANNELS => audio.channels = child.uint()?,
                ids::BIT_DEPTH => audio.bit_depth = u16::try_from(child.uint()?).ok(),
                _ => {}
            }
        }
        Ok(audio)
    }

    fn parameters(&self) -> AudioParameters {
        let rate = self.output_rate.filter(|rate| *rate >= 1.0).unwrap_or(self.rate);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "float to integer casts saturate, and NaN becomes zero"
        )]
        let rate = rate.round() as u32;
        let channels = u16::try_from(self.channels).unwrap_or(u16::MAX);
        AudioParameters::new(rate.max(1), ChannelLayout::default_for(channels.max(1)))
    }
}

/// Adds what private data and the codec itself say of the sound.
fn complete(codec: &mut CodecParameters, bit_depth: Option<u16>, delay: u64) {
    if let (CodecId::RawVideo, MediaParameters::Video(video)) = (&codec.codec, &mut codec.media) {
        // Some writers have the code of the layout in the private data.
        video.pixel_format = video.pixel_format.or_else(|| video::raw_layout(&codec.private));
        return;
    }
    let MediaParameters::Audio(audio) = &mut codec.media else { return };
    match codec.codec {
        CodecId::Opus => {
            // The rate in the file is that of the source.
            audio.sample_rate = 48_000;
            audio.sample_format = Some(SampleFormat::F32);
        }
        CodecId::Flac | CodecId::Alac => {
            audio.bits_per_sample = bit_depth.unwrap_or(0);
            audio.sample_format = match bit_depth {
                Some(1..=16) => Some(SampleFormat::S16),
                Some(_) => Some(SampleFormat::S32),
                None => None,
            };
        }
        CodecId::Ac3 | CodecId::Eac3 | CodecId::Dts if audio.layout.channels() == 6 => {
            audio.layout = ChannelLayout::SURROUND_5_1_SIDE;
        }
        _ => {}
    }
    if matches!(codec.codec, CodecId::Ac3) {
        audio.frame_samples = Some(1536);
    }
    let samples = u128::from(delay) * u128::from(audio.sample_rate) + 500_000_000;
    audio.delay = u32::try_from(samples / 1_000_000_000).unwrap_or(u32::MAX);
}

/// Pictures that may be decoded before one that is shown earlier.
fn reorder_depth(codec: &CodecId, private: &[u8]) -> usize {
    use rushes_core::bitstream::{h264, hevc};
    match codec {
        CodecId::H264 => {
            let Ok(configuration) = h264::avcc::Configuration::parse(private) else { return 0 };
            let mut sets = configuration.sets.iter().filter(|nal| nal.kind() == 7);
            let set = sets.find_map(|nal| h264::Sps::parse(&nal.payload()).ok());
            set.map_or(0, |set| set.reorder_depth().start)
        }
        CodecId::Hevc => {
            let Ok(configuration) = hevc::hvcc::Configuration::parse(private) else { return 0 };
            let mut sets =
                configuration.nals.iter().filter(|nal| nal.kind() == hevc::Kind::SequenceSet);
            let set = sets.find_map(|nal| hevc::Sps::parse(&nal.payload()).ok());
            set.map_or(0, |set| set.reorder_depth().start)
        }
        CodecId::Mpeg1Video | CodecId::Mpeg2Video | CodecId::Mpeg4 | CodecId::Vc1 => 1,
        _ => 0,
    }
}
