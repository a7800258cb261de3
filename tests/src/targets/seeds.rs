//! Inputs for fuzzers to start from: small files of each format, made by our muxers or by hand.

use rushes::container::open_muxer;
use rushes::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, DemuxOptions, MuxOptions,
    Packet, Remux, Sink, Source, Ticks, TimeBase, Timestamp, Track, open_demuxer,
};

use super::CLIP;
use crate::SharedSink;

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
