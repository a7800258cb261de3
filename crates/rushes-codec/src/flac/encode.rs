//! Samples to frames of FLAC, with `flacenc`: 16, 20 and 24 bits, up to 8 channels.

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};
use rushes_core::{AudioParameters, CodecId, CodecParameters, Error, Result, Sample, TimeBase};

use crate::depth::Depth;
use crate::feed::{Coder, Shape, SoundEncoder, sound};
use crate::guard::guard;
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

const NAME: &str = "the FLAC encoder";
/// Samples of a frame; the subset allows 4608 up to 48 kHz.
const BLOCK: usize = 4096;
/// The fewest samples that the engine codes.
const LEAST: usize = 32;

pub(crate) const OPTIONS: [OptionSpec; 2] = [
    OptionSpec {
        name: "block_size",
        kind: OptionKind::Integer { min: 64, max: 16_384 },
        default: "4096",
        help: "samples of a frame",
    },
    // The engine has no more.
    OptionSpec {
        name: "bits",
        kind: OptionKind::Choice(&["20", "24"]),
        default: "24",
        help: "bits that are kept of samples of s32; unless given, a sample with more is an error",
    },
];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let audio = sound(options, NAME)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(NAME, &["compression_level"])?;
    let depth = Depth::new(NAME, audio.sample_format, options)?;
    if depth.is_short() {
        make::<i16>(audio, options, depth)
    } else {
        make::<i32>(audio, options, depth)
    }
}

fn make<T: Sample + Into<i32>>(
    audio: &AudioParameters,
    options: &EncoderOptions,
    depth: Depth,
) -> Result<Box<dyn Encoder>> {
    let bits = depth.bits();
    let channels = audio.layout.channels();
    let (rate, layout) = (audio.sample_rate, audio.layout);
    if !(1..=8).contains(&channels) || !(1..=655_350).contains(&rate) {
        return Err(Error::unsupported(
            format!("FLAC of {channels} channels at {rate} Hz"),
            "1 to 8 channels, 1 to 655350 Hz",
        ));
    }
    let config = settings(options.config.compression_level)?;
    let block =
        options.options.get("block_size").and_then(|size| size.parse().ok()).unwrap_or(BLOCK);
    let failed = |error: &dyn std::fmt::Display| Error::usage(format!("{NAME}: {error}"));
    let info = StreamInfo::new(rate as usize, usize::from(channels), usize::from(bits))
        .map_err(|error| failed(&error))?;
    let buffer =
        FrameBuf::with_size(usize::from(channels), block).map_err(|error| failed(&error))?;
    let mut output = AudioParameters::new(rate, layout);
    output.sample_format = Some(T::FORMAT);
    output.bits_per_sample = u16::from(bits);
    output.frame_samples = u32::try_from(block).ok();
    let mut parameters = CodecParameters::audio(CodecId::Flac, output);
    let header = Header { rate, channels, bits, block, ..Header::default() };
    parameters.private = header.private().into();
    let shape = Shape {
        name: NAME,
        parameters,
        layout,
        sample_rate: rate,
        time_base: TimeBase::per_second(rate).ok_or_else(|| Error::usage("no sample rate"))?,
        block,
        delay: 0,
        tail: 0,
        shrinks: true,
    };
    let coder = FlacCoder {
        config,
        info,
        buffer,
        header,
        channels: usize::from(channels),
        depth,
        frames: 0,
        samples: Vec::new(),
        bytes: Vec::new(),
        sum: Context::new(usize::from(bits), usize::from(channels)),
        sink: ByteSink::new(),
    };
    SoundEncoder::<T, _>::boxed(coder, shape)
}

struct FlacCoder {
    config: Verified<config::Encoder>,
    info: StreamInfo,
    buffer: FrameBuf,
    header: Header,
    channels: usize,
    depth: Depth,
    frames: usize,
    samples: Vec<i32>,
    /// The samples as the sum takes them: interleaved, little-endian, in whole bytes.
    bytes: Vec<u8>,
    sum: Context,
    sink: ByteSink,
}

impl<T: Copy + Into<i32>> Coder<T> for FlacCoder {
    fn encode(&mut self, samples: &[T], ready: &mut Vec<Vec<u8>>) -> Result<()> {
        let depth = self.depth;
        depth.check(samples)?;
        self.samples.clear();
        self.samples.extend(samples.iter().map(|sample| depth.narrow(*sample)));
        let frame = if samples.len() < LEAST * self.channels {
            self.verbatim()
        } else {
            guard(|| self.compressed())
                .map_err(|_| Error::unsupported("these samples in FLAC", ""))??
        };
        self.frames += 1;
        self.count(&frame)?;
        ready.push(frame);
        Ok(())
    }

