//! Packets with any sizes and times, written and read back.

use rushes::container::open_muxer;
use rushes::{
    DemuxOptions, MuxOptions, Packet, Sink, Source, Ticks, TimeBase, Timestamp, Track, open_demuxer,
};

use super::CLIP;
use crate::SharedSink;

/// Packets enough for all tables, few enough for speed.
const MAX_PACKETS: usize = 500;

const MILLISECONDS: TimeBase = match TimeBase::per_second(1000) {
    Some(base) => base,
    None => TimeBase::nanoseconds(),
};

/// Some shapes: constant steps, reordering, sizes that grow.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let packets = |packet: fn(u8) -> [u8; 3]| (0..40).flat_map(packet).collect();
    vec![
        packets(|_| [9, 10, 0]),
        packets(|index| [index, 10, [20, 60, 20, 0][usize::from(index % 4)]]),
        packets(|index| [255 - index, 1 + index, index % 3]),
    ]
}

/// Writes the packets that the bytes stand for as the pictures of an MP4 file, in each layout, and reads them back: the
/// same data, at the same times.
///
/// Three bytes make a packet: its size, the step to the next one, and the delay from decoding to showing.
pub fn roundtrip_mp4(bytes: &[u8]) {
    let packets = packets(bytes);
    if packets.is_empty() {
        return;
    }
    ["plain", "hybrid", "fragmented"].iter().for_each(|mode| check(&packets, mode));
}

/// The same as Matroska, which stores no decoding times, and times in milliseconds.
pub fn roundtrip_mkv(bytes: &[u8]) {
    let packets = packets(bytes);
    if packets.is_empty() {
        return;
    }
    let file = write(&packets, "mkv", 1000, &MuxOptions::default());
    let mut demuxer = open_demuxer(Source::bytes(file), &DemuxOptions::default())
        .expect("what we wrote can be opened");
    // Nothing lies before the start of a timeline that is in milliseconds: what was there comes at it.
    let early = packets.iter().filter_map(|packet| packet.pts).min().unwrap_or_default();
    let base = demuxer.tracks()[0].time_base;
    for packet in &packets {
        let read = demuxer
            .next_packet()
            .expect("what we wrote can be read")
            .expect("there are as many packets as we wrote");
        assert_eq!(*read.data, *packet.data);
        assert_eq!(read.key, packet.key);
        let pts = packet.pts.map(|pts| pts.saturating_offset(-early.ticks().min(0)));
        let time = read.pts.map(|pts| base.time(pts));
        assert_eq!(time, pts.map(|pts| MILLISECONDS.time(pts)));
    }
    assert_eq!(demuxer.next_packet().expect("the end is no error"), None);
}

fn check(packets: &[Packet], mode: &str) {
    let mut options = MuxOptions::default();
    options.options.insert("mode".to_owned(), mode.to_owned());
    let file = write(packets, "mp4", 600, &options);
    let mut demuxer = open_demuxer(Source::bytes(file), &DemuxOptions::default())
        .expect("what we wrote can be opened");
    for packet in packets {
        let read = demuxer
            .next_packet()
            .expect("what we wrote can be read")
            .expect("there are as many packets as we wrote");
        assert_eq!(*read.data, *packet.data, "{mode}");
        assert_eq!((read.pts, read.dts, read.key), (packet.pts, packet.dts, packet.key), "{mode}");
    }
    assert_eq!(demuxer.next_packet().expect("the end is no error"), None);
}

/// Times start so that the first picture is shown at zero.
fn packets(bytes: &[u8]) -> Vec<Packet> {
    let (fields, _) = bytes.as_chunks::<3>();
    let mut dts = 0;
    let mut packets: Vec<(i64, i64, Packet)> = Vec::new();
    for (index, &[size, step, delay]) in fields.iter().take(MAX_PACKETS).enumerate() {
        let step = i64::from(step.max(1));
        let duration = Ticks::new(step.unsigned_abs());
        let data = vec![size; usize::from(size) + 1];
        let pts = dts + i64::from(delay);
        // What is decoded before a key frame is shown before it: demuxers rely on that where an edit starts.
        let key =
            index == 0 || size % 16 == 7 && packets.iter().all(|(_, earlier, _)| *earlier < pts);
        let packet = Packet::new(0, data).with_duration(duration).with_key(key);
        packets.push((dts, pts, packet));
        dts += step;
    }
    let first = packets.iter().map(|(_, pts, _)| *pts).min().unwrap_or_default();
    packets
        .into_iter()
        .map(|(dts, pts, packet)| {
            packet.with_dts(Timestamp::new(dts - first)).with_pts(Timestamp::new(pts - first))
        })
        .collect()
}

fn write(packets: &[Packet], format: &str, rate: u32, options: &MuxOptions) -> Vec<u8> {
    let clip =
        open_demuxer(Source::bytes(CLIP), &DemuxOptions::default()).expect("the clip is whole");
    let codec = clip.tracks()[0].codec.clone();
    let base = TimeBase::per_second(rate).expect("not zero");
    let file = SharedSink::default();
    let tracks = [Track::new(1, codec, base)];
    let sink = Sink::seekable(file.clone());
    let mut muxer = open_muxer(format, sink, &tracks, options).expect("it takes H.264");
    for packet in packets {
        muxer.write(packet).expect("times go forward");
    }
    muxer.finish().expect("memory takes it all");
    file.contents()
}
