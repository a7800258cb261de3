//! What the adapters of the decoders of `symphonia` share.

use rushes_core::{AudioFrame, ChannelLayout, Error, Packet, Result, Sample};
use symphonia_core::audio::{Audio, AudioBuffer, GenericAudioBufferRef};
use symphonia_core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia_core::errors::{Error as Foreign, Result as ForeignResult};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use crate::guard::guard;
use crate::sound;

/// How a decoder is made, and what comes out of it.
#[derive(Clone, Copy)]
pub(crate) struct Codec {
    /// Its name, for errors.
    pub(crate) name: &'static str,
    pub(crate) id: AudioCodecId,
    pub(crate) make:
        fn(&AudioCodecParameters, &AudioDecoderOptions) -> ForeignResult<Box<dyn AudioDecoder>>,
    /// What so many channels are.
    pub(crate) layout: fn(u16) -> Option<Places>,
}

/// Speakers, and for each of them, in the order of the mask, the plane that holds it.
pub(crate) type Places = (ChannelLayout, &'static [usize]);

/// A decoder of `symphonia`.
pub(crate) struct Engine {
    codec: Codec,
    parameters: AudioCodecParameters,
    decoder: Box<dyn AudioDecoder>,
    /// Samples of integers have 16 bits at the most.
    is_narrow: bool,
    layout: ChannelLayout,
    order: &'static [usize],
}

impl Engine {
    /// A decoder with these private data, for samples of so many bits where they are integers.
    pub(crate) fn new(codec: Codec, private: &[u8], bits: u32) -> Result<Self> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(codec.id).with_extra_data(private.into());
        let decoder = make(codec, &parameters)?;
        let channels = u16::try_from(decoder.last_decoded().num_planes()).unwrap_or(0);
        let (layout, order) = (codec.layout)(channels).ok_or_else(|| {
            Error::unsupported(format!("{} of {channels} channels", codec.name), "1 to 8 channels")
        })?;
        Ok(Self { codec, parameters, decoder, is_narrow: bits <= 16, layout, order })
    }

    fn frame(&mut self, data: &[u8]) -> Result<Option<AudioFrame>> {
        let Self { decoder, layout, order, is_narrow, .. } = self;
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), data);
        let buffer =
            decoder.decode_ref(&packet).map_err(|error| convert(&error, self.codec.name))?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let rate = buffer.spec().rate();
        match buffer {
            GenericAudioBufferRef::F32(buffer) => planes(buffer, *layout, order, rate, |s| s),
            GenericAudioBufferRef::S32(buffer) if *is_narrow => {
                planes(buffer, *layout, order, rate, high_half)
            }
            GenericAudioBufferRef::S32(buffer) => planes(buffer, *layout, order, rate, |s| s),
            _ => Err(Error::unsupported("samples of this type", "s32 and f32")),
        }
        .map(Some)
    }
}

impl sound::Engine for Engine {
    fn decode(&mut self, packet: &Packet) -> Result<Option<AudioFrame>> {
        if let Ok(result) = guard(|| self.frame(&packet.data)) {
            return result;
        }
        self.decoder = make(self.codec, &self.parameters)?;
        Err(Error::malformed(format!("a packet of {} leads out of the tables", self.codec.name)))
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }
}

fn make(codec: Codec, parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
    // The first packet of a codec whose packets overlap gives no samples.
    let options = AudioDecoderOptions::default().gapless(true);
    match guard(|| (codec.make)(parameters, &options)) {
        Ok(result) => result.map_err(|error| convert(&error, codec.name)),
        Err(_) => Err(Error::malformed(format!("the header of {} is broken", codec.name))),
    }
}

fn planes<T, S: Sample>(
    buffer: &AudioBuffer<T>,
    layout: ChannelLayout,
    order: &[usize],
    rate: u32,
    convert: impl Fn(T) -> S,
) -> Result<AudioFrame>
where
    T: symphonia_core::audio::sample::Sample,
{
    let mut samples = Vec::with_capacity(buffer.frames() * order.len());
    for plane in order {
        let plane = buffer.plane(*plane).unwrap_or_default();
        samples.extend(plane.iter().map(|sample| convert(*sample)));
    }
    AudioFrame::new(samples, layout, rate)
}

/// The upper 16 bits.
const fn high_half(sample: i32) -> i16 {
    (sample >> 16) as i16
}

fn convert(error: &Foreign, name: &str) -> Error {
    // Messages start with the name of the codec.
    let plain =
        |message: &str| message.split_once(": ").map_or(message, |(_, rest)| rest).to_owned();
    match error {
        Foreign::Unsupported(what) => Error::unsupported(format!("{name}: {}", plain(what)), ""),
        Foreign::DecodeError(what) => Error::malformed(format!("{name}: {}", plain(what))),
        Foreign::IoError(_) => Error::malformed(format!("{name}: data end early")),
        other => Error::malformed(format!("{name}: {other}")),
    }
}
