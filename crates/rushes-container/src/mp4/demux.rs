//! The demuxer: hands out the samples of all tracks in order (ISO/IEC 14496-12).

use rushes_core::{
    Buffer, Chapter, Error, MediaKind, Metadata, Packet, Result, Ticks, Time, TimeBase, Timestamp,
    Track, Trim,
};

use super::boxes::Ftyp;
use super::edit::Entry;
use super::fragments::{Fragments, go_forward, read_fragment};
use super::metadata;
use super::movie::Movie;
use super::track::{MovieContext, TrackReader};
use crate::cover::CoverArt;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Tracks within a second of one another are read in the order of the file, so that reading rarely goes back.
const NEAR: u64 = 1_000_000;

/// Reads MP4 and QuickTime files, plain and fragmented.
#[derive(Debug)]
pub(crate) struct Mp4Demuxer {
    format: &'static str,
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    pub(super) readers: Vec<TrackReader>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    duration: Option<Time>,
    covers: Vec<CoverArt>,
    /// Covers that were handed out since the start or the last seek.
    pub(super) covers_given: usize,
    pub(super) fragments: Option<Fragments>,
    /// Damage that was met on the way, told once what is there has been read.
    pub(super) damage: Option<Error>,
}

impl Mp4Demuxer {
    /// Reads everything up to the first sample.
    pub(super) fn open(
        input: Input,
        options: &DemuxOptions,
        brand: Option<&Ftyp>,
        movie: Movie,
        end: Option<u64>,
    ) -> Result<Self> {
        let mut tags = metadata::read(&movie, brand, input.limits());
        let context = MovieContext {
            timescale: movie.header.as_ref().map_or(1, |header| header.timescale.max(1)),
            quicktime: brand.is_none_or(Ftyp::is_quicktime),
            fragmented: movie.fragmented,
            apply_edits: options.apply_edits,
            file_length: input.length(),
            gapless: tags.gapless,
        };
        let declared = declared_duration(&movie);
        let fragments = movie.fragmented.then(|| Fragments {
            trex: movie.trex,
            next: end,
            first: end.unwrap_or(u64::MAX),
            symbolic: 0,
            hints: None,
            index: None,
        });
        let (mut tracks, mut readers) = (Vec::new(), Vec::new());
        let mut chapter_tracks = Vec::new();
        for (index, mut boxes) in movie.tracks.into_iter().enumerate() {
            chapter_tracks.append(&mut boxes.chapters);
            let extra = metadata::read_track(&boxes);
            let step = format!("moov/trak[{index}]");
            let (mut track, reader) =
                TrackReader::open(boxes, context).map_err(|error| error.within(step))?;
            extra.iter().for_each(|(key, value)| track.metadata.set(key, value));
            tracks.push(track);
            readers.push(reader);
        }
        let duration = declared.max(longest(&tracks));
        for cover in &tags.covers {
            tracks.push(cover.track());
        }
        let mut demuxer = Self {
            format: match brand.and_then(Ftyp::picture_format) {
                Some(format) => format,
                None if context.quicktime => "mov",
                None => "mp4",
            },
            input,
            tracks,
            readers,
            metadata: std::mem::take(&mut tags.metadata),
            chapters: std::mem::take(&mut tags.chapters),
            duration,
            covers: tags.covers,
            covers_given: 0,
            fragments,
            damage: None,
        };
        if demuxer.fragments.is_some() && declared.is_none() {
            demuxer.duration = demuxer.duration.max(demuxer.measure()?);
        }
        if demuxer.chapters.is_empty() {
            demuxer.chapters = demuxer.read_chapter_tracks(&chapter_tracks)?;
        }
        if !demuxer.chapters.is_empty() {
            for (track, reader) in demuxer.tracks.iter_mut().zip(&demuxer.readers) {
                track.disposition.chapters =
                    track.kind() == MediaKind::Subtitle && chapter_tracks.contains(&reader.id);
            }
        }
        Ok(demuxer)
    }

    /// Length of a fragmented movie, where an index of the file says it.
    fn measure(&mut self) -> Result<Option<Time>> {
        let Some(main) = self.default_track().filter(|_| self.input.is_seekable()) else {
            return Ok(None);
        };
        let hints = self.take_hints(main)?;
        let known = hints.media_end();
        if let Some(fragments) = &mut self.fragments {
            fragments.hints = Some(hints);
        }
        if known.is_some() { Ok(known) } else { self.end_of_fragments() }
    }

    /// Chapters that are stored as the samples of a text track.
    fn read_chapter_tracks(&mut self, ids: &[u32]) -> Result<Vec<Chapter>> {
        // A sequential source would have to pass the other tracks' samples on the way.
        if !self.input.is_seekable() {
            return Ok(Vec::new());
        }
        let Some(index) = self.readers.iter().position(|reader| ids.contains(&reader.id)) else {
            return Ok(Vec::new());
        };
        if self.tracks.get(index).is_none_or(|track| track.kind() != MediaKind::Subtitle) {
            return Ok(Vec::new());
        }
        let mut chapters = Vec::new();
        let mut bytes = 0;
        let Some(reader) = self.readers.get_mut(index) else { return Ok(Vec::new()) };
        while let Some(entry) = reader.head()? {
            bytes += u64::from(entry.sample.size);
            if bytes > self.input.limits().metadata_bytes {
                break;
            }
            // Titles that are cut off do not keep the file from playing.
            let payload = self
                .input
                .seek(entry.sample.position)
                .and_then(|()| self.input.read_payload(u64::from(entry.sample.size)));
            match payload {
                Ok(payload) => {
                    let base = reader.base();
                    let end = entry.pts.saturating_add_unsigned(entry.sample.duration);
                    chapters.push(Chapter {
                        start: base.time(Timestamp::new(entry.pts)),
                        end: Some(base.time(Timestamp::new(end))),
                        title: metadata::text_sample(&payload),
                    });
                }
                Err(error @ Error::Io { .. }) => return Err(error),
                Err(_) => break,
            }
            reader.advance();
        }
        reader.seek(i64::MIN, true)?;
        Ok(chapters)
    }

