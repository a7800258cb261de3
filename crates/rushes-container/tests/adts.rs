//! ADTS on streams made here: headers, damage, tags, pipes, seeking; and what the muxer writes.

mod common;

use std::io::Cursor;

use common::Memory;
use common::small::{Trickle, open, packets, read, try_open};
use rushes_container::{Demuxer, MuxOptions, SeekMode, SeekTo, Sink, Source, open_muxer};
use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, CodecParameters, Packet, Result, Ticks, TimeBase,
    Timestamp, Track,
};

/// Ticks of a frame of 1024 samples at 44.1 kHz.
const FRAME: i64 = 1024 * 640;
const STEREO: [u8; 2] = [0x12, 0x10];

/// A frame of stereo whose bytes tell its number. The first bits are those of a pair of channels.
fn frame(number: usize) -> Vec<u8> {
    let mut payload = vec![0x21];
    payload.resize(30 + number % 97, u8::try_from(number % 250).expect("small"));
    with_header([0xf1, 0x50, 0x80], &payload)
}

fn with_header([b, c, d]: [u8; 3], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 7).expect("small");
    let [high, low] = (length << 5).to_be_bytes();
    let top = u8::try_from(length >> 11).expect("two bits");
    [&[0xff, b, c, d | top, high, low | 0x1f, 0xfc], payload].concat()
}

fn frames(range: std::ops::Range<usize>) -> Vec<u8> {
    range.flat_map(frame).collect()
}

fn id3(size: usize) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0".to_vec();
    bytes.extend([21, 14, 7, 0].map(|shift| u8::try_from(size >> shift & 0x7f).expect("small")));
    bytes.extend(b"TIT2\0\0\0\x02\0\0\x03x");
    bytes.resize(10 + size, 0);
    bytes
}

fn check_whole(demuxer: &mut dyn Demuxer, count: usize) {
    assert_eq!(demuxer.format(), "aac");
    let track = &demuxer.tracks()[0];
    assert_eq!(track.codec.codec, CodecId::Aac);
    assert_eq!(track.codec.private[..], STEREO);
    let found = packets(demuxer);
    assert_eq!(found.len(), count);
    for (number, packet) in found.iter().enumerate() {
        assert_eq!(packet.data[..], frame(number), "{number}");
        let pts = i64::try_from(number).expect("small") * FRAME;
        assert_eq!(packet.pts, Some(Timestamp::new(pts)));
        assert_eq!(packet.duration, Some(Ticks::new(FRAME.unsigned_abs())));
    }
}

#[test]
fn streams_are_read_from_files_and_pipes() {
    let plain = frames(0..50);
    // Tags that are longer than what is probed, one behind another.
    let tagged = [&id3(20), &id3(50_000), &*plain, b"TAG", &[0; 125]].concat();
    for bytes in [plain, tagged] {
        let mut demuxer = open(Source::bytes(bytes.clone()));
        assert_eq!(demuxer.tracks()[0].packets, Some(50));
        let length = demuxer.duration().expect("counted").seconds();
        assert!((length - 50.0 * 1024.0 / 44_100.0).abs() < 1e-9);
        check_whole(&mut *demuxer, 50);
        let mut demuxer = open(Source::forward(Cursor::new(bytes.clone())));
        assert_eq!(demuxer.duration(), None);
        check_whole(&mut *demuxer, 50);
        check_whole(&mut *open(Source::forward(Trickle(Cursor::new(bytes)))), 50);
    }
}

