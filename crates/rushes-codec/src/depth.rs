//! How many bits of a sample an encoder without loss keeps, and that none is lost unless it was asked for.

use rushes_core::{Error, Result, SampleFormat};

use crate::EncoderOptions;

/// Bits kept of samples of s32 where nothing else is said: as many as most sources have.
const USUAL: u8 = 24;

/// What is kept of integers that come in left-justified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depth {
    encoder: &'static str,
    bits: u8,
    /// Low bits that are left out.
    dropped: u32,
    /// The caller has named the depth, and knows what it costs.
    is_asked: bool,
}

impl Depth {
    /// All bits of samples of s16; of s32 as many as the option `bits` says.
    pub(crate) fn new(
        encoder: &'static str,
        format: Option<SampleFormat>,
        options: &EncoderOptions,
    ) -> Result<Self> {
        let asked = options.options.get("bits").and_then(|bits| bits.parse().ok());
        let (stored, bits) = match (format, asked) {
            (None | Some(SampleFormat::S16), None) => (16, 16),
            (None | Some(SampleFormat::S16), Some(_)) => {
                return Err(Error::usage("bits is for samples of s32: those of s16 have 16"));
            }
            (Some(SampleFormat::S32), asked) => (32, asked.unwrap_or(USUAL)),
            (Some(other), _) => {
                return Err(Error::usage(format!(
                    "{encoder} takes samples of s16 or s32, not {other}"
                )));
            }
        };
        let dropped = stored - u32::from(bits).min(stored);
        Ok(Self { encoder, bits, dropped, is_asked: asked.is_some() })
    }

    /// Bits of a sample.
    pub(crate) const fn bits(self) -> u8 {
        self.bits
    }

    /// Whether samples of s16 come in.
    pub(crate) const fn is_short(self) -> bool {
        self.bits as u32 + self.dropped == 16
    }

    /// Checks that no sample loses a bit without being asked.
    pub(crate) fn check<T: Copy + Into<i32>>(self, samples: &[T]) -> Result<()> {
        let lost = (1_i64 << self.dropped) - 1;
        let used = samples.iter().fold(0, |used, sample| used | (*sample).into());
        if self.is_asked || i64::from(used) & lost == 0 {
            return Ok(());
        }
        Err(Error::usage(format!(
            "samples have more than the {} bits that {} keeps: the option bits says how many to keep",
            self.bits, self.encoder
        )))
    }

    /// A sample as a number of [`bits`](Self::bits) bits.
    pub(crate) fn narrow(self, sample: impl Into<i32>) -> i32 {
        sample.into() >> self.dropped
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{AudioParameters, ChannelLayout, MediaParameters};

    use super::*;

    fn depth(format: SampleFormat, bits: Option<&str>) -> Result<Depth> {
        let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
        let mut options = EncoderOptions::new(MediaParameters::Audio(audio));
        if let Some(bits) = bits {
            options.options.insert("bits".to_owned(), bits.to_owned());
        }
        Depth::new("the encoder", Some(format), &options)
    }

    #[test]
    fn bits_are_lost_only_where_that_was_asked() {
        for (bits, sample, expected) in [
            (None, 0x1234_5600, Some(0x12_3456)),
            (None, -0x100, Some(-1)),
            (None, 0x80, None),
            (None, -1, None),
            (Some("24"), 0x1234_56ff, Some(0x12_3456)),
            (Some("20"), -1, Some(-1)),
            (Some("32"), 0x1234_5678, Some(0x1234_5678)),
        ] {
            let depth = depth(SampleFormat::S32, bits).expect("valid");
            assert!(!depth.is_short());
            let result = depth.check(&[0, sample]).ok().map(|()| depth.narrow(sample));
            assert_eq!(result, expected, "{sample:#x} in {bits:?}");
        }
        let short = depth(SampleFormat::S16, None).expect("valid");
        assert_eq!((short.bits(), short.is_short()), (16, true));
        assert!(short.check(&[-1_i16]).is_ok());
        assert_eq!(short.narrow(-1_i16), -1);
        let message = depth(SampleFormat::S32, None).expect("valid").check(&[1]);
        let message = message.expect_err("a bit is lost").to_string();
        assert!(message.contains("option bits"), "{message}");
        assert!(depth(SampleFormat::S16, Some("24")).is_err());
        assert!(depth(SampleFormat::F32, None).is_err());
    }
}
