//! A picture in bands is the picture.

use rushes_core::{ColorInfo, ColorRange, MatrixCoefficients, PixelFormat, PlaneMut};
use rushes_simd::{Level, each_level};

use super::Conversion;
use crate::plane::{Layout, PLANES, Source};

/// Noise in the planes of a format.
fn picture(format: PixelFormat, (width, height): (u32, u32)) -> Vec<(Vec<u8>, usize)> {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let layouts = format.planes().iter();
    layouts
        .map(|layout| {
            let stride = layout.row_bytes(width) + 5;
            ((0..stride * layout.height(height) as usize).map(|_| next()).collect(), stride)
        })
        .collect()
}

fn bands(level: Level) {
    let (width, height) = (37_u32, 19_u32);
    let yuv = ColorInfo::new(MatrixCoefficients::Bt709, ColorRange::Limited);
    for from in PixelFormat::ALL {
        let source = picture(from, (width, height));
        let mut planes = source.iter().map(|(data, stride)| (data.as_slice(), *stride));
        let source = Source::from_planes([(); PLANES].map(|()| planes.next().unwrap_or((&[], 0))));
        for to in PixelFormat::ALL {
            let layouts = [from, to].map(|format| Layout::of(format).expect("a layout"));
            let size = (width as usize, height as usize);
            for new in [Conversion::new, Conversion::bilinear] {
                let mut plan =
                    new((layouts[0], yuv), (layouts[1], yuv), size, level).expect("a pair");
                let mut convert = |band: usize| {
                    let mut out = picture(to, (width, height));
                    let mut clone = plan.clone();
                    for start in (0..size.1).step_by(band) {
                        let mut views =
                            out.iter_mut().zip(to.planes()).map(|((data, stride), layout)| {
                                let data = &mut data[(start >> layout.shift_y) * *stride..];
                                PlaneMut { data, stride: *stride }
                            });
                        let mut target = [(); PLANES].map(|()| {
                            views.next().unwrap_or(PlaneMut { data: &mut [], stride: 0 })
                        });
                        let rows = start..(start + band).min(size.1);
                        let plan = if start % 8 == 0 { &mut plan } else { &mut clone };
                        plan.run_rows(&source, &mut target, rows);
                    }
                    out
                };
                let whole = convert(20);
                assert!(whole == convert(4) && whole == convert(8), "{from} to {to}");
            }
        }
    }
}

each_level!(bands);
