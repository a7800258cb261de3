//! Opens Ogg: the headers of all streams, and where the times start and end.

use std::collections::VecDeque;

use rushes_core::{Error, MediaKind, Metadata, Packet, Result, Timestamp, Track};

use super::demux::{Link, OggDemuxer};
use super::page::{LARGEST, MARKER, Next, Page};
use super::stream::Stream;
use crate::DemuxOptions;
use crate::cover::CoverArt;
use crate::input::Input;

/// Bytes in which all streams have a page with a time, at the start and at the end.
const NEAR: u64 = 1 << 20;

impl OggDemuxer {
    /// Reads the headers.
    pub(crate) fn open(input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("ogg")?;
        let mut demuxer = Self {
            input,
            tracks: Vec::new(),
            metadata: Metadata::new(),
            chapters: Vec::new(),
            covers: Vec::new(),
            covers_given: 0,
            streams: Vec::new(),
            links: Vec::new(),
            queue: VecDeque::new(),
            errors: VecDeque::new(),
            starting: false,
            told: false,
            ends: Vec::new(),
            edits: options.apply_edits,
            ended: false,
        };
        let start = demuxer.read_headers()?;
        if demuxer.streams.is_empty() {
            return Err(Error::malformed("no stream of Ogg starts here").at(0));
        }
        demuxer.describe();
        let end = demuxer.input.length().unwrap_or(u64::MAX);
        let mut streams = demuxer.streams.clone();
        streams.iter_mut().for_each(Stream::start);
        demuxer.links.push(Link { streams, start, end });
        if demuxer.input.is_seekable() {
            demuxer.measure(end)?;
        }
        Ok(demuxer)
    }

    /// Reads pages until the headers of all streams are there, and returns where the first packet starts.
    fn read_headers(&mut self) -> Result<u64> {
        let limit = self.input.limits().metadata_bytes;
        let mut first_data = None;
        loop {
            let position = self.input.position();
            if position > limit {
                return Err(Error::limit("metadata_bytes", position, limit));
            }
            if !self.read_page()? {
                self.ended = true;
                break;
            }
            if !self.queue.is_empty() {
                first_data.get_or_insert(position);
            }
            let ready =
                self.streams.iter().all(|stream| stream.codec.is_ready() || stream.has_data);
            if !self.starting && ready && !self.streams.is_empty() {
                break;
            }
        }
        Ok(first_data.unwrap_or_else(|| self.input.position()))
    }

    /// Makes tracks of the streams, and tags of their comments.
    fn describe(&mut self) {
        let sound = |index: &usize| {
            self.streams[*index].codec.parameters().codec.kind() == MediaKind::Audio
        };
        let main = (0..self.streams.len()).find(sound).unwrap_or(0);
        let mut first_of_kind: Vec<MediaKind> = Vec::new();
        for (index, stream) in self.streams.iter().enumerate() {
            let parameters = stream.codec.parameters();
            let kind = parameters.codec.kind();
            let mut track = Track::new(u64::from(stream.serial), parameters, stream.codec.base());
            if !stream.codec.is_ready() {
                track.unsupported = Some("a stream whose headers are missing".to_owned());
            }
            track.disposition.default = !first_of_kind.contains(&kind) && kind != MediaKind::Data;
            first_of_kind.push(kind);
            let mut comments = stream.codec.comments().unwrap_or_default();
            if index == main {
                if let Some(language) = comments.metadata.value("language") {
                    track.metadata.set("language", language);
                }
                self.metadata = comments.metadata;
                self.chapters = comments.chapters;
            } else {
                track.metadata = comments.metadata;
            }
            self.covers.append(&mut comments.covers);
            self.tracks.push(track);
        }
        let limit = usize::try_from(self.input.limits().tracks).unwrap_or(usize::MAX);
        self.covers.truncate(limit.saturating_sub(self.tracks.len()));
        self.tracks.extend(self.covers.iter().map(CoverArt::track));
    }

    /// Finds out where the tracks start and end, and where the links of a chain are, and goes back.
    fn measure(&mut self, end: u64) -> Result<()> {
        let starts = self.first_times(self.links[0].start)?;
        for (track, start) in self.tracks.iter_mut().zip(&starts) {
            track.start = *start;
        }
        loop {
            let Some(link) = self.links.last().cloned() else { break };
            let link_end = self.link_end(&link, end)?;
            if let Some(last) = self.links.last_mut() {
                last.end = link_end;
            }
            let granules = self.last_granules(&link, link_end)?;
            self.ends = vec![None; self.tracks.len()];
            for (stream, granule) in link.streams.iter().zip(granules) {
                let end = granule.and_then(|granule| stream.end_of(granule));
                if let Some((track, end)) = stream.track.zip(end) {
                    self.ends[track] = Some(Timestamp::new(end));
                }
            }
            let limit = self.input.limits().tracks;
            if link_end >= end || self.links.len() as u64 >= u64::from(limit) {
                break;
            }
            match self.next_link(link_end, end)? {
                Some(next) => self.links.push(next),
                None => break,
            }
        }
        let whole = self.links.last().is_some_and(|link| link.end >= end);
        for ((track, start), last) in self.tracks.iter_mut().zip(starts).zip(&self.ends) {
            let length = start.zip(*last).map(|(start, end)| end.since(start));
            track.duration = length.filter(|_| whole);
        }
        self.rewind_to_start()
    }

