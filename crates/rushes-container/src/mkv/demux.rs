//! The demuxer: hands out the frames of all tracks in the order of the file.

use std::collections::VecDeque;

use rushes_core::{
    Buffer, Chapter, CodecId, Error, Metadata, Packet, Result, Ticks, Time, TimeBase, Timestamp,
    Track,
};

use super::attachments::Attachment;
use super::block::{self, Lacing};
use super::cluster::{Block, Filter, Step, Walk};
use super::headers::Headers;
use super::lane::Lane;
use super::seek::{Index, Start};
use super::{ids, webvtt};
use crate::checks::unknown_option;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Bytes that are passed at once where the input cannot seek.
const PASS_BYTES: u64 = 64 << 10;

/// Reads Matroska and WebM files.
#[derive(Debug)]
pub(crate) struct MkvDemuxer {
    format: &'static str,
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    /// What reading needs of the first tracks; behind them come attachments.
    pub(super) lanes: Vec<Lane>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    duration: Option<Time>,
    attachments: Vec<Attachment>,
    /// Attachments that were looked at for covers since the start or the last seek.
    pub(super) covers_given: usize,
    pub(super) walk: Walk,
    /// Offset up to which nothing is of interest.
    pub(super) pass_to: Option<u64>,
    /// Offset from which a cluster is searched for, after damage.
    pub(super) search_from: Option<u64>,
    pub(super) ended: bool,
    /// Frames of the last block that have not been handed out.
    pub(super) pending: VecDeque<Packet>,
    /// Damage that is told once what is there has been read.
    damage: Option<Error>,
    /// Where each track starts after a seek.
    pub(super) starts: Vec<Option<Start>>,
    pub(super) index: Index,
}

/// Finds tracks by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Lanes<'a> {
    pub(super) lanes: &'a [Lane],
    pub(super) payload: bool,
}

impl Filter for Lanes<'_> {
    fn lane(&self, number: u64) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.number == number)
    }

    fn wants_payload(&self) -> bool {
        self.payload
    }
}

