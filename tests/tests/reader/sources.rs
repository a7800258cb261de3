//! Where bytes may come from: R1 to R5, and sources that have no data yet: R24.

use std::fs;
use std::time::{Duration, Instant};

use rushes::{
    AudioOutput, Error, ErrorKind, FrameReader, Limits, Progress, Reader, ReaderOptions, Result,
    SeekMode, Source, VideoOutput, Wait,
};
use rushes_tests::{Stutter, Trickle, data};

use crate::media::{CLIP, NASA, distance, sums};

/// The committed clip has its index in front, so that it can be read forward.
fn clip() -> Vec<u8> {
    fs::read(CLIP.path()).expect("committed")
}

/// Reads all, trying again as long as the source would block.
fn read_all(mut reader: Reader) -> Result<(Vec<u64>, Vec<f32>)> {
    let video = reader.add_video(VideoOutput::unlimited())?;
    let audio = reader.add_audio(AudioOutput::unlimited())?;
    loop {
        match reader.process_packet() {
            Ok(Progress::More) => {}
            Ok(Progress::End) => break,
            Err(error) if error.is_would_block() => {}
            Err(error) => return Err(error),
        }
    }
    let mut chunks = reader.pop_chunks();
    let pictures = chunks.take_video(video).expect("frames");
    let samples = chunks.take_audio(audio).expect("samples").into_array::<f32>()?;
    Ok((sums(&pictures.array()?), samples.into_iter().collect()))
}

fn check_same(reader: Reader, what: &str) {
    let (found, samples) = read_all(reader).expect(what);
    let linear = CLIP.linear();
    assert!(found == linear.sums, "pictures from {what}");
    let shape = (samples.len() / 2, 2);
    let samples = ndarray::ArrayView2::from_shape(shape, &samples).expect("two channels");
    assert_eq!(distance(&samples, &linear.samples), 0.0, "sound from {what}");
}

/// R1, R4: sources of any kind and pieces of any size give the same frames.
#[test]
fn any_source_gives_the_same() {
    let options = ReaderOptions::default;
    check_same(Reader::new(Source::bytes(clip())).expect("opens"), "bytes in memory");
    for most in [1, 7, 1000] {
        let source = Source::seekable(Trickle::new(clip(), most));
        check_same(Reader::new(source).expect("opens"), &format!("{most} bytes at a time"));
        let source = Source::forward(Trickle::new(clip(), most));
        check_same(Reader::new(source).expect("opens"), &format!("{most} bytes forward"));
    }
    for size in [0, 1, 600, 10 << 20] {
        let reader = options().buffer_size(size).read(Source::forward(Trickle::new(clip(), 9999)));
        check_same(reader.expect("opens"), &format!("a buffer of {size}"));
    }
}

