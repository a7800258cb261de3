//! Inputs for fuzzers to start from: small files of each format, made by our muxers or by hand.

use rushes::container::open_muxer;
use rushes::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, DemuxOptions, MuxOptions,
    Packet, Remux, Sink, Source, Ticks, TimeBase, Timestamp, Track, open_demuxer,
};

use super::CLIP;
use crate::SharedSink;

/// Three frames of VP8 without a container: 32x16 pixels, by libvpx.
#[rustfmt::skip]
pub(super) const VP8: [&[u8]; 3] = [
    b"\xb0\x03\0\x9d\x01* \0\x10\0\x0d\xc7\x08\x85\x85\x88\x85\x84\x88;\x02\x02t\xf4n\x99\x94\x0d\xbe\xb2*\xc3\x05\
      \xaa\xferF\x0a\0\xfe\x15\xabO\x04D\x9c\xcc\xbe\xd1\x96\xea\x8b\xb2\x1fqD\xb0Y\xe8\x0b\xa0\x92\x80\xf1\xcd`\
      \xb5\x896\x88\xefG\xf5Q\xeb\x87}\xe1(\x03\x907DPw\x9dd\x84\xd1D\x80\x16\x09\x80\xf1A\x85\xfc\0",
    b"\xb1\x01\0\x1e\x11\xfc\0\x18\0\x18X/\xf4\0$ \0",
    b"\xb1\x01\0\x1e\x11\xfc\0\x18\0\x18X/\xf4\0$ \0",
];

/// Parameter sets of x265, and the starts of two pictures.
pub(super) const HEVC: &[u8] =
    b"\0\0\0\x01\x42\x01\x01\x02\x20\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x3c\xa0\x0a\x08\x0b\x9f\x6d\x96\x56\x69\x24\xca\xf0\x16\xa1\x22\x01\x3c\x20\0\0\x03\0\x20\0\0\x03\x03\x21\
    \0\0\0\x01\x44\x01\xc1\x73\0\0\0\x01\x26\x01\xaf\x09\0\0\0\x01\x02\x01\xd0\x09";
/// Two frames of VP8.
pub(super) const IVF: &[u8] =
    b"DKIF\0\0\x20\0VP80\x10\0\x10\0\x1e\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\
    \x0a\0\0\0\0\0\0\0\0\0\0\0\x10\x02\0\x9d\x01\x2a\x10\0\x10\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x11";
/// A temporal delimiter, a sequence header, and the start of a frame.
pub(super) const OBU: &[u8] =
    b"\x12\0\x0a\x0b\0\0\0\x04\x44\xae\x56\x7d\xfc\x40\x20\x32\x02\x10\0\x12\0\x32\x02\x30\0";
/// The same with lengths in place of sizes.
pub(super) const OBU_OF_LENGTHS: &[u8] =
    b"\x15\x14\x01\x10\x0d\x0a\x0b\0\0\0\x04\x44\xae\x56\x7d\xfc\x40\x20\x03\x30\x10\0\x06\x05\x01\x10\x02\x30\x30";
/// Three pictures of 32x16 pixels by libaom, as OBUs.
pub(super) const AV1: &[u8] =
    b"\x12\0\x0a\x0a\0\0\0\x02\x1f\xfc\xda\xf9\x80\x40\x32\x8a\x01\x14\0\x34\0\0\0\xa0\x08\x80\x80\
    \xf2\x7f\x91\x7b\xaa\x9f\xdf\x0f\x19\x1d\x47\x28\xeb\x5a\x3e\x7b\x2b\x03\x13\x32\x8d\xc2\xae\
    \xe0\x91\xd2\x64\xf8\x4e\x57\xff\x2c\x5d\xb3\xeb\xf0\x21\x1f\x48\x24\x8e\xcc\x4c\x1d\x13\xc7\
    \xf3\xe2\xb6\x69\x2b\x88\x4d\x8f\x9f\x28\x42\x0a\x8b\x70\xb1\x23\x96\x3d\x97\x82\x07\x01\x0c\
    \x3f\xb0\x65\xec\x52\xca\xae\x32\x84\xf4\x69\x1b\x80\x04\x22\x12\x99\xb2\x9e\xd3\xcb\xb5\x84\
    \x42\xd7\x3f\x50\x87\x40\x1e\xac\xa3\x81\x79\x5f\x2f\x35\xfd\x07\x4e\xe8\xef\x08\x2b\x27\x70\
    \xdd\xd5\xad\x2b\xac\x35\xe0\x7b\x26\x0a\x57\x64\x84\x12\0\x32\x13\x33\x01\xe0\x40\0\0\x06\
    \xd7\0\0\x02\x80\0\0\x80\0\xd7\xbd\xc0\x12\0\x32\x13\x33\x02\xe0\x82\0\0\x06\xe4\0\0\x02\xc0\
    \0\0\x80\0\xd8\x9f\x40";
