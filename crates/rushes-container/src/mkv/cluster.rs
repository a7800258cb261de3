//! Walks over clusters, one element at a time: RFC 9559, 5.1.3.

use rushes_core::{Buffer, Error, Result};

use super::block::{BlockHead, Lacing, MAX_HEAD};
use super::ebml::{Header, checksum_agrees};
use super::ids;
use crate::input::Input;

/// Where a walk stands besides the position of the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// Offset behind the segment; `None` where its size is unknown.
    pub(super) segment_end: Option<u64>,
    pub(super) cluster: Option<Cluster>,
    /// Compares checksums.
    pub(super) check: bool,
}

/// The cluster that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cluster {
    pub(super) start: u64,
    /// `None` where the size is unknown.
    pub(super) end: Option<u64>,
    /// In ticks of the segment; `None` before it was read.
    pub(super) timestamp: Option<u64>,
}

/// What one step of a walk met.
#[derive(Debug)]
pub(super) enum Step {
    /// A block of a track that is wanted.
    Block(Block),
    /// Something of no interest, which was passed.
    Passed,
    /// Something of no interest up to this offset, which the caller has to pass.
    Skip(u64),
    /// A cluster starts.
    Cluster,
    /// The end of the segment.
    End,
}

/// A block and what its group says.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Offset of the element.
    pub(super) start: u64,
    /// Index of the track.
    pub(super) lane: usize,
    /// Time in ticks of the segment.
    pub(super) tick: i64,
    pub(super) lacing: Lacing,
    pub(super) key: bool,
    pub(super) invisible: bool,
    /// First byte of the frames; zero where there is none.
    pub(super) lead: u8,
    /// The frames; `None` where only headers are read.
    pub(super) payload: Option<Buffer>,
    /// Offset of the frames.
    pub(super) position: u64,
    /// `BlockDuration`, in ticks of the segment.
    pub(super) duration: Option<u64>,
    /// `DiscardPadding`, in nanoseconds.
    pub(super) padding: i64,
    pub(super) additions: Vec<(u64, Buffer)>,
}

/// Which blocks are wanted, and how much of them.
pub(super) trait Filter {
    /// Index of the track of this number, unless nobody wants it.
    fn lane(&self, number: u64) -> Option<usize>;

    /// False where headers do.
    fn wants_payload(&self) -> bool;
}

impl Walk {
    /// Reads one element. An error leaves the walk where it was.
    pub(super) fn step(&mut self, input: &mut Input, filter: &impl Filter) -> Result<Step> {
        let position = input.position();
        if let Some(Cluster { end: Some(end), .. }) = self.cluster
            && position >= end
        {
            self.cluster = None;
        }
        if self.cluster.is_none() && self.segment_end.is_some_and(|end| position >= end) {
            return Ok(Step::End);
        }
        let Some(header) = Header::read(input)? else { return self.end_of_input(position) };
        let Some(mut cluster) = self.cluster else { return self.top_level(input, &header) };
        if cluster.end.is_none() && header.is_top_level() {
            return self.top_level(input, &header);
        }
        let limit = cluster.end.or(self.segment_end);
        let end = header.end.ok_or_else(|| {
            let message = format!("element {:#x} of unknown size in a cluster", header.id);
            Error::malformed(message).at(position)
        })?;
        if limit.is_some_and(|limit| end > limit) {
            let message = format!("element {:#x} does not fit into its cluster", header.id);
            return Err(Error::malformed(message).at(position).within("Cluster"));
        }
        let block = match header.id {
            ids::SIMPLE_BLOCK => read_block(input, &header, end, &cluster, filter)?,
            ids::BLOCK_GROUP => read_group(input, &header, end, &cluster, filter)?,
            ids::TIMESTAMP => {
                cluster.timestamp = Some(read_uint(input, end)?);
                self.cluster = Some(cluster);
                return Ok(Step::Passed);
            }
            _ => return Ok(Step::Skip(end)),
        };
        match block {
            Some(block) => Ok(Step::Block(block)),
            None => Ok(Step::Skip(end)),
        }
    }

    /// The input ends between two elements, which is as it should be where sizes are unknown.
    fn end_of_input(&self, position: u64) -> Result<Step> {
        let open = self.cluster.and_then(|cluster| cluster.end).or(self.segment_end);
        match open.filter(|end| *end > position) {
            None => Ok(Step::End),
            Some(end) => {
                let message = format!("the input ends {} bytes before the segment", end - position);
                Err(Error::malformed(message).at(position))
            }
        }
    }

    /// An element beside the clusters.
    fn top_level(&mut self, input: &mut Input, header: &Header) -> Result<Step> {
        match (header.id, header.end) {
            (ids::CLUSTER, end) => {
                if self.check && end.is_some() {
                    check_cluster(input, header)?;
                }
                self.cluster = Some(Cluster { start: header.start, end, timestamp: None });
                Ok(Step::Cluster)
            }
            // Another file behind a live stream.
            (ids::SEGMENT | ids::EBML, _) => Ok(Step::End),
            (ids::SIMPLE_BLOCK | ids::BLOCK_GROUP, _) => {
                Err(Error::malformed("a block outside of a cluster").at(header.start))
            }
            (_, Some(end)) if self.segment_end.is_none_or(|limit| end <= limit) => {
                self.cluster = None;
                Ok(Step::Skip(end))
            }
            (id, _) => {
                let message = format!("element {id:#x} does not fit into its segment");
                Err(Error::malformed(message).at(header.start))
            }
        }
    }
}

