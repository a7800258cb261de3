//! Temporal units, one after another: AV1 specification, 7.5 and annex B.

use rushes_core::bitstream::av1::{Kind, Obu, leb128};
use rushes_core::{Buffer, Error, Result};

use super::Layout;
use crate::input::Input;

/// Most bytes of the header of a unit: two, and its size.
const HEADER_BYTES: usize = 10;

/// A temporal unit in the low-overhead layout, or as much of it as there is.
pub(super) struct TemporalUnit {
    pub(super) data: Buffer,
    /// What is wrong behind it.
    pub(super) failure: Option<Error>,
}

/// The next temporal unit; `None` at the end.
pub(super) fn next(layout: Layout, input: &mut Input) -> Result<Option<TemporalUnit>> {
    match layout {
        Layout::LowOverhead => next_low_overhead(input),
        Layout::Lengths => next_of_lengths(input),
    }
}

/// All units up to the next temporal delimiter.
fn next_low_overhead(input: &mut Input) -> Result<Option<TemporalUnit>> {
    let position = input.position();
    let limit = input.limits().alloc_bytes;
    let mut length = 0;
    let failure = loop {
        let Some(size) = next_size(input, length)? else {
            let left = input.peek_available(length + 1)?.len() - length;
            if left == 0 {
                break None;
            }
            let message = "the header of an open bitstream unit is broken, or has no size";
            break Some(Error::malformed(message).at(position + length as u64));
        };
        let Some(size) = size else { break None };
        let wanted = size.saturating_add(length as u64);
        if wanted > limit {
            return Err(Error::limit("alloc_bytes", wanted, limit));
        }
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let found = input.peek_available(wanted)?.len();
        if found < wanted {
            let message = format!(
                "an open bitstream unit ends after {} of {size} bytes",
                found.saturating_sub(length)
            );
            break Some(Error::malformed(message).at(position + length as u64));
        }
        length = wanted;
    };
    if length == 0 {
        return failure.map_or(Ok(None), Err);
    }
    Ok(Some(TemporalUnit { data: input.read_payload(length as u64)?, failure }))
}

/// Bytes of the unit that is so far behind the position; `Some(None)` where it starts another temporal unit, `None`
/// where there is none.
#[expect(clippy::option_option, reason = "the two ends of a temporal unit are different things")]
fn next_size(input: &mut Input, behind: usize) -> Result<Option<Option<u64>>> {
    for length in 1..=HEADER_BYTES {
        let bytes = input.peek_available(behind + length)?;
        let Some(bytes) = bytes.get(behind..) else { return Ok(None) };
        if behind > 0 && Obu::start(bytes).is_some_and(|obu| obu.kind == Kind::TemporalDelimiter) {
            return Ok(Some(None));
        }
        if let Some(size) = Obu::size(bytes) {
            return Ok(Some(Some(size)));
        }
        if bytes.len() < length {
            return Ok(None);
        }
    }
    Ok(None)
}

/// A temporal unit behind its length, with sizes in place of lengths.
fn next_of_lengths(input: &mut Input) -> Result<Option<TemporalUnit>> {
    loop {
        let position = input.position();
        let start = input.peek(8)?;
        if start.is_empty() {
            return Ok(None);
        }
        let (length, taken) = leb128(start).ok_or_else(|| {
            Error::malformed("the length of a temporal unit is broken").at(position)
        })?;
        input.limits().check_alloc(length)?;
        input.skip(taken as u64)?;
        if length == 0 {
            continue;
        }
        let most = usize::try_from(length).unwrap_or(usize::MAX);
        let found = input.peek(most)?.len() as u64;
        let bytes = input.read_payload(found)?;
        let mut data = Vec::with_capacity(bytes.len());
        let read = put_units(&bytes, &mut data);
        let failure = if found < length {
            let message = format!("a temporal unit ends after {found} of {length} bytes");
            Some(Error::malformed(message).at(position))
        } else {
            read.err().map(|error| error.at(position))
        };
        return match failure {
            Some(failure) if data.is_empty() => Err(failure),
            failure => Ok(Some(TemporalUnit { data: data.into(), failure })),
        };
    }
}

/// Appends the units of frame units, up to the first that is broken.
fn put_units(mut unit: &[u8], data: &mut Vec<u8>) -> Result<()> {
    while !unit.is_empty() {
        let mut frame = take_length(&mut unit, "a frame unit")?;
        while !frame.is_empty() {
            let obu = take_length(&mut frame, "an open bitstream unit")?;
            Obu::read(obu)?.put_sized(data);
        }
    }
    Ok(())
}

/// Takes a length off the front, and as many bytes.
fn take_length<'a>(bytes: &mut &'a [u8], what: &str) -> Result<&'a [u8]> {
    let taken = leb128(bytes)
        .and_then(|(length, taken)| bytes[taken..].split_at_checked(usize::try_from(length).ok()?));
    let (content, rest) = taken.ok_or_else(|| {
        Error::malformed(format!("the length of {what} leads out of its temporal unit"))
    })?;
    *bytes = rest;
    Ok(content)
}
