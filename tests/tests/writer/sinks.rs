//! Where files may go: W1, and what happens when a sink fails: W10.

use std::fs;
use std::io::{self, Cursor, Write};

use rushes::{AudioInput, ErrorKind, Reader, Sink, VideoInput, Writer};
use rushes_tests::{SharedSink, pictures, tone};

use crate::support::{make, read_audio, read_video, reader};

const RATE: u32 = 16_000;

fn fill(writer: Writer) -> rushes::Result<()> {
    let mut writer = writer;
    let video = writer.add_video(VideoInput::new(32, 32, 25))?;
    let audio = writer.add_audio(AudioInput::new(RATE, 1))?;
    let mut writer = writer.open()?;
    writer.write_video(video, pictures(25, 3, 32, 32).view())?;
    writer.write_audio(audio, tone(16_000, 1, RATE).view())?;
    writer.finish()
}

fn check(bytes: &[u8]) {
    let (frames, times) = read_video(bytes, rushes::VideoOutput::unlimited());
    assert_eq!((frames.shape(), times.len()), (&[25, 3, 32, 32][..], 25));
    assert_eq!(read_audio(bytes, 1).shape(), [16_000, 1]);
}

/// W1: a file, a `Cursor`, sinks that seek but cannot be read back.
#[test]
fn any_sink_that_seeks_will_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.mp4");
    fill(Writer::create(&path).expect("a known extension")).expect("writes");
    let file = fs::read(&path).expect("is there");
    check(&file);

    let sink = SharedSink::default();
    fill(Writer::new(Sink::rewritable(sink.clone()), "mp4").expect("known")).expect("writes");
    assert!(sink.contents() == file, "memory and file are alike");
    let sink = SharedSink::default();
    fill(Writer::new(Sink::seekable(sink.clone()), "mp4").expect("known")).expect("writes");
    check(&sink.contents());
    fill(Writer::new(Sink::rewritable(Cursor::new(Vec::new())), "mp4").expect("known"))
        .expect("a cursor will do");
}

/// W1: a longer file is replaced, not overwritten in part.
#[test]
fn an_old_file_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("OUT.MP4");
    fs::write(&path, vec![0x55; 1 << 20]).expect("can be written");
    fill(Writer::create(&path).expect("extensions have no case")).expect("writes");
    check(&fs::read(&path).expect("is there"));
    let path = folder.path().join("named.bin");
    fill(Writer::create_as(&path, "mp4").expect("known")).expect("writes");
    check(&fs::read(&path).expect("is there"));
}

/// W1: a sink that only goes forward gets a file that plays, or a word why not.
#[test]
fn a_sink_without_seeking_gets_a_file_or_an_error() {
    for format in ["mp4", "wav"] {
        let sink = SharedSink::default();
        let mut writer = Writer::new(Sink::forward(sink.clone()), format).expect("known");
        let audio = writer.add_audio(AudioInput::new(RATE, 1)).expect("audio");
        let result = writer.open().and_then(|mut writer| {
            writer.write_audio(audio, tone(5000, 1, RATE).view())?;
            writer.finish()
        });
        match result {
            Ok(()) => assert_eq!(read_audio(&sink.contents(), 0).nrows(), 5000, "{format}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error}"),
        }
    }
}

/// W1: what is unknown is refused with what is known.
#[test]
fn unknown_formats_list_the_known() {
    for error in [
        Writer::create("out.nonsense").expect_err("unknown"),
        Writer::create("out").expect_err("without an extension"),
        Writer::create_as("out.mp4", "nonsense").expect_err("unknown"),
        Writer::new(Sink::rewritable(Cursor::new(Vec::new())), "nonsense").expect_err("unknown"),
    ] {
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{text}");
        assert!(text.contains("mp4") && text.contains("wav"), "{text}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let writer = Writer::create(folder.path().join("no/such/folder/out.mp4")).expect("known");
    let error = fill(writer).expect_err("no such folder");
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.to_string().contains("out.mp4"), "{error}");
}

/// Nothing is made before the writer is opened, and nothing by one that cannot open.
#[test]
fn a_writer_that_does_not_open_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.mp4");
    drop(Writer::create(&path).expect("known"));
    let mut writer = Writer::create(&path).expect("known");
    writer.add_video(VideoInput::new(32, 32, 25).encoder("nonsense")).expect("told by open");
    writer.open().map(drop).expect_err("no such encoder");
    assert!(!path.exists(), "no file is left");
}

