//! When the pictures of a stream without times are shown: each as long as the stream says, in the order of their counts.

use std::collections::VecDeque;

use rushes_core::bitstream::{Reorder, ReorderDepth};
use rushes_core::{Packet, Ticks, Timestamp};

/// What is known of an access unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// Decoding can start here.
    pub(crate) key: bool,
    pub(crate) is_field: bool,
    /// The second field of the frame that the unit before it began.
    pub(crate) is_second: bool,
    /// `None` where that cannot be told: the picture is taken for one that is shown as it is decoded.
    pub(crate) order: Option<Order>,
}

/// Where a picture is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    /// Its picture order count.
    pub(crate) count: i32,
    /// All earlier pictures are shown before it, whatever their count.
    pub(crate) restarts: bool,
    pub(crate) depth: ReorderDepth,
}

/// Holds packets back until it is known when they are shown.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// Ticks of a frame: 2 where fields have one.
    frame: u64,
    reorder: Reorder<u64>,
    /// For each frame from `base` on, which one it is in the order of output.
    ranks: VecDeque<Option<u64>>,
    /// Number of the first frame of `ranks`.
    base: u64,
    /// Number of frames that were given a rank.
    shown: u64,
    waiting: VecDeque<Waiting>,
    declared: Option<u64>,
    /// Frames by which decoding is ahead, once known.
    ahead: Option<u64>,
    finished: bool,
}

#[derive(Debug)]
struct Waiting {
    packet: Packet,
    frame: u64,
    is_second: bool,
    is_field: bool,
}

impl Timeline {
    /// `declared` is by how many frames decoding is ahead, by what the stream says.
    pub(crate) fn new(frame: u64, declared: Option<u64>) -> Self {
        Self {
            frame,
            declared,
            reorder: Reorder::default(),
            ranks: VecDeque::new(),
            base: 0,
            shown: 0,
            waiting: VecDeque::new(),
            ahead: declared,
            finished: false,
        }
    }

    /// Sets what [`new`](Self::new) does: nothing has been taken out yet.
    pub(crate) const fn declare(&mut self, frame: u64, declared: Option<u64>) {
        self.frame = frame;
        self.declared = declared;
        self.ahead = declared;
    }

