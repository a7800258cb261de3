//! Writing the frame that holds no sound but what a player needs to know of the stream: see `info`, which reads it.

use rushes_core::MpegAudioHeader;

use super::info::{DECODER_DELAY, Gaps};
use crate::checksum::crc16_ansi;

/// Most positions that are kept for the table of contents.
const POSITIONS: usize = 512;
/// Bytes from the tag to the encoder's name, and to the end.
const NAME: usize = 120;
const LENGTH: usize = 156;
/// The name before which players apply what is behind it.
const KNOWN_NAME: &[u8; 9] = b"LAME\0\0\0\0\0";
/// Most that the 12 bits of a gap can state.
const MOST: u32 = 0xfff;

/// What is counted while a stream is written.
#[derive(Clone, Debug)]
pub(super) struct InfoFrame {
    header: [u8; 4],
    /// Bytes of the frame, and where the tag is in it.
    length: usize,
    tag: usize,
    /// Bit rate of all frames so far, in the bits of the header.
    rate: Option<u8>,
    constant: bool,
    frames: u32,
    bytes: u64,
    checksum: u16,
    /// Where every `stride`th frame is, behind this one.
    positions: Vec<u64>,
    stride: u32,
}

impl InfoFrame {
    /// For a stream that starts with this frame; `None` for layers 1 and 2, which have nothing of the kind.
    pub(super) fn new(first: &[u8]) -> Option<Self> {
        let header = MpegAudioHeader::read(first).filter(|header| header.layer() == 3)?;
        let [a, b, c, d, ..] = *first else { return None };
        let tag = MpegAudioHeader::SIZE + header.side_bytes();
        // Without a checksum and padding; the rate of the stream, or the first that gives enough room.
        let rates = std::iter::once(c & 0xf0).chain((1..15).map(|index| index << 4));
        let (header, length) =
            rates.map(|rate| [a, b | 1, rate | c & 0x0c, d]).find_map(|bytes| {
                let length = MpegAudioHeader::read(&bytes)?.frame_bytes()?;
                (length >= tag + LENGTH).then_some((bytes, length))
            })?;
        Some(Self {
            header,
            length,
            tag,
            rate: None,
            constant: true,
            frames: 0,
            bytes: 0,
            checksum: 0,
            positions: Vec::new(),
            stride: 1,
        })
    }

    /// Counts a frame.
    pub(super) fn count(&mut self, frame: &[u8]) {
        let rate = frame.get(2).map(|byte| byte & 0xf0);
        self.constant &= self.rate.is_none() || self.rate == rate;
        self.rate = rate;
        if self.frames.is_multiple_of(self.stride) {
            if self.positions.len() == POSITIONS {
                let mut number = 0;
                self.positions.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.stride = self.stride.saturating_mul(2);
            }
            self.positions.push(self.bytes);
        }
        self.frames = self.frames.saturating_add(1);
        self.bytes = self.bytes.saturating_add(frame.len() as u64);
        self.checksum = crc16_ansi(self.checksum, frame);
    }

    /// The frame. What is unknown of the gaps is left out with all that depends on it.
    pub(super) fn write(&self, gaps: Option<Gaps>) -> Vec<u8> {
        let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
        let total = self.bytes.saturating_add(self.length as u64);
        let mut tag = if self.constant { b"Info".to_vec() } else { b"Xing".to_vec() };
        // Frames, bytes, contents and quality follow.
        tag.extend([0, 0, 0, 0x0f]);
        tag.extend(self.frames.to_be_bytes());
        tag.extend(number(total));
        tag.extend((0..100).map(|percent| self.content(percent, total)));
        tag.extend([0; 4]);
        tag.resize(LENGTH, 0);
        if let Some(gaps) = gaps {
            let start = gaps.start.saturating_sub(DECODER_DELAY).min(MOST);
            let end = gaps.end.saturating_add(DECODER_DELAY).min(MOST);
            let [_, packed @ ..] = (start << 12 | end).to_be_bytes();
            tag[NAME..NAME + 9].copy_from_slice(KNOWN_NAME);
            // The method: constant, or the one of the encoder in use.
            tag[NAME + 9] = if self.constant { 1 } else { 3 };
            tag[NAME + 21..NAME + 24].copy_from_slice(&packed);
            tag[NAME + 28..NAME + 32].copy_from_slice(&number(total));
            tag[NAME + 32..NAME + 34].copy_from_slice(&self.checksum.to_be_bytes());
        }
        let mut frame = self.header.to_vec();
        frame.resize(self.tag, 0);
        frame.extend(tag);
        if gaps.is_some() {
            let end = frame.len() - 2;
            let sum = crc16_ansi(0, &frame[..end]);
            frame[end..].copy_from_slice(&sum.to_be_bytes());
        }
        frame.resize(self.length, 0);
        frame
    }

