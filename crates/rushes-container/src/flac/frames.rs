//! Where frames start and end. Nothing says how long a frame is; its end is where the header of another follows, or the end of
//! the stream, and the checksum is right.

use rushes_core::{Error, Result};

use super::header::FrameHeader;
use crate::checksum;
use crate::id3;
use crate::input::Input;

/// Bytes that are searched at once.
const STEP: usize = 4096;
/// Headers inside of a damaged frame that are remembered.
const SUSPECTS: usize = 256;

/// Headers that are tried in a search: a thousandth of what is searched looks like one at the most.
const CANDIDATES: u64 = 1024;

/// A frame that starts at the position of the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) header: FrameHeader,
    pub(super) length: usize,
    /// The checksum is right.
    pub(super) whole: bool,
    /// The input ends with the frame.
    pub(super) last: bool,
    /// Bytes of no use that were passed on the way to it.
    pub(super) junk: u64,
}

/// Finds frames.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    /// Where tags start behind the frames, as far as known.
    pub(super) end: u64,
    /// Bits of a sample and bytes of the longest frame, as far as known.
    pub(super) bits: Option<u8>,
    pub(super) max_frame: u32,
}

/// Where a frame ends.
enum End {
    At {
        length: usize,
        whole: bool,
        last: bool,
    },
    /// Not within reach.
    Nowhere,
}

impl Frames {
    /// Goes to the next frame, over junk; `None` at the end.
    pub(super) fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        let head = input.peek(FrameHeader::SIZE.min(self.left(input)))?;
        if head.is_empty() {
            return Ok(None);
        }
        if let Some(header) = FrameHeader::read(head)
            && let End::At { length, whole, last } = self.measure(input, &header)?
        {
            return Ok(Some(Frame { header, length, whole, last, junk: 0 }));
        }
        self.search(input, u64::MAX)
    }

    /// Goes to the next frame whose checksum is right, which starts in front of `limit`; `None` where there is none.
    pub(super) fn search(&self, input: &mut Input, limit: u64) -> Result<Option<Frame>> {
        let start = input.position();
        let most = input.limits().probe_bytes;
        let mut candidates = 0_u64;
        loop {
            let junk = input.position() - start;
            if input.position() >= limit {
                return Ok(None);
            }
            if junk > most || candidates > CANDIDATES {
                let message = format!("no frame of FLAC in {most} bytes");
                return Err(Error::malformed(message).at(start));
            }
            let bytes = input.peek(STEP.min(self.left(input)))?;
            if bytes.len() < FrameHeader::SIZE / 2 {
                return Ok(None);
            }
            // The last bytes may be the start of a header that goes on behind them.
            let tried = bytes.len().saturating_sub(FrameHeader::SIZE - 1).max(1);
            let found = sync(bytes, 0, tried);
            let Some(at) = found else {
                input.skip(tried as u64)?;
                continue;
            };
            input.skip(at as u64)?;
            if input.position() >= limit {
                return Ok(None);
            }
            let head = input.peek(FrameHeader::SIZE.min(self.left(input)))?;
            if let Some(header) = FrameHeader::read(head) {
                candidates += 1;
                if let End::At { length, whole: true, last } = self.measure(input, &header)? {
                    let junk = junk + at as u64;
                    return Ok(Some(Frame { header, length, whole: true, last, junk }));
                }
            }
            input.skip(1)?;
        }
    }

    /// Looks for the end of the frame at the position.
    fn measure(&self, input: &mut Input, header: &FrameHeader) -> Result<End> {
        let most = self.longest(header);
        let (mut crc, mut summed) = (0, 0);
        let mut scanned = header.length + 1;
        let mut suspects = Vec::new();
        loop {
            let wanted = (scanned + STEP).min(self.left(input));
            let bytes = input.peek(wanted)?;
            let ended = bytes.len() < scanned + STEP;
            let tried = if ended { bytes.len() } else { bytes.len() - (FrameHeader::SIZE - 1) };
            while let Some(at) = sync(bytes, scanned, tried) {
                scanned = at + 1;
                let Some(next) = FrameHeader::read(&bytes[at..]) else { continue };
                crc = checksum::crc16(crc, &bytes[summed..at]);
                summed = at;
                if crc == 0 {
                    return Ok(End::At { length: at, whole: true, last: false });
                }
                suspects.push((at, next));
                // Headers in a row, or far too many: what they are in is no frame any more.
                if (follows_twice(header, &suspects) || suspects.len() > SUSPECTS)
                    && let Some(end) = follower(header, &suspects)
                {
                    return Ok(end);
                }
                suspects.truncate(SUSPECTS);
            }
            scanned = tried.max(scanned);
            if ended {
                let length = bytes.len();
                let whole = checksum::crc16(crc, &bytes[summed..]) == 0;
                if !whole && let Some(end) = follower(header, &suspects) {
                    return Ok(end);
                }
                if !whole && let Some(length) = in_front_of_tag(bytes) {
                    return Ok(End::At { length, whole: true, last: true });
                }
                return Ok(End::At { length, whole, last: true });
            }
            if scanned >= most {
                return Ok(follower(header, &suspects).unwrap_or(End::Nowhere));
            }
        }
    }

    /// Bytes of which no frame with this header has more, but for one from an encoder that does not care.
    fn longest(&self, header: &FrameHeader) -> usize {
        let bits = usize::from(header.bits.or(self.bits).unwrap_or(32)) + 1;
        let samples = usize::try_from(header.block_size).unwrap_or(usize::MAX);
        let plain = samples * usize::from(header.channels) * bits / 8;
        let stated = usize::try_from(self.max_frame).unwrap_or(usize::MAX);
        plain.saturating_mul(2).max(stated).saturating_add(STEP)
    }

    /// Bytes up to the end of the frames.
    fn left(&self, input: &Input) -> usize {
        usize::try_from(self.end.saturating_sub(input.position())).unwrap_or(usize::MAX)
    }
}

