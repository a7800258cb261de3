//! The Matroska demuxer on files made here: what blocks, tracks and tags can say, and attacks.

mod common;

use std::io::{self, Cursor, Read};

use common::ebml::{
    CLUSTER, SEGMENT, TRACKS, audio, block, claim, cluster, element, file, header, open_element,
    simple, text, track, uint,
};
use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{CodecId, Error, Packet, Result, Ticks, Time, TimeBase, Timestamp};

fn open(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
    open_demuxer(Source::bytes(bytes.to_vec()), &DemuxOptions::default())
}

fn drain(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Vec<Error>) {
    let (mut packets, mut errors) = (Vec::new(), Vec::new());
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => return (packets, errors),
            Err(error) => {
                assert!(errors.len() < 1000, "the same error again and again: {error}");
                errors.push(error);
            }
        }
    }
}

/// All packets of a file without errors.
fn packets(bytes: &[u8]) -> Vec<Packet> {
    let (packets, errors) = drain(&mut *open(bytes).expect("opens"));
    assert!(errors.is_empty(), "{errors:?}");
    packets
}

fn times(packets: &[Packet]) -> Vec<i64> {
    packets.iter().map(|packet| packet.pts.expect("has a time").ticks()).collect()
}

fn pcm(more: &[u8]) -> Vec<u8> {
    track(1, 2, "A_PCM/INT/LIT", &[audio(8000.0, &uint(0x6264, 16)), more.to_vec()].concat())
}

fn video(more: &[u8]) -> Vec<u8> {
    let size = element(0xe0, &[uint(0xb0, 64), uint(0xba, 48)].concat());
    track(1, 1, "V_VP9", &[size, more.to_vec()].concat())
}

#[test]
fn laced_frames_have_their_own_times() {
    // 8, 16 and 24 samples of 16 bits; the samples say how long each frame is.
    let frames = [vec![1; 16], vec![2; 32], vec![3; 48]].concat();
    let xiph = [vec![2, 16, 32], frames.clone()].concat();
    for (flags, data) in [(0x82, xiph), (0x86, [vec![2, 0x90, 0xcf], frames.clone()].concat())] {
        let block = element(0xa3, &block(1, 5, flags, &data));
        let found = packets(&file(&[pcm(&[])], &[cluster(10, &[block])]));
        assert_eq!(times(&found), [120, 128, 144], "{flags:#x}");
        assert_eq!(found[2].data[..], [3; 48]);
        assert_eq!(found[1].duration, Some(Ticks::new(16)));
    }
    // Equal frames of a codec that does not say: the duration is shared.
    let equal = [vec![3], vec![7; 8]].concat();
    let group = element(0xa0, &[element(0xa1, &block(1, 0, 4, &equal)), uint(0x9b, 20)].concat());
    let vorbis = track(1, 2, "A_VORBIS", &audio(8000.0, &[]));
    let found = packets(&file(std::slice::from_ref(&vorbis), &[cluster(0, &[group])]));
    assert_eq!(times(&found), [0, 40, 80, 120]);
    // Or the default duration counts; without either only the first frame has a time.
    let blind = element(0xa3, &block(1, 0, 0x84, &equal));
    let default =
        track(1, 2, "A_VORBIS", &[audio(8000.0, &[]), uint(0x23e383, 5_000_000)].concat());
    assert_eq!(
        times(&packets(&file(&[default], &[cluster(0, std::slice::from_ref(&blind))]))),
        [0, 40, 80, 120]
    );
    let found = packets(&file(&[vorbis], &[cluster(0, &[blind])]));
    assert_eq!(found.iter().filter(|packet| packet.pts.is_some()).count(), 1);
    assert_eq!(found.len(), 4);
}