/// Five pictures each, in the formats that decoders have code of their own for.
pub(super) const VP9_420: &[u8] = include_bytes!("../../data/small.vp9.ivf");
pub(super) const VP9_444: &[u8] = include_bytes!("../../data/small.vp9-444.ivf");
pub(super) const HEVC_420: &[u8] = include_bytes!("../../data/small.hevc");
pub(super) const HEVC_444: &[u8] = include_bytes!("../../data/small-444.hevc");
pub(super) const H264_444: &[u8] = include_bytes!("../../data/small-444.h264");
/// Two pictures of four pixels.
pub(super) const Y4M: &[u8] =
    b"YUV4MPEG2 W2 H2 F25:1 Ip A1:1 C420jpeg\nFRAME\nabcdefFRAME Ip\nghijkl";
/// Two pictures, with scans that mean nothing.
pub(super) const JPEG: &[u8] = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x07\0\x09\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0data\xff\xd9\
    \xff\xd8\xff\xc0\0\x0b\x08\0\x07\0\x09\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0data\xff\xd9";
/// An animation of one picture, without its checksums.
pub(super) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x09\0\0\0\x07\x08\x02\0\0\0\0\0\0\0\
    \0\0\0\x08acTL\0\0\0\x01\0\0\0\0\0\0\0\0\
    \0\0\0\x1afcTL\0\0\0\0\0\0\0\x09\0\0\0\x07\0\0\0\0\0\0\0\0\0\x01\0\x0a\0\0\0\0\0\0\
    \0\0\0\x04IDATdata\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82";
/// Two frames in a loop.
pub(super) const GIF: &[u8] = b"GIF89a\x09\0\x07\0\0\0\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\
    \x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x09\0\x07\0\0\x02\x02ab\0\
    \x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x09\0\x07\0\0\x02\x02cd\0;";

/// The start of an animation.
pub(super) const WEBP: &[u8] =
    b"RIFF\x54\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x08\0\0\x06\0\0ANIM\x06\0\0\0\0\0\0\0\0\0\
    ANMF\x10\0\0\0\0\0\0\0\0\0\x08\0\0\x06\0\0\x64\0\0\x02";

/// Two frames with an index.
pub(super) const AVI: &[u8] = b"RIFF\xff\0\0\0AVI LIST\x78\0\0\0hdrlLIST\x6c\0\0\0strlstrh\x30\0\0\0vidsXVID\0\0\0\0\0\0\0\0\0\0\0\0\
    \x01\0\0\0\x19\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\
    strf\x28\0\0\0\x28\0\0\0\x40\0\0\0\x30\0\0\0\x01\0\x18\0XVID\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    JUNK\0\0\0\0LIST\x20\0\0\0movi00dc\x06\0\0\0\0\0\x01\xb6\x10a00dc\x06\0\0\0\0\0\x01\xb6\x50b\
    idx1\x20\0\0\x0000dc\x10\0\0\0\x04\0\0\0\x06\0\0\x0000dc\0\0\0\0\x12\0\0\0\x06\0\0\0";

/// Mono, 16 bits, 8 kHz, two samples.
pub(super) const AIFF: &[u8] =
    b"FORM\0\0\0\x32AIFFCOMM\0\0\0\x12\0\x01\0\0\0\x02\0\x10\x40\x0b\xfa\0\0\0\0\0\0\0\
    SSND\0\0\0\x0c\0\0\0\0\0\0\0\0abcd";
/// The same, of a length that is not known.
pub(super) const CAF: &[u8] =
    b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20\x40\xbf\x40\0\0\0\0\0lpcm\0\0\0\0\0\0\0\x02\0\0\0\x01\
    \0\0\0\x01\0\0\0\x10data\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0abcd";
