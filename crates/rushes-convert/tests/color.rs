//! Colour against the exact formulas of H.273, in rational arithmetic: within 1 for every value, and nearly always equal.

use std::slice::from_ref;

use rushes_convert::{Level, Picture, PictureMut, PictureSpec, VideoOptions, VideoPlan};
use rushes_core::{ColorInfo, ColorRange, MatrixCoefficients, PixelFormat, Plane, PlaneMut};

/// Weights of red and blue in ten-thousandths.
const MATRICES: [(MatrixCoefficients, i64, i64); 5] = [
    (MatrixCoefficients::Smpte170M, 2990, 1140),
    (MatrixCoefficients::Bt709, 2126, 722),
    (MatrixCoefficients::Bt2020Ncl, 2627, 593),
    (MatrixCoefficients::Smpte240M, 2120, 870),
    (MatrixCoefficients::Fcc, 3000, 1100),
];

/// A picture of one or more tightly packed planes, converted through the public interface.
fn convert(
    (format, color): (PixelFormat, ColorInfo),
    (target, target_color): (PixelFormat, ColorInfo),
    (width, height): (u32, u32),
    planes: &[Vec<u8>],
    level: Level,
) -> Vec<Vec<u8>> {
    let spec = |format, color| PictureSpec { format, width, height, color };
    let options = VideoOptions::default().level(level);
    let mut plan = VideoPlan::new(spec(format, color), spec(target, target_color), options)
        .expect("a pair of formats that is implemented");
    let planes: Vec<_> = (planes.iter().zip(format.planes()))
        .map(|(data, layout)| Plane::new(data.clone(), layout.row_bytes(width)))
        .collect();
    let mut out: Vec<Vec<u8>> = (target.planes().iter())
        .map(|layout| vec![0; layout.row_bytes(width) * layout.height(height) as usize])
        .collect();
    let mut views: Vec<_> = (out.iter_mut().zip(target.planes()))
        .map(|(data, layout)| PlaneMut { data, stride: layout.row_bytes(width) })
        .collect();
    plan.run(Picture { planes: &planes }, PictureMut { planes: &mut views }).expect("fits");
    out
}

/// Zero and span of luma and of chroma.
fn quantization(range: ColorRange, depth: u32) -> [(i64, i64); 2] {
    let step = 1 << (depth - 8);
    match range {
        ColorRange::Full => [(0, (1 << depth) - 1), (128 * step, (1 << depth) - 1)],
        _ => [(16 * step, 219 * step), (128 * step, 224 * step)],
    }
}

fn rounded(numerator: i128, denominator: i128, max: i64) -> i64 {
    let value = (2 * numerator + denominator).div_euclid(2 * denominator);
    i64::try_from(value.clamp(0, i128::from(max))).expect("clamped")
}

/// Red, green and blue of luma and chroma, rounded once.
fn exact_rgb(
    [y, u, v]: [i64; 3],
    (red, blue): (i64, i64),
    range: ColorRange,
    (depth, target_depth): (u32, u32),
) -> [i64; 3] {
    let [(luma_zero, luma_span), (chroma_zero, chroma_span)] = quantization(range, depth);
    let green = 10_000 - red - blue;
    let max = (1_i64 << target_depth) - 1;
    let (y, u, v) = (y - luma_zero, u - chroma_zero, v - chroma_zero);
    // All over luma_span * chroma_span * 10000 * green.
    let luma = y * chroma_span * 10_000 * green;
    let from_v = 2 * (10_000 - red) * v * luma_span;
    let from_u = 2 * (10_000 - blue) * u * luma_span;
    let denominator = i128::from(luma_span * chroma_span) * i128::from(10_000 * green);
    [
        i128::from(luma) + i128::from(from_v) * i128::from(green),
        i128::from(luma) - i128::from(from_v * red) - i128::from(from_u * blue),
        i128::from(luma) + i128::from(from_u) * i128::from(green),
    ]
    .map(|value| rounded(value * i128::from(max), denominator, max))
}

#[derive(Default)]
struct Errors {
    count: u64,
    sum: u64,
    most: u64,
}