impl MkvDemuxer {
    /// Reads everything up to the first block.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        let check = read_options(options)?;
        let headers = Headers::read(&mut input, check)?;
        let info = headers.info.unwrap_or_default();
        let Some(entries) = headers.entries else {
            let missing = Error::malformed("there is no Tracks element").within("Segment");
            return Err(headers.damage.unwrap_or(missing));
        };
        let (mut tracks, mut lanes) = (Vec::new(), Vec::new());
        for (index, entry) in entries.into_iter().enumerate() {
            let opened = entry.open(info.scale, input.limits(), options.apply_edits);
            let step = format!("Segment/Tracks/TrackEntry[{index}]");
            let Some((track, lane)) = opened.map_err(|error| error.within(step))? else { continue };
            tracks.push(track);
            lanes.push(lane);
        }
        let duration =
            info.nanoseconds().map(|ticks| TimeBase::nanoseconds().time(Timestamp::new(ticks)));
        let mut metadata = info.metadata;
        for tag in &headers.tags {
            if tag.is_global() {
                tag.apply(&mut metadata);
            }
            let matching =
                lanes.iter().zip(&mut tracks).filter(|(lane, _)| tag.tracks.contains(&lane.uid));
            matching.for_each(|(_, track)| tag.apply(&mut track.metadata));
        }
        tracks.extend(headers.attachments.iter().map(|attachment| match attachment {
            Attachment::Cover(cover) => cover.track(),
            Attachment::File(track) => (**track).clone(),
        }));
        let starts = lanes.iter().map(|_| None).collect();
        Ok(Self {
            format: if headers.doc_type.webm { "webm" } else { "mkv" },
            tracks,
            lanes,
            metadata,
            chapters: headers.chapters,
            duration,
            attachments: headers.attachments,
            covers_given: 0,
            walk: Walk { segment_end: headers.segment_end, cluster: None, check },
            pass_to: None,
            search_from: None,
            ended: false,
            pending: VecDeque::new(),
            damage: headers.damage,
            starts,
            index: Index::new(headers.cues, headers.first),
            input,
        })
    }

    fn next_cover(&mut self) -> Option<Packet> {
        while let Some(attachment) = self.attachments.get(self.covers_given) {
            let track = self.lanes.len() + self.covers_given;
            self.covers_given += 1;
            if let Attachment::Cover(cover) = attachment {
                return Some(cover.packet(track));
            }
        }
        None
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(packet) = self.next_cover() {
            return Ok(Some(packet));
        }
        loop {
            if let Some(packet) = self.pending.pop_front() {
                return Ok(Some(packet));
            }
            if self.ended {
                return self.damage.take().map_or(Ok(None), Err);
            }
            // All that was read before is kept in the state; from here on a call can be made again.
            self.input.mark();
            if let Some(target) = self.pass_to {
                self.pass(target)?;
                continue;
            }
            if let Some(from) = self.search_from {
                self.search_cluster(from)?;
                continue;
            }
            let start = self.input.position();
            let filter = Lanes { lanes: &self.lanes, payload: true };
            match self.walk.step(&mut self.input, &filter) {
                Ok(Step::Block(block)) => {
                    if let Some(packet) = self.take(block)? {
                        return Ok(Some(packet));
                    }
                }
                Ok(Step::Passed | Step::Cluster) => {}
                Ok(Step::Skip(end)) => self.pass_to = Some(end),
                Ok(Step::End) => self.ended = true,
                Err(error @ Error::Io { .. }) => return Err(error),
                Err(error) => {
                    self.search_from = Some(start.saturating_add(1));
                    return Err(error.within("Segment"));
                }
            }
        }
    }

    /// Passes what is of no interest; what cannot be sought in pieces, so that the input need not keep it.
    fn pass(&mut self, target: u64) -> Result<()> {
        let left = target.saturating_sub(self.input.position());
        let step = if self.input.is_seekable() { left } else { left.min(PASS_BYTES) };
        if let Err(error) = self.input.skip(step) {
            if !matches!(error, Error::Io { .. }) {
                (self.pass_to, self.ended) = (None, true);
            }
            return Err(error.within("Segment"));
        }
        if step == left {
            self.pass_to = None;
        }
        Ok(())
    }

    /// Searches for the next cluster. Without one within the limit there is nothing more to read.
    fn search_cluster(&mut self, from: u64) -> Result<()> {
        let limit = from.saturating_add(self.input.limits().probe_bytes);
        match self.input.seek(from.max(self.input.position().min(limit))) {
            Ok(()) => {}
            Err(error @ Error::Io { .. }) => return Err(error),
            // The damage was the end of the input, which has been told.
            Err(_) => {
                (self.search_from, self.ended) = (None, true);
                return Ok(());
            }
        }
        loop {
            let position = self.input.position();
            let bytes = self.input.peek(4096)?;
            let found = bytes.windows(4).position(|window| window == ids::CLUSTER.to_be_bytes());
            let step = match found {
                Some(found) => found,
                None if bytes.len() < 4096 || position >= limit => {
                    (self.search_from, self.ended) = (None, true);
                    return Ok(());
                }
                None => bytes.len() - 3,
            };
            self.input.skip(step as u64)?;
            if found.is_some() {
                self.walk.cluster = None;
                self.search_from = None;
                return Ok(());
            }
        }
    }

    /// Makes packets of a block: the first is returned, the others wait.
    fn take(&mut self, block: Block) -> Result<Option<Packet>> {
        let (index, start) = (block.lane, block.start);
        let place = self.starts.get(index).copied().flatten();
        if place.is_some_and(|place| start < place.block) {
            return Ok(None);
        }
        let Some(payload) = block.payload else { return Ok(None) };
        let Some(lane) = self.lanes.get_mut(index) else { return Ok(None) };
        let frames = Frames {
            index,
            key: lane.is_key(block.key, block.lead),
            position: block.position,
            duration: block.duration,
            padding: block.padding,
            invisible: block.invisible,
        };
        let at_block = |error: Error| error.at(start).within("Cluster").within("Segment");
        if block.lacing == Lacing::None && place.is_none() {
            let mut packet = frames.packet(lane, payload, 1, &self.input).map_err(at_block)?;
            packet.additions.extend(block.additions);
            frames.stamp(lane, &mut packet, Some(lane.clock.time(block.tick)), true);
            return Ok(Some(packet));
        }
        let parts = block::split(block.lacing, &payload).map_err(at_block)?;
        let mut pts = Some(lane.clock.time(block.tick));
        let count = parts.len();
        let mut additions = block.additions;
        for (number, part) in parts.into_iter().enumerate() {
            let mut packet =
                frames.packet(lane, part, count as u64, &self.input).map_err(at_block)?;
            packet.additions = std::mem::take(&mut additions);
            let length = packet.duration.and_then(|length| i64::try_from(length.count()).ok());
            let next = pts.zip(length).map(|(pts, length)| pts.saturating_add(length));
            let wanted = place.is_none_or(|place| start > place.block || number >= place.frame);
            if wanted {
                frames.stamp(lane, &mut packet, pts, number + 1 == count);
                if let Some((place, pts)) = place.zip(pts) {
                    packet.discard |= pts < place.shown_from;
                }
                self.pending.push_back(packet);
            }
            pts = next;
        }
        let over = |place: Start| pts.is_some_and(|pts| pts >= place.shown_from);
        if let Some(start) = self.starts.get_mut(index)
            && place.is_some_and(over)
        {
            *start = None;
        }
        Ok(self.pending.pop_front())
    }
}

