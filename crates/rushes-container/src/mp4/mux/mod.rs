//! Writing MP4, M4A and QuickTime files: plain, with the movie box at the end or at the front; in fragments; or in
//! fragments that become a plain file when it is complete.

mod audio_entry;
mod entry;
mod extras;
mod flavor;
mod fragment;
mod layout;
mod moov;
mod options;
mod pending;
mod random_access;
mod samples;
mod tags;
mod timeline;
mod track;

use rushes_core::{Error, Packet, Result, Rounding, Timestamp, Track};

use self::entry::BitRates;
use self::extras::{Cover, Route};
use self::fragment::Fragments;
use self::layout::Room;
use self::moov::{Initial, Movie};
use self::options::{Mode, Options};
use self::random_access::Place;
use self::track::TrackWriter;
use super::boxes::BoxWriter;
use crate::bitstream::StoredForm;
use crate::checks::no_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

pub(crate) use flavor::Flavor;

/// Most bytes that one track gathers for a chunk.
const CHUNK_BYTES: u64 = 1 << 20;
/// Most bytes that all tracks together gather.
const PENDING_BYTES: u64 = 16 << 20;
/// The same where fragments wait for a key frame.
const FRAGMENT_BYTES: u64 = 64 << 20;

/// Writes MP4, M4A and QuickTime files.
///
/// Each track gathers half a second at most, so that chunks of all tracks lie within a second of one another.
///
/// A hybrid file is written as fragments behind a movie box that knows no sample. When it is complete, all of that
/// becomes the media of a plain file, whose movie box stands behind it. A file that was not completed is a fragmented
/// one.
#[derive(Debug)]
pub(crate) struct Mp4Muxer {
    output: Output,
    movie: Movie,
    tracks: Vec<TrackWriter>,
    /// Where the packets of each track of the caller go.
    routes: Vec<Route>,
    options: Options,
    pending_bytes: u64,
    /// Room for what is known at the end; `None` where only fragments are written.
    room: Option<Room>,
    /// `None` where samples are written as they come.
    fragments: Option<Fragments>,
    /// Where the movie box in front of fragments ends, and where the length of the movie is in it.
    initial: Option<(u64, u64, timeline::MovieScale)>,
    places: Vec<Place>,
}

impl Mp4Muxer {
    /// Checks the tracks, and writes what stands in front of the samples.
    pub(crate) fn create(
        flavor: Flavor,
        sink: Sink,
        tracks: &[Track],
        options: &MuxOptions,
    ) -> Result<Self> {
        let name = flavor.name();
        let mut output = Output::new(sink)?;
        let settings = Options::read(options, name, output.is_seekable())?;
        flavor.check(tracks)?;
        check_output(&settings, &output, name)?;
        let in_fragments = matches!(settings.mode, Mode::Hybrid | Mode::Fragmented);
        let with_tables = settings.mode != Mode::Fragmented;
        let mut movie = Movie {
            flavor,
            metadata: options.metadata.clone(),
            chapters: options.chapters.clone(),
            covers: Vec::new(),
        };
        let (mut writers, mut routes, mut stored) = (Vec::new(), Vec::new(), Vec::new());
        for track in tracks {
            if let Some(cover) = Cover::of(track)? {
                routes.push(Route::Cover(movie.covers.len()));
                movie.covers.push(cover);
                continue;
            }
            if track.disposition.chapters && !options.chapters.is_empty() {
                routes.push(Route::Nowhere);
                continue;
            }
            let form = StoredForm::new(&track.codec)?;
            let mut track = track.clone();
            track.codec = form.codec().clone();
            // Refused now rather than when everything has been written.
            entry::stsd(&track.codec, flavor, BitRates::default())?;
            stored.push(track.clone());
            routes.push(Route::Track(writers.len()));
            writers.push(TrackWriter::new(track, form, in_fragments, with_tables)?);
        }
        let tracks = stored;
        if tracks.is_empty() {
            return Err(Error::usage(format!("{name} needs a track that is no cover art")));
        }
        if settings.cmaf && tracks.len() != 1 {
            return Err(Error::unsupported("CMAF of several tracks", "a file per track"));
        }
        movie.write(&writers, 0)?;

        let mut w = BoxWriter::new();
        w.plain(&flavor.brands(tracks.iter(), &settings));
        output.write(&w.into_bytes())?;
        let room = match settings.mode {
            Mode::Fragmented => None,
            _ => Some(Room::write(&mut output, flavor, settings.reserve)?),
        };
        Ok(Self {
            output,
            movie,
            tracks: writers,
            routes,
            options: settings,
            pending_bytes: 0,
            room,
            fragments: in_fragments.then(|| Fragments::new(&settings, &tracks)),
            initial: None,
            places: Vec::new(),
        })
    }

