//! What goes with a picture through a decoder that reorders.

#[cfg(any(feature = "h264", feature = "hevc"))]
use rushes_core::VideoFrame;
use rushes_core::{Packet, Ticks, Timestamp};

/// What a packet says of its picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta {
    pub(crate) pts: Option<Timestamp>,
    pub(crate) duration: Option<Ticks>,
    pub(crate) key: bool,
    pub(crate) discard: bool,
}

impl Meta {
    pub(crate) const fn of(packet: &Packet) -> Self {
        Self {
            pts: packet.pts,
            duration: packet.duration,
            key: packet.key,
            discard: packet.discard,
        }
    }
}

/// A picture that waits for its turn.
#[cfg(any(feature = "h264", feature = "hevc"))]
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) frame: VideoFrame,
    pub(crate) right: bool,
    pub(crate) discard: bool,
}
