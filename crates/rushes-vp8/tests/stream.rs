//! A short stream: the same pictures at every level and for any number of threads, and no harm from damage.

mod samples;

use rushes_core::{ErrorKind, Limits};
use rushes_simd::{Level, each_level};
use rushes_vp8::{Decoder, Options, starts_anew};
use samples::{HASHES, SMALL_HASHES, frames, hash, small_frames};

fn options(level: Level, threads: usize) -> Options {
    let mut options = Options::new().expect("RUSHES_CPU names a level");
    options.level = level;
    options.threads = threads;
    options
}

/// MD5 of all pictures.
fn decode(decoder: &mut Decoder, frames: &[Vec<u8>]) -> Vec<String> {
    let pictures = frames.iter().map(|frame| decoder.decode(frame).expect("whole"));
    pictures.flatten().map(|picture| hash(&picture)).collect()
}

fn pictures_are_ffmpegs(level: Level) {
    if cfg!(miri) {
        // Too slow: the small ones say enough.
        return;
    }
    for threads in 1..4 {
        let mut decoder = Decoder::new(options(level, threads));
        assert_eq!(decode(&mut decoder, &frames()), HASHES, "{threads} threads");
    }
}

/// For Miri, which has a minute's work with it: `cargo +nightly miri test -p rushes-vp8 --test stream
/// small_pictures_are_ffmpegs::scalar`.
fn small_pictures_are_ffmpegs(level: Level) {
    for threads in 1..3 {
        let mut decoder = Decoder::new(options(level, threads));
        let found = decode(&mut decoder, &small_frames());
        assert_eq!(found, SMALL_HASHES, "{threads} threads");
    }
}

each_level!(pictures_are_ffmpegs);
each_level!(small_pictures_are_ffmpegs);

#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn pictures_stay_what_they_are() {
    let mut decoder = Decoder::new(options(Level::SCALAR, 1));
    let kept: Vec<_> = (frames().iter().cycle().take(40))
        .filter_map(|frame| decoder.decode(frame).expect("whole"))
        .collect();
    for (picture, expected) in kept.iter().zip(HASHES.iter().cycle()) {
        assert_eq!(hash(picture), *expected);
        assert_eq!((picture.width(), picture.height(), picture.scale()), (50, 34, (0, 0)));
        let (shared, stride) = picture.buffer(1);
        assert_eq!((&*shared, stride), picture.plane(1));
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn cut_frames_are_errors_or_whole() {
    let frames = frames();
    for threads in [1, 2] {
        let mut decoder = Decoder::new(options(Level::SCALAR, threads));
        let mut errors = 0;
        for victim in 0..4 {
            for length in (0..frames[victim].len()).step_by(7) {
                decoder.reset();
                for frame in &frames[..victim] {
                    decoder.decode(frame).expect("whole");
                }
                if let Err(error) = decoder.decode(&frames[victim][..length]) {
                    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
                    errors += 1;
                }
                // The next key frame does not depend on anything.
                assert_eq!(decode(&mut decoder, &frames[4..]), HASHES[4..]);
            }
        }
        assert!(errors > 50, "{errors} errors");
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn flipped_bits_do_no_harm() {
    let whole = frames();
    for threads in [1, 2] {
        let mut decoder = Decoder::new(options(Level::SCALAR, threads));
        for victim in 0..4 {
            for bit in (0..whole[victim].len() * 8).step_by(29) {
                let mut frames = whole.clone();
                frames[victim][bit / 8] ^= 0x80 >> (bit % 8);
                for frame in &frames[..4] {
                    // Anything but a panic.
                    let _ = decoder.decode(frame);
                }
                assert_eq!(decode(&mut decoder, &frames[4..]), HASHES[4..], "bit {bit}");
            }
        }
    }
}

#[test]
fn failed_frames_change_nothing() {
    let frames = frames();
    let mut decoder = Decoder::new(options(Level::SCALAR, 1));
    assert!(decoder.decode(&frames[1]).is_err(), "a frame without a key frame");
    decoder.decode(&frames[0]).expect("whole");
    assert!(decoder.decode(&frames[1][..frames[1].len() / 2]).is_err());
    assert!(decoder.decode(&[]).is_err());
    assert_eq!(decode(&mut decoder, &frames[1..2]), HASHES[1..2]);
}

#[test]
fn key_frames_start_anew() {
    let frames = frames();
    let starts: Vec<bool> = frames.iter().map(|frame| starts_anew(frame)).collect();
    assert!(starts[0] && !starts[1], "{starts:?}");
    assert!(!starts_anew(&frames[0][..9]));
    assert!(!starts_anew(&[]));
}

#[test]
fn sizes_are_limited() {
    let lowered: [fn(&mut Limits); 2] = [
        |limits| limits.pixels = 50 * 34 - 1,
        // Five pictures of twelve macroblocks.
        |limits| limits.decoder_bytes = 5 * 12 * 384 - 1,
    ];
    for lower in lowered {
        let mut options = options(Level::SCALAR, 1);
        options.limits = Limits::default();
        lower(&mut options.limits);
        let error = Decoder::new(options).decode(&frames()[0]).expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn sizes_may_change_and_scaling_is_reported() {
    let mut decoder = Decoder::new(options(Level::SCALAR, 2));
    let mut frames = frames();
    decoder.decode(&frames[0]).expect("whole");
    // One row of macroblocks less: the data are enough for that.
    frames[0][8] = 32;
    frames[0][9] = 0x80;
    let picture = decoder.decode(&frames[0]).expect("whole").expect("shown");
    assert_eq!((picture.width(), picture.height(), picture.scale()), (50, 32, (0, 2)));
    assert_eq!(decode(&mut decoder, &frames[4..]), HASHES[4..]);
}
