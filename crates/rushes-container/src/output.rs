//! Where bytes go, and the buffered writer that all muxers share.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rushes_core::{Error, Result};

/// Bytes gathered before the sink is asked to write. Larger writes go to it directly, without a copy.
const BUFFER: usize = 64 << 10;
/// Bytes moved at once when room is made in front of what has been written.
const BLOCK: usize = 4 << 20;

/// A sink that can be written and sought.
pub trait WriteSeek: Write + Seek + Send {}

impl<T: Write + Seek + Send> WriteSeek for T {}

/// A sink that can be written, sought and read back.
pub trait ReadWriteSeek: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> ReadWriteSeek for T {}

/// Where a muxer writes to.
pub enum Sink {
    /// Writes, seeks and reads back, as moving the index to the front needs: a file opened for both, a
    /// `Cursor<Vec<u8>>`.
    Rewritable(Box<dyn ReadWriteSeek>),
    /// Writes and seeks.
    Seekable(Box<dyn WriteSeek>),
    /// Writes forward only: a pipe, a socket.
    Forward(Box<dyn Write + Send>),
}

impl Sink {
    /// Creates a file, or empties it if there is one. A named pipe or a device is written forward only.
    ///
    /// # Errors
    /// [`Error::Io`], with the path, where it cannot be written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::io(path.display().to_string(), source);
        // A named pipe that is opened for reading as well never reports that its reader is gone.
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return File::create(path).map(Self::forward).map_err(io);
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        options.open(path).map(Self::rewritable).map_err(io)
    }

    /// Writes, seeks and reads back.
    pub fn rewritable(sink: impl Read + Write + Seek + Send + 'static) -> Self {
        Self::Rewritable(Box::new(sink))
    }

    /// Writes and seeks.
    pub fn seekable(sink: impl Write + Seek + Send + 'static) -> Self {
        Self::Seekable(Box::new(sink))
    }

    /// Writes forward only.
    pub fn forward(sink: impl Write + Send + 'static) -> Self {
        Self::Forward(Box::new(sink))
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rewritable(_) => "Sink::Rewritable",
            Self::Seekable(_) => "Sink::Seekable",
            Self::Forward(_) => "Sink::Forward",
        })
    }
}

/// Buffered writer over a [`Sink`] that knows where it stands.
///
/// Positions count from where the sink stood when it was handed over. After an error of the sink the writer refuses
/// all further work, because nobody knows how much of the buffer was written.
pub(crate) struct Output {
    sink: Sink,
    /// Where the sink stood at first.
    origin: u64,
    /// Bytes that the sink has taken.
    written: u64,
    buffer: Vec<u8>,
    failed: bool,
}

impl Output {
    /// A writer at the sink's position.
    pub(crate) fn new(mut sink: Sink) -> Result<Self> {
        let origin = match &mut sink {
            Sink::Rewritable(sink) => sink.stream_position(),
            Sink::Seekable(sink) => sink.stream_position(),
            Sink::Forward(_) => Ok(0),
        };
        let origin = origin.map_err(|error| Error::io("cannot seek in the output", error))?;
        Ok(Self { sink, origin, written: 0, buffer: Vec::with_capacity(BUFFER), failed: false })
    }

    /// Number of bytes written so far.
    pub(crate) const fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// True where [`patch`](Self::patch) works.
    pub(crate) const fn is_seekable(&self) -> bool {
        !matches!(self.sink, Sink::Forward(_))
    }

    /// True where [`insert`](Self::insert) works.
    pub(crate) const fn is_rewritable(&self) -> bool {
        matches!(self.sink, Sink::Rewritable(_))
    }

    /// Appends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() <= BUFFER - self.buffer.len() {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush_buffer()?;
        if bytes.len() < BUFFER {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_sink(bytes)
    }

