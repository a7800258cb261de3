//! Sizes, strides and levels: pictures of any size come out the same at every level, and nothing is written between rows.

use rushes_convert::{
    ChromaUpsampling, Level, Picture, PictureMut, PictureSpec, VideoOptions, VideoPlan,
};
use rushes_core::{
    ChromaLocation, ColorInfo, ColorRange, Error, MatrixCoefficients, PixelFormat, Plane, PlaneMut,
};

/// What bytes between rows hold.
const BETWEEN: u8 = 0xa5;

fn spec(format: PixelFormat, (width, height): (u32, u32)) -> PictureSpec {
    PictureSpec { format, width, height, color: ColorInfo::default() }
}

/// A picture that looks like noise, with bytes between the rows.
fn noise(format: PixelFormat, (width, height): (u32, u32)) -> Vec<Plane> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let wide = format.bit_depth() > 8;
    let mask = u32::from(u16::MAX >> (16 - format.bit_depth()) << format.alignment());
    let layouts = format.planes().iter();
    layouts
        .map(|layout| {
            let (row, rows) = (layout.row_bytes(width), layout.height(height));
            let mut data = Vec::new();
            for _ in 0..rows {
                for _ in 0..row / if wide { 2 } else { 1 } {
                    let sample = (next() & if wide { mask } else { 0xff }).to_le_bytes();
                    data.extend(&sample[..if wide { 2 } else { 1 }]);
                }
                data.extend([BETWEEN; 3]);
            }
            Plane::new(data, row + 3)
        })
        .collect()
}

fn convert(
    from: PixelFormat,
    to: PixelFormat,
    size: (u32, u32),
    (source, level): (&[Plane], Level),
) -> Vec<Vec<u8>> {
    let options = VideoOptions::default().level(level);
    let mut plan = VideoPlan::new(spec(from, size), spec(to, size), options).expect("a pair");
    let stride = |row: usize| row + 7;
    let mut out: Vec<_> = (to.planes().iter())
        .map(|layout| {
            vec![BETWEEN; stride(layout.row_bytes(size.0)) * layout.height(size.1) as usize]
        })
        .collect();
    let mut views: Vec<_> = (out.iter_mut().zip(to.planes()))
        .map(|(data, layout)| PlaneMut { data, stride: stride(layout.row_bytes(size.0)) })
        .collect();
    plan.run(Picture { planes: source }, PictureMut { planes: &mut views }).expect("fits");
    for (plane, layout) in out.iter().zip(to.planes()) {
        let row = layout.row_bytes(size.0);
        for between in plane.chunks(stride(row)).map(|chunk| &chunk[row..]) {
            assert!(between.iter().all(|byte| *byte == BETWEEN), "{from} to {to} {size:?}");
        }
    }
    out
}

/// Every pair of these at every level.
fn check(formats: &[PixelFormat], size: (u32, u32)) {
    for from in formats {
        let source = noise(*from, size);
        for to in formats {
            let expected = convert(*from, *to, size, (&source, Level::SCALAR));
            for level in Level::available() {
                let out = convert(*from, *to, size, (&source, level));
                assert!(out == expected, "{from} to {to} {size:?} {level}");
            }
        }
    }
}

#[test]
fn small_pictures_of_every_pair() {
    for size in [(1, 1), (3, 5), (2, 1), (1, 2)] {
        check(&PixelFormat::ALL, size);
    }
}

#[test]
fn widths_around_a_vector_of_every_pair() {
    check(&PixelFormat::ALL, (67, 3));
}

#[test]
fn wide_pictures() {
    use PixelFormat as P;
    let formats = [P::Rgb24, P::Bgra, P::Rgb48, P::Yuv420p, P::Nv12, P::P010, P::Yuyv422];
    check(&formats, (16_384, 16));
}

#[test]
fn empty_pictures_are_refused() {
    for size in [(0, 0), (0, 4), (4, 0)] {
        let plan = VideoPlan::new(
            spec(PixelFormat::Yuv420p, size),
            spec(PixelFormat::Rgb24, size),
            VideoOptions::default(),
        );
        assert!(matches!(plan, Err(Error::Usage(_))), "{size:?} {plan:?}");
    }
}