    /// Ends the chunk that a track has gathered, and writes it, or keeps it for the fragment.
    fn flush(&mut self, index: usize) -> Result<()> {
        let track = &mut self.tracks[index];
        let chunk = std::mem::take(&mut track.chunk);
        if chunk.samples == 0 {
            return Ok(());
        }
        if let Some(fragments) = &mut self.fragments {
            fragments.chunks.push((index, chunk));
            return Ok(());
        }
        track.samples.push_chunk(self.output.position(), chunk.samples);
        self.pending_bytes -= chunk.bytes;
        chunk.parts.iter().try_for_each(|part| self.output.write(part))
    }

    fn flush_all(&mut self) -> Result<()> {
        (0..self.tracks.len()).try_for_each(|index| self.flush(index))
    }

    /// Writes all that was gathered as a fragment, and hands it to the sink.
    fn end_fragment(&mut self) -> Result<()> {
        self.flush_all()?;
        let Some(fragments) = &mut self.fragments else { return Ok(()) };
        if fragments.chunks.is_empty() && self.initial.is_some() {
            return Ok(());
        }
        if self.initial.is_none() {
            let Initial { bytes, length_at, scale } =
                self.movie.write_initial(&mut self.tracks, self.options.composition)?;
            let start = self.output.position();
            self.output.write(&bytes)?;
            self.initial = Some((self.output.position(), start + length_at, scale));
            // A sink that sends on what it gets can take this for the initialization segment.
            self.output.flush()?;
        }
        if fragments.chunks.is_empty() {
            return Ok(());
        }
        let mut written = fragments.header(&mut self.tracks)?;
        let start = self.output.position();
        // Where the output seeks, a fragment gets its name when all of it is there: some readers, FFmpeg among them,
        // refuse a file whose last fragment box is cut off, and none minds free space that is.
        let name = usize::try_from(written.place.moof).unwrap_or(0) + 4;
        let is_named_late = self.output.is_seekable();
        if is_named_late {
            written.header[name..name + 4].copy_from_slice(b"free");
        }
        self.output.write(&written.header)?;
        let media = self.output.position();
        for ((index, chunk), offset) in fragments.chunks.drain(..).zip(&written.offsets) {
            self.tracks[index].samples.push_chunk(media + offset, chunk.samples);
            chunk.parts.iter().try_for_each(|part| self.output.write(part))?;
        }
        self.pending_bytes = 0;
        if is_named_late {
            self.output.flush()?;
            self.output.patch(start + name as u64, b"moof")?;
        }
        if self.options.mode == Mode::Fragmented {
            written.place.start = start;
            self.places.push(written.place);
        }
        self.output.flush()
    }

    /// The movie box, for a place in front of all chunks. Its length moves them, which may lengthen it.
    fn movie_in_front(&self) -> Result<Vec<u8>> {
        let mut bytes = self.movie.write(&self.tracks, 0)?;
        loop {
            let shift = bytes.len() as u64;
            bytes = self.movie.write(&self.tracks, shift)?;
            // Offsets only grow from 32 to 64 bits, so that this ends after one round per track at most.
            if bytes.len() as u64 == shift {
                return Ok(bytes);
            }
        }
    }

    /// Writes the titles of chapters as the samples of a track, as QuickTime and what follows it need them.
    fn write_chapters(&mut self) -> Result<()> {
        let ends = self.tracks.iter().map(|track| {
            let presentation = track.presentation();
            let end = presentation.start.saturating_add(presentation.length);
            let base = track.media_base();
            let end = Timestamp::new(i64::try_from(end).unwrap_or(i64::MAX));
            base.time(end).to_base(extras::chapter_base(), Rounding::Nearest)
        });
        let end = ends.max().unwrap_or(Timestamp::ZERO);
        if let Some(mut track) = extras::chapter_track(&self.movie.chapters, end)? {
            track.close();
            let chunk = std::mem::take(&mut track.chunk);
            track.samples.push_chunk(self.output.position(), chunk.samples);
            chunk.parts.iter().try_for_each(|part| self.output.write(part))?;
            self.tracks.push(track);
        }
        Ok(())
    }