/// R1: a file with its index at the end cannot be read forward, and a source that cannot seek says so.
#[test]
fn what_needs_seeking_says_so() {
    let mut reader = Reader::new(Source::forward(Trickle::new(clip(), 100))).expect("opens");
    reader.add_video(VideoOutput::new(1)).expect("video");
    reader.fill_buffer().expect("fills");
    let error = reader.seek(1, SeekMode::Key).expect_err("cannot go back");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    if let Some(path) = (NASA.file)() {
        let file = fs::read(path).expect("can be read");
        let error = Reader::new(Source::forward(Trickle::new(file, 1 << 16)))
            .and_then(|mut reader| {
                reader.add_video(VideoOutput::new(1))?;
                reader.process_all_packets()
            })
            .expect_err("the index is at the end");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
}

/// R24: the caller may try again, at any point of the file, opening included.
#[test]
fn a_source_that_would_block_can_be_tried_again() {
    let wait = Wait::at_most(Duration::from_secs(60)).backoff(Duration::from_micros(10));
    let open = |piece: usize, refusals: u32| {
        ReaderOptions::default().wait(wait).buffer_size(512).read(Source::forward(Stutter::new(
            clip(),
            piece,
            refusals,
        )))
    };
    check_same(open(512, 1).expect("opens"), "a source that stutters");
    check_same(open(333, 3).expect("opens"), "a source that stutters thrice");

    // Without patience the error comes through, and the call may be made again.
    let mut reader = open(97, 2).expect("opens");
    reader.set_wait(Wait::never());
    reader.add_video(VideoOutput::unlimited()).expect("video");
    let first = (0..100).find_map(|_| reader.process_packet().err());
    assert!(first.expect("it blocks soon").is_would_block());
    check_same(reader_without_outputs(open(97, 2).expect("opens")), "a reader without patience");
}

fn reader_without_outputs(mut reader: Reader) -> Reader {
    reader.set_wait(Wait::never());
    reader
}

/// R24: for a given time, and not at all.
#[test]
fn patience_ends() {
    let file = clip();
    let dry = |wait: Wait| {
        let source = Source::forward(Stutter::new(file.clone(), 4096, u32::MAX));
        let start = Instant::now();
        let error = Reader::options().wait(wait).read(source).expect_err("there is no data");
        assert!(error.is_would_block(), "{error}");
        assert_eq!(error.kind(), ErrorKind::Io);
        start.elapsed()
    };
    assert!(dry(Wait::never()) < Duration::from_secs(5));
    let timeout = Duration::from_millis(80);
    let waited = dry(Wait::at_most(timeout).backoff(Duration::from_millis(5)));
    assert!(waited >= timeout && waited < Duration::from_secs(10), "{waited:?}");
}

/// R2, R3.
#[test]
fn formats_and_options_are_taken_at_their_word() {
    let reader = Reader::options().format("mp4").open(CLIP.path()).expect("opens");
    check_same(reader, "a format by name");
    let error = Reader::options().format("nonsense").open(CLIP.path()).expect_err("unknown");
    let text = error.to_string();
    assert!(text.contains("nonsense") && text.contains("mp4") && text.contains("wav"), "{text}");
    let error = Reader::options().option("nonsense", "1").open(CLIP.path()).expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("nonsense"), "{error}");
    let error = Reader::options().format("wav").open(CLIP.path()).expect_err("is no wave file");
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
}

/// R5.
#[test]
fn what_cannot_be_read_is_a_typed_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("can be written");
        path
    };
    let check = |path: &std::path::Path, kinds: &[ErrorKind]| {
        for error in [
            Reader::open(path).map(drop).expect_err("cannot be read"),
            FrameReader::open(path).map(drop).expect_err("cannot be read"),
        ] {
            assert!(kinds.contains(&error.kind()), "{}: {error}", path.display());
            assert!(!error.to_string().contains('\n'), "one line: {error}");
        }
    };
    check(&folder.path().join("missing.mp4"), &[ErrorKind::Io]);
    check(folder.path(), &[ErrorKind::Io]);
    check(&file("empty.mp4", b""), &[ErrorKind::Malformed, ErrorKind::Unsupported]);
    check(&file("zero.mp4", &[0]), &[ErrorKind::Malformed, ErrorKind::Unsupported]);
    check(&file("text.mp4", b"no media at all"), &[ErrorKind::Unsupported]);
    check(&file("zeros.mp4", &[0; 5000]), &[ErrorKind::Malformed, ErrorKind::Unsupported]);
    let unknown = file("unknown.xyz", &[0x5a; 5000]);
    check(&unknown, &[ErrorKind::Unsupported]);
    let Err(error @ Error::Unsupported(_)) = Reader::open(&unknown) else {
        panic!("an unknown format is unsupported");
    };
    assert!(error.to_string().contains("mp4"), "'{error}' says what is supported");
    let missing = Reader::open("missing.mp4").expect_err("missing").to_string();
    assert!(missing.contains("missing.mp4"), "'{missing}' names the file");
}

/// The name of a file says nothing about its format.
#[test]
fn the_content_decides() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip.wav");
    fs::write(&path, clip()).expect("can be written");
    assert_eq!(Reader::open(&path).expect("opens").format(), "mp4");
    assert_eq!(Reader::open(data("tone.wav")).expect("opens").format(), "wav");
}

/// A limit that is reached names itself.
#[test]
fn limits_are_kept() {
    let check = |limits: Limits, name: &str| {
        let result = Reader::options().limits(limits).open(CLIP.path()).and_then(|mut reader| {
            reader.add_video(VideoOutput::new(1))?;
            reader.process_all_packets()
        });
        let error = result.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    };
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    check(limits(|limits| limits.pixels = 1000), "pixels");
    check(limits(|limits| limits.tracks = 1), "tracks");
    check(limits(|limits| limits.index_bytes = 100), "index_bytes");
    check(limits(|limits| limits.alloc_bytes = 1000), "alloc_bytes");
    check(limits(|limits| limits.depth = 2), "depth");
}
