//! Colours in the values of a format, as FFmpeg 5.1's drawing has them: BT.601 in limited range, of 8 bits that are shifted up for higher
//! depths.

use rushes_core::{ColorInfo, PixelFormat};

use crate::plane::{Layout, Model};

/// For each plane of a format, the bytes of one pixel of a colour.
pub(super) fn fill(format: PixelFormat, color: ColorInfo, rgba: [u8; 4]) -> Vec<Vec<u8>> {
    let mut planes: Vec<Vec<u8>> =
        format.planes().iter().map(|plane| vec![0; plane.pixel_bytes]).collect();
    // Every format has a layout.
    let Ok(layout) = Layout::of(format) else { return planes };
    let _ = color;
    let values = match layout.model {
        Model::Rgb => [rgba[0], rgba[1], rgba[2], rgba[3]],
        Model::Gray | Model::Yuv => {
            let [luma, u, v] = limited([rgba[0], rgba[1], rgba[2]]);
            [luma, u, v, rgba[3]]
        }
    };
    let colors = &values[..layout.colors];
    let all = colors.iter().chain(layout.alpha.then_some(&values[3]));
    for (component, value) in layout.components().iter().zip(all) {
        let sample = u16::from(*value) << (layout.depth - 8) << layout.align;
        let bytes = sample.to_le_bytes();
        let plane = &mut planes[component.plane];
        let place = component.offset % plane.len();
        plane[place..place + layout.bytes].copy_from_slice(&bytes[..layout.bytes]);
    }
    planes
}

/// Luma, blue and red difference in limited range, in 10 bits of fraction.
fn limited([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    let luma = (263 * red + 516 * green + 100 * blue + 512 + (16 << 10)) >> 10;
    let u = ((-152 * red - 298 * green + 450 * blue + 511) >> 10) + 128;
    let v = ((450 * red - 377 * green - 73 * blue + 511) >> 10) + 128;
    [luma, u, v].map(|value| u8::try_from(value.clamp(0, 255)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_ffmpeg() {
        for (rgb, expected) in [
            ([0, 0, 0], [16, 128, 128]),
            ([255, 255, 255], [235, 128, 128]),
            ([255, 0, 0], [81, 90, 240]),
            ([0, 0, 255], [41, 240, 110]),
        ] {
            assert_eq!(limited(rgb), expected, "{rgb:?}");
        }
    }
}
