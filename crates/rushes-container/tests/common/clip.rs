//! A short clip made by code: tracks, and packets whose bytes tell them from others.

use rushes_container::{InterleaveOptions, Interleaver, MuxOptions, Sink, open_muxer};
use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, FrameRate, Packet, PcmFormat,
    Ticks, TimeBase, Timestamp, Track, VideoParameters,
};

use super::Memory;

/// Baseline, 320 x 180: sets that a parser accepts.
pub(crate) const AVCC: &[u8] =
    b"\x01\x42\xc0\x0c\xff\xe1\0\x17\x67\x42\xc0\x0c\xd9\x01\x41\x9f\x9e\x10\0\0\x03\0\x10\0\0\x03\
    \x03\xc0\xf1\x42\x99\x01\0\x04\x68\xcb\x8c\xb2";
/// AAC-LC, 48 kHz, stereo.
pub(crate) const AAC_CONFIG: [u8; 2] = [0x11, 0x90];

pub(crate) fn base(numer: u32, denom: u32) -> TimeBase {
    TimeBase::new(numer, denom).expect("not zero")
}

pub(crate) fn video_parameters() -> VideoParameters {
    let mut video = VideoParameters::new(320, 180);
    video.frame_rate = FrameRate::new(30_000, 1001);
    video
}

pub(crate) fn video_with(video: VideoParameters, base: TimeBase) -> Track {
    let mut codec = CodecParameters::video(CodecId::H264, video);
    codec.private = Buffer::from(AVCC);
    Track::new(1, codec, base)
}

pub(crate) fn video() -> Track {
    video_with(video_parameters(), base(1001, 30_000))
}

pub(crate) fn sound() -> Track {
    let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    audio.frame_samples = Some(1024);
    let mut codec = CodecParameters::audio(CodecId::Aac, audio);
    codec.private = Buffer::from(&AAC_CONFIG[..]);
    Track::new(2, codec, base(1, 48_000))
}

pub(crate) fn pcm(format: PcmFormat, layout: ChannelLayout, rate: u32) -> Track {
    let audio = AudioParameters::new(rate, layout);
    Track::new(1, CodecParameters::audio(CodecId::Pcm(format), audio), base(1, rate))
}

/// A packet whose bytes tell it from others.
pub(crate) fn packet(track: usize, pts: i64, dts: i64, duration: u64) -> Packet {
    let size = 40 + pts.rem_euclid(23);
    let byte = pts.to_le_bytes()[0];
    let mut data = vec![byte; usize::try_from(size).expect("small")];
    let nal = u32::try_from(size - 4).expect("small");
    data[..4].copy_from_slice(&nal.to_be_bytes());
    // Filler data, which no parser looks into.
    data[4] = 0x0c;
    Packet::new(track, data)
        .with_pts(Timestamp::new(pts))
        .with_dts(Timestamp::new(dts))
        .with_duration(Ticks::new(duration))
        .with_key(track != 0)
}

/// `count` pictures in the order of decoding, every third a B-frame pair, decoding two ticks ahead.
pub(crate) fn pictures(count: i64, start: i64) -> Vec<Packet> {
    let mut order: Vec<i64> = Vec::new();
    order.push(0);
    let mut next = 1;
    while next < count {
        let last = (next + 2).min(count - 1);
        order.push(last);
        order.extend(next..last);
        next = last + 1;
    }
    order
        .iter()
        .zip(0..)
        .map(|(&index, decoded)| {
            packet(0, start + index, start + decoded - 2, 1).with_key(index % 30 == 0)
        })
        .collect()
}

/// Packets of sound with priming and padding.
pub(crate) fn frames(count: i64) -> Vec<Packet> {
    let mut frames: Vec<_> =
        (0..count).map(|index| packet(1, index * 1024 - 1024, index * 1024 - 1024, 1024)).collect();
    frames[0].discard = true;
    let last = frames.len() - 1;
    frames[last].trim.end = Ticks::new(300);
    frames
}

