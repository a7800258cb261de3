//! Streams of frames that follow one another, each with a header that tells its length: MPEG audio, ADTS, AMR. Finding them,
//! passing what lies between them, and seeking is the same for all.

mod demux;
mod frames;
mod length;
mod seek;

use std::fmt::Debug;

pub(crate) use demux::{Cut, FramedDemuxer, Opening};
pub(crate) use frames::Frames;

/// Header of a frame.
pub(crate) trait FrameHeader: Copy + Debug + Send + 'static {
    /// Name of the format in the registry.
    const FORMAT: &'static str;
    /// What the frames are, in errors.
    const WHAT: &'static str;
    /// Bytes by which a header is told.
    const SIZE: usize;
    /// Ticks per second: the least that every sample rate divides.
    const TICKS: u32;
    /// Bytes among which [`free`](Self::free) looks.
    const FREE_WINDOW: usize = 0;

    /// Reads the header at the start of `bytes`; `None` where there is none.
    fn read(bytes: &[u8]) -> Option<Self>;

    /// True for what can follow in the same stream without a change of configuration.
    fn is_like(&self, other: &Self) -> bool;

    /// Bytes of the frame; `free` is what was found for frames that do not say it themselves.
    fn frame_bytes(&self, free: Option<usize>) -> Option<usize>;

    /// Length of the frame in ticks.
    fn ticks(&self) -> u64;

    /// What frames need to know that do not tell their length, by the distance of those at the start of `bytes`.
    fn free(&self, _bytes: &[u8]) -> Option<usize> {
        None
    }
}
