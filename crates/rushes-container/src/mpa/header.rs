//! What the finder of frames needs to know of a header of MPEG audio.

use rushes_core::MpegAudioHeader;

use crate::framed::FrameHeader;

/// Bytes among which the second frame of the free format is looked for: over 600 kbit/s at any sample rate that is in use.
const FREE_BYTES: usize = 4096;

impl FrameHeader for MpegAudioHeader {
    const FORMAT: &'static str = "mp3";
    const WHAT: &'static str = "MPEG audio";
    const SIZE: usize = Self::SIZE;
    const TICKS: u32 = 14_112_000;
    const FREE_WINDOW: usize = 3 * FREE_BYTES;

    fn read(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.is_like(other)
    }

    fn frame_bytes(&self, free: Option<usize>) -> Option<usize> {
        self.frame_bytes().or_else(|| Some(free? + self.padding_bytes()))
    }

    fn ticks(&self) -> u64 {
        // All sample rates divide the time base.
        u64::from(self.samples()) * u64::from(<Self as FrameHeader>::TICKS / self.sample_rate())
    }

    fn free(&self, bytes: &[u8]) -> Option<usize> {
        free_bytes(bytes)
    }
}

/// Bytes without padding of the frame of the free format at the start of `bytes`: the distance at which two more like it follow, or
/// one and the end.
fn free_bytes(bytes: &[u8]) -> Option<usize> {
    let first = MpegAudioHeader::read(bytes).filter(|header| header.bit_rate().is_none())?;
    let like = |bytes: &[u8]| {
        MpegAudioHeader::read(bytes).filter(|next| {
            next.is_like(&first) && next.bit_rate().is_none() && next.layout() == first.layout()
        })
    };
    // Not even an empty frame is shorter.
    let shortest = MpegAudioHeader::SIZE + if first.layer() == 3 { first.side_bytes() } else { 4 };
    (shortest..FREE_BYTES).find_map(|distance| {
        let second = like(bytes.get(distance..)?)?;
        let free = distance.checked_sub(first.padding_bytes())?;
        let behind = bytes.get(distance + free + second.padding_bytes()..)?;
        (behind.is_empty() || like(behind).is_some()).then_some(free)
    })
}