/// The same again.
pub(super) const AU: &[u8] = b".snd\0\0\0\x18\xff\xff\xff\xff\0\0\0\x03\0\0\x1f\x40\0\0\0\x01abcd";
/// A frame of the lowest rate, and one without data.
pub(super) const AMR: &[u8] = b"#!AMR\n\x04abcdefghijkl\x7c";

/// A file of ours in another format.
pub(super) fn remuxed(file: &'static [u8], format: &str) -> Vec<u8> {
    let source = open_demuxer(Source::bytes(file), &DemuxOptions::default()).expect("it is whole");
    let sink = SharedSink::default();
    let into = sink.clone();
    Remux::new()
        .run_with(vec![source], || Ok(Sink::rewritable(into)), format)
        .expect("the format takes one of the tracks");
    sink.contents()
}

/// Mono, 16 bits, 8 kHz, two samples, in Sony's chunks.
pub(super) fn w64() -> Vec<u8> {
    const WAVE: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";
    let chunk = |name: &[u8; 4], payload: &[u8]| {
        let size = (24 + payload.len() as u64).to_le_bytes();
        let mut chunk = [&name[..], WAVE, &size, payload].concat();
        chunk.resize(chunk.len().next_multiple_of(8), 0);
        chunk
    };
    let format = b"\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0";
    let body = [chunk(b"fmt ", format), chunk(b"data", b"abcd")].concat();
    let riff = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
    let size = (40 + body.len() as u64).to_le_bytes();
    [&riff[..], &size, b"wave", WAVE, &body].concat()
}

/// The clip in fragments.
pub(super) fn fragmented() -> Vec<u8> {
    let source = open_demuxer(Source::bytes(CLIP), &DemuxOptions::default()).expect("it is whole");
    let sink = SharedSink::default();
    let into = sink.clone();
    Remux::new()
        .option("mode", "fragmented")
        .run_with(vec![source], || Ok(Sink::forward(into)), "mp4")
        .expect("MP4 takes what MP4 holds");
    sink.contents()
}

/// A picture item without its picture.
pub(super) fn avif() -> Vec<u8> {
    fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let size = u32::try_from(payload.len() + 8).expect("small");
        [&size.to_be_bytes(), kind, payload].concat()
    }
    let meta = [
        vec![0; 4],
        boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
        boxed(b"iloc", &[0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 4]),
        boxed(
            b"iinf",
            &[&[0; 4][..], &[0, 1], &boxed(b"infe", b"\x02\0\0\0\0\x01\0\0av01\0")].concat(),
        ),
        boxed(
            b"iprp",
            &[
                boxed(
                    b"ipco",
                    &[
                        boxed(b"ispe", &[0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16]),
                        boxed(b"av1C", &[0x81, 0, 0x0c, 0]),
                    ]
                    .concat(),
                ),
                boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 1, 0x82]),
            ]
            .concat(),
        ),
    ]
    .concat();
    [
        boxed(b"ftyp", b"avif\0\0\0\0avifmif1"),
        boxed(b"meta", &meta),
        boxed(b"mdat", &[0x12, 0, 0, 0]),
    ]
    .concat()
}

/// Packets of silence in Opus.
pub(super) fn opus(format: &str) -> Vec<u8> {
    let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    let mut codec = CodecParameters::audio(CodecId::Opus, audio);
    let mut head = b"OpusHead\x01\x02\x38\x01".to_vec();
    head.extend(48_000_u32.to_le_bytes());
    head.extend([0, 0, 0]);
    codec.private = Buffer::from(head);
    let base = TimeBase::per_second(48_000).expect("not zero");
    let sink = SharedSink::default();
    let into = Sink::rewritable(sink.clone());
    let mut muxer = open_muxer(format, into, &[Track::new(1, codec, base)], &MuxOptions::default())
        .expect("it takes Opus");
    for index in 0..20 {
        let packet = Packet::new(0, vec![0xfc, 0xff, 0xfe])
            .with_pts(Timestamp::new(index * 960 - 312))
            .with_duration(Ticks::new(960))
            .with_key(true);
        muxer.write(&packet).expect("times go forward");
    }
    muxer.finish().expect("memory takes it all");
    sink.contents()
}

