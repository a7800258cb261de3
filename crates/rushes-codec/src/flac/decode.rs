//! Frames of FLAC to samples, with a decoder of our own: bit depths of 4 to 32, up to 8 channels, checksums checked.

use rushes_core::{AudioFrame, ChannelLayout, CodecParameters, Error, Packet, Result, Sample};

use super::bits::BitReader;
use super::crc::crc16;
use super::header::{Channels, FrameHeader, StreamInfo};
use super::subframe;
use crate::sound::{Engine, SoundDecoder};
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    Ok(SoundDecoder::boxed(FlacDecoder { stream: Stream::of(parameters), wide: Vec::new() }))
}

struct FlacDecoder {
    stream: Stream,
    /// Differences of 33 bits, kept from frame to frame.
    wide: Vec<i64>,
}

/// What frames leave to the stream to say.
#[derive(Clone, Copy, Debug)]
struct Stream {
    info: Option<StreamInfo>,
    layout: Option<ChannelLayout>,
}

impl Stream {
    fn of(parameters: &CodecParameters) -> Self {
        Self {
            info: StreamInfo::of_private(&parameters.private),
            layout: parameters.as_audio().map(|audio| audio.layout),
        }
    }

    /// The channels: those of the container, if it has as many, or the usual ones of RFC 9639, 9.1.3.
    fn layout(&self, channels: u16) -> ChannelLayout {
        match (self.layout, channels) {
            (Some(layout), _) if layout.channels() == channels && layout.mask() != 0 => layout,
            (_, 4) => ChannelLayout::from_mask(4, 0x33),
            _ => ChannelLayout::default_for(channels),
        }
    }
}

impl Engine for FlacDecoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<AudioFrame>> {
        if let Some(parameters) = &packet.new_parameters {
            self.stream = Stream::of(parameters);
        }
        self.frame(&packet.data).map(Some)
    }

    fn reset(&mut self) {}
}

impl FlacDecoder {
    fn frame(&mut self, bytes: &[u8]) -> Result<AudioFrame> {
        let header = FrameHeader::read(bytes).ok_or_else(|| malformed("has no valid header"))?;
        let info = self.stream.info;
        let unknown = || malformed("leaves its format to stream information, which is missing");
        let rate =
            header.sample_rate.or(info.map(|info| info.sample_rate)).filter(|rate| *rate > 0);
        let rate = rate.ok_or_else(unknown)?;
        let bits = header.bits.or(info.map(|info| info.bits)).ok_or_else(unknown)?;
        if bits < 4 {
            return Err(malformed("has samples of fewer than 4 bits"));
        }
        let layout = self.stream.layout(header.channels.count());
        let (frame, used) =
            self.samples(&header, bits, &bytes[header.length..]).map_err(malformed)?;
        // Samples of a damaged frame would be noise, so that the checksum comes before them.
        let end = header.length + used + 2;
        let whole = bytes.get(..end).ok_or_else(|| malformed("ends early"))?;
        if crc16(whole) != 0 {
            return Err(malformed("does not match its checksum"));
        }
        match bits {
            ..=16 => finish(frame.iter().map(|sample| narrow(*sample, 16 - bits)), layout, rate),
            32 => finish(frame, layout, rate),
            _ => {
                let mut frame = frame;
                frame.iter_mut().for_each(|sample| *sample = sample.wrapping_shl(32 - bits));
                finish(frame, layout, rate)
            }
        }
    }

