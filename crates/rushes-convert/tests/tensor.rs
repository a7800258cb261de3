//! Arrays of pictures: what they hold, however they are made.

use rushes_convert::{
    Level, Picture, PictureMut, PictureSpec, ScaleKernel, TensorLayout, TensorOptions, TensorPlan,
    VideoOptions, VideoPlan,
};
use rushes_core::{ColorInfo, Error, PixelFormat, Plane, PlaneMut};

const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];

fn spec(format: PixelFormat, (width, height): (u32, u32)) -> PictureSpec {
    PictureSpec { format, width, height, color: ColorInfo::default() }
}

/// Planes that change slowly from left to right and from top to bottom, each in its own way.
fn planes(format: PixelFormat, (width, height): (u32, u32)) -> Vec<Plane> {
    let bytes = if format.bit_depth() > 8 { 2 } else { 1 };
    (format.planes().iter().enumerate())
        .map(|(index, layout)| {
            let row = layout.row_bytes(width);
            let rows = layout.height(height) as usize;
            let sample = |y: usize, x: usize| {
                let value = 60 + index * 30 + (x * 97 / row + y * 53 / rows);
                u16::try_from(value << (format.bit_depth() - 8)).expect("below 2^16")
            };
            let data = (0..rows * row / bytes).flat_map(|place| {
                let (y, x) = (place / (row / bytes), place % (row / bytes));
                sample(y, x * bytes).to_le_bytes().into_iter().take(bytes)
            });
            Plane::new(data.collect::<Vec<u8>>(), row)
        })
        .collect()
}

fn floats(
    format: PixelFormat,
    from: (u32, u32),
    to: (u32, u32),
    options: TensorOptions,
) -> Vec<f32> {
    let mut plan = TensorPlan::new(spec(format, from), to, options).expect("can be planned");
    let mut out = vec![f32::NAN; plan.len()];
    plan.run(Picture { planes: &planes(format, from) }, &mut out).expect("fits");
    out
}

#[test]
fn arrays_hold_what_pictures_do() {
    use PixelFormat as P;
    for format in
        [P::Yuv420p, P::Nv12, P::Yuv444p10, P::Rgb24, P::Gbrp, P::Rgba, P::Gray8, P::Rgb48]
    {
        for (from, to) in [((96, 54), (22, 24)), ((45, 31), (90, 70)), ((64, 48), (64, 30))] {
            let kernel = ScaleKernel::Bilinear;
            let array = floats(format, from, to, TensorOptions::default().normalize(MEAN, STD));
            let rgb = spec(P::Rgb24, to);
            let options = VideoOptions::default().kernel(kernel);
            let mut plan = VideoPlan::new(spec(format, from), rgb, options).expect("fine");
            let mut data = vec![0; (3 * to.0 * to.1) as usize];
            let view = PlaneMut { data: &mut data, stride: 3 * to.0 as usize };
            plan.run(Picture { planes: &planes(format, from) }, PictureMut { planes: &mut [view] })
                .expect("fits");
            for (place, pixel) in data.chunks_exact(3).enumerate() {
                for channel in 0..3 {
                    let value = array[channel * data.len() / 3 + place];
                    let value = (value * STD[channel] + MEAN[channel]) * 255.0;
                    // The picture is rounded twice, and its luma and chroma count for more than one of red and blue.
                    let error = (value - f32::from(pixel[channel])).abs();
                    assert!(error < 2.5, "{format} {from:?} {to:?} {place}: {value} {pixel:?}");
                }
            }
        }
    }
}

#[test]
fn orders_types_and_threads_agree() {
    let (format, from, to) = (PixelFormat::Yuv420p, (97, 55), (41, 37));
    let options = TensorOptions::default().normalize(MEAN, STD);
    let planar = floats(format, from, to, options);
    for threads in [2, 3, 50] {
        assert_eq!(floats(format, from, to, options.threads(threads)), planar);
    }
    for threads in [1, 4] {
        let packed = options.layout(TensorLayout::Hwc).threads(threads);
        let packed = floats(format, from, to, packed);
        for (place, pixel) in packed.chunks_exact(3).enumerate() {
            assert_eq!(pixel, [0, 1, 2].map(|channel| planar[channel * planar.len() / 3 + place]));
        }
    }
    let plain = floats(format, from, to, TensorOptions::default());
    for (layout, step) in [(TensorLayout::Chw, 1), (TensorLayout::Hwc, 3)] {
        let options = TensorOptions::default().layout(layout);
        let mut plan = TensorPlan::new(spec(format, from), to, options).expect("fine");
        let mut bytes = vec![0; plan.len()];
        plan.run_u8(Picture { planes: &planes(format, from) }, &mut bytes).expect("fits");
        for (place, value) in plain.iter().enumerate() {
            let (channel, pixel) = (place / (plain.len() / 3), place % (plain.len() / 3));
            let byte = if step == 3 { bytes[3 * pixel + channel] } else { bytes[place] };
            assert!((f32::from(byte) - value * 255.0).abs() <= 0.501, "{place}: {byte} {value}");
        }
    }
}

