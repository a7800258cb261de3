//! Fragmented and hybrid MP4 files: on any sink, cut off anywhere, and complete.

mod common;

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use common::clip::{
    base, check_rows, check_sound, clip, file, file_with, frames, layout, mode, of_track, packet,
    pcm, pictures, placeless, sound, video_parameters, video_with, with_options, write,
};
use common::ffprobe::{ffprobe, rows};
use common::{Memory, open, packets};
use rushes_container::{DemuxOptions, MuxOptions, SeekMode, SeekTo, Sink, Source, open_demuxer};
use rushes_core::{ChannelLayout, Packet, PcmFormat, Ticks, Timestamp, Track};

/// A file that remembers each write, so that a crash between any two bytes can be played back.
#[derive(Clone, Debug, Default)]
struct Journal(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    contents: Vec<u8>,
    position: usize,
    writes: Vec<(usize, Vec<u8>)>,
    /// Number of bytes written when the muxer asked for a flush.
    flushes: Vec<usize>,
}

impl Journal {
    /// The file after `bytes` have been written, in whatever place.
    fn after(&self, bytes: usize) -> Vec<u8> {
        let state = self.0.lock().expect("not poisoned");
        let mut file = Vec::new();
        let mut left = bytes;
        for (position, data) in &state.writes {
            let part = &data[..data.len().min(left)];
            if file.len() < position + part.len() {
                file.resize(position + part.len(), 0);
            }
            file[*position..position + part.len()].copy_from_slice(part);
            left -= part.len();
            if left == 0 {
                break;
            }
        }
        file
    }

    fn written(&self) -> usize {
        let state = self.0.lock().expect("not poisoned");
        state.writes.iter().map(|(_, data)| data.len()).sum()
    }

    fn flushes(&self) -> Vec<usize> {
        self.0.lock().expect("not poisoned").flushes.clone()
    }
}

impl Write for Journal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().expect("not poisoned");
        let (start, end) = (state.position, state.position + bytes.len());
        if state.contents.len() < end {
            state.contents.resize(end, 0);
        }
        state.contents[start..end].copy_from_slice(bytes);
        state.writes.push((start, bytes.to_vec()));
        state.position = end;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.written();
        self.0.lock().expect("not poisoned").flushes.push(written);
        Ok(())
    }
}

impl Read for Journal {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.lock().expect("not poisoned");
        let left = &state.contents[state.position..];
        let count = left.len().min(bytes.len());
        bytes[..count].copy_from_slice(&left[..count]);
        state.position += count;
        Ok(count)
    }
}

impl Seek for Journal {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut state = self.0.lock().expect("not poisoned");
        let length = state.contents.len() as u64;
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => length.checked_add_signed(offset),
            SeekFrom::Current(offset) => (state.position as u64).checked_add_signed(offset),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        state.position = usize::try_from(target).expect("small");
        Ok(target)
    }
}

/// What can be read, until the end or the damage.
fn readable(file: Vec<u8>) -> Option<Vec<Packet>> {
    let mut demuxer = open_demuxer(Source::bytes(file), &DemuxOptions::default()).ok()?;
    let mut packets = Vec::new();
    while let Ok(Some(packet)) = demuxer.next_packet() {
        packets.push(packet);
    }
    Some(placeless(&packets))
}

fn long_clip() -> (Vec<Track>, Vec<Packet>) {
    let mut packets = pictures(301, 0);
    packets.extend(frames(469));
    (clip().0, packets)
}

/// The same packets in each track. How tracks are interleaved is not compared.
fn check_same(found: &[Packet], expected: &[Packet], context: &str) {
    for track in 0..2 {
        let (found, expected) = (of_track(found, track), of_track(expected, track));
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{context}: packet {index} of track {track}");
        }
        assert_eq!(found.len(), expected.len(), "{context}: track {track}");
    }
}

