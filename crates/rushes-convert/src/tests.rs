//! All conversions of pictures give at every level what the scalar kernels give: at odd sizes, with rows that start
//! anywhere, and without a byte written beside the rows.

use rushes_core::{
    Buffer, ChromaLocation, ColorInfo, ColorRange, MatrixCoefficients, PixelFormat, Plane, PlaneMut,
};

use crate::video::{Picture, PictureMut, PictureSpec, ScaleKernel, VideoOptions, VideoPlan};
use rushes_simd::{Level, each_level};

/// Bytes before the first row, so that it is not aligned.
const START: usize = 3;
/// Bytes after each row.
const PADDING: usize = 5;
/// What the bytes that are no pixels hold.
const MARK: u8 = 0xa5;

fn noise(seed: u32, bytes: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

fn run(source: PictureSpec, target: PictureSpec, options: VideoOptions) -> Vec<Vec<u8>> {
    let planes: Vec<_> = (1..)
        .zip(source.format.planes())
        .map(|(seed, layout)| {
            let stride = layout.row_bytes(source.width) + PADDING;
            let bytes = noise(seed, START + stride * layout.height(source.height) as usize);
            let end = bytes.len() - PADDING;
            Plane::new(Buffer::from(bytes).slice(START..end).expect("inside"), stride)
        })
        .collect();
    let mut out: Vec<Vec<u8>> = (target.format.planes().iter())
        .map(|layout| {
            let stride = layout.row_bytes(target.width) + PADDING;
            vec![MARK; START + stride * layout.height(target.height) as usize]
        })
        .collect();
    let mut views: Vec<_> = (out.iter_mut().zip(target.format.planes()))
        .map(|(data, layout)| PlaneMut {
            data: &mut data[START..],
            stride: layout.row_bytes(target.width) + PADDING,
        })
        .collect();
    let mut plan = VideoPlan::new(source, target, options).expect("can be planned");
    let planes = Picture { planes: &planes };
    plan.run(planes, PictureMut { planes: &mut views }).expect("fits");
    for (data, layout) in out.iter().zip(target.format.planes()) {
        let row = layout.row_bytes(target.width);
        let beside = data[START..].chunks(row + PADDING).flat_map(|line| &line[row..]);
        assert!(data[..START].iter().chain(beside).all(|byte| *byte == MARK), "{target:?}");
    }
    out
}

/// Compares with the scalar kernels.
fn check(source: PictureSpec, target: PictureSpec, kernel: ScaleKernel, level: Level) {
    let options = VideoOptions::default().kernel(kernel);
    let expected = run(source, target, options.level(Level::SCALAR));
    assert!(run(source, target, options.level(level)) == expected, "{source:?} to {target:?}");
}

fn spec(format: PixelFormat, (width, height): (u32, u32), color: ColorInfo) -> PictureSpec {
    PictureSpec { format, width, height, color }
}

fn every_pair_of_formats(level: Level) {
    for from in PixelFormat::ALL {
        for to in PixelFormat::ALL {
            for size in [(1, 1), (67, 3)] {
                let color = ColorInfo::default();
                check(
                    spec(from, size, color),
                    spec(to, size, color),
                    ScaleKernel::default(),
                    level,
                );
            }
        }
    }
}

fn every_width(level: Level) {
    use PixelFormat as P;
    for width in (1..70).chain([127, 128, 129, 191, 255]) {
        for (from, to) in [
            (P::Yuv420p, P::Rgb24),
            (P::Yuv420p, P::Gbrp),
            (P::Yuv422p, P::Bgr24),
            (P::Yuv444p, P::Rgb24),
            (P::Nv12, P::Rgb24),
            (P::Nv21, P::Gbrp),
            (P::Yuv420p10, P::Rgb24),
            (P::Yuv444p12, P::Gbrp),
            (P::P010, P::Rgb24),
            (P::Rgb24, P::Yuv420p),
            (P::Bgr24, P::Yuv444p),
            (P::Gbrp, P::Nv12),
            (P::Yuv420p, P::Yuv444p),
        ] {
            for height in [1, 2, 5] {
                let (size, color) = ((width, height), ColorInfo::default());
                check(
                    spec(from, size, color),
                    spec(to, size, color),
                    ScaleKernel::default(),
                    level,
                );
            }
        }
    }
}

fn every_matrix(level: Level) {
    use MatrixCoefficients as M;
    for matrix in [
        M::Identity,
        M::Bt709,
        M::Fcc,
        M::Bt470Bg,
        M::Smpte170M,
        M::Smpte240M,
        M::YCgCo,
        M::Bt2020Ncl,
    ] {
        for range in [ColorRange::Limited, ColorRange::Full] {
            let yuv = ColorInfo::new(matrix, range);
            for format in [PixelFormat::Yuv420p, PixelFormat::Yuv444p, PixelFormat::Yuv444p10] {
                let yuv = spec(format, (75, 4), yuv);
                let rgb = spec(PixelFormat::Rgb24, (75, 4), ColorInfo::default());
                check(yuv, rgb, ScaleKernel::default(), level);
                check(rgb, yuv, ScaleKernel::default(), level);
            }
        }
    }
}

fn every_filter(level: Level) {
    use PixelFormat as P;
    for kernel in [
        ScaleKernel::Nearest,
        ScaleKernel::Bilinear,
        ScaleKernel::Bicubic,
        ScaleKernel::Area,
        ScaleKernel::Lanczos3,
    ] {
        for (from, to) in [
            (P::Yuv420p, P::Yuv420p),
            (P::Yuv420p, P::Rgb24),
            (P::Yuv420p10, P::Gbrp),
            (P::Rgb24, P::Yuv420p),
            (P::Rgba64, P::Rgba64),
            (P::Nv12, P::Gray8),
        ] {
            for (size, new) in [((1, 1), (5, 7)), ((37, 23), (19, 41)), ((64, 48), (3, 1))] {
                let mut color = ColorInfo::default();
                color.chroma_location = ChromaLocation::Left;
                check(spec(from, size, color), spec(to, new, ColorInfo::default()), kernel, level);
            }
        }
    }
}

/// Wide enough for each way in which a level finds the samples of a sum, and for blocks that overlap.
fn every_ratio(level: Level) {
    use PixelFormat as P;
    let color = ColorInfo::default();
    for kernel in [ScaleKernel::Bilinear, ScaleKernel::Lanczos3] {
        for format in [P::Gray8, P::Rgb24, P::Rgba, P::Nv12, P::P010, P::Yuyv422, P::Gray16] {
            for (size, new) in [
                ((150, 21), (290, 40)),
                ((290, 40), (150, 21)),
                ((290, 9), (101, 4)),
                ((403, 9), (98, 4)),
                ((1301, 29), (67, 3)),
            ] {
                check(spec(format, size, color), spec(format, new, color), kernel, level);
            }
        }
    }
}

each_level!(every_pair_of_formats);
each_level!(every_width);
each_level!(every_matrix);
each_level!(every_filter);
each_level!(every_ratio);
