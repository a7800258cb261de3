//! Filtered outputs: R13.

use ndarray::{Axis, s};
use rushes::{AudioOutput, ErrorKind, PixelFormat, Reader, SeekMode, Time, VideoOutput};

use crate::media::{CLIP, Media, on_each};

on_each! {
    pictures_are_filtered,
    sound_is_filtered,
    a_seek_starts_filters_anew,
}

/// All frames of one output, and their times.
fn video(reader: &mut Reader, output: VideoOutput) -> (ndarray::Array4<u8>, Vec<Time>) {
    let id = reader.add_video(output).expect("video");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_video(id).expect("frames");
    let times = chunk.times().to_vec();
    (chunk.into_array().expect("u8"), times)
}

fn audio(reader: &mut Reader, output: AudioOutput) -> (ndarray::Array2<f32>, Time) {
    let id = reader.add_audio(output).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_audio(id).expect("sound");
    let pts = chunk.pts();
    (chunk.into_array().expect("f32"), pts)
}

/// Crops, flips and times are those of plain frames; without a format asked for, frames come as they are decoded.
fn pictures_are_filtered(media: &Media) {
    let (plain, times) =
        video(&mut media.open(), VideoOutput::unlimited().format(PixelFormat::Yuv420p));
    let chain = "trim=start_frame=3:end_frame=13,crop=80:60:16:8,hflip,vflip";
    let mut reader = media.open();
    let (filtered, filtered_times) = video(&mut reader, VideoOutput::unlimited().filter(chain));
    let part = plain.slice(s![3..13, .., 8..68;-1, 16..96;-1]);
    assert_eq!(filtered, part);
    assert_eq!(filtered_times, times[3..13]);
    assert_eq!(reader.outputs()[0].filter, chain);

    // What is asked for besides is brought about behind the filters.
    let output = VideoOutput::new(4).keep_all().filter("transpose=clock").size(30, 40);
    let output = output.frame_rate(5).format(PixelFormat::Gray8);
    let mut reader = media.open();
    let id = reader.add_video(output).expect("video");
    let mut next = 0;
    for chunks in reader.chunks() {
        let chunk = chunks.expect("reads").take_video(id).expect("frames");
        assert_eq!(chunk.shape()[1..], [1, 40, 30]);
        for time in chunk.times() {
            assert!((time.seconds() - f64::from(next) / 5.0).abs() < 1e-9);
            next += 1;
        }
    }
    let count = f64::from(u32::try_from(media.frames).expect("few"));
    let seconds = count * media.time(1).seconds();
    assert!((f64::from(next) - seconds * 5.0).abs() <= 1.0, "{next} frames of {seconds} s");
}

/// Cut at the very sample, reversed, and scaled.
fn sound_is_filtered(media: &Media) {
    let (plain, start) = audio(&mut media.open(), AudioOutput::unlimited());
    let (filtered, pts) = audio(
        &mut media.open(),
        AudioOutput::unlimited().filter("atrim=start_sample=100:end_sample=20000,volume=0.5"),
    );
    assert_eq!(filtered, plain.slice(s![100..20_000, ..]).mapv(|sample| sample * 0.5));
    assert_eq!(pts, media.sample_time(100));
    let (reversed, pts) = audio(&mut media.open(), AudioOutput::unlimited().filter("areverse"));
    assert_eq!(reversed, plain.slice(s![..;-1, ..]));
    assert_eq!(pts, start);
    // Chunks of any size hold the same sound.
    let mut reader = media.open();
    let id = reader
        .add_audio(AudioOutput::new(777).keep_all().filter("lowpass,atempo=1.5"))
        .expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let chunks: Vec<_> = std::iter::from_fn(|| reader.pop_chunks().take_audio(id))
        .map(|chunk| chunk.into_array::<f32>().expect("f32"))
        .collect();
    let views: Vec<_> = chunks.iter().map(|chunk| chunk.view()).collect();
    let joined = ndarray::concatenate(Axis(0), &views).expect("of one shape");
    let output = AudioOutput::unlimited().filter("lowpass,atempo=1.5");
    assert_eq!(joined, audio(&mut media.open(), output).0);
}

/// R30.
fn a_seek_starts_filters_anew(media: &Media) {
    let mut reader = media.open();
    let id = reader.add_video(VideoOutput::unlimited().filter("reverse")).expect("video");
    reader.seek(1.0, SeekMode::Precise).expect("seeks");
    reader.fill_buffer().expect("reads");
    reader.seek(0.5, SeekMode::Precise).expect("seeks");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_video(id).expect("frames");
    let first = (0..).find(|frame| media.time(*frame).seconds() >= 0.5).expect("there is one");
    assert_eq!(chunk.frames(), media.frames - first);
    assert_eq!(chunk.pts(), media.time(first));
}

#[test]
fn what_is_not_there_is_named() {
    let mut reader = CLIP.open();
    let mut check = |output: VideoOutput, kind: ErrorKind, part: &str| {
        let error = reader.add_video(output).expect_err(part);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    check(VideoOutput::new(1).filter("blur"), ErrorKind::Unsupported, "'blur'");
    check(VideoOutput::new(1).filter("crop=colour=2"), ErrorKind::Usage, "'colour'");
    check(VideoOutput::new(1).filter("volume=2"), ErrorKind::Unsupported, "filter of audio");
    let error = reader.add_audio(AudioOutput::new(1).filter("atempo=fast")).expect_err("no number");
    assert_eq!(error.kind(), ErrorKind::Usage);
    // What only pictures show fails at the first of them.
    reader.add_video(VideoOutput::new(1).filter("crop=5000:5000")).expect("may be right");
    assert_eq!(reader.process_all_packets().expect_err("too large").kind(), ErrorKind::Usage);
}
