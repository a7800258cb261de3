//! Reads and writes media in chunks of arrays, without FFmpeg.
//!
//! A [`Reader`] opens a file, decodes the tracks that outputs ask for and hands out chunks of frames as
//! [`ndarray`](https://docs.rs/ndarray) arrays with exact times; a [`Writer`] takes such arrays and makes a file of
//! them.
//!
#![cfg_attr(all(feature = "aac", feature = "h264", feature = "openh264"), doc = "```")]
#![cfg_attr(not(all(feature = "aac", feature = "h264", feature = "openh264")), doc = "```no_run")]
//! use rushes::{AudioInput, AudioOutput, Reader, SeekMode, VideoInput, VideoOutput, Writer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("rushes-example-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # std::fs::copy("../../tests/data/clip.mp4", folder.join("in.mp4"))?;
//! # std::env::set_current_dir(&folder)?;
//! let mut reader = Reader::open("in.mp4")?;
//! let video = reader.add_video(VideoOutput::new(30).size(320, 240).frame_rate(30))?;
//! let audio = reader.add_audio(AudioOutput::new(16_000).sample_rate(16_000).channels(1))?;
//! reader.seek(0.5, SeekMode::Precise)?;
//!
//! let mut writer = Writer::create("out.mp4")?;
//! let pictures = writer.add_video(VideoInput::new(320, 240, 30).crf(23))?;
//! let sound = writer.add_audio(AudioInput::new(16_000, 1))?;
//! let mut writer = writer.open()?;
//! for chunks in reader.chunks() {
//!     let chunks = chunks?;
//!     if let Some(chunk) = chunks.video(video) {
//!         writer.write_video(pictures, chunk.array::<u8>()?)?; // (time, channel, height, width)
//!     }
//!     if let Some(chunk) = chunks.audio(audio) {
//!         writer.write_audio(sound, chunk.array::<f32>()?)?; // (frame, channel)
//!     }
//! }
//! writer.finish()?;
//! # assert!(Reader::open("out.mp4")?.duration().is_some_and(|length| length.seconds() > 1.4));
//! # std::env::set_current_dir("/")?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! | to | use |
//! |---|---|
//! | read chunks of arrays | [`Reader`] with [`VideoOutput`] and [`AudioOutput`] |
//! | read frames as they are decoded, planes borrowed | [`FrameReader`] |
//! | read packets, and decode them oneself | [`container::open_demuxer`] and [`TrackDecoder`] |
//! | write arrays or frames | [`Writer`] |
//! | make one file of another | [`Transcode`] |
//! | see what this build can do | [`demuxer_formats`], [`muxer_formats`], [`decoders`], [`encoders`], [`filters`] |
//!
//! How it is built is told in [`manual`].
#![forbid(unsafe_code)]

pub mod manual;

mod array;
mod blocks;
mod filter;
mod frame_rate;
mod frame_reader;
mod id;
mod input;
mod part;
mod reader;
mod remux;
mod renderer;
mod select;
#[cfg(test)]
mod testing;
mod track_decoder;
mod transcode;
mod writer;

pub use rushes_codec as codec;
pub use rushes_container as container;
pub use rushes_convert as convert;

pub use array::{AudioChunk, AudioElement, VideoChunk, VideoElement};
pub use frame_rate::IntoFrameRate;
pub use frame_reader::{FrameReader, TrackFrame};
pub use input::{ReaderOptions, Wait};
pub use reader::{
    AudioOutput, AudioOutputId, Chunk, ChunkIter, Chunks, OutputFormat, OutputId, OutputInfo,
    Progress, Reader, VideoOutput, VideoOutputId, Warning,
};
pub use remux::{LeftOut, Remux, RemuxProgress, RemuxSummary, RemuxedTrack};
pub use rushes_codec::{
    CodecConfig, DecoderEntry, DecoderOptions, EncoderEntry, Implementation, OptionKind,
    OptionSpec, decoders, encoders,
};
pub use rushes_container::{
    DemuxOptions, Demuxer, Format, MuxOptions, Muxer, Sink, Source, check_tracks, demuxer_formats,
    muxer_formats, open_demuxer, open_muxer,
};
pub use rushes_convert::{
    FilterChain, FilterEntry, FilterOption, FilterOptionKind, ScaleKernel, filters,
};
pub use rushes_core::{
    AudioFrame, AudioParameters, Buffer, ChannelLayout, Chapter, CodecId, CodecParameters,
    ColorInfo, ColorPrimaries, ColorRange, Disposition, Error, ErrorKind, Frame, FrameRate,
    IntoTime, Limits, MatrixCoefficients, MediaKind, MediaParameters, Metadata, Packet, PcmFormat,
    PixelFormat, Plane, Ratio, Result, Rotation, Rounding, Sample, SampleFormat, Ticks, Time,
    TimeBase, Timestamp, Track, TransferFunction, Trim, VideoFrame, VideoParameters,
};
pub use select::{default_audio, default_video};
pub use track_decoder::{SeekMode, TrackDecoder};
pub use transcode::{Transcode, TranscodeProgress, TranscodeSummary};
pub use writer::{AudioInput, AudioInputId, OpenWriter, VideoInput, VideoInputId, Writer};
