//! Transport streams made by code: all packet sizes, damage, pipes, seeks, hostile bytes; and FFmpeg's packets on the corpus.

mod common;

use std::io::{Cursor, Read};

use common::{corpus, md5_hex, open, packets, skipped};
use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{CodecId, Error, Packet, Timestamp};

const VIDEO: u16 = 0x100;
const SOUND: u16 = 0x101;
const MAP: u16 = 0x1000;
const PICTURES: u64 = 200;

/// Annex A of ISO/IEC 13818-1.
fn crc(bytes: &[u8]) -> u32 {
    let step = |value: u32, _| if value >> 31 == 0 { value << 1 } else { value << 1 ^ 0x04c1_1db7 };
    bytes.iter().fold(u32::MAX, |value, byte| (0..8).fold(value ^ u32::from(*byte) << 24, step))
}

fn section(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 9).expect("short") | 0xb000;
    let mut bytes = vec![kind];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0xc1, 0, 0]);
    bytes.extend(body);
    bytes.extend(crc(&bytes).to_be_bytes());
    [vec![0], bytes].concat()
}

/// Writes packets of one size.
struct Stream {
    bytes: Vec<u8>,
    step: usize,
    counters: [u8; 4],
}

impl Stream {
    fn write(&mut self, id: u16, payload: &[u8]) {
        let mut rest = payload;
        let mut starts = true;
        let slot = usize::from(id % 4);
        while !rest.is_empty() {
            if self.step == 192 {
                self.bytes.extend([0; 4]);
            }
            let length = rest.len().min(184);
            let [high, low] = id.to_be_bytes();
            let filled = length < 184;
            let control = if filled { 0x30 } else { 0x10 } | self.counters[slot];
            self.counters[slot] = (self.counters[slot] + 1) & 15;
            let high = high | if starts { 0x40 } else { 0 };
            self.bytes.extend([0x47, high, low, control]);
            if filled {
                // An adaptation field without anything but stuffing.
                let field = u8::try_from(183 - length).expect("short");
                self.bytes.push(field);
                if field > 0 {
                    self.bytes.push(0);
                    self.bytes.extend(vec![0xff; usize::from(field) - 1]);
                }
            }
            self.bytes.extend(&rest[..length]);
            if self.step == 204 {
                self.bytes.extend([0; 16]);
            }
            rest = &rest[length..];
            starts = false;
        }
    }
}

fn stamp(mark: u8, time: u64) -> [u8; 5] {
    let low = |value: u64| u16::try_from(value & 0x7fff).expect("15 bits") << 1 | 1;
    let [b, c] = low(time >> 15).to_be_bytes();
    let [d, e] = low(time).to_be_bytes();
    [mark << 4 | u8::try_from(time >> 30 & 7).expect("3 bits") << 1 | 1, b, c, d, e]
}

fn pes(id: u8, time: u64, payload: &[u8], bounded: bool) -> Vec<u8> {
    let length = if bounded { u16::try_from(payload.len() + 8).expect("short") } else { 0 };
    let [a, b] = length.to_be_bytes();
    let time = stamp(2, time & ((1 << 33) - 1));
    [&[0, 0, 1, id, a, b, 0x80, 0x80, 5], &time[..], payload].concat()
}

/// A picture of MPEG-2: the first of each twenty is a key frame with a sequence header.
fn picture(number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let key = number.is_multiple_of(20);
    if key {
        bytes.extend([0, 0, 1, 0xb3, 0x04, 0x00, 0x30, 0x23, 0xff, 0xff, 0xe0, 0x18]);
        bytes.extend([0, 0, 1, 0xb5, 0x14, 0x8a, 0, 1, 0, 0]);
    }
    bytes.extend([0, 0, 1, 0, 0, if key { 0x08 } else { 0x10 }, 0xff, 0xf8]);
    bytes.extend([0, 0, 1, 1]);
    bytes.extend(vec![
        u8::try_from(number % 200).expect("small") + 2;
        300 + usize::try_from(number % 7).expect("small") * 100
    ]);
    bytes
}

