//! Pictures: what is read is written back, pipes and seeks give the same packets, and FFmpeg's packets are ours.

mod common;

use std::io::{Cursor, Read};

use common::{Memory, corpus, open, packets, skipped};
use rushes_container::{
    DemuxOptions, MuxOptions, SeekMode, SeekTo, Sink, Source, open_demuxer, open_muxer,
};
use rushes_core::{CodecId, CodecParameters, Error, Packet, TimeBase, Track, VideoParameters};

fn png_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[..], kind, payload, &[0; 4]].concat()
}

fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = png_chunk(b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 7, 8, 2, 0, 0, 0]);
    let end = b"\0\0\0\0IEND\xae\x42\x60\x82".to_vec();
    [b"\x89PNG\r\n\x1a\n".to_vec(), header, chunks.concat(), end].concat()
}

fn apng(frames: u8) -> Vec<u8> {
    let mut chunks = vec![png_chunk(b"acTL", &[0, 0, 0, frames, 0, 0, 0, 0])];
    for number in 0..frames {
        // Every fourth frame replaces the whole picture.
        let blend = u8::from(number % 4 != 0);
        let mut control = vec![0, 0, 0, number, 0, 0, 0, 9, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0];
        control.extend([0, 1, 0, 10, 0, blend]);
        chunks.push(png_chunk(b"fcTL", &control));
        chunks.push(png_chunk(b"fdAT", &vec![number; 9 + usize::from(number)]));
    }
    png(&chunks)
}

fn gif(frames: u8) -> Vec<u8> {
    let mut bytes = b"GIF89a\x09\0\x07\0\0\0\0".to_vec();
    for number in 0..frames {
        bytes.extend([0x21, 0xf9, 4, 0, 10, 0, 0, 0]);
        bytes.extend([0x2c, 0, 0, 0, 0, 9, 0, 7, 0, 0, 2, 3, number, number, number, 0]);
    }
    bytes.push(0x3b);
    bytes
}

fn jpeg() -> Vec<u8> {
    let frame = [0xff, 0xc0, 0, 11, 8, 0, 7, 0, 9, 1, 1, 0x11, 0];
    [&b"\xff\xd8"[..], &frame, b"\xff\xda\0\x08\x01\x01\0\0\x3f\0", b"data", b"\xff\xd9"].concat()
}

fn webp() -> Vec<u8> {
    let frame = |duration: u8| {
        let mut payload = vec![0; 16];
        (payload[6], payload[9], payload[12], payload[15]) = (8, 6, duration, 2);
        [b"ANMF\x10\0\0\0".to_vec(), payload].concat()
    };
    let mut body =
        b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\x08\0\0\x06\0\0ANIM\x06\0\0\0\0\0\0\0\0\0".to_vec();
    body.extend((0..9).flat_map(|_| frame(100)));
    let length = u32::try_from(body.len()).expect("short").to_le_bytes();
    [&b"RIFF"[..], &length, &body].concat()
}

/// Each form of each format: its name, the muxer that writes it, and the file.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("jpeg", jpeg()),
        ("mjpeg", [jpeg(), jpeg(), jpeg()].concat()),
        ("png", png(&[png_chunk(b"IDAT", b"data")])),
        ("png", apng(9)),
        ("gif", gif(1)),
        ("gif", gif(9)),
        ("webp", webp()),
    ]
}

#[test]
fn what_is_read_is_written() {
    for (format, file) in files() {
        let mut demuxer = open(file.clone());
        assert_eq!(demuxer.format(), format);
        let packets = packets(&mut *demuxer);
        let memory = Memory::default();
        let sink = Sink::seekable(memory.clone());
        let mut muxer = open_muxer(format, sink, demuxer.tracks(), &MuxOptions::default())
            .expect("its own track");
        for packet in &packets {
            muxer.write(packet).expect("its own packet");
        }
        muxer.finish().expect("finishes");
        assert!(memory.contents() == file, "{format}");
    }
}

struct Drops(Cursor<Vec<u8>>);

