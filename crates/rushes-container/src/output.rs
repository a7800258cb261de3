//! Where bytes go.

use std::fmt;
use std::io::{Seek, Write};

/// A sink that can be written and sought.
pub trait WriteSeek: Write + Seek + Send {}

impl<T: Write + Seek + Send> WriteSeek for T {}

/// Where a muxer writes to.
pub enum Sink {
    /// Writes and seeks: a file, a `Cursor<Vec<u8>>`.
    Seekable(Box<dyn WriteSeek>),
    /// Writes forward only: a pipe, a socket.
    Forward(Box<dyn Write + Send>),
}

impl Sink {
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
            Self::Seekable(_) => "Sink::Seekable",
            Self::Forward(_) => "Sink::Forward",
        })
    }
}
