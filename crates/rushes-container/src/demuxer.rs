//! What every demuxer does.

use std::collections::BTreeMap;

use rushes_core::{Chapter, Limits, Metadata, Packet, Result, Time, Timestamp, Track};

/// Reads the packets of a container.
///
/// All times are on the presentation timeline: edit lists, encoder delay and pre-skip are applied, so that the
/// first thing shown is at [`Track::start`]. What lies before the timeline, or is needed only to decode what is on it,
/// comes as packets with `discard` or `trim`.
pub trait Demuxer: Send {
    /// Name of the format in the registry: `mp4`, `wav`, …
    fn format(&self) -> &'static str;

    /// The tracks, in the order of the file. A [`Packet::track`] is an index into this.
    fn tracks(&self) -> &[Track];

    /// Tags of the file.
    fn metadata(&self) -> &Metadata;

    /// Chapters of the file; most formats have none.
    fn chapters(&self) -> &[Chapter] {
        &[]
    }

    /// Length of the longest track; `None` where only reading tells.
    fn duration(&self) -> Option<Time>;

    /// The next packet, by decoding time across tracks where the container has an index, else in the order of the file. `Ok(None)` is
    /// the end, again and again.
    ///
    /// # Errors
    /// [`Malformed`](rushes_core::Error::Malformed) at damage, truncation included: the call after it goes on behind
    /// the damage where the format allows that, or says `Ok(None)`. A source that would block gives an error with
    /// [`is_would_block`](rushes_core::Error::is_would_block), and the same call may be made again.
    fn next_packet(&mut self) -> Result<Option<Packet>>;

    /// Goes to a point in time in all tracks: the next packets are those from `to` on. Packets of other tracks start
    /// at their own last key frame at or before the point that was reached.
    ///
    /// # Errors
    /// [`Unsupported`](rushes_core::Error::Unsupported) where the source cannot seek.
    fn seek(&mut self, to: SeekTo) -> Result<Seeked>;
}

/// Where to go.
#[derive(Clone, Copy, Debug)]
pub struct SeekTo {
    /// The time; before the first packet means the first, behind the last means the last.
    pub time: Time,
    /// The track whose key frames count; `None` for the first video track, else the first track.
    pub track: Option<usize>,
    /// Which packet is wanted.
    pub mode: SeekMode,
}

/// Which packet a seek goes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SeekMode {
    /// The last key frame shown at or before the time.
    Key,
    /// The last packet shown at or before the time, key frame or not.
    Any,
}

/// Where a seek went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seeked {
    /// The track that was asked for.
    pub track: usize,
    /// Presentation time of the packet that comes next in that track, in its time base.
    pub pts: Timestamp,
}

/// How to read a container.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DemuxOptions {
    /// Format by name; `None` probes. Default: `None`.
    pub format: Option<String>,
    /// Bounds on memory and work. Default: [`Limits::default`].
    pub limits: Limits,
    /// Bytes read at once from the source. Default: 64 KiB.
    pub buffer_size: usize,
    /// Apply edit lists, encoder delay and padding; `false` shows the raw timeline. Default: `true`.
    pub apply_edits: bool,
    /// Options of one demuxer by name; one that nobody uses is an error. Default: none.
    pub options: BTreeMap<String, String>,
}

impl Default for DemuxOptions {
    fn default() -> Self {
        Self {
            format: None,
            limits: Limits::default(),
            buffer_size: 64 << 10,
            apply_edits: true,
            options: BTreeMap::new(),
        }
    }
}