#[test]
fn broken_lacing_costs_one_block() {
    for (flags, data) in [
        (0x82, vec![255; 600]),
        (0x82, vec![1, 200, 0]),
        (0x84, vec![2, 0, 0, 0, 0]),
        (0x86, vec![1, 0x01, 255, 255, 255, 255, 255, 255, 254]),
        (0x86, vec![2, 0x81, 0x80, 0]),
        (0x82, vec![]),
    ] {
        let broken = element(0xa3, &block(1, 0, flags, &data));
        let bytes = file(&[pcm(&[])], &[cluster(0, &[broken, simple(1, 1, &[0; 16])])]);
        let (found, errors) = drain(&mut *open(&bytes).expect("opens"));
        assert_eq!((found.len(), errors.len()), (1, 1), "{flags:#x} {data:?}");
        assert!(matches!(errors[0], Error::Malformed(_)));
        assert!(errors[0].to_string().starts_with("Segment/Cluster: "), "{}", errors[0]);
    }
}

#[test]
fn unknown_sizes_end_where_something_else_starts() {
    let blocks = |time: u64| [uint(0xe7, time), simple(1, 0, &[1]), simple(1, 1, &[2])].concat();
    let clusters = [open_element(CLUSTER, &blocks(0)), open_element(CLUSTER, &blocks(40))].concat();
    let tracks = element(TRACKS, &video(&[]));
    let tags = element(0x1254_c367, &[]);
    let live = [header(), open_element(SEGMENT, &[tracks, clusters, tags].concat())].concat();
    assert_eq!(times(&packets(&live)), [0, 1, 40, 41]);
    // Another file behind it is not part of it.
    let two = [live.clone(), live.clone()].concat();
    assert_eq!(times(&packets(&two)), [0, 1, 40, 41]);
    // Neither a list of clusters nor a pipe needs sizes.
    let mut demuxer = open(&live).expect("opens");
    let time = demuxer.tracks()[0].time_base.time(Timestamp::new(40));
    let seeked = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key }).expect("seekable");
    assert_eq!(seeked.pts.ticks(), 40);
    assert_eq!(times(&drain(&mut *demuxer).0), [40, 41]);
    let source = Source::forward(Cursor::new(live));
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    assert_eq!(times(&drain(&mut *demuxer).0), [0, 1, 40, 41]);
}

#[test]
fn delay_and_padding_are_cut_to_the_sample() {
    // 312 samples of delay, as Opus has them, and 48 of padding.
    let fields = [uint(0x56aa, 6_500_000), audio(48_000.0, &[])].concat();
    let opus = track(1, 2, "A_OPUS", &fields);
    let last = element(0xa1, &block(1, 40, 0, &[0xfc, 3]));
    let last = element(0xa0, &[last, uint(0x75a2, 1_000_000)].concat());
    let bytes =
        file(&[opus], &[cluster(0, &[simple(1, 0, &[0xfc, 1]), simple(1, 20, &[0xfc, 2]), last])]);
    let found = packets(&bytes);
    assert_eq!(times(&found), [-312, 648, 1608]);
    assert_eq!(found[0].trim.start, Ticks::new(312));
    assert_eq!(found[2].trim.end, Ticks::new(48));
    assert_eq!(found[0].duration, Some(Ticks::new(960)));
    let mut options = DemuxOptions::default();
    options.apply_edits = false;
    let mut raw = open_demuxer(Source::bytes(bytes.clone()), &options).expect("opens");
    assert_eq!(raw.tracks()[0].codec.as_audio().expect("audio").delay, 312);
    let (raw, _) = drain(&mut *raw);
    assert_eq!((times(&raw), raw[0].trim.start), (vec![0, 960, 1920], Ticks::ZERO));
    // A whole packet of delay is decoded and not heard; what is cut from a start is negative padding.
    let fields = [uint(0x56aa, 30_000_000), audio(48_000.0, &[])].concat();
    let first = element(0xa1, &block(1, 60, 0, &[0xfc]));
    let first = element(0xa0, &[first, element(0x75a2, &(-1_000_000_i64).to_be_bytes())].concat());
    let blocks = [simple(1, 0, &[0xfc]), simple(1, 20, &[0xfc]), first];
    let found = packets(&file(&[track(1, 2, "A_OPUS", &fields)], &[cluster(0, &blocks)]));
    assert_eq!((found[0].discard, found[0].trim.start), (true, Ticks::ZERO));
    assert_eq!((found[1].discard, found[1].trim.start), (false, Ticks::new(480)));
    assert_eq!(found[2].trim.start, Ticks::new(48));
}

