//! The demuxer of Ogg (RFC 3533): streams side by side, and chains of them one behind another.

use std::collections::VecDeque;

use rushes_core::{Chapter, Error, Metadata, Packet, Result, Rounding, Time, Timestamp, Track};

use super::page::{FIRST, Next, Page};
use super::stream::Stream;
use crate::cover::CoverArt;
use crate::input::Input;
use crate::{Demuxer, SeekTo, Seeked};

/// Reads Ogg.
#[derive(Debug)]
pub(crate) struct OggDemuxer {
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    pub(super) metadata: Metadata,
    pub(super) chapters: Vec<Chapter>,
    pub(super) covers: Vec<CoverArt>,
    /// Covers that were handed out since the start or the last seek.
    pub(super) covers_given: usize,
    /// The streams of the link of the chain that is being read.
    pub(super) streams: Vec<Stream>,
    /// The streams of the links, in front of their first packets, and where these are.
    pub(super) links: Vec<Link>,
    pub(super) queue: VecDeque<Packet>,
    pub(super) errors: VecDeque<Error>,
    /// The last page was the first of a stream: others may start beside it.
    pub(super) starting: bool,
    /// A page of an unknown stream has been told of.
    pub(super) told: bool,
    /// Where the sound of each track ends so far.
    pub(super) ends: Vec<Option<Timestamp>>,
    pub(super) edits: bool,
    pub(super) ended: bool,
}

/// A link of a chain.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) streams: Vec<Stream>,
    /// Where its packets start, and where it ends.
    pub(super) start: u64,
    pub(super) end: u64,
}

impl OggDemuxer {
    /// Takes in a page.
    pub(super) fn take(&mut self, page: &Page) -> Result<()> {
        if page.has(FIRST) {
            if !self.starting {
                self.streams.clear();
                self.starting = true;
            }
            self.add_stream(page)?;
        } else {
            self.starting = false;
        }
        let index = self.streams.iter().position(|stream| stream.serial == page.serial);
        let Some(index) = index else {
            if !std::mem::replace(&mut self.told, true) {
                let message = format!("a page of stream {:08x}, which has no start", page.serial);
                self.errors.push_back(Error::malformed(message).at(page.position));
            }
            return Ok(());
        };
        self.check_link(index, page);
        let known = self.queue.len();
        let limits = self.input.limits();
        let damage = self.streams[index].take(page, limits, &mut self.queue)?;
        self.errors.extend(damage);
        for packet in self.queue.range(known..) {
            let Some(pts) = packet.pts else { continue };
            let length = packet.duration.unwrap_or_default().saturating_sub(packet.trim.end);
            if self.ends.len() <= packet.track {
                self.ends.resize(packet.track + 1, None);
            }
            let end = &mut self.ends[packet.track];
            *end = (*end).max(Some(pts.saturating_add(length)));
        }
        Ok(())
    }

    /// A stream that starts: the track that it is of is the first of its codec that has none yet.
    fn add_stream(&mut self, page: &Page) -> Result<()> {
        let limit = self.input.limits().tracks;
        if self.streams.len() as u64 >= u64::from(limit) {
            return Err(Error::limit("tracks", self.streams.len() as u64 + 1, u64::from(limit)));
        }
        if self.streams.iter().any(|stream| stream.serial == page.serial) {
            let message = format!("stream {:08x} starts twice", page.serial);
            self.errors.push_back(Error::malformed(message).at(page.position));
            return Ok(());
        }
        let mut stream = Stream::new(page, self.edits);
        stream.track = match self.links.first() {
            None => Some(self.streams.len()),
            Some(first) => {
                let kind = std::mem::discriminant(&stream.codec);
                let same = first.streams.iter().filter(|other| {
                    std::mem::discriminant(&other.codec) == kind
                        && self.streams.iter().all(|taken| taken.track != other.track)
                });
                same.map(|other| other.track).next().unwrap_or_default()
            }
        };
        if let Some(track) = stream.track.filter(|_| !self.links.is_empty()) {
            stream.join = self.end_in(track);
        } else if !self.links.is_empty() {
            self.errors.push_back(changed(&stream, page));
        }
        self.streams.push(stream);
        Ok(())
    }