/// Stream information, and a frame of silence.
pub(super) fn flac() -> Vec<u8> {
    let mut file = b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0".to_vec();
    file.resize(42, 0);
    file.extend([0xff, 0xf8, 0xc9, 0x18, 0, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0]);
    file
}

/// The tables of a program of H.264, with their checksums, and two access units of a few bytes.
pub(super) fn transport_stream() -> Vec<u8> {
    let packet = |start: [u8; 4], payload: &[u8]| {
        let mut packet = [&start[..], payload].concat();
        packet.resize(188, 0xff);
        packet
    };
    let programs = b"\0\x00\xb0\x0d\x00\x01\xc1\x00\x00\x00\x01\xe1\x00\xe8\xf9\x5e\x7d";
    let streams =
        b"\0\x02\xb0\x12\x00\x01\xc1\x00\x00\xe1\x01\xf0\x00\x1b\xe1\x01\xf0\x00\x4f\xc4\x3d\x1b";
    let picture = b"\0\0\x01\xe0\0\0\x80\x80\x05\x21\0\x01\0\x01\0\0\0\x01\x09\x10\0\0\x01\x65\x88";
    [
        packet([0x47, 0x40, 0x00, 0x10], programs),
        packet([0x47, 0x41, 0x00, 0x10], streams),
        packet([0x47, 0x41, 0x01, 0x10], picture),
        packet([0x47, 0x41, 0x01, 0x11], picture),
        packet([0x47, 0x1f, 0xff, 0x10], &[]),
    ]
    .concat()
}

/// A lossy picture of 12x10 pixels by libwebp.
pub(super) const WEBP_LOSSY: &[u8] = b"\x52\x49\x46\x46\x44\x00\x00\x00\x57\x45\x42\x50\x56\x50\x38\x20\x38\x00\x00\x00\xf0\x01\x00\x9d\x01\x2a\
    \x0c\x00\x0a\x00\x04\x00\x68\x25\xb0\x02\x74\x00\xdd\x8c\x43\xc8\xe0\x00\x00\xfe\xdc\xef\xbe\xea\x7d\x90\
    \x96\xe5\x4f\x8f\x70\x31\x9e\xb5\x8a\x0c\x01\xb2\x7a\xd6\x76\xf9\x13\x6f\xbd\x55\x4f\x5b\xc0\x00";

/// The same, lossless.
pub(super) const WEBP_LOSSLESS: &[u8] = b"\x52\x49\x46\x46\x2a\x00\x00\x00\x57\x45\x42\x50\x56\x50\x38\x4c\x1e\x00\x00\x00\x2f\x0b\x40\x02\x00\x4d\
    \x64\x44\xff\x03\x44\xda\x36\x70\x68\x66\xe6\x5f\xdf\xd9\xf9\x38\x8f\x4c\x4c\x40\xc3\x2a\x57\x00";

/// Two frames of FLAC, with a fixed and a linear predictor: private data and packets, each behind its length.
pub(super) const FLAC: &[u8] = b"\
    \0*fLaC\x80\0\0\x22\0 \0 \0\0\0\0\0\0\x0b\xb8\x02\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 \xff\
    \xf8`\x10\0\x0fe\x12\0d\0\xa2\x9b\xa1s\x92\xb1\xe2\x99\0\0\x14\xc4`\x0c\xe79\xces\x80,I\0 \xff\xf8`\
    \x10\0\x0fe\x12\0d\0\xa2\x9b\xa1s\x92\xb1\xe2\x99\0\0\x14\xc4`\x0c\xe79\xces\x80,I";

/// Packets of ALAC, one compressed and one not: private data and packets, each behind its length.
pub(super) const ALAC: &[u8] = b"\
    \0\x18\0\0\0\x10\0\x10(\x0a\x0e\x02\0\xff\0\0\0\0\0\0\0\0\0\0\xbb\x80\x000 \0\0\x04\x04\x13\x04\x09\
    \x81\xf8\xc0\x13\x04\x09\x81\xf8\xc0\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\
    \xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb4\xb5\xc0\0\x18 \0\x12\0\0\0\x08\0\0\x07\xce\x0f\
    \x9c\x17j\x1f8'\x06.\xd46\xa3\xc0";

