//! All of geometry against the plain meaning of each operation, pixel by pixel.

use rushes_core::{PixelFormat, Plane, VideoFrame};
use rushes_simd::{Level, each_level};

use super::*;

/// A picture of bytes that tell where they are, with padding between the rows.
fn picture(format: PixelFormat, width: u32, height: u32) -> VideoFrame {
    let planes = format.planes().iter().enumerate().map(|(index, layout)| {
        let stride = layout.row_bytes(width) + 5;
        let bytes = (0..stride * layout.height(height) as usize)
            .map(|at| u8::try_from((at * 31 + at / 251 + index * 7) % 256).expect("below 256"))
            .collect::<Vec<u8>>();
        Plane::new(bytes, stride)
    });
    VideoFrame::new(format, width, height, planes.collect()).expect("planes fit")
}

/// The bytes of a pixel of a plane.
fn pixel(frame: &VideoFrame, plane: usize, x: usize, y: usize) -> Vec<u8> {
    let bytes = frame.format.planes()[plane].pixel_bytes;
    frame.rows(plane).nth(y).expect("inside")[x * bytes..(x + 1) * bytes].to_vec()
}

/// Each pixel of `made` is that of `source` at the place that `from` tells, for each plane of its size.
fn check(
    source: &VideoFrame,
    made: &VideoFrame,
    from: impl Fn((usize, usize), (usize, usize)) -> (usize, usize),
) {
    for (plane, layout) in made.format.planes().iter().enumerate() {
        let size = (layout.width(source.width) as usize, layout.height(source.height) as usize);
        for y in 0..layout.height(made.height) as usize {
            for x in 0..layout.width(made.width) as usize {
                let (from_x, from_y) = from((x, y), size);
                assert_eq!(
                    pixel(made, plane, x, y),
                    pixel(source, plane, from_x, from_y),
                    "{} plane {plane} of {}x{} at {x},{y}",
                    made.format,
                    source.width,
                    source.height
                );
            }
        }
    }
}

const SIZES: [(u32, u32); 9] =
    [(1, 1), (3, 5), (16, 16), (64, 16), (33, 47), (130, 70), (1, 40), (40, 1), (200, 17)];

/// One format per size of a pixel, and subsampled ones.
const FORMATS: [PixelFormat; 8] = [
    PixelFormat::Gray8,
    PixelFormat::Gray16,
    PixelFormat::Rgb24,
    PixelFormat::Rgba,
    PixelFormat::Rgb48,
    PixelFormat::Rgba64,
    PixelFormat::Yuv420p10,
    PixelFormat::Nv12,
];

fn turns(level: Level) {
    for format in FORMATS {
        for (width, height) in SIZES {
            let source = picture(format, width, height);
            for number in 0..4 {
                let turn =
                    Turn { rows_reversed: number & 1 == 1, columns_reversed: number & 2 == 2 };
                let made = transpose(&source, turn, level).expect("turns");
                assert_eq!((made.width, made.height), (height, width));
                check(&source, &made, |(x, y), (width, height)| {
                    let from_x = if turn.columns_reversed { width - 1 - y } else { y };
                    (from_x, if turn.rows_reversed { height - 1 - x } else { x })
                });
            }
            let made = flip_columns(&source, level).expect("flips");
            check(&source, &made, |(x, y), (width, _)| (width - 1 - x, y));
        }
    }
}
each_level!(turns);

#[test]
fn rows_are_flipped() {
    for format in PixelFormat::ALL {
        for (width, height) in SIZES {
            let source = picture(format, width, height);
            let made = flip_rows(&source).expect("flips");
            check(&source, &made, |(x, y), (_, height)| (x, height - 1 - y));
        }
    }
}

/// A crop copies nothing.
#[test]
fn crops_are_views() {
    for format in PixelFormat::ALL {
        let source = picture(format, 33, 21);
        let made = crop(&source, (8, 4), (17, 9)).expect("inside");
        check(&source, &made, |(x, y), (width, height)| (x + 8 * width / 33, y + 4 * height / 21));
        let inside =
            |plane: &Plane, of: &Plane| of.data().as_ptr_range().contains(&plane.data().as_ptr());
        let planes = made.planes().expect("host").iter().zip(source.planes().expect("host"));
        assert!(planes.into_iter().all(|(plane, of)| inside(plane, of)), "{format}");
        assert!(crop(&source, (17, 0), (17, 9)).is_err());
        assert!(crop(&source, (u32::MAX, 0), (1, 1)).is_err());
        assert!(crop(&source, (0, 0), (0, 1)).is_err());
    }
}
