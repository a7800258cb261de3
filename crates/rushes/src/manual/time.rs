//! Time: exact inside, seconds at the edge.
//!
//! - Every track counts in ticks of its own [`TimeBase`](crate::TimeBase). A [`Timestamp`](crate::Timestamp) is a
//!   number of ticks, a [`Time`](crate::Time) carries its unit along and compares with any other without rounding.
//! - Zero is where the presentation starts: edit lists and encoder delay are applied by the demuxer. What lies before
//!   zero is decoded where other frames need it, and not shown.
//! - A frame has the time of the packet it came from. A missing time is the end of the frame before, where
//!   that frame's duration is known; it is never made up from an index and a rate.
//! - The time of a chunk is that of its first frame. Within a continuous run of audio, times are counted in samples
//!   from the start of the run, so that a container with coarse ticks does not make them jitter; a gap starts a
//!   new run.
//! - Floating point comes in at one place, [`IntoTime`](crate::IntoTime), and is rounded to the nanosecond there.
//! - [`SeekMode::Precise`](crate::SeekMode::Precise) gives the first frame at or after the time, and audio from the very
//!   sample on. The reader goes back far enough for the decoder to be right at that sample.
