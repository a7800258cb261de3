//! The demuxer of MPEG audio on streams made here: gaps, damage, pipes, tags in every place.

use std::io::{self, ErrorKind, Read};

use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{MpegAudioHeader, Packet, Result, Timestamp, Trim};

/// Ticks of a frame of 1152 samples at 44.1 kHz.
const FRAME: i64 = 1152 * 320;

/// A frame whose bytes tell its number.
fn frame(number: usize, header: [u8; 4]) -> Vec<u8> {
    let size = MpegAudioHeader::read(&header).and_then(|header| header.frame_bytes());
    let mut bytes = header.to_vec();
    bytes.resize(size.expect("a bit rate"), u8::try_from(number % 200).expect("small"));
    bytes
}

/// Frames of constant or of changing bit rate.
fn frames(count: usize, variable: bool) -> Vec<u8> {
    let rate = |number: usize| if variable { [0x90, 0xb0, 0x50, 0x92][number % 4] } else { 0x90 };
    (0..count).flat_map(|number| frame(number, [0xff, 0xfb, rate(number), 0])).collect()
}

fn id3v2(body: &[u8]) -> Vec<u8> {
    let size = [body.len() >> 14, body.len() >> 7 & 0x7f, body.len() & 0x7f];
    let mut bytes = b"ID3\x04\0\0\0".to_vec();
    bytes.extend(size.map(|byte| u8::try_from(byte).expect("small")));
    bytes.extend(body);
    bytes
}

fn id3v1(title: &str) -> Vec<u8> {
    let mut bytes = format!("TAG{title}").into_bytes();
    bytes.resize(128, 0);
    bytes
}

/// The frame that says how many others there are, and how many samples are to be cut.
fn info(count: u32, bytes: usize, gaps: [u8; 3]) -> Vec<u8> {
    let mut body = b"Info\0\0\0\x03".to_vec();
    body.extend(count.to_be_bytes());
    body.extend(u32::try_from(bytes).expect("small").to_be_bytes());
    body.extend(b"LAME3.100");
    body.extend([0; 12]);
    body.extend(gaps);
    let mut frame = frame(0, [0xff, 0xfb, 0x90, 0]);
    frame[4..36].fill(0);
    frame[36..36 + body.len()].copy_from_slice(&body);
    frame
}

fn try_open(bytes: Vec<u8>) -> Result<Box<dyn Demuxer>> {
    open_demuxer(Source::bytes(bytes), &DemuxOptions::default())
}

/// All packets, and the messages between them.
fn read(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Vec<String>) {
    let (mut packets, mut messages) = (Vec::new(), Vec::new());
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => return (packets, messages),
            Err(error) => messages.push(error.to_string()),
        }
    }
}

/// The numbers of the frames that come out, and the messages between them.
fn numbers(bytes: Vec<u8>) -> (Vec<u8>, Vec<String>) {
    let (packets, messages) = read(&mut *try_open(bytes).expect("opens"));
    (packets.iter().map(|packet| packet.data[5]).collect(), messages)
}

fn pts(packet: &Packet) -> i64 {
    packet.pts.expect("a time").ticks()
}

#[test]
fn gaps_are_cut() {
    let sound = frames(4, false);
    // A delay of 576 samples and a padding of 1152, to which the decoder adds 529 and from which it takes them.
    let bytes = [info(4, sound.len() + 417, [0x24, 0x04, 0x80]), sound].concat();
    let mut demuxer = try_open(bytes.clone()).expect("opens");
    let track = &demuxer.tracks()[0];
    assert_eq!(track.packets, Some(4));
    assert_eq!(track.duration.map(|ticks| ticks.count() / 320), Some(4 * 1152 - 1105 - 623));
    assert_eq!(demuxer.metadata().value("encoder"), Some("LAME3.100"));
    let (packets, messages) = read(&mut *demuxer);
    assert!(messages.is_empty(), "{messages:?}");
    let rows: Vec<_> = packets
        .iter()
        .map(|p| (pts(p) / 320, p.trim.start.count() / 320, p.trim.end.count() / 320, p.discard))
        .collect();
    let expected =
        [(-1105, 1105, 0, false), (47, 0, 0, false), (1199, 0, 0, false), (2351, 0, 623, false)];
    assert_eq!(rows, expected);

    let mut options = DemuxOptions::default();
    options.apply_edits = false;
    let mut demuxer = open_demuxer(Source::bytes(bytes), &options).expect("opens");
    let (packets, _) = read(&mut *demuxer);
    assert!(packets.iter().all(|packet| packet.trim == Trim::default()));
    assert_eq!(pts(&packets[3]), 3 * FRAME);
}

