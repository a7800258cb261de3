//! FLAC in Ogg (RFC 9639, 10.1), and the older way without a header of its own.

use rushes_core::{Buffer, CodecId, CodecParameters};

use crate::flac::{FrameHeader, MARKER, StreamInfo};
use crate::vorbis_comment::Comments;

/// A stream of FLAC.
#[derive(Clone, Debug)]
pub(in crate::ogg) struct FlacStream {
    pub(in crate::ogg) info: StreamInfo,
    has_info: bool,
    /// The metadata block with comments, its header included.
    pub(super) comments: Option<Buffer>,
    /// The bodies of picture blocks.
    pub(super) pictures: Vec<Buffer>,
    /// A block said that it is the last, or a frame has come.
    complete: bool,
}

/// Bytes of the first packet in front of the stream information: type, name, version, number of headers, marker, block header.
const HEAD: usize = 17;

impl FlacStream {
    pub(super) fn open(first: &Buffer) -> Option<Self> {
        let mut stream = Self {
            info: StreamInfo::default(),
            has_info: false,
            comments: None,
            pictures: Vec::new(),
            complete: false,
        };
        if **first != MARKER[..] {
            stream.info = StreamInfo::read(first.get(HEAD..)?)?;
            stream.has_info = true;
            stream.complete = first.get(13)? & 0x80 != 0;
        }
        Some(stream)
    }

    pub(super) fn take_header(&mut self, packet: &Buffer) -> bool {
        let Some(kind) = packet.first().filter(|kind| **kind != 0xff && !self.complete) else {
            self.complete = true;
            return false;
        };
        match kind & 0x7f {
            0 if !self.has_info => {
                let info = packet.get(4..).and_then(StreamInfo::read);
                self.has_info = info.is_some();
                self.info = info.unwrap_or_default();
            }
            4 if self.comments.is_none() => self.comments = Some(packet.clone()),
            6 => self.pictures.extend(packet.slice(4.min(packet.len())..packet.len())),
            _ => {}
        }
        self.complete = kind & 0x80 != 0;
        true
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.complete
    }

    pub(super) fn parameters(&self) -> CodecParameters {
        let comments = self.comments.as_deref().and_then(|block| block.get(4..));
        let mask = comments.and_then(|comments| Comments::read(comments).channel_mask);
        let mut codec = CodecParameters::audio(CodecId::Flac, self.info.parameters(mask));
        if self.has_info {
            codec.private = self.info.private().into();
        }
        codec
    }

    /// Samples of a frame.
    pub(in crate::ogg) fn duration(packet: &[u8]) -> u64 {
        FrameHeader::read(packet).map_or(0, |header| u64::from(header.block_size))
    }

    pub(super) const fn is_like(&self, other: &Self) -> bool {
        self.info.sample_rate == other.info.sample_rate
            && self.info.channels == other.info.channels
            && self.info.bits == other.info.bits
    }
}
