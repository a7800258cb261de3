//! Headers that announce huge pictures, with the default limits: what is refused takes no memory.
#![expect(clippy::print_stdout, reason = "the harness captures it and shows it after a failure")]

use rushes::codec::decoder_for;
use rushes::{
    CodecId, CodecParameters, DecoderOptions, Error, ErrorKind, Limits, Packet, VideoParameters,
};
use rushes_tests::{peak_mebibytes, skipped};

/// Bits, the highest of each value first.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn put(mut self, fields: &[(u32, u32)]) -> Self {
        for (value, count) in fields {
            self.0.extend((0..*count).rev().map(|bit| value >> bit & 1 == 1));
        }
        self
    }

    /// Exponential Golomb codes.
    fn codes(self, values: &[u32]) -> Self {
        values.iter().fold(self, |bits, value| {
            let length = (value + 1).ilog2();
            bits.put(&[(0, length), (value + 1, length + 1)])
        })
    }

    /// Bytes, behind a bit that ends them.
    fn bytes(mut self) -> Vec<u8> {
        self.0.push(true);
        let bytes = self.0.chunks(8).map(|bits| {
            bits.iter()
                .enumerate()
                .fold(0, |byte, (index, bit)| byte | u8::from(*bit) << (7 - index))
        });
        bytes.collect()
    }

    /// A NAL unit with this header, with emulation prevention.
    fn nal(self, header: &[u8]) -> Vec<u8> {
        let mut nal = [&[0, 0, 0, 1], header].concat();
        let mut zeros = 0;
        for byte in self.bytes() {
            if zeros >= 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }
}

/// Parameter sets and the start of a picture of so many macroblocks, in one of the profiles with a chroma format.
fn h264(profile: u32, chroma: u32, [width, height]: [u32; 2], references: u32) -> Vec<u8> {
    let sequence = Bits::default().put(&[(profile, 8), (0, 8), (51, 8)]).codes(&[0, chroma]);
    let sequence = if chroma == 3 { sequence.put(&[(0, 1)]) } else { sequence };
    let sequence = sequence
        .codes(&[0, 0])
        .put(&[(0, 2)])
        .codes(&[0, 2, references])
        .put(&[(0, 1)])
        .codes(&[width - 1, height - 1])
        .put(&[(0b1100, 4)]);
    let picture = Bits::default().codes(&[0, 0]).put(&[(0, 2)]).codes(&[0, 0, 0]).put(&[(0, 3)]);
    let picture = picture.codes(&[0, 0, 0]).put(&[(0, 3)]);
    let slice = Bits::default().codes(&[0, 7, 0]).put(&[(0, 4)]).codes(&[0]).put(&[(0, 2)]);
    let slice = slice.codes(&[0]).put(&[(u32::MAX, 32)]);
    [sequence.nal(&[0x67]), picture.nal(&[0x68]), slice.nal(&[0x65])].concat()
}

/// A sequence parameter set.
fn hevc([width, height]: [u32; 2], buffered: u32) -> Vec<u8> {
    let level =
        [(0, 4), (0, 3), (1, 1), (1, 8), (0x6000_0000, 32), (0x9000_0000, 32), (0, 16), (186, 8)];
    let sequence = Bits::default().put(&level).codes(&[0, 1, width, height]).put(&[(0, 1)]);
    let sequence = sequence.codes(&[0, 0, 0]).put(&[(1, 1)]).codes(&[buffered - 1, 0, 0]);
    sequence.codes(&[0, 3, 0, 3, 0, 0]).put(&[(0, 8)]).nal(&[0x42, 1])
}

/// A sequence header of 8 bits, 4:2:0.
fn av1([width, height]: [u32; 2]) -> Vec<u8> {
    let fields = [(0, 3), (0, 2), (0, 2), (0, 5), (0, 12), (0, 5), (15, 4), (15, 4)];
    let sequence = Bits::default().put(&fields).put(&[(width - 1, 16), (height - 1, 16)]);
    let sequence = sequence.put(&[(0, 1), (1, 1), (0, 8), (1, 1), (1, 1), (0, 3), (0, 8)]).bytes();
    let length = u8::try_from(sequence.len()).expect("short");
    [&[0x12, 0, 0x0a, length], &sequence[..]].concat()
}

/// The start of a key frame.
fn vp9([width, height]: [u32; 2]) -> Vec<u8> {
    let fields = [(2, 2), (0, 2), (0b0010, 4), (0x49_8342, 24), (1, 3), (0, 1)];
    let size = [(width - 1, 16), (height - 1, 16), (0, 32), (0, 32), (0, 32)];
    Bits::default().put(&fields).put(&size).bytes()
}

