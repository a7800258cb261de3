//! Short tracks of sound, put together bit by bit.

pub(crate) mod video;

use rushes_core::{AudioParameters, ChannelLayout, CodecId, CodecParameters, Packet, Timestamp};

const RATE: u32 = 48_000;

/// Three packets of stereo with these private data.
fn track(codec: CodecId, private: Vec<u8>, packet: &[u8]) -> (CodecParameters, Vec<Packet>) {
    let audio = AudioParameters::new(RATE, ChannelLayout::STEREO);
    let mut parameters = CodecParameters::audio(codec, audio);
    parameters.private = private.into();
    let packet = |time| Packet::new(0, packet).with_pts(Timestamp::new(time)).with_key(true);
    (parameters, (0..3).map(packet).collect())
}

/// Samples of 16 bits as they are.
pub(crate) fn alac() -> (CodecParameters, Vec<Packet>) {
    const LENGTH: u8 = 16;
    let mut private = vec![0, 0, 0, LENGTH, 0, 16, 40, 10, 14, 2, 0, 255];
    private.extend([0; 8]);
    private.extend(RATE.to_be_bytes());
    // A pair of channels, not compressed, then the end.
    let mut bits = Bits::default();
    bits.high(1, 3).high(0, 4).high(0, 12).high(0, 1).high(0, 2).high(1, 1);
    (0..u32::from(LENGTH) * 2).for_each(|sample| {
        bits.high((sample * 1000) & 0xffff, 16);
    });
    bits.high(7, 3);
    track(CodecId::Alac, private, &bits.highest_first())
}

/// 32 samples of 16 bits: one channel constant, one as it is.
pub(crate) fn flac() -> (CodecParameters, Vec<Packet>) {
    let mut private = b"fLaC\x80\0\0\x22\0\x20\0\x20\0\0\0\0\0\0".to_vec();
    private.extend([0x0b, 0xb8, 0x02, 0xf0]);
    private.extend([0; 20]);
    let mut frame = vec![0xff, 0xf8, 0x60, 0x10, 0, 31];
    frame.push(crc(&frame, 8, 0x07).to_be_bytes()[3]);
    let mut bits = Bits::default();
    bits.high(0, 8).high(1234, 16).high(2, 8);
    (0..32).for_each(|sample| {
        bits.high((sample * 2000) & 0xffff, 16);
    });
    frame.extend(bits.highest_first());
    frame.extend(&crc(&frame, 16, 0x8005).to_be_bytes()[2..]);
    track(CodecId::Flac, private, &frame)
}

/// 20 ms of noise in the full band: any bits are a packet.
pub(crate) fn opus() -> (CodecParameters, Vec<Packet>) {
    let mut packet = vec![0xfc];
    packet.extend((1..60_u8).map(|byte| byte.wrapping_mul(37)));
    track(CodecId::Opus, b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0".to_vec(), &packet)
}

/// Silence in blocks of 256 samples, with the smallest set of tables.
pub(crate) fn vorbis() -> (CodecParameters, Vec<Packet>) {
    let mut identification = b"\x01vorbis\0\0\0\0\x02".to_vec();
    identification.extend(RATE.to_le_bytes());
    identification.extend([0; 12]);
    identification.extend([0x88, 1]);
    let mut bits = Bits::default();
    // A codebook of two codes of one bit.
    bits.low(0, 8).low(0x56_4342, 24).low(1, 16).low(2, 24).low(0, 2).low(0, 10).low(0, 4);
    // A transform of time.
    bits.low(0, 6).low(0, 16);
    // A floor of a straight line.
    bits.low(0, 6).low(1, 16).low(0, 5).low(0, 2).low(7, 4);
    // A residue of nothing.
    bits.low(0, 6).low(2, 16).low(0, 24).low(0, 24).low(0, 24).low(0, 6).low(0, 8).low(0, 4);
    // A mapping of both channels to them, and a mode of it.
    bits.low(0, 6).low(0, 16).low(0, 4).low(0, 24);
    bits.low(0, 6).low(0, 1).low(0, 32).low(0, 8).low(1, 1);
    let mut setup = b"\x05vorbis".to_vec();
    setup.extend(bits.lowest_first());
    let comment = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
    let length = |header: &[u8]| u8::try_from(header.len()).expect("short");
    let mut private = vec![2, length(&identification), length(comment)];
    private.extend(identification);
    private.extend(comment);
    private.extend(setup);
    track(CodecId::Vorbis, private, &[0, 0])
}

/// Bits, one in each byte.
#[derive(Default)]
struct Bits(Vec<u8>);

impl Bits {
    /// The highest first.
    fn high(&mut self, value: u32, count: u32) -> &mut Self {
        self.0.extend((0..count).rev().map(|bit| (value >> bit & 1 != 0) as u8));
        self
    }

    /// The lowest first.
    fn low(&mut self, value: u32, count: u32) -> &mut Self {
        self.0.extend((0..count).map(|bit| (value >> bit & 1 != 0) as u8));
        self
    }

    fn highest_first(&self) -> Vec<u8> {
        let byte = |bits: &[u8]| (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).unwrap_or(&0));
        self.0.chunks(8).map(byte).collect()
    }

    fn lowest_first(&self) -> Vec<u8> {
        let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit);
        self.0.chunks(8).map(byte).collect()
    }
}

/// A checksum of so many bits.
fn crc(bytes: &[u8], bits: u32, polynomial: u32) -> u32 {
    let top = 1 << (bits - 1);
    bytes.iter().fold(0, |crc, byte| {
        let crc = crc ^ u32::from(*byte) << (bits - 8);
        let next =
            |crc: u32, _| (crc << 1 ^ if crc & top == 0 { 0 } else { polynomial }) & (2 * top - 1);
        (0..8).fold(crc, next)
    })
}
