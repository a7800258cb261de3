//! Bounds on what an input may make us allocate or do.

use crate::{Error, Result};

/// Bounds on memory and work, checked before memory is taken. Every reader has them; the defaults suit a server that
/// opens files of strangers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one packet, box or element payload. Default: 256 MiB.
    pub alloc_bytes: u64,
    /// Bytes of index (sample tables, cues) of one file. Default: 256 MiB.
    pub index_bytes: u64,
    /// Bytes of metadata (tags, cover art, private data) of one file. Default: 64 MiB.
    pub metadata_bytes: u64,
    /// Tracks of one file. Default: 1024.
    pub tracks: u32,
    /// Nesting of boxes or elements. Default: 16.
    pub depth: u32,
    /// Pixels of one picture. Default: 8192 x 8192, of which 8K video takes half.
    pub pixels: u64,
    /// Bytes that one decoder holds at a time: pictures that others refer to, pictures on their way, and what it keeps beside
    /// them. Video decoders work it out from the headers and refuse what takes more before they take any of it. A picture that
    /// repeats another is a few bytes, so that small files may ask for all of it. Default: 2 GiB, which 8K video of 10 bits
    /// takes; for 4K, half is enough.
    pub decoder_bytes: u64,
    /// Bytes that are searched for the start of a format, or for the next good packet after damage. Default: 1 MiB.
    pub probe_bytes: u64,
    /// Bytes of frames that one filter holds (`reverse`, `areverse`). Default: 1 GiB.
    pub filter_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            alloc_bytes: 256 << 20,
            index_bytes: 256 << 20,
            metadata_bytes: 64 << 20,
            tracks: 1024,
            depth: 16,
            pixels: 8192 * 8192,
            decoder_bytes: 2 << 30,
            probe_bytes: 1 << 20,
            filter_bytes: 1 << 30,
        }
    }
}

impl Limits {
    /// Checks the size of a picture against [`pixels`](Self::pixels).
    ///
    /// # Errors
    /// [`Error::Limit`] where it is larger.
    pub fn check_picture(&self, width: u32, height: u32) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.pixels { Err(Error::limit("pixels", pixels, self.pixels)) } else { Ok(()) }
    }

    /// Checks a payload size against [`alloc_bytes`](Self::alloc_bytes).
    ///
    /// # Errors
    /// [`Error::Limit`] where it is larger.
    pub const fn check_alloc(&self, bytes: u64) -> Result<()> {
        if bytes > self.alloc_bytes {
            Err(Error::limit("alloc_bytes", bytes, self.alloc_bytes))
        } else {
            Ok(())
        }
    }

    /// Checks what a decoder is going to hold against [`decoder_bytes`](Self::decoder_bytes).
    ///
    /// # Errors
    /// [`Error::Limit`] where it is more.
    pub const fn check_decoder(&self, bytes: u64) -> Result<()> {
        if bytes > self.decoder_bytes {
            Err(Error::limit("decoder_bytes", bytes, self.decoder_bytes))
        } else {
            Ok(())
        }
    }
}
