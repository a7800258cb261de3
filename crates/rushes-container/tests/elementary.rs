//! Plain streams of video: IVF, H.264 and HEVC byte streams, AV1, YUV4MPEG2. Read whole, byte by byte, cut off at every byte,
//! after seeks, and written again.

mod common;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::Memory;
use rushes_container::{
    DemuxOptions, Demuxer, MuxOptions, SeekMode, SeekTo, Sink, Source, open_demuxer, open_muxer,
};
use rushes_core::{
    CodecId, CodecParameters, ErrorKind, FrameRate, Packet, PixelFormat, Ticks, TimeBase,
    Timestamp, Track, VideoParameters,
};

const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9f, 0x01, 0x6a, 0x02, 0x02, 0x02, 0x80,
    0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x07, 0x8a, 0x14, 0xcb,
];
const PPS: &[u8] = &[0x68, 0xeb, 0xec, 0xb2, 0x2c];
const HEVC_SPS: &[u8] = &[
    0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
    0x00, 0x3c, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x6d, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0, 0x16, 0xa1,
    0x22, 0x01, 0x3c, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x21,
];
const SEQUENCE: &[u8] = &[10, 11, 0, 0, 0, 4, 0x44, 0xae, 0x56, 0x7d, 0xfc, 0x40, 0x20];

fn byte_stream(nals: &[&[u8]]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
}

/// Two groups of a key picture and two others.
fn h264() -> Vec<u8> {
    let group = [SPS, PPS, &[0x65, 0x88, 0x84, 7, 9], &[0x41, 0x9a, 0x24, 5], &[0x41, 0x9a, 0x46]];
    byte_stream(&group).repeat(2)
}

fn hevc() -> Vec<u8> {
    let group: [&[u8]; 4] =
        [HEVC_SPS, &[0x44, 1, 0xc1, 0x73], &[0x26, 1, 0xaf, 9], &[0x02, 1, 0xd0, 9]];
    byte_stream(&group).repeat(3)
}

fn obu() -> Vec<u8> {
    let key: &[u8] = &[0x32, 3, 0x10, 0, 9];
    let group = [&[0x12, 0], SEQUENCE, key, &[0x12, 0], &[0x32, 2, 0x30, 7]].concat();
    group.repeat(3)
}

/// The same with lengths in place of sizes.
fn obu_of_lengths() -> Vec<u8> {
    let unit = |obus: &[&[u8]]| {
        let frame: Vec<u8> =
            obus.iter().flat_map(|obu| [&[length(obu)][..], obu].concat()).collect();
        [&[length(&frame) + 1, length(&frame)][..], &frame].concat()
    };
    let header = [&[0x08], &SEQUENCE[2..]].concat();
    let first = unit(&[&[0x10], &header, &[0x30, 0x10, 0, 9]]);
    let second = unit(&[&[0x10], &[0x30, 0x30, 7]]);
    [first, second].concat().repeat(3)
}

fn length(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).expect("short")
}

fn track(codec: CodecId, format: Option<PixelFormat>) -> Track {
    let mut video = VideoParameters::new(6, 4);
    video.pixel_format = format;
    video.frame_rate = FrameRate::new(30, 1);
    let codec = CodecParameters::video(codec, video);
    Track::new(0, codec, TimeBase::per_second(30).expect("not zero"))
}

fn packets(data: impl Fn(u8) -> Vec<u8>) -> Vec<Packet> {
    (0..6_u8)
        .map(|index| {
            let time = Timestamp::new(i64::from(index));
            Packet::new(0, data(index)).with_pts(time).with_dts(time).with_duration(Ticks::new(1))
        })
        .collect()
}

fn write(format: &str, track: &Track, packets: &[Packet]) -> Vec<u8> {
    let memory = Memory::default();
    let sink = Sink::rewritable(memory.clone());
    let tracks = std::slice::from_ref(track);
    let mut muxer = open_muxer(format, sink, tracks, &MuxOptions::default()).expect("opens");
    packets.iter().for_each(|packet| muxer.write(packet).expect("writes"));
    muxer.finish().expect("finishes");
    memory.contents()
}

fn ivf() -> Vec<u8> {
    // Key frames are even bytes.
    let packets = packets(|index| vec![u8::from(index % 3 > 0), index, 2, 3]);
    write("ivf", &track(CodecId::Vp8, None), &packets)
}

fn y4m() -> Vec<u8> {
    let packets = packets(|index| vec![index; 6 * 4 + 2 * 3 * 2]);
    write("y4m", &track(CodecId::RawVideo, Some(PixelFormat::Yuv420p)), &packets)
}

