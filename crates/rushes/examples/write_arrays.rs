//! Makes two seconds of a moving gradient and a tone from arrays.

use std::f32::consts::TAU;

use ndarray::{Array2, Array4};
use rushes::{AudioInput, VideoInput, Writer};

const RATE: u16 = 48_000;

fn main() -> rushes::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "gradient.mp4".into());
    let mut writer = Writer::create(path)?;
    let video = writer.add_video(VideoInput::new(320, 180, (30_000, 1001)).crf(23))?;
    let audio = writer.add_audio(AudioInput::new(RATE.into(), 2).bit_rate(128_000))?;
    let mut writer = writer.open()?;

    // (time, channel, height, width)
    let frames = Array4::from_shape_fn((60, 3, 180, 320), |(time, channel, y, x)| {
        let [value, ..] = match channel {
            0 => (x + 4 * time).to_le_bytes(),
            1 => y.to_le_bytes(),
            _ => time.to_le_bytes(),
        };
        value
    });
    // (frame, channel)
    let tone: Vec<f32> = (0..2 * u32::from(RATE))
        .map(|n| (n % u32::from(RATE)) as f32 * 440.0 / f32::from(RATE))
        .collect();
    let samples =
        Array2::from_shape_fn((tone.len(), 2), |(frame, _)| 0.2 * (TAU * tone[frame]).sin());

    writer.write_video(video, frames.view())?;
    writer.write_audio(audio, samples.view())?;
    writer.finish()
}
