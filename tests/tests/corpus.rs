//! Damaged copies of real files through the readers: every way they end is a typed error or the end, soon, and never
//! a panic.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rushes::{
    AudioOutput, DecoderOptions, Error, ErrorKind, Frame, FrameReader, Limits, Progress, Reader,
    ReaderOptions, SeekMode, Source, VideoOutput,
};
use rushes_tests::{Random, corpus, data};

/// Longer than a copy of one of these files may take, and on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// More calls than any of these files needs, errors included.
const CALLS: usize = 20_000;
const TRUNCATIONS: usize = 40;
const FLIPS: usize = 200;

/// Small files, so that hundreds of copies can be read.
fn files() -> Vec<PathBuf> {
    let names = [
        "torchcodec/nasa_13013_rotated.mp4",
        "torchcodec/discard_first_keyframe.mp4",
        "mp4parse/mp4parse/test_case_1185230.mp4",
        "torchcodec/h264_10bits.mp4",
    ];
    let own = ["clip.mp4", "tone.wav"].map(data);
    own.into_iter().chain(names.iter().filter_map(|name| corpus(name))).collect()
}

/// Bounds that suit these files, so that a damaged size is refused rather than obeyed.
fn options() -> ReaderOptions {
    let mut limits = Limits::default();
    limits.pixels = 1 << 20;
    limits.alloc_bytes = 16 << 20;
    Reader::options().limits(limits)
}

/// The input is at fault, so that is what the error must say.
fn check(error: &Error) {
    let kinds = [ErrorKind::Malformed, ErrorKind::Unsupported, ErrorKind::Limit];
    assert!(kinds.contains(&error.kind()), "{:?}: {error}", error.kind());
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains('\n'), "'{text}' is not one line");
}

/// All that the reader of chunks does; errors are passed over, as its contract allows.
fn read_chunks(bytes: &[u8]) {
    let mut reader = match options().read(Source::bytes(bytes.to_vec())) {
        Ok(reader) => reader,
        Err(error) => return check(&error),
    };
    for track in 0..reader.tracks().len() {
        let video = reader.add_video(VideoOutput::new(1).keep(1).track(track));
        let audio = reader.add_audio(AudioOutput::new(512).keep(2).track(track));
        let kinds =
            [ErrorKind::Usage, ErrorKind::Malformed, ErrorKind::Unsupported, ErrorKind::Limit];
        for error in [video.err(), audio.err()].into_iter().flatten() {
            assert!(kinds.contains(&error.kind()), "{error}");
        }
    }
    drain(&mut reader);
    match reader.seek(0.3, SeekMode::Precise) {
        Ok(()) => drain(&mut reader),
        Err(error) => check(&error),
    }
}

fn drain(reader: &mut Reader) {
    for _ in 0..CALLS {
        match reader.process_packet() {
            Ok(Progress::More) => {}
            Ok(Progress::End) => return,
            Err(error) => check(&error),
        }
        drop(reader.pop_chunks());
    }
    panic!("no end after {CALLS} calls");
}

/// All that the reader of frames does. Returns sizes and times of the pictures.
fn read_frames(bytes: &[u8]) -> Vec<(f64, Vec<u8>)> {
    let mut pictures = Vec::new();
    let mut reader = match options().read_frames(Source::bytes(bytes.to_vec())) {
        Ok(reader) => reader,
        Err(error) => {
            check(&error);
            return pictures;
        }
    };
    for track in 0..reader.tracks().len() {
        // What cannot be selected is of no matter here: the reader of chunks looks at those errors.
        drop(reader.select(track, &DecoderOptions::default()));
    }
    for _ in 0..CALLS {
        match reader.next_frame() {
            Ok(Some(found)) => {
                if let Frame::Video(frame) = &found.frame {
                    let luma = frame.rows(0).flatten().copied().collect();
                    pictures.push((found.pts().seconds(), luma));
                }
            }
            Ok(None) => return pictures,
            Err(error) => check(&error),
        }
    }
    panic!("no end after {CALLS} calls");
}