/// Each stream with its format and number of packets.
fn streams() -> [(&'static str, Vec<u8>, usize); 6] {
    [
        ("ivf", ivf(), 6),
        ("h264", h264(), 6),
        ("hevc", hevc(), 6),
        ("obu", obu(), 6),
        ("obu", obu_of_lengths(), 6),
        ("y4m", y4m(), 6),
    ]
}

fn open(source: Source) -> Box<dyn Demuxer> {
    open_demuxer(source, &DemuxOptions::default()).expect("opens")
}

fn rest(demuxer: &mut dyn Demuxer) -> Vec<Packet> {
    std::iter::from_fn(|| demuxer.next_packet().expect("reads")).collect()
}

/// Gives one byte at a time.
struct Trickle(io::Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let most = bytes.len().min(1);
        self.0.read(&mut bytes[..most])
    }
}

/// Has nothing to give every other time, once told so.
struct Stutter {
    bytes: io::Cursor<Vec<u8>>,
    stutters: Arc<AtomicBool>,
    blocked: bool,
}

impl Read for Stutter {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.blocked = !self.blocked && self.stutters.load(Ordering::Relaxed);
        if self.blocked {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let most = bytes.len().min(3);
        self.bytes.read(&mut bytes[..most])
    }
}

#[test]
fn streams_are_told_and_read_alike_from_files_and_pipes() {
    for (format, bytes, count) in streams() {
        let mut demuxer = open(Source::bytes(bytes.clone()));
        assert_eq!(demuxer.format(), format);
        let packets = rest(&mut *demuxer);
        assert_eq!(packets.len(), count, "{format}");
        assert!(packets[0].key, "{format}");
        assert_eq!(demuxer.next_packet().expect("the end, again"), None);
        let mut slow = open(Source::forward(Trickle(io::Cursor::new(bytes))));
        assert_eq!(rest(&mut *slow), packets, "{format}");
        let seek = SeekTo {
            time: demuxer.tracks()[0].time_base.time(Timestamp::ZERO),
            track: None,
            mode: SeekMode::Key,
        };
        assert_eq!(slow.seek(seek).expect_err("a pipe").kind(), ErrorKind::Unsupported);
    }
}

#[test]
fn a_source_that_would_block_is_asked_again() {
    for (format, bytes, _) in streams() {
        let expected = rest(&mut *open(Source::bytes(bytes.clone())));
        let stutters = Arc::new(AtomicBool::new(false));
        let source =
            Stutter { bytes: io::Cursor::new(bytes), stutters: stutters.clone(), blocked: false };
        // A call that opens takes the source: it is the caller's to wait before that.
        let mut demuxer = open(Source::forward(source));
        stutters.store(true, Ordering::Relaxed);
        let mut packets = Vec::new();
        loop {
            match demuxer.next_packet() {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break,
                Err(error) => assert!(error.is_would_block(), "{format}: {error}"),
            }
        }
        assert_eq!(packets, expected, "{format}");
    }
}

