//! Writing to memory, and reading what was written.

use ndarray::{Array2, Array4};
use rushes::{AudioOutput, OpenWriter, Reader, Sink, Source, Time, VideoOutput, Writer};
use rushes_tests::SharedSink;

/// A file made in memory: `prepare` adds inputs, `write` fills them.
pub(crate) fn make<I>(
    format: &str,
    prepare: impl FnOnce(&mut Writer) -> I,
    write: impl FnOnce(&mut OpenWriter, I),
) -> Vec<u8> {
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), format).expect("a known format");
    let inputs = prepare(&mut writer);
    let mut writer = writer.open().expect("opens");
    write(&mut writer, inputs);
    writer.finish().expect("finishes");
    sink.contents()
}

/// A reader of bytes in memory.
pub(crate) fn reader(bytes: &[u8]) -> Reader {
    Reader::new(Source::bytes(bytes.to_vec())).expect("opens")
}

/// All pictures of the first video track, in the format that is asked for.
pub(crate) fn read_video(bytes: &[u8], output: VideoOutput) -> (Array4<u8>, Vec<Time>) {
    let mut reader = reader(bytes);
    let video = reader.add_video(output).expect("video");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_video(video).expect("frames");
    let times = chunk.times().to_vec();
    (chunk.into_array().expect("u8"), times)
}

/// All samples of a track, in `f32`; none at all is an array without rows.
pub(crate) fn read_audio(bytes: &[u8], track: usize) -> Array2<f32> {
    let mut reader = reader(bytes);
    let audio = reader.add_audio(AudioOutput::unlimited().track(track)).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    reader.pop_chunks().take_audio(audio).map_or_else(
        || Array2::zeros((0, 1)),
        |chunk| {
            assert_eq!(chunk.pts(), Time::ZERO);
            chunk.into_array().expect("f32")
        },
    )
}

/// Peak signal-to-noise ratio in decibels.
pub(crate) fn psnr(a: &Array4<u8>, b: &Array4<u8>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    let errors = a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    #[expect(clippy::cast_precision_loss, reason = "a few million")]
    let mean = errors.sum::<f64>() / a.len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}
