//! IMA and Microsoft ADPCM as WAVE has them: Microsoft, "New Multimedia Data Types and Data Techniques" (1994).

use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecId, CodecParameters, Error, Packet, Result,
};

use crate::sound::{Engine, SoundDecoder};
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let audio = parameters.as_audio().ok_or_else(|| Error::malformed("ADPCM lacks its format"))?;
    let AudioParameters { layout, sample_rate, block_align, .. } = *audio;
    let channels = usize::from(layout.channels());
    let block = usize::try_from(block_align).unwrap_or(usize::MAX);
    let kind = if parameters.codec == CodecId::AdpcmMs { Kind::Microsoft } else { Kind::Ima };
    if sample_rate == 0 || channels == 0 {
        return Err(Error::malformed("ADPCM has no sample rate or no channels"));
    }
    let most = kind.most_channels();
    if channels > most {
        let what = format!("ADPCM of {channels} channels");
        return Err(Error::unsupported(what, format!("1 to {most} channels")));
    }
    options.limits.check_alloc(u64::from(block_align))?;
    let header = kind.header() * channels;
    if block_align > 0 && block < header {
        return Err(Error::malformed(format!(
            "blocks of ADPCM of {block} bytes are shorter than their header of {header}"
        )));
    }
    Ok(SoundDecoder::boxed(AdpcmDecoder { kind, layout, sample_rate, block }))
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Ima,
    Microsoft,
}

struct AdpcmDecoder {
    kind: Kind,
    layout: ChannelLayout,
    sample_rate: u32,
    /// Bytes of a block; 0 where each packet is one.
    block: usize,
}

impl Kind {
    const fn most_channels(self) -> usize {
        match self {
            Self::Ima => 8,
            Self::Microsoft => 2,
        }
    }

    /// Bytes of the header of a block, for each channel.
    const fn header(self) -> usize {
        match self {
            Self::Ima => 4,
            Self::Microsoft => 7,
        }
    }

    /// Samples of each channel in a block.
    const fn samples(self, bytes: usize, channels: usize) -> usize {
        match (self, bytes.checked_sub(self.header() * channels)) {
            (_, None) => 0,
            // Eight samples of each channel in turn.
            (Self::Ima, Some(bytes)) => 1 + bytes / (4 * channels) * 8,
            (Self::Microsoft, Some(bytes)) => 2 + bytes * 2 / channels,
        }
    }
}

impl Engine for AdpcmDecoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<AudioFrame>> {
        let data = &*packet.data;
        let channels = usize::from(self.layout.channels());
        let block = if self.block == 0 { data.len().max(1) } else { self.block };
        let blocks = || data.chunks(block);
        let total: usize = blocks().map(|bytes| self.kind.samples(bytes.len(), channels)).sum();
        if total == 0 {
            if data.is_empty() {
                return Ok(None);
            }
            return Err(Error::malformed(format!(
                "a packet of ADPCM of {} bytes is shorter than a header",
                data.len()
            )));
        }
        let mut samples = vec![0_i16; total * channels];
        let mut at = 0;
        for bytes in blocks() {
            let length = self.kind.samples(bytes.len(), channels);
            if length == 0 {
                continue;
            }
            let mut planes: Vec<_> =
                samples.chunks_exact_mut(total).map(|plane| &mut plane[at..at + length]).collect();
            match self.kind {
                Kind::Ima => ima(bytes, &mut planes)?,
                Kind::Microsoft => microsoft(bytes, &mut planes)?,
            }
            at += length;
        }
        AudioFrame::new(samples, self.layout, self.sample_rate).map(Some)
    }

    fn reset(&mut self) {}
}

/// A block of IMA ADPCM: a header for each channel, then four bytes of each in turn.
fn ima(bytes: &[u8], planes: &mut [&mut [i16]]) -> Result<()> {
    let (words, _) = bytes.as_chunks::<4>();
    let channels = planes.len();
    for (channel, plane) in planes.iter_mut().enumerate() {
        let mut words = words.iter().skip(channel).step_by(channels);
        let (Some([low, high, index, _]), Some((first, rest))) =
            (words.next(), plane.split_first_mut())
        else {
            return Err(Error::malformed("a block of IMA ADPCM has no header"));
        };
        if *index > 88 {
            return Err(Error::malformed(format!("a block of IMA ADPCM starts at step {index}")));
        }
        let mut state =
            Ima { value: i16::from_le_bytes([*low, *high]).into(), index: (*index).into() };
        *first = i16::from_le_bytes([*low, *high]);
        for (word, samples) in words.zip(rest.chunks_exact_mut(8)) {
            for (byte, pair) in word.iter().zip(samples.chunks_exact_mut(2)) {
                pair[0] = state.next(byte & 0x0f);
                pair[1] = state.next(byte >> 4);
            }
        }
    }
    Ok(())
}