impl Read for Drops {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(1);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn pipes_give_the_same_packets() {
    for (format, file) in files() {
        let whole = packets(&mut *open(file.clone()));
        let source = Source::forward(Drops(Cursor::new(file)));
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        assert_eq!(packets(&mut *demuxer), whole, "{format}");
    }
}

#[test]
fn seeks_reach_the_frame_at_the_time() {
    for (format, file) in files() {
        let all = packets(&mut *open(file.clone()));
        let mut demuxer = open(file);
        let base = demuxer.tracks()[0].time_base;
        for mode in [SeekMode::Any, SeekMode::Key] {
            for index in (0..all.len()).rev() {
                let time = base.time(all[index].pts.expect("set"));
                let seeked = demuxer.seek(SeekTo { time, track: None, mode }).expect("seeks");
                let wanted = |packet: &&Packet| mode == SeekMode::Any || packet.key;
                let expected = all[..=index].iter().rev().find(wanted).expect("the first");
                assert_eq!(Some(seeked.pts), expected.pts, "{format} {index}");
                let next = demuxer.next_packet().expect("reads");
                assert_eq!(next.as_ref(), Some(expected), "{format} {index}");
            }
        }
    }
}

#[test]
fn a_file_of_one_picture_takes_one() {
    let base = TimeBase::per_second(25).expect("not zero");
    let track =
        |codec| Track::new(0, CodecParameters::video(codec, VideoParameters::new(9, 7)), base);
    let memory = || Sink::forward(Memory::default());
    let options = MuxOptions::default();
    let jpeg_track = track(CodecId::Mjpeg);
    let mut muxer =
        open_muxer("jpeg", memory(), std::slice::from_ref(&jpeg_track), &options).expect("opens");
    assert!(matches!(muxer.write(&Packet::new(0, &b"no JPEG"[..])), Err(Error::Malformed(_))));
    muxer.write(&Packet::new(0, jpeg())).expect("a picture");
    let error = muxer.write(&Packet::new(0, jpeg())).expect_err("a second picture");
    assert_eq!(error.to_string(), "jpeg holds one picture, and there is a second packet");
    muxer.finish().expect("finishes");
    let empty =
        open_muxer("jpeg", memory(), std::slice::from_ref(&jpeg_track), &options).expect("opens");
    assert!(matches!(empty.finish(), Err(Error::Usage(_))));
    for (format, codec) in [("jpeg", CodecId::Png), ("gif", CodecId::H264), ("png", CodecId::Gif)] {
        let error = open_muxer(format, memory(), &[track(codec)], &options).err();
        assert!(matches!(error, Some(Error::Unsupported(_))), "{format}");
    }
    let two = [jpeg_track.clone(), jpeg_track];
    assert!(matches!(open_muxer("jpeg", memory(), &two, &options), Err(Error::Usage(_))));
}

#[test]
fn the_number_of_frames_is_made_right() {
    let mut demuxer = open(apng(9));
    let packets = packets(&mut *demuxer);
    let memory = Memory::default();
    let sink = Sink::seekable(memory.clone());
    let mut muxer = open_muxer("png", sink, demuxer.tracks(), &MuxOptions::default()).expect("own");
    for packet in &packets[..4] {
        muxer.write(packet).expect("its own packet");
    }
    muxer.finish().expect("finishes");
    let demuxer = open(memory.contents());
    assert_eq!(demuxer.tracks()[0].packets, Some(4));
}

#[test]
fn pictures_of_the_corpus_are_whole() {
    let Some(corpus) = corpus() else { return skipped("pictures", "no corpus") };
    let catalogue = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("a catalogue");
    let mut count = 0;
    for row in catalogue.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row.get(4) != Some(&"image2") {
            continue;
        }
        let file = corpus.join(row[0]);
        let bytes = std::fs::read(&file).expect("a file");
        let Ok(mut demuxer) = open_demuxer(Source::bytes(bytes.clone()), &DemuxOptions::default())
        else {
            assert_ne!(row[8], "decoded", "{}", row[0]);
            continue;
        };
        let packet = demuxer.next_packet().expect("reads").expect("a packet");
        assert!(*packet.data == bytes, "{}", row[0]);
        let video = demuxer.tracks()[0].codec.as_video().expect("video").clone();
        let size = format!("{}x{}@", video.width, video.height);
        assert!(row[6].starts_with(&size) || row[8] != "decoded", "{}: {size}", row[0]);
        count += 1;
    }
    assert!(count > 5);
}
