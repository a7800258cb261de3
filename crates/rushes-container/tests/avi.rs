//! AVI files made by code: chunks and their times, both kinds of index, damage, pipes; and FFmpeg's packets on the corpus.

mod common;

use std::io::{Cursor, Read};

use common::{corpus, md5_hex, open, packets, skipped};
use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Seeked, Source, open_demuxer};
use rushes_core::{CodecId, Error, Packet, PcmFormat};

fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_le_bytes();
    let padding: &[u8] = if payload.len().is_multiple_of(2) { &[] } else { &[0] };
    [kind, &length[..], payload, padding].concat()
}

fn list(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[kind.to_vec(), chunks.concat()].concat())
}

fn fields(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn stream_header(kind: &[u8; 8], scale: u32, rate: u32, length: u32, sample: u32) -> Vec<u8> {
    let mut payload = kind.to_vec();
    payload.extend(fields(&[0, 0, 0, scale, rate, 0, length, 0, u32::MAX, sample, 0, 0]));
    chunk(b"strh", &payload)
}

/// What a file is made of.
#[derive(Clone, Copy, Eq, PartialEq)]
enum IndexKind {
    None,
    Old,
    /// Old, with offsets from the start of the file.
    Absolute,
    OpenDml,
}

const CHUNK_OF_SOUND: usize = 9000;

/// 30 pictures at 25 per second, of which each tenth is a key frame and the fifth is empty, and sound in large chunks.
fn file(index: IndexKind) -> Vec<u8> {
    let mut chunks = Vec::new();
    for number in 0..30_u8 {
        let key = number % 10 == 0;
        let mut picture = vec![0, 0, 1, 0xb6, if key { 0x10 } else { 0x50 }];
        picture.extend(vec![number; 20 + usize::from(number)]);
        if number == 5 {
            picture.clear();
        }
        chunks.push((*b"00dc", picture, key));
        if number % 6 == 0 {
            chunks.push((*b"01wb", vec![number; CHUNK_OF_SOUND], true));
        }
    }
    let mut video_format = fields(&[40, 64, 48, 0]);
    video_format[12..16].copy_from_slice(&[1, 0, 24, 0]);
    video_format.extend(b"XVID");
    video_format.extend(fields(&[0; 5]));
    let sound_format = b"\x01\0\x02\0\x40\x1f\0\0\0\x7d\0\0\x04\0\x10\0".to_vec();
    let mut video = vec![
        stream_header(b"vidsXVID", 1, 25, 30, 0),
        chunk(b"strf", &video_format),
        chunk(b"strn", b"Pictures\0"),
    ];
    let mut sound =
        vec![stream_header(b"auds\0\0\0\0", 1, 8000, 11_250, 4), chunk(b"strf", &sound_format)];
    if index == IndexKind::OpenDml {
        // Room, to be filled in below.
        for stream in [&mut video, &mut sound] {
            stream.push(chunk(b"indx", &[0; 24 + 32]));
        }
    }
    let header = list(
        b"hdrl",
        &[chunk(b"avih", &fields(&[40_000; 14])), list(b"strl", &video), list(b"strl", &sound)],
    );
    let tags = list(b"INFO", &[chunk(b"INAM", b"Test\0"), chunk(b"IART", b"Nobody\0")]);
    let mut bytes = [b"RIFF\0\0\0\0AVI ".to_vec(), header, tags, chunk(b"JUNK", &[0; 9])].concat();
    let movi = bytes.len() + 8;
    let (first, second) = chunks.split_at(20);
    let mut places = Vec::new();
    for (number, part) in [first, second].into_iter().enumerate() {
        let start = bytes.len();
        let riff = index == IndexKind::OpenDml && number == 1;
        if riff {
            bytes.extend(b"RIFF\0\0\0\0AVIX");
        }
        if number == 0 || riff {
            bytes.extend(b"LIST\0\0\0\0movi");
        } else {
            bytes.extend(b"LIST\xff\0\0\0rec ");
        }
        let list = bytes.len() - 12;
        for (kind, payload, key) in part {
            places.push((*kind, bytes.len(), payload.len(), *key));
            bytes.extend(chunk(kind, payload));
        }
        let size = u32::try_from(bytes.len() - list - 8).expect("short").to_le_bytes();
        bytes[list + 4..list + 8].copy_from_slice(&size);
        if riff {
            let size = u32::try_from(bytes.len() - start - 8).expect("short").to_le_bytes();
            bytes[start + 4..start + 8].copy_from_slice(&size);
        }
    }
    if matches!(index, IndexKind::Old | IndexKind::Absolute) {
        // The list of records lies within the list of chunks.
        let size = u32::try_from(bytes.len() - movi).expect("short").to_le_bytes();
        bytes[movi - 4..movi].copy_from_slice(&size);
        let base = if index == IndexKind::Old { movi } else { 0 };
        let entries = places.iter().flat_map(|(kind, place, size, key)| {
            let number = |value: usize| u32::try_from(value).expect("short");
            let rest = [if *key { 0x10 } else { 0 }, number(place - base), number(*size)];
            [kind.to_vec(), fields(&rest)].concat()
        });
        bytes.extend(chunk(b"idx1", &entries.collect::<Vec<_>>()));
    }
    if index == IndexKind::OpenDml {
        write_open_dml(&mut bytes, &places);
    }
    bytes
}

/// Two indices for each stream, behind everything else, and where they are.
fn write_open_dml(bytes: &mut Vec<u8>, places: &[([u8; 4], usize, usize, bool)]) {
    let mut at = 0;
    for kind in [b"00dc", b"01wb"] {
        at += bytes[at..].windows(4).position(|four| four == b"indx").expect("room") + 8;
        let of_kind: Vec<_> = places.iter().filter(|place| place.0 == *kind).collect();
        let mut payload = vec![4, 0, 0, 0, 2, 0, 0, 0];
        payload.extend(kind);
        payload.extend([0; 12]);
        for part in of_kind.chunks(of_kind.len().div_ceil(2)) {
            let base = part[0].1 as u64;
            let mut index = vec![2, 0, 0, 1];
            index.extend(fields(&[u32::try_from(part.len()).expect("few")]));
            index.extend(kind);
            index.extend(base.to_le_bytes());
            index.extend([0; 4]);
            for (_, place, size, key) in part {
                let offset =
                    u32::try_from(place + 8).expect("short") - u32::try_from(base).expect("short");
                let delta = if *key { 0 } else { 1 << 31 };
                index.extend(fields(&[offset, u32::try_from(*size).expect("short") | delta]));
            }
            let place = bytes.len() as u64;
            let index = chunk(b"ix00", &index);
            payload.extend(place.to_le_bytes());
            payload.extend(fields(&[u32::try_from(index.len()).expect("short"), 0]));
            bytes.extend(index);
        }
        bytes[at..at + payload.len()].copy_from_slice(&payload);
    }
}

const KINDS: [IndexKind; 4] =
    [IndexKind::None, IndexKind::Old, IndexKind::Absolute, IndexKind::OpenDml];

#[test]
fn chunks_are_packets() {
    for kind in KINDS {
        let mut demuxer = open(file(kind));
        assert_eq!(demuxer.format(), "avi");
        assert_eq!(demuxer.metadata().value("title"), Some("Test"));
        let [video, sound] = demuxer.tracks() else { panic!("two tracks") };
        assert_eq!(video.codec.codec, CodecId::Mpeg4);
        assert_eq!(video.metadata.value("title"), Some("Pictures"));
        assert_eq!(sound.codec.codec, CodecId::Pcm(PcmFormat::S16Le));
        assert_eq!(video.duration.map(rushes_core::Ticks::count), Some(30));
        let packets = packets(&mut *demuxer);
        let pictures: Vec<_> = packets.iter().filter(|packet| packet.track == 0).collect();
        let times: Vec<_> = pictures.iter().map(|p| p.dts.expect("set").ticks()).collect();
        let expected: Vec<_> = (0..30).filter(|time| *time != 5).collect();
        assert_eq!(times, expected);
        assert!(pictures.iter().all(|p| p.key == (p.dts.expect("set").ticks() % 10 == 0)));
        let mut samples = 0;
        for packet in packets.iter().filter(|packet| packet.track == 1) {
            assert_eq!(packet.pts.expect("set").ticks(), samples);
            assert!(packet.data.len() <= 4096 && packet.key);
            samples += i64::try_from(packet.data.len() / 4).expect("small");
        }
        assert_eq!(samples, 11_250);
    }
}

struct Drops(Cursor<Vec<u8>>);

impl Read for Drops {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(3);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn pipes_give_the_same_packets() {
    for kind in KINDS {
        let file = file(kind);
        let source = Source::forward(Drops(Cursor::new(file.clone())));
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        let piped = packets(&mut *demuxer);
        assert_eq!(piped, packets(&mut *open(file)));
        let seek = demuxer.seek(SeekTo {
            time: demuxer.tracks()[0].time_base.time(rushes_core::Timestamp::ZERO),
            track: None,
            mode: SeekMode::Key,
        });
        assert!(matches!(seek, Err(Error::Unsupported(_))));
    }
}

fn of_track(packets: &[Packet], track: usize) -> Vec<&Packet> {
    packets.iter().filter(|packet| packet.track == track).collect()
}

#[test]
fn seeks_reach_the_packet_at_the_time() {
    for kind in KINDS {
        let all = packets(&mut *open(file(kind)));
        let mut demuxer = open(file(kind));
        for track in [1, 0] {
            let own = of_track(&all, track);
            let base = demuxer.tracks()[track].time_base;
            for mode in [SeekMode::Any, SeekMode::Key] {
                for index in (0..own.len()).rev() {
                    let time = base.time(own[index].dts.expect("set"));
                    let to = SeekTo { time, track: Some(track), mode };
                    let Seeked { pts, .. } = demuxer.seek(to).expect("seeks");
                    let wanted = |packet: &&&Packet| mode == SeekMode::Any || packet.key;
                    let expected = own[..=index].iter().rev().find(wanted).expect("the first");
                    assert_eq!(Some(pts), expected.dts);
                    let rest = packets(&mut *demuxer);
                    let found = of_track(&rest, track);
                    assert!(found[..] == own[own.len() - found.len()..], "{track} {index}");
                    assert_eq!(found[0], *expected);
                }
            }
        }
    }
}

/// Packets and errors until the end, which must come.
fn drain(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, usize) {
    let (mut packets, mut errors) = (Vec::new(), 0);
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => return (packets, errors),
            Err(error) => {
                assert!(matches!(error, Error::Malformed(_) | Error::Limit(_)), "{error}");
                errors += 1;
                assert!(errors < 100, "errors without end");
            }
        }
    }
}

