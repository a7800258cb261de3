//! ISO/IEC 14496-12, 8.4.6.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Extended language tag box: a language by RFC 4646, such as `de-AT`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Elng {
    pub(crate) tag: String,
}

impl FullBox for Elng {
    const KIND: FourCc = FourCc(*b"elng");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let text = r.rest().split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(Self { tag: String::from_utf8_lossy(text).into_owned() })
    }

    fn write(&self, w: &mut BoxWriter) {
        self.tag.bytes().filter(|byte| *byte != 0).for_each(|byte| w.u8(byte));
        w.u8(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full;
    use super::*;

    #[test]
    fn round_trip() {
        check_full(b"\0\0\0\0zh-Hant\0", &Elng { tag: "zh-Hant".to_owned() }, 4);
    }
}
