//! What a writer refuses: W7 to W9. A refusal changes nothing in the file.

use ndarray::{Array2, Array4, s};
use rushes::{AudioInput, ErrorKind, Sink, VideoInput, Writer};
use rushes_tests::{SharedSink, pictures, tone};

use crate::support::make;

const RATE: u32 = 16_000;

fn usage(result: rushes::Result<()>, word: &str) {
    let error = result.expect_err(word);
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    let text = error.to_string();
    assert!(text.contains(word), "'{text}' does not say '{word}'");
}

/// W8, W9: wrong inputs, types, shapes and times, in the middle of a file.
#[test]
fn what_does_not_fit_is_refused_and_nothing_is_lost() {
    let (frames, sound) = (pictures(10, 3, 32, 48), tone(6000, 2, RATE));
    let prepare = |writer: &mut Writer| {
        let video = writer.add_video(VideoInput::new(48, 32, 25)).expect("video");
        let audio = writer.add_audio(AudioInput::new(RATE, 2)).expect("audio");
        (video, audio)
    };
    let mut other = Writer::new(Sink::rewritable(SharedSink::default()), "mp4").expect("known");
    let (foreign_video, foreign_audio) = prepare(&mut other);

    let plain = make("mp4", prepare, |writer, (video, audio)| {
        writer.write_video(video, frames.view()).expect("writes");
        writer.write_audio(audio, sound.view()).expect("writes");
    });
    let with_errors = make("mp4", prepare, |writer, (video, audio)| {
        writer.write_video(video, frames.slice(s![..5, .., .., ..])).expect("writes");
        writer.write_audio(audio, sound.slice(s![..3000, ..])).expect("writes");
        for shape in
            [(2, 3, 32, 47), (2, 3, 31, 48), (2, 4, 32, 48), (2, 1, 32, 48), (2, 3, 48, 32)]
        {
            let wrong = Array4::<u8>::zeros(shape);
            usage(writer.write_video(video, wrong.view()), "48");
        }
        usage(writer.write_video(video, Array4::<u16>::zeros((1, 3, 32, 48)).view()), "u8");
        usage(writer.write_video(foreign_video, frames.view()), "input");
        for channels in [1, 3, 6] {
            usage(writer.write_audio(audio, Array2::<f32>::zeros((9, channels)).view()), "channel");
        }
        usage(writer.write_audio(audio, Array2::<i16>::zeros((9, 2)).view()), "f32");
        usage(writer.write_audio(audio, Array2::<f64>::zeros((9, 2)).view()), "f32");
        usage(writer.write_audio(foreign_audio, sound.view()), "input");
        for pts in [-1.0, -0.04, f64::NAN, f64::INFINITY, 0.0, 0.16] {
            usage(writer.write_video_at(video, frames.slice(s![5.., .., .., ..]), pts), "");
        }
        for pts in [-1.0, f64::NAN, 0.0, 0.18] {
            usage(writer.write_audio_at(audio, sound.slice(s![3000.., ..]), pts), "");
        }
        writer.write_video(video, frames.slice(s![5.., .., .., ..])).expect("writes on");
        writer.write_audio(audio, sound.slice(s![3000.., ..])).expect("writes on");
    });
    assert!(plain == with_errors, "what is refused leaves no trace");
}

/// Settings that make no sense are told when the input is added.
#[test]
fn inputs_are_checked() {
    let mut writer = Writer::new(Sink::rewritable(SharedSink::default()), "mp4").expect("known");
    let mut video = |input: VideoInput| usage(writer.add_video(input).map(drop), "");
    video(VideoInput::new(0, 32, 25));
    video(VideoInput::new(32, 0, 25));
    video(VideoInput::new(32, 32, 0));
    video(VideoInput::new(32, 32, (25, 0)));
    video(VideoInput::new(32, 32, -25));
    video(VideoInput::new(32, 32, 25).encoder_frame_rate(0));
    video(VideoInput::new(32, 32, 25).encoder_size(0, 10));
    usage(writer.add_audio(AudioInput::new(0, 2)).map(drop), "rate");
    usage(writer.add_audio(AudioInput::new(RATE, 0)).map(drop), "channel");
    usage(writer.open().map(drop), "track");
    let mut wav = Writer::new(Sink::rewritable(SharedSink::default()), "wav").expect("known");
    let error = wav.add_video(VideoInput::new(32, 32, 25)).expect_err("no video in wave files");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

fn open_video(input: VideoInput) -> rushes::Result<()> {
    let mut writer = Writer::new(Sink::rewritable(SharedSink::default()), "mp4").expect("known");
    writer.add_video(input).and_then(|_| writer.open()).map(drop)
}

fn open_audio(input: AudioInput) -> rushes::Result<()> {
    let mut writer = Writer::new(Sink::rewritable(SharedSink::default()), "mp4").expect("known");
    writer.add_audio(input).and_then(|_| writer.open()).map(drop)
}

/// W4, W5: an explicit value that an encoder cannot honour is an error that says what it can.
#[test]
fn encoders_take_what_they_can_or_say_so() {
    let told = |result: rushes::Result<()>, word: &str| {
        let error = result.expect_err(word);
        assert!(
            [ErrorKind::Usage, ErrorKind::Unsupported].contains(&error.kind()),
            "{:?}: {error}",
            error.kind()
        );
        assert!(error.to_string().contains(word), "'{error}' does not say '{word}'");
    };
    let video = || VideoInput::new(32, 32, 25);
    told(open_video(video().encoder("nonsense")), "nonsense");
    told(open_video(video().encoder("aac")), "aac");
    told(open_video(video().encoder_option("nonsense", "1")), "nonsense");
    told(open_video(video().crf(99)), "51");
    told(open_video(video().crf(-1)), "51");
    told(open_video(video().preset("nonsense")), "nonsense");
    told(open_video(video().encoder_format(rushes::PixelFormat::Rgb48)), "yuv420p");
    let mut config = rushes::CodecConfig::default();
    config.max_b_frames = Some(2);
    told(open_video(video().config(config)), "B-frames");
    let audio = || AudioInput::new(RATE, 2);
    told(open_audio(audio().encoder("nonsense")), "nonsense");
    told(open_audio(audio().encoder("h264")), "h264");
    told(open_audio(audio().encoder_option("nonsense", "1")), "nonsense");
    told(open_audio(audio().encoder_sample_rate(12_345)), "44100");
    let mut config = rushes::CodecConfig::default();
    config.gop_size = Some(5);
    told(open_audio(audio().config(config)), "gop_size");
    let mut config = rushes::CodecConfig::default();
    config.bit_rate = Some(1);
    told(open_audio(audio().config(config)), "bit");
}

/// W7: an option that no muxer knows is an error that names it.
#[test]
fn muxer_options_are_checked() {
    let mut writer = Writer::new(Sink::rewritable(SharedSink::default()), "mp4").expect("known");
    writer.add_audio(AudioInput::new(RATE, 2)).expect("audio");
    writer.set_option("nonsense", "1");
    usage(writer.open().map(drop), "nonsense");
}
