//! Ogg and FLAC on streams made here: round trips, several streams, chains, damage, pipes.

mod common;

use std::io::Read;

use common::Memory;
use rushes_container::{
    DemuxOptions, Demuxer, MuxOptions, SeekMode, SeekTo, Sink, Source, open_demuxer, open_muxer,
};
use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, Chapter, CodecId, CodecParameters, ErrorKind, Packet,
    Ticks, Time, TimeBase, Timestamp, Track, Trim, VideoParameters,
};

const OPUS_HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";

fn base(rate: u32) -> TimeBase {
    TimeBase::per_second(rate).expect("not zero")
}

fn opus_track() -> Track {
    let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    audio.delay = 312;
    let mut codec = CodecParameters::audio(CodecId::Opus, audio);
    codec.private = Buffer::from(OPUS_HEAD);
    Track::new(1, codec, base(48_000))
}

/// Packets of 20 ms whose bytes tell their number; the last has padding.
fn opus_packets(track: usize, count: i64) -> Vec<Packet> {
    let packet = |number: i64| {
        let size = 3 + usize::try_from(number % 700).expect("small");
        let mut data = vec![0xf8; size];
        data[1..3].copy_from_slice(&number.to_le_bytes()[..2]);
        let cut = |first: bool, ticks| Ticks::new(if first { ticks } else { 0 });
        let trim = Trim { start: cut(number == 0, 312), end: cut(number == count - 1, 100) };
        let pts = Timestamp::new(number * 960 - 312);
        let packet = Packet::new(track, data).with_pts(pts).with_dts(pts);
        packet.with_duration(Ticks::new(960)).with_key(true).with_trim(trim)
    };
    (0..count).map(packet).collect()
}

fn crc(bytes: &[u8], width: u32, polynomial: u32) -> u32 {
    let top = 1 << (width - 1);
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << (width - 8), |crc: u32, _| {
            let shifted = if crc & top == 0 { crc << 1 } else { crc << 1 ^ polynomial };
            shifted & (u32::MAX >> (32 - width))
        })
    })
}

/// Frames of 4096 samples with right checksums.
fn flac_packets(count: u32) -> Vec<Packet> {
    let packet = |number: u32| {
        let mut data = vec![0xff, 0xf8, 0xc9, 0x08];
        data.extend(char::from_u32(number).expect("a character").to_string().as_bytes());
        data.push(crc(&data, 8, 0x07).to_le_bytes()[0]);
        data.resize(500, number.to_le_bytes()[0] & 0x7f);
        data.extend(&crc(&data, 16, 0x8005).to_be_bytes()[2..]);
        let pts = Timestamp::new(i64::from(number) * 4096);
        let packet = Packet::new(0, data).with_pts(pts).with_dts(pts);
        packet.with_duration(Ticks::new(4096)).with_key(true)
    };
    (0..count).map(packet).collect()
}

fn flac_track() -> Track {
    let mut private = b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0".to_vec();
    // 44100 Hz, mono, 16 bits.
    private.extend((44_100_u64 << 44 | 15 << 36).to_be_bytes());
    private.extend([0; 16]);
    let audio = AudioParameters::new(44_100, ChannelLayout::MONO);
    let mut codec = CodecParameters::audio(CodecId::Flac, audio);
    codec.private = private.into();
    Track::new(1, codec, base(44_100))
}

fn write(format: &str, tracks: &[Track], packets: &[Packet], options: &MuxOptions) -> Vec<u8> {
    let memory = Memory::default();
    let sink = Sink::rewritable(memory.clone());
    let mut muxer = open_muxer(format, sink, tracks, options).expect("opens");
    packets.iter().for_each(|packet| muxer.write(packet).expect("writes"));
    muxer.finish().expect("finishes");
    memory.contents()
}

fn open(source: Source) -> Box<dyn Demuxer> {
    open_demuxer(source, &DemuxOptions::default()).expect("opens")
}

/// The packets without their places, and the messages between them.
fn read(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Vec<String>) {
    let (mut packets, mut messages) = (Vec::new(), Vec::new());
    loop {
        match demuxer.next_packet() {
            Ok(Some(mut packet)) => {
                packet.position = None;
                packets.push(packet);
            }
            Ok(None) => return (packets, messages),
            Err(error) => messages.push(error.to_string()),
        }
    }
}

fn read_bytes(bytes: &[u8]) -> (Vec<Packet>, Vec<String>) {
    read(&mut *open(Source::bytes(bytes.to_vec())))
}

