//! The engine's planes as bytes, without a copy.
#![expect(unsafe_code, reason = "the standard library has no safe view of numbers as bytes")]

use rushes_core::Buffer;
use rust_h265::PixelData;

/// Takes over a plane. Samples above 8 bits become pairs of bytes, little-endian.
pub(crate) fn into_buffer(plane: PixelData) -> Buffer {
    match plane {
        PixelData::U8(samples) => Buffer::from(samples),
        PixelData::U16(mut samples) => {
            if cfg!(target_endian = "big") {
                samples.iter_mut().for_each(|sample| *sample = sample.to_le());
            }
            Buffer::from_owner(Wide(samples))
        }
    }
}

/// Samples of two bytes each.
struct Wide(Vec<u16>);

impl AsRef<[u8]> for Wide {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: a `u16` has no padding, all bit patterns are valid bytes, and a byte may lie anywhere.
        let (before, bytes, after) = unsafe { self.0.align_to() };
        debug_assert!(before.is_empty() && after.is_empty(), "bytes align everywhere");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_bytes() {
        assert_eq!(*into_buffer(PixelData::U8(vec![1, 2])), [1, 2]);
        assert_eq!(*into_buffer(PixelData::U16(vec![0x0102, 0x03ff])), [2, 1, 0xff, 3]);
        assert!(into_buffer(PixelData::U16(Vec::new())).is_empty());
    }
}