    /// Where all tracks have ended so far, in ticks of one.
    fn end_in(&self, track: usize) -> Option<i64> {
        let base = self.tracks.get(track)?.time_base;
        let ends = self.ends.iter().zip(&self.tracks);
        let last = ends.filter_map(|(end, track)| Some(track.time_base.time((*end)?))).max()?;
        Some(last.to_base(base, Rounding::Nearest).ticks())
    }

    /// Lets go of a stream that cannot go on as its track, when its first packets come.
    fn check_link(&mut self, index: usize, page: &Page) {
        let stream = &self.streams[index];
        if stream.has_data || !stream.codec.is_ready() {
            return;
        }
        let Some(first) = self.links.first() else { return };
        let known = first.streams.iter().find(|other| other.track == stream.track);
        if let Some(known) = known.filter(|_| stream.track.is_some())
            && !stream.codec.goes_on_as(&known.codec)
        {
            self.errors.push_back(changed(stream, page));
            self.streams[index].track = None;
        }
    }

    /// Reads a page and takes it in; false at the end.
    pub(super) fn read_page(&mut self) -> Result<bool> {
        self.input.mark();
        let next = Page::next(&mut self.input, u64::MAX);
        if let Err(error) = &next
            && error.is_would_block()
        {
            self.input.rewind()?;
        }
        match next? {
            Next::Page(page, junk) => {
                if junk > 0 {
                    let message = format!("{junk} bytes that are no page of Ogg");
                    let position = page.position - junk;
                    self.errors.push_back(Error::malformed(message).at(position));
                }
                self.take(&page)?;
                Ok(true)
            }
            Next::CutOff => {
                let position = self.input.position();
                self.errors.push_back(Error::malformed("the last page is cut off").at(position));
                Ok(false)
            }
            Next::Junk(junk) => {
                let message = format!("{junk} bytes that are no page of Ogg");
                let position = self.input.position() - junk;
                self.errors.push_back(Error::malformed(message).at(position));
                Ok(false)
            }
            Next::End => {
                if self.streams.iter().any(Stream::is_cut_off) {
                    let error = Error::malformed("the input ends in the middle of a packet");
                    self.errors.push_back(error.at(self.input.position()));
                }
                Ok(false)
            }
        }
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(cover) = self.covers.get(self.covers_given) {
            self.covers_given += 1;
            let track = self.tracks.len() - self.covers.len() + self.covers_given - 1;
            return Ok(Some(cover.packet(track)));
        }
        loop {
            if let Some(error) = self.errors.pop_front() {
                return Err(error);
            }
            if let Some(packet) = self.queue.pop_front() {
                return Ok(Some(packet));
            }
            if self.ended {
                return Ok(None);
            }
            match self.read_page() {
                Ok(more) => self.ended = !more,
                Err(error) => {
                    self.ended = !error.is_would_block();
                    return Err(error);
                }
            }
        }
    }
}

/// A link of another format. Its decoder would have to be another one, too.
fn changed(stream: &Stream, page: &Page) -> Error {
    let codec = stream.codec.parameters().codec;
    Error::unsupported(
        format!("a link of a chain, at byte {}, with another format of {codec}", page.position),
        "links of the same format",
    )
}

impl Demuxer for OggDemuxer {
    fn format(&self) -> &'static str {
        "ogg"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    fn duration(&self) -> Option<Time> {
        let lengths = self.tracks.iter().filter_map(|track| {
            let start = track.start.unwrap_or_default();
            Some(track.time_base.time(start.saturating_add(track.duration?)))
        });
        lengths.max()
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.read_next()
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}
