//! The small formats of sound on files made here: AIFF, AU, Wave64, CAF, AMR; whole, cut off at every byte, from pipes, sought.

mod common;

use std::io::Cursor;

use common::small::{Trickle, joined, open, packets, read, try_open};
use rushes_container::{Demuxer, SeekMode, SeekTo, Source};
use rushes_core::{CodecId, PcmFormat, Ticks, TimeBase, Timestamp};

/// Sound of two channels of 16 bits.
fn sound(count: usize) -> Vec<u8> {
    (0..count * 4).map(|at| u8::try_from(at * 7 % 251).expect("small")).collect()
}

fn be(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).expect("small").to_be_bytes();
    let padding = vec![0; payload.len() % 2];
    [kind, &size[..], payload, &padding].concat()
}

fn aiff(compression: Option<&[u8; 4]>, sound: &[u8]) -> Vec<u8> {
    let frames = u32::try_from(sound.len() / 4).expect("small").to_be_bytes();
    let rate = [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0];
    let mut common = [&[0, 2][..], &frames, &[0, 16], &rate].concat();
    common.extend(compression.iter().flat_map(|kind| [&kind[..], &[0, 0]].concat()));
    let body = [
        if compression.is_some() { b"AIFC".to_vec() } else { b"AIFF".to_vec() },
        be(b"NAME", b"odd"),
        be(b"COMM", &common),
        be(b"MARK", &[0, 0]),
        be(b"SSND", &[&[0, 0, 0, 0, 0, 0, 0, 0][..], sound].concat()),
        be(b"AUTH", b"who"),
        be(b"ID3 ", b"ID3\x04\0\0\0\0\0\x0cTALB\0\0\0\x02\0\0\x03x"),
    ]
    .concat();
    be(b"FORM", &body)
}

fn au(sound: &[u8], known: bool) -> Vec<u8> {
    let size = u32::try_from(sound.len()).expect("small");
    let mut bytes = b".snd".to_vec();
    let note = b"title=odd\n\0\0";
    let start = 24 + u32::try_from(note.len()).expect("small");
    for field in [start, if known { size } else { u32::MAX }, 3, 8000, 2] {
        bytes.extend(field.to_be_bytes());
    }
    [&bytes, &note[..], sound].concat()
}

fn w64(sound: &[u8]) -> Vec<u8> {
    let tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    let chunk = |name: &[u8; 4], payload: &[u8]| {
        let size = (payload.len() as u64 + 24).to_le_bytes();
        let padding = vec![0; payload.len().next_multiple_of(8) - payload.len()];
        [name, &tail[..], &size, payload, &padding].concat()
    };
    let format = [1, 0, 2, 0, 0x40, 0x1f, 0, 0, 0, 0x7d, 0, 0, 4, 0, 16, 0];
    let body = [chunk(b"fmt ", &format), chunk(b"data", sound)].concat();
    let riff = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0];
    let size = (body.len() as u64 + 40).to_le_bytes();
    [b"riff", &riff[..], &size, b"wave", &tail, &body].concat()
}

fn caf_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [kind, &(payload.len() as u64).to_be_bytes()[..], payload].concat()
}

fn caf(
    format: &[u8; 4],
    fields: [u32; 5],
    chunks: &[Vec<u8>],
    sound: &[u8],
    known: bool,
) -> Vec<u8> {
    let mut description = 8000_f64.to_be_bytes().to_vec();
    description.extend(format);
    description.extend(fields.iter().flat_map(|field| field.to_be_bytes()));
    let mut data = caf_chunk(b"data", &[&[0; 4], sound].concat());
    if !known {
        data[4..12].fill(0xff);
    }
    let info = b"\0\0\0\x01title\0odd\0";
    let start = b"caff\0\x01\0\0".to_vec();
    [start, caf_chunk(b"desc", &description), caf_chunk(b"info", info), chunks.concat(), data]
        .concat()
}

fn pcm_caf(sound: &[u8], known: bool) -> Vec<u8> {
    caf(b"lpcm", [2, 4, 1, 2, 16], &[], sound, known)
}

