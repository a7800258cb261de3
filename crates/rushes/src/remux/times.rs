//! Decoding times for tracks of containers that store presentation times alone, such as Matroska.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rushes_core::{CodecId, Packet, Timestamp, Track};

/// Packets that are looked at to learn how deep the stream reorders; twice what H.264 and HEVC allow, and then some.
const WINDOW: usize = 64;

/// Fills in decoding times.
///
/// A stream that holds pictures back by `depth` shows its n-th picture no sooner than it has decoded the picture `depth` places
/// further on. So the presentation times in ascending order, taken `depth` places late, are decoding times: they never decrease, and none
/// lies behind its own presentation time. The depth is that of the first pictures; a stream that goes deeper later gets
/// decoding times that stand still there.
#[derive(Debug)]
pub(super) struct DecodingTimes {
    /// `None` while packets are still gathered in `held`.
    depth: Option<usize>,
    held: VecDeque<Packet>,
    /// Presentation times of packets that went out, those left over by `depth`.
    late: BinaryHeap<Reverse<Timestamp>>,
    last: Option<Timestamp>,
}

impl DecodingTimes {
    /// For a track whose pictures may be stored in another order than they are shown; `None` for all others.
    pub(super) fn for_track(track: &Track) -> Option<Self> {
        let reorders = matches!(
            track.codec.codec,
            CodecId::H264
                | CodecId::Hevc
                | CodecId::Mpeg4
                | CodecId::Mpeg2Video
                | CodecId::Mpeg1Video
        );
        reorders.then(|| Self {
            depth: None,
            held: VecDeque::new(),
            late: BinaryHeap::new(),
            last: None,
        })
    }

    /// Takes the next packet. What [`next`](Self::next) gives may lag behind.
    pub(super) fn push(&mut self, packet: Packet) {
        self.held.push_back(packet);
        if self.depth.is_none() && self.held.len() >= WINDOW {
            self.start();
        }
    }

    /// No more packets will come.
    pub(super) fn finish(&mut self) {
        if self.depth.is_none() {
            self.start();
        }
    }

    /// The next packet, with its decoding time; one that had a time keeps it.
    pub(super) fn next(&mut self) -> Option<Packet> {
        let depth = self.depth?;
        let mut packet = self.held.pop_front()?;
        if let Some(pts) = packet.pts {
            self.late.push(Reverse(pts));
        }
        let mut time = None;
        while self.late.len() > depth {
            time = self.late.pop().map(|Reverse(time)| time);
        }
        if packet.dts.is_none() {
            packet.dts = time.max(self.last);
        }
        self.last = packet.dts.or(self.last);
        Some(packet)
    }

    /// Learns the depth, and puts as many times in front of the first one.
    fn start(&mut self) {
        let times: Vec<Timestamp> = self.held.iter().filter_map(|packet| packet.pts).collect();
        let depth = reorder_depth(&times);
        let mut sorted = times;
        sorted.sort_unstable();
        if let Some(&first) = sorted.first() {
            let step = match sorted.get(depth) {
                Some(&later) if depth > 0 => later.since(first).count() / depth as u64,
                _ => 0,
            };
            let step = i64::try_from(step).unwrap_or(i64::MAX);
            for place in 1..=depth {
                let place = i64::try_from(place).unwrap_or(i64::MAX);
                self.late.push(Reverse(first.saturating_offset(-step.saturating_mul(place))));
            }
        }
        self.depth = Some(depth);
    }
}

/// The most pictures that are stored before a picture and shown after it.
fn reorder_depth(times: &[Timestamp]) -> usize {
    let before = |(index, time): (usize, &Timestamp)| {
        times[..index].iter().filter(|earlier| *earlier > time).count()
    };
    times.iter().enumerate().map(before).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecParameters, TimeBase, VideoParameters};

    use super::*;

    fn decoding_times(pts: &[i64]) -> Vec<i64> {
        let codec = CodecParameters::video(CodecId::H264, VideoParameters::new(16, 16));
        let base = TimeBase::per_second(1000).expect("not zero");
        let mut times =
            DecodingTimes::for_track(&Track::new(1, codec, base)).expect("H.264 reorders");
        let mut dts = Vec::new();
        for pts in pts {
            times.push(Packet::new(0, vec![]).with_pts(Timestamp::new(*pts)));
            while let Some(packet) = times.next() {
                dts.push(packet.dts.expect("filled").ticks());
            }
        }
        times.finish();
        while let Some(packet) = times.next() {
            dts.push(packet.dts.expect("filled").ticks());
        }
        dts
    }

    #[test]
    fn decoding_never_waits_longer_than_it_must() {
        let check = |pts: &[i64], expected: &[i64]| assert_eq!(decoding_times(pts), expected);
        check(&[], &[]);
        check(&[40], &[40]);
        check(&[0, 40, 80], &[0, 40, 80]);
        check(&[0, 80, 40, 160, 120], &[-40, 0, 40, 80, 120]);
        check(&[0, 160, 80, 40, 120], &[-80, -40, 0, 40, 80]);
        // Uneven steps stay as they are.
        check(&[0, 33, 20, 67, 50], &[-20, 0, 20, 33, 50]);
    }

    #[test]
    fn times_neither_decrease_nor_lie_behind_the_presentation() {
        let group = |start: i64| [0, 3, 1, 2].map(|place| 40 * (start + place));
        let pts: Vec<i64> = (0..300).step_by(4).flat_map(group).collect();
        let dts = decoding_times(&pts);
        assert_eq!(dts.len(), pts.len());
        assert!(dts.is_sorted());
        assert!(dts.iter().zip(&pts).all(|(dts, pts)| dts <= pts));
        assert_eq!(dts[100], pts[100] - 40);
    }
}
