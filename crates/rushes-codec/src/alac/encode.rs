//! Samples to packets of ALAC, with an encoder of our own: 16, 20, 24 and 32 bits, up to 8 channels.

use rushes_core::{AudioParameters, CodecId, CodecParameters, Error, Result, Sample, TimeBase};

use super::bits::{BitWriter, FOLLOWS, MEAN, MOST_LOW_BITS};
use super::predict::{ORDER, PRECISION, Predictor};
use crate::depth::Depth;
use crate::feed::{Coder, Shape, SoundEncoder, sound};
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

const NAME: &str = "the ALAC encoder";
/// Samples of a packet.
const BLOCK: u16 = 4096;

const SINGLE: u32 = 0;
const PAIR: u32 = 1;
const LOW: u32 = 3;
const END: u32 = 7;

pub(crate) const OPTIONS: [OptionSpec; 1] = [OptionSpec {
    name: "bits",
    kind: OptionKind::Choice(&["20", "24", "32"]),
    default: "24",
    help: "bits that are kept of samples of s32; unless given, a sample with more is an error",
}];

/// Elements of a packet, each with the places of its channels in the order of the mask.
type Elements = &'static [(u32, &'static [usize])];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let audio = sound(options, NAME)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(NAME, &[])?;
    let depth = Depth::new(NAME, audio.sample_format, options)?;
    if depth.is_short() { make::<i16>(audio, depth) } else { make::<i32>(audio, depth) }
}

fn make<T: Sample + Into<i32>>(audio: &AudioParameters, depth: Depth) -> Result<Box<dyn Encoder>> {
    let bits = depth.bits();
    let (rate, layout) = (audio.sample_rate, audio.layout);
    let (elements, tag) = elements(layout.channels(), layout.mask()).ok_or_else(|| {
        Error::unsupported(
            format!("ALAC with the channels {layout}"),
            "mono, stereo, 3.0, 4.0, 5.0, 5.1, 6.1(back) and 7.1(wide)",
        )
    })?;
    let channels = usize::from(layout.channels());
    let mut output = AudioParameters::new(rate, layout);
    output.sample_format = Some(T::FORMAT);
    output.bits_per_sample = u16::from(bits);
    output.frame_samples = Some(u32::from(BLOCK));
    let mut parameters = CodecParameters::audio(CodecId::Alac, output);
    parameters.private = private(layout.channels(), bits, rate, tag).into();
    let shape = Shape {
        name: NAME,
        parameters,
        layout,
        sample_rate: rate,
        time_base: TimeBase::per_second(rate).ok_or_else(|| Error::usage("no sample rate"))?,
        block: usize::from(BLOCK),
        delay: 0,
        tail: 0,
        shrinks: true,
    };
    let coder = AlacCoder {
        depth,
        bits: u32::from(bits),
        // What is beyond 16 bits is mostly noise, which goes beside the codes.
        tail: match bits {
            24 => 8,
            32 => 16,
            _ => 0,
        },
        elements,
        predictors: vec![Predictor::default(); channels],
        planes: vec![Vec::new(); channels],
        residuals: Vec::new(),
    };
    SoundEncoder::<T, _>::boxed(coder, shape)
}

struct AlacCoder {
    depth: Depth,
    /// Bits of a sample, and how many of them are stored beside the codes.
    bits: u32,
    tail: u32,
    elements: Elements,
    predictors: Vec<Predictor>,
    planes: Vec<Vec<i32>>,
    residuals: Vec<i32>,
}

impl<T: Copy + Into<i32>> Coder<T> for AlacCoder {
    fn encode(&mut self, samples: &[T], ready: &mut Vec<Vec<u8>>) -> Result<()> {
        let channels = self.planes.len();
        let depth = self.depth;
        depth.check(samples)?;
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            plane.extend(
                samples.iter().skip(channel).step_by(channels).map(|sample| depth.narrow(*sample)),
            );
        }
        let mut packet = BitWriter::default();
        let mut counts = [0; 4];
        for (kind, places) in self.elements {
            packet.put(*kind, 3);
            let count = &mut counts[*kind as usize];
            packet.put(*count, 4);
            *count += 1;
            self.element(places, &mut packet);
        }
        packet.put(END, 3);
        ready.push(packet.finish());
        Ok(())
    }
}

impl AlacCoder {
    /// One or two channels, compressed if that makes them smaller.
    fn element(&mut self, places: &[usize], packet: &mut BitWriter) {
        let length = self.planes[places[0]].len();
        let compressed = self.compressed(places);
        let is_smaller = compressed.len() < length * places.len() * self.bits as usize;
        let is_partial = length < usize::from(BLOCK);
        packet.put(0, 12);
        packet.put(u32::from(is_partial), 1);
        packet.put(if is_smaller { self.tail / 8 } else { 0 }, 2);
        packet.put(u32::from(!is_smaller), 1);
        if is_partial {
            packet.put(u32::try_from(length).unwrap_or(u32::MAX), 32);
        }
        if is_smaller {
            packet.append(&compressed);
            return;
        }
        for at in 0..length {
            places.iter().for_each(|place| packet.put_signed(self.planes[*place][at], self.bits));
        }
    }

