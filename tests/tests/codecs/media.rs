//! Pictures and sounds in any format, made by a formula, and how alike two of them are.

use rushes::{
    AudioFrame, ChannelLayout, PixelFormat, Plane, SampleFormat, TimeBase, Timestamp, VideoFrame,
};

/// Samples as numbers from -1 to 1, or pixels from 0 to 1.
pub(crate) type Values = Vec<f64>;

/// A picture of soft gradients that move, and a square that jumps.
pub(crate) fn picture(format: PixelFormat, width: u32, height: u32, index: i64) -> VideoFrame {
    let depth = format.bit_depth();
    let top = (1_u32 << depth) - 1;
    let wide = depth > 8;
    let planes = format.planes().iter().enumerate().map(|(number, layout)| {
        let (row, rows) = (layout.row_bytes(width), layout.height(height) as usize);
        let columns = if wide { row / 2 } else { row };
        let time = usize::try_from(index).expect("not negative");
        let mut bytes = Vec::with_capacity(row * rows);
        for y in 0..rows {
            for x in 0..columns {
                let ramp = (x * 255 / columns + (number + 1) * 3 * time + y * (1 + number)) % 510;
                let soft = if ramp > 255 { 510 - ramp } else { ramp };
                let inside = |at: usize, size: usize| at.abs_diff((time * 5) % size) < size / 6;
                let value = if inside(x, columns) && inside(y, rows) { 60 } else { 30 + soft / 2 };
                let value = u32::try_from(value).expect("below 256") * top / 255;
                let value = u16::try_from(value).expect("16 bits");
                if wide {
                    bytes.extend(value.to_le_bytes());
                } else {
                    bytes.push(value.to_le_bytes()[0]);
                }
            }
        }
        Plane::new(bytes, row)
    });
    let planes = planes.collect();
    let mut frame = VideoFrame::new(format, width, height, planes).expect("planes that fit");
    frame.pts = Some(Timestamp::new(index));
    frame
}

/// The pixels of all planes.
pub(crate) fn pixels(frame: &VideoFrame) -> Values {
    let depth = frame.format.bit_depth();
    let top = f64::from((1_u32 << depth) - 1);
    let planes = 0..frame.format.planes().len();
    let bytes: Vec<u8> = planes.flat_map(|plane| frame.rows(plane).flatten().copied()).collect();
    if depth == 8 {
        return bytes.into_iter().map(|byte| f64::from(byte) / top).collect();
    }
    let pairs = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    pairs.map(|value| f64::from(value) / top).collect()
}

/// A chord, another in each channel, at a third of full scale, with some noise so that every bit counts: 24 of 32, which is
/// what FLAC, ALAC and PCM keep of such samples.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "scaled to the type"
)]
pub(crate) fn sound(
    format: SampleFormat,
    layout: ChannelLayout,
    rate: u32,
    length: usize,
) -> AudioFrame {
    let mut state = 1_u32;
    let mut values: Values = (0..usize::from(layout.channels()))
        .flat_map(|channel| (0..length).map(move |at| (channel, at)))
        .map(|(channel, at)| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state) / f64::from(u32::MAX) - 0.5;
            let time = at as f64 / f64::from(rate);
            let tone = |frequency: f64| (std::f64::consts::TAU * frequency * time).sin();
            let base = [220.0, 330.0, 275.0, 247.5][channel % 4];
            0.2 * tone(base) + 0.1 * tone(3.0 * base) + 0.002 * noise
        })
        .collect();
    macro_rules! frame {
        ($type:ty, $scale:expr, $offset:expr) => {{
            let samples: Vec<$type> =
                values.iter().map(|value| (value * $scale + $offset) as $type).collect();
            AudioFrame::new(samples, layout, rate)
        }};
    }
    let frame = match format {
        SampleFormat::U8 => frame!(u8, 127.0, 128.0),
        SampleFormat::S16 => frame!(i16, 32_767.0, 0.0),
        SampleFormat::S32 => {
            values
                .iter_mut()
                .for_each(|value| *value = (*value * 8_388_607.0).trunc() / 8_388_608.0);
            frame!(i32, 2_147_483_648.0, 0.0)
        }
        SampleFormat::S64 => frame!(i64, 9.2e18, 0.0),
        SampleFormat::F32 => frame!(f32, 1.0, 0.0),
        _ => frame!(f64, 1.0, 0.0),
    };
    let mut frame = frame.expect("channels of equal length");
    frame.pts = Some(Timestamp::ZERO);
    frame
}

/// The samples of a channel.
#[expect(clippy::cast_precision_loss, clippy::cast_lossless, reason = "as near as f64 comes")]
pub(crate) fn samples(frame: &AudioFrame, channel: usize) -> Values {
    macro_rules! values {
        ($type:ty, $scale:expr, $offset:expr) => {{
            let values = (frame.plane::<$type>(channel).into_iter().flatten())
                .map(|sample| (*sample as f64 - $offset) / $scale)
                .collect();
            values
        }};
    }
    match frame.format() {
        SampleFormat::U8 => values!(u8, 128.0, 128.0),
        SampleFormat::S16 => values!(i16, 32_768.0, 0.0),
        SampleFormat::S32 => values!(i32, 2_147_483_648.0, 0.0),
        SampleFormat::S64 => values!(i64, 9_223_372_036_854_775_808.0, 0.0),
        SampleFormat::F32 => values!(f32, 1.0, 0.0),
        _ => values!(f64, 1.0, 0.0),
    }
}

/// Peak signal-to-noise ratio of pixels from 0 to 1, in decibels; infinite for equal ones.
pub(crate) fn psnr(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "pictures of different sizes or formats");
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let count = a.len() as f64;
    -10.0 * (errors(a, b) / count).log10()
}

/// Signal-to-noise ratio in decibels; infinite for equal sounds.
pub(crate) fn snr(signal: &[f64], other: &[f64]) -> f64 {
    10.0 * (signal.iter().map(|value| value * value).sum::<f64>() / errors(signal, other)).log10()
}

fn errors(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// 25 pictures per second.
pub(crate) fn picture_base() -> TimeBase {
    TimeBase::per_second(25).expect("not zero")
}
