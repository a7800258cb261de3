//! Filters in front of encoders: W2, W3.

use ndarray::{Axis, s};
use rushes::{AudioInput, ErrorKind, PixelFormat, Sink, VideoInput, VideoOutput, Writer};
use rushes_tests::{SharedSink, pictures, tone};

use crate::support::{make, read_audio, read_video};

/// The encoder gets what the filters give: size, rate, order.
#[test]
fn pictures_are_filtered() {
    let frames = pictures(12, 3, 48, 64);
    let file = |size: usize| {
        let input = VideoInput::new(64, 48, 24).filter("crop=32:24:8:4,reverse,fps=12");
        let input = input.encoder("png");
        make(
            "mov",
            |writer| writer.add_video(input).expect("video"),
            |writer, video| {
                for chunk in frames.axis_chunks_iter(Axis(0), size) {
                    writer.write_video(video, chunk).expect("writes");
                }
            },
        )
    };
    let bytes = file(12);
    assert_eq!(bytes, file(5), "any chunking gives the same file");
    let (back, times) = read_video(&bytes, VideoOutput::unlimited().format(PixelFormat::Rgb24));
    let seconds: Vec<f64> = times.iter().map(|time| (time.seconds() * 12.0).round()).collect();
    assert_eq!(seconds, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    // Of 12 frames in reverse, each second one: FFmpeg's `fps` takes the later of two.
    for (index, frame) in back.axis_iter(Axis(0)).enumerate() {
        let matches = |number: &usize| frame == frames.slice(s![*number, .., 4..28, 8..40]);
        let found = (0..12).find(matches).expect("one of the frames");
        assert!(found.abs_diff(11 - 2 * index) <= 1, "{index} is {found}");
    }
}

#[test]
fn sound_is_filtered() {
    let sound = tone(5000, 2, 8000);
    let file = |size: usize| {
        let input = AudioInput::new(8000, 2)
            .filter("atrim=end_sample=4000,areverse,volume=0.5")
            .encoder("pcm_f32le");
        make(
            "wav",
            |writer| writer.add_audio(input).expect("audio"),
            |writer, audio| {
                for chunk in sound.axis_chunks_iter(Axis(0), size) {
                    writer.write_audio(audio, chunk).expect("writes");
                }
            },
        )
    };
    let bytes = file(5000);
    assert_eq!(bytes, file(333), "any chunking gives the same file");
    let back = read_audio(&bytes, 0);
    assert_eq!(back, sound.slice(s![..4000;-1, ..]).mapv(|sample| sample * 0.5));
}

#[test]
fn what_does_not_fit_is_refused() {
    let writer = || Writer::new(Sink::rewritable(SharedSink::default()), "mp4").expect("known");
    let error =
        writer().add_video(VideoInput::new(64, 48, 24).filter("blur")).expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let mut writer = writer();
    writer.add_video(VideoInput::new(64, 48, 24).filter("crop=65:66")).expect("may be right");
    assert_eq!(writer.open().expect_err("too large").kind(), ErrorKind::Usage);
}