    fn complete(&self, parameters: &mut CodecParameters) {
        let samples = u64::try_from(self.sum.total_samples()).unwrap_or(0);
        let header = Header { samples, md5: self.sum.md5_digest(), ..self.header };
        parameters.private = header.private().into();
    }
}

impl FlacCoder {
    /// Adds a frame and its samples to what the stream information says of all.
    fn count(&mut self, frame: &[u8]) -> Result<()> {
        let width = self.sum.bytes_per_sample();
        self.bytes.clear();
        for sample in &self.samples {
            self.bytes.extend(&sample.to_le_bytes()[..width]);
        }
        self.sum
            .fill_le_bytes(&self.bytes, width)
            .map_err(|error| Error::usage(format!("{NAME}: {error}")))?;
        let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let Header { smallest, largest, .. } = &mut self.header;
        *smallest = if *smallest == 0 { size } else { size.min(*smallest) };
        *largest = size.max(*largest);
        Ok(())
    }

    fn compressed(&mut self) -> Result<Vec<u8>> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::unsupported(format!("FLAC encoding ({error})"), "")
        };
        self.buffer.resize(self.samples.len() / self.channels);
        self.buffer.fill_interleaved(&self.samples).map_err(|error| failed(&error))?;
        let frame =
            flacenc::encode_fixed_size_frame(&self.config, &self.buffer, self.frames, &self.info)
                .map_err(|error| failed(&error))?;
        self.sink.clear();
        frame.write(&mut self.sink).map_err(|error| failed(&error))?;
        Ok(self.sink.as_slice().to_vec())
    }

    /// A frame of samples as they are, for an end too short to predict anything.
    fn verbatim(&self) -> Vec<u8> {
        let length = self.samples.len() / self.channels;
        let byte = |value: usize| value.to_le_bytes()[0];
        let bits = self.depth.bits();
        let size = match bits {
            16 => 4 << 1,
            20 => 5 << 1,
            _ => 6 << 1,
        };
        let mut frame = vec![0xff, 0xf8, 0x60, byte(self.channels - 1) << 4 | size];
        put_number(self.frames as u64, &mut frame);
        frame.push(byte(length - 1));
        frame.push(super::crc::crc8(&frame));
        let (mut cache, mut count) = (0_u64, 0);
        let mut put = |value: u32, width: u32| {
            cache = cache << width | u64::from(value) & ((1 << width) - 1);
            count += width;
            while count >= 8 {
                count -= 8;
                frame.push((cache >> count).to_le_bytes()[0]);
            }
        };
        for channel in 0..self.channels {
            put(2, 8);
            for sample in self.samples.iter().skip(channel).step_by(self.channels) {
                put(sample.cast_unsigned(), u32::from(bits));
            }
        }
        // What is left of a byte; nothing where none is.
        put(0, 7);
        frame.extend(super::crc::crc16(&frame).to_be_bytes());
        frame
    }
}

/// A number coded like a character of UTF-8, of up to 36 bits: RFC 9639, 9.1.5.
fn put_number(number: u64, frame: &mut Vec<u8>) {
    let byte = |value: u64| value.to_le_bytes()[0];
    if number < 0x80 {
        frame.push(byte(number));
        return;
    }
    let mut more = 1;
    while number >> (6 * more + 6 - more) != 0 {
        more += 1;
    }
    frame.push(byte(0xff00 >> (more + 1)) | byte(number >> (6 * more)));
    frame.extend((0..more).rev().map(|at| 0x80 | byte(number >> (6 * at)) & 0x3f));
}

/// What the level stands for: more predictors tried, and better ones.
fn settings(level: Option<i32>) -> Result<Verified<config::Encoder>> {
    let level = level.unwrap_or(5);
    let mut settings = config::Encoder::default();
    settings.multithread = false;
    settings.subframe_coding.qlpc.lpc_order = match level {
        0..=2 => 4,
        3..=4 => 8,
        5..=6 => 10,
        7..=8 => 12,
        _ => return Err(Error::usage(format!("compression_level of FLAC is 0 to 8, not {level}"))),
    };
    settings.subframe_coding.use_lpc = level > 2;
    settings.stereo_coding.use_midside = level > 0;
    settings.stereo_coding.use_leftside = level > 3;
    settings.stereo_coding.use_rightside = level > 3;
    settings.into_verified().map_err(|(_, error)| Error::usage(format!("{NAME}: {error}")))
}

/// What the stream information says; zero where it is not known yet.
#[derive(Clone, Copy, Debug, Default)]
struct Header {
    rate: u32,
    channels: u16,
    bits: u8,
    /// Samples of a frame.
    block: usize,
    /// Bytes of the smallest and of the largest frame.
    smallest: u32,
    largest: u32,
    samples: u64,
    md5: [u8; 16],
}

