//! Vorbis in Ogg (Vorbis I, 4.2 and A).

use rushes_core::{AudioParameters, Buffer, CodecId, CodecParameters, SampleFormat};

use super::layout_of;
use super::setup;

/// A stream of Vorbis.
#[derive(Clone, Debug)]
pub(in crate::ogg) struct VorbisStream {
    pub(super) headers: Vec<Buffer>,
    channels: u8,
    pub(in crate::ogg) rate: u32,
    bit_rate: u32,
    /// Samples of a short and of a long block.
    blocks: [u32; 2],
    /// Which modes have long blocks.
    modes: Vec<bool>,
    /// Samples of the block of the last packet.
    last: Option<u32>,
}

impl VorbisStream {
    /// Bytes of the identification header.
    const HEAD: usize = 30;

    /// From the identification header.
    pub(in crate::ogg) fn open(head: &Buffer) -> Option<Self> {
        let bytes = head.first_chunk::<{ Self::HEAD }>()?;
        let number = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let (channels, rate) = (bytes[11], number(12));
        let blocks = [1 << (bytes[28] & 0x0f), 1 << (bytes[28] >> 4)];
        let known = number(7) == 0 && channels > 0 && rate > 0;
        let allowed = blocks[0] >= 64 && blocks[0] <= blocks[1] && blocks[1] <= 8192;
        (known && allowed).then(|| Self {
            headers: vec![head.clone()],
            channels,
            rate,
            bit_rate: number(20),
            blocks,
            modes: Vec::new(),
            last: None,
        })
    }

    /// From the three headers in private data.
    pub(in crate::ogg) fn of_private(private: &Buffer) -> Option<Self> {
        let [head, comments, setup] = split(private)?;
        let mut stream = Self::open(&head)?;
        (stream.take_header(&comments) && stream.take_header(&setup)).then_some(stream)
    }

    pub(super) fn take_header(&mut self, packet: &Buffer) -> bool {
        let is_header = packet.first().is_some_and(|kind| kind & 1 != 0);
        let expected = [3, 5].get(self.headers.len().wrapping_sub(1));
        if is_header
            && expected.is_some_and(|kind| packet.first() == Some(kind))
            && packet.get(1..7) == Some(b"vorbis")
        {
            self.headers.push(packet.clone());
            if self.headers.len() == 3 {
                self.modes = setup::long_blocks(&packet[7..], self.channels).unwrap_or_default();
            }
        }
        is_header
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.headers.len() == 3
    }

    pub(super) fn parameters(&self) -> CodecParameters {
        let mut audio = AudioParameters::new(self.rate, layout_of(u16::from(self.channels)));
        audio.sample_format = Some(SampleFormat::F32);
        let mut codec = CodecParameters::audio(CodecId::Vorbis, audio);
        codec.bit_rate =
            (self.bit_rate > 0 && self.bit_rate < 1 << 31).then_some(u64::from(self.bit_rate));
        if self.is_ready() {
            codec.private = lace(&self.headers).into();
        }
        codec
    }

    /// Samples that a packet adds: a quarter of its block, and a quarter of the one before. The first packet adds nothing, but as in
    /// FFmpeg it lasts as if a short block had come before it.
    pub(in crate::ogg) fn duration(&mut self, packet: &[u8]) -> u64 {
        let Some(first) = packet.first().filter(|first| **first & 1 == 0) else { return 0 };
        // Headers that nobody understands: two modes, of short and long blocks, as all encoders have.
        let modes: &[bool] = if self.modes.is_empty() { &[false, true] } else { &self.modes };
        let bits = usize::BITS - (modes.len() - 1).leading_zeros();
        let mode = usize::from(first >> 1) & ((1 << bits) - 1);
        let Some(long) = modes.get(mode) else { return 0 };
        let block = self.blocks[usize::from(*long)];
        let before = self.last.unwrap_or(self.blocks[0]);
        self.last = Some(block);
        u64::from((before + block) / 4)
    }

    pub(in crate::ogg) const fn reset(&mut self) {
        self.last = None;
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.headers.first() == other.headers.first() && self.headers.get(2) == other.headers.get(2)
    }
}

/// Headers in Xiph lacing behind their count less one.
pub(super) fn lace(headers: &[Buffer]) -> Vec<u8> {
    let mut laced = vec![u8::try_from(headers.len().saturating_sub(1)).unwrap_or(0)];
    for header in headers.iter().rev().skip(1).rev() {
        laced.extend(std::iter::repeat_n(255, header.len() / 255));
        laced.push(u8::try_from(header.len() % 255).unwrap_or(0));
    }
    headers.iter().for_each(|header| laced.extend(&**header));
    laced
}

/// Three headers that are laced; `None` where they are not.
pub(in crate::ogg) fn split(private: &Buffer) -> Option<[Buffer; 3]> {
    let mut at = 1;
    let mut lengths = [0; 2];
    if private.first() != Some(&2) {
        return None;
    }
    for length in &mut lengths {
        loop {
            let byte = *private.get(at)?;
            at += 1;
            *length += usize::from(byte);
            if byte < 255 {
                break;
            }
        }
    }
    let [first, second] = lengths;
    Some([
        private.slice(at..at + first)?,
        private.slice(at + first..at + first + second)?,
        private.slice(at + first + second..private.len())?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Vec<u8> {
        let mut bytes = b"\x01vorbis\0\0\0\0\x02".to_vec();
        bytes.extend(44_100_u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(128_000_u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend([0xb8, 1]);
        bytes
    }

    #[test]
    fn blocks_tell_the_length() {
        let mut stream = VorbisStream::open(&head().into()).expect("valid");
        assert_eq!((stream.rate, stream.blocks), (44_100, [256, 2048]));
        stream.modes = vec![false, true];
        let durations = [0, 0, 2, 2, 0, 1, 0].map(|byte| stream.duration(&[byte]));
        assert_eq!(durations, [128, 128, 576, 1024, 576, 0, 128]);
        for cut in 0..30 {
            assert!(VorbisStream::open(&head()[..cut].into()).is_none(), "{cut}");
        }
    }

    #[test]
    fn headers_are_laced() {
        let headers = [vec![1; 30], vec![3; 600], vec![5; 70]].map(Buffer::from);
        let laced = Buffer::from(lace(&headers));
        assert_eq!(laced[..5], [2, 30, 255, 255, 90]);
        assert_eq!(split(&laced), Some(headers));
        for cut in 0..35 {
            assert_eq!(split(&laced.slice(0..cut).expect("inside")), None, "{cut}");
        }
    }
}