    /// When each track starts.
    fn first_times(&mut self, start: u64) -> Result<Vec<Option<Timestamp>>> {
        let mut starts: Vec<Option<Timestamp>> = vec![None; self.streams.len()];
        let timed: Vec<bool> = self.streams.iter().map(|s| s.codec.is_timed()).collect();
        let missing = |starts: &[Option<Timestamp>]| {
            starts.iter().zip(&timed).any(|(start, timed)| *timed && start.is_none())
        };
        while missing(&starts) {
            let Some(packet) = self.queue_or_page(start)? else { break };
            let Some(pts) = packet.pts.filter(|_| !packet.discard) else { continue };
            if let Some(start) = starts.get_mut(packet.track) {
                start.get_or_insert(pts.saturating_add(packet.trim.start));
            }
        }
        Ok(starts)
    }

    fn queue_or_page(&mut self, start: u64) -> Result<Option<Packet>> {
        loop {
            if let Some(packet) = self.queue.pop_front() {
                return Ok(Some(packet));
            }
            if self.ended || self.input.position() > start.saturating_add(NEAR) {
                return Ok(None);
            }
            match self.read_page() {
                Ok(more) => self.ended = !more,
                // Damage is told by whoever reads.
                Err(Error::Malformed(_) | Error::Unsupported(_)) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Where the pages of a link end, found by halving where the file ends with pages of others.
    fn link_end(&mut self, link: &Link, end: u64) -> Result<u64> {
        let is_own = |page: &Page| link.streams.iter().any(|stream| stream.serial == page.serial);
        self.input.seek(end.saturating_sub(2 * LARGEST as u64).max(link.start))?;
        let mut last = None;
        while let Some(page) = next_page(&mut self.input, end)? {
            last = Some(page);
        }
        if last.is_none_or(|page| is_own(&page)) {
            return Ok(end);
        }
        let (mut low, mut high) = (link.start, end);
        while low < high {
            let middle = low + (high - low) / 2;
            self.input.seek(middle)?;
            match next_page(&mut self.input, high)? {
                Some(page) if is_own(&page) => low = page.end(),
                _ => high = middle,
            }
        }
        // The first page of others is the first from there on.
        self.input.seek(low)?;
        Ok(next_page(&mut self.input, end)?.map_or(end, |page| page.position))
    }

    /// The link that starts at an offset, with the times that its streams join with.
    fn next_link(&mut self, position: u64, end: u64) -> Result<Option<Link>> {
        self.input.seek(position)?;
        self.queue.clear();
        self.ended = false;
        self.starting = false;
        let mut start = position;
        loop {
            let here = self.input.position();
            if self.queue.is_empty() {
                start = here;
            }
            if here > position.saturating_add(NEAR) || !self.read_page()? {
                return Ok(None);
            }
            let waits = self.streams.iter().any(|s| s.track.is_some() && s.waits_to_join());
            if !self.starting && !waits {
                break;
            }
        }
        if self.streams.iter().all(|stream| stream.track.is_none()) {
            return Ok(None);
        }
        let mut streams = self.streams.clone();
        streams.iter_mut().for_each(Stream::start);
        Ok(Some(Link { streams, start, end }))
    }

    /// The last granule position of each stream.
    fn last_granules(&mut self, link: &Link, end: u64) -> Result<Vec<Option<u64>>> {
        let mut last: Vec<Option<u64>> = vec![None; link.streams.len()];
        let mut reach = LARGEST as u64;
        loop {
            let from = end.saturating_sub(reach).max(link.start);
            self.input.seek(from)?;
            while let Some(page) = next_page(&mut self.input, end)? {
                let own = link.streams.iter().position(|stream| stream.serial == page.serial);
                if let Some(index) = own {
                    last[index] = page.granule.or(last[index]);
                }
            }
            let mut streams = link.streams.iter().zip(&last);
            let complete = streams.all(|(stream, last)| last.is_some() || !stream.codec.is_timed());
            if from == link.start || reach >= NEAR || complete {
                return Ok(last);
            }
            reach *= 4;
        }
    }

    fn rewind_to_start(&mut self) -> Result<()> {
        let Some(first) = self.links.first().cloned() else { return Ok(()) };
        self.go_to(first.streams, first.start)
    }
}

/// The next page, however damaged the source is; `None` where none starts in front of `end`.
pub(super) fn next_page(input: &mut Input, end: u64) -> Result<Option<Page>> {
    match Page::next(input, end) {
        Ok(Next::Page(page, _)) => Ok(Some(page)),
        Ok(Next::CutOff | Next::Junk(_) | Next::End) | Err(Error::Malformed(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// True for the first bytes of Ogg.
pub(super) fn probe(start: &[u8]) -> bool {
    start.starts_with(MARKER) && start.get(4).is_none_or(|version| *version == 0)
}