    /// Where in the stream so many hundredths of its length are, in 256ths of its bytes.
    fn content(&self, percent: u64, total: u64) -> u8 {
        let frame = u64::from(self.frames) * percent / 100;
        let index = usize::try_from(frame / u64::from(self.stride)).unwrap_or(usize::MAX);
        let Some(position) = self.positions.get(index.min(self.positions.len().saturating_sub(1)))
        else {
            return 0;
        };
        let position = u128::from(*position) + self.length as u128;
        u8::try_from(position * 256 / u128::from(total).max(1)).unwrap_or(u8::MAX)
    }
}

/// What is cut from a stream at its ends, if the frame can state it.
pub(super) fn fits(gaps: Gaps) -> bool {
    gaps.start >= DECODER_DELAY
        && gaps.start - DECODER_DELAY <= MOST
        && gaps.end <= MOST - DECODER_DELAY
}

#[cfg(test)]
mod tests {
    use super::super::info::Info;
    use super::*;

    fn frame(header: [u8; 4]) -> Vec<u8> {
        let length = MpegAudioHeader::read(&header).and_then(|header| header.frame_bytes());
        let mut bytes = header.to_vec();
        bytes.resize(length.expect("a bit rate"), 0x55);
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let headers = [
            [0xff, 0xfb, 0x90, 0x00],
            [0xff, 0xfa, 0x10, 0xc0],
            [0xff, 0xf3, 0x18, 0xc4],
            [0xff, 0xe3, 0x18, 0x40],
        ];
        for header in headers {
            for gaps in
                [None, Some(Gaps { start: 1105, end: 655 }), Some(Gaps { start: 529, end: 0 })]
            {
                let sound = frame(header);
                let mut info = InfoFrame::new(&sound).expect("layer 3");
                (0..700).for_each(|_| info.count(&sound));
                let bytes = info.write(gaps);
                let header = MpegAudioHeader::read(&bytes).expect("a header");
                assert_eq!(header.frame_bytes(), Some(bytes.len()));
                let read = Info::read(&header, &bytes).expect("a tag");
                assert_eq!((read.frames, read.gaps, read.constant), (Some(700), gaps, true));
                let total = sound.len() * 700 + bytes.len();
                assert_eq!(read.bytes, u32::try_from(total).ok());
            }
        }
        assert!(InfoFrame::new(&frame([0xff, 0xfd, 0xa8, 0x00])).is_none());
    }

    #[test]
    fn contents_grow_with_the_stream() {
        let sound = frame([0xff, 0xfb, 0x90, 0x00]);
        for count in [1, 2, 99, 511, 512, 513, 5000] {
            let mut info = InfoFrame::new(&sound).expect("layer 3");
            (0..count).for_each(|_| info.count(&sound));
            let bytes = info.write(None);
            let contents = &bytes[36 + 16..36 + 116];
            assert!(contents.is_sorted(), "{count}");
            assert!(
                count < 99 || (contents[50].abs_diff(128) < 4 && contents[99] > 245),
                "{count}"
            );
            assert!(info.positions.len() <= POSITIONS);
        }
    }

    #[test]
    fn gaps_fit_or_do_not() {
        let fit = |start, end| fits(Gaps { start, end });
        assert!(fit(529, 0) && fit(4624, 3566));
        assert!(!fit(0, 0) && !fit(528, 0) && !fit(4625, 0) && !fit(529, 3567));
    }
}
