//! Recordings that end in the middle: all but the last cluster is there, for FFmpeg as well.

mod common;

use common::clip::{of_track, packet, sound, video};
use common::ffprobe::{ffprobe, rows};
use common::{Memory, open, skipped};
use rushes_container::{InterleaveOptions, Interleaver, MuxOptions, Sink, open_muxer};
use rushes_core::{Error, Packet, Track};

const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

/// A minute with a key frame each second.
fn recording() -> (Vec<Track>, Vec<Packet>) {
    let mut packets: Vec<_> =
        (0..1800).map(|index| packet(0, index, index, 1).with_key(index % 30 == 0)).collect();
    packets.extend((0..2800).map(|index| packet(1, index * 1024, index * 1024, 1024)));
    let tracks = vec![video(), sound()];
    packets
        .sort_by_key(|packet| tracks[packet.track].time_base.time(packet.dts.unwrap_or_default()));
    (tracks, packets)
}

/// What the sink holds after each packet, if nobody ever finishes: the lengths at which it was seen.
fn unfinished(sink: impl Fn(Memory) -> Sink) -> (Vec<u8>, Vec<(usize, usize)>) {
    let (tracks, packets) = recording();
    let memory = Memory::default();
    let mut muxer =
        open_muxer("mkv", sink(memory.clone()), &tracks, &MuxOptions::default()).expect("opens");
    let mut interleaver = Interleaver::new(&tracks, InterleaveOptions::default());
    packets.iter().for_each(|packet| interleaver.push(packet.clone()).expect("valid"));
    interleaver.finish();
    let mut seen = Vec::new();
    let mut count = 0;
    while let Some(packet) = interleaver.pop() {
        muxer.write(&packet).expect("writes");
        count += 1;
        if count % 91 == 0 {
            seen.push((memory.contents().len(), count));
        }
    }
    (memory.contents(), seen)
}

fn offsets(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len().saturating_sub(4)).filter(|at| bytes[*at..*at + 4] == CLUSTER).collect()
}

/// Pictures in front of an offset, as FFmpeg sees them.
fn pictures_before(bytes: &[u8], end: usize) -> usize {
    let Some(probe) = ffprobe(&bytes[..end], "mkv") else { return 0 };
    rows(&probe, 0).len()
}

/// The same, as we see them; what is there comes before the error that says that there is no more.
fn our_pictures_before(bytes: &[u8], end: usize) -> usize {
    let mut demuxer = open(bytes[..end].to_vec());
    let mut count = 0;
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => count += usize::from(packet.track == 0),
            Ok(None) => return count,
            Err(error) => assert!(matches!(error, Error::Malformed(_)), "{error}"),
        }
    }
}

#[test]
fn a_cut_file_holds_all_but_the_last_cluster() {
    let (tracks, packets) = recording();
    let memory = Memory::default();
    common::clip::write(
        "mkv",
        Sink::rewritable(memory.clone()),
        &tracks,
        &packets,
        &MuxOptions::default(),
    );
    let bytes = memory.contents();
    let clusters = offsets(&bytes);
    assert!(clusters.len() >= 59, "{}", clusters.len());
    let judged = ffprobe(&bytes, "mkv").is_some();
    if !judged {
        skipped("a_cut_file_holds_all_but_the_last_cluster", "no ffprobe");
    }
    let mut state = 7_u64;
    for round in 0..50 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let range = (bytes.len() - clusters[0]) as u64;
        let end = clusters[0] + usize::try_from((state >> 20) % range).expect("small");
        let whole = clusters.iter().filter(|at| **at < end).count().saturating_sub(1);
        let found = our_pictures_before(&bytes, end);
        assert!(found >= whole * 30, "{found} pictures in {whole} clusters, cut at {end}");
        if judged && round % 5 == 0 {
            let found = pictures_before(&bytes, end);
            assert!(found >= whole * 30, "{found} pictures in {whole} clusters, cut at {end}");
        }
    }
}

#[test]
fn an_unfinished_recording_opens_and_lacks_at_most_a_cluster() {
    for sink in [Sink::rewritable as fn(Memory) -> Sink, Sink::forward] {
        let (bytes, seen) = unfinished(sink);
        let (_, packets) = recording();
        let all = our_pictures_before(&bytes, bytes.len());
        assert!(all + 30 >= of_track(&packets, 0).len(), "{all}");
        for (index, (length, count)) in seen.iter().enumerate() {
            // Eighteen of forty-six packets are pictures; a second of them may wait.
            let least = (count * 18 / 46).saturating_sub(36);
            // Before the first cluster there may be nothing at all.
            if least == 0 {
                continue;
            }
            let found = our_pictures_before(&bytes, *length);
            assert!(found >= least, "{found} pictures of {count} packets");
            if index % 10 == 0 && ffprobe(&bytes, "mkv").is_some() {
                let found = pictures_before(&bytes, *length);
                assert!(found >= least, "{found} pictures of {count} packets");
            }
        }
    }
}
