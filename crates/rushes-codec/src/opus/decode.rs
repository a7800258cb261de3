//! Packets of Opus to samples at 48 kHz, with `opus-pure`: any number of streams, mapped to channels.

use opus_pure::{MAX_PACKET_SAMPLES, OpusDecoder as Engine, packet};
use rushes_core::{AudioFrame, ChannelLayout, CodecParameters, Error, Packet, Result};

use super::RATE;
use super::framing;
use super::head::Head;
use crate::guard::guard;
use crate::sound::{self, SoundDecoder};
use crate::{Decoder, DecoderOptions, options};

/// Where a frame is lost before any was decoded, it is taken to have had 20 ms.
const USUAL_SAMPLES: usize = 960;

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    Ok(SoundDecoder::boxed(OpusDecoder::new(parameters)?))
}

struct OpusDecoder {
    head: Head,
    layout: ChannelLayout,
    /// For each channel the decoded channel that it takes.
    mapping: Vec<u8>,
    engines: Vec<Engine>,
    /// A packet of one stream.
    packet: Vec<u8>,
    /// What a stream of two channels decodes to.
    pair: Vec<f32>,
    /// Samples of the packet before.
    last: usize,
}

impl OpusDecoder {
    fn new(parameters: &CodecParameters) -> Result<Self> {
        let head = if parameters.private.is_empty() {
            // Transport streams and bare packets have no header.
            let channels = parameters.as_audio().map_or(2, |audio| audio.layout.channels());
            match channels {
                1 => Head::simple(1),
                0 | 2 => Head::simple(2),
                _ => return Err(Error::malformed("Opus of more than two channels has no header")),
            }
        } else {
            Head::read(&parameters.private)?
        };
        let (layout, mapping) = head.output();
        let engines = engines(&head)?;
        Ok(Self {
            head,
            layout,
            mapping,
            engines,
            packet: Vec::new(),
            pair: Vec::new(),
            last: USUAL_SAMPLES,
        })
    }

    /// Samples per channel of a packet; what is lost is as long as what came before it.
    fn length(&self, data: &[u8]) -> Result<usize> {
        if data.is_empty() {
            return Ok(self.last);
        }
        packet::samples_48k(data)
            .ok()
            .filter(|samples| (1..=MAX_PACKET_SAMPLES).contains(samples))
            .ok_or_else(|| malformed("has an impossible length"))
    }

    /// Decodes all streams into planes of `samples` each.
    fn streams(&mut self, mut data: &[u8], samples: usize) -> Result<Vec<f32>> {
        let mut planes = vec![0.0; samples * self.mapping.len()];
        let is_lost = data.is_empty();
        let last = self.engines.len() - 1;
        for (index, engine) in self.engines.iter_mut().enumerate() {
            let packet = if index == last || is_lost {
                data
            } else {
                data = framing::take(data, &mut self.packet)
                    .ok_or_else(|| malformed("does not divide into its streams"))?;
                &self.packet
            };
            let is_pair = index < usize::from(self.head.coupled);
            self.pair.resize(samples * if is_pair { 2 } else { 1 }, 0.0);
            let decoded = match guard(|| engine.decode(packet, samples, &mut self.pair)) {
                Ok(Ok(decoded)) => decoded,
                Ok(Err(error)) => return Err(convert(&error)),
                Err(_) => {
                    self.engines = engines(&self.head)?;
                    return Err(malformed("leads out of the tables"));
                }
            };
            if decoded != samples {
                return Err(malformed("has streams of several lengths"));
            }
            let first = if is_pair { 2 * index } else { index + usize::from(self.head.coupled) };
            let step = if is_pair { 2 } else { 1 };
            for (plane, source) in planes.chunks_exact_mut(samples).zip(&self.mapping) {
                let Some(channel) = usize::from(*source).checked_sub(first) else { continue };
                if *source == u8::MAX || channel >= step {
                    continue;
                }
                let decoded = self.pair.iter().skip(channel).step_by(step);
                plane.iter_mut().zip(decoded).for_each(|(sample, decoded)| *sample = *decoded);
            }
        }
        Ok(planes)
    }
}

impl sound::Engine for OpusDecoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<AudioFrame>> {
        if let Some(parameters) = &packet.new_parameters {
            *self = Self::new(parameters)?;
        }
        let samples = self.length(&packet.data)?;
        let planes = self.streams(&packet.data, samples)?;
        self.last = samples;
        AudioFrame::new(planes, self.layout, RATE).map(Some)
    }

    fn reset(&mut self) {
        // The settings were accepted once.
        if let Ok(engines) = engines(&self.head) {
            self.engines = engines;
        }
        self.last = USUAL_SAMPLES;
    }
}

/// A decoder for each stream, those of two channels first.
fn engines(head: &Head) -> Result<Vec<Engine>> {
    let make = |index: u8| {
        let channels = if index < head.coupled { 2 } else { 1 };
        let mut engine = Engine::new(48_000, channels).map_err(|error| convert(&error))?;
        engine.gain_q8 = i32::from(head.gain);
        Ok(engine)
    };
    (0..head.streams).map(make).collect()
}

fn convert(error: &opus_pure::Error) -> Error {
    malformed(&format!("is broken ({error})"))
}

fn malformed(problem: &str) -> Error {
    Error::malformed(format!("a packet of Opus {problem}"))
}