#[test]
fn truncation_leaves_what_was_whole() {
    let whole = file(IndexKind::Old);
    let all = packets(&mut *open(whole.clone()));
    for length in (0..whole.len()).step_by(7) {
        let cut = whole[..length].to_vec();
        let Ok(mut demuxer) = open_demuxer(Source::bytes(cut), &DemuxOptions::default()) else {
            continue;
        };
        let (found, _) = drain(&mut *demuxer);
        // The last one may be short.
        let sure = found.len().saturating_sub(1);
        for (found, expected) in found[..sure].iter().zip(&all) {
            assert_eq!((&found.data, found.dts), (&expected.data, expected.dts), "{length}");
        }
    }
}

#[test]
fn damage_is_told_and_passed() {
    let whole = packets(&mut *open(file(IndexKind::Old)));
    let mut bytes = file(IndexKind::Old);
    let index = bytes.windows(4).rposition(|four| four == b"idx1").expect("the index");
    let last = bytes[..index].windows(4).rposition(|four| four == b"01wb").expect("a chunk");
    // A size that leads far behind the end: the index knows better.
    bytes[last + 7] = 0xff;
    let (found, errors) = drain(&mut *open(bytes.clone()));
    assert!(found == whole && errors == 0);
    bytes[index..index + 4].copy_from_slice(b"JUNK");
    let (_, errors) = drain(&mut *open(bytes.clone()));
    assert_eq!(errors, 1);
    bytes[last + 7] = 0;
    bytes[last..last + 4].copy_from_slice(b"\0\xff\0\xff");
    let (packets, errors) = drain(&mut *open(bytes));
    assert_eq!(errors, 1);
    let pictures = packets.iter().filter(|packet| packet.track == 0).count();
    assert_eq!(pictures, 29);
}

