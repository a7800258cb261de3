//! Looking ahead: pictures do not say how long they are, so that their ends must be found before they are read.

use rushes_core::{Error, Result};

use crate::input::Input;

/// Bytes by which a search goes on.
const STEP: usize = 64 << 10;

/// Bytes at an offset from the position, which does not move; fewer than `count` only where the input ends.
pub(super) fn peek_at(input: &mut Input, offset: u64, count: usize) -> Result<&[u8]> {
    let end = offset.saturating_add(count as u64);
    let limit = input.limits().alloc_bytes;
    let (Ok(start), Ok(wanted)) = (usize::try_from(offset), usize::try_from(end)) else {
        return Err(Error::limit("alloc_bytes", end, limit));
    };
    if end > limit {
        // What is not there needs no memory: the input may well end before the limit.
        let left = input.length().map(|length| length.saturating_sub(input.position()));
        if left.is_none_or(|left| left > limit) {
            return Err(Error::limit("alloc_bytes", end, limit));
        }
    }
    let available = input.length().map_or(u64::MAX, |end| end.saturating_sub(input.position()));
    let wanted = wanted.min(usize::try_from(available).unwrap_or(usize::MAX));
    let bytes = input.peek(wanted)?;
    Ok(bytes.get(start..).unwrap_or_default())
}

/// An array at an offset from the position; `None` where the input ends before.
pub(super) fn array_at<const N: usize>(input: &mut Input, offset: u64) -> Result<Option<[u8; N]>> {
    Ok(peek_at(input, offset, N)?.first_chunk().copied())
}

/// How many bytes are left. Where the input does not know its length, all of them are read to find out.
pub(super) fn bytes_left(input: &mut Input) -> Result<u64> {
    if let Some(length) = input.length() {
        return Ok(length.saturating_sub(input.position()));
    }
    let mut known = 0;
    loop {
        let found = peek_at(input, known, STEP)?.len();
        known += found as u64;
        if found < STEP {
            return Ok(known);
        }
    }
}

/// Bytes ahead of the position, one after another, taken from the input in large steps.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    input: &'a mut Input,
    offset: u64,
}

impl<'a> Ahead<'a> {
    pub(super) const fn new(input: &'a mut Input, offset: u64) -> Self {
        Self { input, offset }
    }

    /// Offset from the position.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes are left from the position of the input on.
    pub(super) fn bytes_left(&mut self) -> Result<u64> {
        bytes_left(self.input)
    }

    /// Goes back to an offset.
    pub(super) const fn back_to(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// The next bytes, without passing them; fewer only where the input ends.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8]> {
        peek_at(self.input, self.offset, count)
    }

    /// Passes bytes, without a look at whether they are there.
    pub(super) const fn skip(&mut self, count: u64) {
        self.offset = self.offset.saturating_add(count);
    }

    /// The next bytes; `None` where the input ends before.
    pub(super) fn array<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        let bytes = array_at(self.input, self.offset)?;
        if bytes.is_some() {
            self.offset += N as u64;
        }
        Ok(bytes)
    }

    /// Goes to the first place from here on where `found` says an index into the bytes that it is shown; false where the input ends
    /// before. Each byte is shown at least once together with the one behind it.
    pub(super) fn find(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> Result<bool> {
        loop {
            let bytes = peek_at(self.input, self.offset, STEP)?;
            if let Some(at) = found(bytes) {
                self.offset += at as u64;
                return Ok(true);
            }
            if bytes.len() < STEP {
                self.offset += bytes.len() as u64;
                return Ok(false);
            }
            self.offset += bytes.len() as u64 - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DemuxOptions, Source};

    fn input(bytes: Vec<u8>, forward: bool, limit: u64) -> Input {
        let mut options = DemuxOptions::default();
        options.limits.alloc_bytes = limit;
        let cursor = std::io::Cursor::new(bytes);
        let source = if forward { Source::forward(cursor) } else { Source::seekable(cursor) };
        Input::new(source, &options).expect("opens")
    }

    #[test]
    fn what_is_left_is_counted_without_moving() {
        for forward in [false, true] {
            for length in [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP] {
                let mut input = input(vec![1; length], forward, 1 << 30);
                assert_eq!(bytes_left(&mut input).expect("reads"), length as u64);
                assert_eq!(input.position(), 0);
                assert_eq!(peek_at(&mut input, 0, length).expect("reads").len(), length);
            }
        }
    }

    #[test]
    fn limits_hold_only_for_what_is_there() {
        let mut piped = input(vec![1; 5000], true, 1000);
        assert!(matches!(bytes_left(&mut piped), Err(Error::Limit(_))));
        let mut small = input(vec![1; 500], false, 1000);
        assert_eq!(peek_at(&mut small, 0, 9000).expect("short").len(), 500);
        let mut large = input(vec![1; 5000], false, 1000);
        assert!(matches!(peek_at(&mut large, 900, 101), Err(Error::Limit(_))));
    }

    #[test]
    fn searches_cross_steps() {
        let mut bytes = vec![0; STEP + 10];
        bytes[STEP - 1] = 0xff;
        bytes[STEP] = 0xd9;
        let mut input = input(bytes, true, 1 << 20);
        let mut ahead = Ahead::new(&mut input, 0);
        let marker = |bytes: &[u8]| bytes.windows(2).position(|pair| pair == [0xff, 0xd9]);
        assert!(ahead.find(marker).expect("reads"));
        assert_eq!(ahead.offset(), STEP as u64 - 1);
        ahead.skip(1);
        assert!(!ahead.find(marker).expect("reads"));
    }
}
