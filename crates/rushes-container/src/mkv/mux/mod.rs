//! Writing Matroska and WebM files.

mod attachments;
mod block;
mod chapters;
mod clock;
mod cluster;
mod cues;
mod entry;
mod flavor;
mod options;
mod segment;
mod tags;
mod track;
mod uid;
mod video;

use rushes_core::{Chapter, Error, MediaKind, Metadata, Packet, Result, Track};

use self::attachments::Attachment;
use self::clock::{Clock, SECOND};
use self::cluster::{ClusterWriter, Sizing};
use self::options::Options;
use self::segment::{Info, InfoDuration, Segment};
use self::track::TrackWriter;
use self::uid::Uids;
use super::{date, ids};
use crate::checks::no_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

pub(crate) use flavor::Flavor;

/// Nanoseconds per tick where nothing asks for fewer: what players expect, and what WebM asks for.
const MILLISECOND: u32 = 1_000_000;
/// Most bytes and packets held back until it is known how far before time zero the tracks reach.
const HELD_BYTES: u64 = 4 << 20;
const HELD_PACKETS: usize = 4096;

/// Writes Matroska and WebM files.
///
/// The head is written with the first packet behind time zero: by then each track has shown how far it reaches before
/// it, which is its `CodecDelay`. Each cluster reaches the sink when it is complete, so that a recording that is cut off
/// keeps all that came before. Where the sink seeks, sizes, length, index and list of parts are filled in at the end.
///
/// Times are rounded to the ticks of the segment, milliseconds unless told otherwise. Sound alone in Matroska is written
/// in ticks shorter than a sample, so that no time is lost.
#[derive(Debug)]
pub(crate) struct MkvMuxer {
    output: Output,
    flavor: Flavor,
    options: Options,
    clock: Clock,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    uids: Uids,
    lanes: Vec<Lane>,
    tracks: Vec<TrackWriter>,
    files: Vec<Attachment>,
    held: Vec<Packet>,
    held_bytes: u64,
    body: Option<Body>,
}

/// Where the packets of a track go.
#[derive(Clone, Copy, Debug)]
enum Lane {
    /// Into blocks of the track of this index.
    Blocks(usize),
    /// Into the attached file of this index.
    File(usize),
}

/// What there is when the head has been written.
#[derive(Debug)]
struct Body {
    segment: Segment,
    clusters: ClusterWriter,
    /// Where the first cluster is.
    front: u64,
    /// The files have been written.
    has_files: bool,
    /// Length of the track entries.
    tracks_length: usize,
}