struct Ima {
    value: i32,
    /// Of the step, 0 to 88.
    index: i32,
}

impl Ima {
    fn next(&mut self, code: u8) -> i16 {
        let step = IMA_STEPS[self.index.unsigned_abs() as usize];
        let magnitude = i32::from(code & 7);
        let difference = ((2 * magnitude + 1) * i32::from(step)) >> 3;
        self.value += if code & 8 == 0 { difference } else { -difference };
        let change = if magnitude < 4 { -1 } else { 2 * (magnitude - 3) };
        self.index = (self.index + change).clamp(0, 88);
        clamp(&mut self.value)
    }
}

const IMA_STEPS: [i16; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66,
    73, 80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449,
    494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272,
    2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493,
    10_442, 11_487, 12_635, 13_899, 15_289, 16_818, 18_500, 20_350, 22_385, 24_623, 27_086, 29_794,
    32_767,
];

/// A block of Microsoft ADPCM: the header field by field, each of all channels, then codes in turn.
fn microsoft(bytes: &[u8], planes: &mut [&mut [i16]]) -> Result<()> {
    let (header, codes) = bytes.split_at_checked(7 * planes.len()).unwrap_or((&[], &[]));
    match planes {
        [plane] => {
            let mut state = Microsoft::start(header, 0, 1, plane)?;
            for (pair, byte) in plane[2..].chunks_exact_mut(2).zip(codes) {
                pair[0] = state.next(byte >> 4);
                pair[1] = state.next(byte & 15);
            }
        }
        [left, right] => {
            // Side by side: each sample waits for the one before it, but not for the other channel's.
            let mut states =
                [Microsoft::start(header, 0, 2, left)?, Microsoft::start(header, 1, 2, right)?];
            for ((left, right), byte) in left[2..].iter_mut().zip(&mut right[2..]).zip(codes) {
                *left = states[0].next(byte >> 4);
                *right = states[1].next(byte & 15);
            }
        }
        _ => {}
    }
    Ok(())
}

struct Microsoft {
    coefficients: (i32, i32),
    step: i32,
    latest: i32,
    before: i32,
}

impl Microsoft {
    /// The state and the first two samples of a channel, of which there are so many.
    fn start(header: &[u8], channel: usize, channels: usize, plane: &mut [i16]) -> Result<Self> {
        let (predictors, words) = header.split_at_checked(channels).unwrap_or((&[], &[]));
        let (words, _) = words.as_chunks::<2>();
        let word = |field: usize| {
            words.get(field * channels + channel).map_or(0, |word| i16::from_le_bytes(*word))
        };
        let predictor = predictors.get(channel).copied().unwrap_or_default();
        let Some(coefficients) = MICROSOFT_COEFFICIENTS.get(usize::from(predictor)) else {
            return Err(Error::malformed(format!(
                "a block of Microsoft ADPCM has the predictor {predictor}"
            )));
        };
        let (step, latest, before) = (word(0), word(1), word(2));
        for (place, sample) in plane.iter_mut().zip([before, latest]) {
            *place = sample;
        }
        Ok(Self {
            coefficients: *coefficients,
            step: step.into(),
            latest: latest.into(),
            before: before.into(),
        })
    }

    #[inline]
    fn next(&mut self, code: u8) -> i16 {
        let code = usize::from(code & 15);
        let (first, second) = self.coefficients;
        let predicted = (self.latest * first + self.before * second) / 256;
        let mut value = predicted + MICROSOFT_CODES[code] * self.step;
        let sample = clamp(&mut value);
        (self.before, self.latest) = (self.latest, value);
        // A step of this size is no sound, but a broken file can reach it.
        self.step = ((MICROSOFT_ADAPTION[code] * self.step) >> 8).clamp(16, i32::MAX / 768);
        sample
    }
}

/// Codes are signed.
const MICROSOFT_CODES: [i32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1];

const MICROSOFT_COEFFICIENTS: [(i32, i32); 7] =
    [(256, 0), (512, -256), (0, 0), (192, 64), (240, 0), (460, -208), (392, -232)];

const MICROSOFT_ADAPTION: [i32; 16] =
    [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];

/// Brings the value into 16 bits.
#[expect(clippy::cast_possible_truncation, reason = "it is in range")]
fn clamp(value: &mut i32) -> i16 {
    *value = (*value).clamp(i16::MIN.into(), i16::MAX.into());
    *value as i16
}
