//! How data is cut and laid out must not matter: W8.

use ndarray::{Array4, ArrayView2, ArrayView4, Axis, Slice, s};
use rushes::{AudioInput, AudioInputId, OpenWriter, VideoInput, VideoInputId, Writer};
use rushes_tests::{pictures, tone};

use crate::support::make;

const FRAMES: usize = 36;
const WIDTH: usize = 64;
const HEIGHT: usize = 48;
const RATE: u32 = 22_050;
/// A little more sound than pictures, and no whole number of AAC frames.
const SAMPLES: usize = 27_001;

fn inputs(writer: &mut Writer) -> (VideoInputId, AudioInputId) {
    let video = writer.add_video(VideoInput::new(64, 48, 30)).expect("video");
    let audio = writer.add_audio(AudioInput::new(RATE, 2)).expect("audio");
    (video, audio)
}

fn write_video(
    writer: &mut OpenWriter,
    id: VideoInputId,
    frames: &ArrayView4<'_, u8>,
    size: usize,
) {
    for chunk in frames.axis_chunks_iter(Axis(0), size) {
        writer.write_video(id, chunk).expect("writes");
    }
}

fn write_audio(
    writer: &mut OpenWriter,
    id: AudioInputId,
    sound: &ArrayView2<'_, f32>,
    size: usize,
) {
    for chunk in sound.axis_chunks_iter(Axis(0), size) {
        writer.write_audio(id, chunk).expect("writes");
    }
}

/// W8: any chunking, in any order across the tracks, gives the same bytes.
#[test]
fn any_chunking_gives_the_same_file() {
    let (frames, sound) = (pictures(FRAMES, 3, HEIGHT, WIDTH), tone(SAMPLES, 2, RATE));
    let (frames, sound) = (frames.view(), sound.view());
    let whole = make("mp4", inputs, |writer, (video, audio)| {
        write_video(writer, video, &frames, FRAMES);
        write_audio(writer, audio, &sound, SAMPLES);
    });
    assert!(whole.len() > 5000);
    for (pictures, samples) in [(1, 1024), (7, 1000), (5, 1), (36, 13_500)] {
        let cut = make("mp4", inputs, |writer, (video, audio)| {
            write_video(writer, video, &frames, pictures);
            write_audio(writer, audio, &sound, samples);
        });
        assert!(cut == whole, "{pictures} frames and {samples} samples at a time");
    }
    let sound_first = make("mp4", inputs, |writer, (video, audio)| {
        write_audio(writer, audio, &sound, 999);
        write_video(writer, video, &frames, 4);
    });
    assert!(sound_first == whole, "sound before pictures");
    let in_turns = make("mp4", inputs, |writer, (video, audio)| {
        for index in 0..FRAMES {
            let end = (index + 1) * SAMPLES / FRAMES;
            let samples = Slice::from(index * SAMPLES / FRAMES..end);
            writer.write_audio(audio, sound.slice_axis(Axis(0), samples)).expect("writes");
            writer.write_video(video, frames.slice(s![index..=index, .., .., ..])).expect("writes");
        }
    });
    assert!(in_turns == whole, "in turns");
}

/// W8: chunks without frames are fine, anywhere.
#[test]
fn empty_chunks_change_nothing() {
    let (frames, sound) = (pictures(6, 3, HEIGHT, WIDTH), tone(5000, 2, RATE));
    let whole = make("mp4", inputs, |writer, (video, audio)| {
        writer.write_video(video, frames.view()).expect("writes");
        writer.write_audio(audio, sound.view()).expect("writes");
    });
    let nothing = |writer: &mut OpenWriter, video, audio| {
        writer.write_video(video, frames.slice(s![..0, .., .., ..])).expect("no frames");
        writer.write_audio(audio, sound.slice(s![..0, ..])).expect("no samples");
    };
    let with_empty = make("mp4", inputs, |writer, (video, audio)| {
        nothing(writer, video, audio);
        writer.write_video(video, frames.slice(s![..3, .., .., ..])).expect("writes");
        nothing(writer, video, audio);
        writer.write_audio(audio, sound.view()).expect("writes");
        writer.write_video(video, frames.slice(s![3.., .., .., ..])).expect("writes");
        nothing(writer, video, audio);
    });
    assert!(whole == with_empty);
}

