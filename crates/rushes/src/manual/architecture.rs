//! The crates, and what each of them never does.
//!
//! ```text
//! rushes-cli ──► rushes ──► rushes-container ──► rushes-core
//!                  ├──────► rushes-codec ──────► rushes-core
//!                  └──────► rushes-convert ────► rushes-core
//! ```
//!
//! - `rushes-core` does no input or output, and knows no format and no codec but by name.
//! - `rushes-container` never decodes. It reads the headers inside of packets where a format leaves to them what others store: key
//!   frames, times of raw streams, private data, start codes or lengths. It never converts a time to floating point.
//! - `rushes-codec` never opens a file, and sees no container. A decoder does not cut: encoder delay and padding travel
//!   as [`Trim`](crate::Trim) beside the packet.
//! - `rushes-convert` never decodes and never allocates a picture that the caller could have lent it.
//! - `container`, `codec` and `convert` never see one another: only this crate puts them together.
//! - `ndarray` is seen nowhere but in this crate, and there only in the `array` module and in the signatures of the writer.
//! - There is no global state: no logger, no registry to fill, no default device. What a reader has to say besides
//!   errors is in [`Reader::warnings`](crate::Reader::warnings).
//!
//! # From bytes to chunks
//!
//! ```text
//! Source ─► Demuxer ─► Packet ─► TrackDecoder ─► Frame ─┬─► output: rate ─► colour, size, turn ─► chunk buffer ─► VideoChunk
//!            (one)               (one per track         └─► output: …                                          ─► AudioChunk
//!                                 with outputs)
//! ```
//!
//! [`FrameReader`](crate::FrameReader) is the left half, [`Reader`](crate::Reader) puts outputs behind it. A picture
//! is converted once, from the decoder's planes straight into the memory of its chunk. [`TrackDecoder`](crate::TrackDecoder)
//! is the one place where delay and padding are cut, where missing times are filled in, and where errors learn
//! their track and time; the reader, the command line and the transcoder share it.
//!
//! # From chunks to bytes
//!
//! ```text
//! array ─► plan to the encoder's format ─► Encoder ─► Packet ─► interleaver ─► Muxer ─► Sink
//! ```
//!
//! [`Remux`](crate::Remux) goes from one container to another without the middle:
//!
//! ```text
//! Demuxer ─► missing parameters, decoding times ─► interleaver ─► Muxer ─► Sink
//! ```
//!
//! [`Writer`](crate::Writer) collects inputs; opening it gives an [`OpenWriter`](crate::OpenWriter), which takes
//! data and no more inputs. Native frames go the same way without a detour through RGB.