fn gif([width, height]: [u16; 2]) -> Vec<u8> {
    let (width, height) = (width.to_le_bytes(), height.to_le_bytes());
    let image = [b"\x2c\0\0\0\0", &width[..], &height, b"\0\x02\x02\x44\x01\0;"].concat();
    [b"GIF89a", &width[..], &height, &[0, 0, 0], &image].concat()
}

fn jpeg([width, height]: [u16; 2]) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    let frame = [b"\xff\xd8\xff\xc0\0\x0b\x08", &height[..], &width, b"\x01\x01\x11\0"].concat();
    [&frame[..], b"\xff\xda\0\x08\x01\x01\0\0\x3f\0data\xff\xd9"].concat()
}

fn png([width, height]: [u32; 2]) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    let header =
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &width[..], &height, b"\x08\x02\0\0\0"].concat();
    [&header[..], b"\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82"].concat()
}

/// A lossless picture.
fn webp([width, height]: [u32; 2]) -> Vec<u8> {
    let size = ((width - 1) | ((height - 1) << 14)).to_le_bytes();
    [b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f", &size[..], &[0; 5]].concat()
}

/// The first error of a decoder that gets this packet.
fn error(codec: CodecId, packet: Vec<u8>, limits: &Limits) -> Option<Error> {
    let mut options = DecoderOptions::default();
    options.limits = limits.clone();
    let parameters = CodecParameters::video(codec, VideoParameters::new(64, 64));
    let mut decoder = decoder_for(&parameters.codec).ok()?.create(&parameters, &options).ok()?;
    let submitted = decoder.submit(&Packet::new(0, packet).with_key(true));
    submitted.err().or_else(|| decoder.next_frame().err()).or_else(|| decoder.finish().err())
}

#[test]
fn huge_pictures_are_refused_before_they_take_memory() {
    let check = |codec: CodecId, packet: Vec<u8>, name: &str| {
        let label = codec.name().to_owned();
        let error = error(codec, packet, &Limits::default()).expect("it is refused");
        println!("{label}: {error}");
        assert_eq!(error.kind(), ErrorKind::Limit, "{label}: {error}");
        assert!(error.to_string().contains(name), "{label}: {error}");
    };
    // Of more pixels than any picture may have.
    check(CodecId::H264, h264(100, 1, [1024, 1024], 1), "pixels");
    check(CodecId::H264, h264(244, 3, [1024, 1024], 1), "pixels");
    check(CodecId::Hevc, hevc([16_384, 16_384], 6), "pixels");
    check(CodecId::Av1, av1([65_536, 65_536]), "pixels");
    check(CodecId::Vp9, vp9([65_536, 65_536]), "pixels");
    check(CodecId::Gif, gif([65_535, 65_535]), "pixels");
    check(CodecId::Mjpeg, jpeg([65_500, 65_500]), "pixels");
    check(CodecId::Png, png([1 << 30, 1 << 30]), "pixels");
    check(CodecId::WebP, webp([16_384, 16_384]), "pixels");
    // Of no more, but with so many references.
    check(CodecId::H264, h264(100, 1, [512, 512], 16), "decoder_bytes");
    check(CodecId::H264, h264(244, 3, [512, 512], 4), "decoder_bytes");
    check(CodecId::Hevc, hevc([8192, 8192], 16), "decoder_bytes");
    check(CodecId::Av1, av1([8192, 8192]), "decoder_bytes");
    match peak_mebibytes() {
        Some(peak) => assert!(peak < 512, "{peak} MiB"),
        None => skipped("this system does not say how much memory a process held"),
    }
}

#[test]
fn a_budget_bounds_what_is_held() {
    let check = |codec: CodecId, packet: Vec<u8>, least: u64| {
        let mut limits = Limits::default();
        limits.decoder_bytes = least;
        let label = codec.name().to_owned();
        let refused = error(codec, packet, &limits).is_some_and(|e| e.kind() == ErrorKind::Limit);
        assert!(refused, "{label}");
    };
    // Full HD, with less than one picture of it.
    check(CodecId::H264, h264(100, 1, [120, 68], 1), 3 << 20);
    check(CodecId::H264, h264(244, 3, [120, 68], 1), 6 << 20);
    check(CodecId::Hevc, hevc([1920, 1080], 2), 3 << 20);
    check(CodecId::Av1, av1([1920, 1080]), 3 << 20);
    check(CodecId::Vp9, vp9([1920, 1080]), 3 << 20);
}