/// Compares the checksum of a cluster whose header has been read, and stays at its data.
fn check_cluster(input: &mut Input, header: &Header) -> Result<()> {
    let size = header.size().unwrap_or(0);
    input.limits().check_alloc(size)?;
    let bytes = input.peek(usize::try_from(size).unwrap_or(usize::MAX))?;
    if bytes.len() as u64 == size && !checksum_agrees(bytes) {
        let message = "the checksum of a cluster does not agree with it";
        return Err(Error::malformed(message).at(header.start));
    }
    Ok(())
}

/// An unsigned integer up to this offset.
fn read_uint(input: &mut Input, end: u64) -> Result<u64> {
    let position = input.position();
    let length = usize::try_from(end.saturating_sub(position)).unwrap_or(usize::MAX);
    if length > 8 {
        return Err(Error::malformed(format!("an integer of {length} bytes")).at(position));
    }
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes[8 - length..])?;
    Ok(u64::from_be_bytes(bytes))
}

/// Reads a block whose element header has been read. `None` where nobody wants it.
fn read_block(
    input: &mut Input,
    header: &Header,
    end: u64,
    cluster: &Cluster,
    filter: &impl Filter,
) -> Result<Option<Block>> {
    let left = end.saturating_sub(input.position());
    let bytes = input.peek(usize::try_from(left.min(MAX_HEAD)).unwrap_or(0))?;
    if (bytes.len() as u64) < left.min(MAX_HEAD) {
        return Err(Error::malformed("the input ends within a block").at(header.start));
    }
    let head = BlockHead::parse(bytes).map_err(|error| error.at(header.start))?;
    let lead = bytes.get(head.length).copied().unwrap_or(0);
    let Some(lane) = filter.lane(head.track) else { return Ok(None) };
    let timestamp = cluster.timestamp.ok_or_else(|| {
        Error::malformed("a block before the timestamp of its cluster").at(header.start)
    })?;
    let tick = i64::try_from(timestamp)
        .ok()
        .and_then(|timestamp| timestamp.checked_add(head.relative.into()))
        .ok_or_else(|| Error::malformed("a time beyond 63 bits").at(header.start))?;
    input.skip(head.length as u64)?;
    let position = input.position();
    // The times of frames behind lacing depend on the frames before.
    let payload = if filter.wants_payload() || head.lacing != Lacing::None {
        Some(input.read_payload(end - position)?)
    } else {
        input.skip(end - position)?;
        None
    };
    Ok(Some(Block {
        start: header.start,
        lane,
        tick,
        lacing: head.lacing,
        key: head.key,
        invisible: head.invisible,
        lead,
        payload,
        position,
        duration: None,
        padding: 0,
        additions: Vec::new(),
    }))
}

/// Reads a `BlockGroup` whose element header has been read.
fn read_group(
    input: &mut Input,
    group: &Header,
    end: u64,
    cluster: &Cluster,
    filter: &impl Filter,
) -> Result<Option<Block>> {
    let mut block = None;
    let mut key = true;
    let (mut duration, mut padding, mut additions) = (None, 0, Vec::new());
    while input.position() < end {
        let position = input.position();
        let header = Header::read(input)?
            .ok_or_else(|| Error::malformed("the input ends within a BlockGroup").at(position))?;
        let child_end = header.end.filter(|child| *child <= end).ok_or_else(|| {
            let message = format!("element {:#x} does not fit into its BlockGroup", header.id);
            Error::malformed(message).at(position)
        })?;
        match header.id {
            ids::BLOCK if block.is_none() => {
                block = read_block(input, &header, child_end, cluster, filter)?;
                if block.is_none() {
                    return Ok(None);
                }
            }
            ids::BLOCK_DURATION => duration = Some(read_uint(input, child_end)?),
            ids::REFERENCE_BLOCK => key = false,
            ids::DISCARD_PADDING => padding = read_int(input, child_end)?,
            ids::BLOCK_ADDITIONS if filter.wants_payload() => {
                read_additions(input, child_end, &mut additions)?;
            }
            _ => {}
        }
        let left = child_end.saturating_sub(input.position());
        input.skip(left)?;
    }
    Ok(block.map(|block| Block { start: group.start, key, duration, padding, additions, ..block }))
}

/// A signed integer up to this offset.
fn read_int(input: &mut Input, end: u64) -> Result<i64> {
    let length = end.saturating_sub(input.position());
    let value = read_uint(input, end)?;
    match u32::try_from(length) {
        Ok(length @ 1..=8) => {
            let unused = 64 - 8 * length;
            Ok((value << unused).cast_signed() >> unused)
        }
        _ => Ok(0),
    }
}

/// Reads `BlockAdditions` whose element header has been read.
fn read_additions(input: &mut Input, end: u64, additions: &mut Vec<(u64, Buffer)>) -> Result<()> {
    let position = input.position();
    let payload = input.read_payload(end - position)?;
    let mut children = super::ebml::Elements::new(&payload, position);
    while let Some(more) = children.next()? {
        if more.id != ids::BLOCK_MORE {
            continue;
        }
        let (mut id, mut data) = (1, None);
        let mut fields = more.children();
        while let Some(field) = fields.next()? {
            match field.id {
                ids::BLOCK_ADD_ID => id = field.uint()?,
                ids::BLOCK_ADDITIONAL => {
                    let start = usize::try_from(field.offset - position).unwrap_or(usize::MAX);
                    data = payload.slice(start..start.saturating_add(field.data.len()));
                }
                _ => {}
            }
        }
        additions.extend(data.map(|data| (id, data)));
    }
    Ok(())
}
