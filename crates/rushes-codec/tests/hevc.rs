//! A small HEVC stream, entered, ended and damaged in several places.
#![cfg(feature = "hevc")]

use rushes_codec::{Decoder, DecoderOptions, decoder_for};
use rushes_core::{
    CodecId, CodecParameters, ErrorKind, Frame, Packet, Result, Timestamp, VideoFrame,
    VideoParameters,
};

#[test]
fn pictures_come_in_order_with_their_times() {
    let frames = decode(&packets());
    assert_eq!(times(&frames), (0..10).collect::<Vec<_>>());
    let keys: Vec<_> = frames.iter().map(|frame| frame.key).collect();
    let expected: Vec<_> = (0..10).map(|time| matches!(time, 0 | 5)).collect();
    assert_eq!(keys, expected, "the stream says so where packets do not");
}

#[test]
fn no_picture_waits_longer_than_it_must() {
    let mut decoder = decoder(PRIVATE).expect("valid");
    let packets = packets();
    let waiting: Vec<_> = packets
        .iter()
        .map(|packet| {
            decoder.submit(packet).expect("valid");
            take(&mut *decoder).len()
        })
        .collect();
    assert_eq!(waiting, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn decoding_starts_at_a_random_access_picture() {
    let whole = decode(&packets());
    // Picture 4 comes after the random access picture 5 and refers to what came before it.
    for start in 1..=4 {
        let frames = decode(&packets()[start..]);
        assert_eq!(times(&frames), [5, 6, 7, 8, 9], "from packet {start}");
        assert!(frames.iter().zip(&whole[5..]).all(|(one, other)| same(one, other)));
    }
    assert!(decode(&packets()[5..]).is_empty());
}

#[test]
fn the_end_of_a_sequence_drops_what_the_next_cannot_have() {
    let mut packets = packets();
    let mut data = packets[3].data.to_vec();
    data.extend([0, 0, 0, 2, 0x48, 1]);
    packets[3].data = data.into();
    // As the standard wants it before a clean random access picture (C.5.2.2): what waits is not shown.
    assert_eq!(times(&decode(&packets)), [0, 1, 2, 5, 6, 7, 8, 9]);
}

#[test]
fn other_layers_are_left_alone() {
    let whole = decode(&packets());
    let mut packets = packets();
    for packet in &mut packets {
        // The same units again, as a second view.
        let mut data = packet.data.to_vec();
        data[5] |= 8;
        packet.data = [&packet.data, &*data].concat().into();
    }
    let frames = decode(&packets);
    assert!(frames.len() == 10 && frames.iter().zip(&whole).all(|(one, other)| same(one, other)));
}

#[test]
fn packets_to_discard_are_decoded_and_not_shown() {
    let mut packets = packets();
    packets[1].discard = true;
    packets[3].discard = true;
    assert_eq!(times(&decode(&packets)), [0, 1, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn damage_ends_at_the_next_random_access_picture() {
    let whole = decode(&packets());
    let intact = packets();
    for (index, at) in (0..4).flat_map(|index| (6..14).map(move |at| (index, at))) {
        for bits in [1, 0x80, 0xff] {
            let mut packets = intact.clone();
            let mut data = packets[index].data.to_vec();
            data[at] ^= bits;
            packets[index].data = data.into();
            let mut decoder = decoder(PRIVATE).expect("valid");
            let mut frames = Vec::new();
            for packet in &packets {
                if let Err(error) = decoder.submit(packet) {
                    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
                }
                frames.extend(take(&mut *decoder));
            }
            decoder.finish().expect("the end");
            frames.extend(take(&mut *decoder));
            // A picture of a wrong order count may come late, but all behind the damage are there and right.
            for wanted in &whole[5..] {
                let found = frames.iter().any(|frame| same(frame, wanted));
                assert!(found, "{:?} with byte {at} of packet {index} broken", wanted.pts);
            }
        }
    }
}

#[test]
fn a_broken_entry_is_none() {
    let mut packets = packets();
    // The slice now asks for another picture parameter set.
    let mut data = packets[0].data.to_vec();
    data[6] ^= 0x20;
    packets[0].data = data.into();
    let mut decoder = decoder(PRIVATE).expect("valid");
    let mut frames = Vec::new();
    for (index, packet) in packets.iter().enumerate() {
        assert_eq!(decoder.submit(packet).is_err(), index == 0, "packet {index}");
        frames.extend(take(&mut *decoder));
    }
    decoder.finish().expect("the end");
    frames.extend(take(&mut *decoder));
    assert_eq!(times(&frames), [5, 6, 7, 8, 9]);
}

#[test]
fn a_packet_that_ends_early_is_malformed() {
    let intact = packets();
    let mut decoder = decoder(PRIVATE).expect("valid");
    let cut = intact[0].data.slice(0..intact[0].data.len() - 1).expect("inside");
    let error = decoder.submit(&Packet::new(0, cut)).expect_err("longer than its packet");
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
}

#[test]
fn what_the_engine_lacks_is_refused() {
    for (private, what) in [(YUV422P, "HEVC 4:2:2"), (GRAY, "HEVC 4:0:0")] {
        let error = decoder(private).err().expect("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let message = error.to_string();
        assert!(message.starts_with(&format!("{what} is not supported; supported: ")), "{message}");
    }
}

#[test]
fn limits_hold() {
    let mut options = DecoderOptions::default();
    options.limits.pixels = 32 * 32 - 1;
    let error = decoder_for(&CodecId::Hevc)
        .and_then(|entry| entry.create(&parameters(PRIVATE), &options))
        .err()
        .expect("a picture that is too large");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

fn parameters(private: &str) -> CodecParameters {
    let mut parameters = CodecParameters::video(CodecId::Hevc, VideoParameters::new(32, 32));
    parameters.private = hex(private).into();
    parameters
}

fn decoder(private: &str) -> Result<Box<dyn Decoder>> {
    decoder_for(&CodecId::Hevc)?.create(&parameters(private), &DecoderOptions::default())
}

fn packets() -> Vec<Packet> {
    let packet =
        |(time, data): &(i64, &str)| Packet::new(0, hex(data)).with_pts(Timestamp::new(*time));
    PACKETS.iter().map(packet).collect()
}

fn decode(packets: &[Packet]) -> Vec<VideoFrame> {
    let mut decoder = decoder(PRIVATE).expect("valid");
    let mut frames = Vec::new();
    for packet in packets {
        decoder.submit(packet).expect("valid");
        frames.extend(take(&mut *decoder));
    }
    decoder.finish().expect("the end");
    frames.extend(take(&mut *decoder));
    frames
}

fn take(decoder: &mut dyn Decoder) -> Vec<VideoFrame> {
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame().expect("no errors come late") {
        let Frame::Video(frame) = frame else { panic!("HEVC decodes to pictures") };
        frames.push(frame);
    }
    frames
}

fn times(frames: &[VideoFrame]) -> Vec<i64> {
    frames.iter().filter_map(|frame| frame.pts.map(Timestamp::ticks)).collect()
}

fn same(one: &VideoFrame, other: &VideoFrame) -> bool {
    one.pts == other.pts && (0..3).all(|plane| one.rows(plane).eq(other.rows(plane)))
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}

/// By x265: 32x32 pixels, Main profile, IBBP with an open group at picture 5.
const PRIVATE: &str = "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff0160000003009000000300\
     0003001e911009a10001002842010101600000030090000003000003001ea04208596444abcaf0168080000003\
     00800000030284a2000100064401c171a112";
/// Times and packets in the order in which they are decoded.
const PACKETS: [(i64, &str); 10] = [
    (
        0,
        "000000df2801af0b60cf3cd8425ac7decd17b062b7209fae738924b0484f5966f69e0f4be2524438abccc77e34\
     247601e7e36bb60be37f717cddd1c4ee591a08944d56590a5191120e3ddbfa8efe961f5e34462eda969ee4809e\
     d33632d3638666c4a5de3d32a3775f421a50dad9133fa129b8b84139e659fe4c9f12f35754c5ce96780a47252b\
     a84bf565f4dfd5c44c5d1f6fefe6f4a121a517ae26d40fe11c3714824662206219ace5a293d431f051b85a682b\
     12bf26690482354447ff7c0831e37e4544f1aa173309eec5b01c14aeea47207e1145bfc9b4d853a49ad50764f3\
     5b28",
    ),
    (3, "0000001d0201d0195f84318710fde7423a3efe8ffbda50a845a35b9ac73251d780"),
    (1, "0000000a0001e024b5e1820c79d6"),
    (2, "0000000a0001e04497e1820479d6"),
    (
        5,
        "000000df2a01ac14e8dc2c80fd8023d63ef75b1b684400c1406f1cc9d3b2ae5f4fda8b3a469ac51852da599a7e\
     7e9358c1f08d61a9f2b58ce55da90cc590b1223cfb653fcf3735b06da3ea9eb106eb18624922bc078a0cb31cca\
     5d12384b5bfcd4878e6503e3d28473f3045ed6dd5cfc96a80185939ac9692b7223ec9e5e625ce8dcdeba39295d\
     419fab09c7854c811dceb93fbf9bd2848a145eb89b2b3fe797e1d5a4662206219ace5863f9cb88769fd8dae188\
     60bb329550eda7d6ebdb2e94dd71112d5d196fca1158e4256e3a3ba651e2338d6ed51824dba5516c4811e47912\
     20d8",
    ),
    (4, "0000000a1001e086b7f8608379d6"),
    (8, "000000110201d0415f84318710fc45de98aee6aeb4"),
    (6, "0000000a0001e0c4b5e1820c79d6"),
    (7, "0000000a0001e0e497e1820479d6"),
    (9, "0000000c0201d049f7e10c61ccfc1e50"),
];
/// Records of other formats.
const YUV422P: &str = "0104080000009d08000000001ef000fcfef8f800000f03a00001001740010c01ffff0408000003009d08000003\
                       00001e959809a1000100264201010408000003009d0800000300001eb04208596566abcaf01680800000030080\
                       00000c84a2000100064401c171a112";
const GRAY: &str = "0104080000009fc8000000001ef000fcfcf8f800000f03a00001001740010c01ffff0408000003009fc8000003\
                    00001e959809a1000100274201010408000003009fc800000300001ec1082165959aaf2bc05b02000003000200\
                    0003003210a2000100064401c171a112";