impl Errors {
    fn add(&mut self, ours: i64, exact: i64) {
        self.count += 1;
        self.sum += ours.abs_diff(exact);
        self.most = self.most.max(ours.abs_diff(exact));
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean of small errors")]
    fn check(&self, most: u64, mean: f64, what: &str) {
        let ours = self.sum as f64 / self.count as f64;
        assert!(self.count > 0 && self.most <= most && ours < mean, "{what}: {} {ours}", self.most);
    }
}

/// Luma and chroma to 8-bit RGB, for every `step`th value of each.
fn check_yuv_to_rgb(format: PixelFormat, depth: u32, step: u16, level: Level) {
    let values: Vec<u16> = (0..1_u16 << depth).step_by(usize::from(step)).collect();
    let side = u32::try_from(values.len()).expect("few");
    let bytes = |value: u16| {
        let bytes = value.to_le_bytes();
        if depth == 8 { bytes[..1].to_vec() } else { bytes.to_vec() }
    };
    for (matrix, red, blue) in MATRICES {
        for range in [ColorRange::Limited, ColorRange::Full] {
            let color = ColorInfo::new(matrix, range);
            let mut errors = Errors::default();
            // One picture per value of luma: u grows to the right, v downwards.
            for y in &values {
                let planes = [
                    bytes(*y).repeat(values.len() * values.len()),
                    values.iter().flat_map(|u| bytes(*u)).collect::<Vec<_>>().repeat(values.len()),
                    values.iter().flat_map(|v| bytes(*v).repeat(values.len())).collect(),
                ];
                let rgb = (PixelFormat::Rgb24, ColorInfo::default());
                let out = convert((format, color), rgb, (side, side), &planes, level);
                for (index, pixel) in out[0].chunks_exact(3).enumerate() {
                    let (u, v) = (values[index % values.len()], values[index / values.len()]);
                    let yuv = [*y, u, v].map(i64::from);
                    let exact = exact_rgb(yuv, (red, blue), range, (depth, 8));
                    for (ours, exact) in pixel.iter().zip(exact) {
                        errors.add(i64::from(*ours), exact);
                    }
                }
            }
            errors.check(1, 0.05, &format!("{format} {matrix:?} {range:?} {level}"));
        }
    }
}

fn levels() -> Vec<Level> {
    Level::available()
}

#[test]
fn some_values_of_luma_and_chroma() {
    for level in levels() {
        check_yuv_to_rgb(PixelFormat::Yuv444p, 8, 5, level);
        check_yuv_to_rgb(PixelFormat::Yuv444p10, 10, 31, level);
        check_yuv_to_rgb(PixelFormat::Yuv444p12, 12, 127, level);
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "all 2^24 triples take long without optimisation")]
fn all_values_of_luma_and_chroma() {
    check_yuv_to_rgb(PixelFormat::Yuv444p, 8, 1, Level::detect().expect("a level"));
}

/// The exact luma and chroma of an average of RGB, rounded once. `pixels` of a sum.
fn exact_yuv(sum: [i64; 3], pixels: i64, (red, blue): (i64, i64), range: ColorRange) -> [i64; 3] {
    let [(luma_zero, luma_span), (chroma_zero, chroma_span)] = quantization(range, 8);
    let green = 10_000 - red - blue;
    let [r, g, b] = sum;
    let luma = red * r + green * g + blue * b;
    let chroma = |value: i64, weight: i64| {
        let numerator = i128::from(10_000 * value - luma) * i128::from(chroma_span);
        let denominator = i128::from(2 * (10_000 - weight) * 255 * pixels);
        rounded(numerator + i128::from(chroma_zero) * denominator, denominator, 255)
    };
    let denominator = i128::from(10_000 * 255 * pixels);
    let numerator = i128::from(luma) * i128::from(luma_span);
    [
        rounded(numerator + i128::from(luma_zero) * denominator, denominator, 255),
        chroma(b, blue),
        chroma(r, red),
    ]
}

/// A picture that looks like noise.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[test]
fn rgb_to_yuv_is_within_one() {
    for level in levels() {
        for ((matrix, red, blue), range) in MATRICES
            .into_iter()
            .flat_map(|matrix| [(matrix, ColorRange::Limited), (matrix, ColorRange::Full)])
        {
            for (width, height) in [(64, 48), (33, 17), (1, 1), (2, 1), (1, 2), (3, 3)] {
                let rgb = noise(width * height * 3);
                let size =
                    (u32::try_from(width).expect("few"), u32::try_from(height).expect("few"));
                let color = ColorInfo::new(matrix, range);
                let from = (PixelFormat::Rgb24, ColorInfo::default());
                let out = convert(from, (PixelFormat::Yuv420p, color), size, from_ref(&rgb), level);
                let at = |x: usize, y: usize| {
                    let start = (y.min(height - 1) * width + x.min(width - 1)) * 3;
                    [0, 1, 2].map(|c| i64::from(rgb[start + c]))
                };
                let mut errors = Errors::default();
                for y in 0..height {
                    for x in 0..width {
                        let exact = exact_yuv(at(x, y), 1, (red, blue), range);
                        errors.add(i64::from(out[0][y * width + x]), exact[0]);
                    }
                }
                let chroma_width = width.div_ceil(2);
                for y in 0..height.div_ceil(2) {
                    for x in 0..chroma_width {
                        let four = [(0, 0), (1, 0), (0, 1), (1, 1)]
                            .map(|(right, down)| at(2 * x + right, 2 * y + down));
                        let sum = [0, 1, 2].map(|c| four.iter().map(|pixel| pixel[c]).sum());
                        let exact = exact_yuv(sum, 4, (red, blue), range);
                        let place = y * chroma_width + x;
                        errors.add(i64::from(out[1][place]), exact[1]);
                        errors.add(i64::from(out[2][place]), exact[2]);
                    }
                }
                errors.check(1, 0.01, &format!("{matrix:?} {range:?} {width}x{height} {level}"));
            }
        }
    }
}

#[test]
fn there_and_back_is_close() {
    let (width, height) = (48, 16);
    let rgb = noise(width * height * 3);
    let size = (48, 16);
    for (format, bits) in [(PixelFormat::Yuv444p, 8), (PixelFormat::Yuv444p10, 10)] {
        let color = ColorInfo::new(MatrixCoefficients::Bt709, ColorRange::Full);
        let from = (PixelFormat::Rgb24, ColorInfo::default());
        let level = Level::detect().expect("a level");
        let yuv = convert(from, (format, color), size, from_ref(&rgb), level);
        let back = convert((format, color), from, size, &yuv, level);
        let most = rgb.iter().zip(&back[0]).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(most <= Some(if bits == 8 { 2 } else { 1 }), "{format}: {most:?}");
    }
}

#[test]
fn gray_is_luma_at_full_range() {
    let level = Level::detect().expect("a level");
    let yuv = [vec![16, 235, 0, 255, 126], vec![1, 2, 3], vec![4, 5, 6]];
    let limited = ColorInfo::default();
    let gray = (PixelFormat::Gray8, ColorInfo::default());
    let out = convert((PixelFormat::Yuv420p, limited), gray, (5, 1), &yuv, level);
    assert_eq!(out[0], [0, 255, 0, 255, 128]);
    let full = ColorInfo::new(MatrixCoefficients::Unspecified, ColorRange::Full);
    let out = convert((PixelFormat::Yuv420p, full), gray, (5, 1), &yuv, level);
    assert_eq!(out[0], yuv[0]);
    let out =
        convert(gray, (PixelFormat::Rgb24, ColorInfo::default()), (2, 1), &[vec![7, 9]], level);
    assert_eq!(out[0], [7, 7, 7, 9, 9, 9]);
    let out = convert(gray, (PixelFormat::Yuv420p, limited), (3, 1), &[vec![0, 255, 128]], level);
    assert_eq!(out, [vec![16, 235, 126], vec![128; 2], vec![128; 2]]);
}

#[test]
fn chroma_is_repeated_up_and_averaged_down() {
    let level = Level::detect().expect("a level");
    let color = ColorInfo::default();
    let yuv = [(0..15).collect(), vec![1, 2, 3, 4], vec![5, 6, 7, 8]];
    let from = (PixelFormat::Yuv420p, color);
    let out = convert(
        from,
        (PixelFormat::Yuv444p, color),
        (3, 5),
        &[yuv[0].clone(), vec![1, 2, 3, 4, 5, 6], vec![0; 6]],
        level,
    );
    assert_eq!(out[1], [1, 1, 2, 1, 1, 2, 3, 3, 4, 3, 3, 4, 5, 5, 6]);
    let yuv444 = [vec![0; 9], vec![1, 2, 3, 4, 5, 6, 7, 8, 9], vec![0; 9]];
    let out = convert((PixelFormat::Yuv444p, color), from, (3, 3), &yuv444, level);
    assert_eq!(out[1], [3, 5, 8, 9]);
}

#[test]
fn other_depths_keep_their_meaning() {
    let level = Level::detect().expect("a level");
    let limited = ColorInfo::default();
    let words = |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let ten: [Vec<u8>; 3] = [words(&[64, 940, 502, 1023]), words(&[512, 4]), words(&[513, 1019])];
    let out = convert(
        (PixelFormat::Yuv420p10, limited),
        (PixelFormat::Yuv420p, limited),
        (4, 1),
        &ten,
        level,
    );
    assert_eq!(out, [vec![16, 235, 126, 255], vec![128, 1], vec![128, 255]]);
    let wide = convert(
        (PixelFormat::Yuv420p, limited),
        (PixelFormat::Yuv420p10, limited),
        (4, 1),
        &out,
        level,
    );
    assert_eq!(wide[0], words(&[64, 940, 504, 1020]));
    let rgb = convert(
        (PixelFormat::Yuv444p10, limited),
        (PixelFormat::Rgb48, limited),
        (2, 1),
        &[words(&[64, 940]), words(&[512; 2]), words(&[512; 2])],
        level,
    );
    let full = ColorInfo::default();
    assert_eq!(rgb[0].len(), 12);
    let white = convert(
        (PixelFormat::Yuv444p10, full),
        (PixelFormat::Rgb48, full),
        (2, 1),
        &[words(&[64, 940]), words(&[512; 2]), words(&[512; 2])],
        level,
    );
    assert_eq!(white[0], words(&[0, 0, 0, 65_535, 65_535, 65_535]));
}

#[test]
fn packed_formats_put_components_in_their_places() {
    let level = Level::detect().expect("a level");
    let color = ColorInfo::default();
    let rgb = (PixelFormat::Rgb24, color);
    for (format, expected) in [
        (PixelFormat::Rgb24, vec![vec![1, 2, 3]]),
        (PixelFormat::Bgr24, vec![vec![3, 2, 1]]),
        (PixelFormat::Rgba, vec![vec![1, 2, 3, 255]]),
        (PixelFormat::Bgra, vec![vec![3, 2, 1, 255]]),
        (PixelFormat::Argb, vec![vec![255, 1, 2, 3]]),
        (PixelFormat::Gbrp, vec![vec![2], vec![3], vec![1]]),
    ] {
        assert_eq!(convert(rgb, (format, color), (1, 1), &[vec![1, 2, 3]], level), expected);
        assert_eq!(convert((format, color), rgb, (1, 1), &expected, level), [[1, 2, 3]]);
    }
    let semi = [vec![9, 8], vec![1, 2]];
    let planar = [vec![9, 8], vec![1], vec![2]];
    for (format, planes) in [
        (PixelFormat::Nv12, semi.to_vec()),
        (PixelFormat::Nv21, vec![vec![9, 8], vec![2, 1]]),
        (PixelFormat::Yuyv422, vec![vec![9, 1, 8, 2]]),
        (PixelFormat::Uyvy422, vec![vec![1, 9, 2, 8]]),
    ] {
        let from = (PixelFormat::Yuv420p, color);
        assert_eq!(convert((format, color), from, (2, 1), &planes, level), planar, "{format}");
        assert_eq!(convert(from, (format, color), (2, 1), &planar, level), planes, "{format}");
    }
}

#[test]
fn every_pair_of_formats_converts() {
    for from in PixelFormat::ALL {
        for to in PixelFormat::ALL {
            let planes: Vec<Vec<u8>> = (from.planes().iter())
                .map(|layout| vec![0; layout.row_bytes(7) * layout.height(5) as usize])
                .collect();
            for level in levels() {
                convert(
                    (from, ColorInfo::default()),
                    (to, ColorInfo::default()),
                    (7, 5),
                    &planes,
                    level,
                );
            }
        }
    }
}