/// Times in the unit that comes back, 1/30000 s.
fn in_ticks(packets: &[Packet]) -> Vec<Packet> {
    let scale = |packet: &Packet| {
        let mut packet = packet.clone();
        let times = |time: Timestamp| Timestamp::new(time.ticks() * 1001);
        packet.pts = packet.pts.map(times);
        packet.dts = packet.dts.map(times);
        packet.duration = packet.duration.map(|length| Ticks::new(length.count() * 1001));
        packet
    };
    packets.iter().map(scale).collect()
}

fn has(file: &[u8], kind: &[u8; 4]) -> bool {
    file.windows(4).any(|window| window == kind)
}

#[test]
fn a_closed_recording_is_a_plain_file() {
    let (tracks, written) = long_clip();
    for format in ["mp4", "mov"] {
        let closed = file(format, &tracks, &written);
        let plain = file_with(format, &tracks, &written, &mode("plain"));
        let padding = if format == "mov" { "wide" } else { "free" };
        assert_eq!(layout(&closed), ["ftyp", padding, "mdat", "moov"]);
        let movie = layout_of(&closed, b"moov");
        assert!(!has(&closed[movie..], b"mvex"));
        // The fragments are there, but nobody looks for them.
        assert!(has(&closed[..movie], b"moof"));
        let read = |file| placeless(&packets(&mut *open(file)));
        check_same(&read(closed.clone()), &read(plain.clone()), format);
        if let (Some(a), Some(b)) = (ffprobe(&closed, format), ffprobe(&plain, format)) {
            for track in 0..2 {
                assert_eq!(rows(&a, track), rows(&b, track), "{format} {track}");
            }
            assert_eq!(a["streams"][1]["duration"], b["streams"][1]["duration"]);
        }
    }
}

/// Where the outermost box of this kind starts.
fn layout_of(file: &[u8], kind: &[u8; 4]) -> usize {
    let mut start = 0;
    while let Some(header) = file.get(start..start + 8) {
        if header[4..] == *kind {
            return start;
        }
        let size = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        start += usize::try_from(size).expect("small").max(8);
    }
    panic!("no such box");
}

#[test]
fn a_recording_that_is_cut_off_holds_all_but_the_last_fragment() {
    let (tracks, written) = long_clip();
    for options in [mode("hybrid"), with_options(&[("reserve_moov", "20000")]), mode("fragmented")]
    {
        let journal = Journal::default();
        write("mp4", Sink::rewritable(journal.clone()), &tracks, &written, &options);
        let total = journal.written();
        let flushes = journal.flushes();
        assert!(flushes.len() > 10, "{flushes:?}");
        // Behind the movie box, behind the first fragment, and behind the name that the fragment then gets.
        let first = flushes[2];
        let whole = readable(journal.after(total)).expect("complete");
        let mut state = 11_u32;
        let mut cuts: Vec<usize> = (0..50)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                first + usize::try_from(state >> 4).expect("small") % (total - first)
            })
            .collect();
        // Where the file is being completed, every byte.
        cuts.extend(total - 60..=total);
        for (number, cut) in cuts.into_iter().enumerate() {
            let file = journal.after(cut);
            let back =
                readable(file.clone()).unwrap_or_else(|| panic!("{options:?}: cut at {cut}"));
            let fragment =
                flushes.iter().rposition(|flush| *flush <= cut).expect("behind the first");
            let least = readable(journal.after(flushes[fragment])).expect("opens").len();
            assert!(back.len() >= least, "{} < {least} at {cut}", back.len());
            for track in 0..2 {
                let (back, whole) = (of_track(&back, track), of_track(&whole, track));
                for (back, whole) in back.iter().zip(&whole) {
                    let row =
                        |packet: &Packet| (packet.pts, packet.dts, packet.data.clone(), packet.key);
                    assert_eq!(row(back), row(whole), "{options:?}: cut at {cut}");
                }
            }
            if number % 8 == 0 {
                let Some(probe) = ffprobe(&file, "mp4") else { continue };
                assert!(
                    !probe["packets"].is_null(),
                    "{options:?}: ffprobe, cut at {cut} of {total}"
                );
                let seen = rows(&probe, 0).len() + rows(&probe, 1).len();
                assert!(seen >= least, "{options:?}: ffprobe sees {seen} < {least} at {cut}");
            }
        }
        // Each fragment adds packets.
        let counts: Vec<_> = flushes[2..10]
            .iter()
            .step_by(2)
            .map(|flush| readable(journal.after(*flush)).expect("opens").len())
            .collect();
        assert!(counts.is_sorted_by(|a, b| a < b), "{counts:?}");
    }
}