    /// Completes a file with a movie box that knows all samples.
    fn finish_plain(&mut self, room: Room) -> Result<()> {
        self.write_chapters()?;
        let end = self.output.position();
        if self.options.mode == Mode::Faststart {
            room.close(&mut self.output, end, &[])?;
            let movie = self.movie_in_front()?;
            self.output.insert(room.start(), &movie)?;
            return self.output.flush();
        }
        let movie = self.movie.write(&self.tracks, 0)?;
        if self.options.reserve.is_some() && room.holds(&movie, end) {
            return room.close(&mut self.output, end, &movie);
        }
        self.output.write(&movie)?;
        self.output.flush()?;
        room.close(&mut self.output, end, &[])
    }

    /// Completes a file of fragments with its indexes.
    fn finish_fragments(&mut self) -> Result<()> {
        let Some((end_of_movie, length_at, scale)) = self.initial else { return Ok(()) };
        if self.output.is_seekable() {
            let lengths = self.tracks.iter().map(|track| {
                let presentation = track.presentation();
                let length = presentation.start.saturating_add(presentation.length);
                scale.convert(length, track.timescale)
            });
            let length = lengths.max().unwrap_or(0);
            self.output.patch(length_at, &length.to_be_bytes())?;
        }
        let mut shift = 0;
        if self.options.sidx
            && let Some(anchor) = self.fragments.as_ref().map(|fragments| fragments.anchor)
            && let Some(index) = random_access::sidx(&self.places, anchor, &self.tracks[anchor])
        {
            shift = index.len() as u64;
            self.output.insert(end_of_movie, &index)?;
        }
        self.output.write(&random_access::mfra(&self.places, self.tracks.len(), shift))?;
        self.output.flush()
    }
}

impl Muxer for Mp4Muxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        let count = self.routes.len();
        let index = match self.routes.get(packet.track) {
            Some(Route::Track(index)) => *index,
            Some(Route::Cover(cover)) => {
                let is_late = self.initial.is_some() && self.options.mode == Mode::Fragmented;
                return self.movie.covers[*cover].take(packet, is_late);
            }
            Some(Route::Nowhere) => return Ok(()),
            None => {
                let index = packet.track;
                return Err(no_track(index, count));
            }
        };
        let track = &mut self.tracks[index];
        let timed = track.check(packet)?;
        let stored = track.stored(packet)?;
        let packet = stored.as_ref().unwrap_or(packet);
        if let Some(fragments) = &self.fragments
            && fragments.is_due(index, track, &timed, packet.key)
        {
            track.foresee(&timed);
            self.end_fragment()?;
        } else if track.needs_flush(&timed, packet.data.len(), CHUNK_BYTES) {
            self.flush(index)?;
        }
        let track = &mut self.tracks[index];
        if let Some(fragments) = &mut self.fragments {
            fragments.note(index, track, &timed);
        }
        let before = track.chunk.bytes;
        let pushed = track.push(timed, packet);
        self.pending_bytes += track.chunk.bytes - before;
        pushed?;
        match self.options.mode {
            Mode::Fragmented if self.pending_bytes > FRAGMENT_BYTES => self.end_fragment(),
            Mode::Hybrid if self.pending_bytes > PENDING_BYTES => self.end_fragment(),
            Mode::Plain | Mode::Faststart if self.pending_bytes > PENDING_BYTES => self.flush_all(),
            _ => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        // A hybrid file of less than one fragment is a plain one.
        if self.options.mode == Mode::Hybrid && self.initial.is_none() {
            let kept = self.fragments.take().map_or(Vec::new(), |fragments| fragments.chunks);
            for (index, chunk) in kept {
                self.tracks[index].samples.push_chunk(self.output.position(), chunk.samples);
                self.pending_bytes -= chunk.bytes;
                chunk.parts.iter().try_for_each(|part| self.output.write(part))?;
            }
        }
        if self.fragments.is_some() {
            self.end_fragment()?;
        }
        self.flush_all()?;
        self.tracks.iter_mut().for_each(TrackWriter::close);
        match self.room {
            Some(room) => self.finish_plain(room),
            None => self.finish_fragments(),
        }
    }
}

/// Refuses what the output cannot do.
fn check_output(options: &Options, output: &Output, name: &str) -> Result<()> {
    let needs_seek = options.mode != Mode::Fragmented;
    if needs_seek && !output.is_seekable() {
        return Err(Error::unsupported(
            format!("this mode of {name} on an output that is written forward only"),
            "mode=fragmented; outputs that seek, such as files",
        ));
    }
    let needs_reading = options.mode == Mode::Faststart || options.sidx;
    if needs_reading && !output.is_rewritable() {
        let what = if options.sidx { "sidx" } else { "faststart" };
        return Err(Error::unsupported(
            format!("{what} on an output that cannot be read back"),
            "files, Sink::rewritable",
        ));
    }
    Ok(())
}