#[test]
fn seeks_give_what_a_linear_read_gives() {
    for (format, bytes, count) in streams() {
        let mut demuxer = open(Source::bytes(bytes));
        let base = demuxer.tracks()[0].time_base;
        let linear = rest(&mut *demuxer);
        for (index, packet) in linear.iter().enumerate() {
            for mode in [SeekMode::Key, SeekMode::Any] {
                let time = base.time(packet.pts.expect("a time"));
                let sought = demuxer.seek(SeekTo { time, track: None, mode }).expect("seeks");
                let found = rest(&mut *demuxer);
                let start = count - found.len();
                assert!(start <= index, "{format} {index} {mode:?}");
                assert_eq!(found, linear[start..], "{format} {index} {mode:?}");
                assert_eq!(Some(sought.pts), found[0].pts, "{format} {index} {mode:?}");
                let last =
                    linear[..=index].iter().rposition(|one| one.key || mode == SeekMode::Any);
                if format != "hevc" {
                    assert_eq!(Some(start), last, "{format} {index} {mode:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_cut_off_gives_what_it_holds() {
    for (format, bytes, count) in streams() {
        let whole = rest(&mut *open(Source::bytes(bytes.clone())));
        for length in 0..bytes.len() {
            let mut options = DemuxOptions::default();
            options.format = Some(format.to_owned());
            let source = Source::bytes(bytes[..length].to_vec());
            let Ok(mut demuxer) = open_demuxer(source, &options) else { continue };
            let (mut read, mut errors) = (0, 0);
            loop {
                match demuxer.next_packet() {
                    Ok(Some(packet)) => {
                        // The last packet may be a part of what it was, or have the start code of the next, and its header.
                        let original = &whole[read].data;
                        let fits = original.starts_with(&packet.data)
                            || packet.data.starts_with(original)
                                && packet.data.len() <= original.len() + 5;
                        assert!(fits, "{format} {length}");
                        read += 1;
                    }
                    Ok(None) => break,
                    Err(_) => errors += 1,
                }
                assert!(read <= count && errors <= 1, "{format} {length}");
            }
        }
    }
}

#[test]
fn huge_lengths_reserve_nothing() {
    let mut frame = ivf();
    frame[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut unit = obu();
    unit.truncate(15);
    unit.extend([0x32, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]);
    let mut lengths = obu_of_lengths();
    let first = usize::from(lengths[0]) + 1;
    lengths.truncate(first);
    lengths.extend([0xff, 0xff, 0xff, 0xff, 0x0f, 1]);
    let picture = b"YUV4MPEG2 W16384 H16384 F25:1 C444p12\nFRAME\n1".to_vec();
    for (format, bytes) in [("ivf", frame), ("obu", unit), ("obu", lengths), ("y4m", picture)] {
        for pipe in [false, true] {
            let source = if pipe {
                Source::forward(io::Cursor::new(bytes.clone()))
            } else {
                Source::bytes(bytes.clone())
            };
            let Ok(mut demuxer) = open_demuxer(source, &DemuxOptions::default()) else { continue };
            let results: Vec<_> = (0..4).map(|_| demuxer.next_packet()).collect();
            assert!(results.iter().any(Result::is_err), "{format} {pipe}");
        }
    }
}

#[test]
fn what_is_written_reads_as_it_was() {
    for (format, bytes, _) in streams() {
        let mut demuxer = open(Source::bytes(bytes));
        let track = demuxer.tracks()[0].clone();
        let packets = rest(&mut *demuxer);
        let written = write(format, &track, &packets);
        let mut again = open(Source::bytes(written));
        assert_eq!(again.tracks()[0].codec, track.codec, "{format}");
        let mut read = rest(&mut *again);
        for (packet, original) in read.iter_mut().zip(&packets) {
            packet.position = original.position;
        }
        assert_eq!(read, packets, "{format}");
    }
}

#[test]
fn streams_go_through_mp4_and_come_back() {
    for (format, bytes) in [("h264", h264()), ("hevc", hevc()), ("obu", obu())] {
        let mut demuxer = open(Source::bytes(bytes));
        let track = demuxer.tracks()[0].clone();
        let packets = rest(&mut *demuxer);
        let stored = write("mp4", &track, &packets);
        let mut demuxer = open(Source::bytes(stored));
        let track = demuxer.tracks()[0].clone();
        let middle = rest(&mut *demuxer);
        assert_eq!(middle.len(), packets.len(), "{format}");
        let back = write(format, &track, &middle);
        let read = rest(&mut *open(Source::bytes(back)));
        let data = |packets: &[Packet]| -> Vec<Vec<u8>> {
            // The zero of a long start code is nobody's.
            let bytes = |packet: &Packet| {
                let end =
                    packet.data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                let start = packet.data.iter().position(|byte| *byte != 0).unwrap_or(0);
                packet.data[start..end].to_vec()
            };
            packets.iter().map(bytes).collect()
        };
        assert_eq!(data(&read), data(&packets), "{format}");
    }
}

#[test]
fn muxers_refuse_what_they_cannot_hold() {
    let check = |format: &str, track: Track, kind: ErrorKind| {
        let sink = Sink::rewritable(Memory::default());
        let error = open_muxer(format, sink, &[track], &MuxOptions::default()).err();
        assert_eq!(error.expect("cannot be").kind(), kind, "{format}");
    };
    check("ivf", track(CodecId::RawVideo, None), ErrorKind::Unsupported);
    check("h264", track(CodecId::Hevc, None), ErrorKind::Unsupported);
    check("hevc", track(CodecId::H264, None), ErrorKind::Unsupported);
    check("obu", track(CodecId::Vp9, None), ErrorKind::Unsupported);
    check("y4m", track(CodecId::RawVideo, Some(PixelFormat::Rgb24)), ErrorKind::Unsupported);
    check("y4m", track(CodecId::H264, None), ErrorKind::Unsupported);
    check("ivf", common::clip::sound(), ErrorKind::Usage);
}
