//! Where bytes come from.

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use rushes_core::{Error, Result};

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
            return Err(io(std::io::ErrorKind::IsADirectory.into()));
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