#[test]
fn a_delay_of_more_than_a_frame_discards_it() {
    let sound = frames(4, false);
    let bytes = [info(4, sound.len() + 417, [0x6a, 0xf9, 0x80]), sound].concat();
    let (packets, _) = read(&mut *try_open(bytes).expect("opens"));
    let rows: Vec<_> = packets.iter().map(|p| (p.trim.start.count() / 320, p.discard)).collect();
    assert_eq!(rows, [(1152, true), (2240 - 1152, false), (0, false), (0, true)]);
    let (_, end) = (packets[2].trim.end, packets[3].trim.end);
    assert_eq!(end.count() / 320, 1152);
}

#[test]
fn what_was_put_together_keeps_all_its_frames() {
    let sound = frames(40, false);
    let one = [info(40, sound.len() + 417, [0x24, 0x04, 0x80]), sound].concat();
    let mut demuxer = try_open([&*one, &one].concat()).expect("opens");
    assert_eq!(demuxer.tracks()[0].duration, None);
    let (packets, messages) = read(&mut *demuxer);
    assert!(messages.is_empty(), "{messages:?}");
    // The second frame of that kind is like any other.
    assert_eq!(packets.len(), 81);
    assert!(packets.iter().all(|packet| packet.trim.end.count() == 0));
}

#[test]
fn constant_bit_rates_tell_the_duration() {
    let seconds = |bytes| try_open(bytes).expect("opens").tracks()[0].duration.map(|d| d.count());
    let whole = Some(1152 * 320 * 500);
    // Frames of 128 kbit/s have 417.96 bytes: padding makes up for the fraction.
    let exact: Vec<u8> = {
        let (mut bytes, mut rest) = (Vec::new(), 0_u32);
        for number in 0..500 {
            // 144 * 128000 = 417 * 44100 + 42300.
            rest += 42_300;
            let padding = rest >= 44_100;
            rest -= if padding { 44_100 } else { 0 };
            bytes.extend(frame(number, [0xff, 0xfb, if padding { 0x92 } else { 0x90 }, 0]));
        }
        bytes
    };
    assert_eq!(seconds(exact.clone()), whole);
    assert_eq!(seconds([id3v2(&[0; 99]), exact.clone(), id3v1("x")].concat()), whole);
    assert_eq!(seconds(frames(500, true)), None);
    let source = Source::forward(io::Cursor::new(exact));
    let demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    assert_eq!(demuxer.tracks()[0].duration, None);
}

#[test]
fn damage_is_told_once_and_passed() {
    let check = |parts: &[&[u8]], expected: &[u8], messages: &[&str]| {
        let (found, told) = numbers(parts.concat());
        assert_eq!(found, expected);
        assert_eq!(told, messages);
    };
    let sound = frames(5, false);
    let (front, back) = sound.split_at(3 * 417);
    let junk: &[u8] = &[0x55, 0xff, 0xfb, 0x90, 7, 0xff, 0xfb];
    check(&[&sound], &[0, 1, 2, 3, 4], &[]);
    check(
        &[front, junk, back],
        &[0, 1, 2, 3, 4],
        &["7 bytes that are no frame of MPEG audio at byte 1251"],
    );
    // Padding, tags and what follows the last frame are none.
    check(&[front, &[0; 5000], back], &[0, 1, 2, 3, 4], &[]);
    check(&[front, &id3v1("x"), back], &[0, 1, 2, 3, 4], &[]);
    check(&[front, &id3v2(&[0xff; 3000]), &id3v2(b""), back], &[0, 1, 2, 3, 4], &[]);
    check(&[&sound, b"\n"], &[0, 1, 2, 3, 4], &[]);
    check(&[&sound, &[0x55; 9999], &id3v1("x")], &[0, 1, 2, 3, 4], &[]);
    check(&[junk, &sound], &[0, 1, 2, 3, 4], &[]);
    // A frame that lost its middle takes the start of the next with it.
    check(
        &[&sound[..1000], &sound[1100..]],
        &[0, 1, 2, 4],
        &["317 bytes that are no frame of MPEG audio at byte 1251"],
    );
    check(
        &[&sound[..1700]],
        &[0, 1, 2, 3, 4],
        &["the last frame ends after 32 of 417 bytes at byte 1668"],
    );
    check(
        &[&info(9, sound.len() + 417, [0; 3]), &sound],
        &[0, 1, 2, 3, 4],
        &["the stream ends after 5 of 9 frames at byte 2502"],
    );
    // Behind junk, a stream of another kind must be longer to be believed.
    let other: Vec<u8> = (7..12).flat_map(|n| frame(n, [0xff, 0xfb, 0x94, 0])).collect();
    check(&[&sound, &other], &[0, 1, 2, 3, 4, 7, 8, 9, 10, 11], &[]);
    check(
        &[&sound, b"junk", &other],
        &[0, 1, 2, 3, 4, 7, 8, 9, 10, 11],
        &["4 bytes that are no frame of MPEG audio at byte 2085"],
    );
}