    /// Replaces bytes that were written at `position`. Only on sinks that seek; never reaches behind the end.
    pub(crate) fn patch(&mut self, position: u64, bytes: &[u8]) -> Result<()> {
        let end = position.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.position()) {
            return Err(Error::usage(format!("cannot patch byte {position} before it is written")));
        }
        if let Some(start) = position.checked_sub(self.written)
            && let Ok(start) = usize::try_from(start)
        {
            self.buffer[start..start + bytes.len()].copy_from_slice(bytes);
            return Ok(());
        }
        self.flush_buffer()?;
        let end = self.written;
        self.seek(position)?;
        self.write_at(position, bytes)?;
        self.seek(end)
    }

    /// Moves everything from `position` on by the length of `bytes`, and puts them into the gap.
    pub(crate) fn insert(&mut self, position: u64, bytes: &[u8]) -> Result<()> {
        self.flush_buffer()?;
        let shift = bytes.len() as u64;
        let mut block = Vec::new();
        let mut end = self.written;
        // From the back, so that nothing is overwritten before it has been moved.
        while end > position {
            let length = usize::try_from(end - position).unwrap_or(BLOCK).min(BLOCK);
            let start = end - length as u64;
            block.resize(length, 0);
            self.read_at(start, &mut block)?;
            self.seek(start + shift)?;
            self.write_at(start + shift, &block)?;
            end = start;
        }
        self.seek(position)?;
        self.write_at(position, bytes)?;
        self.written += shift;
        self.seek(self.written)
    }

    /// Hands everything to the sink.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.flush_buffer()?;
        let flushed = match &mut self.sink {
            Sink::Rewritable(sink) => sink.flush(),
            Sink::Seekable(sink) => sink.flush(),
            Sink::Forward(sink) => sink.flush(),
        };
        self.check("cannot flush the output", flushed)
    }

    fn flush_buffer(&mut self) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let written = self.write_sink(&buffer);
        buffer.clear();
        self.buffer = buffer;
        written
    }

    fn write_sink(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_at(self.written, bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Writes where the sink stands, which is at `position`.
    fn write_at(&mut self, position: u64, bytes: &[u8]) -> Result<()> {
        self.check_state()?;
        let written = match &mut self.sink {
            Sink::Rewritable(sink) => sink.write_all(bytes),
            Sink::Seekable(sink) => sink.write_all(bytes),
            Sink::Forward(sink) => sink.write_all(bytes),
        };
        self.check(&format!("cannot write the output at byte {position}"), written)
    }

    fn read_at(&mut self, position: u64, bytes: &mut [u8]) -> Result<()> {
        self.seek(position)?;
        let read = match &mut self.sink {
            Sink::Rewritable(sink) => sink.read_exact(bytes),
            Sink::Seekable(_) | Sink::Forward(_) => Err(ErrorKind::Unsupported.into()),
        };
        self.check(&format!("cannot read the output back at byte {position}"), read)
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        self.check_state()?;
        let to = SeekFrom::Start(self.origin.saturating_add(position));
        let sought = match &mut self.sink {
            Sink::Rewritable(sink) => sink.seek(to),
            Sink::Seekable(sink) => sink.seek(to),
            Sink::Forward(_) => Err(ErrorKind::NotSeekable.into()),
        };
        self.check(&format!("cannot seek in the output to byte {position}"), sought.map(|_| ()))
    }

    fn check_state(&self) -> Result<()> {
        if self.failed {
            return Err(Error::usage(
                "the output failed before; nothing more can be written to it",
            ));
        }
        Ok(())
    }

    fn check(&mut self, context: &str, result: std::io::Result<()>) -> Result<()> {
        result.map_err(|error| {
            self.failed = true;
            Error::io(context, error)
        })
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("sink", &self.sink)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Memory that the test can still see when the writer owns the sink.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

    impl Shared {
        fn contents(&self) -> Vec<u8> {
            self.0.lock().expect("not poisoned").get_ref().clone()
        }
    }

    impl Read for Shared {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").read(bytes)
        }
    }

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Shared {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.lock().expect("not poisoned").seek(to)
        }
    }

    fn pattern(count: usize) -> Vec<u8> {
        (0..=250).cycle().take(count).collect()
    }

    #[test]
    fn writes_of_any_size_come_out_in_order() {
        for size in [1, 1000, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER] {
            let shared = Shared::default();
            let mut output = Output::new(Sink::forward(shared.clone())).expect("no seek");
            let bytes = pattern(3 * BUFFER + 77);
            for part in bytes.chunks(size) {
                output.write(part).expect("writes");
            }
            assert_eq!(output.position(), bytes.len() as u64);
            output.flush().expect("flushes");
            assert_eq!(shared.contents(), bytes, "{size}");
        }
    }

    #[test]
    fn patches_reach_buffered_and_written_bytes() {
        for start in [0, 5] {
            let shared = Shared::default();
            shared.0.lock().expect("not poisoned").write_all(&pattern(start)).expect("memory");
            let mut output = Output::new(Sink::seekable(shared.clone())).expect("seeks");
            let mut expected = pattern(BUFFER + 100);
            output.write(&expected).expect("writes");
            output.write(&[1; 10]).expect("writes");
            expected.extend([1; 10]);
            for position in [0, 5000, BUFFER + 95, BUFFER + 102] {
                output.patch(position as u64, b"patched").expect("inside");
                expected[position..position + 7].copy_from_slice(b"patched");
            }
            output.write(&[2; 3]).expect("writes");
            expected.extend([2; 3]);
            assert!(output.patch(expected.len() as u64 - 2, &[0; 3]).is_err());
            output.flush().expect("flushes");
            assert_eq!(shared.contents()[start..], expected);
        }
    }

    #[test]
    fn insertion_moves_what_follows() {
        for length in [1, 100, BLOCK - 1, BLOCK + 1, 2 * BLOCK + 9] {
            let shared = Shared::default();
            let mut output = Output::new(Sink::rewritable(shared.clone())).expect("seeks");
            let mut expected = pattern(length);
            output.write(&expected).expect("writes");
            output.insert(1, b"inserted").expect("rewritable");
            output.write(b"end").expect("writes");
            output.flush().expect("flushes");
            expected.splice(1..1, *b"inserted");
            expected.extend(b"end");
            assert!(shared.contents() == expected, "{length}");
        }
    }

    #[test]
    fn a_sink_that_failed_takes_no_more() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut output = Output::new(Sink::forward(Full)).expect("no seek");
        output.write(&[0; 10]).expect("buffered");
        let error = output.flush().expect_err("full");
        assert!(error.to_string().starts_with("cannot write the output at byte 0: "), "{error}");
        assert!(matches!(output.flush(), Err(Error::Usage(_))));
    }

    #[test]
    fn a_directory_is_named() {
        let error = Sink::create(env!("CARGO_MANIFEST_DIR")).expect_err("a directory");
        assert!(error.to_string().contains("rushes-container"), "{error}");
    }
}
