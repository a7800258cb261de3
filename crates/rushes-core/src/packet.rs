//! Encoded data of one track.

use std::sync::Arc;

use crate::{Buffer, CodecParameters, Ticks, Timestamp};

/// Encoded unit of one track: a video access unit, or one or more audio frames.
///
/// Times are on the presentation timeline (edit lists and delays applied by the demuxer), in the track's time base.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Packet {
    /// Index of the track in [`Demuxer::tracks`], or the order of `add_track` when muxing.
    ///
    /// [`Demuxer::tracks`]: https://docs.rs/rushes-container
    pub track: usize,
    /// The bytes as stored in the container.
    pub data: Buffer,
    /// Presentation time of the first sample, before `trim` cuts any; `None` where the container has none. Encoder
    /// delay lies before the start of the timeline: the first packet of AAC usually has a negative time.
    pub pts: Option<Timestamp>,
    /// Decoding time; `None` where the container has none.
    pub dts: Option<Timestamp>,
    /// How long it is shown or heard; `None` where unknown.
    pub duration: Option<Ticks>,
    /// Decoding can start here.
    pub key: bool,
    /// Needed for decoding others, but nothing of it is shown or heard.
    pub discard: bool,
    /// What is cut from the decoded audio.
    pub trim: Trim,
    /// Data beside the bytes, which a decoder may use or leave: Matroska's `BlockAdditional`s by their identifier, such as
    /// the alpha of VP8 and VP9 (1) and HDR10+ (4).
    pub additions: Vec<(u64, Buffer)>,
    /// What a decoder must be told before this packet, because the track goes on in another configuration: other private
    /// data, another size. It holds from here on. After a seek the first packet has it wherever a track has several
    /// configurations. `None` where nothing changes.
    pub new_parameters: Option<Arc<CodecParameters>>,
    /// Byte offset in the source, where known.
    pub position: Option<u64>,
}

/// Samples to cut from what a packet decodes to, in ticks of the track's time base.
///
/// The first sample that stays is at `pts + start`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Trim {
    /// From the start (encoder delay, an edit that starts inside the packet).
    pub start: Ticks,
    /// From the end (padding, an edit that ends inside the packet).
    pub end: Ticks,
}

impl Packet {
    /// A packet of `track` with these bytes; everything else is unset.
    pub fn new(track: usize, data: impl Into<Buffer>) -> Self {
        Self { track, data: data.into(), ..Self::default() }
    }

    /// Sets the presentation time.
    #[must_use]
    pub const fn with_pts(mut self, pts: Timestamp) -> Self {
        self.pts = Some(pts);
        self
    }

    /// Sets the decoding time.
    #[must_use]
    pub const fn with_dts(mut self, dts: Timestamp) -> Self {
        self.dts = Some(dts);
        self
    }

    /// Sets the duration.
    #[must_use]
    pub const fn with_duration(mut self, duration: Ticks) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Says whether decoding can start here.
    #[must_use]
    pub const fn with_key(mut self, key: bool) -> Self {
        self.key = key;
        self
    }

    /// Sets what is cut from the decoded audio.
    #[must_use]
    pub const fn with_trim(mut self, trim: Trim) -> Self {
        self.trim = trim;
        self
    }
}
