//! Types that the crates of `rushes` share.
//!
//! Nothing here reads, decodes or converts: these are the words in which containers, codecs, converters and
//! the reader and writer speak to one another.
//!
//! ```
//! use rushes_core::{TimeBase, Timestamp};
//!
//! let base = TimeBase::new(1001, 30_000).expect("not zero");
//! assert_eq!(base.time(Timestamp::new(3)).seconds(), 0.1001);
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | time | [`TimeBase`], [`Timestamp`], [`Ticks`], [`Time`], [`FrameRate`] |
//! | packet, frame | [`Packet`], [`VideoFrame`], [`AudioFrame`] and the shared memory behind them ([`Buffer`]) |
//! | pixel, color, sample | [`PixelFormat`], [`ColorInfo`], [`SampleFormat`], [`ChannelLayout`] |
//! | track | [`Track`], [`CodecParameters`], [`CodecId`], [`Metadata`] |
//! | bitstream | what demuxers and decoders both read: [`MpegAudioHeader`] |
//! | error, limits | [`Error`], [`Limits`] |
#![forbid(unsafe_code)]

mod audio;
#[doc(hidden)]
pub mod bitstream;
mod buffer;
mod codec_id;
mod color;
mod error;
mod frame;
mod limits;
mod metadata;
mod mpeg_audio;
mod packet;
mod pixel;
mod rate;

mod sample;
mod time;
mod track;

pub use audio::{AudioFrame, AudioSamples, Sample};
pub use buffer::Buffer;
pub use codec_id::{CodecId, MediaKind, PcmFormat};
pub use color::{
    ChromaLocation, ColorInfo, ColorPrimaries, ColorRange, MatrixCoefficients, TransferFunction,
};
pub use error::{DeviceError, Error, ErrorKind, LimitExceeded, Malformed, Result, Unsupported};
pub use frame::{DeviceMemory, Frame, FrameMemory, Plane, PlaneMut, Rotation, VideoFrame};
pub use limits::Limits;
pub use metadata::{Chapter, Metadata};
pub use mpeg_audio::MpegAudioHeader;
pub use packet::{Packet, Trim};
pub use pixel::{PixelFormat, PlaneLayout};
pub use rate::{FrameRate, Ratio};
pub use sample::{ChannelLayout, SampleFormat};
pub use time::{IntoTime, Rounding, Ticks, Time, TimeBase, Timestamp};
pub use track::{
    AudioParameters, CodecParameters, ContentLight, Disposition, MasteringDisplay, MediaParameters,
    TileGrid, Track, VideoParameters,
};
