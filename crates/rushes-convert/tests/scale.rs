//! What scaling does to pictures that one can work out by hand.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::slice::from_ref;

use rushes_convert::{Picture, PictureMut, PictureSpec, ScaleKernel, VideoOptions, VideoPlan};
use rushes_core::{ColorInfo, Error, PixelFormat, Plane, PlaneLayout, PlaneMut};

const KERNELS: [ScaleKernel; 5] = [
    ScaleKernel::Nearest,
    ScaleKernel::Bilinear,
    ScaleKernel::Bicubic,
    ScaleKernel::Area,
    ScaleKernel::Lanczos3,
];

fn scale(
    format: PixelFormat,
    (width, height): (u32, u32),
    (new_width, new_height): (u32, u32),
    kernel: ScaleKernel,
    planes: &[Vec<u8>],
) -> Vec<Vec<u8>> {
    let options = VideoOptions::default().kernel(kernel);
    scale_with(options, (format, format), (width, height), (new_width, new_height), planes)
}

fn scale_with(
    options: VideoOptions,
    (from, format): (PixelFormat, PixelFormat),
    (width, height): (u32, u32),
    (new_width, new_height): (u32, u32),
    planes: &[Vec<u8>],
) -> Vec<Vec<u8>> {
    let spec =
        |format, width, height| PictureSpec { format, width, height, color: ColorInfo::default() };
    let (source, target) = (spec(from, width, height), spec(format, new_width, new_height));
    let mut plan = VideoPlan::new(source, target, options).expect("can be planned");
    let planes: Vec<_> = (planes.iter().zip(from.planes()))
        .map(|(data, layout)| Plane::new(data.clone(), layout.row_bytes(width)))
        .collect();
    let mut out: Vec<Vec<u8>> = (format.planes().iter())
        .map(|layout| vec![0; layout.row_bytes(new_width) * layout.height(new_height) as usize])
        .collect();
    let mut views: Vec<_> = (out.iter_mut().zip(format.planes()))
        .map(|(data, layout)| PlaneMut { data, stride: layout.row_bytes(new_width) })
        .collect();
    plan.run(Picture { planes: &planes }, PictureMut { planes: &mut views }).expect("fits");
    out
}

#[test]
fn flat_pictures_stay_flat() {
    for kernel in KERNELS {
        for value in [0, 1, 127, 254, 255] {
            for (size, new) in
                [((9, 7), (4, 3)), ((4, 3), (9, 7)), ((1, 1), (8, 8)), ((64, 64), (1, 1))]
            {
                let picture = vec![value; (size.0 * size.1) as usize];
                let out = scale(PixelFormat::Gray8, size, new, kernel, &[picture]);
                assert!(
                    out[0].iter().all(|out| *out == value),
                    "{kernel:?} {value} {size:?} {new:?}"
                );
            }
        }
    }
}

#[test]
fn small_pictures_scale_as_by_hand() {
    let check = |kernel, from: &[u8], expected: &[u8]| {
        let size = |row: &[u8]| (u32::try_from(row.len()).expect("few"), 1);
        let out = scale(PixelFormat::Gray8, size(from), size(expected), kernel, &[from.to_vec()]);
        assert_eq!(out[0], expected, "{kernel:?} {from:?}");
    };
    check(ScaleKernel::Nearest, &[10, 20], &[10, 10, 20, 20]);
    check(ScaleKernel::Nearest, &[1, 2, 3, 4, 5, 6], &[2, 5]);
    check(ScaleKernel::Bilinear, &[0, 100], &[0, 25, 75, 100]);
    // Down by two, the triangle is four wide: weights 1, 3, 3, 1 of 8, the edge repeated.
    check(ScaleKernel::Bilinear, &[0, 80, 160, 240], &[50, 190]);
    check(ScaleKernel::Area, &[10, 20, 50, 60], &[15, 55]);
    check(ScaleKernel::Area, &[0, 90, 240], &[30, 190]);
    // Catmull-Rom a quarter away weighs -9, 111, 29, -3 of 128.
    check(ScaleKernel::Bicubic, &[0, 0, 128, 128], &[0, 0, 0, 26, 102, 137, 131, 128]);
}

