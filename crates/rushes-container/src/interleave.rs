//! Puts the packets of several tracks into one order of decoding.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use crate::checks::no_track;

use rushes_core::{Error, Packet, Result, Rounding, Ticks, Time, TimeBase, Track};

/// Bounds on what an [`Interleaver`] holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InterleaveOptions {
    /// Bytes of payload that may wait for a track that is behind. Default: 64 MiB.
    pub max_bytes: u64,
    /// How far one track may run ahead of another, in nanoseconds of media time. Default: 10 s.
    pub max_delay: Ticks,
}

impl Default for InterleaveOptions {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_delay: Ticks::new(10_000_000_000) }
    }
}

/// Takes packets of several tracks, each track in its own decoding order, and hands them out by decoding time across
/// tracks; at the same time the track of the lower index comes first.
///
/// A packet comes out as soon as no track can bring an earlier one. If a track stays silent for so long that a bound of
/// [`InterleaveOptions`] is reached, the others go on without it. When that happens is decided while packets go in, so
/// that the order does not depend on when they are taken out.
#[derive(Debug)]
pub struct Interleaver {
    lanes: Vec<Lane>,
    /// The earliest packet of each lane that has one.
    heads: BinaryHeap<Reverse<Head>>,
    /// Lanes without a packet that may still get one.
    awaited: usize,
    held_bytes: u64,
    newest: Option<Time>,
    ready: VecDeque<Packet>,
    options: InterleaveOptions,
}