/// Chroma of 2 by 2 samples to 4 by 4, by hand: in sixteenths, rounded.
#[test]
fn chroma_is_linear_between_its_samples() {
    let chroma = [0_u8, 64, 128, 192];
    let check = |location: ChromaLocation, expected: [[u8; 4]; 4]| {
        let mut color = ColorInfo::new(MatrixCoefficients::Bt709, ColorRange::Full);
        color.chroma_location = location;
        let size = (4, 4);
        let source = [vec![7; 16], chroma.to_vec(), chroma.map(|value| 255 - value).to_vec()];
        let source: Vec<_> = (source.into_iter().zip([4, 2, 2]))
            .map(|(data, stride)| Plane::new(data, stride))
            .collect();
        for level in Level::available() {
            let options = VideoOptions::default().level(level).chroma(ChromaUpsampling::Bilinear);
            let spec = |format| PictureSpec { color, ..spec(format, size) };
            let (from, to) = (spec(PixelFormat::Yuv420p), spec(PixelFormat::Yuv444p));
            let mut plan = VideoPlan::new(from, to, options).expect("a pair");
            let mut out = vec![vec![0; 16]; 3];
            let mut views: Vec<_> =
                out.iter_mut().map(|data| PlaneMut { data, stride: 4 }).collect();
            plan.run(Picture { planes: &source }, PictureMut { planes: &mut views }).expect("fits");
            assert_eq!(out[0], [7; 16]);
            assert_eq!(out[1], expected.concat(), "{location:?} {level}");
            for (u, v) in out[1].iter().zip(&out[2]) {
                assert!(u.abs_diff(255 - v) <= 1, "{location:?} {level}");
            }
        }
    };
    let across = |quarters: [u8; 4], down: u8| quarters.map(|value| value + down);
    let center = [0, 16, 48, 64];
    check(ChromaLocation::Center, [0, 32, 96, 128].map(|down| across(center, down)));
    let left = [0, 32, 64, 64];
    check(ChromaLocation::Left, [0, 32, 96, 128].map(|down| across(left, down)));
    check(ChromaLocation::Unspecified, [0, 32, 96, 128].map(|down| across(left, down)));
    check(ChromaLocation::TopLeft, [0, 64, 128, 128].map(|down| across(left, down)));
}

/// Colour that does not change comes out as without: the nearest sample is as good as those between.
#[test]
fn flat_chroma_is_the_same_between() {
    use PixelFormat as P;
    for from in [P::Yuv420p, P::Nv12, P::P010, P::Yuv422p10, P::Yuyv422, P::Yuva420p] {
        for to in [P::Rgb24, P::Bgra, P::Rgb48, P::Gbrp] {
            let size = (19, 7);
            let source: Vec<_> = (from.planes().iter())
                .map(|layout| {
                    let stride = layout.row_bytes(size.0);
                    Plane::new(vec![0x48; stride * layout.height(size.1) as usize], stride)
                })
                .collect();
            let run = |chroma| {
                let options = VideoOptions::default().chroma(chroma);
                let mut plan =
                    VideoPlan::new(spec(from, size), spec(to, size), options).expect("a pair");
                let mut out: Vec<_> = (to.planes().iter())
                    .map(|layout| {
                        vec![0; layout.row_bytes(size.0) * layout.height(size.1) as usize]
                    })
                    .collect();
                let mut views: Vec<_> = (out.iter_mut().zip(to.planes()))
                    .map(|(data, layout)| PlaneMut { data, stride: layout.row_bytes(size.0) })
                    .collect();
                plan.run(Picture { planes: &source }, PictureMut { planes: &mut views })
                    .expect("fits");
                out
            };
            assert_eq!(
                run(ChromaUpsampling::Bilinear),
                run(ChromaUpsampling::Nearest),
                "{from} {to}"
            );
        }
    }
}