pub(crate) fn write(
    format: &str,
    sink: Sink,
    tracks: &[Track],
    packets: &[Packet],
    options: &MuxOptions,
) {
    let mut muxer = open_muxer(format, sink, tracks, options).expect("opens");
    let mut interleaver = Interleaver::new(tracks, InterleaveOptions::default());
    for packet in packets {
        interleaver.push(packet.clone()).expect("valid");
    }
    interleaver.finish();
    while let Some(packet) = interleaver.pop() {
        muxer.write(&packet).expect("writes");
    }
    muxer.finish().expect("finishes");
}

pub(crate) fn file_with(
    format: &str,
    tracks: &[Track],
    packets: &[Packet],
    options: &MuxOptions,
) -> Vec<u8> {
    let memory = Memory::default();
    write(format, Sink::rewritable(memory.clone()), tracks, packets, options);
    memory.contents()
}

pub(crate) fn file(format: &str, tracks: &[Track], packets: &[Packet]) -> Vec<u8> {
    file_with(format, tracks, packets, &MuxOptions::default())
}

pub(crate) fn faststart() -> MuxOptions {
    let mut options = MuxOptions::default();
    options.options.insert("faststart".into(), "true".into());
    options
}

/// One of the layouts that the muxer knows.
pub(crate) fn mode(name: &str) -> MuxOptions {
    with_options(&[("mode", name)])
}

pub(crate) fn with_options(pairs: &[(&str, &str)]) -> MuxOptions {
    let mut options = MuxOptions::default();
    for (key, value) in pairs {
        options.options.insert((*key).into(), (*value).into());
    }
    options
}

pub(crate) fn of_track(packets: &[Packet], track: usize) -> Vec<Packet> {
    packets.iter().filter(|packet| packet.track == track).cloned().collect()
}

/// Names the first row that differs rather than all of them.
pub(crate) fn check_rows(found: &[[i64; 4]], expected: &[[i64; 4]], context: &str) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "{context}: row {index}");
    }
    assert_eq!(found.len(), expected.len(), "{context}");
}

/// Everything but where it lies.
pub(crate) fn placeless(packets: &[Packet]) -> Vec<Packet> {
    let mut packets = packets.to_vec();
    packets.iter_mut().for_each(|packet| packet.position = None);
    packets
}

/// The kinds of the outermost boxes.
pub(crate) fn layout(file: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut rest = file;
    while let Some((size, kind)) =
        rest.split_first_chunk::<4>().zip(rest.get(4..8)).map(|(s, k)| (s.0, k))
    {
        kinds.push(String::from_utf8_lossy(kind).into_owned());
        let size = usize::try_from(u32::from_be_bytes(*size)).expect("small");
        rest = rest.get(size.max(8)..).unwrap_or_default();
    }
    kinds
}

pub(crate) fn clip() -> (Vec<Track>, Vec<Packet>) {
    let mut packets = pictures(91, 0);
    packets.extend(frames(140));
    (vec![video(), sound()], packets)
}

/// Sound comes back, whatever words the demuxer uses for priming.
pub(crate) fn check_sound(back: &[Packet], written: &[Packet]) {
    assert_eq!(back.len(), written.len());
    let heard = |packets: &[Packet]| {
        let ranges = packets.iter().filter(|packet| !packet.discard).map(|packet| {
            let pts = packet.pts.expect("set").ticks();
            let duration = i64::try_from(packet.duration.expect("set").count()).expect("small");
            let trim = |ticks: Ticks| i64::try_from(ticks.count()).expect("small");
            ((pts + trim(packet.trim.start)).max(0), pts + duration - trim(packet.trim.end))
        });
        let ranges = ranges.filter(|(start, end)| start < end);
        ranges.collect::<Vec<_>>()
    };
    assert_eq!(heard(back), heard(written));
    for (back, written) in back.iter().zip(written) {
        assert_eq!((&back.data, back.pts, back.dts), (&written.data, written.pts, written.dts));
    }
}
