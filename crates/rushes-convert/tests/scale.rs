//! What scaling does to pictures that one can work out by hand.

use std::slice::from_ref;

use rushes_convert::{Picture, PictureMut, PictureSpec, ScaleKernel, VideoOptions, VideoPlan};
use rushes_core::{ColorInfo, PixelFormat, Plane, PlaneMut};

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
    let spec = |width, height| PictureSpec { format, width, height, color: ColorInfo::default() };
    let options = VideoOptions::default().kernel(kernel);
    let mut plan = VideoPlan::new(spec(width, height), spec(new_width, new_height), options)
        .expect("can be planned");
    let planes: Vec<_> = (planes.iter().zip(format.planes()))
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