impl MkvMuxer {
    /// Checks tracks and options. Nothing is written yet.
    pub(crate) fn create(
        flavor: Flavor,
        sink: Sink,
        tracks: &[Track],
        options: &MuxOptions,
    ) -> Result<Self> {
        let name = flavor.name();
        let parsed = Options::new(options, name)?;
        flavor.check(tracks)?;
        let uids = Uids::new(name, tracks, &options.metadata);
        let (mut lanes, mut writers, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for (index, track) in tracks.iter().enumerate() {
            if track.disposition.attached_picture || track.kind() == MediaKind::Attachment {
                lanes.push(Lane::File(files.len()));
                files.push(Attachment::new(index, track, uids));
            } else {
                lanes.push(Lane::Blocks(writers.len()));
                let number = writers.len() as u64 + 1;
                writers.push(TrackWriter::new(track, number, uids.uid("track", index), flavor)?);
            }
        }
        if writers.is_empty() {
            return Err(Error::usage(format!("{name} needs a track with a timeline")));
        }
        let output = Output::new(sink)?;
        if parsed.cues_to_front && !output.is_rewritable() {
            return Err(Error::unsupported(
                "cues_to_front on an output that cannot be read back",
                "files, Sink::rewritable; reserve_index_space on outputs that seek",
            ));
        }
        Ok(Self {
            output,
            flavor,
            clock: Clock::new(parsed.timestamp_scale.unwrap_or_else(|| scale(flavor, &writers))),
            options: parsed,
            metadata: options.metadata.clone(),
            chapters: options.chapters.clone(),
            uids,
            lanes,
            tracks: writers,
            files,
            held: Vec::new(),
            held_bytes: 0,
            body: None,
        })
    }

    /// True where nothing that has been written can be changed.
    const fn streams(&self) -> bool {
        self.options.live || !self.output.is_seekable()
    }

    /// Writes everything in front of the clusters.
    fn write_head(&mut self) -> Result<Body> {
        let (streams, checked) = (self.streams(), self.options.crc);
        let output = &mut self.output;
        let mut segment = Segment::open(self.flavor, !streams, checked, output)?;
        let later = if streams { InfoDuration::Unknown } else { InfoDuration::Later };
        let info = info(&self.metadata, self.uids, self.clock, later).write(checked);
        segment.write_part(ids::INFO, &info, output)?;
        let tracks = entry::write(&self.tracks, self.flavor, checked);
        segment.write_part(ids::TRACKS, &tracks, output)?;
        if let Some(chapters) = chapters::write(&self.chapters, self.uids, checked) {
            segment.write_part(ids::CHAPTERS, &chapters, output)?;
        }
        let has_files = self.files.iter().all(Attachment::is_whole);
        if has_files && let Some(files) = attachments::write(&self.files, checked) {
            segment.write_part(ids::ATTACHMENTS, &files, output)?;
        }
        let has_date = creation_date(&self.metadata).is_some();
        if let Some(tags) = tags::write(&self.metadata, has_date, &self.tracks, checked) {
            segment.write_part(ids::TAGS, &tags, output)?;
        }
        if !streams {
            segment.write_list(output)?;
            segment.reserve(self.options.reserve_index_space, output)?;
        }
        let lead = self.tracks.iter().find(|track| track.kind() == MediaKind::Video);
        let lead = lead.map(|track| track.number);
        let sizing = match (self.options.live, streams) {
            (true, _) => Sizing::Unknown,
            (false, true) => Sizing::Gathered,
            (false, false) => Sizing::Patched,
        };
        let clusters = ClusterWriter::new(self.clock, segment.start, lead, sizing);
        let front = output.position();
        if self.options.live {
            output.flush()?;
        }
        Ok(Body { segment, clusters, front, has_files, tracks_length: tracks.len() })
    }

    /// Writes the head, and what was held back for it.
    fn start(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        for packet in &held {
            if let Lane::Blocks(index) = self.lanes[packet.track] {
                self.tracks[index].prepare(packet)?;
            }
        }
        self.body = Some(self.write_head()?);
        held.iter().try_for_each(|packet| self.write_block(packet))
    }

    /// Writes a packet behind the head.
    fn write_block(&mut self, packet: &Packet) -> Result<()> {
        let (Lane::Blocks(index), Some(body)) = (self.lanes[packet.track], &mut self.body) else {
            return Ok(());
        };
        let track = &mut self.tracks[index];
        let (data, additions) = track.payload(packet)?;
        let block = track.block(packet, self.clock)?;
        let kind = track.kind();
        body.clusters.write(&block, kind, &data, additions, &mut self.output)
    }

    /// True where the head can be written: this packet and all later ones lie behind time zero.
    fn is_ready(&self, packet: &Packet) -> bool {
        packet.dts.or(packet.pts).is_some_and(|time| time.ticks() > 0)
            || self.held_bytes >= HELD_BYTES
            || self.held.len() >= HELD_PACKETS
    }

    /// Writes the index where it was asked to be.
    fn write_cues(&mut self, body: &mut Body) -> Result<()> {
        let cues = &mut body.clusters.cues;
        if cues.is_empty() {
            return Ok(());
        }
        cues.sort();
        let checked = self.options.crc;
        if self.options.cues_to_front {
            let bytes = cues.write_in_front(checked);
            body.segment.shift(body.front, bytes.len() as u64);
            body.segment.note_part(ids::CUES, body.front);
            return self.output.insert(body.front, &bytes);
        }
        let bytes = cues.write(0, checked);
        if body.segment.write_reserved(ids::CUES, &bytes, &mut self.output)? {
            return Ok(());
        }
        body.segment.write_part(ids::CUES, &bytes, &mut self.output)
    }

    /// Fills in what only the end tells.
    fn correct(&mut self, body: &mut Body) -> Result<()> {
        let (checked, output) = (self.options.crc, &mut self.output);
        let end = self.tracks.iter().map(|track| track.end).max().unwrap_or(0);
        if end > 0 {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the element is a floating-point number"
            )]
            let ticks = end as f64 / self.clock.scale() as f64;
            let duration = InfoDuration::Ticks(ticks);
            let info = info(&self.metadata, self.uids, self.clock, duration).write(checked);
            body.segment.replace_part(ids::INFO, &info, output)?;
        }
        let tracks = entry::write(&self.tracks, self.flavor, checked);
        if tracks.len() == body.tracks_length {
            body.segment.replace_part(ids::TRACKS, &tracks, output)?;
        }
        body.segment.write_list(output)?;
        body.segment.close(output)
    }
}

impl Muxer for MkvMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        let count = self.lanes.len();
        let Some(lane) = self.lanes.get(packet.track) else {
            return Err(no_track(packet.track, count));
        };
        if let Lane::File(index) = *lane {
            self.files[index].fill(&packet.data);
            return Ok(());
        }
        if self.body.is_none() {
            if !self.is_ready(packet) {
                self.held_bytes += packet.data.len() as u64;
                self.held.push(packet.clone());
                return Ok(());
            }
            self.start()?;
        }
        self.write_block(packet)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.body.is_none() {
            self.start()?;
        }
        let Some(mut body) = self.body.take() else { return Ok(()) };
        body.clusters.close(&mut self.output)?;
        if !body.has_files
            && let Some(files) = attachments::write(&self.files, self.options.crc)
        {
            body.segment.write_part(ids::ATTACHMENTS, &files, &mut self.output)?;
        }
        if !self.streams() {
            self.write_cues(&mut body)?;
            self.correct(&mut body)?;
        }
        self.output.flush()
    }
}

/// Nanoseconds per tick: sound alone gets ticks shorter than a sample, so that each time is told exactly.
fn scale(flavor: Flavor, tracks: &[TrackWriter]) -> u32 {
    let rates = tracks.iter().map(|track| Some(track.track.codec.as_audio()?.sample_rate));
    let rate = rates.collect::<Option<Vec<_>>>().and_then(|rates| rates.into_iter().max());
    match rate {
        Some(rate @ 1..) if flavor != Flavor::Webm => {
            // One less than would do, for the rounding of the delay.
            let second = u32::try_from(SECOND).unwrap_or(u32::MAX);
            (second / rate).saturating_sub(1).clamp(1, MILLISECOND)
        }
        _ => MILLISECOND,
    }
}

fn info(metadata: &Metadata, uids: Uids, clock: Clock, duration: InfoDuration) -> Info<'_> {
    Info {
        scale: clock.scale(),
        duration,
        uid: uids.segment(),
        title: metadata.value("title"),
        date: creation_date(metadata),
    }
}

fn creation_date(metadata: &Metadata) -> Option<i64> {
    metadata.value("creation_time").and_then(date::parse)
}
