//! Where bytes come from, and the buffered reader that all demuxers share.

use std::fmt;
use std::fs::File;
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use rushes_core::{Buffer, Error, Limits, Result};

use crate::DemuxOptions;

/// Most bytes by which memory grows before the bytes to fill it have been seen.
const STEP: usize = 1 << 20;

/// A source that can be read and sought.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// Where a demuxer reads from.
pub enum Source {
    /// Reads and seeks: a file, bytes in memory.
    Seekable(Box<dyn ReadSeek>),
    /// Reads forward only: a pipe, a socket.
    Forward(Box<dyn Read + Send>),
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Io`], with the path, where it cannot be opened or is a directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::io(path.display().to_string(), source);
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(io(ErrorKind::IsADirectory.into()));
        }
        // A named pipe opens as a file but cannot seek.
        if metadata.is_file() { Ok(Self::seekable(file)) } else { Ok(Self::forward(file)) }
    }

    /// Reads and seeks.
    pub fn seekable(source: impl Read + Seek + Send + 'static) -> Self {
        Self::Seekable(Box::new(source))
    }

    /// Reads forward only.
    pub fn forward(source: impl Read + Send + 'static) -> Self {
        Self::Forward(Box::new(source))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::seekable(Cursor::new(bytes))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seekable(_) => "Source::Seekable",
            Self::Forward(_) => "Source::Forward",
        })
    }
}

/// Buffered, bounded reader over a [`Source`].
///
/// The position starts at zero wherever the source stood when it is sequential, and is the offset in the file when it
/// seeks. Seeking is lazy: the source is asked to move only if the next bytes are not in the buffer already.
///
/// A read that fails leaves the position where it was before that read. To make a sequence of reads restartable,
/// [`mark`](Self::mark) its start and [`rewind`](Self::rewind) to it when
/// [`is_would_block`](Error::is_would_block) says so: a sequential source keeps all bytes behind the mark.
pub(crate) struct Input {
    source: Source,
    /// Bytes of the source from `start` on; valid up to `filled`.
    window: Vec<u8>,
    filled: usize,
    start: u64,
    /// The position, relative to `start`; at most `filled`.
    cursor: usize,
    /// Where the source itself stands.
    source_position: u64,
    length: Option<u64>,
    mark: Option<u64>,
    buffer_size: usize,
    limits: Limits,
}

impl Input {
    /// A reader at the start of the source.
    pub(crate) fn new(mut source: Source, options: &DemuxOptions) -> Result<Self> {
        let length = match &mut source {
            Source::Seekable(source) => {
                let length = source.seek(SeekFrom::End(0));
                let length = length.and_then(|length| source.rewind().map(|()| length));
                Some(length.map_err(|error| Error::io("cannot seek in the input", error))?)
            }
            Source::Forward(_) => None,
        };
        Ok(Self {
            source,
            window: Vec::new(),
            filled: 0,
            start: 0,
            cursor: 0,
            source_position: 0,
            length,
            mark: None,
            buffer_size: options.buffer_size.clamp(512, STEP),
            limits: options.limits.clone(),
        })
    }

    /// Offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.start + self.cursor as u64
    }

    /// Length of the input; `None` for a sequential source whose end has not been seen.
    pub(crate) const fn length(&self) -> Option<u64> {
        self.length
    }

    /// True where [`seek`](Self::seek) can go anywhere.
    pub(crate) const fn is_seekable(&self) -> bool {
        matches!(self.source, Source::Seekable(_))
    }

    /// The limits that the options set.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Remembers the position for [`rewind`](Self::rewind). A later mark replaces it.
    pub(crate) fn mark(&mut self) {
        self.mark = Some(self.position());
    }

    /// Forgets the mark: what is passed from here on need not be kept.
    pub(crate) const fn unmark(&mut self) {
        self.mark = None;
    }

    /// Goes back to the mark, if there is one, and keeps it.
    pub(crate) fn rewind(&mut self) -> Result<()> {
        self.mark.map_or(Ok(()), |mark| self.seek(mark))
    }

    /// Goes back to the mark where the source made us wait, so that the same can be tried again.
    pub(crate) fn rewind_if_blocked<T>(&mut self, result: Result<T>) -> Result<T> {
        if result.as_ref().is_err_and(Error::is_would_block) {
            self.rewind()?;
        }
        result
    }

    /// The next `count` bytes without moving; fewer only where the input ends.
    pub(crate) fn peek(&mut self, count: usize) -> Result<&[u8]> {
        let available = self.fill(count)?.min(count);
        Ok(&self.window[self.cursor..self.cursor + available])
    }

    /// The next `least` bytes and all that are there behind them, without moving; fewer only where the input ends.
    pub(crate) fn peek_available(&mut self, least: usize) -> Result<&[u8]> {
        self.fill(least)?;
        Ok(&self.window[self.cursor..self.filled])
    }

    /// The next `N` bytes.
    pub(crate) fn read_array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `bytes`. For headers: large amounts go through [`read_payload`](Self::read_payload).
    pub(crate) fn read_exact(&mut self, bytes: &mut [u8]) -> Result<()> {
        let available = self.fill(bytes.len())?;
        if available < bytes.len() {
            return Err(self.ends_early(bytes.len() as u64, available as u64));
        }
        bytes.copy_from_slice(&self.window[self.cursor..self.cursor + bytes.len()]);
        self.cursor += bytes.len();
        Ok(())
    }

    /// The next `length` bytes, whose number the input itself claims: checked against [`Limits::alloc_bytes`] and the
    /// length of the input, and taken in steps so that a false claim about a pipe cannot reserve memory.
    pub(crate) fn read_payload(&mut self, length: u64) -> Result<Buffer> {
        if let Some(end) = self.length {
            let left = end.saturating_sub(self.position());
            if length > left {
                return Err(self.ends_early(length, left));
            }
        }
        self.limits.check_alloc(length)?;
        let wanted = usize::try_from(length)
            .map_err(|_| Error::limit("alloc_bytes", length, self.limits.alloc_bytes))?;
        // A sequential source cannot give bytes twice, so they stay in the window until all are there.
        if !self.is_seekable() || wanted <= self.buffer_size {
            let available = self.fill(wanted)?;
            if available < wanted {
                return Err(self.ends_early(length, available as u64));
            }
            let payload = Buffer::from(&self.window[self.cursor..self.cursor + wanted]);
            self.cursor += wanted;
            return Ok(payload);
        }
        let origin = self.position();
        let buffered = (self.filled - self.cursor).min(wanted);
        // The length of the input has vouched for the claim; else this would be taken in steps.
        let mut payload = Vec::with_capacity(wanted);
        payload.extend_from_slice(&self.window[self.cursor..self.cursor + buffered]);
        self.seek(origin + buffered as u64)?;
        while payload.len() < wanted {
            let got = payload.len();
            let room = (wanted - got).min(STEP);
            payload.resize(got + room, 0);
            match self.read_source(origin + got as u64, &mut payload[got..]) {
                Ok(0) => {
                    self.seek(origin)?;
                    return Err(self.ends_early(length, got as u64));
                }
                Ok(count) => payload.truncate(got + count),
                Err(error) => {
                    self.seek(origin)?;
                    return Err(error);
                }
            }
        }
        self.seek(origin + length)?;
        Ok(Buffer::from(payload))
    }

    /// Passes over `count` bytes. Behind the end of the input is an error.
    pub(crate) fn skip(&mut self, count: u64) -> Result<()> {
        let target = self.position().saturating_add(count);
        if let Some(end) = self.length
            && target > end
        {
            let left = end.saturating_sub(self.position());
            return Err(self.ends_early(count, left));
        }
        self.seek(target)
    }

    /// Goes to an offset. A sequential source reads on to it, or goes back within what the mark keeps.
    pub(crate) fn seek(&mut self, offset: u64) -> Result<()> {
        let end = self.start + self.filled as u64;
        if (self.start..=end).contains(&offset)
            && let Ok(cursor) = usize::try_from(offset - self.start)
        {
            self.cursor = cursor;
            return Ok(());
        }
        if self.is_seekable() {
            (self.start, self.filled, self.cursor) = (offset, 0, 0);
            return Ok(());
        }
        let origin = self.position();
        if offset < origin {
            return Err(Error::unsupported("going back in an input that cannot seek", ""));
        }
        while self.position() < offset {
            let missing = usize::try_from(offset - self.position()).unwrap_or(usize::MAX);
            let available = self.fill(missing.min(self.buffer_size))?.min(missing);
            if available == 0 {
                let found = self.position() - origin;
                return Err(self.ends_early(offset - origin, found));
            }
            self.cursor += available;
        }
        Ok(())
    }

    fn ends_early(&self, wanted: u64, found: u64) -> Error {
        let message = match found {
            0 => format!("the input ends where {wanted} bytes are expected"),
            _ => format!("the input ends after {found} of {wanted} bytes"),
        };
        Error::malformed(message).at(self.position())
    }

    /// Reads until `wanted` bytes are in the window behind the cursor, or the input ends. Returns how many are.
    fn fill(&mut self, wanted: usize) -> Result<usize> {
        while self.filled - self.cursor < wanted {
            self.make_room();
            let offset = self.start + self.filled as u64;
            let mut window = std::mem::take(&mut self.window);
            let count = self.read_source(offset, &mut window[self.filled..]);
            self.window = window;
            match count? {
                0 => break,
                count => self.filled += count,
            }
        }
        Ok(self.filled - self.cursor)
    }

    /// Drops what is no longer needed from the front of the window, and grows it only where that gives no room.
    fn make_room(&mut self) {
        let mut keep = self.cursor;
        if let (Source::Forward(_), Some(mark)) = (&self.source, self.mark) {
            keep = usize::try_from(mark.saturating_sub(self.start)).unwrap_or(0).min(keep);
        }
        // Moving a little to gain a little, again and again, would cost quadratic time.
        if keep > 0 && keep >= self.filled - keep {
            self.window.copy_within(keep..self.filled, 0);
            self.start += keep as u64;
            self.filled -= keep;
            self.cursor -= keep;
        }
        if self.filled == self.window.len() {
            let step = self.window.len().clamp(self.buffer_size, STEP);
            self.window.resize(self.window.len() + step, 0);
        }
    }

    /// One read of the source at `offset`; zero bytes mean the end.
    fn read_source(&mut self, offset: u64, bytes: &mut [u8]) -> Result<usize> {
        loop {
            let count = match &mut self.source {
                Source::Seekable(source) => {
                    if self.source_position == offset {
                        source.read(bytes)
                    } else {
                        source.seek(SeekFrom::Start(offset)).and_then(|position| {
                            self.source_position = position;
                            source.read(bytes)
                        })
                    }
                }
                Source::Forward(source) if self.length.is_none() => source.read(bytes),
                Source::Forward(_) => Ok(0),
            };
            match count {
                Ok(count) => {
                    let count = count.min(bytes.len());
                    self.source_position = offset + count as u64;
                    if count == 0 && !bytes.is_empty() {
                        self.length.get_or_insert(offset);
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::io(
                        format!("cannot read the input at byte {offset}"),
                        error,
                    ));
                }
            }
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("source", &self.source)
            .field("position", &self.position())
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
