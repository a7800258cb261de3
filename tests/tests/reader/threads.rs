//! Decoding ahead in other threads changes nothing but the time it takes.

use ndarray::Axis;
use rushes::codec::CodecConfig;
use rushes::{
    AudioInput, DecoderOptions, Frame, FrameReader, SeekMode, Sink, Source, VideoInput, Writer,
};
use rushes_tests::{SharedSink, pictures, tone};

const FRAMES: usize = 90;
const RATE: u32 = 48_000;

/// A file with a key frame at every eighth picture, and sound.
fn file() -> Vec<u8> {
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), "mp4").expect("mp4");
    let mut config = CodecConfig::default();
    config.gop_size = Some(8);
    let video = writer.add_video(VideoInput::new(64, 48, 30).config(config)).expect("video");
    let audio = writer.add_audio(AudioInput::new(RATE, 2)).expect("audio");
    let mut writer = writer.open().expect("opens");
    let (frames, sound) = (pictures(FRAMES, 3, 48, 64), tone(FRAMES * 1600, 2, RATE));
    for index in 0..FRAMES {
        let (picture, samples) = (index..index + 1, index * 1600..(index + 1) * 1600);
        writer.write_video(video, frames.slice_axis(Axis(0), picture.into())).expect("writes");
        writer.write_audio(audio, sound.slice_axis(Axis(0), samples.into())).expect("writes");
    }
    writer.finish().expect("finishes");
    sink.contents()
}

fn open(bytes: &[u8], threads: u16) -> FrameReader {
    let mut reader = FrameReader::new(Source::bytes(bytes.to_vec())).expect("opens");
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    for track in 0..reader.tracks().len() {
        reader.select(track, &options).expect("decodes");
    }
    reader
}

/// The next so many frames or errors, of both tracks in the order they come.
fn take(reader: &mut FrameReader, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(match reader.next_frame() {
            Ok(None) => break,
            Err(error) => error.to_string(),
            Ok(Some(found)) => match &found.frame {
                Frame::Video(frame) => {
                    let sum: u64 = frame.rows(0).flatten().map(|byte| u64::from(*byte)).sum();
                    format!("{} {} {sum}", found.track, found.pts().seconds())
                }
                frame => format!("{} {} {:?}", found.track, found.pts().seconds(), frame.pts()),
            },
        });
    }
    taken
}

#[test]
fn frames_and_errors_come_in_the_same_order() {
    let whole = file();
    let mut damaged = whole.clone();
    let end = damaged.len() * 3 / 4;
    for at in (2000..end).step_by(3001) {
        damaged[at..at + 8].fill(0xa5);
    }
    for bytes in [&whole, &damaged] {
        let expected = take(&mut open(bytes, 1), usize::MAX);
        assert!(expected.len() > FRAMES, "{expected:?}");
        for threads in [2, 5] {
            let mut reader = open(bytes, threads);
            assert!(take(&mut reader, usize::MAX) == expected, "{threads} threads");
            // From the middle of what was read ahead.
            reader.seek(0.0, SeekMode::Precise).expect("seeks");
            let part = expected.len() / 2;
            assert!(take(&mut reader, part) == expected[..part], "{threads} threads, again");
            for time in [1.01, 0.3, 2.5] {
                let mut single = open(bytes, 1);
                single.seek(time, SeekMode::Precise).expect("seeks");
                reader.seek(time, SeekMode::Precise).expect("seeks");
                let expected = take(&mut single, 60);
                assert!(take(&mut reader, 60) == expected, "{threads} threads, from {time} s");
            }
        }
    }
}

/// A track that is selected late joins in where the reader is, behind packets that were read ahead for the other.
#[test]
fn tracks_may_be_selected_on_the_way() {
    let bytes = file();
    let run = |threads: u16, late: usize| {
        let mut reader = FrameReader::new(Source::bytes(bytes.clone())).expect("opens");
        let mut options = DecoderOptions::default();
        options.threads = Some(threads);
        reader.select(1 - late, &options).expect("decodes");
        let mut taken = take(&mut reader, 40);
        reader.select(late, &options).expect("decodes");
        taken.extend(take(&mut reader, usize::MAX));
        taken
    };
    for late in [0, 1] {
        let expected = run(1, late);
        assert!(expected.len() > FRAMES, "{expected:?}");
        assert!(run(4, late) == expected, "track {late} late");
    }
}