    /// One that has seen nothing yet.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.frame, self.declared)
    }

    /// Takes the next packet in decoding order.
    pub(crate) fn push(&mut self, packet: Packet, unit: &Unit) {
        let is_second = unit.is_second && self.frames() > 0;
        if !is_second {
            let number = self.frames();
            self.ranks.push_back(None);
            let Self { reorder, ranks, base, shown, .. } = self;
            let mut show = |number: u64| {
                let index = usize::try_from(number.saturating_sub(*base)).ok();
                if let Some(rank) = index.and_then(|index| ranks.get_mut(index)) {
                    *rank = Some(*shown);
                }
                *shown += 1;
            };
            match unit.order {
                Some(Order { count, restarts, depth }) => {
                    reorder.push(count, number, restarts, depth, &mut show);
                }
                None => {
                    reorder.drain(&mut show);
                    show(number);
                }
            }
        }
        let frame = self.frames().saturating_sub(1);
        self.waiting.push_back(Waiting { packet, frame, is_second, is_field: unit.is_field });
    }

    /// No packet comes any more.
    pub(crate) fn finish(&mut self) {
        let Self { reorder, ranks, base, shown, .. } = self;
        reorder.drain(|number| {
            let index = usize::try_from(number.saturating_sub(*base)).ok();
            if let Some(rank) = index.and_then(|index| ranks.get_mut(index)) {
                *rank = Some(*shown);
            }
            *shown += 1;
        });
        self.finished = true;
    }

    /// True once no packet comes any more.
    pub(crate) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Bytes of all packets that wait.
    pub(crate) fn bytes(&self) -> u64 {
        self.waiting.iter().map(|waiting| waiting.packet.data.len() as u64).sum()
    }

    /// True where [`pop`](Self::pop) has a packet.
    pub(crate) fn is_ready(&self) -> bool {
        self.waiting.front().is_some_and(|first| self.rank(first.frame).is_some())
    }

    /// The next packet in decoding order whose time is known.
    pub(crate) fn pop(&mut self) -> Option<Packet> {
        let first = self.waiting.front()?;
        let (number, rank) = (first.frame, self.rank(first.frame)?);
        let ahead = match self.ahead {
            Some(ahead) => ahead,
            None => *self.ahead.insert(self.lead()),
        };
        let Waiting { mut packet, is_second, is_field, .. } = self.waiting.pop_front()?;
        let field = u64::from(is_second) * (self.frame / 2);
        let ticks = |frames: u64| {
            i64::try_from(frames.saturating_mul(self.frame).saturating_add(field))
                .unwrap_or(i64::MAX)
        };
        let pts = ticks(rank);
        let early = i64::try_from(ahead.saturating_mul(self.frame)).unwrap_or(0);
        // A stream that reorders more than it lets see at its start is decoded no later than it is shown.
        let dts = ticks(number).saturating_sub(early).min(pts);
        packet.pts = Some(Timestamp::new(pts));
        packet.dts = Some(Timestamp::new(dts));
        packet.duration = Some(Ticks::new(if is_field { self.frame / 2 } else { self.frame }));
        // The second field of the frame may still come.
        while self.base < number {
            self.ranks.pop_front();
            self.base += 1;
        }
        Some(packet)
    }

    /// By how many frames decoding is ahead of output; known once a packet was taken out.
    pub(crate) fn ahead(&self) -> u64 {
        self.ahead.unwrap_or(0)
    }

    /// Number of the first frame whose packets may still be taken out, or have come last.
    pub(crate) const fn first_frame(&self) -> u64 {
        self.base
    }

    /// By how many frames decoding is ahead of output, among those that have been seen.
    fn lead(&self) -> u64 {
        let known = self.ranks.iter().zip(self.base..);
        let known = known.filter_map(|(rank, number)| number.checked_sub((*rank)?));
        let waiting = self.reorder.waiting().into_iter().zip(self.shown..);
        let waiting = waiting.filter_map(|(number, rank)| number.checked_sub(rank));
        known.chain(waiting).max().unwrap_or(0)
    }

    fn frames(&self) -> u64 {
        self.base + self.ranks.len() as u64
    }

    fn rank(&self, frame: u64) -> Option<u64> {
        let index = usize::try_from(frame.checked_sub(self.base)?).ok()?;
        self.ranks.get(index).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(counts: &[(i32, bool)], depth: usize) -> Vec<(i64, i64)> {
        let mut timeline = Timeline::new(2, None);
        for (count, restarts) in counts {
            let depth = ReorderDepth { start: depth, limit: 16 };
            let order = Some(Order { count: *count, restarts: *restarts, depth });
            let unit = Unit { key: false, is_field: false, is_second: false, order };
            timeline.push(Packet::new(0, vec![1]), &unit);
        }
        timeline.finish();
        let mut times = Vec::new();
        while let Some(packet) = timeline.pop() {
            let ticks = |time: Option<Timestamp>| time.map_or(i64::MIN, Timestamp::ticks);
            times.push((ticks(packet.pts), ticks(packet.dts)));
        }
        times
    }

    #[test]
    fn pictures_are_shown_by_their_counts() {
        let counts = [(0, true), (8, false), (4, false), (2, false), (6, false), (0, true)];
        let expected = [(0, -4), (8, -2), (4, 0), (2, 2), (6, 4), (10, 6)];
        assert_eq!(run(&counts, 2), expected);
        let counts = [(0, true), (2, false), (4, false)];
        assert_eq!(run(&counts, 0), [(0, 0), (2, 2), (4, 4)]);
    }

    #[test]
    fn fields_share_a_frame() {
        let mut timeline = Timeline::new(2, None);
        for index in 0..4 {
            let depth = ReorderDepth { start: 0, limit: 0 };
            let order = Some(Order { count: index, restarts: false, depth });
            let unit = Unit { key: false, is_field: true, is_second: index % 2 == 1, order };
            timeline.push(Packet::new(0, vec![1]), &unit);
            let packet = timeline.pop().expect("nothing is reordered");
            assert_eq!(packet.pts, Some(Timestamp::new(i64::from(index))));
            assert_eq!(packet.duration, Some(Ticks::new(1)));
        }
    }
}