/// The end of a damaged frame: where the one starts that has the next number, or any later one.
fn follower(header: &FrameHeader, suspects: &[(usize, FrameHeader)]) -> Option<End> {
    let like = || suspects.iter().filter(|(_, next)| next.is_like(header));
    let next = like().find(|(_, next)| next.number == header.next_number());
    let (length, _) = next.or_else(|| like().find(|(_, next)| next.number > header.number))?;
    Some(End::At { length: *length, whole: false, last: false })
}

/// True where the last header has the number after next, and the next one has been seen.
fn follows_twice(header: &FrameHeader, suspects: &[(usize, FrameHeader)]) -> bool {
    let Some(((_, last), before)) = suspects.split_last() else { return false };
    before.iter().any(|(_, next)| {
        next.is_like(header)
            && next.number == header.next_number()
            && last.is_like(header)
            && last.number == next.next_number()
    })
}

/// Bytes of the last frame where a tag of `ID3v1` is behind it.
fn in_front_of_tag(bytes: &[u8]) -> Option<usize> {
    let (frame, tag) = bytes.split_at_checked(bytes.len().checked_sub(id3::V1_SIZE)?)?;
    (tag.starts_with(b"TAG") && checksum::crc16(0, frame) == 0).then_some(frame.len())
}

/// Where the first code that starts a header is, from `start` on and in front of `end`.
fn sync(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let mut at = start;
    while at < end {
        at += bytes.get(at..end)?.iter().position(|byte| *byte == 0xff)?;
        if matches!(bytes.get(at + 1), Some(0xf8 | 0xf9)) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// True for the first bytes of a stream of frames without anything in front, or with a little.
pub(super) fn probe(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = sync(bytes, at, bytes.len()) {
        at = found + 1;
        let Some(header) = FrameHeader::read(&bytes[found..]) else { continue };
        let mut end = found + header.length;
        while let Some(next) = sync(bytes, end, bytes.len()) {
            let is_frame = FrameHeader::read(&bytes[next..]).is_some();
            if is_frame && checksum::crc16(0, &bytes[found..next]) == 0 {
                return true;
            }
            end = next + 1;
        }
        // The end of a long frame is out of sight.
        if found == 0 && bytes.len() > FrameHeader::SIZE && header.sample_rate.is_some() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::header::testing::frame;
    use super::*;
    use crate::{DemuxOptions, Source};

    fn lengths(bytes: Vec<u8>) -> Vec<(u64, usize, bool, u64)> {
        let mut input = Input::new(Source::bytes(bytes), &DemuxOptions::default()).expect("opens");
        let frames = Frames { end: u64::MAX, bits: Some(16), max_frame: 0 };
        let mut found = Vec::new();
        while let Some(frame) = frames.next(&mut input).expect("reads") {
            found.push((frame.header.number, frame.length, frame.whole, frame.junk));
            input.skip(frame.length as u64).expect("there");
        }
        found
    }

    #[test]
    fn frames_end_where_their_checksum_is_right() {
        let one = |number| frame(number, 4096, 100);
        let length = one(1).len();
        let three = [one(0), one(1), one(2)].concat();
        let whole = |number| (number, length, true, 0);
        assert_eq!(lengths(three.clone()), [whole(0), whole(1), whole(2)]);
        assert_eq!(
            lengths([&three[..], b"TAG", &[0; 125]].concat()),
            [whole(0), whole(1), whole(2)]
        );
        // A header inside of a frame is none where the checksum does not agree.
        let mut odd = frame(0, 4096, 0);
        odd.truncate(odd.len() - 2);
        odd.extend(super::super::header::testing::header(1, 4096));
        odd.extend([0x55; 40]);
        odd.extend(checksum::crc16(0, &odd).to_be_bytes());
        let expected = [(0, odd.len(), true, 0), whole(1)];
        assert_eq!(lengths([odd, one(1)].concat()), expected);
    }

    #[test]
    fn damage_ends_where_the_next_frame_starts() {
        let one = |number| frame(number, 4096, 100);
        let length = one(1).len();
        let mut damaged = [one(0), one(1), one(2)].concat();
        damaged[length + 20] ^= 1;
        assert_eq!(
            lengths(damaged),
            [(0, length, true, 0), (1, length, false, 0), (2, length, true, 0)]
        );
        // What has no header is passed over.
        let junk = [one(0), one(1), one(2)].concat().split_off(length + 2);
        assert_eq!(lengths(junk), [(2, length, true, length as u64 - 2)]);
        // Padding between frames belongs to the one in front.
        let padded = [&one(0)[..], &[0; 9], &one(1)].concat();
        assert_eq!(lengths(padded), [(0, length + 9, true, 0), (1, length, true, 0)]);
    }

    #[test]
    fn streams_without_a_marker_probe() {
        let stream = [frame(7, 4096, 100), frame(8, 4096, 100)].concat();
        assert!(probe(&stream));
        assert!(probe(&[&[0xff, 0xf8, 3][..], &stream].concat()));
        assert!(probe(&frame(7, 4096, 8000)[..4096]));
        assert!(!probe(&stream[1..]));
        assert!(!probe(&[0xff, 0xf9, 0x50, 0x80, 0x04, 0x3f, 0xfc].repeat(100)));
        assert!(!probe(&[]));
    }
}