#[test]
fn tags_and_damage_between_frames_are_passed() {
    let check = |parts: &[&[u8]], count: usize, expected: &[&str]| {
        let (found, messages) = read(&mut *open(Source::bytes(parts.concat())));
        assert_eq!(found.len(), count);
        assert_eq!(messages, expected);
    };
    let (front, back) = (frames(0..5), frames(5..9));
    check(&[&front, &id3(300), &back], 9, &[]);
    let position = front.len();
    let told = format!("7 bytes that are no frame of AAC at byte {position}");
    check(&[&front, b"junk...", &back], 9, &[&told]);
    check(&[b"junk in front", &front], 5, &[]);
    let cut = frame(9);
    let told = format!("the last frame ends after 30 of {} bytes at byte {position}", cut.len());
    check(&[&front, &cut[..30]], 6, &[&told]);
    check(&[&front, &cut[..5]], 5, &[]);
    // Another configuration: packets keep their headers, and last as long as those say.
    let mono: Vec<u8> = (0..3).flat_map(|_| with_header([0xf1, 0x58, 0x40], &[0x01; 20])).collect();
    let (found, messages) = read(&mut *open(Source::bytes([&*front, &mono].concat())));
    assert_eq!((found.len(), messages.len()), (8, 0));
    assert_eq!(found[7].duration, Some(Ticks::new(1024 * 28_224_000 / 24_000)));
}

#[test]
fn truncated_streams_end_with_a_word() {
    let whole = frames(0..4);
    for length in 0..whole.len() {
        let Ok(mut demuxer) = try_open(Source::bytes(whole[..length].to_vec())) else {
            assert!(length < frames(0..2).len());
            continue;
        };
        let (found, messages) = read(&mut *demuxer);
        let bytes: usize = found.iter().map(|packet| packet.data.len()).sum();
        // What is too short for a header is no frame.
        assert!(bytes == length || length - bytes < 7, "{length}");
        let is_cut =
            bytes != (0..=4).map(|n| frames(0..n).len()).find(|end| *end >= bytes).expect("within");
        assert_eq!(messages.len(), usize::from(is_cut), "{length} {messages:?}");
    }
}

#[test]
fn seeking_finds_frames() {
    let mut demuxer = open(Source::bytes(frames(0..500)));
    let base = demuxer.tracks()[0].time_base;
    for number in [499_usize, 0, 250, 64, 63, 128, 498] {
        for offset in [0, FRAME - 1] {
            let pts = i64::try_from(number).expect("small") * FRAME;
            let time = base.time(Timestamp::new(pts + offset));
            let seeked = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key });
            assert_eq!(seeked.expect("seeks").pts, Timestamp::new(pts));
            let packet = demuxer.next_packet().expect("reads").expect("a packet");
            assert_eq!(
                (packet.pts, &packet.data[..]),
                (Some(Timestamp::new(pts)), &*frame(number))
            );
        }
    }
}

fn track(private: &[u8]) -> Track {
    let audio = AudioParameters::new(44_100, ChannelLayout::STEREO);
    let mut codec = CodecParameters::audio(CodecId::Aac, audio);
    codec.private = private.into();
    Track::new(0, codec, TimeBase::per_second(44_100).expect("not zero"))
}

fn mux(track: &Track, packets: &[Vec<u8>]) -> Result<Vec<u8>> {
    let memory = Memory::default();
    let sink = Sink::forward(memory.clone());
    let mut muxer = open_muxer("aac", sink, std::slice::from_ref(track), &MuxOptions::default())?;
    packets.iter().try_for_each(|packet| muxer.write(&Packet::new(0, packet.clone())))?;
    muxer.finish()?;
    Ok(memory.contents())
}

#[test]
fn headers_are_written_once() {
    let with: Vec<_> = (0..9).map(frame).collect();
    let without: Vec<_> = with.iter().map(|frame| frame[7..].to_vec()).collect();
    for (private, packets) in [(&STEREO[..], &with), (&STEREO, &without), (&[], &with)] {
        let file = mux(&track(private), packets).expect("writes");
        assert_eq!(file, with.concat());
        check_whole(&mut *open(Source::bytes(file)), 9);
    }
    let error = mux(&track(&[]), &without).expect_err("no configuration");
    assert!(error.to_string().contains("AudioSpecificConfig"), "{error}");
    let error = mux(&track(&STEREO), &[vec![0x21; 9000]]).expect_err("too long");
    assert!(error.to_string().contains("9000 bytes"), "{error}");
    // xHE-AAC.
    assert!(mux(&track(&[0xf9, 0x46, 0x43, 0x22]), &[]).is_err());
}