impl Header {
    /// The marker and the stream information: RFC 9639, 8.2.
    fn private(&self) -> Vec<u8> {
        let mut private = b"fLaC\x80\0\0\x22".to_vec();
        let block = u16::try_from(self.block).unwrap_or(u16::MAX).to_be_bytes();
        private.extend([block, block].concat());
        for size in [self.smallest, self.largest] {
            let known = if size < 1 << 24 { size } else { 0 };
            private.extend(&known.to_be_bytes()[1..]);
        }
        let packed = u64::from(self.rate) << 44
            | u64::from(self.channels.saturating_sub(1)) << 41
            | u64::from(self.bits.saturating_sub(1)) << 36
            | if self.samples < 1 << 36 { self.samples } else { 0 };
        private.extend(packed.to_be_bytes());
        private.extend(self.md5);
        private
    }
}

#[cfg(test)]
mod tests {
    use md5::{Digest as _, Md5};
    use rushes_core::{AudioFrame, ChannelLayout, Frame, MediaParameters, SampleFormat};

    use super::*;

    /// The private data after all these samples, which come in frames of several lengths.
    fn private_of<T: Sample>(
        format: SampleFormat,
        bits: Option<&str>,
        samples: &[T],
    ) -> (Vec<u8>, Vec<usize>) {
        let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
        audio.sample_format = Some(format);
        let mut options = EncoderOptions::new(MediaParameters::Audio(audio));
        options.options.extend(bits.map(|bits| ("bits".to_owned(), bits.to_owned())));
        let mut encoder = create(&options).expect("known");
        for (index, part) in samples.chunks(2 * 1500).enumerate() {
            let frame = AudioFrame::from_interleaved(part, ChannelLayout::STEREO, 48_000);
            encoder.submit(&Frame::Audio(frame.expect("pairs"))).expect("encodes");
            let before = &encoder.parameters().private;
            assert_eq!(before[26..42], [0; 16], "after part {index}");
        }
        encoder.finish().expect("encodes");
        let mut sizes = Vec::new();
        while let Some(packet) = encoder.next_packet().expect("encodes") {
            sizes.push(packet.data.len());
        }
        (encoder.parameters().private.to_vec(), sizes)
    }

    /// RFC 9639, 8.2: interleaved, little-endian, in whole bytes.
    #[test]
    fn the_end_tells_the_sum_and_the_sizes() {
        let check = |(private, sizes): (Vec<u8>, Vec<usize>), bits: u8, bytes: Vec<u8>| {
            assert_eq!(&private[26..42], Md5::digest(&bytes).as_slice(), "{bits} bits");
            let packed = u64::from_be_bytes(*private[18..].first_chunk().expect("there"));
            assert_eq!(packed & ((1 << 36) - 1), 10_010, "{bits} bits");
            assert_eq!(packed >> 36 & 31, u64::from(bits - 1));
            let size = |at: usize| {
                private[at..at + 3].iter().fold(0, |size, byte| size << 8 | usize::from(*byte))
            };
            let extremes = (sizes.iter().min().copied(), sizes.iter().max().copied());
            assert_eq!((Some(size(12)), Some(size(15))), extremes, "{bits} bits");
        };
        // The last frame has too few samples to be compressed.
        let values = (0..20_020_i32).map(|at| at * 7919 % 65_536 - 32_768);
        let narrow: Vec<i16> =
            values.clone().map(|value| i16::try_from(value).expect("fits")).collect();
        let bytes = |shift: u32, width: usize| {
            let wide = values.clone().map(|value| value << shift);
            wide.flat_map(|value| value.to_le_bytes()[..width].to_vec()).collect()
        };
        check(private_of(SampleFormat::S16, None, &narrow), 16, bytes(0, 2));
        let wide: Vec<i32> = values.clone().map(|value| value << 16).collect();
        check(private_of(SampleFormat::S32, None, &wide), 24, bytes(8, 3));
        check(private_of(SampleFormat::S32, Some("20"), &wide), 20, bytes(4, 3));
    }

    #[test]
    fn numbers_are_coded_like_characters() {
        for number in [0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x1_0000, 0x10_ffff] {
            let mut coded = Vec::new();
            put_number(number, &mut coded);
            let character = u32::try_from(number).ok().and_then(char::from_u32).expect("valid");
            assert_eq!(coded, character.to_string().as_bytes(), "{number:#x}");
        }
        let mut coded = Vec::new();
        put_number((1 << 31) - 1, &mut coded);
        assert_eq!(coded, [0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]);
    }
}
