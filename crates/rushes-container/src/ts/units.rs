//! Cuts an elementary stream into the units that are packets: access units of video, frames of sound. Packets of the transport stream
//! may hold several, or parts.

use std::collections::VecDeque;

use super::frames::{self, Found};
use super::pictures::{self, PictureCodec};

/// How a stream is cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cutting {
    /// Where the codec's pictures start.
    Pictures(PictureCodec),
    /// By the headers of frames.
    Frames(frames::FrameCodec),
    /// As PES packets lie.
    Whole,
}

/// What becomes a packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Unit {
    pub(super) data: Vec<u8>,
    /// Times of the PES packet whose first unit this is.
    pub(super) times: Option<Times>,
    /// Offset of the PES packet in which it starts.
    pub(super) position: u64,
    /// Duration in samples and samples per second; zeros where unknown.
    pub(super) samples: (u32, u32),
}

/// Times of a PES packet, unrolled.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Times {
    pub(super) pts: Option<i64>,
    pub(super) dts: Option<i64>,
}

/// Where a PES packet starts.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    times: Option<Times>,
    position: u64,
}

/// What is left of an elementary stream.
#[derive(Clone, Debug)]
pub(super) struct Units {
    cutting: Cutting,
    buffer: Vec<u8>,
    marks: VecDeque<Mark>,
    position: u64,
    /// Up to where no start code needs to be looked for again.
    scanned: usize,
    /// A picture has started in the buffer.
    started: bool,
    limit: usize,
}

impl Units {
    pub(super) const fn new(cutting: Cutting, limit: usize) -> Self {
        Self {
            cutting,
            buffer: Vec::new(),
            marks: VecDeque::new(),
            position: 0,
            scanned: 0,
            started: false,
            limit,
        }
    }

    /// A PES packet starts.
    pub(super) fn start(&mut self, times: Times, position: u64) {
        let offset = self.buffer.len();
        let known = (times != Times::default()).then_some(times);
        self.marks.push_back(Mark { offset, times: known, position });
    }

    /// Takes bytes of a PES packet.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next unit whose end is known. `ends` tells that nothing follows, of a PES packet where those are not cut, else of the stream.
    pub(super) fn next(&mut self, ends: bool) -> Option<Unit> {
        if self.buffer.is_empty() {
            return None;
        }
        match self.cutting {
            Cutting::Whole => ends.then(|| self.take(self.buffer.len(), 0, (0, 0))),
            Cutting::Pictures(codec) => {
                let end =
                    pictures::find_end(codec, &self.buffer, &mut self.scanned, &mut self.started);
                match end {
                    Some(end) => Some(self.take(end, 0, (0, 0))),
                    None if ends || self.buffer.len() > self.limit => {
                        Some(self.take(self.buffer.len(), 0, (0, 0)))
                    }
                    None => None,
                }
            }
            Cutting::Frames(codec) => loop {
                match frames::find(codec, &self.buffer, ends) {
                    Found::Frame { header, length, samples } => {
                        return Some(self.take(length, header, samples));
                    }
                    Found::Junk(0) | Found::More if !ends => return None,
                    // Half a frame is the decoder's business.
                    Found::More if frames::is_start(codec, &self.buffer) => {
                        return Some(self.take(self.buffer.len(), 0, (0, 0)));
                    }
                    Found::More => return None,
                    Found::Junk(count) => {
                        drop(self.take(count.max(1), 0, (0, 0)));
                        if self.buffer.is_empty() {
                            return None;
                        }
                    }
                }
            },
        }
    }

    /// Forgets everything: what comes next is no continuation.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.cutting, self.limit);
    }

    /// Cuts off so many bytes, of which the first few are no part of the unit.
    fn take(&mut self, length: usize, header: usize, samples: (u32, u32)) -> Unit {
        let length = length.min(self.buffer.len());
        // Times are those of the first unit that starts in a PES packet.
        let mut times = None;
        while let Some(mark) = self.marks.front()
            && mark.offset == 0
        {
            times = mark.times;
            self.position = mark.position;
            self.marks.pop_front();
        }
        let rest = self.buffer.split_off(length);
        let mut data = std::mem::replace(&mut self.buffer, rest);
        data.drain(..header.min(data.len()));
        for mark in &mut self.marks {
            mark.offset = mark.offset.saturating_sub(length);
        }
        self.scanned = self.scanned.saturating_sub(length);
        self.started = false;
        Unit { data, times, position: self.position, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The units of a stream that comes in pieces, each of which is a PES packet of that time.
    fn cut(cutting: Cutting, pieces: &[&[u8]]) -> Vec<(Vec<u8>, Option<i64>)> {
        let mut units = Units::new(cutting, 1 << 20);
        let mut found = Vec::new();
        let mut keep = |unit: Unit| found.push((unit.data, unit.times.and_then(|times| times.pts)));
        for (index, piece) in pieces.iter().enumerate() {
            let pts = i64::try_from(index).ok();
            units.start(Times { pts, dts: pts }, index as u64);
            for byte in *piece {
                units.push(&[*byte]);
                while let Some(unit) = units.next(false) {
                    keep(unit);
                }
            }
        }
        while let Some(unit) = units.next(true) {
            keep(unit);
        }
        found
    }

    #[test]
    fn pictures_start_anew() {
        let first =
            [0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88, 7, 0, 0, 1, 0x65, 0x48];
        let second = [0, 0, 1, 0x41, 0x9a, 5];
        let third = [0, 0, 0, 1, 6, 1, 1, 9, 0, 0, 1, 0x41, 0x9a];
        let h264 = Cutting::Pictures(PictureCodec::H264);
        let expected = |times: [Option<i64>; 3]| {
            let units = [first.to_vec(), second.to_vec(), third.to_vec()];
            units.into_iter().zip(times).collect::<Vec<_>>()
        };
        let aligned = cut(h264, &[&first, &second, &third]);
        assert_eq!(aligned, expected([Some(0), Some(1), Some(2)]));
        let joined = [&first[..], &second, &third].concat();
        assert_eq!(cut(h264, &[&joined]), expected([Some(0), None, None]));
        // The second starts in the first PES packet, the third in the second one.
        let (a, b) = joined.split_at(first.len() + 2);
        assert_eq!(cut(h264, &[a, b]), expected([Some(0), None, Some(1)]));
    }

    #[test]
    fn frames_are_cut_by_their_headers() {
        let frame = [0xff, 0xf1, 0x50, 0x80, 0x01, 0x3f, 0xfc, 1, 2];
        let adts = Cutting::Frames(frames::FrameCodec::Adts);
        let joined = [&frame[..], &frame, b"junk", &frame, &frame].concat();
        let found = cut(adts, &[&joined[..12], &joined[12..]]);
        let times: Vec<_> = found.iter().map(|(_, time)| *time).collect();
        assert!(found.iter().all(|(data, _)| *data == frame));
        assert_eq!(times.len(), 4);
        assert_eq!(times[..2], [Some(0), None]);
    }

    #[test]
    fn whole_packets_stay_whole() {
        let mut units = Units::new(Cutting::Whole, 100);
        units.start(Times::default(), 7);
        units.push(b"abc");
        assert_eq!(units.next(false), None);
        let unit = units.next(true).expect("a unit");
        assert_eq!((&unit.data[..], unit.position, unit.times), (&b"abc"[..], 7, None));
        assert_eq!(units.next(true), None);
    }
}
