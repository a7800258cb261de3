//! A logical stream: packets put together from pages, and their times, which pages say for their last packet only.

use std::collections::VecDeque;

use rushes_core::{Buffer, Error, Limits, Packet, Result, Ticks, Timestamp, Trim};

use super::codec::Codec;
use super::page::{CONTINUED, LAST, Page};

/// A logical stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) serial: u32,
    pub(super) codec: Codec,
    /// The track that its packets belong to; `None` where they belong to none.
    pub(super) track: Option<usize>,
    /// All headers have been seen.
    pub(super) has_data: bool,
    /// A packet that goes on on the next page.
    partial: Option<Vec<u8>>,
    sequence: Option<u32>,
    /// The tick at which the next packet starts, by granule positions.
    clock: Option<i64>,
    /// Packets with times have been seen.
    started: bool,
    /// Samples of the pre-skip that are still to come.
    skip: u64,
    /// From granule positions to the timeline.
    shift: i64,
    /// The tick of the timeline at which the stream is to start; `None` where its own times count.
    pub(super) join: Option<i64>,
    /// From granule positions to the timeline, for a stream that joined.
    joined: Option<i64>,
    /// The last page of the stream has been seen.
    ended: bool,
    edits: bool,
}

impl Stream {
    /// The stream that starts with this page.
    pub(super) fn new(page: &Page, edits: bool) -> Self {
        let first = page.pieces().next().map(|(piece, _)| piece).unwrap_or_default();
        let mut stream = Self {
            serial: page.serial,
            codec: Codec::identify(&first),
            track: None,
            has_data: false,
            partial: None,
            sequence: None,
            clock: None,
            started: false,
            skip: 0,
            shift: 0,
            join: None,
            joined: None,
            ended: false,
            edits,
        };
        stream.start();
        stream
    }

    /// Goes back to where the packets start.
    pub(super) fn start(&mut self) {
        let pre_skip = if self.edits { self.codec.pre_skip() } else { 0 };
        self.skip = u64::from(pre_skip);
        self.shift = self.joined.unwrap_or(-i64::from(pre_skip));
        self.clock = None;
        self.started = false;
        self.ended = false;
        self.leave();
    }

    /// Goes on behind a page that has been found by its granule position, of which no packet is wanted.
    pub(super) fn resume(&mut self, page: &Page, limits: &Limits) -> Result<()> {
        self.start();
        self.skip = 0;
        self.started = true;
        self.has_data = true;
        let mut packets = Vec::new();
        self.assemble(page, limits, &mut packets)?;
        // The length of a packet may depend on the one before it.
        packets.iter().for_each(|packet| {
            self.codec.duration(packet);
        });
        self.clock = page.granule.and_then(|granule| self.codec.end_of(granule));
        Ok(())
    }

    fn leave(&mut self) {
        self.partial = None;
        self.sequence = None;
        self.codec.reset();
    }

    /// True where the source ends in the middle of a packet.
    pub(super) const fn is_cut_off(&self) -> bool {
        self.partial.is_some() && !self.ended
    }

    /// True where the first packet with a time must be seen before times are known.
    pub(super) const fn waits_to_join(&self) -> bool {
        self.join.is_some()
    }

    /// The tick of the timeline for the end of a packet with this granule position.
    pub(super) fn end_of(&self, granule: u64) -> Option<i64> {
        self.codec.end_of(granule).map(|end| end.saturating_add(self.shift))
    }

    /// Takes in a page: its packets, and what is wrong with it.
    pub(super) fn take(
        &mut self,
        page: &Page,
        limits: &Limits,
        out: &mut VecDeque<Packet>,
    ) -> Result<Option<Error>> {
        let expected = self.sequence.map(|sequence| sequence.wrapping_add(1));
        // Who joins a running stream gets its headers, and then what is on air.
        let lost = self.has_data && expected.is_some_and(|expected| expected != page.sequence);
        let damage = lost.then(|| {
            let message = format!(
                "page {} of stream {:08x} follows page {}",
                page.sequence,
                self.serial,
                self.sequence.unwrap_or(0)
            );
            Error::malformed(message).at(page.position)
        });
        if lost {
            self.leave();
            self.clock = None;
        }
        let mut packets = Vec::new();
        self.assemble(page, limits, &mut packets)?;
        self.ended |= page.has(LAST);
        let is_first = page.has(super::page::FIRST);
        let mut data = Vec::new();
        for packet in packets.into_iter().skip(usize::from(is_first)) {
            if !self.has_data && self.codec.take_header(&packet) {
                continue;
            }
            self.has_data = true;
            // Nothing of sound is in an empty packet; of pictures, it repeats the last.
            if !packet.is_empty() || !self.codec.is_cut() {
                let duration = self.codec.duration(&packet);
                data.push((packet, duration));
            }
        }
        if !data.is_empty() {
            self.time(page, data, out);
        }
        Ok(damage)
    }

