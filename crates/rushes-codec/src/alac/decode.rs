//! Packets of ALAC to samples, with `symphonia-codec-alac`.

use rushes_core::{ChannelLayout, CodecParameters, Error, Result};
use symphonia_codec_alac::AlacDecoder;
use symphonia_core::codecs::audio::well_known::CODEC_ID_ALAC;
use symphonia_core::codecs::registry::RegisterableAudioDecoder;

use crate::sound::SoundDecoder;
use crate::symphonia::{Codec, Engine, Places};
use crate::{Decoder, DecoderOptions, options};

const CODEC: Codec =
    Codec { name: "ALAC", id: CODEC_ID_ALAC, make: AlacDecoder::try_registry_new, layout };

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let private = &parameters.private;
    // The sixth byte of ALACSpecificConfig, behind the length of a packet and the version.
    let bits =
        private.get(5).ok_or_else(|| Error::malformed("the configuration of ALAC ends early"))?;
    Ok(SoundDecoder::boxed(Engine::new(CODEC, private, u32::from(*bits))?))
}

/// The speakers of so many channels, as FFmpeg names them, and the planes of the engine.
const fn layout(channels: u16) -> Option<Places> {
    let (mask, order): (u32, &[usize]) = match channels {
        1 => (0x4, &[0]),
        2 => (0x3, &[0, 1]),
        3 => (0x7, &[0, 1, 2]),
        4 => (0x107, &[0, 1, 2, 3]),
        5 => (0x37, &[0, 1, 2, 3, 4]),
        6 => (0x3f, &[0, 1, 2, 3, 4, 5]),
        // The engine has the back centre in front of the pair beside it, and the pair in front of it behind all.
        7 => (0x13f, &[0, 1, 2, 3, 5, 6, 4]),
        8 => (0xff, &[0, 1, 2, 3, 6, 7, 4, 5]),
        _ => return None,
    };
    Some((ChannelLayout::from_mask(channels, mask), order))
}
