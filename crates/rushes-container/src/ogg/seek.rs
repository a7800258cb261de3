//! Seeking: pages are found by halving the file, because granule positions only grow.

use std::collections::VecDeque;

use rushes_core::{MediaKind, Packet, Result, Rounding, Timestamp};

use super::demux::{Link, OggDemuxer};
use super::open::next_page;
use super::page::Page;
use super::stream::Stream;
use crate::{SeekMode, SeekTo, Seeked};

/// Bytes that are read through rather than halved.
const NEAR: u64 = 16 << 10;

impl OggDemuxer {
    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        let streams = self.tracks.len() - self.covers.len();
        let of_kind = |kind| self.tracks[..streams].iter().position(|track| track.kind() == kind);
        let usual = of_kind(MediaKind::Video).or_else(|| of_kind(MediaKind::Audio)).unwrap_or(0);
        let track = to.track.filter(|track| *track < streams).unwrap_or(usual);
        let base = self.tracks[track].time_base;
        let mut target = to.time.to_base(base, Rounding::Down);
        let Some(link) = self.link_at(track, target)? else {
            return Ok(Seeked { track, pts: target });
        };
        if to.mode == SeekMode::Key
            && let Some(key) = self.key_before(&link, track, target)?
        {
            target = key;
        }
        let pts = self.settle(&link, track, target)?;
        self.covers_given = 0;
        Ok(Seeked { track, pts })
    }

    /// The link in which a time of a track is: the last one that does not start behind it.
    fn link_at(&mut self, track: usize, target: Timestamp) -> Result<Option<Link>> {
        let (mut low, mut high) = (0, self.links.len());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let link = self.links[middle].clone();
            let mut first = None;
            self.scan(&link, track, Timestamp::new(i64::MIN), |packet| {
                let pts = packet.pts.filter(|_| !packet.discard);
                first = first.or(pts.map(|pts| pts.saturating_add(packet.trim.start)));
            })?;
            if first.is_some_and(|first| first <= target) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(self.links.get(low).cloned())
    }

    /// Goes to the packets of all tracks that are shown at a time of one, and says when that one's is.
    fn settle(&mut self, link: &Link, track: usize, target: Timestamp) -> Result<Timestamp> {
        let reached = self.find(link, track, target)?;
        let time = self.tracks[track].time_base.time(reached);
        let mut wanted = Vec::new();
        let mut first = link.end;
        for stream in &link.streams {
            let Some(index) = stream.track.filter(|_| stream.codec.is_timed()) else {
                wanted.push(None);
                continue;
            };
            let base = self.tracks[index].time_base;
            let at = time.to_base(base, Rounding::Down);
            let at = match self.key_before(link, index, at)? {
                Some(key) if index != track => key,
                _ => at,
            };
            let (page, next) = self.page_before(link, stream, at)?;
            let page = page.map(|page| page.position);
            first = first.min(page.unwrap_or(next));
            wanted.push(Some((at, page)));
        }
        self.go_to(link.streams.clone(), first)?;
        let kept = self.read_from(link, &wanted)?;
        self.queue = kept.into();
        Ok(reached)
    }

    /// Reads pages until all streams have the packet that is wanted of them, and returns what is to be handed out. Wanted are a time,
    /// and the offset of a page of which no packet is.
    fn read_from(
        &mut self,
        link: &Link,
        wanted: &[Option<(Timestamp, Option<u64>)>],
    ) -> Result<Vec<Packet>> {
        let mut kept: Vec<Packet> = Vec::new();
        let mut found: Vec<bool> = wanted.iter().map(Option::is_none).collect();
        let mut bytes = 0;
        while !found.iter().all(|found| *found) {
            let Some(page) = next_page(&mut self.input, link.end)? else { break };
            let Some(index) = link.streams.iter().position(|s| s.serial == page.serial) else {
                continue;
            };
            let Some((at, before)) = wanted[index] else { continue };
            match before {
                Some(before) if page.position < before => continue,
                Some(before) if page.position == before => {
                    let limits = self.input.limits();
                    self.streams[index].resume(&page, limits)?;
                    continue;
                }
                _ => self.take(&page)?,
            }
            for packet in std::mem::take(&mut self.queue) {
                let end = packet.pts.zip(packet.duration).map(|(pts, d)| pts.saturating_add(d));
                if !found[index] {
                    // Behind the last packet is the last packet.
                    kept.retain(|other| other.track != packet.track);
                    found[index] = end.is_none_or(|end| end > at);
                }
                bytes += packet.data.len() as u64;
                kept.push(packet);
            }
            // A stream that has ended long ago has no packet there.
            if bytes > self.input.limits().probe_bytes {
                break;
            }
        }
        self.errors.clear();
        Ok(kept)
    }

    /// The time of the packet of a track that is shown at a time: the last one that starts at or before it, or the first of all.
    fn find(&mut self, link: &Link, track: usize, target: Timestamp) -> Result<Timestamp> {
        if let Some(reached) = self.last_until(link, track, target)? {
            return Ok(reached);
        }
        // Behind the end of the last page: its last packet.
        let stream = link.streams.iter().find(|stream| stream.track == Some(track));
        let Some(stream) = stream else { return Ok(target) };
        let page = self.page_before(link, stream, target)?.0;
        let end = page.and_then(|page| stream.end_of(page.granule?));
        let Some(end) = end else { return Ok(target) };
        let reached = self.last_until(link, track, Timestamp::new(end.saturating_sub(1)))?;
        Ok(reached.unwrap_or(target))
    }

    /// The last packet behind the page before a time that starts at or before it, else the first.
    fn last_until(
        &mut self,
        link: &Link,
        track: usize,
        target: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let mut reached = None;
        self.scan(link, track, target, |packet| {
            if let Some(pts) = packet.pts
                && (reached.is_none() || pts <= target)
            {
                reached = Some(pts);
            }
        })?;
        Ok(reached)
    }

    /// The last key frame at or before a time, of a track in which not all packets are.
    fn key_before(
        &mut self,
        link: &Link,
        track: usize,
        target: Timestamp,
    ) -> Result<Option<Timestamp>> {
        if self.tracks[track].kind() != MediaKind::Video {
            return Ok(None);
        }
        let Some(stream) = link.streams.iter().find(|stream| stream.track == Some(track)) else {
            return Ok(None);
        };
        let before = self.page_before(link, stream, target)?.0.and_then(|page| page.granule);
        let mut key = before.and_then(|granule| stream.codec.key_of(granule)).map(Timestamp::new);
        self.scan(link, track, target, |packet| {
            if packet.key && packet.pts.is_some_and(|pts| pts <= target) {
                key = packet.pts;
            }
        })?;
        Ok(key)
    }

    /// Hands out the packets of a track from a page before a time up to the packet behind it.
    fn scan(
        &mut self,
        link: &Link,
        track: usize,
        target: Timestamp,
        mut see: impl FnMut(&Packet),
    ) -> Result<()> {
        let stream = link.streams.iter().find(|stream| stream.track == Some(track));
        let Some(mut stream) = stream.cloned() else { return Ok(()) };
        let (before, next) = self.page_before(link, &stream, target)?;
        match &before {
            Some(page) => {
                stream.resume(page, self.input.limits())?;
                self.input.seek(page.end())?;
            }
            None => self.input.seek(next)?,
        }
        let mut packets = VecDeque::new();
        while let Some(page) = next_page(&mut self.input, link.end)? {
            if page.serial != stream.serial {
                continue;
            }
            stream.take(&page, self.input.limits(), &mut packets)?;
            for packet in packets.drain(..) {
                see(&packet);
                if packet.pts.is_some_and(|pts| pts > target) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The last page of a stream that ends a packet and ends at or before a time, and where the next page of the stream can be; no
    /// page where the time is in front of all.
    fn page_before(
        &mut self,
        link: &Link,
        stream: &Stream,
        target: Timestamp,
    ) -> Result<(Option<Page>, u64)> {
        let (mut low, mut high) = (link.start, link.end);
        let mut best: Option<Page> = None;
        while low < high {
            let middle = if high - low <= NEAR { low } else { low + (high - low) / 2 };
            self.input.seek(middle)?;
            let mut found = None;
            let mut seen = None;
            while let Some(page) = next_page(&mut self.input, high)? {
                if page.serial != stream.serial {
                    continue;
                }
                seen.get_or_insert(page.position);
                if let Some(end) = page.granule.and_then(|granule| stream.end_of(granule)) {
                    found = Some((page, end));
                    break;
                }
            }
            match found {
                Some((page, end)) if end <= target.ticks() => {
                    low = page.end();
                    best = Some(page);
                }
                // From here on, nothing is before the target.
                _ if middle == low => return Ok((best, seen.unwrap_or(high))),
                _ => high = middle,
            }
        }
        Ok((best, low))
    }

    /// Reads on from a place with these streams.
    pub(super) fn go_to(&mut self, streams: Vec<Stream>, position: u64) -> Result<()> {
        self.input.unmark();
        self.input.seek(position)?;
        self.streams = streams;
        self.queue.clear();
        self.errors.clear();
        self.ends.clear();
        self.starting = false;
        self.told = false;
        self.ended = false;
        Ok(())
    }
}