#[test]
fn fragments_go_to_any_sink_and_come_back() {
    let (tracks, written) = long_clip();
    let options: [&[(&str, &str)]; 5] = [
        &[("mode", "fragmented")],
        &[("fragmented", "1"), ("fragment_duration", "2.5"), ("styp", "1")],
        &[("mode", "fragmented"), ("fragment_duration", "0.001")],
        &[("mode", "fragmented"), ("sidx", "1")],
        &[("mode", "fragmented"), ("sidx", "1"), ("styp", "1")],
    ];
    for format in ["mp4", "mov"] {
        for pairs in options {
            let options = with_options(pairs);
            let memory = Memory::default();
            let needs_reading = pairs.iter().any(|(key, _)| *key == "sidx");
            let sink = if needs_reading {
                Sink::rewritable(memory.clone())
            } else {
                Sink::forward(memory.clone())
            };
            write(format, sink, &tracks, &written, &options);
            let bytes = memory.contents();
            let context = format!("{format} {pairs:?}");
            check_fragments(&bytes, &context);
            let mut demuxer = open(bytes.clone());
            let back = placeless(&packets(&mut *demuxer));
            check_same(&of_track(&back, 0), &in_ticks(&of_track(&written, 0)), &context);
            check_sound(&of_track(&back, 1), &of_track(&written, 1));
            // The same from a source that cannot seek.
            let source = Source::forward(io::Cursor::new(bytes.clone()));
            let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
            assert_eq!(placeless(&packets(&mut *demuxer)).len(), back.len(), "{context}");
            let Some(probe) = ffprobe(&bytes, format) else { continue };
            for (track, scale) in [(0, 1001), (1, 1)] {
                let expected: Vec<_> = of_track(&written, track)
                    .iter()
                    .map(|packet| {
                        let heard = packet.duration.expect("set").saturating_sub(packet.trim.end);
                        [
                            packet.pts.expect("set").ticks() * scale,
                            packet.dts.expect("set").ticks() * scale,
                            i64::try_from(heard.count()).expect("small") * scale,
                            i64::try_from(packet.data.len()).expect("small"),
                        ]
                    })
                    .collect();
                let mut found = rows(&probe, track);
                // FFmpeg does not tell all lengths in fragments.
                for (found, expected) in found.iter_mut().zip(&expected) {
                    if found[2] == i64::MIN {
                        found[2] = expected[2];
                    }
                }
                check_rows(&found, &expected, &context);
            }
        }
    }
}

/// Movie first, then pairs of fragment and media, then the index.
fn check_fragments(bytes: &[u8], context: &str) {
    let kinds = layout(bytes);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    kinds.iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
    assert_eq!(kinds[..2], ["ftyp", "moov"], "{context}");
    assert_eq!(kinds.last().map(String::as_str), Some("mfra"), "{context}");
    assert!(counts["moof"] > 3 && counts["moof"] == counts["mdat"], "{context}: {counts:?}");
    assert!(has(bytes, b"mvex") && has(bytes, b"tfdt"), "{context}");
    let size = bytes.len() - layout_of(bytes, b"mfra");
    let tail = u32::from_be_bytes(*bytes.last_chunk().expect("long"));
    assert_eq!(usize::try_from(tail).expect("small"), size, "{context}");
}

#[test]
fn fragments_start_with_key_frames_and_can_be_sought() {
    let (tracks, written) = long_clip();
    let bytes = file_with("mp4", &tracks, &written, &mode("fragmented"));
    let mut demuxer = open(bytes);
    for second in [0, 3, 5, 9] {
        let time = base(1, 1).time(Timestamp::new(second));
        let to = SeekTo { time, track: Some(0), mode: SeekMode::Key };
        demuxer.seek(to).expect("seeks");
        let packet = loop {
            let packet = demuxer.next_packet().expect("reads").expect("not the end");
            if packet.track == 0 {
                break packet;
            }
        };
        assert!(packet.key);
        let ticks = packet.pts.expect("set").ticks();
        assert!(ticks <= second * 30_000 && ticks > (second - 1) * 30_000 - 1, "{second}: {ticks}");
    }
}