/// A frame of AAC at 48 kHz.
fn frame(number: u64) -> Vec<u8> {
    let length = 40_u16;
    let mut bytes = vec![0xff, 0xf1, 0x4c, 0x80, 0, 0, 0xfc];
    bytes[3] |= u8::try_from(length >> 11).expect("2 bits");
    bytes[4] = u8::try_from(length >> 3 & 0xff).expect("8 bits");
    bytes[5] = u8::try_from(length & 7).expect("3 bits") << 5 | 0x1f;
    bytes.resize(usize::from(length), u8::try_from(number % 199).expect("small"));
    bytes
}

/// Pictures at 25 per second, sound in PES packets of two frames; the time starts here.
fn stream(step: usize, start: u64) -> Vec<u8> {
    let mut stream = Stream { bytes: Vec::new(), step, counters: [0; 4] };
    let mut sound = 0;
    for number in 0..PICTURES {
        if number.is_multiple_of(10) {
            stream.write(0, &section(0, &[0, 1, 0xf0, 0]));
            let map = [
                0xe1, 0, 0xf0, 0, 2, 0xe1, 0, 0xf0, 0, 0x0f, 0xe1, 1, 0xf0, 6, 0x0a, 4, b'd', b'e',
                b'u', 0,
            ];
            stream.write(MAP, &section(2, &map));
        }
        stream.write(VIDEO, &pes(0xe0, start + number * 3600, &picture(number), false));
        while sound * 1920 <= number * 3600 {
            let pair = [frame(sound), frame(sound + 1)].concat();
            stream.write(SOUND, &pes(0xc0, start + sound * 1920, &pair, true));
            sound += 2;
        }
    }
    stream.bytes
}

fn of_track(packets: &[Packet], track: usize) -> Vec<&Packet> {
    packets.iter().filter(|packet| packet.track == track).collect()
}

fn ticks(packet: &Packet) -> i64 {
    packet.pts.expect("a time").ticks()
}

#[test]
fn units_are_packets() {
    for step in [188, 192, 204] {
        for (start, first) in [(90_000, 90_000), ((1 << 33) - 7200, -7200)] {
            let mut demuxer = open(stream(step, start));
            assert_eq!(demuxer.format(), "mpegts");
            let [video, sound] = demuxer.tracks() else { panic!("two tracks") };
            assert_eq!(video.codec.codec, CodecId::Mpeg2Video);
            let parameters = video.codec.as_video().expect("video");
            assert_eq!((parameters.width, parameters.height), (64, 48));
            assert_eq!(video.start, Some(Timestamp::new(first)));
            assert_eq!(video.duration.map(rushes_core::Ticks::count), Some(PICTURES * 3600));
            assert_eq!(sound.codec.codec, CodecId::Aac);
            assert_eq!(sound.codec.as_audio().expect("audio").sample_rate, 48_000);
            assert_eq!(sound.metadata.value("language"), Some("deu"));
            let packets = packets(&mut *demuxer);
            for (packet, number) in of_track(&packets, 0).iter().zip(0..) {
                assert!(*packet.data == picture(number), "{number}");
                assert_eq!(ticks(packet), first + i64::try_from(number).expect("small") * 3600);
                assert_eq!(packet.key, number % 20 == 0);
            }
            assert_eq!(of_track(&packets, 0).len() as u64, PICTURES);
            for (packet, number) in of_track(&packets, 1).iter().zip(0..) {
                assert!(*packet.data == frame(number), "{number}");
                assert_eq!(ticks(packet), first + i64::try_from(number).expect("small") * 1920);
            }
        }
    }
}

struct Drops(Cursor<Vec<u8>>);