    /// The track whose packet comes next, and that packet.
    fn choose(&mut self) -> Result<Option<(usize, Entry)>> {
        let seekable = self.input.is_seekable();
        let mut best: Option<(usize, Entry, i64)> = None;
        for (index, reader) in self.readers.iter_mut().enumerate() {
            let Some(entry) = reader.head()? else { continue };
            let clock = reader.clock(&entry);
            let better = match &best {
                None => true,
                Some((_, known, known_clock)) => {
                    let nearer = entry.sample.position < known.sample.position;
                    if !seekable || clock.abs_diff(*known_clock) <= NEAR {
                        nearer
                    } else {
                        clock < *known_clock
                    }
                }
            };
            if better {
                best = Some((index, entry, clock));
            }
        }
        Ok(best.map(|(index, entry, _)| (index, entry)))
    }

    /// Reads the bytes of a packet. Damage closes the track: later samples would lie even further behind.
    fn read_packet(&mut self, index: usize, entry: &Entry) -> Result<Option<Packet>> {
        let sample = &entry.sample;
        let position = self.input.position();
        if !self.input.is_seekable() && sample.position < position {
            let message = format!(
                "the sample at byte {}, behind which this input that cannot seek has been read,",
                sample.position
            );
            return Err(Error::unsupported(message, "samples in the order of the file"));
        }
        let seek = go_forward(&mut self.input, sample.position);
        match seek.and_then(|()| self.input.read_payload(u64::from(sample.size))) {
            Ok(data) => {
                let mut packet = packet(index, entry, data);
                if let Some(reader) = self.readers.get_mut(index) {
                    packet.new_parameters = reader.change_for(entry);
                }
                self.advance(index);
                Ok(Some(packet))
            }
            Err(error @ Error::Malformed(_)) => {
                if self.damage.is_none() {
                    self.damage = Some(error.within(format!("sample of track {index}")));
                }
                if let Some(reader) = self.readers.get_mut(index) {
                    reader.closed = true;
                }
                Ok(None)
            }
            Err(error) => {
                if !error.is_would_block() {
                    self.advance(index);
                }
                Err(error)
            }
        }
    }

    fn advance(&mut self, index: usize) {
        if let Some(reader) = self.readers.get_mut(index) {
            reader.advance();
        }
    }

    /// Goes to the next fragment. `false` at the end.
    fn next_fragment(&mut self) -> Result<bool> {
        let Some(fragments) = &mut self.fragments else { return Ok(false) };
        let Some(next) = &mut fragments.next else { return Ok(false) };
        let step = read_fragment(&mut self.input, next, &fragments.trex);
        let (header, parts) = match step {
            Ok(Some(found)) => found,
            Ok(None) => {
                fragments.next = None;
                return Ok(false);
            }
            Err(error) => {
                if !error.is_would_block() {
                    fragments.next = None;
                }
                return Err(error);
            }
        };
        fragments.next = header.end;
        // Once the fragment is in memory the source may forget it.
        self.input.mark();
        for part in parts {
            fragments.account(&part, self.input.length())?;
            if let Some(reader) = self.readers.iter_mut().find(|reader| reader.id == part.track_id)
            {
                reader.enter(part, header.start);
            }
        }
        Ok(true)
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(cover) = self.covers.get(self.covers_given) {
            let track = self.readers.len() + self.covers_given;
            self.covers_given += 1;
            return Ok(Some(cover.packet(track)));
        }
        loop {
            if let Some((index, entry)) = self.choose()? {
                if let Some(packet) = self.read_packet(index, &entry)? {
                    return Ok(Some(packet));
                }
            } else if !self.next_fragment()? {
                return self.damage.take().map_or(Ok(None), Err);
            }
        }
    }
}

impl Demuxer for Mp4Demuxer {
    fn format(&self) -> &'static str {
        self.format
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
        self.duration
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.input.mark();
        let result = self.read_next();
        self.input.rewind_if_blocked(result)
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}

fn packet(track: usize, entry: &Entry, data: Buffer) -> Packet {
    let mut packet = Packet::new(track, data)
        .with_pts(Timestamp::new(entry.pts))
        .with_dts(Timestamp::new(entry.dts))
        .with_duration(Ticks::new(entry.sample.duration))
        .with_key(entry.sample.key)
        .with_trim(Trim { start: Ticks::new(entry.trim.0), end: Ticks::new(entry.trim.1) });
    packet.discard = entry.discard;
    packet.position = Some(entry.sample.position);
    packet
}

/// Length of a fragmented movie, as far as its header knows it.
fn declared_duration(movie: &Movie) -> Option<Time> {
    let header = movie.header.as_ref().filter(|_| movie.fragmented)?;
    let length = movie.fragmented_duration.unwrap_or(header.duration);
    let known = i64::try_from(length).ok().filter(|length| *length > 0)?;
    TimeBase::per_second(header.timescale).map(|base| base.time(Timestamp::new(known)))
}

/// End of the track that ends last.
fn longest(tracks: &[Track]) -> Option<Time> {
    let ends = tracks.iter().filter_map(|track| {
        let end = track.start?.checked_add(track.duration?)?;
        Some(track.time_base.time(end))
    });
    ends.max()
}