#[test]
fn seeking_prepares_the_decoder() {
    let fields = [uint(0x56bb, 80_000_000), audio(48_000.0, &[])].concat();
    let blocks =
        |from: i16| (0..10).map(|index| simple(1, index * 20 + from, &[0xfc])).collect::<Vec<_>>();
    let bytes = file(
        &[track(1, 2, "A_OPUS", &fields)],
        &[cluster(0, &blocks(0)), cluster(200, &blocks(0))],
    );
    let mut demuxer = open(&bytes).expect("opens");
    let time = demuxer.tracks()[0].time_base.time(Timestamp::new(220 * 48 + 7));
    let seeked = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key }).expect("seekable");
    assert_eq!(seeked.pts.ticks(), 220 * 48);
    let (found, _) = drain(&mut *demuxer);
    let prepares: Vec<i64> = times(&found[..5]).iter().map(|pts| pts / 48).collect();
    assert_eq!(prepares, [140, 160, 180, 200, 220]);
    let discard: Vec<bool> = found.iter().take(6).map(|packet| packet.discard).collect();
    assert_eq!(discard, [true, true, true, true, false, false]);
}

#[test]
fn additions_and_durations_of_groups() {
    let more = element(0xa6, &[uint(0xee, 4), element(0xa5, b"hdr")].concat());
    let alpha = element(0xa6, &element(0xa5, b"alpha"));
    let group = [
        element(0xa1, &block(1, 7, 0, b"frame")),
        element(0x75a1, &[more, alpha].concat()),
        uint(0x9b, 33),
        element(0xfb, &[0xff]),
    ];
    let found = packets(&file(&[video(&[])], &[cluster(0, &[element(0xa0, &group.concat())])]));
    let additions: Vec<_> = found[0].additions.iter().map(|(id, data)| (*id, &data[..])).collect();
    assert_eq!(additions, [(4, &b"hdr"[..]), (1, b"alpha")]);
    assert_eq!((found[0].duration, found[0].key), (Some(Ticks::new(33)), false));
}

#[test]
fn encodings_are_undone_or_named() {
    let compression = |fields: &[u8]| {
        let compression = element(0x5034, fields);
        element(0x6d80, &element(0x6240, &compression))
    };
    let strip = compression(&[uint(0x4254, 3), element(0x4255, b"\x82\x49")].concat());
    let found = packets(&file(&[video(&strip)], &[cluster(0, &[simple(1, 0, b"\x83\x42rest")])]));
    assert_eq!(&*found[0].data, b"\x82\x49\x83\x42rest");
    let zlib = miniz_oxide::deflate::compress_to_vec_zlib(b"packed", 6);
    let zip = compression(&uint(0x4254, 0));
    let bytes = file(&[video(&zip)], &[cluster(0, &[simple(1, 0, &zlib), simple(1, 1, b"junk")])]);
    let (found, errors) = drain(&mut *open(&bytes).expect("opens"));
    assert_eq!((&*found[0].data, found.len(), errors.len()), (&b"packed"[..], 1, 1));
    let encrypted = element(0x6d80, &element(0x6240, &uint(0x5033, 1)));
    let bytes = file(&[video(&encrypted)], &[cluster(0, &[simple(1, 0, b"secret")])]);
    let mut demuxer = open(&bytes).expect("opens");
    assert_eq!(demuxer.tracks()[0].unsupported.as_deref(), Some("encryption"));
    assert_eq!(&*drain(&mut *demuxer).0[0].data, b"secret");
}

