//! VP9 superframes that show several pictures.

use rushes::codec::decoder_for;
use rushes::{
    DecoderOptions, DemuxOptions, Frame, Packet, Source, Timestamp, Track, VideoFrame, open_demuxer,
};
use rushes_tests::data;

#[test]
fn every_picture_of_a_superframe_is_given_at_its_time() {
    let (track, packets) = packets();
    let plain = decode(&track, &packets);
    assert_eq!(plain.len(), 5);
    let last = |packet: &Packet| packet.data.last().is_some_and(|byte| byte & 0xe0 == 0xc0);
    let single = packets.windows(2).position(|pair| !pair.iter().any(last));
    let first = single.expect("two packets without an index");
    let mut joined = packets.clone();
    let second = joined.remove(first + 1);
    joined[first].data = superframe(&joined[first], &second).into();
    let pictures = decode(&track, &joined);
    assert_eq!(pictures.len(), 5);
    for (index, (picture, plain)) in pictures.iter().zip(&plain).enumerate() {
        assert!(picture.rows(0).eq(plain.rows(0)), "picture {index}");
        let from = if index == first + 1 { first } else { index };
        assert_eq!(picture.pts, packets[from].pts, "picture {index}");
    }
}

/// Both frames, and an index of their sizes in two bytes each: annex B.
fn superframe(first: &Packet, second: &Packet) -> Vec<u8> {
    let sizes = [first, second].map(|packet| u16::try_from(packet.data.len()).expect("small"));
    let marker = [0b1100_1001];
    let index = sizes.map(u16::to_le_bytes).concat();
    [&first.data[..], &second.data, &marker, &index, &marker].concat()
}

fn packets() -> (Track, Vec<Packet>) {
    let source = Source::open(data("small.vp9.ivf")).expect("the file is there");
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("it is whole");
    let track = demuxer.tracks()[0].clone();
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet().expect("it is whole") {
        packets.push(packet);
    }
    (track, packets)
}

fn decode(track: &Track, packets: &[Packet]) -> Vec<VideoFrame> {
    let entry = decoder_for(&track.codec.codec).expect("listed");
    let mut decoder = entry.create(&track.codec, &DecoderOptions::default()).expect("it is VP9");
    let mut pictures = Vec::new();
    for packet in packets {
        decoder.submit(packet).expect("a good packet");
        while let Some(frame) = decoder.next_frame().expect("a good packet") {
            let Frame::Video(picture) = frame else { panic!("a picture") };
            assert!(picture.pts >= Some(Timestamp::ZERO));
            pictures.push(picture);
        }
    }
    pictures
}
