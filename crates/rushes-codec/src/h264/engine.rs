//! The engines of the decoder, fenced in: what goes in was checked, what comes out is one picture at a time, and no panic
//! passes.

use std::borrow::Cow;

use rushes_core::bitstream::ChromaFormat;
use rushes_core::bitstream::h264::{Nal, ParameterSets, SliceHeader, Sps};
use rushes_core::{Error, Limits, Result};

use super::high422::High422;
#[cfg(feature = "h264-high444")]
use super::high444::High444;
use crate::guard::guard;

/// A picture of an engine: the visible part of each plane, as bytes and bytes from row to row. Gray ones may leave chroma
/// empty. A field whose partner did not come has half the height.
pub(crate) struct Picture {
    /// The order count, of the smaller one of the fields.
    pub(crate) order: i32,
    pub(crate) planes: [(Vec<u8>, usize); 3],
}

/// What an engine does. Pictures come in decoding order.
pub(crate) trait Core: Send {
    /// Takes a parameter set.
    fn parameter_set(&mut self, nal: Nal<'_>) -> Result<()>;

    /// Learns that a picture, or its second field, begins with this slice.
    fn begin(&mut self, header: &SliceHeader, sps: &Sps);

    /// Takes a slice of the picture.
    fn slice(
        &mut self,
        nal: Nal<'_>,
        payload: Cow<'_, [u8]>,
        sps: u8,
        sets: &ParameterSets,
    ) -> Result<()>;

    /// Takes out the picture that was fed; `None` where nothing of it could be decoded.
    fn finish_picture(&mut self) -> Result<Option<Picture>>;
}

/// Which engine a coded video sequence goes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    High422,
    #[cfg(feature = "h264-high444")]
    High444,
}

/// What the engine can decode, for messages.
#[cfg(feature = "h264-high444")]
const SUPPORTED: &str =
    "progressive and interlaced 4:0:0, 4:2:0, 4:2:2 and 4:4:4 of 8, 10 and 12 bits";
#[cfg(not(feature = "h264-high444"))]
const SUPPORTED: &str = "progressive and interlaced 4:0:0, 4:2:0 and 4:2:2 of 8 and 10 bits; \
    the feature h264-high444 adds 4:4:4, RGB, 12 bits and lossless";

impl Kind {
    /// Refuses what no engine can decode, before one takes memory.
    pub(crate) fn of(sps: &Sps, limits: &Limits) -> Result<Self> {
        limits.check_picture(sps.width_mbs * 16, sps.height_mbs * 16)?;
        let what = match sps.chroma {
            ChromaFormat::Yuv444 => "H.264 4:4:4".to_owned(),
            ChromaFormat::SeparatePlanes => "H.264 4:4:4 in separate planes".to_owned(),
            ChromaFormat::Yuv420 | ChromaFormat::Yuv422 if sps.chroma_depth != sps.luma_depth => {
                let what = format!("H.264 of {} and {} bits", sps.luma_depth, sps.chroma_depth);
                return Err(Error::unsupported(what, SUPPORTED));
            }
            _ if !matches!(sps.luma_depth, 8 | 10) => format!("H.264 of {} bits", sps.luma_depth),
            _ if sps.lossless => "lossless H.264".to_owned(),
            _ => return limits.check_decoder(Self::High422.bytes(sps)).map(|()| Self::High422),
        };
        #[cfg(feature = "h264-high444")]
        if sps.chroma_depth == sps.luma_depth
            && sps.chroma.pixel_format(sps.luma_depth, sps.vui.color.matrix).is_some()
        {
            return limits.check_decoder(Self::High444.bytes(sps)).map(|()| Self::High444);
        }
        Err(Error::unsupported(what, SUPPORTED))
    }

    /// Bytes that a sequence takes: its references, the picture that is being decoded, and those that wait for their turn.
    pub(crate) fn bytes(self, sps: &Sps) -> u64 {
        let samples = match sps.chroma {
            ChromaFormat::Yuv422 => 512,
            ChromaFormat::Yuv444 | ChromaFormat::SeparatePlanes => 768,
            ChromaFormat::Monochrome | ChromaFormat::Yuv420 => 384,
        };
        let sample = if sps.luma_depth > 8 { 2 } else { 1 };
        // Of a macroblock: in a reference with its motion, and beside the samples while it is decoded.
        let (kept, beside) = match self {
            // Fields of frames are copies.
            Self::High422 if sps.frames_only => (samples * sample + 288, 1024),
            Self::High422 => (2 * samples * sample + 288, 1024),
            #[cfg(feature = "h264-high444")]
            Self::High444 => (samples * 4 + 160, 512),
        };
        let references = u64::from(sps.reference_frames) + 1;
        let waiting = sps.reorder_depth().limit as u64 + 2;
        let macroblock = references * kept + beside + waiting * samples * sample;
        u64::from(sps.width_mbs) * u64::from(sps.height_mbs) * macroblock
    }
}

pub(crate) struct Engine {
    kind: Kind,
    core: Box<dyn Core>,
    lost: bool,
}

impl Engine {
    /// An engine that knows these parameter sets.
    pub(crate) fn new(kind: Kind, sets: &ParameterSets) -> Self {
        let core: Box<dyn Core> = match kind {
            Kind::High422 => Box::new(High422::new()),
            #[cfg(feature = "h264-high444")]
            Kind::High444 => Box::new(High444::new()),
        };
        let mut engine = Self { kind, core, lost: false };
        engine.parameter_sets(sets);
        engine
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// True once a panic left the engine in no state to go on: a new one must take its place.
    pub(crate) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// Takes all parameter sets.
    pub(crate) fn parameter_sets(&mut self, sets: &ParameterSets) {
        sets.nals().for_each(|nal| self.parameter_set(nal));
    }

    /// Takes a parameter set. One that the engine cannot read is for the other engine, or else the slices that need it are
    /// errors.
    pub(crate) fn parameter_set(&mut self, nal: Nal<'_>) {
        self.guard(|core| core.parameter_set(nal)).ok();
    }

    /// Learns that a picture, or its second field, begins with this slice.
    pub(crate) fn begin(&mut self, header: &SliceHeader, sps: &Sps) {
        self.core.begin(header, sps);
    }

    /// Takes a slice of a picture that uses the sequence parameter set `sps`.
    pub(crate) fn slice(
        &mut self,
        nal: Nal<'_>,
        payload: Cow<'_, [u8]>,
        sps: u8,
        sets: &ParameterSets,
    ) -> Result<()> {
        self.guard(|core| core.slice(nal, payload, sps, sets))
    }

    /// Takes out the picture that was fed; `None` where nothing of it could be decoded.
    pub(crate) fn finish_picture(&mut self) -> Result<Option<Picture>> {
        self.guard(|core| core.finish_picture())
    }

    /// Runs the engine, and marks it as lost if it panics.
    fn guard<T>(&mut self, run: impl FnOnce(&mut dyn Core) -> Result<T>) -> Result<T> {
        guard(|| run(&mut *self.core)).unwrap_or_else(|_| {
            self.lost = true;
            Err(Error::malformed("the data lead out of the picture"))
        })
    }
}
