//! Packets of Vorbis to samples, with `symphonia-codec-vorbis`.

use rushes_core::{CodecParameters, Error, Result};
use symphonia_codec_vorbis::VorbisDecoder;
use symphonia_core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia_core::codecs::registry::RegisterableAudioDecoder;

use crate::sound::SoundDecoder;
use crate::symphonia::{Codec, Engine};
use crate::{Decoder, DecoderOptions, options, xiph};

// The engine has put the channels in the order of the mask.
const CODEC: Codec = Codec {
    name: "Vorbis",
    id: CODEC_ID_VORBIS,
    make: VorbisDecoder::try_registry_new,
    layout: |channels| {
        let (layout, order) = xiph::surround(channels)?;
        Some((layout, &IN_ORDER[..order.len()]))
    },
};

const IN_ORDER: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let [identification, _, setup] = headers(&parameters.private)
        .ok_or_else(|| Error::malformed("Vorbis lacks one of its three headers"))?;
    super::setup::check(setup, &options.limits)?;
    let private = [identification, setup].concat();
    Ok(SoundDecoder::boxed(Engine::new(CODEC, &private, 32)?))
}

/// The three headers of private data, which are laced as Xiph does it.
fn headers(private: &[u8]) -> Option<[&[u8]; 3]> {
    let mut rest = private.strip_prefix(&[2])?;
    let mut size = || {
        let mut size = 0;
        loop {
            let (byte, behind) = rest.split_first()?;
            rest = behind;
            size += usize::from(*byte);
            if *byte < 255 {
                return Some(size);
            }
        }
    };
    let (first, second) = (size()?, size()?);
    let (identification, rest) = rest.split_at_checked(first)?;
    let (comment, setup) = rest.split_at_checked(second)?;
    Some([identification, comment, setup])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unlaced() {
        let mut private = vec![2, 3, 255, 1];
        private.extend(b"one");
        private.extend([7; 256]);
        private.extend(b"three");
        let expected: [&[u8]; 3] = [b"one", &[7; 256], b"three"];
        assert_eq!(headers(&private), Some(expected));
        assert_eq!(headers(&private[..259]), None);
        assert_eq!(headers(b"\x01\x03one"), None);
        assert_eq!(headers(b""), None);
    }
}
