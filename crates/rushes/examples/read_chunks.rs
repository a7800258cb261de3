//! Prints what the default video and audio of a file hold, chunk by chunk.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use rushes::{AudioOutput, Reader, VideoOutput};

fn main() -> rushes::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "tests/data/clip.mp4".into());
    let mut reader = Reader::open(path)?;
    reader.inspect();
    for (index, track) in reader.tracks().iter().enumerate() {
        println!("track {index}: {} {}", track.kind(), track.codec.codec);
    }

    let video = match reader.default_video() {
        Some(track) => Some(reader.add_video(VideoOutput::new(30).track(track).keep_all())?),
        None => None,
    };
    let audio = match reader.default_audio() {
        Some(track) => Some(reader.add_audio(AudioOutput::new(16_000).track(track).keep_all())?),
        None => None,
    };
    for chunks in reader.chunks() {
        let chunks = chunks?;
        if let Some(chunk) = video.and_then(|id| chunks.video(id)) {
            let frames = chunk.array::<u8>()?;
            let mean = frames.iter().map(|value| f64::from(*value)).sum::<f64>();
            let mean = mean / frames.len().max(1) as f64;
            println!("{:8.3} s  video {:?}  mean {mean:.2}", chunk.pts().seconds(), frames.shape());
        }
        if let Some(chunk) = audio.and_then(|id| chunks.audio(id)) {
            let samples = chunk.array::<f32>()?;
            let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            println!(
                "{:8.3} s  audio {:?}  peak {peak:.3}",
                chunk.pts().seconds(),
                samples.shape()
            );
        }
    }
    Ok(())
}
