//! Where chunks are: `idx1` (RIFF 1.0, chapter 3), and `indx` with `ix##` (`OpenDML` 1.02, 3.0).

use rushes_core::{Error, Limits, Result};

use super::header::{Stream, u32_at};
use crate::input::Input;

/// A chunk that holds something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    /// Offset of its header.
    pub(super) position: u64,
    /// The spans of the chunks before.
    pub(super) before: u64,
    pub(super) size: u32,
    pub(super) key: bool,
}

/// The chunks of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    /// The span of all chunks.
    pub(super) span: u64,
}

impl Index {
    fn new(stream: &Stream) -> Self {
        Self { entries: Vec::new(), span: stream.start }
    }

    /// Adds a chunk. Empty ones move the time, but are no packets.
    pub(super) fn push(&mut self, stream: &Stream, position: u64, size: u32, key: bool) {
        if size > 0 {
            self.entries.push(Entry { position, before: self.span, size, key });
        }
        self.span = self.span.saturating_add(stream.span(size.into()));
    }

    /// The chunk at this offset.
    pub(super) fn at(&self, position: u64) -> Option<&Entry> {
        let index = self.entries.binary_search_by_key(&position, |entry| entry.position).ok()?;
        self.entries.get(index)
    }

    fn is_sorted(&self) -> bool {
        self.entries.is_sorted_by_key(|entry| entry.position)
    }
}

/// Counts entries against the limit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    entries: u64,
}

impl Budget {
    pub(super) fn take(&mut self, entries: u64, limits: &Limits) -> Result<()> {
        self.entries = self.entries.saturating_add(entries);
        let bytes = self.entries.saturating_mul(size_of::<Entry>() as u64);
        if bytes > limits.index_bytes {
            return Err(Error::limit("index_bytes", bytes, limits.index_bytes));
        }
        Ok(())
    }
}

/// Empty indices for these streams.
pub(super) fn empty(streams: &[Stream]) -> Vec<Index> {
    streams.iter().map(Index::new).collect()
}

/// The `indx` chunk of a stream: where its indices are, or an index itself.
#[derive(Clone, Debug)]
pub(super) struct SuperIndex {
    /// Offsets and sizes of the chunks `ix##`; one without an offset is the payload here.
    parts: Vec<(u64, u32)>,
    own: Option<Vec<u8>>,
}

impl SuperIndex {
    /// Reads the payload of an `indx` chunk.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let [_, _, _, kind, ..] = *payload else { return None };
        let count = usize::try_from(u32_at(payload, 4)?).unwrap_or(usize::MAX);
        if kind == 1 {
            return Some(Self { parts: Vec::new(), own: Some(payload.to_vec()) });
        }
        let (entries, _) = payload.get(24..)?.as_chunks::<16>();
        let part = |entry: &[u8; 16]| {
            let offset = entry.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
            Some((offset?, u32_at(entry, 8)?))
        };
        Some(Self { parts: entries.iter().take(count).filter_map(part).collect(), own: None })
    }
}

/// Reads the indices that the streams' `indx` chunks name. `None` where one stream has none, or they make no sense.
pub(super) fn read_open_dml(input: &mut Input, streams: &[Stream]) -> Result<Option<Vec<Index>>> {
    let mut budget = Budget::default();
    let mut indices = empty(streams);
    for (stream, index) in streams.iter().zip(&mut indices) {
        let Some(super_index) = &stream.super_index else { return Ok(None) };
        if let Some(own) = &super_index.own {
            read_part(own, stream, index, &mut budget, input.limits())?;
        }
        for (offset, size) in &super_index.parts {
            let end = offset.saturating_add(u64::from(*size));
            // A file that was cut off lacks its last indices.
            if *size < 32 || input.length().is_none_or(|length| end > length) {
                return Ok(None);
            }
            input.seek(*offset)?;
            let header: [u8; 8] = input.read_array()?;
            let length = u64::from(u32_at(&header, 4).unwrap_or(0)).min(u64::from(*size) - 8);
            budget.take(length / 8, input.limits())?;
            let payload = input.read_payload(length)?;
            read_part(&payload, stream, index, &mut Budget::default(), input.limits())?;
        }
        if !index.is_sorted() {
            return Ok(None);
        }
    }
    Ok(Some(indices))
}

/// Reads the payload of one `ix##` chunk.
fn read_part(
    payload: &[u8],
    stream: &Stream,
    index: &mut Index,
    budget: &mut Budget,
    limits: &Limits,
) -> Result<()> {
    let [longs, 0, _, 1, ..] = *payload else { return Ok(()) };
    let count = usize::try_from(u32_at(payload, 4).unwrap_or(0)).unwrap_or(usize::MAX);
    let Some(base) = payload.get(12..).and_then(<[u8]>::first_chunk) else { return Ok(()) };
    let base = u64::from_le_bytes(*base);
    let entries = payload.get(24..).unwrap_or_default();
    // Fields have a third part in interlaced files.
    for entry in entries.chunks_exact(usize::from(longs.max(2)) * 4).take(count) {
        let (Some(offset), Some(size)) = (u32_at(entry, 0), u32_at(entry, 4)) else { break };
        budget.take(1, limits)?;
        // Offsets are those of payloads.
        let position = base.saturating_add(u64::from(offset)).saturating_sub(8);
        index.push(stream, position, size & 0x7fff_ffff, size >> 31 == 0);
    }
    Ok(())
}

/// Reads the payload of an `idx1` chunk, `length` bytes from the position on. `movi` is the offset of the type of the list that holds
/// the chunks. `None` where the entries make no sense.
pub(super) fn read_old(
    input: &mut Input,
    length: u64,
    movi: u64,
    streams: &[Stream],
) -> Result<Option<Vec<Index>>> {
    Budget::default().take(length / 16, input.limits())?;
    let payload = input.read_payload(length)?;
    let (entries, _) = payload.as_chunks::<16>();
    let fields = |entry: &[u8; 16]| {
        let kind: [u8; 4] = *entry.first_chunk()?;
        let number = stream_number(kind, streams.len())?;
        Some((kind, number, u32_at(entry, 4)?, u32_at(entry, 8)?, u32_at(entry, 12)?))
    };
    let Some((kind, _, _, first, _)) = entries.iter().find_map(fields) else { return Ok(None) };
    // Offsets count from the list, or from the start of the file.
    let mut base = None;
    for candidate in [movi, 0] {
        input.seek(candidate.saturating_add(u64::from(first)))?;
        if input.peek(4)? == kind {
            base = Some(candidate);
            break;
        }
    }
    let Some(base) = base else { return Ok(None) };
    let mut indices = empty(streams);
    for (_, number, flags, offset, size) in entries.iter().filter_map(fields) {
        let position = base.saturating_add(u64::from(offset));
        if let (Some(stream), Some(index)) = (streams.get(number), indices.get_mut(number)) {
            index.push(stream, position, size, flags & 0x10 != 0);
        }
    }
    Ok(indices.iter().all(Index::is_sorted).then_some(indices))
}

/// The stream whose chunk has this kind: two digits, then two letters.
pub(super) fn stream_number(kind: [u8; 4], streams: usize) -> Option<usize> {
    let [tens, ones, first, second] = kind;
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return None;
    }
    let known = matches!(
        &[first, second].map(|letter| letter.to_ascii_lowercase()),
        b"db" | b"dc" | b"wb" | b"tx" | b"iv" | b"__" | b"sb" | b"st" | b"dx"
    );
    let number = usize::from(tens - b'0') * 10 + usize::from(ones - b'0');
    (known && number < streams).then_some(number)
}