/// Format, track and packets.
fn streams() -> [(&'static str, Track, Vec<Packet>); 3] {
    [
        ("ogg", opus_track(), opus_packets(0, 400)),
        ("ogg", flac_track(), flac_packets(90)),
        ("flac", flac_track(), flac_packets(90)),
    ]
}

struct OneByte(std::io::Cursor<Vec<u8>>);

impl Read for OneByte {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(1);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn what_is_written_is_read() {
    for (format, track, packets) in streams() {
        let file = write(format, std::slice::from_ref(&track), &packets, &MuxOptions::default());
        let mut demuxer = open(Source::bytes(file.clone()));
        let back = &demuxer.tracks()[0];
        assert_eq!(back.start, Some(Timestamp::ZERO), "{format}");
        let heard = packets.iter().map(|p| {
            960.max(p.duration.expect("set").count()) - p.trim.start.count() - p.trim.end.count()
        });
        assert_eq!(back.duration.map(Ticks::count), Some(heard.sum()), "{format}");
        assert_eq!(back.codec.as_audio().map(|a| a.delay), track.codec.as_audio().map(|a| a.delay));
        assert_eq!(read(&mut *demuxer), (packets.clone(), vec![]), "{format}");
        let pipe = Source::forward(OneByte(std::io::Cursor::new(file)));
        assert_eq!(read(&mut *open(pipe)), (packets, vec![]), "{format}");
    }
}

#[test]
fn seeks_reach_every_packet() {
    for (format, track, packets) in streams() {
        let file = write(format, std::slice::from_ref(&track), &packets, &MuxOptions::default());
        let mut demuxer = open(Source::bytes(file));
        for (number, packet) in packets.iter().enumerate() {
            for inside in [0, 959] {
                let pts = packet.pts.expect("set");
                let time = track.time_base.time(pts.saturating_offset(inside));
                let to = SeekTo { time, track: None, mode: SeekMode::Key };
                assert_eq!(demuxer.seek(to).expect("seeks").pts, pts, "{format} {number}");
                let mut next = demuxer.next_packet().expect("reads").expect("a packet");
                next.position = None;
                // What is skipped at the start is skipped there only.
                assert_eq!(next, *packet, "{format} {number}");
            }
        }
    }
}

#[test]
fn tags_chapters_and_covers_come_back() {
    let mut picture = CodecParameters::video(CodecId::Png, VideoParameters::new(4, 3));
    picture.private = Buffer::default();
    let mut cover = Track::new(2, picture, base(90_000));
    cover.disposition.attached_picture = true;
    cover.metadata.set("title", "back");
    cover.metadata.set("comment", "Cover (back)");
    let png = Packet::new(1, &b"\x89PNG\r\n\x1a\n"[..]).with_pts(Timestamp::ZERO).with_key(true);
    let mut options = MuxOptions::default();
    options.metadata = [("title", "t"), ("track", "3"), ("encoder", "e"), ("album_artist", "x")]
        .into_iter()
        .collect();
    let chapter = |ticks, title: &str| Chapter {
        start: base(1000).time(Timestamp::new(ticks)),
        end: None,
        title: title.to_owned(),
    };
    options.chapters = vec![chapter(0, "one"), chapter(1500, "two")];
    for (format, track, mut packets) in streams() {
        // Late, but not too late.
        packets.insert(3, png.clone());
        let file = write(format, &[track, cover.clone()], &packets, &options);
        let mut demuxer = open(Source::bytes(file));
        assert_eq!(*demuxer.metadata(), options.metadata, "{format}");
        assert_eq!(demuxer.chapters(), options.chapters, "{format}");
        assert_eq!(demuxer.tracks().len(), 2, "{format}");
        assert_eq!(demuxer.tracks()[1].metadata, cover.metadata, "{format}");
        let (back, messages) = read(&mut *demuxer);
        assert!(messages.is_empty(), "{format} {messages:?}");
        let pictures: Vec<_> = back.iter().filter(|packet| packet.track == 1).collect();
        assert_eq!(pictures, [&png], "{format}");
        assert_eq!(back.len(), packets.len(), "{format}");
    }
}

#[test]
fn several_streams_lie_side_by_side() {
    let mut packets: Vec<Packet> = opus_packets(0, 400);
    packets.extend(opus_packets(1, 300));
    packets.sort_by_key(|packet| packet.pts);
    let file = write("ogg", &[opus_track(), opus_track()], &packets, &MuxOptions::default());
    let mut demuxer = open(Source::bytes(file));
    let of = |packets: &[Packet], track: usize| -> Vec<Packet> {
        packets.iter().filter(|packet| packet.track == track).cloned().collect()
    };
    let (back, messages) = read(&mut *demuxer);
    assert!(messages.is_empty(), "{messages:?}");
    for track in 0..2 {
        assert_eq!(of(&back, track), of(&packets, track));
    }
    let time = base(48_000).time(Timestamp::new(200 * 960 - 312));
    demuxer.seek(SeekTo { time, track: Some(1), mode: SeekMode::Key }).expect("seeks");
    let (rest, _) = read(&mut *demuxer);
    for track in 0..2 {
        assert_eq!(of(&rest, track), of(&packets, track)[200..]);
    }
}

#[test]
fn times_go_on_in_a_chain() {
    // A cover in front makes the serial number of the second link another one.
    let first = write("ogg", &[opus_track()], &opus_packets(0, 100), &MuxOptions::default());
    let mut cover =
        Track::new(9, CodecParameters::video(CodecId::Png, VideoParameters::default()), base(1));
    cover.disposition.attached_picture = true;
    let second = write("ogg", &[cover, opus_track()], &opus_packets(1, 50), &MuxOptions::default());
    let mut demuxer = open(Source::bytes([first, second].concat()));
    let length = 100 * 960 - 412;
    assert_eq!(demuxer.tracks()[0].duration.map(Ticks::count), Some(length + 50 * 960 - 412));
    let (packets, messages) = read(&mut *demuxer);
    assert!(messages.is_empty(), "{messages:?}");
    assert_eq!(packets.len(), 150);
    let join = i64::try_from(length).expect("small");
    assert_eq!(packets[100].pts, Some(Timestamp::new(join - 312)));
    assert_eq!(packets[100].trim.start, Ticks::new(312));
    for number in [120, 99, 0, 149] {
        let pts = packets[number].pts.expect("set");
        let time = base(48_000).time(pts.saturating_offset(500));
        let reached =
            demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Any }).expect("seeks");
        assert_eq!(reached.pts, pts, "{number}");
        assert_eq!(read(&mut *demuxer).0, packets[number..], "{number}");
    }
}

