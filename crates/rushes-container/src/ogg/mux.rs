//! Writing Ogg: Opus, Vorbis and FLAC, one or several streams.

use rushes_core::{CodecId, Error, Packet, Result, Timestamp, Track};

use super::track::TrackWriter;
use crate::checks::{check_order, no_track, unknown_option};
use crate::flac::Picture;
use crate::output::Output;
use crate::vorbis_comment::{Comments, Pending, Taken};
use crate::{MuxOptions, Muxer, Sink};

/// Milliseconds of a page, unless a packet is longer.
const PAGE_DURATION: u32 = 1000;

/// Writes Ogg, on any sink. The header waits for the first packet of each track, which says how much is to be skipped at the start,
/// and for pictures.
#[derive(Debug)]
pub(crate) struct OggMuxer {
    output: Output,
    pending: Pending,
    comments: Comments,
    /// In the order of the tracks; `None` for cover art.
    tracks: Vec<Option<TrackWriter>>,
    /// Times of the last packets.
    last: Vec<Option<Timestamp>>,
}

impl OggMuxer {
    /// Checks the tracks.
    pub(crate) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        let mut page_duration = PAGE_DURATION;
        for (name, value) in &options.options {
            if name != "page_duration" {
                return Err(unknown_option("ogg muxer", name, "page_duration"));
            }
            page_duration =
                value.parse().ok().filter(|ms| (1..=60_000).contains(ms)).ok_or_else(|| {
                    Error::usage(format!(
                        "page_duration is '{value}'; it takes milliseconds from 1 to 60000"
                    ))
                })?;
        }
        let mut writers = Vec::new();
        for (track, serial) in tracks.iter().zip(1..) {
            let is_cover = track.disposition.attached_picture;
            let writer =
                if is_cover { None } else { Some(TrackWriter::new(track, serial, page_duration)?) };
            writers.push(writer);
        }
        if writers.iter().all(Option::is_none) {
            return Err(Error::usage("ogg takes at least 1 audio track"));
        }
        let comments = Comments::of(options);
        Ok(Self {
            output: Output::new(sink)?,
            pending: Pending::new(tracks),
            comments,
            last: vec![None; tracks.len()],
            tracks: writers,
        })
    }

    /// Writes the headers, and the packets that waited for them.
    fn write_header(&mut self) -> Result<()> {
        let Some((pictures, queue)) = self.pending.close() else { return Ok(()) };
        let mut file = Some((&self.comments, &pictures[..]));
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let Some(track) = track else { continue };
            let first = queue.iter().find(|packet| packet.track == index);
            let none = (&Comments::default(), &[][..]);
            let (comments, pictures): (&Comments, &[Picture]) = file.take().unwrap_or(none);
            track.start(first, comments, pictures)?;
        }
        // All streams start before any goes on.
        for track in self.tracks.iter_mut().flatten() {
            self.output.write(&track.first_page())?;
        }
        for track in self.tracks.iter_mut().flatten() {
            self.output.write(&track.other_headers())?;
        }
        queue.iter().try_for_each(|packet| self.write_packet(packet))
    }

    fn write_packet(&mut self, packet: &Packet) -> Result<()> {
        let Some(Some(track)) = self.tracks.get_mut(packet.track) else { return Ok(()) };
        let pages = track.push(packet)?;
        if pages.is_empty() { Ok(()) } else { self.output.write(&pages) }
    }

    fn is_ready(&self) -> bool {
        let seen = |(track, last): (&Option<TrackWriter>, &Option<Timestamp>)| {
            track.is_none() || last.is_some()
        };
        self.pending.is_full()
            || (self.pending.is_ready() && self.tracks.iter().zip(&self.last).all(seen))
    }
}

impl Muxer for OggMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        let count = self.last.len();
        let Some(last) = self.last.get_mut(packet.track) else {
            return Err(no_track(packet.track, count));
        };
        if self.tracks[packet.track].is_some() {
            let time = packet.pts.or(packet.dts);
            let time = time.ok_or_else(|| Error::usage("a packet has no time, which ogg needs"))?;
            check_order(Some(time), *last)?;
            *last = Some(time);
        }
        match self.pending.take(packet)? {
            Taken::Free => self.write_packet(packet),
            Taken::Kept if self.is_ready() => self.write_header(),
            Taken::Kept => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.write_header()?;
        for track in self.tracks.iter_mut().flatten() {
            self.output.write(&track.finish())?;
        }
        self.output.flush()
    }
}

/// True for codecs that can be written.
pub(super) fn check_codec(codec: &CodecId) -> Result<()> {
    match codec {
        CodecId::Opus | CodecId::Vorbis | CodecId::Flac => Ok(()),
        other => Err(Error::unsupported(format!("codec {other} in ogg"), "opus, vorbis, flac")),
    }
}