    /// Puts packets together.
    fn assemble(&mut self, page: &Page, limits: &Limits, packets: &mut Vec<Buffer>) -> Result<()> {
        self.sequence = Some(page.sequence);
        let mut goes_on = page.has(CONTINUED);
        if !goes_on {
            self.partial = None;
        }
        for (piece, ends) in page.pieces() {
            let partial = self.partial.take();
            // The end of a packet whose start is missing.
            let is_rest = std::mem::take(&mut goes_on) && partial.is_none();
            match (partial, ends) {
                (None, true) if is_rest => {}
                (None, true) => packets.push(piece),
                (None, false) if is_rest => {}
                (None, false) => self.partial = Some(piece.to_vec()),
                (Some(mut partial), ends) => {
                    limits.check_alloc((partial.len() + piece.len()) as u64)?;
                    partial.extend_from_slice(&piece);
                    if ends {
                        packets.push(partial.into());
                    } else {
                        self.partial = Some(partial);
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives the packets that end on a page their times.
    fn time(&mut self, page: &Page, data: Vec<(Buffer, u64)>, out: &mut VecDeque<Packet>) {
        let signed = |ticks: u64| i64::try_from(ticks).unwrap_or(i64::MAX);
        let sum = data.iter().fold(0, |sum: i64, (_, ticks)| sum.saturating_add(signed(*ticks)));
        let last = data.last().map_or(0, |(_, ticks)| signed(*ticks));
        let end = page.granule.and_then(|granule| self.codec.end_of(granule));
        let (start, mut excess) = match (self.clock, end) {
            (Some(clock), Some(end)) => {
                let expected = clock.saturating_add(sum);
                let excess = expected.saturating_sub(end);
                let is_cut =
                    self.codec.is_cut() && (excess < last || (page.has(LAST) && excess <= sum));
                match excess {
                    // Nothing was sent for a while.
                    i64::MIN..0 => (end.saturating_sub(sum), 0),
                    excess if is_cut => (clock, excess),
                    // A position that goes back is wrong.
                    _ => (clock, 0),
                }
            }
            (None, Some(end)) => {
                let start = end.saturating_sub(sum);
                // A whole stream on a page says where it ends. Else the page says where the stream starts.
                let floor = match self.codec {
                    Codec::Vorbis(_) => data.first().map_or(0, |(_, ticks)| -signed(*ticks)),
                    _ => 0,
                };
                let whole = page.has(LAST) && !self.started && self.codec.is_cut() && start < floor;
                if whole { (floor, floor.saturating_sub(start)) } else { (start, 0) }
            }
            (Some(clock), None) => (clock, 0),
            (None, None) => {
                data.into_iter().for_each(|(data, _)| self.push(page, data, None, 0, 0, out));
                return;
            }
        };
        if let Some(join) = self.join.take() {
            self.shift = join.saturating_sub(start.saturating_add(signed(self.skip)));
            self.joined = Some(self.shift);
        }
        self.started = true;
        self.clock = Some(start.saturating_add(sum).saturating_sub(excess));
        let mut cuts: Vec<u64> = data
            .iter()
            .rev()
            .map(|(_, ticks)| {
                let cut = excess.min(signed(*ticks));
                excess -= cut;
                cut.unsigned_abs()
            })
            .collect();
        let mut at = start;
        for (packet, ticks) in data {
            let cut = cuts.pop().unwrap_or(0);
            self.push(page, packet, Some(at), ticks, cut, out);
            at = at.saturating_add(signed(ticks));
        }
    }

    fn push(
        &mut self,
        page: &Page,
        data: Buffer,
        at: Option<i64>,
        ticks: u64,
        cut: u64,
        out: &mut VecDeque<Packet>,
    ) {
        let Some(track) = self.track else { return };
        let key = self.codec.is_key(&data);
        let mut packet = Packet::new(track, data).with_key(key);
        packet.position = Some(page.position);
        if let Some(at) = at {
            let pts = Timestamp::new(at.saturating_add(self.shift));
            (packet.pts, packet.dts) = (Some(pts), Some(pts));
            packet.duration = Some(Ticks::new(ticks));
            let before = match self.codec {
                Codec::Opus(_) => self.skip,
                _ if at < 0 && self.codec.is_cut() => at.unsigned_abs(),
                _ => 0,
            };
            let start = before.min(ticks);
            self.skip = self.skip.saturating_sub(ticks);
            if self.edits {
                let end = cut.min(ticks - start);
                packet.trim = Trim { start: Ticks::new(start), end: Ticks::new(end) };
                packet.discard = ticks > 0 && start + end == ticks;
            }
        }
        out.push_back(packet);
    }
}