#[test]
fn truncated_and_damaged_files_give_what_they_hold() {
    for (format, track, packets) in streams() {
        let packets = &packets[..20];
        let file = write(format, &[track], packets, &MuxOptions::default());
        for cut in (0..file.len()).step_by(7) {
            let options = DemuxOptions::default();
            if let Ok(mut demuxer) = open_demuxer(Source::bytes(file[..cut].to_vec()), &options) {
                let (found, _) = read(&mut *demuxer);
                assert!(found.len() <= packets.len(), "{format} {cut}");
                let time = Time::ZERO;
                let _ = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key });
            }
        }
        let mut damaged = file.clone();
        let at = file.len() - 300;
        damaged[at] ^= 1;
        let (found, messages) = read_bytes(&damaged);
        // A frame of FLAC that is all there is its decoder's to judge.
        assert_eq!(messages.is_empty(), format == "flac", "{format} {messages:?}");
        assert!(found.len() <= packets.len(), "{format}");
    }
}

/// The encoder knows the sum of the samples last: it gets into a FLAC file if the number of samples is that of the file, and the
/// sink seeks.
#[test]
fn the_sum_of_the_samples_comes_at_the_end() {
    let track = flac_track();
    let told = |samples: u8| {
        let mut codec = track.codec.clone();
        let mut private = codec.private.to_vec();
        private[24..26].copy_from_slice(&(u16::from(samples) * 4096).to_be_bytes());
        private[26..42].fill(7);
        codec.private = Buffer::from(private);
        codec
    };
    let check = |seeks: bool, codec: &CodecParameters, expected: u8| {
        let memory = Memory::default();
        let sink = match seeks {
            true => Sink::seekable(memory.clone()),
            false => Sink::forward(memory.clone()),
        };
        let tracks = [track.clone()];
        let mut muxer = open_muxer("flac", sink, &tracks, &MuxOptions::default()).expect("opens");
        flac_packets(3).iter().try_for_each(|packet| muxer.write(packet)).expect("written");
        muxer.complete(0, codec).expect("of the same stream");
        muxer.finish().expect("finished");
        assert_eq!(memory.contents()[26..42], [expected; 16]);
    };
    check(true, &told(3), 7);
    check(true, &told(2), 0);
    check(false, &told(3), 0);
    let (sink, tracks) = (Sink::forward(Memory::default()), [track.clone()]);
    let mut muxer = open_muxer("flac", sink, &tracks, &MuxOptions::default()).expect("opens");
    let mut other = told(3);
    let mut private = other.private.to_vec();
    // Another rate.
    private[18] ^= 1;
    other.private = Buffer::from(private);
    let kinds = [muxer.complete(0, &other), muxer.complete(1, &told(3))]
        .map(|result| result.expect_err("refused").kind());
    assert_eq!(kinds, [ErrorKind::Usage; 2]);
}