#[test]
fn chroma_follows_luma() {
    // A ramp in luma and in chroma beside it: after scaling, chroma at a pixel is still what luma says.
    let (width, height) = (64_u32, 8_u32);
    let luma: Vec<u8> = (0..height).flat_map(|_| (0..64).map(|x| 60 + 2 * x)).collect();
    // Chroma lies on the even columns.
    let chroma: Vec<u8> = (0..height / 2).flat_map(|_| (0..32).map(|x| 60 + 4 * x)).collect();
    let planes = [luma, chroma.clone(), chroma];
    for kernel in [ScaleKernel::Bilinear, ScaleKernel::Bicubic, ScaleKernel::Lanczos3] {
        for new in [32, 48, 96, 128_u32] {
            let out = scale(PixelFormat::Yuv420p, (width, height), (new, height), kernel, &planes);
            let row = &out[1][..(new / 2) as usize];
            for (x, chroma) in row.iter().enumerate().skip(4).take(row.len() - 8) {
                let luma = out[0][2 * x];
                assert!(luma.abs_diff(*chroma) <= 1, "{kernel:?} {new} at {x}: {luma} {chroma}");
            }
        }
    }
}

#[test]
fn packed_and_planar_scale_alike() {
    let packed: Vec<u8> = (0..48 * 3_u8).map(|value| value.wrapping_mul(37)).collect();
    let plane = |c: usize| packed.iter().copied().skip(c).step_by(3).collect::<Vec<u8>>();
    let planar = [plane(1), plane(2), plane(0)];
    for kernel in KERNELS {
        let a = scale(PixelFormat::Rgb24, (8, 6), (5, 9), kernel, from_ref(&packed));
        let b = scale(PixelFormat::Gbrp, (8, 6), (5, 9), kernel, &planar);
        for (index, pixel) in a[0].chunks_exact(3).enumerate() {
            assert_eq!(pixel, [b[2][index], b[0][index], b[1][index]], "{kernel:?}");
        }
    }
}

fn noise(format: PixelFormat, (width, height): (u32, u32)) -> Vec<Vec<u8>> {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let bytes = |layout: &PlaneLayout| layout.row_bytes(width) * layout.height(height) as usize;
    format.planes().iter().map(|layout| (0..bytes(layout)).map(|_| next()).collect()).collect()
}

#[test]
fn threads_change_nothing() {
    use PixelFormat as P;
    for (from, to) in [
        (P::Yuv420p, P::Yuv420p),
        (P::Yuv420p, P::Rgb24),
        (P::Rgba, P::Rgba),
        (P::Rgb24, P::Yuv420p),
        (P::Gray16, P::Gray16),
        (P::Yuv410p, P::Nv12),
    ] {
        for (size, new) in
            [((53, 71), (41, 37)), ((53, 71), (64, 131)), ((53, 71), (53, 71)), ((9, 3), (3, 5))]
        {
            let planes = noise(from, size);
            let options = VideoOptions::default();
            let expected = scale_with(options, (from, to), size, new, &planes);
            for threads in [2, 3, 7, 1000] {
                let found = scale_with(options.threads(threads), (from, to), size, new, &planes);
                assert!(found == expected, "{from} {to} {size:?} {new:?} {threads}");
            }
        }
    }
}

#[test]
fn transparent_pixels_do_not_bleed() {
    // Red on the left, and green that does not show on the right.
    let row = [[255, 0, 0, 255]; 20].into_iter().chain([[0, 255, 0, 0]; 20]);
    let row: Vec<u8> = row.flatten().collect();
    let picture = row.repeat(30);
    for new in [(17, 9), (91, 77)] {
        for kernel in [ScaleKernel::Bilinear, ScaleKernel::Area, ScaleKernel::Lanczos3] {
            let options = VideoOptions::default().kernel(kernel);
            let formats = (PixelFormat::Rgba, PixelFormat::Rgba);
            let out = scale_with(options, formats, (40, 30), new, from_ref(&picture));
            let mut edge = false;
            for pixel in out[0].as_chunks::<4>().0 {
                let [red, green, _, alpha] = *pixel;
                edge |= alpha > 20 && alpha < 235;
                assert!(alpha < 20 || red >= 254 && green <= 1, "{kernel:?} {new:?} {pixel:?}");
            }
            assert!(edge, "{kernel:?} {new:?}");
            let options = options.straight_alpha(true);
            let out = scale_with(options, formats, (40, 30), new, from_ref(&picture));
            let mixed = |pixel: &[u8; 4]| pixel[3] > 20 && pixel[1] > 20;
            assert!(out[0].as_chunks::<4>().0.iter().any(mixed), "{kernel:?} {new:?}");
        }
    }
}

