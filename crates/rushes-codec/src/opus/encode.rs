//! Sound to packets of Opus, with `opus-pure`: mono to 7.1, any of its rates.

use opus_pure::{Application, OpusMSEncoder, RateControl, Signal};
use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, CodecParameters, Error, Result, SampleFormat, TimeBase,
};

use super::RATE;
use crate::feed::{Coder, Shape, SoundEncoder, sound};
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options, xiph};

const NAME: &str = "the Opus encoder";
/// Bits per second and channel where nothing is asked for.
const DEFAULT_BIT_RATE: u64 = 64_000;
/// The largest frame, 1275 bytes, six times: RFC 6716, 3.4. It has a header in front.
const LARGEST_STREAM: usize = 6 * 1277 + 4;

pub(crate) const SAMPLE_RATES: [u32; 5] = [48_000, 24_000, 16_000, 12_000, 8000];
pub(crate) const OPTIONS: [OptionSpec; 4] = [
    OptionSpec {
        name: "application",
        kind: OptionKind::Choice(&["audio", "voip", "lowdelay"]),
        default: "audio",
        help: "what the sound is for: faithful, understandable, or soon",
    },
    OptionSpec {
        name: "vbr",
        kind: OptionKind::Choice(&["on", "constrained", "off"]),
        default: "on",
        help: "how the sizes of packets vary",
    },
    OptionSpec {
        name: "frame_duration",
        kind: OptionKind::Choice(&["2.5", "5", "10", "20", "40", "60"]),
        default: "20",
        help: "milliseconds of a packet",
    },
    OptionSpec {
        name: "signal",
        kind: OptionKind::Choice(&["auto", "voice", "music"]),
        default: "auto",
        help: "what the sound is taken for",
    },
];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let audio = sound(options, NAME)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(NAME, &["bit_rate", "compression_level"])?;
    let option = |name: &str| options.options.get(name).map(String::as_str);
    let application = match option("application") {
        Some("voip") => Application::Voip,
        Some("lowdelay") => Application::RestrictedLowDelay,
        _ => Application::Audio,
    };
    let (layout, order) = check_format(audio)?;
    let channels = layout.channels();
    let family = u8::from(channels > 2);
    let rate = i32::try_from(audio.sample_rate)
        .map_err(|_| Error::usage("the sample rate is too large"))?;
    let mut engine = OpusMSEncoder::new(rate, usize::from(channels), family, application)
        .map_err(|error| Error::usage(error.to_string()))?;
    let bit_rate = bit_rate(options.config.bit_rate, channels)?;
    engine.set_bitrate(bit_rate);
    let complexity = options.config.compression_level.unwrap_or(10);
    if !(0..=10).contains(&complexity) {
        return Err(Error::usage(format!(
            "compression_level of Opus is 0 to 10, not {complexity}"
        )));
    }
    for stream in engine.streams_mut() {
        stream.complexity = complexity;
        stream.rate_control = match option("vbr") {
            Some("off") => RateControl::Cbr,
            Some("constrained") => RateControl::ConstrainedVbr,
            _ => RateControl::Vbr,
        };
        stream.signal_type = match option("signal") {
            Some("voice") => Some(Signal::Voice),
            Some("music") => Some(Signal::Music),
            _ => None,
        };
    }
    let block = match option("frame_duration") {
        Some("2.5") => audio.sample_rate / 400,
        Some("5") => audio.sample_rate / 200,
        Some("10") => audio.sample_rate / 100,
        Some("40") => audio.sample_rate / 25,
        Some("60") => audio.sample_rate / 50 * 3,
        _ => audio.sample_rate / 50,
    };
    let lookahead =
        engine.streams().iter().map(opus_pure::OpusEncoder::lookahead).max().unwrap_or(0);
    let ticks = RATE / audio.sample_rate;
    let pre_skip =
        u16::try_from(lookahead).ok().and_then(|l| l.checked_mul(u16::try_from(ticks).ok()?));
    let pre_skip =
        pre_skip.ok_or_else(|| Error::unsupported("a delay of Opus beyond 65535", ""))?;
    let mut output = AudioParameters::new(RATE, layout);
    output.sample_format = Some(SampleFormat::F32);
    output.delay = u32::from(pre_skip);
    output.frame_samples = Some(block * ticks);
    let mut parameters = CodecParameters::audio(CodecId::Opus, output);
    parameters.private = head(&engine, pre_skip, audio.sample_rate)?.into();
    parameters.bit_rate = u64::try_from(bit_rate).ok();
    let shape = Shape {
        name: NAME,
        parameters,
        layout,
        sample_rate: audio.sample_rate,
        time_base: TimeBase::per_second(RATE).ok_or_else(|| Error::usage("no rate"))?,
        block: block as usize,
        delay: lookahead as u64,
        tail: 0,
        shrinks: false,
    };
    let packet = vec![0; LARGEST_STREAM * engine.nb_streams()];
    SoundEncoder::boxed(
        OpusCoder { engine, block: block as usize, order, stored: Vec::new(), packet },
        shape,
    )
}

