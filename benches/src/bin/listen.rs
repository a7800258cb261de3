//! Compares two WAV files for `cargo xtask bench quality`: `listen ORIGINAL OTHER` prints the signal-to-noise ratio, the
//! log-spectral distance, the noise-to-mask ratio, all in dB, the share of disturbed blocks, and by how many samples OTHER is longer.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use rushes::{DecoderOptions, Frame, FrameReader};
use rushes_benches::distance;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [original, other] = &*arguments else { return Err("listen ORIGINAL OTHER".into()) };
    let (rate, original) = samples(original)?;
    let (other_rate, other) = samples(other)?;
    if rate != other_rate || original.len() != other.len() {
        return Err("the files differ in rate or channels".into());
    }
    let found = distance(&original, &other, rate);
    let length = |sound: &[Vec<f32>]| {
        sound.first().map_or(0, |channel| i64::try_from(channel.len()).unwrap_or(i64::MAX))
    };
    writeln!(
        io::stdout(),
        "{:.3}\t{:.3}\t{:.3}\t{:.4}\t{}",
        found.signal_to_noise,
        found.log_spectral,
        found.noise_to_mask,
        found.disturbed,
        length(&other) - length(&original)
    )?;
    Ok(())
}

/// Sample rate, and the samples of each channel.
fn samples(path: &str) -> Result<(u32, Vec<Vec<f32>>)> {
    let mut reader = FrameReader::open(path)?;
    let track = reader.default_audio().ok_or("a file without sound")?;
    reader.select(track, &DecoderOptions::default())?;
    let (mut rate, mut channels) = (0, Vec::new());
    while let Some(found) = reader.next_frame()? {
        let Frame::Audio(frame) = found.frame else { continue };
        rate = frame.sample_rate;
        channels.resize_with(usize::from(frame.layout.channels()), Vec::new);
        for (at, channel) in channels.iter_mut().enumerate() {
            let plane = frame.plane::<f32>(at).ok_or("samples must be 32-bit floats")?;
            channel.extend_from_slice(plane);
        }
    }
    Ok((rate, channels))
}
