//! What every muxer does.

use std::collections::BTreeMap;

use rushes_core::{Chapter, CodecParameters, Metadata, Packet, Result};

/// Writes packets into a container.
///
/// A muxer is opened with all its tracks, then takes packets with times in their track's time base, in decoding order
/// per track. Presentation starts at zero: packets with negative times are decoded but not presented (encoder delay),
/// `trim.end` of the last packet of a track is its padding.
pub trait Muxer: Send {
    /// Writes one packet. Nothing is reordered: the caller interleaves.
    ///
    /// # Errors
    /// [`Usage`](rushes_core::Error::Usage) for an unknown track, a missing time or a decoding time that goes
    /// backwards; [`Io`](rushes_core::Error::Io) from the sink.
    fn write(&mut self, packet: &Packet) -> Result<()>;

    /// Says what only the end of a track tells: parameters of the codec as its encoder has them when it is finished, such as
    /// the sum of all samples in the private data of FLAC. Muxers that have no place for it, or a sink that does not
    /// seek, leave it out.
    ///
    /// # Errors
    /// [`Usage`](rushes_core::Error::Usage) for an unknown track, or the parameters of another stream.
    fn complete(&mut self, _track: usize, _parameters: &CodecParameters) -> Result<()> {
        Ok(())
    }

    /// Writes what is left, index and sizes included. A muxer that is dropped instead leaves the file unfinished.
    ///
    /// # Errors
    /// [`Io`](rushes_core::Error::Io) from the sink.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// How to write a container.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MuxOptions {
    /// Tags of the file. Default: none.
    pub metadata: Metadata,
    /// Chapters. Default: none.
    pub chapters: Vec<Chapter>,
    /// Options of the muxer by name; an unknown one is an error that lists the known. Default: none.
    pub options: BTreeMap<String, String>,
}