#[test]
fn sound_alone_goes_into_fragments() {
    let mut written = frames(200);
    written.iter_mut().for_each(|packet| packet.track = 0);
    let bytes = file_with(
        "m4a",
        &[sound()],
        &written,
        &with_options(&[("mode", "fragmented"), ("cmaf", "1")]),
    );
    assert!(has(&bytes[..64], b"cmfc"));
    assert!(layout(&bytes).iter().filter(|kind| *kind == "moof").count() >= 4);
    check_sound(&packets(&mut *open(bytes)), &written);
}

#[test]
fn pcm_goes_into_fragments_and_recordings() {
    let track = pcm(PcmFormat::S16Le, ChannelLayout::STEREO, 44_100);
    let bytes: Vec<u8> = (0..=250).cycle().take(4 * 100_000).collect();
    let written: Vec<_> = bytes
        .chunks(4 * 777)
        .zip(0..)
        .map(|(part, index)| Packet::new(0, part).with_pts(Timestamp::new(index * 777)))
        .collect();
    for (format, options) in
        [("mp4", mode("fragmented")), ("mov", mode("fragmented")), ("mp4", mode("hybrid"))]
    {
        let file = file_with(format, std::slice::from_ref(&track), &written, &options);
        let back = packets(&mut *open(file));
        let joined: Vec<u8> = back.iter().flat_map(|packet| packet.data.to_vec()).collect();
        assert!(joined == bytes, "{format} {options:?}");
        let mut end = 0;
        for packet in &back {
            assert_eq!(packet.pts, Some(Timestamp::new(end)));
            end += i64::try_from(packet.data.len() / 4).expect("small");
        }
    }
}

#[test]
fn late_starts_and_uneven_lengths_survive() {
    for (start, pairs) in [
        (0, &[("mode", "fragmented")][..]),
        (9000, &[("mode", "fragmented")]),
        (9000, &[("mode", "fragmented"), ("composition", "negative")]),
        (9000, &[("mode", "hybrid")]),
    ] {
        let track = video_with(video_parameters(), base(1, 90_000));
        let times = [0, 3003, 3004, 120_000, 281_001, 281_778].map(|time| start + time);
        let written: Vec<_> = times
            .windows(2)
            .map(|pair| {
                packet(0, pair[0], pair[0], (pair[1] - pair[0]).unsigned_abs()).with_key(true)
            })
            .collect();
        let options = with_options(pairs);
        let bytes = file_with("mp4", std::slice::from_ref(&track), &written, &options);
        assert_eq!(placeless(&packets(&mut *open(bytes.clone()))), written, "{start} {pairs:?}");
        if let Some(probe) = ffprobe(&bytes, "mp4") {
            let found: Vec<_> = rows(&probe, 0).iter().map(|row| row[0]).collect();
            assert_eq!(found, times[..5], "{start} {pairs:?}");
        }
    }
}

#[test]
fn pictures_may_be_shown_before_their_decoding_time() {
    let track = video_with(video_parameters(), base(1, 25));
    let written = pictures(91, 0);
    let pairs = [("mode", "fragmented"), ("composition", "negative"), ("cmaf", "1")];
    let bytes = file_with("mp4", std::slice::from_ref(&track), &written, &with_options(&pairs));
    assert!(has(&bytes[..64], b"cmf2"));
    assert!(!has(&bytes, b"elst"));
    let back = packets(&mut *open(bytes));
    let row = |packet: &Packet| (packet.pts, packet.data.clone(), packet.key);
    let all = |packets: &[Packet]| packets.iter().map(row).collect::<Vec<_>>();
    for (back, written) in all(&back).iter().zip(&all(&written)) {
        assert_eq!(back, written);
    }
    for packet in &back {
        assert!(packet.dts <= packet.pts, "{packet:?}");
    }
}