#[derive(Debug)]
struct Lane {
    base: TimeBase,
    packets: VecDeque<Packet>,
    ended: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Head {
    time: Time,
    lane: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.time.cmp(&other.time).then(self.lane.cmp(&other.lane))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Interleaver {
    /// For packets of these tracks.
    #[must_use]
    pub fn new(tracks: &[Track], options: InterleaveOptions) -> Self {
        let lane =
            |track: &Track| Lane { base: track.time_base, packets: VecDeque::new(), ended: false };
        Self {
            lanes: tracks.iter().map(lane).collect(),
            heads: BinaryHeap::new(),
            awaited: tracks.len(),
            held_bytes: 0,
            newest: None,
            ready: VecDeque::new(),
            options,
        }
    }

    /// Takes the next packet of its track.
    ///
    /// # Errors
    /// [`Error::Usage`] for a track that is unknown or has ended, and for a packet without a time.
    pub fn push(&mut self, packet: Packet) -> Result<()> {
        let index = packet.track;
        let Some(lane) = self.lanes.get_mut(index) else {
            let count = self.lanes.len();
            return Err(no_track(index, count));
        };
        if lane.ended {
            return Err(Error::usage(format!("track {index} has ended already")));
        }
        let Some(time) = decoding_time(&packet, lane.base) else {
            return Err(Error::usage(format!("a packet of track {index} has no time")));
        };
        self.newest = self.newest.max(Some(time));
        self.held_bytes += packet.data.len() as u64;
        if lane.packets.is_empty() {
            self.awaited -= 1;
            self.heads.push(Reverse(Head { time, lane: index }));
        }
        lane.packets.push_back(packet);
        self.release();
        Ok(())
    }

    /// No more packets of this track will come. Again, or for a track that does not exist, does nothing.
    pub fn end_track(&mut self, track: usize) {
        if let Some(lane) = self.lanes.get_mut(track)
            && !lane.ended
        {
            lane.ended = true;
            if lane.packets.is_empty() {
                self.awaited -= 1;
            }
            self.release();
        }
    }

    /// No more packets will come at all: everything that is held comes out.
    pub fn finish(&mut self) {
        for track in 0..self.lanes.len() {
            self.end_track(track);
        }
    }

    /// The next packet in order; `None` until more go in.
    pub fn pop(&mut self) -> Option<Packet> {
        self.ready.pop_front()
    }

    /// Moves everything out whose turn is certain, or cannot be waited for.
    fn release(&mut self) {
        while let Some(&Reverse(head)) = self.heads.peek()
            && (self.awaited == 0 || self.is_full(head.time))
        {
            self.heads.pop();
            let lane = &mut self.lanes[head.lane];
            if let Some(packet) = lane.packets.pop_front() {
                self.held_bytes -= packet.data.len() as u64;
                self.ready.push_back(packet);
            }
            let next = lane.packets.front().and_then(|packet| decoding_time(packet, lane.base));
            match next {
                Some(time) => self.heads.push(Reverse(Head { time, lane: head.lane })),
                None if !lane.ended => self.awaited += 1,
                None => {}
            }
        }
    }

    fn is_full(&self, oldest: Time) -> bool {
        let nanoseconds = |time: Time| time.to_base(TimeBase::nanoseconds(), Rounding::Down);
        let ahead = self
            .newest
            .map_or(Ticks::ZERO, |newest| nanoseconds(newest).since(nanoseconds(oldest)));
        self.held_bytes > self.options.max_bytes || ahead > self.options.max_delay
    }
}

fn decoding_time(packet: &Packet, base: TimeBase) -> Option<Time> {
    packet.dts.or(packet.pts).map(|time| base.time(time))
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecId, CodecParameters, Timestamp};

    use super::*;

    fn tracks() -> Vec<Track> {
        [(1001, 30_000), (1, 48_000), (1, 1000)]
            .into_iter()
            .zip(0..)
            .map(|((numer, denom), id)| {
                let base = TimeBase::new(numer, denom).expect("not zero");
                Track::new(id, CodecParameters::other(CodecId::MovText), base)
            })
            .collect()
    }

    fn packet(track: usize, dts: i64) -> Packet {
        Packet::new(track, vec![0; 100]).with_dts(Timestamp::new(dts))
    }

    fn drain(interleaver: &mut Interleaver, out: &mut Vec<(usize, i64)>) {
        while let Some(packet) = interleaver.pop() {
            out.push((packet.track, packet.dts.expect("was set").ticks()));
        }
    }

    /// All packets of the three tracks, dealt in rounds of so many from each.
    fn run(rounds: [usize; 3], pop_early: bool) -> Vec<(usize, i64)> {
        let mut lanes = [
            (0..90).map(|i| packet(0, i - 2)).collect::<VecDeque<_>>(),
            (0..150).map(|i| packet(1, i * 1024 - 1024)).collect(),
            [0, 2900].into_iter().map(|time| packet(2, time)).collect(),
        ];
        let mut interleaver = Interleaver::new(&tracks(), InterleaveOptions::default());
        let mut out = Vec::new();
        while lanes.iter().any(|lane| !lane.is_empty()) {
            for (lane, count) in lanes.iter_mut().zip(rounds) {
                for packet in lane.drain(..count.min(lane.len())) {
                    interleaver.push(packet).expect("valid");
                    if pop_early {
                        drain(&mut interleaver, &mut out);
                    }
                }
            }
        }
        interleaver.finish();
        drain(&mut interleaver, &mut out);
        out
    }

    #[test]
    fn order_is_by_time_whatever_the_split() {
        let expected = run([1, 1, 1], true);
        assert_eq!(expected.len(), 90 + 150 + 2);
        let tracks = tracks();
        let times: Vec<_> = expected
            .iter()
            .map(|&(track, dts)| (tracks[track].time_base.time(Timestamp::new(dts)), track))
            .collect();
        assert!(times.is_sorted());
        for rounds in [[1, 1, 1], [90, 150, 2], [7, 40, 1], [1, 150, 1]] {
            for pop_early in [false, true] {
                assert_eq!(run(rounds, pop_early), expected, "{rounds:?} {pop_early}");
            }
        }
    }

    #[test]
    fn a_silent_track_holds_up_no_more_than_the_bounds() {
        let mut options = InterleaveOptions::default();
        let check = |options: &InterleaveOptions, most: usize| {
            let mut interleaver = Interleaver::new(&tracks()[..2], options.clone());
            let mut out = Vec::new();
            for i in 0..10_000_i64 {
                interleaver.push(packet(1, i * 480)).expect("valid");
                drain(&mut interleaver, &mut out);
                let held = usize::try_from(i).expect("small") + 1 - out.len();
                assert!(held <= most, "{held} packets held");
            }
            assert!(out.len() + most >= 10_000);
        };
        // 10 s in packets of 10 ms.
        check(&options, 1001);
        options.max_bytes = 5000;
        check(&options, 50);
    }

    #[test]
    fn misuse_is_refused() {
        let mut interleaver = Interleaver::new(&tracks(), InterleaveOptions::default());
        assert!(interleaver.push(packet(3, 0)).is_err());
        assert!(interleaver.push(Packet::new(0, vec![])).is_err());
        interleaver.end_track(1);
        interleaver.end_track(1);
        interleaver.end_track(9);
        assert!(interleaver.push(packet(1, 0)).is_err());
        assert!(interleaver.pop().is_none());
    }
}
