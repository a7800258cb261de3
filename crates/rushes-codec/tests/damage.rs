//! Damaged packets of video: an error that says so, nothing wrong to see before the next key frame, and all of it after that.

#[path = "samples/video.rs"]
mod video;

use rushes_codec::{DecoderOptions, decoder_for};
use rushes_core::{CodecParameters, ErrorKind, Frame, Packet, Ticks, Timestamp};

/// Where the second key frame is.
const SECOND: i64 = 100;

/// Time and pixels of a picture.
type Picture = (i64, Vec<u8>);

#[test]
fn packets_that_are_cut() {
    check(10, |data| (0..data.len()).map(|length| data[..length].to_vec()).collect());
}

#[test]
fn packets_with_a_flipped_bit() {
    check(10, |data| {
        let flip = |bit: usize| {
            let mut data = data.to_vec();
            data[bit / 8] ^= 0x80 >> (bit % 8);
            data
        };
        (0..data.len() * 8).step_by(3).map(flip).collect()
    });
}

#[test]
fn packets_that_go_on() {
    check(0, |data| [0, 1, 0x80, 0xff].map(|byte| [data, &[byte; 40]].concat()).to_vec());
}

#[test]
fn packets_that_are_missing() {
    for (parameters, packets) in video::tracks() {
        let name = parameters.codec.name();
        let packets = twice(&packets);
        let whole = decode(&parameters, &packets).0;
        let (pictures, _) = decode(&parameters, &packets[1..]);
        // Without its key frame, nothing of the first run can be right.
        let behind: Vec<_> = whole.iter().filter(|picture| picture.0 >= SECOND).collect();
        assert!(pictures.iter().eq(behind), "{name}: {pictures:?}");
    }
}

/// Damages each packet of the first run in all these ways, of which `least` are found at once.
fn check(least: usize, damage: fn(&[u8]) -> Vec<Vec<u8>>) {
    for (parameters, packets) in video::tracks() {
        let name = parameters.codec.name();
        let packets = twice(&packets);
        let (whole, error) = decode(&parameters, &packets);
        assert_eq!((whole.len(), error), (packets.len(), None), "{name}");
        let mut errors = 0;
        for victim in 0..packets.len() / 2 {
            for data in damage(&packets[victim].data) {
                let mut damaged = packets.clone();
                damaged[victim].data = data.into();
                let (pictures, error) = decode(&parameters, &damaged);
                let at = format!("{name}, packet {victim}: {:?}", &*damaged[victim].data);
                let behind = |pictures: &[Picture]| {
                    let behind = pictures.iter().filter(|picture| picture.0 >= SECOND);
                    behind.cloned().collect::<Vec<_>>()
                };
                assert!(behind(&pictures) == behind(&whole), "{at}: no recovery");
                if error == Some(victim) {
                    errors += 1;
                    assert!(pictures.is_sorted_by_key(|picture| picture.0), "{at}: out of order");
                    let right = pictures.iter().all(|picture| whole.contains(picture));
                    assert!(right, "{at}: a wrong picture after an error");
                }
            }
        }
        assert!(errors >= least, "{name}: {errors} errors");
    }
}

/// The packets, and once more.
fn twice(packets: &[Packet]) -> Vec<Packet> {
    let again = packets.iter().map(|packet| {
        let mut packet = packet.clone();
        packet.pts = packet.pts.and_then(|pts| pts.checked_add(Ticks::new(SECOND as u64)));
        packet
    });
    packets.iter().cloned().chain(again).collect()
}

/// All pictures, and the first packet that was an error.
fn decode(parameters: &CodecParameters, packets: &[Packet]) -> (Vec<Picture>, Option<usize>) {
    let entry = decoder_for(&parameters.codec).expect("listed");
    let mut decoder = entry.create(parameters, &DecoderOptions::default()).expect("in this build");
    let mut pictures = Vec::new();
    let mut first_error = None;
    for index in 0..=packets.len() {
        let result = match packets.get(index) {
            Some(packet) => decoder.submit(packet),
            None => decoder.finish(),
        };
        if let Err(error) = result {
            let blamed = matches!(error.kind(), ErrorKind::Usage | ErrorKind::Io);
            assert!(!blamed, "{error}");
            first_error = first_error.or(Some(index));
        }
        while let Some(frame) = decoder.next_frame().expect("errors come with packets") {
            let Frame::Video(frame) = frame else { panic!("video") };
            let planes = 0..frame.format.planes().len();
            let pixels = planes.flat_map(|plane| frame.rows(plane).flatten().copied());
            pictures.push((frame.pts.map_or(-1, Timestamp::ticks), pixels.collect()));
        }
    }
    (pictures, first_error)
}
