//! AAC-LC encoder: ISO/IEC 14496-3, with `syom`.

use std::collections::VecDeque;

use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecId, CodecParameters, Error, Frame,
    MediaParameters, Packet, Result, SampleFormat, Ticks, TimeBase, Timestamp, Trim,
};
use syom::{AacError, EncodeOptions, EncodedFrame};

use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

/// Samples of one packet.
const FRAME: u32 = 1024;
/// Samples that the encoder makes up at the start.
const PRIMING: u32 = 1024;
/// Longest gap between frames that is filled with silence, in seconds. Beyond it, a wrong time is likelier than a pause.
const LONGEST_GAP: u64 = 600;
/// Bits per second and channel where nothing is asked for.
const DEFAULT_BIT_RATE: u64 = 64_000;

/// ISO/IEC 14496-3, table 1.18.
pub(crate) const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
    7350,
];
pub(crate) const OPTIONS: [OptionSpec; 2] = [
    OptionSpec {
        name: "lookahead",
        kind: OptionKind::Boolean,
        default: "true",
        help: "look one packet ahead for attacks: less pre-echo, one packet more of delay (mono and stereo only)",
    },
    OptionSpec {
        name: "hearing_threshold",
        kind: OptionKind::Boolean,
        default: "true",
        help: "leave out what nobody hears where full scale is played at 96 dB: false for what will be made louder",
    },
];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let MediaParameters::Audio(audio) = &options.media else {
        return Err(Error::usage("the AAC encoder takes audio"));
    };
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but("the AAC encoder", &["bit_rate", "qscale"])?;
    check_format(audio)?;
    let channels = audio.layout.channels();
    let option = |name: &str| options.options.get(name).map(|value| value == "true");
    if option("lookahead") == Some(true) && channels > 2 {
        return Err(Error::usage("lookahead is for mono and stereo"));
    }
    // The engine fills packets with nothing where it has bits left, unless it may refine.
    let mut settings = EncodeOptions::raw()
        .with_lookahead(option("lookahead").unwrap_or(channels <= 2))
        .with_ath(option("hearing_threshold").unwrap_or(true))
        .with_short_group(true)
        .with_band_refine(true);
    let bit_rate = match (options.config.qscale, options.config.bit_rate) {
        (Some(_), Some(_)) => return Err(Error::usage("bit_rate and qscale exclude one another")),
        (Some(quality), None) => {
            settings = settings.with_quality(level(quality)?);
            None
        }
        (None, wanted) => {
            let rate = bit_rate(wanted, audio)?;
            settings = settings.with_bitrate_bps(rate);
            Some(u64::from(rate))
        }
    };
    let engine = syom::Encoder::new(audio.sample_rate, usize::from(channels), &settings)
        .map_err(|error| Error::usage(error.to_string()))?;
    let time_base = TimeBase::per_second(audio.sample_rate)
        .ok_or_else(|| Error::usage("the sample rate must not be zero"))?;
    let mut output = AudioParameters::new(audio.sample_rate, audio.layout);
    output.sample_format = Some(SampleFormat::F32);
    output.delay = PRIMING;
    output.frame_samples = Some(FRAME);
    let mut parameters = CodecParameters::audio(CodecId::Aac, output);
    parameters.private = engine.asc().into();
    parameters.bit_rate = bit_rate;
    Ok(Box::new(AacEncoder {
        engine,
        parameters,
        time_base,
        layout: audio.layout,
        sample_rate: audio.sample_rate,
        start: None,
        samples: 0,
        output: Output::default(),
        finished: false,
    }))
}

struct AacEncoder {
    engine: syom::Encoder,
    parameters: CodecParameters,
    time_base: TimeBase,
    layout: ChannelLayout,
    sample_rate: u32,
    /// Time of the first sample.
    start: Option<Timestamp>,
    /// Samples per channel that went in, filled gaps included.
    samples: u64,
    output: Output,
    finished: bool,
}

/// Packets on their way out.
#[derive(Debug, Default)]
struct Output {
    ready: VecDeque<Packet>,
    /// Packets made so far.
    count: u64,
}

impl Encoder for AacEncoder {
    fn parameters(&self) -> &CodecParameters {
        &self.parameters
    }

    fn time_base(&self) -> TimeBase {
        self.time_base
    }

    fn submit(&mut self, frame: &Frame) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the encoder was finished"));
        }
        let Frame::Audio(frame) = frame else {
            return Err(Error::usage("the AAC encoder takes audio frames"));
        };
        let planes = self.planes(frame)?;
        let gap = self.gap(frame.pts)?;
        self.fill(gap)?;
        // The engine refuses samples that are not in [-1, 1]: louder ones are cut off there, what is no number is
        // silence.
        if planes.iter().all(|plane| plane.iter().all(|sample| sample.abs() <= 1.0)) {
            return self.feed(&planes);
        }
        let clamp = |sample: &f32| if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
        let clamped: Vec<Vec<f32>> =
            planes.iter().map(|plane| plane.iter().map(clamp).collect()).collect();
        let planes: Vec<&[f32]> = clamped.iter().map(Vec::as_slice).collect();
        self.feed(&planes)
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        Ok(self.output.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.finished, true) || self.samples == 0 {
            return Ok(());
        }
        let start = self.start.unwrap_or(Timestamp::ZERO);
        let Self { engine, output, .. } = self;
        let info = engine
            .finish(|packet| {
                output.push(start, &packet);
                Ok(())
            })
            .map_err(failed)?;
        if let Some(last) = self.output.ready.back_mut() {
            last.trim = Trim { start: Ticks::ZERO, end: Ticks::new(info.remainder) };
        }
        Ok(())
    }
}