#[test]
fn a_track_that_starts_late_or_never_stops_nothing() {
    let (tracks, mut written) = long_clip();
    written.retain(|packet| packet.track == 0 || packet.pts > Some(Timestamp::new(200_000)));
    written.iter_mut().for_each(|packet| packet.discard = false);
    for name in ["fragmented", "hybrid"] {
        let bytes = file_with("mp4", &tracks, &written, &mode(name));
        let back = placeless(&packets(&mut *open(bytes)));
        check_same(&of_track(&back, 0), &in_ticks(&of_track(&written, 0)), name);
        check_sound(&of_track(&back, 1), &of_track(&written, 1));
        let silent: Vec<_> = of_track(&written, 1);
        let bytes = file_with("mp4", &tracks, &silent, &mode(name));
        check_sound(&of_track(&packets(&mut *open(bytes)), 1), &silent);
        let nothing = file_with("mp4", &tracks, &[], &mode(name));
        assert_eq!(packets(&mut *open(nothing)), [], "{name}");
    }
}

#[test]
fn room_for_the_movie_is_used_where_it_does() {
    let (tracks, written) = long_clip();
    let expected = placeless(&packets(&mut *open(file("mp4", &tracks, &written))));
    for name in ["plain", "hybrid"] {
        for (bytes, kinds) in [
            ("20000", &["ftyp", "free", "moov", "free", "mdat"][..]),
            ("100", &["ftyp", "free", "free", "mdat", "moov"]),
        ] {
            let options = with_options(&[("mode", name), ("reserve_moov", bytes)]);
            let file = file_with("mp4", &tracks, &written, &options);
            assert_eq!(layout(&file), kinds, "{name} {bytes}");
            let back = placeless(&packets(&mut *open(file)));
            check_same(&back, &expected, name);
        }
    }
}

#[test]
fn the_mp4_crate_reads_a_closed_recording() {
    let (tracks, written) = long_clip();
    let bytes = file_with("mp4", &tracks, &written, &MuxOptions::default());
    let size = bytes.len() as u64;
    let mut reader = mp4::Mp4Reader::read_header(io::Cursor::new(bytes), size).expect("reads");
    for track in 0..2 {
        let id = u32::try_from(track + 1).expect("small");
        for (number, packet) in (1..).zip(&of_track(&written, track)) {
            let sample = reader.read_sample(id, number).expect("reads").expect("is there");
            assert_eq!(sample.bytes[..], packet.data[..]);
        }
    }
}

#[test]
fn padding_of_fragments_is_cut_to_the_sample() {
    for hidden in [0, 2] {
        let mut written = frames(200);
        written.iter_mut().for_each(|packet| packet.track = 0);
        let last = written.len() - 1;
        written[last].trim.end = Ticks::ZERO;
        for packet in &mut written[last + 1 - hidden..] {
            packet.discard = true;
        }
        written[last - hidden].trim.end = Ticks::new(300);
        let track = std::slice::from_ref(&sound()).to_vec();
        let memory = Memory::default();
        let sink = Sink::forward(memory.clone());
        write("mp4", sink, &track, &written, &mode("fragmented"));
        let back = placeless(&packets(&mut *open(memory.contents())));
        // What is not heard lies behind the end, and has no length there.
        let shown = written.len() - hidden;
        check_sound(&back[..shown], &written[..shown]);
        assert!(back[shown..].iter().all(|packet| packet.discard));
        assert_eq!(back.len(), written.len());
        let heard: u64 = back
            .iter()
            .filter(|packet| !packet.discard)
            .map(|packet| packet.duration.expect("set").count() - packet.trim.end.count())
            .sum();
        let whole = u64::try_from(199 - hidden).expect("small") * 1024;
        assert_eq!(heard, whole - 300, "{hidden}");
        assert_eq!(back[last - hidden].trim.end, Ticks::new(300));
        assert_eq!(back[last - hidden].duration, Some(Ticks::new(1024)));
    }
}