#[test]
fn hostile_counts_are_bounded() {
    let whole = file(IndexKind::OpenDml);
    let mut state = 7_u32;
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = usize::try_from(state >> 8).expect("fits") % bytes.len().min(2500);
            bytes[at] = if state & 64 == 0 { 0xff } else { state.to_be_bytes()[0] };
        }
        let Ok(mut demuxer) = open_demuxer(Source::bytes(bytes), &DemuxOptions::default()) else {
            continue;
        };
        drain(&mut *demuxer);
        let time = demuxer.tracks()[0].time_base.time(rushes_core::Timestamp::new(9));
        if demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key }).is_ok() {
            drain(&mut *demuxer);
        }
    }
}

#[test]
fn packets_of_the_corpus_are_ffmpegs() {
    let Some(corpus) = corpus() else { return skipped("avi", "no corpus") };
    let catalogue = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("a catalogue");
    for row in catalogue.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row.get(4) != Some(&"avi") {
            continue;
        }
        let source = Source::open(corpus.join(row[0])).expect("a file");
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        let packets = packets(&mut *demuxer);
        let oracle = std::fs::read(corpus.join("oracle").join(format!("{}.json", row[0])));
        let oracle: serde_json::Value =
            serde_json::from_slice(&oracle.expect("an oracle")).expect("JSON");
        for (track, reference) in oracle["packets"].as_array().expect("tracks").iter().enumerate() {
            let own = of_track(&packets, track);
            assert_eq!(own.len(), reference["count"], "{} {track}", row[0]);
            let digests: String = own.iter().map(|packet| md5_hex(&packet.data)).collect();
            assert_eq!(md5_hex(digests), reference["md5_of_packet_md5s"], "{} {track}", row[0]);
            let rows = reference["rows"].as_array().expect("rows");
            for (packet, row) in own.iter().zip(rows) {
                assert_eq!(packet.dts.map(rushes_core::Timestamp::ticks), row[1].as_i64());
            }
        }
    }
}
