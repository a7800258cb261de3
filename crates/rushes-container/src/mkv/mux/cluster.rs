//! Clusters: RFC 9559, 5.1.3.
//!
//! Where the sink lets us go back, a cluster is opened with an unknown size, so that a file that is cut off can be read up to its
//! last block, and gets its size when it is complete. Elsewhere the packets of a cluster are gathered until its size is
//! known, unless they are wanted at once.

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

/// How clusters get their sizes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sizing {
    /// When they are complete, in the place that was kept for it.
    Patched,
    /// When they are complete, before anything of them is written.
    Gathered,
    /// Never: each block reaches the sink at once.
    Unknown,
}

/// Puts blocks into clusters.
#[derive(Debug)]
pub(super) struct ClusterWriter {
    clock: Clock,
    /// Offset of the payload of the segment.
    segment: u64,
    /// Track whose key frames start clusters; `None` where there are no pictures.
    lead: Option<u64>,
    sizing: Sizing,
    open: Option<Open>,
    last_timestamp: i64,
    last_cue: Option<i64>,
    blocks: BlockWriter,
    gathered: Gathered,
    pub(super) cues: Cues,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    position: u64,
    /// Offset of what follows the size.
    body: u64,
    timestamp: i64,
    /// Bytes of blocks.
    bytes: u64,
    /// The track whose key frames count has had a block here that is none.
    is_inter: bool,
}

/// Blocks that wait for the size of their cluster. Their bytes are not copied.
#[derive(Debug, Default)]
struct Gathered {
    /// What stands in front of the bytes of blocks and behind them, one after the other.
    frames: Vec<u8>,
    /// Ends of what stands in front, and behind, in that; the bytes between.
    parts: Vec<(usize, usize, Buffer)>,
}

impl ClusterWriter {
    pub(super) fn new(clock: Clock, segment: u64, lead: Option<u64>, sizing: Sizing) -> Self {
        Self {
            clock,
            segment,
            lead,
            sizing,
            open: None,
            last_timestamp: 0,
            last_cue: None,
            blocks: BlockWriter::default(),
            gathered: Gathered::default(),
            cues: Cues::default(),
        }
    }

    /// Writes a block, in a new cluster if it is time for one.
    pub(super) fn write(
        &mut self,
        block: &Block,
        kind: MediaKind,
        data: &Buffer,
        additions: &[(u64, Buffer)],
        output: &mut Output,
    ) -> Result<()> {
        let fitting = self.open.filter(|open| !self.is_full(open, block, data.len()));
        let mut open = match fitting {
            Some(open) => open,
            None => {
                self.close(output)?;
                self.open(block.tick, output)?
            }
        };
        if self.wants_cue(block, kind) {
            let offset = output.position() - open.body;
            self.cues.push(block, open.position - self.segment, offset);
            self.last_cue = Some(block.tick);
        }
        let offset = i16::try_from(block.tick - open.timestamp).unwrap_or_default();
        let (head, tail) = self.blocks.encode(block, offset, data.len(), additions);
        open.bytes += (head.len() + data.len() + tail.len()) as u64;
        open.is_inter |= self.lead == Some(block.track) && !block.key;
        self.open = Some(open);
        if self.sizing == Sizing::Gathered {
            self.gathered.push(head, data, tail);
            return Ok(());
        }
        output.write(head)?;
        output.write(data)?;
        output.write(tail)?;
        if self.sizing == Sizing::Unknown { output.flush() } else { Ok(()) }
    }

    /// Ends the cluster, and hands it to the sink.
    pub(super) fn close(&mut self, output: &mut Output) -> Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        match self.sizing {
            Sizing::Unknown => {}
            Sizing::Patched => {
                let size = fixed_size(output.position() - open.body);
                output.patch(open.body - size.len() as u64, &size)?;
            }
            Sizing::Gathered => {
                let timestamp = timestamp(open.timestamp);
                let mut head = EbmlWriter::new();
                head.head(ids::CLUSTER, timestamp.bytes().len() as u64 + open.bytes);
                head.raw(timestamp.bytes());
                output.write(head.bytes())?;
                self.gathered.write(output)?;
            }
        }
        output.flush()
    }

    fn open(&mut self, tick: i64, output: &mut Output) -> Result<Open> {
        // Clusters are in order of time even if a block is not; it is behind by a negative offset then.
        let is_near = i16::try_from(tick - self.last_timestamp).is_ok();
        let time = if is_near { tick.max(self.last_timestamp) } else { tick };
        self.last_timestamp = time;
        let position = output.position();
        let mut body = position;
        if self.sizing != Sizing::Gathered {
            let mut head = EbmlWriter::new();
            head.id(ids::CLUSTER);
            head.raw(&UNKNOWN_SIZE);
            body += head.bytes().len() as u64;
            head.raw(timestamp(time).bytes());
            output.write(head.bytes())?;
        }
        Ok(Open { position, body, timestamp: time, bytes: 0, is_inter: false })
    }

    /// True where a block belongs into a new cluster.
    fn is_full(&self, open: &Open, block: &Block, bytes: usize) -> bool {
        let ticks = block.tick - open.timestamp;
        let time = self.clock.nanoseconds(ticks);
        let is_key = self.lead == Some(block.track) && block.key;
        i16::try_from(ticks).is_err()
            || time >= LONGEST
            || open.bytes + bytes as u64 > LARGEST
            || (is_key && (open.is_inter || time >= INTRA_TIME || open.bytes >= INTRA_BYTES))
    }

    /// True for a block that an index should have: key frames, subtitles, and sound now and then where it is alone.
    fn wants_cue(&self, block: &Block, kind: MediaKind) -> bool {
        if self.sizing != Sizing::Patched {
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

impl Gathered {
    fn push(&mut self, head: &[u8], data: &Buffer, tail: &[u8]) {
        self.frames.extend_from_slice(head);
        let head_end = self.frames.len();
        self.frames.extend_from_slice(tail);
        self.parts.push((head_end, self.frames.len(), data.clone()));
    }

    /// Writes everything, and keeps the memory.
    fn write(&mut self, output: &mut Output) -> Result<()> {
        let mut start = 0;
        for (head_end, tail_end, data) in self.parts.drain(..) {
            output.write(&self.frames[start..head_end])?;
            output.write(&data)?;
            output.write(&self.frames[head_end..tail_end])?;
            start = tail_end;
        }
        self.frames.clear();
        Ok(())
    }
}

/// The `Timestamp` element.
fn timestamp(tick: i64) -> EbmlWriter {
    let mut w = EbmlWriter::new();
    w.uint(ids::TIMESTAMP, tick.unsigned_abs());
    w
}
