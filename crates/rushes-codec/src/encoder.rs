//! What every encoder does.

use std::collections::BTreeMap;

use rushes_core::{CodecParameters, Error, Frame, MediaParameters, Packet, Result, TimeBase};

/// Turns frames into packets; the mirror image of [`Decoder`](crate::Decoder).
///
/// Packets come while frames go in. Times go in and come out in [`time_base`](Self::time_base). The delay of an audio
/// encoder shows as negative times of its first packets, its padding as `trim.end` of the last.
pub trait Encoder: Send {
    /// What the muxer must know: complete, private data included, from the start. After `finish` the private data of
    /// FLAC has also what only the end tells: the number of samples and their sum.
    fn parameters(&self) -> &CodecParameters;

    /// Unit of the times of frames and packets.
    fn time_base(&self) -> TimeBase;

    /// Takes a frame of the format that [`parameters`](Self::parameters) names. Audio frames may be of any length.
    ///
    /// # Errors
    /// [`Usage`](rushes_core::Error::Usage) for a frame of another format or a time that goes backwards.
    fn submit(&mut self, frame: &Frame) -> Result<()>;

    /// The next finished packet; `Ok(None)` means that more frames are needed, or after `finish` the end.
    ///
    /// # Errors
    /// Where encoding happens late, as for [`submit`](Self::submit).
    fn next_packet(&mut self) -> Result<Option<Packet>>;

    /// No more frames will come: the packets still inside can be taken.
    ///
    /// # Errors
    /// As for [`submit`](Self::submit).
    fn finish(&mut self) -> Result<()>;
}

/// How to encode. A field that an encoder cannot honour is an error that says so, never ignored.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CodecConfig {
    /// Bits per second. Default: the encoder's choice.
    pub bit_rate: Option<u64>,
    /// Effort against size, in the encoder's own scale. Default: the encoder's choice.
    pub compression_level: Option<i32>,
    /// Constant quality, in the encoder's own scale. Default: none.
    pub qscale: Option<f32>,
    /// Pictures from one key frame to the next; 0 for key frames only. Default: the encoder's choice.
    pub gop_size: Option<u32>,
    /// Most B-frames in a row. Default: the encoder's choice.
    pub max_b_frames: Option<u32>,
    /// Constant rate factor: lower is better and larger. Default: the encoder's choice.
    pub crf: Option<f32>,
    /// Named speed, in the encoder's own words. Default: the encoder's choice.
    pub preset: Option<String>,
    /// Threads. Default: chosen by the machine; output does not depend on it.
    pub threads: Option<u16>,
}

impl CodecConfig {
    /// Refuses each field that is set and not among `honoured`. Threads are always fine: output does not depend on them.
    pub(crate) fn refuse_all_but(&self, encoder: &str, honoured: &[&str]) -> Result<()> {
        let fields = [
            ("bit_rate", self.bit_rate.is_some()),
            ("compression_level", self.compression_level.is_some()),
            ("qscale", self.qscale.is_some()),
            ("gop_size", self.gop_size.is_some()),
            ("max_b_frames", self.max_b_frames.is_some()),
            ("crf", self.crf.is_some()),
            ("preset", self.preset.is_some()),
        ];
        match fields.iter().find(|(name, set)| *set && !honoured.contains(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let known = if honoured.is_empty() { "none".into() } else { honoured.join(", ") };
                Err(Error::usage(format!("{encoder} has no {name}; it has: {known}")))
            }
        }
    }
}

/// What to encode, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncoderOptions {
    /// Format of the frames that go in: size, pixel format, frame rate, colour; or rate, layout, sample format.
    pub media: MediaParameters,
    /// Unit of the times of pictures, for a variable frame rate; sound always counts in samples. Default: one in which
    /// each frame of the frame rate lasts a whole number of ticks.
    pub time_base: Option<TimeBase>,
    /// Settings that all encoders share. Default: none set.
    pub config: CodecConfig,
    /// Options of the encoder by name; an unknown one is an error that lists the known. Default: none.
    pub options: BTreeMap<String, String>,
}

impl EncoderOptions {
    /// Encodes this media with the encoder's defaults.
    #[must_use]
    pub fn new(media: MediaParameters) -> Self {
        Self { media, time_base: None, config: CodecConfig::default(), options: BTreeMap::new() }
    }
}