/// Packets of 1 to 200 bytes with 1024 samples each; 100 of the first and 24 of the last are not heard.
fn packed_caf(count: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let packets: Vec<Vec<u8>> =
        (0..count).map(|n| vec![u8::try_from(n % 251).expect("small"); 1 + n * 37 % 200]).collect();
    let mut table = (count as u64).to_be_bytes().to_vec();
    table.extend((count as u64 * 1024 - 124).to_be_bytes());
    table.extend(100_u32.to_be_bytes());
    table.extend(24_u32.to_be_bytes());
    for packet in &packets {
        let size = u8::try_from(packet.len()).expect("small");
        table.extend(if size < 128 { vec![size] } else { vec![0x81, size & 0x7f] });
    }
    let cookie = caf_chunk(b"kuki", &[0x12, 0x10]);
    let chunks = [cookie, caf_chunk(b"pakt", &table)];
    (caf(b"aac ", [0, 0, 1024, 2, 0], &chunks, &packets.concat(), true), packets)
}

fn amr(count: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    // 4.75, 12.2 kbit/s, a pause, nothing.
    let kinds = [(0, 12), (7, 31), (8, 5), (15, 0)];
    let frame = |n: usize| {
        let (kind, size) = kinds[n % 4];
        [vec![kind << 3 | 4], vec![u8::try_from(n % 251).expect("small"); size]].concat()
    };
    let frames: Vec<Vec<u8>> = (0..count).map(frame).collect();
    ([b"#!AMR\n".to_vec(), frames.concat()].concat(), frames)
}

fn check_sound(mut demuxer: Box<dyn Demuxer>, name: &str, format: PcmFormat, sound: &[u8]) {
    assert_eq!(demuxer.format(), name);
    let track = &demuxer.tracks()[0];
    assert_eq!(track.codec.codec, CodecId::Pcm(format));
    assert_eq!(track.time_base, TimeBase::per_second(8000).expect("not zero"));
    let found = packets(&mut *demuxer);
    assert_eq!(joined(&found), sound);
    let mut expected = 0;
    for packet in &found {
        assert_eq!(packet.pts, Some(Timestamp::new(expected)));
        expected += i64::try_from(packet.duration.expect("set").count()).expect("small");
    }
    assert_eq!(expected, i64::try_from(sound.len() / 4).expect("small"));
}

#[test]
fn plain_sound_is_read_whole() {
    let sound = sound(3001);
    for (file, name, format) in [
        (aiff(None, &sound), "aiff", PcmFormat::S16Be),
        (aiff(Some(b"NONE"), &sound), "aiff", PcmFormat::S16Be),
        (aiff(Some(b"sowt"), &sound), "aiff", PcmFormat::S16Le),
        (au(&sound, true), "au", PcmFormat::S16Be),
        (au(&sound, false), "au", PcmFormat::S16Be),
        (w64(&sound), "w64", PcmFormat::S16Le),
        (pcm_caf(&sound, true), "caf", PcmFormat::S16Le),
        (pcm_caf(&sound, false), "caf", PcmFormat::S16Le),
    ] {
        check_sound(open(Source::bytes(file.clone())), name, format, &sound);
        check_sound(open(Source::forward(Cursor::new(file.clone()))), name, format, &sound);
        check_sound(
            open(Source::forward(Trickle(Cursor::new(file.clone())))),
            name,
            format,
            &sound,
        );
        let mut demuxer = open(Source::bytes(file));
        assert_eq!(demuxer.tracks()[0].duration, Some(Ticks::new(3001)));
        if name != "w64" {
            assert_eq!(demuxer.metadata().value("title"), Some("odd"));
        }
        for sample in [0, 1, 1500, 3000] {
            let time = demuxer.tracks()[0].time_base.time(Timestamp::new(sample));
            let seeked = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key });
            assert_eq!(seeked.expect("seeks").pts, Timestamp::new(sample));
            let at = usize::try_from(sample).expect("small") * 4;
            assert_eq!(joined(&packets(&mut *demuxer)), sound[at..]);
        }
    }
    let demuxer = open(Source::bytes(aiff(None, &sound)));
    assert_eq!(demuxer.metadata().value("artist"), Some("who"));
    assert_eq!(demuxer.metadata().value("album"), Some("x"));
}

