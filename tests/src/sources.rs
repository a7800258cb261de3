//! Sources and sinks that behave as badly as they may.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes in memory that come in pieces of a few bytes at most.
#[derive(Debug)]
pub struct Trickle {
    bytes: Cursor<Vec<u8>>,
    most: usize,
}

impl Trickle {
    /// Gives at most `most` bytes at a time.
    #[must_use]
    pub const fn new(bytes: Vec<u8>, most: usize) -> Self {
        Self { bytes: Cursor::new(bytes), most }
    }
}

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.most.min(buffer.len());
        self.bytes.read(&mut buffer[..most])
    }
}

impl Seek for Trickle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// Bytes in memory that say [`WouldBlock`](io::ErrorKind::WouldBlock) before each piece: a slow socket.
#[derive(Debug)]
pub struct Stutter {
    bytes: Cursor<Vec<u8>>,
    piece: usize,
    refusals: u32,
    refused: u32,
}

impl Stutter {
    /// Refuses `refusals` times before each `piece` bytes; `u32::MAX` means for ever.
    #[must_use]
    pub const fn new(bytes: Vec<u8>, piece: usize, refusals: u32) -> Self {
        Self { bytes: Cursor::new(bytes), piece, refusals, refused: 0 }
    }
}

impl Read for Stutter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.refused < self.refusals {
            self.refused = self.refused.saturating_add(1);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.refused = 0;
        let most = self.piece.min(buffer.len());
        self.bytes.read(&mut buffer[..most])
    }
}

/// A sink in memory whose bytes can be looked at after a writer has taken it.
#[derive(Clone, Debug, Default)]
pub struct SharedSink {
    bytes: Arc<Mutex<Cursor<Vec<u8>>>>,
}

impl SharedSink {
    /// What has been written.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        self.with(|bytes| bytes.get_ref().clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Cursor<Vec<u8>>) -> T) -> T {
        work(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Read for SharedSink {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|bytes| bytes.read(buffer))
    }
}

impl Write for SharedSink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.with(|bytes| bytes.write(buffer))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for SharedSink {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.with(|bytes| bytes.seek(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_give_all_bytes_in_the_end() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut read = Vec::new();
        assert_eq!(Trickle::new(bytes.clone(), 1).read(&mut [0; 9]).unwrap(), 1);
        Trickle::new(bytes.clone(), 7).read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);

        let (mut source, mut read, mut refusals) = (Stutter::new(bytes.clone(), 100, 2), vec![], 0);
        loop {
            let mut piece = [0; 256];
            match source.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => read.extend_from_slice(&piece[..count]),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    refusals += 1;
                }
            }
        }
        assert_eq!((read, refusals), (bytes, 8));
    }

    #[test]
    fn a_shared_sink_shows_what_was_written() {
        let sink = SharedSink::default();
        let mut writer = sink.clone();
        writer.write_all(b"abc").unwrap();
        writer.rewind().unwrap();
        writer.write_all(b"x").unwrap();
        assert_eq!(sink.contents(), b"xbc");
    }
}
