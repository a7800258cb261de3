//! Times the `fast_image_resize` crate on the changes of size of `rushes_benches`: the same lines as its `convert` prints.
//!
//! It knows no planar formats: their planes are pictures of their own to it.

use std::error::Error;
use std::io::{self, Read, Write};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use rushes_benches::{ScaleCase, median, noise, scale_cases};
use rushes_convert::ScaleKernel;
use rushes_core::PixelFormat as P;

fn main() -> Result<(), Box<dyn Error>> {
    let mut names = String::new();
    io::stdin().read_to_string(&mut names)?;
    let mut out = io::stdout().lock();
    writeln!(out, "# fast_image_resize 6.1.0")?;
    for case in scale_cases().filter(|case| names.lines().any(|name| name == case.to_string())) {
        if !case.tensor {
            writeln!(out, "{case}\t{}\t0", time(case)?)?;
        }
    }
    Ok(())
}

/// A plane before and after.
struct Plane {
    from: (u32, u32),
    to: (u32, u32),
    kind: PixelType,
    source: Vec<u8>,
    target: Vec<u8>,
}

/// The median time of a case.
fn time(case: ScaleCase) -> Result<u128, Box<dyn Error>> {
    let kernel = match case.kernel {
        ScaleKernel::Lanczos3 => FilterType::Lanczos3,
        _ => FilterType::Bilinear,
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(kernel));
    let (format, from, to) = (case.format, case.from, case.to);
    let mut planes: Vec<_> = (format.planes().iter())
        .map(|layout| {
            let bytes = |(width, height)| layout.row_bytes(width) * layout.height(height) as usize;
            Plane {
                from: (layout.width(from.0), layout.height(from.1)),
                to: (layout.width(to.0), layout.height(to.1)),
                kind: match format {
                    P::Rgb24 => PixelType::U8x3,
                    P::Rgba => PixelType::U8x4,
                    _ if format.bit_depth() > 8 => PixelType::U16,
                    _ => PixelType::U8,
                },
                source: noise(bytes(from), format.bit_depth(), format.alignment()),
                target: vec![0; bytes(to)],
            }
        })
        .collect();
    let mut resizer = Resizer::new();
    median(|| {
        for Plane { from, to, kind, source, target } in &mut planes {
            let source = ImageRef::new(from.0, from.1, source, *kind)?;
            let mut target = Image::from_slice_u8(to.0, to.1, target, *kind)?;
            resizer.resize(&source, &mut target, &options)?;
        }
        Ok::<_, Box<dyn Error>>(())
    })
}