struct OpusCoder {
    engine: OpusMSEncoder,
    block: usize,
    /// For each channel in the order of the mask, where Opus has it.
    order: &'static [usize],
    stored: Vec<f32>,
    packet: Vec<u8>,
}

impl Coder<f32> for OpusCoder {
    fn encode(&mut self, samples: &[f32], ready: &mut Vec<Vec<u8>>) -> Result<()> {
        self.stored.resize(samples.len(), 0.0);
        let channels = self.order.len();
        for (from, to) in samples.chunks_exact(channels).zip(self.stored.chunks_exact_mut(channels))
        {
            for (sample, place) in from.iter().zip(self.order) {
                // What is no number has no place in a transform, and would silence all that follows.
                to[*place] = if sample.is_finite() { *sample } else { 0.0 };
            }
        }
        let size = self
            .engine
            .encode(&self.stored, self.block, &mut self.packet)
            .map_err(|error| Error::unsupported(format!("Opus encoding ({error})"), ""))?;
        ready.push(self.packet[..size].to_vec());
        Ok(())
    }
}

fn check_format(audio: &AudioParameters) -> Result<(ChannelLayout, &'static [usize])> {
    if audio.sample_format.is_some_and(|format| format != SampleFormat::F32) {
        return Err(Error::usage(format!("{NAME} takes samples of f32")));
    }
    if !SAMPLE_RATES.contains(&audio.sample_rate) {
        return Err(Error::unsupported(
            format!("Opus at {} Hz", audio.sample_rate),
            "8000, 12000, 16000, 24000 and 48000 Hz",
        ));
    }
    let channels = audio.layout.channels();
    // Surround speakers may stand beside or behind: Opus has one place for them.
    let usual = [0x4, 0x3, 0x7, 0x33, 0x603, 0x37, 0x607, 0x3f, 0x60f, 0x70f, 0x63f];
    match xiph::surround(channels) {
        Some(found) if audio.layout.mask() == 0 || usual.contains(&audio.layout.mask()) => {
            Ok(found)
        }
        _ => Err(Error::unsupported(
            format!("Opus with the channels {}", audio.layout),
            "mono, stereo, 3.0, quad, 5.0, 5.1, 6.1 and 7.1",
        )),
    }
}

fn bit_rate(wanted: Option<u64>, channels: u16) -> Result<i32> {
    let channels = u64::from(channels);
    let (least, most) = (6000 * channels, 256_000 * channels);
    let rate = wanted.unwrap_or(DEFAULT_BIT_RATE * channels);
    i32::try_from(rate).ok().filter(|_| (least..=most).contains(&rate)).ok_or_else(|| {
        Error::usage(format!(
            "Opus cannot have {rate} bits per second here; {least} to {most} are possible"
        ))
    })
}

/// The identification header: RFC 7845, 5.1.
fn head(engine: &OpusMSEncoder, pre_skip: u16, rate: u32) -> Result<Vec<u8>> {
    let layout = engine.layout();
    let byte = |count: usize| u8::try_from(count).map_err(|_| Error::usage("too many channels"));
    let mut head = b"OpusHead\x01".to_vec();
    head.push(byte(layout.nb_channels)?);
    head.extend(pre_skip.to_le_bytes());
    head.extend(rate.to_le_bytes());
    head.extend([0, 0, layout.mapping_family]);
    if layout.mapping_family > 0 {
        head.extend([byte(layout.nb_streams)?, byte(layout.nb_coupled_streams)?]);
        head.extend(&layout.mapping);
    }
    Ok(head)
}
