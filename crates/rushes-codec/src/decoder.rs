//! What every decoder does.

use std::collections::BTreeMap;

use rushes_core::{Frame, Limits, Packet, Result};

/// Turns packets into frames.
///
/// Decoders reorder and lag behind: after each [`submit`](Self::submit) take frames with
/// [`next_frame`](Self::next_frame) until it says `None`, and after [`finish`](Self::finish) once more. Frames come in
/// the order they are shown, with the times of the packets they came from. Audio decoders return all samples of a packet before
/// they take the next, and leave `trim` to the caller; frames of video packets with `discard` are decoded and not returned.
pub trait Decoder: Send {
    /// Takes a packet.
    ///
    /// # Errors
    /// [`Malformed`](rushes_core::Error::Malformed) for a broken packet: decoding may go on with the next one, and
    /// pictures are right again from the next key frame on. [`Unsupported`](rushes_core::Error::Unsupported) for a
    /// feature of the codec that the implementation lacks.
    fn submit(&mut self, packet: &Packet) -> Result<()>;

    /// The next finished frame; `Ok(None)` means that more packets are needed, or after `finish` the end.
    ///
    /// # Errors
    /// As for [`submit`](Self::submit), where decoding happens late.
    fn next_frame(&mut self) -> Result<Option<Frame>>;

    /// No more packets will come: the frames still inside can be taken. Submitting again before a
    /// [`reset`](Self::reset) is a usage error.
    ///
    /// # Errors
    /// As for [`submit`](Self::submit).
    fn finish(&mut self) -> Result<()>;

    /// Forgets all packets and frames, as after a seek; the next packet must be a key frame.
    fn reset(&mut self);

    /// How many packets it is of use to [prepare](Self::prepare). It changes as decoding goes on. By default zero.
    fn look_ahead(&self) -> usize {
        0
    }

    /// Takes a packet that will be submitted later, behind those that were prepared before, so that its decoding may begin in
    /// another thread. What comes of it comes when it is submitted: nothing else depends on whether packets are prepared. Says
    /// whether it was taken; one that was not, and those behind it, must be submitted before others are prepared. By default
    /// none is taken.
    ///
    /// All packets that were taken must be submitted, in the same order, before any other; a [`reset`](Self::reset) forgets them.
    fn prepare(&mut self, _packet: &Packet) -> bool {
        false
    }
}

/// How to decode.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DecoderOptions {
    /// Threads; `None` chooses by the machine. Output does not depend on it. H.264, HEVC, VP8, VP9 and Motion JPEG decode groups
    /// of pictures side by side where packets are [prepared](Decoder::prepare), and keep up to 256 MiB of frames (or a quarter
    /// of [`Limits::decoder_bytes`]) until their turn. Default: `None`.
    pub threads: Option<u16>,
    /// Bounds on memory. Default: [`Limits::default`].
    pub limits: Limits,
    /// Options of the decoder by name; an unknown one is an error that lists the known. Default: none.
    pub options: BTreeMap<String, String>,
}
