//! What codecs put into Ogg: their headers, and what a granule position counts.

mod flac;
mod opus;
mod setup;
mod speex;
mod theora;
mod vorbis;

use rushes_core::{Buffer, ChannelLayout, CodecId, CodecParameters, MediaKind, TimeBase};

use crate::bitstream::opus_samples;
use crate::flac::Picture;
use crate::vorbis_comment::Comments;

pub(super) use flac::FlacStream;
pub(super) use opus::OpusStream;
pub(super) use speex::SpeexStream;
pub(super) use theora::TheoraStream;
pub(super) use vorbis::{VorbisStream, split as split_vorbis};

/// The codec of a stream, told by its first packet.
#[derive(Clone, Debug)]
pub(super) enum Codec {
    Opus(OpusStream),
    Vorbis(VorbisStream),
    Flac(FlacStream),
    Speex(SpeexStream),
    Theora(TheoraStream),
    /// Packets without times, of this name.
    Other(CodecId),
}

impl Codec {
    /// The codec whose first header this is; `None` where it is broken.
    pub(super) fn identify(first: &Buffer) -> Self {
        let known = match &**first {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => {
                OpusStream::open(first).map(Self::Opus)
            }
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => {
                VorbisStream::open(first).map(Self::Vorbis)
            }
            [0x7f, b'F', b'L', b'A', b'C', ..] | b"fLaC" => FlacStream::open(first).map(Self::Flac),
            [b'S', b'p', b'e', b'e', b'x', b' ', b' ', b' ', ..] => {
                SpeexStream::open(first).map(Self::Speex)
            }
            [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => {
                TheoraStream::open(first).map(Self::Theora)
            }
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other(CodecId::Unknown(MediaKind::Data, name_of(first))))
    }

    /// Takes in a packet where it is a header; false where it is none, from which on there are no more.
    pub(super) fn take_header(&mut self, packet: &Buffer) -> bool {
        match self {
            Self::Opus(stream) => stream.take_header(packet),
            Self::Vorbis(stream) => stream.take_header(packet),
            Self::Flac(stream) => stream.take_header(packet),
            Self::Speex(stream) => stream.take_header(packet),
            Self::Theora(stream) => stream.take_header(packet),
            Self::Other(_) => false,
        }
    }

    /// True where the headers that decoding needs are there, and no more are expected.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::Opus(stream) => stream.tags.is_some(),
            Self::Vorbis(stream) => stream.is_ready(),
            Self::Flac(stream) => stream.is_ready(),
            Self::Speex(stream) => stream.is_ready(),
            Self::Theora(stream) => stream.is_ready(),
            Self::Other(_) => true,
        }
    }

    /// The parameters of the track.
    pub(super) fn parameters(&self) -> CodecParameters {
        match self {
            Self::Opus(stream) => stream.parameters(),
            Self::Vorbis(stream) => stream.parameters(),
            Self::Flac(stream) => stream.parameters(),
            Self::Speex(stream) => stream.parameters(),
            Self::Theora(stream) => stream.parameters(),
            Self::Other(codec) => CodecParameters::other(codec.clone()),
        }
    }

    /// The unit of times; of a stream without any, no matter which.
    pub(super) fn base(&self) -> TimeBase {
        let base = match self {
            Self::Opus(_) => TimeBase::per_second(48_000),
            Self::Vorbis(stream) => TimeBase::per_second(stream.rate),
            Self::Flac(stream) => TimeBase::per_second(stream.info.sample_rate),
            Self::Speex(stream) => TimeBase::per_second(stream.rate),
            Self::Theora(stream) => TimeBase::new(stream.frame.1, stream.frame.0),
            Self::Other(_) => None,
        };
        base.unwrap_or(TimeBase::nanoseconds())
    }

    /// The body of the comment header; `None` where there is none.
    pub(super) fn comments(&self) -> Option<Comments> {
        let bytes = match self {
            Self::Opus(stream) => stream.tags.as_deref()?.get(8..),
            Self::Vorbis(stream) => stream.headers.get(1)?.get(7..),
            Self::Flac(stream) => stream.comments.as_deref()?.get(4..),
            Self::Speex(stream) => stream.comments.as_deref(),
            Self::Theora(stream) => stream.headers.get(1)?.get(7..),
            Self::Other(_) => None,
        };
        let mut comments = bytes.map(Comments::read)?;
        if let Self::Flac(stream) = self {
            let pictures = stream.pictures.iter().filter_map(|bytes| Picture::read(bytes)?.cover());
            comments.covers.extend(pictures);
        }
        Some(comments)
    }

    /// Ticks of a packet, given those that came before it.
    pub(super) fn duration(&mut self, packet: &[u8]) -> u64 {
        match self {
            Self::Opus(_) => opus_samples(packet).unwrap_or(0).into(),
            Self::Vorbis(stream) => stream.duration(packet),
            Self::Flac(_) => FlacStream::duration(packet),
            Self::Speex(stream) => stream.packet_samples,
            Self::Theora(_) => 1,
            Self::Other(_) => 0,
        }
    }

    /// Forgets the packets that came before.
    pub(super) fn reset(&mut self) {
        if let Self::Vorbis(stream) = self {
            stream.reset();
        }
    }

    /// The tick at which a packet ends that ends with this granule position; `None` for a stream without times.
    pub(super) fn end_of(&self, granule: u64) -> Option<i64> {
        match self {
            Self::Theora(stream) => i64::try_from(stream.frames(granule)).ok(),
            Self::Other(_) => None,
            _ => i64::try_from(granule).ok(),
        }
    }

    /// The tick at which the key frame starts that a granule position names, where it names one.
    pub(super) fn key_of(&self, granule: u64) -> Option<i64> {
        match self {
            Self::Theora(stream) => i64::try_from(stream.key_frame(granule)).ok(),
            _ => None,
        }
    }

    /// True where decoding can start.
    pub(super) fn is_key(&self, packet: &[u8]) -> bool {
        match self {
            Self::Theora(_) => packet.first().is_some_and(|byte| byte & 0x40 == 0),
            _ => true,
        }
    }

    /// Samples at the start that the encoder made up.
    pub(super) const fn pre_skip(&self) -> u32 {
        match self {
            Self::Opus(stream) => stream.pre_skip,
            _ => 0,
        }
    }

    /// Sound, of which any sample may be cut.
    pub(super) const fn is_cut(&self) -> bool {
        matches!(self, Self::Opus(_) | Self::Vorbis(_) | Self::Flac(_))
    }

    /// Packets have times.
    pub(super) const fn is_timed(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// True where packets of `other` can go on behind those of this stream.
    pub(super) fn goes_on_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Opus(one), Self::Opus(other)) => one.is_like(other),
            (Self::Vorbis(one), Self::Vorbis(other)) => one.is_like(other),
            (Self::Flac(one), Self::Flac(other)) => one.is_like(other),
            (Self::Speex(one), Self::Speex(other)) => one.head == other.head,
            (Self::Theora(one), Self::Theora(other)) => one.is_like(other),
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => false,
        }
    }
}

/// What the first packet of an unknown stream calls itself.
fn name_of(first: &[u8]) -> String {
    let start = first.iter().skip_while(|byte| !byte.is_ascii_graphic());
    let name: Vec<u8> = start.take_while(|byte| byte.is_ascii_graphic()).take(8).copied().collect();
    if name.is_empty() { "ogg".to_owned() } else { String::from_utf8_lossy(&name).into_owned() }
}

/// Places of channels in Vorbis and Opus (Vorbis I, 4.3.9), in our order.
pub(super) const fn layout_of(channels: u16) -> ChannelLayout {
    match channels {
        4 => ChannelLayout::from_mask(4, 0x33),
        other => ChannelLayout::default_for(other),
    }
}
