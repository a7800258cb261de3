//! Colours in the values of a format, as FFmpeg 5.1's drawing has them: BT.601 in limited range, whatever the picture's colour is. Higher
//! depths stretch the 8-bit scale, so that 255 is the highest value.

use rushes_core::PixelFormat;

use super::super::number::nearest;
use crate::plane::{Layout, Model};

/// For each plane of a format, the bytes of one pixel of a colour.
pub(super) fn fill(format: PixelFormat, rgba: [u8; 4]) -> Vec<Vec<u8>> {
    let mut planes: Vec<Vec<u8>> =
        format.planes().iter().map(|plane| vec![0; plane.pixel_bytes]).collect();
    // Every format has a layout.
    let Ok(layout) = Layout::of(format) else { return planes };
    let [red, green, blue, alpha] = rgba.map(f64::from);
    let values = match layout.model {
        Model::Rgb => [red, green, blue, alpha],
        Model::Gray | Model::Yuv => {
            let [luma, u, v] = limited([red, green, blue]);
            [luma, u, v, alpha]
        }
    };
    let colors = &values[..layout.colors];
    let all = colors.iter().chain(layout.alpha.then_some(&values[3]));
    for (component, value) in layout.components().iter().zip(all) {
        let sample = nearest(value / 255.0 * f64::from(layout.max())).unwrap_or_default();
        let sample = u16::try_from(sample).unwrap_or_default() << layout.align;
        let bytes = sample.to_le_bytes();
        let plane = &mut planes[component.plane];
        let place = component.offset % plane.len();
        plane[place..place + layout.bytes].copy_from_slice(&bytes[..layout.bytes]);
    }
    planes
}

/// Luma, blue and red difference in limited range, on a scale of 8 bits.
fn limited([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let luma = (0.299 * red + 0.587 * green + 0.114 * blue) / 255.0;
    let difference = |color: f64, weight: f64| (color / 255.0 - luma) / (2.0 * (1.0 - weight));
    [
        luma * 219.0 + 16.0,
        difference(blue, 0.114) * 224.0 + 128.0,
        difference(red, 0.299) * 224.0 + 128.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What FFmpeg 5.1 paints.
    #[test]
    fn colours_are_those_of_ffmpeg() {
        for (rgb, eight, ten) in [
            ([0x30, 0x60, 0xc0], [96, 177, 100], [383, 711, 401]),
            ([255, 165, 0], [165, 42, 179], [661, 169, 719]),
            ([0x12, 0x34, 0x56], [55, 148, 111], [222, 594, 444]),
            ([0xfe, 0xdc, 0x98], [207, 93, 148], [830, 373, 593]),
        ] {
            let [red, green, blue] = rgb;
            let planes = fill(PixelFormat::Yuv420p, [red, green, blue, 255]);
            assert_eq!(planes, eight.map(|value: u8| vec![value]));
            let planes = fill(PixelFormat::Yuv420p10, [red, green, blue, 255]);
            assert_eq!(planes, ten.map(|value: u16| value.to_le_bytes().to_vec()));
        }
    }
}