/// Opus of two streams: private data and packets, each behind its length.
pub(super) const OPUS: &[u8] = b"\
    \0\x18OpusHead\x01\x038\x01\x80\xbb\0\0\0\0\x01\x02\x01\0\x02\x01\0+\xfc\x14%Jo\x94\xb9\xde\x03(Mr\
    \x97\xbc\xe1\x06+Pu\x9a\xbf\xe4\xf8[\xb6\x11l\xc7\x22}\xd83\x8e\xe9D\x9f\xfaU\xb0\x0bf\xc1\x1c\0\x22\
    \x0b\x83\x04\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The smallest set of tables of Vorbis, and two packets: private data and packets, each behind its length.
pub(super) const VORBIS: &[u8] = b"\
    \0e\x02\x1e\x10\x01vorbis\0\0\0\0\x02\x80\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x88\x01\x03vorbis\0\0\0\0\
    \0\0\0\0\x01\x05vorbis\0BCV\x01\0\x02\0\0\0\0\0\0\0\x10\0\08@\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\x01\0\x03\x02\xff\x12\0\x02\0\0";

/// Two blocks of ADPCM: private data and packets, each behind its length.
pub(super) const ADPCM: &[u8] = b"\
    \0\0\0@\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\
    \x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f !\x22#$%&'()*+,-./0123456789:;<=>?\0@?>=<;:9876543210/.-,+*)('&\
    %$#\x22! \x1f\x1e\x1d\x1c\x1b\x1a\x19\x18\x17\x16\x15\x14\x13\x12\x11\x10\x0f\x0e\x0d\x0c\x0b\x0a\
    \x09\x08\x07\x06\x05\x04\x03\x02\x01\0";

/// A frame of AC-3 and one of E-AC-3, of a tone in mono: no private data, and packets, each behind its length.
pub(super) const AC3: &[u8] = b"\
    \x00\x00\x00\x80\x0b\x77\x90\xd5\x00\x40\x2f\x84\x29\x02\x8d\x13\xc7\xf2\x44\x77\xcf\x9f\x3a\x4c\
    \xb9\xf3\xd8\x6f\xb3\xa5\x4b\xad\xee\xb7\xea\x4c\xbf\xb4\x10\x41\xf8\x42\x00\xdc\x59\xa2\xb0\x39\
    \x82\xa0\xd1\x2c\x32\x40\x3b\x26\x13\xd8\xe2\xd8\xdd\x58\x53\x2f\xcd\x5c\xea\x8c\x90\x0d\x4e\xc1\
    \x6b\x21\x6a\x7e\x97\x09\x35\xe5\x21\xb4\x53\x24\x01\x15\xfa\x08\x67\x7d\x20\x91\x80\x2d\x0b\x00\
    \xa4\xee\xc9\x00\xdc\x95\xae\xe8\x4a\x2a\xed\x0b\x5f\xfe\x95\xbb\x62\x32\x40\x38\xfa\x33\xc9\x65\
    \x47\x7c\x50\xaa\xe7\xba\x9d\xe1\x4c\x80\x73\x6d\x00\x80\x0b\x77\x00\x3f\x32\x87\xc0\x00\x00\x06\
    \x28\x01\x46\x89\xe3\xf9\x22\x3b\xe7\xcf\x9d\x26\x5c\xf9\xec\x37\xd9\xd2\xa5\xd6\xf7\x5b\xf5\x21\
    \x06\xf0\x88\x03\x71\x66\x8a\xc0\xe6\x0a\x83\x44\xa2\x64\x91\xd9\x18\x4e\xc7\x16\xc6\xea\xc2\x99\
    \x7e\x6a\xe7\x5c\xb2\x00\xd4\xf6\x0e\xb2\x16\xa7\xe9\x70\x93\x5e\x52\x1b\x41\x99\x24\x22\x7f\xa1\
    \x0c\xef\xa4\x12\x30\x05\xa1\x60\x14\x9c\x2c\x92\x37\x32\xb7\xba\x12\x8a\xbb\x42\xd7\xff\xa5\x6e\
    \xd9\x96\x52\x1c\x76\x8d\xe4\xb2\xa3\xbe\x28\x55\x73\xdd\x4e\xf0\x3b\x24\x80\x00\x31\x2d";