#[test]
fn checksums_are_compared_when_asked() {
    let body = [uint(0xe7, 0), simple(1, 0, &[1])].concat();
    let mut crc = !0_u32;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let sum = [&[0xbf, 0x84][..], &(!crc).to_le_bytes()].concat();
    let good = element(CLUSTER, &[sum.clone(), body.clone()].concat());
    let mut bad = good.clone();
    *bad.last_mut().expect("not empty") ^= 1;
    let bytes = file(&[video(&[])], &[good, bad]);
    assert_eq!(packets(&bytes).len(), 2);
    let mut options = DemuxOptions::default();
    options.options.insert("crc".to_owned(), "1".to_owned());
    for source in [Source::bytes(bytes.clone()), Source::forward(Cursor::new(bytes))] {
        let mut demuxer = open_demuxer(source, &options).expect("opens");
        let (found, errors) = drain(&mut *demuxer);
        assert_eq!((found.len(), errors.len()), (1, 1));
        assert!(errors[0].to_string().contains("checksum"), "{}", errors[0]);
    }
    options.options.insert("fast".to_owned(), "1".to_owned());
    let refused = open_demuxer(Source::bytes(file(&[], &[])), &options).err();
    assert!(matches!(refused, Some(Error::Usage(_))));
}

#[test]
fn tags_chapters_and_files() {
    let simple_tag = |name: &str, value: &str| {
        element(0x67c8, &[text(0x45a3, name), text(0x4487, value)].concat())
    };
    let of_track =
        element(0x7373, &[element(0x63c0, &uint(0x63c5, 1)), simple_tag("DURATION", "1")].concat());
    let tags =
        element(0x1254_c367, &[element(0x7373, &simple_tag("ARTIST", "me")), of_track].concat());
    let info = element(0x1549_a966, &[text(0x7ba9, "name"), text(0x4d80, "writer")].concat());
    let atom = element(0xb6, &[uint(0x91, 1_000_000), element(0x80, &text(0x85, "one"))].concat());
    let chapters = element(0x1043_a770, &element(0x45b9, &atom));
    let attached = |name: &str, kind: &str, data: &[u8]| {
        element(0x61a7, &[text(0x466e, name), text(0x4660, kind), element(0x465c, data)].concat())
    };
    let attachments = [
        attached("cover.png", "image/png", b"\x89PNG\r\n"),
        attached("a.ttf", "application/x-truetype-font", b"font"),
    ];
    let attachments = element(0x1941_a469, &attachments.concat());
    let named =
        video(&[text(0x536e, "main"), text(0x22b59c, "ger"), text(0x22b59d, "de-AT")].concat());
    let bytes =
        file(&[named], &[info, tags, chapters, attachments, cluster(0, &[simple(1, 0, &[1])])]);
    let mut demuxer = open(&bytes).expect("opens");
    let found: Vec<_> = demuxer.metadata().iter().collect();
    assert_eq!(found, [("title", "name"), ("encoder", "writer"), ("artist", "me")]);
    let found: Vec<_> = demuxer.tracks()[0].metadata.iter().collect();
    assert_eq!(found, [("language", "de-AT"), ("title", "main"), ("duration", "1")]);
    assert_eq!(demuxer.chapters()[0].title, "one");
    assert_eq!(demuxer.tracks()[1].codec.codec, CodecId::Png);
    assert!(demuxer.tracks()[1].disposition.attached_picture);
    assert_eq!(demuxer.tracks()[2].codec.codec, CodecId::TrueType);
    assert_eq!(&*demuxer.tracks()[2].codec.private, b"font");
    let (packets, _) = drain(&mut *demuxer);
    assert_eq!(packets.iter().map(|packet| packet.track).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_seek_head_that_points_to_itself_is_read_once() {
    let seek = |id: u32, position: u64| {
        element(0x4dbb, &[element(0x53ab, &id.to_be_bytes()), uint(0x53ac, position)].concat())
    };
    // To itself, to a second one that points back, to nowhere, and into the middle of something.
    let links = [
        seek(0x114d_9b74, 0),
        seek(0x114d_9b74, 300),
        seek(0x1254_c367, 1 << 60),
        seek(0x1254_c367, 9),
    ];
    let mut body = element(0x114d_9b74, &links.concat());
    body.extend(element(TRACKS, &video(&[])));
    let void = element(0xec, &vec![0; 300 - body.len() - 5]);
    body.extend(void);
    body.extend(element(0x114d_9b74, &seek(0x114d_9b74, 0)));
    body.extend(cluster(0, &[simple(1, 0, &[1])]));
    assert_eq!(packets(&[header(), element(SEGMENT, &body)].concat()).len(), 1);
}

#[test]
fn claims_without_bytes_cost_no_memory() {
    let giant = 1_u64 << 32;
    let within =
        |id: u32, body: &[u8]| [header(), open_element(SEGMENT, &element(id, body))].concat();
    // A string, a track, and whole elements of 4 GiB and of 2^56 - 2 bytes.
    let check = |bytes: &[u8]| {
        for source in [Source::bytes(bytes.to_vec()), Source::forward(Cursor::new(bytes.to_vec()))]
        {
            let opened = open_demuxer(source, &DemuxOptions::default());
            let errors = opened.map(|mut demuxer| drain(&mut *demuxer).1.len());
            assert!(!matches!(errors, Ok(0)), "{bytes:02x?}");
        }
    };
    check(&within(TRACKS, &claim(0x86, giant)));
    check(&within(TRACKS, &element(0xae, &claim(0x63a2, giant))));
    check(&[header(), open_element(SEGMENT, &claim(TRACKS, giant))].concat());
    check(&[header(), open_element(SEGMENT, &claim(TRACKS, (1 << 56) - 2))].concat());
    check(&claim(0x1a45_dfa3, giant));
    let tracks = element(TRACKS, &video(&[]));
    for claimed in
        [claim(CLUSTER, giant), claim(0xa3, giant), claim(0x1c53_bb6b, giant), claim(0xec, giant)]
    {
        let bytes = [header(), open_element(SEGMENT, &[tracks.clone(), claimed].concat())].concat();
        check(&bytes);
    }
    let block = [uint(0xe7, 0), claim(0xa3, giant), vec![0x81, 0, 0, 0x80]].concat();
    check(
        &[header(), open_element(SEGMENT, &[tracks, open_element(CLUSTER, &block)].concat())]
            .concat(),
    );
}

#[test]
fn nesting_has_a_bound() {
    let mut tag = element(0x67c8, &text(0x45a3, "a"));
    let mut atom = element(0xb6, &uint(0x91, 1));
    for _ in 0..3000 {
        tag = element(0x67c8, &[text(0x45a3, "a"), tag].concat());
        atom = element(0xb6, &[uint(0x91, 1), atom].concat());
    }
    let tags = element(0x1254_c367, &element(0x7373, &tag));
    let chapters = element(0x1043_a770, &element(0x45b9, &atom));
    for broken in [tags, chapters] {
        // What plays is played; then the damage is told.
        let bytes = file(&[video(&[])], &[broken, cluster(0, &[simple(1, 0, &[1])])]);
        let (found, errors) = drain(&mut *open(&bytes).expect("opens"));
        assert_eq!((found.len(), errors.len()), (1, 1));
        assert!(errors[0].to_string().contains("too deep"), "{}", errors[0]);
    }
}

#[test]
fn reading_goes_on_at_the_next_cluster_after_damage() {
    let mut broken = cluster(0, &[simple(1, 0, &[1]), simple(1, 1, &[2]), simple(1, 2, &[3])]);
    // The identifier of the second block.
    let at = broken.windows(2).rposition(|window| window == [0x81, 0]).expect("there is one");
    broken[at - 15] = 0;
    let whole = file(&[video(&[])], &[broken, cluster(40, &[simple(1, 0, &[4])])]);
    let (found, errors) = drain(&mut *open(&whole).expect("opens"));
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(found.last().expect("some").pts, Some(Timestamp::new(40)));
    // Beyond the limit nothing is searched.
    let mut options = DemuxOptions::default();
    options.limits.probe_bytes = 1 << 13;
    let far = [vec![0; 1 << 16], cluster(40, &[simple(1, 0, &[4])])].concat();
    let whole = file(&[video(&[])], &[cluster(0, &[simple(1, 0, &[1])]), far]);
    let mut demuxer = open_demuxer(Source::bytes(whole.clone()), &options).expect("opens");
    assert_eq!(drain(&mut *demuxer).0.len(), 1);
    assert_eq!(drain(&mut *open(&whole).expect("opens")).0.len(), 2);
}

#[test]
fn every_truncation_ends_in_an_error() {
    let blocks = [simple(1, 0, &[1; 9]), simple(1, 1, &[2; 9])];
    let whole = file(&[video(&[])], &[cluster(0, &blocks), cluster(40, &blocks)]);
    let all = packets(&whole);
    for length in 0..whole.len() {
        let Ok(mut demuxer) = open(&whole[..length]) else { continue };
        let (some, errors) = drain(&mut *demuxer);
        assert_eq!(errors.len(), 1, "{length}: {errors:?}");
        assert!(matches!(errors[0], Error::Malformed(_)));
        assert_eq!(some, all[..some.len()]);
    }
}

/// Gives one byte at a time.
struct Single(Cursor<Vec<u8>>);

impl Read for Single {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = bytes.len().min(1);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn single_bytes_are_enough() {
    let group = element(0xa0, &[element(0xa1, &block(1, 2, 0, &[5; 700])), uint(0x9b, 3)].concat());
    let whole = file(
        &[video(&[])],
        &[cluster(0, &[simple(1, 0, &[1; 9]), group]), element(0xec, &[0; 900])],
    );
    let source = Source::forward(Single(Cursor::new(whole.clone())));
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    assert_eq!(drain(&mut *demuxer).0, packets(&whole));
}

#[test]
fn odd_values_are_no_traps() {
    // A time scale of zero, times at the end of 63 bits, tracks without numbers, numbers twice.
    let info = element(0x1549_a966, &uint(0x2ad7b1, 0));
    let found = packets(&file(&[video(&[])], &[info, cluster(7, &[simple(1, 0, &[1])])]));
    assert_eq!(times(&found), [7]);
    for scale in [1, u64::MAX, 1 << 40] {
        let info = element(0x1549_a966, &uint(0x2ad7b1, scale));
        for time in [0, u64::MAX, (1 << 63) - 1] {
            for entry in [video(&[]), pcm(&uint(0x56aa, u64::MAX)), pcm(&uint(0x23e383, u64::MAX))]
            {
                let blocks = [simple(1, i16::MAX, &[0; 4]), simple(1, i16::MIN, &[0; 4])];
                let bytes = file(&[entry.clone(), entry], &[info.clone(), cluster(time, &blocks)]);
                let mut demuxer = open(&bytes).expect("opens");
                drain(&mut *demuxer);
                for ticks in [i64::MIN, 0, i64::MAX] {
                    let time: Time = TimeBase::nanoseconds().time(Timestamp::new(ticks));
                    let to = SeekTo { time, track: None, mode: SeekMode::Any };
                    demuxer.seek(to).expect("seekable");
                    drain(&mut *demuxer);
                }
            }
        }
    }
    let nothing = file(
        &[track(0, 1, "V_VP9", &[]), track(2, 1, "", &[]), track(3, 18, "B_VOBBTN", &[])],
        &[],
    );
    assert!(open(&nothing).expect("opens").tracks().is_empty());
}