/// W8: views of any strides, negative and zero ones included.
#[test]
fn views_of_any_strides_are_taken() {
    let frames = pictures(8, 3, HEIGHT, WIDTH);
    let sound = tone(4000, 2, RATE);
    let write = |pictures: ArrayView4<'_, u8>, samples: ArrayView2<'_, f32>| {
        make("mp4", inputs, |writer, (video, audio)| {
            writer.write_video(video, pictures).expect("writes");
            writer.write_audio(audio, samples).expect("writes");
        })
    };
    let check = |pictures: ArrayView4<'_, u8>, samples: ArrayView2<'_, f32>, what: &str| {
        let plain =
            write(pictures.to_owned().as_standard_layout().view(), samples.to_owned().view());
        assert!(write(pictures, samples) == plain, "{what}");
    };

    // Pixels as most programs hold them: (time, height, width, channel).
    let interleaved =
        Array4::from_shape_fn((8, HEIGHT, WIDTH, 3), |(t, y, x, c)| frames[[t, c, y, x]]);
    let by_channel = sound.t().as_standard_layout().into_owned();
    assert!(
        write(interleaved.view().permuted_axes([0, 3, 1, 2]), by_channel.t())
            == write(frames.view(), sound.view()),
        "other axes first"
    );
    let upside_down = frames.slice(s![.., ..;-1, ..;-1, ..;-1]);
    check(upside_down, sound.slice(s![..;-1, ..;-1]), "backwards");
    check(frames.slice(s![..;3, .., .., ..]), sound.slice(s![..;7, ..]), "every third frame");
    let large = pictures(2, 3, 2 * HEIGHT + 5, 3 * WIDTH);
    let window = large.slice(s![.., .., 5..;2, ..;3]);
    check(window, sound.view(), "a window of a larger picture");
    let still = frames.slice(s![..1, .., .., ..]);
    let still = still.broadcast((8, 3, HEIGHT, WIDTH)).expect("repeats");
    let mono = sound.slice(s![.., ..1]);
    let mono = mono.broadcast((4000, 2)).expect("repeats");
    check(still, mono, "one frame and one channel, repeated");
}

/// W11: torchcodec's order of axes.
#[test]
fn sound_by_channel_is_the_same_sound() {
    let sound = tone(3000, 2, RATE);
    let prepare = |writer: &mut Writer| writer.add_audio(AudioInput::new(RATE, 2)).expect("audio");
    let rows = make("wav", prepare, |writer, audio| {
        writer.write_audio(audio, sound.view()).expect("writes");
    });
    let by_channel = sound.t().as_standard_layout().into_owned();
    let columns = make("wav", prepare, |writer, audio| {
        writer.write_audio_by_channel(audio, by_channel.view()).expect("writes");
    });
    assert!(rows == columns);
}

/// The same input gives the same file, whatever the number of threads: nothing depends on the clock.
#[test]
fn files_are_reproducible() {
    let (frames, sound) = (pictures(20, 3, HEIGHT, WIDTH), tone(9000, 2, RATE));
    let write = |threads: u16| {
        let prepare = |writer: &mut Writer| {
            let mut config = rushes::CodecConfig::default();
            config.threads = Some(threads);
            let video = VideoInput::new(64, 48, 30).config(config);
            (
                writer.add_video(video).expect("video"),
                writer.add_audio(AudioInput::new(RATE, 2)).expect("audio"),
            )
        };
        make("mp4", prepare, |writer, (video, audio)| {
            writer.write_video(video, frames.view()).expect("writes");
            writer.write_audio(audio, sound.view()).expect("writes");
        })
    };
    assert!(write(1) == write(1) && write(1) == write(4));
}
