//! What pictures of a sequence take in `rav1d`, and how many of them are decoded at a time.

use rushes_core::Limits;
use rushes_core::bitstream::av1::Sequence;

/// Pictures besides those that are being decoded: one in each of the eight slots, one that waits to be taken, and one that was.
const KEPT: u64 = 10;

/// With one thread rav1d 1.1.0 decodes where it is called, and the first tile that is broken ends the process: it cleans up
/// twice, and panics in a function that cannot unwind. With two it decodes two frames at a time, in a way that has no such
/// mistake.
const LEAST: u8 = 2;

/// How the engine is set up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Setup {
    pub(super) threads: u8,
    /// Frames that are decoded at a time.
    pub(super) frames: u8,
    /// Pixels of the largest frame.
    pub(super) pixels: u32,
}

impl Setup {
    /// For so many threads and any sequence: dav1d's rule of how many frames to decode at a time.
    pub(super) fn new(threads: u8, limits: &Limits) -> Self {
        let threads = threads.max(LEAST);
        let frames = (1..=8).find(|frames| frames * frames >= threads).unwrap_or(8);
        let pixels = u32::try_from(limits.pixels.max(1)).unwrap_or(u32::MAX);
        Self { threads, frames: frames.max(LEAST), pixels }
    }

    /// The same for a sequence: fewer frames at a time where more would take too much, and none larger than it says.
    pub(super) fn fit(self, sequence: &Sequence, limits: &Limits) -> Self {
        let frames = (LEAST..=self.frames)
            .rev()
            .find(|frames| limits.check_decoder(bytes(sequence, *frames)).is_ok());
        let pixels = u64::from(sequence.width) * u64::from(sequence.height);
        let pixels = u32::try_from(pixels).unwrap_or(u32::MAX).min(self.pixels);
        Self { frames: frames.unwrap_or(LEAST), pixels, ..self }
    }
}

/// Bytes that a sequence takes at least.
pub(super) fn least(sequence: &Sequence) -> u64 {
    bytes(sequence, LEAST)
}

/// Bytes with so many frames at a time.
fn bytes(sequence: &Sequence, frames: u8) -> u64 {
    let sides = [sequence.width, sequence.height];
    // Superblocks are 128 pixels wide at most.
    let [width, height] = sides.map(|side| u64::from(side).next_multiple_of(128));
    let sample = if sequence.depth > 8 { 2 } else { 1 };
    // Halves of a byte for each pixel.
    let samples = sample
        * match sequence.subsampled {
            _ if sequence.monochrome => 2,
            (true, true) => 3,
            (true, false) => 4,
            _ => 6,
        };
    // Motion of a picture; coefficients of twice the samples' size, and what blocks and filters are, of a frame.
    let (kept, decoded) = (samples + 1, 2 * samples + 10);
    let frames = u64::from(frames);
    let kept_besides = if sequence.reduced_still { 2 } else { KEPT };
    width * height * ((kept_besides + frames) * kept + frames * decoded) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(width: u32, height: u32, depth: u8) -> Sequence {
        // 300x300, 8 bit 4:2:0.
        let bytes = [0x00, 0x00, 0x00, 0x04, 0x44, 0xae, 0x56, 0x7d, 0xfc, 0x40, 0x20];
        let mut sequence = Sequence::parse(&bytes).expect("whole");
        (sequence.width, sequence.height, sequence.depth) = (width, height, depth);
        sequence
    }

    #[test]
    fn large_pictures_are_decoded_fewer_at_a_time() {
        let limits = Limits::default();
        let check = |threads, (width, height, depth), expected: Option<u8>| {
            let sequence = sequence(width, height, depth);
            let frames = limits
                .check_decoder(least(&sequence))
                .ok()
                .map(|()| Setup::new(threads, &limits).fit(&sequence, &limits).frames);
            assert_eq!(frames, expected, "{width}x{height} of {depth} bits");
        };
        check(1, (320, 240, 8), Some(2));
        check(2, (320, 240, 8), Some(2));
        check(5, (320, 240, 8), Some(3));
        check(16, (3840, 2160, 10), Some(4));
        check(16, (7680, 4320, 8), Some(4));
        check(16, (7680, 4320, 10), Some(2));
        check(16, (8192, 8192, 8), None);
        check(2, (16384, 8192, 8), None);
    }
}
