//! Pictures and sounds made by a formula, of shapes that encoders meet in practice.

use ndarray::{Array2, Array4};

/// `frames` pictures of shape (time, channel, height, width): soft gradients that move, and a square that jumps. Each
/// channel looks different, and no two frames are alike.
#[must_use]
pub fn pictures(frames: usize, channels: usize, height: usize, width: usize) -> Array4<u8> {
    Array4::from_shape_fn((frames, channels, height, width), |(t, c, y, x)| {
        let ramp = match c {
            0 => x * 255 / width.max(1) + 3 * t,
            1 => y * 255 / height.max(1) + 5 * t,
            _ => (x + y) * 128 / (width + height).max(1) + 7 * t,
        };
        let side = (height.min(width) / 4).max(1);
        let inside = |at: usize, size: usize| at.abs_diff((t * 5) % size.max(1)) < side;
        let value = if inside(x, width) && inside(y, height) { 40 + 60 * c } else { ramp };
        u8::try_from(triangle(value)).unwrap_or(u8::MAX)
    })
}

/// Goes up to 255 and down again, so that nothing jumps.
const fn triangle(value: usize) -> usize {
    let value = value % 510;
    if value > 255 { 510 - value } else { value }
}

/// `frames` samples of shape (frame, channel): in each channel a tone of its own, at half of full scale.
#[must_use]
pub fn tone(frames: usize, channels: usize, sample_rate: u32) -> Array2<f32> {
    Array2::from_shape_fn((frames, channels), |(frame, channel)| {
        let frequency = [440.0, 660.0, 880.0, 1100.0][channel % 4];
        #[expect(clippy::cast_precision_loss, reason = "a few seconds of samples are exact in f64")]
        let time = frame as f64 / f64::from(sample_rate);
        #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is what is wanted")]
        let value = (0.5 * (std::f64::consts::TAU * frequency * time).sin()) as f32;
        value
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::*;

    #[test]
    fn frames_and_channels_differ() {
        let pictures = pictures(3, 3, 32, 48);
        for (a, b) in [((0, 0), (1, 0)), ((0, 0), (0, 1)), ((0, 1), (0, 2)), ((1, 2), (2, 2))] {
            let plane = |at: (usize, usize)| {
                pictures.index_axis(Axis(0), at.0).index_axis_move(Axis(0), at.1)
            };
            assert_ne!(plane(a), plane(b));
        }
        let tone = tone(100, 2, 8000);
        assert!((tone[[25, 0]] - tone[[25, 1]]).abs() > 0.01);
        assert!(tone.iter().all(|sample| sample.abs() <= 0.5));
    }
}
