//! Quantizers of segments: RFC 6386, 9.6 and 14.1.

use crate::header::{QuantizerHeader, Segmentation};
use crate::tables::quantizers::{AC, DC};

/// Factors of the first coefficient of a block and of the others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quantizers {
    pub(crate) luma: [i16; 2],
    pub(crate) second: [i16; 2],
    pub(crate) chroma: [i16; 2],
}

impl Quantizers {
    /// Of each segment.
    pub(crate) fn of(header: &QuantizerHeader, segmentation: &Segmentation) -> [Self; 4] {
        segmentation.quantizers.map(|value| {
            let base = i32::from(header.base);
            let index = match (segmentation.enabled, segmentation.absolute) {
                (false, _) => base,
                (true, true) => i32::from(value),
                (true, false) => base + i32::from(value),
            };
            Self::at(index.clamp(0, 127), header)
        })
    }

    fn at(index: i32, header: &QuantizerHeader) -> Self {
        let of = |table: &[i16; 128], delta: i8| {
            table[usize::try_from((index + i32::from(delta)).clamp(0, 127)).unwrap_or(0)]
        };
        // No product is larger than 284 * 155.
        let second_ac = i32::from(of(&AC, header.second_ac)) * 155 / 100;
        Self {
            luma: [of(&DC, header.luma_dc), of(&AC, 0)],
            second: [
                of(&DC, header.second_dc) * 2,
                i16::try_from(second_ac).unwrap_or(i16::MAX).max(8),
            ],
            chroma: [of(&DC, header.chroma_dc).min(132), of(&AC, header.chroma_ac)],
        }
    }
}