/// Runs cases one after another on a thread of their own, and names the one that panics or does not return.
fn run_all(what: &str, cases: Vec<(String, Vec<u8>)>) {
    let (sender, receiver) = mpsc::channel();
    let names: Vec<String> = cases.iter().map(|(name, _)| name.clone()).collect();
    thread::spawn(move || {
        for (index, (_, bytes)) in cases.into_iter().enumerate() {
            let result = catch_unwind(AssertUnwindSafe(|| {
                // In turns: both together would take twice as long.
                if index % 2 == 0 { read_chunks(&bytes) } else { drop(read_frames(&bytes)) }
            }));
            if sender.send(result.is_ok()).is_err() {
                return;
            }
        }
    });
    let mut failed = Vec::new();
    for name in names {
        match receiver.recv_timeout(PATIENCE) {
            Ok(true) => {}
            Ok(false) => failed.push(name),
            Err(_) => panic!("{what} {name} does not end"),
        }
    }
    assert!(failed.is_empty(), "{what}: {failed:?}");
}

#[test]
fn truncated_files_end() {
    for path in files() {
        let bytes = fs::read(&path).expect("can be read");
        let mut random = Random::new(1);
        let cases = (0..TRUNCATIONS)
            .map(|index| {
                // Evenly over the file, and not on round numbers only.
                let at = bytes.len() * index / TRUNCATIONS + random.below(37);
                (format!("cut at {at}"), bytes[..at.min(bytes.len())].to_vec())
            })
            .collect();
        run_all(&path.display().to_string(), cases);
    }
}

#[test]
fn files_with_a_flipped_bit_end() {
    for (seed, path) in files().into_iter().enumerate() {
        let bytes = fs::read(&path).expect("can be read");
        let mut random = Random::new(seed as u64);
        let cases = (0..FLIPS)
            .map(|index| {
                // Every other one in the first or the last twentieth, where headers and indices are.
                let edge = (bytes.len() / 20).max(64).min(bytes.len());
                let at = match index / 2 % 4 {
                    0 => random.below(edge),
                    1 => bytes.len() - 1 - random.below(edge),
                    _ => random.below(bytes.len()),
                };
                let bit = random.below(8);
                let mut copy = bytes.clone();
                copy[at] ^= 1 << bit;
                (format!("bit {bit} of byte {at} flipped"), copy)
            })
            .collect();
        run_all(&path.display().to_string(), cases);
    }
}

/// What comes before the damage is whole: pictures of a truncated file are those of the file.
#[test]
fn truncation_damages_nothing_before_it() {
    let bytes = fs::read(data("clip.mp4")).expect("committed");
    let whole = read_frames(&bytes);
    assert_eq!(whole.len(), 60);
    let mut seen = Vec::new();
    for at in (5000..bytes.len()).step_by(2111) {
        let pictures = read_frames(&bytes[..at]);
        for picture in &pictures {
            assert!(whole.contains(picture), "cut at {at}: the picture at {} differs", picture.0);
        }
        assert!(pictures.iter().map(|picture| picture.0).is_sorted(), "cut at {at}");
        seen.push(pictures.len());
    }
    assert!(seen.is_sorted(), "the longer the file, the more pictures: {seen:?}");
    assert!(seen.first() < seen.last() && seen.last() >= Some(&55), "{seen:?}");
}

/// A truncated file says so: what is missing does not just not come.
#[test]
fn truncation_is_told() {
    let bytes = fs::read(data("clip.mp4")).expect("committed");
    for at in [6000, 20_000, bytes.len() - 10] {
        let mut reader =
            Reader::new(Source::bytes(bytes[..at].to_vec())).expect("the index is whole");
        reader.add_video(VideoOutput::unlimited()).expect("video");
        reader.add_audio(AudioOutput::unlimited()).expect("audio");
        let error = reader.process_all_packets().expect_err("something is missing");
        assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
    }
    let mut reader = FrameReader::new(Source::bytes(bytes)).expect("whole");
    assert!(reader.next_frame().expect("nothing is selected").is_none());
}
