//! Chunks: how frames are grouped, buffered and dropped.
//!
//! - A chunk of an output holds exactly as many frames as the output asks for; only the last one of the source
//!   may hold fewer. It is handed out when it is full, or when the source has ended.
//! - An output keeps at most so many chunks (three by default), the one being filled included. When a frame starts one
//!   more, the oldest is dropped, and [`Reader::warnings`](crate::Reader::warnings) says so once per output. Nothing is
//!   dropped from an output with [unlimited](crate::VideoOutput::keep_all) buffers or of unlimited chunk size.
//! - [`Reader::fill_buffer`](crate::Reader::fill_buffer) reads until every output has a chunk. Outputs whose
//!   chunks last equally long (30 pictures at 30 per second, 16000 samples at 16 kHz) therefore lose nothing; with
//!   chunks of unequal length give the shorter one room.
//! - An output of unlimited chunk size gives everything since the last time as one chunk.
//! - Video chunks are `(time, channel, height, width)`, `u8` for formats of 8 bits and `u16` above. Subsampled
//!   formats are brought to full planes by repeating their samples; RGB is in the order of the format's name.
//! - Audio chunks are `(frame, channel)` in the sample type of the output.
//! - An output keeps the size and layout of its first frame: what changes in mid-stream is converted to that.
//! - Rotation and the shape of pixels are applied, unless the output asks for
//!   [raw orientation](crate::VideoOutput::raw_orientation) or [raw pixels](crate::VideoOutput::raw_aspect).
//!
//! Output ids are of two types, one for video and one for audio, so that a mix-up does not compile. They are keys, not
//! positions: removing an output shifts the position of the later ones in [`Chunks`](crate::Chunks) and in
//! [`Reader::outputs`](crate::Reader::outputs), while their ids go on to mean the same output. The id of a removed output, or one of another
//! reader, finds nothing.
