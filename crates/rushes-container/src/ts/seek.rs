//! Seeking by time stamps: a transport stream has no index, so that the place is bisected, and the key frame looked for in front of it.

use rushes_core::{Error, Packet, Result, Rounding, Ticks, Timestamp};

use super::demux::TsDemuxer;
use super::stream::time_base;
use crate::{SeekMode, SeekTo, Seeked};

/// Bytes at the end in which the last times are looked for; eight times as many where there are none.
const TAIL: u64 = 512 << 10;
/// Bytes within which bisection is no use any more.
const CLOSE: u64 = 128 << 10;
/// How far in front of the time key frames are looked for at first, in ticks.
const FIRST_STEP: i64 = 2 * 90_000;

/// A packet of a seek.
#[derive(Clone, Copy, Debug)]
struct Spot {
    pts: i64,
    position: u64,
}

impl TsDemuxer {
    /// Notes how long the tracks are, by the last times in the stream.
    pub(super) fn find_duration(&mut self) -> Result<()> {
        let Some(length) = self.input.length() else { return Ok(()) };
        let saved = self.input.position();
        let (ended, queue) = (self.ended, std::mem::take(&mut self.queue));
        let streams = self.streams.clone();
        for window in [TAIL, 8 * TAIL] {
            let from = length.saturating_sub(window).max(self.start);
            self.go_to(from, None)?;
            let mut ends: Vec<Option<i64>> = vec![None; self.tracks.len()];
            while let Some(packet) = self.next_good()? {
                let end = packet
                    .pts
                    .map(|pts| pts.saturating_add(packet.duration.unwrap_or(Ticks::ZERO)).ticks());
                if let Some(known) = ends.get_mut(packet.track) {
                    *known = (*known).max(end);
                }
            }
            for (track, end) in self.tracks.iter_mut().zip(&ends) {
                let length =
                    track.start.zip(*end).map(|(start, end)| Timestamp::new(end).since(start));
                track.duration = length.or(track.duration);
            }
            if ends.iter().any(Option::is_some) || from == self.start {
                break;
            }
        }
        self.streams = streams;
        self.input.seek(saved)?;
        (self.ended, self.queue) = (ended, queue);
        Ok(())
    }

    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        let video = self.tracks.iter().position(|track| track.codec.as_video().is_some());
        let track = to.track.or(video).unwrap_or(0);
        let target = to.time.to_base(time_base(), Rounding::Down).ticks();
        let first = self.tracks[track].start.unwrap_or_default().ticks();
        let target = target.max(first);
        let mut step = FIRST_STEP;
        let found = loop {
            let from = self.bisect(track, target.saturating_sub(step).max(first))?;
            let spot = self.last_before(track, from, target, to.mode)?;
            if spot.is_some() || from <= self.start {
                break spot;
            }
            step = step.saturating_mul(4);
        };
        let Some(spot) = found.or(self.first_of(track)?) else {
            return Err(Error::unsupported("seeking in a track without times", ""));
        };
        self.go_to(spot.position, Some(spot.pts))?;
        let pts = Timestamp::new(spot.pts);
        self.skip = Some((track, pts));
        Ok(Seeked { track, pts })
    }

    /// An offset in front of which a track has nothing from this time on.
    fn bisect(&mut self, track: usize, time: i64) -> Result<u64> {
        let (mut low, mut high) = (self.start, self.input.length().unwrap_or(self.start));
        while high.saturating_sub(low) > CLOSE {
            let middle = low + (high - low) / 2;
            match self.first_from(track, middle, high, time)? {
                Some(spot) if spot.pts < time => low = middle,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The first packet with a time of a track from an offset on.
    fn first_from(&mut self, track: usize, from: u64, to: u64, near: i64) -> Result<Option<Spot>> {
        self.go_to(from, Some(near))?;
        while self.input.position() < to || !self.queue.is_empty() {
            let Some(packet) = self.next_good()? else { return Ok(None) };
            if let Some(spot) = spot(&packet, track) {
                return Ok(Some(spot));
            }
        }
        Ok(None)
    }

    fn first_of(&mut self, track: usize) -> Result<Option<Spot>> {
        let near = self.tracks[track].start.map_or(0, Timestamp::ticks);
        self.first_from(track, self.start, u64::MAX, near)
    }

    /// The last packet at or before a time, from an offset on.
    fn last_before(
        &mut self,
        track: usize,
        from: u64,
        time: i64,
        mode: SeekMode,
    ) -> Result<Option<Spot>> {
        self.go_to(from, Some(time))?;
        let mut best: Option<Spot> = None;
        let mut behind = 0;
        while let Some(packet) = self.next_good()? {
            let Some(spot) = spot(&packet, track) else { continue };
            let decoded = packet.dts.map_or(spot.pts, Timestamp::ticks);
            if spot.pts <= time {
                let better = best.is_none_or(|best| best.pts < spot.pts);
                if better && (packet.key || mode == SeekMode::Any) {
                    best = Some(spot);
                }
            } else if decoded > time {
                // Times of damaged streams may jump.
                behind += 1;
                if behind > 2 {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// The next packet, whatever damage lies in front of it.
    fn next_good(&mut self) -> Result<Option<Packet>> {
        loop {
            match self.next_unit() {
                Err(Error::Malformed(_)) => {}
                other => return other,
            }
        }
    }

    /// Reads on from an offset, where times are near this one.
    fn go_to(&mut self, offset: u64, near: Option<i64>) -> Result<()> {
        self.input.seek(offset)?;
        self.streams.iter_mut().for_each(|stream| stream.jump(near));
        self.queue.clear();
        self.forget_junk();
        (self.ended, self.skip) = (false, None);
        Ok(())
    }
}

fn spot(packet: &Packet, track: usize) -> Option<Spot> {
    let pts = packet.pts.filter(|_| packet.track == track)?.ticks();
    Some(Spot { pts, position: packet.position? })
}
