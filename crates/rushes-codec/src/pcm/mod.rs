//! Uncompressed audio, and the two logarithmic codes of ITU-T G.711.

mod decode;
mod encode;
mod g711;

use rushes_core::{PcmFormat, SampleFormat};

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::create as create_encoder;

/// The format of decoded samples, which the encoder takes too: the narrowest one that holds all values.
pub(crate) const fn sample_format(format: PcmFormat) -> SampleFormat {
    use PcmFormat::{
        ALaw, F32Be, F32Le, F64Be, F64Le, MuLaw, S8, S16Be, S16Le, S24Be, S24In32Le, S24Le, S32Be,
        S32Le, S64Be, S64Le, U8, U16Le,
    };
    match format {
        U8 | S8 => SampleFormat::U8,
        S16Le | S16Be | U16Le | ALaw | MuLaw => SampleFormat::S16,
        S24Le | S24Be | S24In32Le | S32Le | S32Be => SampleFormat::S32,
        S64Le | S64Be => SampleFormat::S64,
        F32Le | F32Be => SampleFormat::F32,
        F64Le | F64Be => SampleFormat::F64,
        // The enum grows in another crate; a new format must be added here before the registry lists it.
        _ => SampleFormat::S32,
    }
}