/// What the frames of a block have in common.
#[derive(Clone, Copy, Debug)]
struct Frames {
    index: usize,
    key: bool,
    position: u64,
    duration: Option<u64>,
    padding: i64,
    invisible: bool,
}

impl Frames {
    /// The packet of one of `count` frames, without times.
    fn packet(&self, lane: &Lane, frame: Buffer, count: u64, input: &Input) -> Result<Packet> {
        let data = if lane.encodings.is_plain() {
            frame
        } else {
            lane.encodings.decode_frame(frame, input.limits())?
        };
        let mut packet = Packet::new(self.index, data);
        packet.duration = self.length(lane, &packet.data, count).map(Ticks::new);
        packet.key = self.key;
        packet.discard = self.invisible;
        packet.position = Some(self.position);
        match lane.codec.codec {
            CodecId::WebVtt if lane.codec_name.starts_with("D_") => webvtt::separate(&mut packet),
            CodecId::ProRes => packet.data = with_frame_header(packet.data),
            _ => {}
        }
        Ok(packet)
    }

    /// How long one of `count` frames lasts. Its own bytes tell best, unless the block says something else: the last frame may
    /// be shorter than it looks. With padding, some writers take that off as well, which is not meant here.
    fn length(&self, lane: &Lane, frame: &[u8], count: u64) -> Option<u64> {
        let said = lane.share(self.duration, count);
        let own = lane.own_length(frame);
        match (own, said) {
            (Some(own), Some(said)) if self.duration.is_some() && self.padding == 0 => {
                let tick = lane.clock.length(1).unsigned_abs();
                Some(if own.abs_diff(said) > tick { said } else { own })
            }
            _ => own.or(said),
        }
    }

    fn stamp(&self, lane: &mut Lane, packet: &mut Packet, pts: Option<i64>, last: bool) {
        lane.stamp(packet, pts, if last { self.padding } else { 0 });
    }
}

/// Matroska leaves out the size and the mark with which a ProRes frame starts elsewhere.
fn with_frame_header(frame: Buffer) -> Buffer {
    if frame.get(4..8) == Some(b"icpf") {
        return frame;
    }
    let Ok(size) = u32::try_from(frame.len() + 8) else { return frame };
    let mut whole = Vec::with_capacity(frame.len() + 8);
    whole.extend(size.to_be_bytes());
    whole.extend(b"icpf");
    whole.extend_from_slice(&frame);
    whole.into()
}

/// Reads the options of this demuxer: whether checksums are compared.
fn read_options(options: &DemuxOptions) -> Result<bool> {
    let mut check = false;
    for (name, value) in &options.options {
        check = match (name.as_str(), value.as_str()) {
            ("crc", "1") => true,
            ("crc", "0") => false,
            ("crc", _) => return Err(Error::usage(format!("crc={value}; write crc=0 or crc=1"))),
            _ => {
                return Err(unknown_option("mkv demuxer", name, "crc"));
            }
        };
    }
    Ok(check)
}

impl Demuxer for MkvDemuxer {
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
        let result = self.read_next();
        if let Err(Error::Io { .. }) = &result {
            self.input.rewind()?;
        }
        result
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}