    /// Samples of all channels, one channel after the other, and how many bytes they took.
    fn samples(
        &mut self,
        header: &FrameHeader,
        bits: u32,
        bytes: &[u8],
    ) -> subframe::Result<(Vec<i32>, usize)> {
        let block = usize::from(header.block_size);
        let mut samples = vec![0_i32; block * usize::from(header.channels.count())];
        let mut reader = BitReader::new(bytes);
        for (channel, plane) in samples.chunks_exact_mut(block).enumerate() {
            match header.channels.is_side(channel) {
                false => subframe::read(&mut reader, bits, plane)?,
                true if bits < 32 => subframe::read(&mut reader, bits + 1, plane)?,
                true => {
                    self.wide.clear();
                    self.wide.resize(block, 0);
                    subframe::read(&mut reader, 33, &mut self.wide)?;
                }
            }
        }
        let (first, second) = samples.split_at_mut(block);
        if bits < 32 {
            correlate(header.channels, first, second);
        } else {
            correlate_wide(header.channels, first, second, &self.wide);
        }
        if !reader.align() {
            return Err("is padded with ones");
        }
        Ok((samples, bytes.len() - reader.untouched()))
    }
}

/// Makes left and right of what was coded.
fn correlate(channels: Channels, first: &mut [i32], second: &mut [i32]) {
    let pairs = first.iter_mut().zip(second);
    match channels {
        Channels::Independent(_) => {}
        Channels::LeftSide => pairs.for_each(|(left, side)| *side = left.wrapping_sub(*side)),
        Channels::SideRight => pairs.for_each(|(side, right)| *side = side.wrapping_add(*right)),
        Channels::MidSide => pairs.for_each(|(mid, side)| {
            // The lowest bit of the sum is that of the difference.
            let sum = mid.wrapping_shl(1) | (*side & 1);
            (*mid, *side) = (sum.wrapping_add(*side) >> 1, sum.wrapping_sub(*side) >> 1);
        }),
    }
}

/// The same for samples of 32 bits, whose difference has 33.
#[expect(clippy::cast_possible_truncation, reason = "valid samples fit, others wrap")]
fn correlate_wide(channels: Channels, first: &mut [i32], second: &mut [i32], side: &[i64]) {
    let triples = first.iter_mut().zip(second).zip(side);
    match channels {
        Channels::Independent(_) => {}
        Channels::LeftSide => {
            triples.for_each(|((left, right), side)| *right = (i64::from(*left) - side) as i32);
        }
        Channels::SideRight => {
            triples.for_each(|((left, right), side)| {
                *left = side.wrapping_add(i64::from(*right)) as i32;
            });
        }
        Channels::MidSide => triples.for_each(|((left, right), side)| {
            let sum = i64::from(*left) << 1 | (side & 1);
            *left = (sum.wrapping_add(*side) >> 1) as i32;
            *right = (sum.wrapping_sub(*side) >> 1) as i32;
        }),
    }
}

/// A sample of up to 16 bits, left-justified.
#[expect(clippy::cast_possible_truncation, reason = "valid samples fit, others wrap")]
const fn narrow(sample: i32, shift: u32) -> i16 {
    (sample as i16) << shift
}

fn finish<T: Sample>(
    samples: impl IntoIterator<Item = T>,
    layout: ChannelLayout,
    rate: u32,
) -> Result<AudioFrame> {
    AudioFrame::new(samples.into_iter().collect(), layout, rate)
}

fn malformed(problem: &str) -> Error {
    Error::malformed(format!("a frame of FLAC {problem}"))
}

#[cfg(test)]
mod tests {
    use rushes_core::{AudioParameters, CodecId, Frame};

    use super::super::crc::crc8;
    use super::*;

    /// Bits on their way into a frame.
    #[derive(Default)]
    struct Bits(String);

    impl Bits {
        fn put(mut self, value: i64, count: usize) -> Self {
            for bit in (0..count).rev() {
                self.0.push(if value >> bit & 1 == 1 { '1' } else { '0' });
            }
            self
        }

        fn bytes(mut self) -> Vec<u8> {
            self.0.push_str(&"0".repeat(self.0.len().next_multiple_of(8) - self.0.len()));
            (0..self.0.len() / 8)
                .map(|at| u8::from_str_radix(&self.0[at * 8..at * 8 + 8], 2).expect("bits"))
                .collect()
        }
    }