#[test]
fn files_that_are_cut_off_give_what_they_hold() {
    let sound = sound(20);
    let files = [
        aiff(None, &sound),
        aiff(Some(b"sowt"), &sound),
        au(&sound, true),
        w64(&sound),
        pcm_caf(&sound, true),
        packed_caf(5).0,
        amr(9).0,
    ];
    for whole in files {
        let all = joined(&packets(&mut *open(Source::bytes(whole.clone()))));
        for length in 0..whole.len() {
            let cut = whole[..length].to_vec();
            for source in [Source::bytes(cut.clone()), Source::forward(Cursor::new(cut))] {
                let seeks = matches!(source, Source::Seekable(_));
                let Ok(mut demuxer) = try_open(source) else { continue };
                let (found, messages) = read(&mut *demuxer);
                let found = joined(&found);
                assert!(all.starts_with(&found) || found.len() < 8, "{length}");
                let is_whole = found == all;
                let is_amr = demuxer.format() == "amr";
                assert!(
                    is_whole || is_amr || !seeks || !messages.is_empty(),
                    "{length} {messages:?}"
                );
            }
        }
    }
}

#[test]
fn headers_that_lie_do_no_harm() {
    let (packed, _) = packed_caf(300);
    for whole in
        [aiff(Some(b"sowt"), &sound(9)), au(&sound(9), true), w64(&sound(9)), packed, amr(9).0]
    {
        for at in 0..whole.len().min(400) {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if let Ok(mut demuxer) = try_open(Source::bytes(bytes)) {
                    read(&mut *demuxer);
                    let time = TimeBase::nanoseconds().time(Timestamp::new(1_000_000));
                    let seek = SeekTo { time, track: None, mode: SeekMode::Any };
                    demuxer.seek(seek).expect("seeks");
                    read(&mut *demuxer);
                }
            }
        }
    }
}

#[test]
fn packets_of_a_table() {
    let (file, expected) = packed_caf(1000);
    for source in [Source::bytes(file.clone()), Source::forward(Cursor::new(file.clone()))] {
        let mut demuxer = open(source);
        let track = &demuxer.tracks()[0];
        assert_eq!((track.codec.codec.clone(), track.packets), (CodecId::Aac, Some(1000)));
        assert_eq!(track.codec.private[..], [0x12, 0x10]);
        assert_eq!(track.duration, Some(Ticks::new(1000 * 1024 - 124)));
        let audio = track.codec.as_audio().expect("sound");
        assert_eq!((audio.delay, audio.padding), (100, 24));
        let found = packets(&mut *demuxer);
        assert_eq!(found.len(), 1000);
        for (number, (packet, data)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(packet.data[..], data[..]);
            let pts = i64::try_from(number).expect("small") * 1024 - 100;
            assert_eq!(packet.pts, Some(Timestamp::new(pts)));
            let trim = (packet.trim.start.count(), packet.trim.end.count());
            assert_eq!(
                trim,
                (if number == 0 { 100 } else { 0 }, if number == 999 { 24 } else { 0 })
            );
        }
    }
    let mut demuxer = open(Source::bytes(file));
    for number in [999_usize, 0, 256, 511, 700] {
        let pts = i64::try_from(number).expect("small") * 1024 - 100;
        let time = demuxer.tracks()[0].time_base.time(Timestamp::new(pts + 1023));
        let seeked = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key });
        assert_eq!(seeked.expect("seeks").pts, Timestamp::new(pts));
        let packet = demuxer.next_packet().expect("reads").expect("a packet");
        assert_eq!(packet.data[..], expected[number][..]);
    }
}

#[test]
fn frames_of_amr() {
    let (file, expected) = amr(101);
    for source in [Source::bytes(file.clone()), Source::forward(Trickle(Cursor::new(file.clone())))]
    {
        let mut demuxer = open(source);
        assert_eq!(demuxer.tracks()[0].codec.codec, CodecId::AmrNb);
        let found = packets(&mut *demuxer);
        assert_eq!(found.len(), 101);
        for (number, (packet, data)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(packet.data[..], data[..]);
            let pts = i64::try_from(number).expect("small") * 160;
            assert_eq!(packet.pts, Some(Timestamp::new(pts)));
        }
    }
    assert_eq!(open(Source::bytes(file)).duration().map(|time| time.seconds()), Some(101.0 * 0.02));
    let wide = [&b"#!AMR-WB\n"[..], &[0x04; 18], &[0x44; 61], &[0x7c; 1]].concat();
    let mut demuxer = open(Source::bytes(wide));
    assert_eq!(demuxer.tracks()[0].codec.codec, CodecId::AmrWb);
    let sizes: Vec<_> = packets(&mut *demuxer).iter().map(|packet| packet.data.len()).collect();
    assert_eq!(sizes, [18, 61, 1]);
    let several = try_open(Source::bytes(b"#!AMR_MC1.0\n\0\0\0\x02".to_vec()));
    assert!(several.err().is_some_and(|error| error.to_string().contains("several channels")));
}