impl Read for Drops {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(7);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn pipes_give_the_same_packets() {
    let bytes = stream(188, 90_000);
    let source = Source::forward(Drops(Cursor::new(bytes.clone())));
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    assert_eq!(packets(&mut *demuxer), packets(&mut *open(bytes)));
}

#[test]
fn seeks_reach_the_packet_at_the_time() {
    let bytes = stream(188, (1 << 33) - 7200);
    let all = packets(&mut *open(bytes.clone()));
    let mut demuxer = open(bytes);
    for track in [0, 1] {
        let own = of_track(&all, track);
        let base = demuxer.tracks()[track].time_base;
        for mode in [SeekMode::Any, SeekMode::Key] {
            for index in (0..own.len()).rev().step_by(13) {
                let time = base.time(Timestamp::new(ticks(own[index]) + 100));
                let to = SeekTo { time, track: Some(track), mode };
                let seeked = demuxer.seek(to).expect("seeks");
                let wanted = |packet: &&&Packet| mode == SeekMode::Any || packet.key;
                let expected = own[..=index].iter().rev().find(wanted).expect("the first");
                assert_eq!(Some(seeked.pts), expected.pts, "{track} {mode:?} {index}");
                let rest = packets(&mut *demuxer);
                let found = of_track(&rest, track);
                assert!(found[..] == own[own.len() - found.len()..], "{track} {mode:?} {index}");
                assert_eq!(found[0].pts, expected.pts);
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
                assert!(errors < 10_000, "errors without end");
            }
        }
    }
}

#[test]
fn damage_is_told_and_passed() {
    let whole = stream(188, 90_000);
    let middle = whole.len() / 376 * 188;
    let mut bytes = whole.clone();
    bytes.splice(middle..middle, [7; 99]);
    let (found, errors) = drain(&mut *open(bytes));
    assert_eq!(errors, 1);
    assert!(found == packets(&mut *open(whole.clone())) || found.len() as u64 >= PICTURES);
    // The end of the last packet is missing.
    let (_, errors) = drain(&mut *open(whole[..whole.len() - 50].to_vec()));
    assert_eq!(errors, 1);
}

#[test]
fn hostile_bytes_end() {
    let whole = stream(188, 90_000);
    let whole = &whole[..40 * 188];
    for length in (0..whole.len()).step_by(41) {
        let cut = Source::bytes(whole[..length].to_vec());
        if let Ok(mut demuxer) = open_demuxer(cut, &DemuxOptions::default()) {
            drain(&mut *demuxer);
        }
    }
    let mut state = 7_u32;
    for _ in 0..1000 {
        let mut bytes = whole.to_vec();
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = usize::try_from(state >> 8).expect("fits") % bytes.len();
            bytes[at] = state.to_be_bytes()[3] ^ 0x5a;
        }
        let Ok(mut demuxer) = open_demuxer(Source::bytes(bytes), &DemuxOptions::default()) else {
            continue;
        };
        drain(&mut *demuxer);
        let time = demuxer.tracks()[0].time_base.time(Timestamp::new(99_000));
        if demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key }).is_ok() {
            drain(&mut *demuxer);
        }
    }
}

#[test]
fn packets_of_the_corpus_are_ffmpegs() {
    let Some(corpus) = corpus() else { return skipped("transport streams", "no corpus") };
    let catalogue = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("a catalogue");
    for row in catalogue.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row.get(4) != Some(&"mpegts") {
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
            let digests: String = own.iter().map(|packet| md5_hex(&packet.data)).collect();
            assert_eq!(md5_hex(digests), reference["md5_of_packet_md5s"], "{} {track}", row[0]);
            for (packet, row) in own.iter().zip(reference["rows"].as_array().expect("rows")) {
                let times = [packet.pts, packet.dts].map(|time| time.map(Timestamp::ticks));
                assert_eq!(times, [row[0].as_i64(), row[1].as_i64()]);
            }
        }
    }
}