    /// A frame of two samples per channel at 48 kHz.
    fn frame(format: u8, body: Bits) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xf8, 0x6a, format, 0, 1];
        bytes.push(crc8(&bytes));
        bytes.extend(body.bytes());
        bytes.extend(crc16(&bytes).to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<AudioFrame> {
        let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
        let parameters = CodecParameters::audio(CodecId::Flac, audio);
        let mut decoder = create(&parameters, &DecoderOptions::default()).expect("no options");
        decoder.submit(&Packet::new(0, bytes))?;
        match decoder.next_frame() {
            Ok(Some(Frame::Audio(frame))) => Ok(frame),
            _ => panic!("no frame"),
        }
    }

    #[test]
    fn differences_of_32_bits_are_exact() {
        let (left, right) = ([i32::MAX, i32::MIN], [i32::MIN, i32::MAX]);
        let wide = |pair: [i32; 2]| pair.map(i64::from);
        let check = |format: u8, first: [i64; 2], second: [i64; 2], sizes: [usize; 2]| {
            let body = Bits::default()
                .put(2, 8)
                .put(first[0], sizes[0])
                .put(first[1], sizes[0])
                .put(2, 8)
                .put(second[0], sizes[1])
                .put(second[1], sizes[1]);
            let frame = decode(&frame(format, body)).expect("valid");
            assert_eq!(frame.plane::<i32>(0), Some(&left[..]), "{format:#x}");
            assert_eq!(frame.plane::<i32>(1), Some(&right[..]), "{format:#x}");
        };
        let ([l0, l1], [r0, r1]) = (wide(left), wide(right));
        let side = [l0 - r0, l1 - r1];
        check(0x1e, wide(left), wide(right), [32, 32]);
        check(0x8e, wide(left), side, [32, 33]);
        check(0x9e, side, wide(right), [33, 32]);
        check(0xae, [(l0 + r0) >> 1, (l1 + r1) >> 1], side, [32, 33]);
    }

    #[test]
    fn bit_depths_are_left_justified() {
        // A constant of 12 bits of which 3 are wasted: 5 << 3.
        let body = Bits::default().put(1, 8).put(0b001, 3).put(5, 9);
        let narrow = decode(&frame(0x04, body)).expect("valid");
        assert_eq!(narrow.plane::<i16>(0), Some(&[40 << 4; 2][..]));
        assert_eq!(narrow.layout, ChannelLayout::MONO);
        let body = Bits::default().put(0, 8).put(-1, 20);
        let wide = decode(&frame(0x0a, body)).expect("valid");
        assert_eq!(wide.plane::<i32>(0), Some(&[-4096; 2][..]));
    }

    #[test]
    fn damage_is_told() {
        let body = || Bits::default().put(0, 8).put(7, 16);
        let good = frame(0x08, body());
        assert!(decode(&good).is_ok());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(decode(&bad).is_err(), "byte {at}");
            assert!(decode(&good[..at]).is_err(), "cut at {at}");
        }
        let check = |body: Bits, expected: &str| {
            let error = decode(&frame(0x08, body)).expect_err("malformed");
            assert_eq!(error.to_string(), format!("a frame of FLAC {expected}"));
        };
        check(Bits::default().put(0x80, 8), "starts a channel with a reserved bit");
        check(Bits::default().put(0x04, 8), "has a channel of a reserved kind");
        check(Bits::default().put(0x01, 8).put(1, 17), "wastes all bits");
        check(Bits::default().put(0x18, 8).put(0, 32), "predicts from more samples than it has");
        check(
            Bits::default().put(0x12, 8).put(0, 16).put(2, 2),
            "has residuals of a reserved kind",
        );
        check(
            Bits::default().put(0x12, 8).put(0, 16).put(0, 2).put(2, 4),
            "does not divide into its partitions",
        );
    }
}