#[test]
fn opaque_pictures_scale_as_without_alpha() {
    let size = (33, 21);
    let rgb = noise(PixelFormat::Rgb24, size);
    let pixels = rgb[0].as_chunks::<3>().0;
    let rgba: Vec<u8> = pixels.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    for kernel in KERNELS {
        for new in [(16, 12), (50, 40), (33, 10)] {
            let with = scale(PixelFormat::Rgba, size, new, kernel, from_ref(&rgba));
            let without = scale(PixelFormat::Rgb24, size, new, kernel, &rgb);
            for (a, b) in with[0].as_chunks::<4>().0.iter().zip(without[0].as_chunks::<3>().0) {
                let near = a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1);
                assert!(near && a[3] == 255, "{kernel:?} {new:?} {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn extreme_sizes_scale() {
    for kernel in KERNELS {
        for (size, new) in [((1, 1), (1, 1)), ((1, 1), (3, 5)), ((3, 5), (1, 1)), ((3, 5), (5, 3))]
        {
            for format in [PixelFormat::Gray8, PixelFormat::Yuv420p, PixelFormat::Rgba64] {
                let planes: Vec<_> =
                    noise(format, size).iter().map(|plane| vec![77; plane.len()]).collect();
                let out = scale(format, size, new, kernel, &planes);
                assert!(out.iter().flatten().all(|byte| *byte == 77), "{format} {kernel:?}");
            }
        }
        // Wide and flat: a step at the middle stays there.
        let row: Vec<u8> = (0..16_384).map(|x| if x < 8192 { 10 } else { 200 }).collect();
        let out = scale(PixelFormat::Gray8, (16_384, 16), (512, 4), kernel, &[row.repeat(16)]);
        for line in out[0].chunks(512) {
            assert!(line[..250].iter().all(|value| *value == 10), "{kernel:?}");
            assert!(line[262..].iter().all(|value| *value == 200), "{kernel:?}");
        }
    }
}

#[test]
fn empty_pictures_are_refused() {
    let spec = |width, height| PictureSpec {
        format: PixelFormat::Gray8,
        width,
        height,
        color: ColorInfo::default(),
    };
    for (from, to) in [((0, 4), (4, 4)), ((4, 0), (4, 4)), ((4, 4), (0, 4)), ((4, 4), (4, 0))] {
        let (from, to) = (spec(from.0, from.1), spec(to.0, to.1));
        let plan = VideoPlan::new(from, to, VideoOptions::default());
        assert!(matches!(plan, Err(Error::Usage(_))), "{from:?} {to:?}");
    }
}

/// A smooth picture: what kernels differ in is small on it, what their places differ in is not.
fn smooth((width, height): (u32, u32)) -> Vec<u8> {
    let wave = |x: u32, size: u32, turns: f64| {
        (f64::from(x) / f64::from(size) * turns * std::f64::consts::TAU).sin()
    };
    let pixel = |place: u32| {
        let (x, y) = (place % width, place / width);
        128.0 + 60.0 * wave(x, width, 3.0) + 50.0 * wave(y, height, 2.0)
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "18 to 238")]
    (0..width * height).map(|place| pixel(place).round() as u8).collect()
}

/// What the `ffmpeg` program makes of a gray picture.
fn ffmpeg(
    (width, height): (u32, u32),
    new: (u32, u32),
    flags: &str,
    picture: &[u8],
) -> Option<Vec<u8>> {
    let size = format!("{width}x{height}");
    let filter = format!("scale={}:{}:flags=accurate_rnd+{flags}", new.0, new.1);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", &size, "-i", "-"]);
    command.args(["-vf", &filter, "-pix_fmt", "gray", "-f", "rawvideo", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(picture).ok()?;
    let output = child.wait_with_output().ok()?;
    (output.status.success() && output.stdout.len() == (new.0 * new.1) as usize)
        .then_some(output.stdout)
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn smooth_pictures_scale_as_by_ffmpeg() {
    // Its bicubic is a little sharper: B = 0, C = 0.6. Catmull-Rom is B = 0, C = 0.5.
    for (kernel, flags) in [
        (ScaleKernel::Bilinear, "bilinear"),
        (ScaleKernel::Bicubic, "bicubic"),
        (ScaleKernel::Lanczos3, "lanczos"),
        (ScaleKernel::Area, "area"),
    ] {
        for (size, new) in [
            ((192, 108), (64, 36)),
            ((192, 108), (128, 72)),
            ((192, 108), (100, 108)),
            ((64, 36), (192, 108)),
            ((64, 36), (96, 40)),
        ] {
            // Up, its area is bilinear; ours repeats samples.
            if kernel == ScaleKernel::Area && new.0 > size.0 {
                continue;
            }
            let picture = smooth(size);
            let Some(expected) = ffmpeg(size, new, flags, &picture) else {
                println!("SKIPPED: no ffmpeg");
                return;
            };
            let out = scale(PixelFormat::Gray8, size, new, kernel, &[picture]);
            let worst = out[0].iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(2), "{kernel:?} {size:?} {new:?}: {worst:?}");
        }
    }
}