#[test]
fn levels_agree() {
    use PixelFormat as P;
    for format in [P::Yuv420p, P::P010, P::Rgb48, P::Rgb24] {
        for (from, to) in [((97, 55), (41, 37)), ((31, 9), (75, 20)), ((33, 17), (33, 17))] {
            for kernel in [ScaleKernel::Bilinear, ScaleKernel::Lanczos3] {
                let options = TensorOptions::default().kernel(kernel).normalize(MEAN, STD);
                let expected = floats(format, from, to, options.level(Level::SCALAR));
                for level in Level::available() {
                    let found = floats(format, from, to, options.level(level));
                    assert!(found == expected, "{format} {from:?} {to:?} {kernel:?} {level}");
                }
            }
        }
    }
}

#[test]
fn white_is_one_and_black_is_zero() {
    for (luma, expected) in [(16, 0.0), (235, 1.0), (255, 1.0), (0, 0.0)] {
        let planes: Vec<_> = [luma, 128, 128].map(|value| Plane::new(vec![value; 64], 8)).into();
        let mut plan =
            TensorPlan::new(spec(PixelFormat::Yuv444p, (8, 8)), (3, 5), TensorOptions::default())
                .expect("fine");
        let mut out = vec![f32::NAN; plan.len()];
        plan.run(Picture { planes: &planes }, &mut out).expect("fits");
        assert!(out.iter().all(|value| (value - expected).abs() < 1e-6), "{luma}: {out:?}");
    }
}

#[test]
fn a_part_is_a_picture_of_its_own() {
    use PixelFormat as P;
    for format in [P::Yuv420p, P::Nv12, P::Rgb24, P::Yuyv422] {
        let (left, top, width, height) = (12, 6, 40, 22);
        let whole = planes(format, (97, 55));
        let part: Vec<_> = (whole.iter().zip(format.planes()))
            .map(|(plane, layout)| {
                let start = layout.row_bytes(left);
                let top = (top >> layout.shift_y) as usize;
                let rows = plane.data().chunks(plane.stride()).skip(top);
                let row = layout.row_bytes(width);
                let rows = rows.take(layout.height(height) as usize);
                Plane::new(
                    rows.flat_map(|line| line[start..start + row].to_vec()).collect::<Vec<_>>(),
                    row,
                )
            })
            .collect();
        let options = TensorOptions::default();
        let mut plan =
            TensorPlan::new(spec(format, (width, height)), (15, 9), options).expect("fine");
        let mut expected = vec![0.0; plan.len()];
        plan.run(Picture { planes: &part }, &mut expected).expect("fits");
        let cropped = options.crop([left, top, width, height]);
        let mut plan = TensorPlan::new(spec(format, (97, 55)), (15, 9), cropped).expect("fine");
        let mut found = vec![0.0; plan.len()];
        plan.run(Picture { planes: &whole }, &mut found).expect("fits");
        assert_eq!(found, expected, "{format}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let source = spec(PixelFormat::Yuv420p, (16, 16));
    let refused = |source, size, options| {
        assert!(matches!(TensorPlan::new(source, size, options), Err(Error::Usage(_))));
    };
    let options = TensorOptions::default();
    refused(source, (0, 4), options);
    refused(spec(PixelFormat::Yuv420p, (0, 16)), (4, 4), options);
    refused(source, (4, 4), options.normalize(MEAN, [1.0, 0.0, 1.0]));
    refused(source, (4, 4), options.crop([0, 0, 17, 16]));
    refused(source, (4, 4), options.crop([u32::MAX, 0, 2, 2]));
    refused(source, (4, 4), options.crop([1, 0, 4, 4]));
    refused(source, (4, 4), options.crop([0, 0, 0, 4]));
    let mut plan = TensorPlan::new(source, (4, 4), options).expect("fine");
    let planes = planes(PixelFormat::Yuv420p, (16, 16));
    for length in [0, 47, 49] {
        let mut out = vec![0.0; length];
        assert!(plan.run(Picture { planes: &planes }, &mut out).is_err());
    }
    assert!(plan.run(Picture { planes: &planes[..2] }, &mut [0.0; 48]).is_err());
}