impl AacEncoder {
    fn planes<'f>(&self, frame: &'f AudioFrame) -> Result<Vec<&'f [f32]>> {
        let channels = self.layout.channels();
        let planes: Vec<_> =
            (0..usize::from(channels)).filter_map(|channel| frame.plane::<f32>(channel)).collect();
        if frame.layout.channels() != channels
            || planes.len() != usize::from(channels)
            || frame.sample_rate != self.sample_rate
        {
            return Err(Error::usage(format!(
                "the AAC encoder was made for {} channels of f32 at {} Hz, not {} of {} at {} Hz",
                channels,
                self.sample_rate,
                frame.layout.channels(),
                frame.format(),
                frame.sample_rate
            )));
        }
        Ok(planes)
    }

    /// Samples between the end of what went in and a frame of this time.
    fn gap(&mut self, pts: Option<Timestamp>) -> Result<u64> {
        let Some(pts) = pts else {
            self.start.get_or_insert(Timestamp::ZERO);
            return Ok(0);
        };
        let start = *self.start.get_or_insert(pts);
        let expected = start.saturating_add(Ticks::new(self.samples));
        if pts < expected {
            return Err(Error::usage(format!(
                "audio goes back in time: {} after {}",
                self.time_base.time(pts),
                self.time_base.time(expected)
            )));
        }
        let gap = pts.since(expected).count();
        if gap > LONGEST_GAP * u64::from(self.sample_rate) {
            return Err(Error::usage(format!(
                "audio has a gap of more than {LONGEST_GAP} s before {}",
                self.time_base.time(pts)
            )));
        }
        Ok(gap)
    }

    /// Feeds silence: AAC has no other way to leave time out.
    fn fill(&mut self, mut gap: u64) -> Result<()> {
        const SILENCE: [f32; FRAME as usize] = [0.0; FRAME as usize];
        while gap > 0 {
            let step = usize::try_from(gap).map_or(SILENCE.len(), |gap| gap.min(SILENCE.len()));
            let planes = vec![&SILENCE[..step]; usize::from(self.layout.channels())];
            self.feed(&planes)?;
            gap -= step as u64;
        }
        Ok(())
    }

    fn feed(&mut self, planes: &[&[f32]]) -> Result<()> {
        let start = self.start.unwrap_or(Timestamp::ZERO);
        let Self { engine, output, .. } = self;
        let taken = engine
            .feed(planes, |packet| {
                output.push(start, &packet);
                Ok(())
            })
            .map_err(failed)?;
        self.samples += taken as u64;
        Ok(())
    }
}

impl Output {
    fn push(&mut self, start: Timestamp, packet: &EncodedFrame<'_>) {
        let pts = start
            .saturating_add(Ticks::new(self.count.saturating_mul(u64::from(FRAME))))
            .saturating_sub(Ticks::new(u64::from(PRIMING)));
        self.count += 1;
        self.ready.push_back(
            Packet::new(0, packet.payload)
                .with_pts(pts)
                .with_dts(pts)
                .with_duration(Ticks::new(u64::from(FRAME)))
                .with_key(true),
        );
    }
}

fn check_format(audio: &AudioParameters) -> Result<()> {
    if audio.sample_format.is_some_and(|format| format != SampleFormat::F32) {
        return Err(Error::usage("the AAC encoder takes samples of f32"));
    }
    if !SAMPLE_RATES.contains(&audio.sample_rate) {
        let rates: Vec<_> = SAMPLE_RATES.iter().map(u32::to_string).collect();
        return Err(Error::unsupported(
            format!("AAC at {} Hz", audio.sample_rate),
            format!("{} Hz", rates.join(", ")),
        ));
    }
    // Channels are in the order of the mask, which is the engine's for these, wherever the surround speakers stand.
    let channels = audio.layout.channels();
    let usual = [0x4, 0x3, 0x7, 0x107, 0x37, 0x607, 0x3f, 0x60f, 0x63f]
        .contains(&audio.layout.mask())
        || audio.layout.mask() == 0 && matches!(channels, 1..=6 | 8);
    if !usual {
        return Err(Error::unsupported(
            format!("AAC with the channels {}", audio.layout),
            "mono, stereo, 3.0, 4.0, 5.0, 5.1 and 7.1",
        ));
    }
    Ok(())
}

/// The bit rate to aim at: what was asked for, if packets can hold it, or the default.
fn bit_rate(wanted: Option<u64>, audio: &AudioParameters) -> Result<u32> {
    let channels = u64::from(audio.layout.channels());
    let of_packets = |bits| bits * channels * u64::from(audio.sample_rate) / u64::from(FRAME);
    // A packet needs about 64 bits for each channel even where it says nothing, and may hold no more than 6144:
    // ISO/IEC 14496-3, 4.5.3.1.
    let (least, most) = (of_packets(64), of_packets(6144));
    let rate = match wanted {
        None => most.min(DEFAULT_BIT_RATE * channels),
        Some(rate) if (least..=most).contains(&rate) => rate,
        Some(rate) => {
            return Err(Error::usage(format!(
                "AAC cannot have {rate} bits per second here; {least} to {most} are possible"
            )));
        }
    };
    u32::try_from(rate).map_err(|_| Error::usage("the bit rate is too large"))
}

/// A level of quality of the engine.
fn level(quality: f32) -> Result<u8> {
    (0..=10_u8).find(|level| f32::from(*level) == quality).ok_or_else(|| {
        Error::usage(format!("qscale of AAC is a whole number from 0 to 10, not {quality}"))
    })
}

/// What went in was checked: whatever the engine objects to, it cannot do.
fn failed(error: AacError) -> Error {
    Error::unsupported(format!("AAC encoding ({error})"), "")
}
