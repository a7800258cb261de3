//! Frames to uncompressed audio.

use std::collections::VecDeque;

use rushes_core::{
    AudioFrame, AudioParameters, CodecId, CodecParameters, Error, Frame, MediaParameters, Packet,
    PcmFormat, Result, Sample, Ticks, TimeBase, Timestamp,
};

use super::g711::{linear_to_a_law, linear_to_mu_law};
use super::sample_format;
use crate::{Encoder, EncoderOptions, options};

/// Makes an encoder for the registry.
pub(crate) fn create(format: PcmFormat, options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let name = format.name();
    options::check(&options.options, &[])?;
    options.config.refuse_all_but(name, &[])?;
    let MediaParameters::Audio(audio) = &options.media else {
        return Err(Error::usage(format!("{name} takes audio")));
    };
    let taken = sample_format(format);
    if let Some(given) = audio.sample_format.filter(|given| *given != taken) {
        return Err(Error::usage(format!("{name} takes samples of {taken}, not {given}")));
    }
    let channels = audio.layout.channels();
    let time_base = TimeBase::per_second(audio.sample_rate).filter(|_| channels > 0);
    let time_base = time_base
        .ok_or_else(|| Error::usage(format!("{name} needs channels and a sample rate")))?;
    let bits = format.bits();
    let mut output = AudioParameters::new(audio.sample_rate, audio.layout);
    output.sample_format = Some(taken);
    output.bits_per_sample = bits;
    output.block_align = u32::from(bits / 8) * u32::from(channels);
    let bit_rate = u64::from(output.block_align) * 8 * u64::from(audio.sample_rate);
    let mut parameters = CodecParameters::audio(CodecId::Pcm(format), output);
    parameters.bit_rate = Some(bit_rate);
    Ok(Box::new(PcmEncoder {
        format,
        channels,
        sample_rate: audio.sample_rate,
        parameters,
        time_base,
        next: Timestamp::ZERO,
        started: false,
        ready: VecDeque::new(),
        finished: false,
    }))
}

struct PcmEncoder {
    format: PcmFormat,
    channels: u16,
    sample_rate: u32,
    parameters: CodecParameters,
    time_base: TimeBase,
    /// Where the last frame ended.
    next: Timestamp,
    started: bool,
    ready: VecDeque<Packet>,
    finished: bool,
}

impl Encoder for PcmEncoder {
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
        let name = self.format.name();
        let Frame::Audio(frame) = frame else {
            return Err(Error::usage(format!("{name} takes audio frames")));
        };
        if frame.format() != sample_format(self.format)
            || frame.layout.channels() != self.channels
            || frame.sample_rate != self.sample_rate
        {
            return Err(Error::usage(format!(
                "{name} was made for {} channels of {} at {} Hz, not {} of {} at {} Hz",
                self.channels,
                sample_format(self.format),
                self.sample_rate,
                frame.layout.channels(),
                frame.format(),
                frame.sample_rate
            )));
        }
        let pts = frame.pts.unwrap_or(self.next);
        if self.started && pts < self.next {
            return Err(Error::usage(format!(
                "audio goes back in time: {} after {}",
                self.time_base.time(pts),
                self.time_base.time(self.next)
            )));
        }
        let duration = Ticks::new(frame.len() as u64);
        self.started = true;
        self.next = pts.saturating_add(duration);
        if !frame.is_empty() {
            self.ready.push_back(
                Packet::new(0, self.encode(frame)?)
                    .with_pts(pts)
                    .with_dts(pts)
                    .with_duration(duration)
                    .with_key(true),
            );
        }
        Ok(())
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        Ok(self.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }
}

impl PcmEncoder {
    fn encode(&self, frame: &AudioFrame) -> Result<Vec<u8>> {
        use PcmFormat::{
            ALaw, F32Be, F32Le, F64Be, F64Le, MuLaw, S8, S16Be, S16Le, S24Be, S24In32Le, S24Le,
            S32Be, S32Le, S64Be, S64Le, U8, U16Le,
        };
        match self.format {
            U8 => interleaved(frame, |sample: u8| [sample]),
            S8 => interleaved(frame, |sample: u8| [sample ^ 0x80]),
            S16Le => interleaved(frame, i16::to_le_bytes),
            S16Be => interleaved(frame, i16::to_be_bytes),
            U16Le => interleaved(frame, |sample: i16| {
                let [low, high] = sample.to_le_bytes();
                [low, high ^ 0x80]
            }),
            S24Le => interleaved(frame, |sample: i32| {
                let [_, a, b, c] = sample.to_le_bytes();
                [a, b, c]
            }),
            S24Be => interleaved(frame, |sample: i32| {
                let [a, b, c, _] = sample.to_be_bytes();
                [a, b, c]
            }),
            S24In32Le => interleaved(frame, |sample: i32| (sample >> 8).to_le_bytes()),
            S32Le => interleaved(frame, i32::to_le_bytes),
            S32Be => interleaved(frame, i32::to_be_bytes),
            S64Le => interleaved(frame, i64::to_le_bytes),
            S64Be => interleaved(frame, i64::to_be_bytes),
            F32Le => interleaved(frame, f32::to_le_bytes),
            F32Be => interleaved(frame, f32::to_be_bytes),
            F64Le => interleaved(frame, f64::to_le_bytes),
            F64Be => interleaved(frame, f64::to_be_bytes),
            ALaw => interleaved(frame, |sample| [linear_to_a_law(sample)]),
            MuLaw => interleaved(frame, |sample| [linear_to_mu_law(sample)]),
            other => Err(Error::unsupported(format!("codec '{}'", other.name()), "")),
        }
    }
}

/// Writes the samples of all channels in turn.
fn interleaved<T: Sample, const BYTES: usize>(
    frame: &AudioFrame,
    write: impl Fn(T) -> [u8; BYTES],
) -> Result<Vec<u8>> {
    let channels = usize::from(frame.layout.channels());
    let mut bytes = vec![0; frame.len() * channels * BYTES];
    let (stored, _) = bytes.as_chunks_mut::<BYTES>();
    for channel in 0..channels {
        let plane = frame
            .plane::<T>(channel)
            .ok_or_else(|| Error::usage("the frame lacks a channel of its layout"))?;
        let places = stored.iter_mut().skip(channel).step_by(channels);
        places.zip(plane).for_each(|(place, sample)| *place = write(*sample));
    }
    Ok(bytes)
}
