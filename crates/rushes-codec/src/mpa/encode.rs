//! Sound to MP3 frames, with `rusty_mp3`: mono and stereo, constant or variable bit rate.

use rushes_core::{
    AudioParameters, CodecId, CodecParameters, Error, Result, SampleFormat, TimeBase,
};
use rusty_mp3::header::{FrameHeader, MpegVersion};
use rusty_mp3::{Mp3Encode, encoder_header, snap_bitrate, vbr_quality_index};

use crate::feed::{Coder, Shape, SoundEncoder, sound};
use crate::guard::guard;
use crate::{Encoder, EncoderOptions, OptionSpec, options};

const NAME: &str = "the MP3 encoder";
/// Samples that the filters of the encoder and of every decoder add at the start, as LAME counts them.
const DELAY: u64 = 528 + 529;
/// Frames that share bits. More give better sound and come later.
const GROUP: usize = 32;
/// How much more bits a frame gets that needs them: what the author of the engine found best.
const GAIN: f32 = 0.2;
/// The highest bit rate at which the engine shares bits among frames without mistakes.
const HIGHEST_SHARED: u32 = 256;

pub(crate) const SAMPLE_RATES: [u32; 9] =
    [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000];

pub(crate) const OPTIONS: [OptionSpec; 0] = [];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let audio = sound(options, NAME)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(NAME, &["bit_rate", "qscale"])?;
    if audio.sample_format.is_some_and(|format| format != SampleFormat::F32) {
        return Err(Error::usage(format!("{NAME} takes samples of f32")));
    }
    let (rate, layout) = (audio.sample_rate, audio.layout);
    let channels = layout.channels();
    if !SAMPLE_RATES.contains(&rate) || !(1..=2).contains(&channels) {
        return Err(Error::unsupported(
            format!("MP3 of {channels} channels at {rate} Hz"),
            "mono and stereo at 8000 to 48000 Hz as MPEG has them",
        ));
    }
    let quality = match (options.config.qscale, options.config.bit_rate) {
        (Some(_), Some(_)) => return Err(Error::usage("bit_rate and qscale exclude one another")),
        (Some(quality), None) if (0.0..=9.0).contains(&quality) => Some(vbr_quality_index(quality)),
        (Some(quality), None) => {
            return Err(Error::usage(format!("qscale of MP3 is 0 to 9, not {quality}")));
        }
        (None, _) => None,
    };
    let header = header(rate, channels, options.config.bit_rate)?;
    let block = header.version.samples_per_frame();
    let mut output = AudioParameters::new(rate, layout);
    output.sample_format = Some(SampleFormat::F32);
    output.delay = u32::try_from(DELAY).unwrap_or(0);
    output.frame_samples = u32::try_from(block).ok();
    let mut parameters = CodecParameters::audio(CodecId::Mp3, output);
    parameters.bit_rate = Some(u64::from(header.bitrate_kbps) * 1000).filter(|_| quality.is_none());
    // Frames of the lower sample rates have too little room to point back that far.
    let shares = quality.is_none()
        && header.version == MpegVersion::V1
        && header.bitrate_kbps <= HIGHEST_SHARED;
    let shape = Shape {
        name: NAME,
        parameters,
        layout,
        sample_rate: rate,
        time_base: TimeBase::per_second(rate).ok_or_else(|| Error::usage("no sample rate"))?,
        block,
        delay: DELAY,
        tail: 0,
        shrinks: false,
    };
    let planes = vec![Vec::with_capacity(block); usize::from(channels)];
    let engine = Box::new(Mp3Encode::new());
    SoundEncoder::boxed(Mp3Coder { engine, header, quality, shares, group: 0, planes }, shape)
}

struct Mp3Coder {
    engine: Box<Mp3Encode>,
    header: FrameHeader,
    quality: Option<f32>,
    /// Frames share bits, in groups.
    shares: bool,
    /// Frames of the group so far.
    group: usize,
    planes: Vec<Vec<f32>>,
}

impl Coder<f32> for Mp3Coder {
    fn encode(&mut self, samples: &[f32], ready: &mut Vec<Vec<u8>>) -> Result<()> {
        let channels = self.planes.len();
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            plane.extend(samples.iter().skip(channel).step_by(channels).map(|s| tame(*s)));
        }
        let Self { engine, header, quality, planes, .. } = self;
        if self.shares {
            guard(|| engine.encode_frame_reservoir(header, planes, GAIN)).map_err(|_| failed())?;
            self.group += 1;
            return if self.group == GROUP { self.finish(ready) } else { Ok(()) };
        }
        let frame = guard(|| engine.encode_frame(header, planes, *quality));
        ready.push(frame.map_err(|_| failed())?.map_err(|_| failed())?);
        Ok(())
    }

    /// Ends a group: its frames fill one another's room.
    fn finish(&mut self, ready: &mut Vec<Vec<u8>>) -> Result<()> {
        if std::mem::take(&mut self.group) > 0 {
            let bytes = guard(|| self.engine.finish_reservoir()).map_err(|_| failed())?;
            ready.extend(bytes.chunks(self.header.frame_size()).map(<[u8]>::to_vec));
        }
        Ok(())
    }
}

/// The header of all frames, at the bit rate that was asked for.
fn header(rate: u32, channels: u16, wanted: Option<u64>) -> Result<FrameHeader> {
    let failed = |error: rusty_mp3::Error| Error::usage(format!("{NAME}: {error}"));
    let header = encoder_header(rate, channels, 0).map_err(failed)?;
    let Some(wanted) = wanted else { return Ok(header) };
    let kilo = u32::try_from(wanted / 1000)
        .ok()
        .filter(|kilo| wanted.is_multiple_of(1000) && snap_bitrate(header.version, *kilo) == *kilo);
    let Some(kilo) = kilo else {
        let known: Vec<String> = (8..=320)
            .filter(|kilo| snap_bitrate(header.version, *kilo) == *kilo)
            .map(|kilo| (kilo * 1000).to_string())
            .collect();
        return Err(Error::usage(format!(
            "MP3 at {rate} Hz cannot have {wanted} bits per second; it has: {}",
            known.join(", ")
        )));
    };
    encoder_header(rate, channels, kilo).map_err(failed)
}

/// A sample that the engine can take: far louder than full scale, or no number, is none.
fn tame(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-8.0, 8.0) }
}

fn failed() -> Error {
    Error::unsupported("these samples in MP3", "")
}
