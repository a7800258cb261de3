//! Writing MP4, M4A and QuickTime files, with the movie box at the end or at the front.

mod audio_entry;
mod entry;
mod flavor;
mod moov;
mod samples;
mod tags;
mod timeline;
mod track;

use rushes_core::{CodecId, Error, Packet, Result, Track};

use self::entry::BitRates;
use self::moov::Movie;
use self::track::TrackWriter;
use super::boxes::{BoxWriter, FourCc};
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

pub(crate) use flavor::Flavor;

/// Most bytes that one track gathers for a chunk.
const CHUNK_BYTES: u64 = 1 << 20;
/// Most bytes that all tracks together gather.
const PENDING_BYTES: u64 = 16 << 20;

/// Writes MP4, M4A and QuickTime files.
///
/// Each track gathers half a second at most, so that chunks of all tracks lie within a second of one another.
#[derive(Debug)]
pub(crate) struct Mp4Muxer {
    output: Output,
    movie: Movie,
    tracks: Vec<TrackWriter>,
    /// Where the eight bytes in front of the header of `mdat` are, which give way to a large size.
    reserved: u64,
    pending_bytes: u64,
    faststart: bool,
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
        let faststart = faststart(options, name)?;
        flavor.check(tracks)?;
        let mut output = Output::new(sink)?;
        if !output.is_seekable() {
            return Err(Error::unsupported(
                format!("{name} on an output that is written forward only"),
                "outputs that seek, such as files; wav on any output",
            ));
        }
        if faststart && !output.is_rewritable() {
            return Err(Error::unsupported(
                "faststart on an output that cannot be read back",
                "files, Sink::rewritable",
            ));
        }
        let writers: Result<Vec<_>> = tracks
            .iter()
            .map(|track| {
                // Refused now rather than when everything has been written.
                entry::stsd(&track.codec, flavor, BitRates::default())?;
                TrackWriter::new(track.clone(), matches!(track.codec.codec, CodecId::Pcm(_)))
            })
            .collect();
        let writers = writers?;
        let movie = Movie {
            flavor,
            metadata: options.metadata.clone(),
            chapters: options.chapters.clone(),
        };
        movie.write(&writers, 0)?;

        let mut w = BoxWriter::new();
        w.plain(&flavor.brands(tracks.iter()));
        let reserved = w.len() as u64;
        let wide = if flavor == Flavor::Mov { *b"wide" } else { *b"free" };
        w.boxed(FourCc(wide), |_| {});
        w.boxed(FourCc(*b"mdat"), |_| {});
        output.write(&w.into_bytes())?;
        Ok(Self { output, movie, tracks: writers, reserved, pending_bytes: 0, faststart })
    }

    /// Writes what a track has gathered as one chunk.
    fn flush(&mut self, index: usize) -> Result<()> {
        let track = &mut self.tracks[index];
        let chunk = std::mem::take(&mut track.chunk);
        if chunk.samples == 0 {
            return Ok(());
        }
        track.samples.push_chunk(self.output.position(), chunk.samples);
        self.pending_bytes -= chunk.bytes;
        chunk.parts.iter().try_for_each(|part| self.output.write(part))
    }

    fn flush_all(&mut self) -> Result<()> {
        (0..self.tracks.len()).try_for_each(|index| self.flush(index))
    }

    /// Writes the size of `mdat`, in the room that was kept if 32 bits do not do.
    fn write_size(&mut self) -> Result<()> {
        let start = self.reserved + 8;
        let size = self.output.position() - start;
        if let Ok(size) = u32::try_from(size) {
            return self.output.patch(start, &size.to_be_bytes());
        }
        let mut w = BoxWriter::new();
        w.u32(1);
        w.fourcc(FourCc(*b"mdat"));
        w.u64(size + 8);
        self.output.patch(self.reserved, &w.into_bytes())
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
}

impl Muxer for Mp4Muxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        let index = packet.track;
        let count = self.tracks.len();
        let Some(track) = self.tracks.get(index) else {
            return Err(Error::usage(format!("there is no track {index}; there are {count}")));
        };
        let timed = track.check(packet)?;
        if track.needs_flush(&timed, packet.data.len(), CHUNK_BYTES) {
            self.flush(index)?;
        }
        let track = &mut self.tracks[index];
        let before = track.chunk.bytes;
        let pushed = track.push(timed, packet);
        self.pending_bytes += track.chunk.bytes - before;
        pushed?;
        if self.pending_bytes > PENDING_BYTES { self.flush_all() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.flush_all()?;
        self.tracks.iter_mut().for_each(TrackWriter::close);
        self.write_size()?;
        if self.faststart {
            let movie = self.movie_in_front()?;
            self.output.insert(self.reserved, &movie)?;
        } else {
            let movie = self.movie.write(&self.tracks, 0)?;
            self.output.write(&movie)?;
        }
        self.output.flush()
    }
}

/// The one option.
fn faststart(options: &MuxOptions, name: &str) -> Result<bool> {
    let mut faststart = false;
    for (option, value) in &options.options {
        faststart = match (option.as_str(), value.as_str()) {
            ("faststart", "1" | "true" | "yes") => true,
            ("faststart", "0" | "false" | "no") => false,
            ("faststart", _) => {
                return Err(Error::usage(format!(
                    "faststart is '{value}'; it takes true or false"
                )));
            }
            _ => {
                return Err(Error::usage(format!(
                    "the {name} muxer has no option '{option}'; it has faststart"
                )));
            }
        };
    }
    Ok(faststart)
}