    fn compressed(&mut self, places: &[usize]) -> BitWriter {
        let mut bits = BitWriter::default();
        let tail = self.tail;
        let mut high: Vec<Vec<i32>> = places
            .iter()
            .map(|place| self.planes[*place].iter().map(|sample| sample >> tail).collect())
            .collect();
        let is_mixed = mix(&mut high);
        bits.put(if is_mixed { 2 } else { 0 }, 8);
        bits.put(if is_mixed { 2 } else { 0 }, 8);
        for place in places {
            // No second pass; coefficients with so many bits behind the point; the mean followed as the
            // configuration says.
            bits.put(0, 4);
            bits.put(PRECISION, 4);
            bits.put(4, 3);
            bits.put(u32::try_from(ORDER).unwrap_or(0), 5);
            let coefficients = self.predictors[*place].coefficients();
            coefficients.iter().for_each(|coefficient| bits.put_signed(*coefficient, 16));
        }
        if tail > 0 {
            for at in 0..high[0].len() {
                places.iter().for_each(|place| bits.put_signed(self.planes[*place][at], tail));
            }
        }
        // The difference of a pair needs a bit more.
        let width = self.bits - tail + u32::from(places.len() == 2);
        for (place, samples) in places.iter().zip(&high) {
            self.predictors[*place].residuals(samples, width, &mut self.residuals);
            bits.put_residuals(&self.residuals, width);
        }
        bits
    }
}

/// Makes middle and difference of a pair of channels that are like one another.
fn mix(channels: &mut [Vec<i32>]) -> bool {
    let [left, right] = channels else { return false };
    // Slopes tell what a predictor will miss.
    let cost = |value: &dyn Fn(usize) -> i64| -> u64 {
        (1..left.len()).map(|at| value(at).abs_diff(value(at - 1))).sum()
    };
    let (l, r) = (|at: usize| i64::from(left[at]), |at: usize| i64::from(right[at]));
    let apart = cost(&l) + cost(&r);
    let mixed = cost(&|at| (l(at) + r(at)) >> 1) + cost(&|at| l(at) - r(at));
    if mixed >= apart {
        return false;
    }
    for (left, right) in left.iter_mut().zip(right) {
        (*left, *right) = ((*left + *right) >> 1, *left - *right);
    }
    true
}

/// The elements of so many channels, and the tag of their layout.
fn elements(channels: u16, mask: u32) -> Option<(Elements, u32)> {
    let (masks, elements, tag): (&[u32], Elements, u32) = match channels {
        1 => (&[0x4], &[(SINGLE, &[0])], 100),
        2 => (&[0x3], &[(PAIR, &[0, 1])], 101),
        3 => (&[0x7], &[(SINGLE, &[2]), (PAIR, &[0, 1])], 113),
        4 => (&[0x107], &[(SINGLE, &[2]), (PAIR, &[0, 1]), (SINGLE, &[3])], 116),
        5 => (&[0x37, 0x607], &[(SINGLE, &[2]), (PAIR, &[0, 1]), (PAIR, &[3, 4])], 120),
        6 => {
            (&[0x3f, 0x60f], &[(SINGLE, &[2]), (PAIR, &[0, 1]), (PAIR, &[4, 5]), (LOW, &[3])], 124)
        }
        7 => (
            &[0x13f],
            &[(SINGLE, &[2]), (PAIR, &[0, 1]), (PAIR, &[4, 5]), (SINGLE, &[6]), (LOW, &[3])],
            142,
        ),
        8 => (
            &[0xff],
            &[(SINGLE, &[2]), (PAIR, &[6, 7]), (PAIR, &[0, 1]), (PAIR, &[4, 5]), (LOW, &[3])],
            127,
        ),
        _ => return None,
    };
    (mask == 0 || masks.contains(&mask)).then_some((elements, tag << 16 | u32::from(channels)))
}

/// `ALACSpecificConfig`, and the layout of more than two channels.
fn private(channels: u16, bits: u8, rate: u32, tag: u32) -> Vec<u8> {
    let mut private = u32::from(BLOCK).to_be_bytes().to_vec();
    let [_, count] = channels.to_be_bytes();
    private.extend([0, bits, FOLLOWS, MEAN, MOST_LOW_BITS, count, 0, 255]);
    // The size of the largest packet and the bit rate are not known.
    private.extend([0; 8]);
    private.extend(rate.to_be_bytes());
    if channels > 2 {
        private.extend(b"\0\0\0\x18chan\0\0\0\0");
        private.extend(tag.to_be_bytes());
        private.extend([0; 8]);
    }
    private
}