/// W10: a writer that is dropped finishes its file.
#[test]
fn dropping_finishes_the_file() {
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), "mp4").expect("known");
    let video = writer.add_video(VideoInput::new(32, 32, 25)).expect("video");
    let audio = writer.add_audio(AudioInput::new(RATE, 1)).expect("audio");
    let mut writer = writer.open().expect("opens");
    writer.write_video(video, pictures(25, 3, 32, 32).view()).expect("writes");
    writer.write_audio(audio, tone(16_000, 1, RATE).view()).expect("writes");
    drop(writer);
    check(&sink.contents());
}

/// A sink that is full after so many bytes.
#[derive(Debug)]
struct Full(usize);

impl Write for Full {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = buffer.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Full {
    fn seek(&mut self, _to: io::SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

/// W10: a full disk is told, and does not make dropping panic.
#[test]
fn a_sink_that_fails_is_told() {
    for room in [0, 10, 1000, 40_000] {
        let open = |format| {
            let mut writer = Writer::new(Sink::seekable(Full(room)), format).expect("known");
            let audio = writer.add_audio(AudioInput::new(RATE, 2)).expect("audio");
            writer.open().map(|writer| (writer, audio))
        };
        for format in ["wav", "mp4"] {
            let sound = tone(400_000, 2, RATE);
            let result = open(format).and_then(|(mut writer, audio)| {
                writer.write_audio(audio, sound.view())?;
                writer.finish()
            });
            let error = result.expect_err("the disk is full");
            assert_eq!(error.kind(), ErrorKind::Io, "{room} {format}: {error}");
            if let Ok((mut writer, audio)) = open(format) {
                // An error here and none at all are both fine: the sink may not have been asked yet.
                drop(writer.write_audio(audio, sound.view()));
                drop(writer);
            }
        }
    }
}

/// W6: tags of the file and of its tracks come back.
#[test]
fn tags_survive() {
    let bytes = make(
        "mp4",
        |writer| {
            let mut tags = rushes::Metadata::new();
            tags.set("title", "Not this one");
            writer.set_metadata(tags);
            let mut tags = rushes::Metadata::new();
            tags.set("artist", "Jörg Müller");
            writer.set_metadata(tags);
            [("eng", 1), ("deu", 2)].map(|(language, channels)| {
                let input = AudioInput::new(RATE, channels).language(language);
                writer.add_audio(input).expect("audio")
            })
        },
        |writer, [english, german]| {
            writer.write_audio(english, tone(5000, 1, RATE).view()).expect("writes");
            writer.write_audio(german, tone(7000, 2, RATE).view()).expect("writes");
        },
    );
    let reader = reader(&bytes);
    assert_eq!(reader.metadata().value("artist"), Some("Jörg Müller"));
    assert_eq!(reader.metadata().value("title"), None, "the whole of the tags is replaced");
    let languages: Vec<_> =
        reader.tracks().iter().map(|track| track.metadata.value("language")).collect();
    assert_eq!(languages, [Some("eng"), Some("deu")]);
    // Two audio tracks, each with its own number of samples and channels.
    assert_eq!(read_audio(&bytes, 0).shape(), [5000, 1]);
    assert_eq!(read_audio(&bytes, 1).shape(), [7000, 2]);
}

/// A file without a single frame is still a file.
#[test]
fn tracks_without_frames() {
    let bytes = make(
        "mp4",
        |writer| {
            writer.add_video(VideoInput::new(32, 32, 25)).expect("video");
            writer.add_audio(AudioInput::new(RATE, 1)).expect("audio")
        },
        |writer, audio| writer.write_audio(audio, tone(3000, 1, RATE).view()).expect("writes"),
    );
    let mut reader = Reader::new(rushes::Source::bytes(bytes.clone())).expect("opens");
    reader.process_all_packets().expect("reads to the end");
    let audio = reader.default_audio().expect("audio");
    assert_eq!(read_audio(&bytes, audio).nrows(), 3000);
    let empty =
        make("wav", |writer| writer.add_audio(AudioInput::new(RATE, 1)).expect("audio"), |_, _| {});
    assert_eq!(read_audio(&empty, 0).nrows(), 0);
}
