//! `rushes dump`: everything there is to compare, as one JSON object.

mod sums;
mod track;

use std::io::Write;
use std::path::PathBuf;

use rushes::{DecoderOptions, DemuxOptions, Demuxer, Error, Source, open_demuxer};
use serde::Serialize;

use crate::dump::track::{TrackDump, TrackSums};
use crate::failure::{Failure, InFile as _, one_line};

/// Demux and decode all tracks; print checksums and levels as JSON
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// File to read
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Dump {
    format: &'static str,
    tracks: Vec<TrackDump>,
    error: Option<Broken>,
}

/// Why the file ended early.
#[derive(Debug, Serialize)]
struct Broken {
    kind: &'static str,
    message: String,
}

pub(crate) fn run(flags: &Flags, out: &mut impl Write) -> Result<(), Failure> {
    let source = Source::open(&flags.file)?;
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).in_file(&flags.file)?;
    let options = DecoderOptions::default();
    let mut tracks: Vec<TrackSums> = demuxer
        .tracks()
        .iter()
        .enumerate()
        .map(|(index, track)| TrackSums::new(index, track, &options))
        .collect();
    let broken = read(&mut *demuxer, &mut tracks).err();
    tracks.iter_mut().for_each(TrackSums::end);
    let broken = broken.or_else(|| failure(&mut tracks));
    let dump = Dump {
        format: demuxer.format(),
        tracks: tracks
            .into_iter()
            .zip(demuxer.tracks())
            .enumerate()
            .map(|(index, (sums, track))| sums.finish(index, track))
            .collect(),
        error: broken.as_ref().map(|error| Broken {
            kind: error.kind().name(),
            message: one_line(&error.to_string()),
        }),
    };
    serde_json::to_writer(&mut *out, &dump)?;
    writeln!(out)?;
    out.flush()?;
    broken.map_or(Ok(()), Err).in_file(&flags.file)
}

/// Why the file as a whole counts as failed although it was read to its end: packets that could not be decoded for
/// damage, or nothing decoded at all. A codec that we lack beside others that we have is told in its track alone.
fn failure(tracks: &mut [TrackSums]) -> Option<Error> {
    let damage = tracks.iter_mut().find_map(TrackSums::take_damage);
    if damage.is_some() || tracks.iter().any(TrackSums::is_decoded) {
        return damage;
    }
    tracks.iter_mut().find_map(TrackSums::take_cause)
}

/// Reads to the end, or to the first damage of the container.
fn read(demuxer: &mut dyn Demuxer, tracks: &mut [TrackSums]) -> Result<(), Error> {
    while let Some(packet) = demuxer.next_packet()? {
        if let Some(track) = tracks.get_mut(packet.track) {
            track.add(&packet);
        }
    }
    Ok(())
}
