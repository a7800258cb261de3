//! The frames of animated PNG, read and written: Portable Network Graphics, third edition (W3C, 2025), 11.3.6.

use rushes_core::{Error, Result, Rounding, Ticks, TimeBase};

use super::ahead::{array_at, bytes_left, peek_at};
use super::png::{AROUND, SIGNATURE, chunk_at};
use super::sequence::{Frame, Frames};
use crate::checksum::crc32_ieee;
use crate::input::Input;
use crate::output::Output;

/// Ticks per second of an animation, FFmpeg's choice.
pub(super) const RATE: u32 = 100_000;
/// Frames per second of an animation that names no delay, FFmpeg's choice.
const DEFAULT_FRAMES_PER_SECOND: u32 = 15;

/// The first chunk of frame control from an offset on.
pub(super) fn first_frame(input: &mut Input, mut offset: u64) -> Result<u64> {
    loop {
        match chunk_at(input, offset)? {
            Some((_, [b'f', b'c', b'T', b'L'])) => return Ok(offset),
            Some((length, kind)) if kind != *b"IEND" => {
                offset = offset.saturating_add(AROUND + length);
            }
            _ => return Err(Error::malformed("the animation has no frames").at(offset)),
        }
    }
}

/// The frames of an animation: a chunk `fcTL` and what follows it up to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Animation {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Frames for Animation {
    fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        let control = match chunk_at(input, 0)? {
            Some((_, [b'I', b'E', b'N', b'D'])) => return Ok(None),
            Some((26, [b'f', b'c', b'T', b'L'])) => array_at::<38>(input, 0)?,
            None if peek_at(input, 0, 1)?.is_empty() => {
                return Err(ends_early(input));
            }
            None => None,
            Some(_) => {
                let place = input.position();
                return Err(Error::malformed("a frame without its control chunk").at(place));
            }
        };
        let Some(control) = control else { return Err(ends_early(input)) };
        let (duration, key) = self.control(&control);
        let mut offset = control.len() as u64;
        let mut cut = false;
        loop {
            match chunk_at(input, offset)? {
                Some((_, [b'f', b'c', b'T', b'L'] | [b'I', b'E', b'N', b'D'])) => break,
                Some((length, _)) => offset = offset.saturating_add(AROUND + length),
                None => {
                    cut = true;
                    break;
                }
            }
        }
        if cut {
            offset = bytes_left(input)?;
        }
        // The first frame needs no other, whatever it says.
        Ok(Some(Frame { length: offset, duration, key, cut }))
    }
}

fn ends_early(input: &Input) -> Error {
    Error::malformed("the input ends in front of the last frames").at(input.position())
}

impl Animation {
    /// How long the frame is shown, and whether it covers all that was there before (11.3.6.2).
    fn control(self, chunk: &[u8; 38]) -> (Ticks, bool) {
        let u32_at = |at: usize| {
            chunk
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let u16_at = |at: usize| {
            let bytes = chunk.get(at..).and_then(<[u8]>::first_chunk);
            u32::from(bytes.map_or(0, |bytes| u16::from_be_bytes(*bytes)))
        };
        let (numer, denom) = match (u16_at(28), u16_at(30)) {
            (0, _) => (1, DEFAULT_FRAMES_PER_SECOND),
            (numer, 0) => (numer, 100),
            delay => delay,
        };
        let unit = TimeBase::new(numer, denom).zip(TimeBase::per_second(RATE));
        let duration = unit.map_or(Ticks::ZERO, |(unit, base)| {
            unit.convert_ticks(Ticks::new(1), base, Rounding::Nearest)
        });
        let whole = (u32_at(12), u32_at(16)) == (self.width, self.height);
        let at_origin = (u32_at(20), u32_at(24)) == (0, 0);
        let replaces = chunk[33] == 0;
        let first = u32_at(8) == 0;
        (duration, first || (whole && at_origin && replaces))
    }
}

/// Where the animation control chunk was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Control {
    position: u64,
    frames: u32,
    plays: u32,
}

impl Control {
    /// Writes what stands in front of the first frame of an animation: the signature, and the chunks that are the private data.
    pub(super) fn write_front(output: &mut Output, private: &[u8]) -> Result<Self> {
        if private.get(4..8).is_none_or(|kind| kind != b"IHDR") {
            return Err(Error::malformed(
                "the private data of an animation do not start with IHDR",
            ));
        }
        output.write(&SIGNATURE)?;
        let mut control = None;
        let mut rest = private;
        while let Some(([a, b, c, d, kind @ ..], payload)) = rest.split_first_chunk::<8>() {
            let length = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
            let size = usize::try_from(AROUND + length).unwrap_or(usize::MAX);
            let Some((chunk, behind)) = rest.split_at_checked(size) else { break };
            if let (b"acTL", [a, b, c, d, e, f, g, h, ..]) = (kind, payload) {
                let frames = u32::from_be_bytes([*a, *b, *c, *d]);
                let plays = u32::from_be_bytes([*e, *f, *g, *h]);
                control = Some(Self { position: output.position(), frames, plays });
            }
            output.write(chunk)?;
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(Error::malformed("the private data of an animation end within a chunk"));
        }
        if let Some(control) = control {
            return Ok(control);
        }
        let control = Self { position: output.position(), frames: 0, plays: 0 };
        output.write(&control.chunk())?;
        Ok(control)
    }

    /// Writes the end, and how many frames there are where that was said wrongly.
    pub(super) fn write_end(self, output: &mut Output, frames: u32) -> Result<()> {
        output.write(&chunk(*b"IEND", &[]))?;
        if frames == self.frames {
            return Ok(());
        }
        if !output.is_seekable() {
            return Err(Error::unsupported(
                format!(
                    "{frames} frames where {} were announced, on a sink that cannot seek",
                    self.frames
                ),
                "sinks that seek",
            ));
        }
        let control = Self { frames, ..self };
        output.patch(self.position, &control.chunk())
    }

    fn chunk(self) -> Vec<u8> {
        let fields = [self.frames.to_be_bytes(), self.plays.to_be_bytes()];
        chunk(*b"acTL", fields.as_flattened())
    }
}

/// A whole chunk of a few bytes.
pub(super) fn chunk(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(payload);
    let checksum = crc32_ieee(&bytes[4..]);
    bytes.extend(checksum.to_be_bytes());
    bytes
}
