//! Clusters: RFC 9559, 5.1.3.
//!
//! A cluster is opened with an unknown size, so that a file that is cut off can be read up to its last block, and gets
//! its size when it is complete, where the sink lets us go back.

use rushes_core::{Buffer, MediaKind, Result};

use super::block::{Block, BlockWriter};
use super::clock::{Clock, SECOND};
use super::cues::Cues;
use crate::mkv::ebml_writer::{EbmlWriter, UNKNOWN_SIZE, fixed_size};
use crate::mkv::ids;
use crate::output::Output;

/// Longest time of one cluster, in nanoseconds.
const LONGEST: i64 = 5 * SECOND;
/// Most bytes of one cluster, unless a single block has more.
const LARGEST: u64 = 5 << 20;
/// What is gathered where every picture is a key frame.
const INTRA_TIME: i64 = SECOND;
const INTRA_BYTES: u64 = 1 << 20;
/// Shortest time between two entries of the index where there are no pictures.
const CUE_DISTANCE: i64 = 2 * SECOND;

/// Puts blocks into clusters.
#[derive(Debug)]
pub(super) struct ClusterWriter {
    clock: Clock,
    /// Offset of the payload of the segment.
    segment: u64,
    /// Track whose key frames start clusters; `None` where there are no pictures.
    lead: Option<u64>,
    /// Sizes stay unknown, and nothing is written that only an index would use.
    streams: bool,
    /// Each block goes to the sink at once.
    live: bool,
    open: Option<Open>,
    last_timestamp: i64,
    last_cue: Option<i64>,
    blocks: BlockWriter,
    pub(super) cues: Cues,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    position: u64,
    body: u64,
    timestamp: i64,
    /// The track whose key frames count has had a block here that is none.
    is_inter: bool,
}

impl ClusterWriter {
    pub(super) fn new(clock: Clock, segment: u64, lead: Option<u64>) -> Self {
        Self {
            clock,
            segment,
            lead,
            streams: false,
            live: false,
            open: None,
            last_timestamp: 0,
            last_cue: None,
            blocks: BlockWriter::default(),
            cues: Cues::default(),
        }
    }

    /// Whether sizes stay unknown, and whether each block goes to the sink at once.
    pub(super) const fn streaming(mut self, streams: bool, live: bool) -> Self {
        (self.streams, self.live) = (streams, live);
        self
    }

    /// Writes a block, in a new cluster if it is time for one.
    pub(super) fn write(
        &mut self,
        block: &Block,
        kind: MediaKind,
        data: &[u8],
        additions: &[(u64, Buffer)],
        output: &mut Output,
    ) -> Result<()> {
        let fitting = self.open.filter(|open| !self.is_full(open, block, data.len(), output));
        let mut open = match fitting {
            Some(open) => open,
            None => {
                self.close(output)?;
                self.open(block.tick, output)?
            }
        };
        open.is_inter |= self.lead == Some(block.track) && !block.key;
        self.open = Some(open);
        if self.wants_cue(block, kind) {
            let offset = output.position() - open.body;
            self.cues.push(block, open.position - self.segment, offset);
            self.last_cue = Some(block.tick);
        }
        let offset = i16::try_from(block.tick - open.timestamp).unwrap_or_default();
        self.blocks.write(block, offset, data, additions, output)?;
        if self.live { output.flush() } else { Ok(()) }
    }

    /// Ends the cluster, and hands it to the sink.
    pub(super) fn close(&mut self, output: &mut Output) -> Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        if !self.streams {
            let size = fixed_size(output.position() - open.body);
            output.patch(open.body - size.len() as u64, &size)?;
        }
        output.flush()
    }

    fn open(&mut self, tick: i64, output: &mut Output) -> Result<Open> {
        // Clusters are in order of time even if a block is not; it is behind by a negative offset then.
        let is_near = i16::try_from(tick - self.last_timestamp).is_ok();
        let timestamp = if is_near { tick.max(self.last_timestamp) } else { tick };
        self.last_timestamp = timestamp;
        let position = output.position();
        let mut head = EbmlWriter::new();
        head.id(ids::CLUSTER);
        head.raw(&UNKNOWN_SIZE);
        let body = position + head.bytes().len() as u64;
        head.uint(ids::TIMESTAMP, timestamp.unsigned_abs());
        output.write(head.bytes())?;
        Ok(Open { position, body, timestamp, is_inter: false })
    }

    /// True where a block belongs into a new cluster.
    fn is_full(&self, open: &Open, block: &Block, bytes: usize, output: &Output) -> bool {
        let ticks = block.tick - open.timestamp;
        let time = self.clock.nanoseconds(ticks);
        let size = output.position() - open.body;
        let is_key = self.lead == Some(block.track) && block.key;
        i16::try_from(ticks).is_err()
            || time >= LONGEST
            || size + bytes as u64 > LARGEST
            || (is_key && (open.is_inter || time >= INTRA_TIME || size >= INTRA_BYTES))
    }

    /// True for a block that an index should have: key frames, subtitles, and sound now and then where it is alone.
    fn wants_cue(&self, block: &Block, kind: MediaKind) -> bool {
        if self.streams {
            return false;
        }
        let is_far = |last: i64| self.clock.nanoseconds(block.tick - last) >= CUE_DISTANCE;
        match kind {
            MediaKind::Video => block.key,
            MediaKind::Subtitle => true,
            _ => self.lead.is_none() && self.last_cue.is_none_or(is_far),
        }
    }
}