#[test]
fn more_junk_than_the_limit_ends_reading() {
    let mut options = DemuxOptions::default();
    options.limits.probe_bytes = 10_000;
    let bytes = [frames(3, false), vec![0x55; 30_000], frames(3, false)].concat();
    let mut demuxer = open_demuxer(Source::bytes(bytes), &options).expect("opens");
    let (packets, messages) = read(&mut *demuxer);
    assert_eq!(packets.len(), 3);
    assert_eq!(messages, ["no frame of MPEG audio in 10000 bytes at byte 1251"]);
}

#[test]
fn tags_without_sound_are_told() {
    let check = |bytes: Vec<u8>, expected: &str| {
        let error = try_open(bytes).err().expect("no sound");
        assert_eq!(error.to_string(), expected);
    };
    check(id3v2(b""), "there is no sound behind the tags at byte 10");
    check(
        [id3v2(b""), b"OggS\0\0\0\x22".to_vec()].concat(),
        "Ogg behind an ID3 tag is not supported; supported: MPEG audio",
    );
    check(
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f".to_vec(),
        "limit metadata_bytes reached: 268435455 wanted, 67108864 allowed; raise Limits::metadata_bytes",
    );
    check(
        b"ID3\x03\0\0\0\0\x02\0TIT2".to_vec(),
        "ID3: the input ends after 4 of 256 bytes at byte 10",
    );
}

#[test]
fn the_free_format_is_cut_into_frames() {
    let mut bytes = Vec::new();
    for number in 0..9_u8 {
        let padding = number % 3 == 1;
        bytes.extend([0xff, 0xfb, if padding { 0x02 } else { 0 }, 0]);
        bytes.resize(bytes.len() + 600 - 4 + usize::from(padding), number + 1);
    }
    let (packets, messages) = read(&mut *try_open(bytes).expect("opens"));
    assert!(messages.is_empty(), "{messages:?}");
    let lengths: Vec<_> = packets.iter().map(|packet| packet.data.len()).collect();
    assert_eq!(lengths, [600, 601, 600, 600, 601, 600, 600, 601, 600]);
}

/// Gives few bytes at a time, and none every other time.
struct Hiccups(io::Cursor<Vec<u8>>, bool);

impl Read for Hiccups {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(37);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn sources_that_make_us_wait_lose_nothing() {
    let sound = frames(30, true);
    let (front, back) = sound.split_at(417 + 626 + 208);
    let bytes = [
        &*id3v2(b"TIT2\0\0\0\x02\0\0\x03x"),
        front,
        &[0; 999],
        &id3v2(&[0x55; 5000]),
        back,
        b"junk that goes on",
        &frames(9, false),
        &[0x55; 300],
        &id3v1("y"),
    ]
    .concat();
    let (expected, messages) = read(&mut *try_open(bytes.clone()).expect("opens"));
    assert_eq!((expected.len(), messages.len()), (39, 1));
    // Probing and reading the header may not be interrupted; the reader above waits for that.
    let start = 4200;
    let patient = io::Cursor::new(bytes[..start].to_vec());
    let rest = Hiccups(io::Cursor::new(bytes[start..].to_vec()), false);
    let source = Source::forward(patient.chain(rest));
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    let (mut packets, mut told) = (Vec::new(), Vec::new());
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => break,
            Err(error) if error.is_would_block() => {}
            Err(error) => told.push(error.to_string()),
        }
    }
    assert!(packets == expected);
    assert_eq!(told, messages);
}

#[test]
fn damaged_streams_end() {
    let sound = frames(6, true);
    let whole = [
        &*id3v2(b"TIT2\0\0\0\x02\0\0\x03xAPIC\0\0\0\x10\0\0\0image/png\0\x03\0\x89PN"),
        &info(6, sound.len() + 417, [0x24, 0x04, 0x80]),
        &sound,
        b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0",
        &id3v1("y"),
    ]
    .concat();
    let all = |bytes: Vec<u8>| {
        let size = bytes.len();
        if let Ok(mut demuxer) = try_open(bytes) {
            let (packets, messages) = read(&mut *demuxer);
            assert!(packets.len() <= size / 4 && messages.len() < 20);
            for time in [0, 3 * FRAME, i64::MAX, i64::MIN] {
                let time = demuxer.tracks()[0].time_base.time(Timestamp::new(time));
                let to = SeekTo { time, track: None, mode: SeekMode::Key };
                demuxer.seek(to).expect("seeks");
                // The last frame may be cut off, but there is one.
                assert!(demuxer.next_packet().is_ok() || packets.is_empty());
            }
        }
    };
    for length in 0..whole.len() {
        all(whole[..length].to_vec());
    }
    let mut random = 1_u32;
    let mut next = |limit: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(random >> 8).expect("fits") % limit
    };
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + next(8) {
            let at = next(bytes.len());
            bytes[at] = [0, 0xff, 0xfb, 0x7f, 1 << (at % 8)][next(5)];
        }
        all(bytes);
    }
}
