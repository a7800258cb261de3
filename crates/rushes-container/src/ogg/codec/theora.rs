//! Theora in Ogg (the Theora specification, 6.2 and A.2).

use rushes_core::{Buffer, CodecId, CodecParameters, FrameRate, Ratio, VideoParameters};

use super::vorbis::lace;

/// A stream of Theora.
#[derive(Clone, Debug)]
pub(in crate::ogg) struct TheoraStream {
    pub(super) headers: Vec<Buffer>,
    /// Frames per second, as a fraction.
    pub(super) frame: (u32, u32),
    /// Bits of a granule position that count from the last key frame.
    shift: u32,
    /// Granule positions count frames from one on, as of version 3.2.1.
    counts_from_one: bool,
}

impl TheoraStream {
    pub(super) fn open(head: &Buffer) -> Option<Self> {
        let bytes = head.first_chunk::<42>()?;
        let number = |at: usize| {
            u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let frame = (number(22), number(26));
        // Behind the quality, of 6 bits.
        let shift = u32::from(u16::from_be_bytes([bytes[40], bytes[41]]) >> 5 & 31);
        let valid = frame.0 > 0 && frame.1 > 0;
        valid.then(|| Self {
            headers: vec![head.clone()],
            frame,
            shift,
            counts_from_one: bytes[7..10] >= [3, 2, 1][..],
        })
    }

    pub(super) fn take_header(&mut self, packet: &Buffer) -> bool {
        let is_header = packet.first().is_some_and(|byte| byte & 0x80 != 0);
        if is_header && self.headers.len() < 3 {
            self.headers.push(packet.clone());
        }
        is_header
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.headers.len() >= 3
    }

    /// Frames up to the one with this granule position.
    pub(super) const fn frames(&self, granule: u64) -> u64 {
        let (key, more) = (granule >> self.shift, granule & ((1 << self.shift) - 1));
        (key + more).saturating_add(if self.counts_from_one { 0 } else { 1 })
    }

    /// The key frame that a granule position names.
    pub(super) const fn key_frame(&self, granule: u64) -> u64 {
        (granule >> self.shift).saturating_sub(if self.counts_from_one { 1 } else { 0 })
    }

    pub(super) fn parameters(&self) -> CodecParameters {
        let bytes: [u8; 42] = self.headers[0].first_chunk().copied().unwrap_or([0; 42]);
        let three = |at: usize| u32::from_be_bytes([0, bytes[at], bytes[at + 1], bytes[at + 2]]);
        let mut video = VideoParameters::new(three(14), three(17));
        video.frame_rate = FrameRate::new(self.frame.0, self.frame.1);
        video.constant_frame_rate = true;
        let (width, height) = (three(30), three(33));
        video.sample_aspect = Ratio::new(width, height).filter(|_| width > 0);
        let mut codec = CodecParameters::video(CodecId::Theora, video);
        codec.private = lace(&self.headers).into();
        codec
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.headers.first() == other.headers.first() && self.headers.get(2) == other.headers.get(2)
    }
}
