//! Changes of size, and arrays of scaled pictures.

use rushes_convert::{
    Picture, PictureMut, PictureSpec, ScaleKernel, TensorOptions, TensorPlan, VideoOptions,
    VideoPlan,
};
use rushes_core::{ColorInfo, PixelFormat, Plane, PlaneMut, Result};

use crate::noise;

/// A change of size that is measured.
#[derive(Clone, Copy, Debug)]
pub struct ScaleCase {
    /// What comes in, and what goes out.
    pub format: PixelFormat,
    /// Width and height before.
    pub from: (u32, u32),
    /// Width and height after.
    pub to: (u32, u32),
    /// How it is scaled.
    pub kernel: ScaleKernel,
    /// An array of normalised floats goes out instead.
    pub tensor: bool,
}

/// Changes of size that are measured, and compared with others.
pub fn scale_cases() -> impl Iterator<Item = ScaleCase> {
    use PixelFormat as P;
    const KERNELS: [ScaleKernel; 2] = [ScaleKernel::Bilinear, ScaleKernel::Lanczos3];
    const SIZES: [((u32, u32), (u32, u32)); 4] = [
        ((1920, 1080), (640, 360)),
        ((3840, 2160), (1920, 1080)),
        ((640, 360), (1920, 1080)),
        ((640, 360), (320, 180)),
    ];
    let formats = [P::Gray8, P::Rgb24, P::Rgba, P::Yuv420p, P::Gray16, P::Yuv420p10];
    let scaled = KERNELS.into_iter().flat_map(move |kernel| {
        formats.into_iter().flat_map(move |format| {
            SIZES.map(|(from, to)| ScaleCase { format, from, to, kernel, tensor: false })
        })
    });
    let arrays = KERNELS.into_iter().flat_map(|kernel| {
        [P::Yuv420p, P::Nv12].into_iter().flat_map(move |format| {
            [(640, 360), (1920, 1080), (3840, 2160)].map(|from| ScaleCase {
                format,
                from,
                to: (224, 224),
                kernel,
                tensor: true,
            })
        })
    });
    scaled.chain(arrays)
}

impl std::fmt::Display for ScaleCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.tensor { "tensor" } else { "scale" };
        let kernel = if self.kernel == ScaleKernel::Lanczos3 { "lanczos" } else { "bilinear" };
        let ((from_width, from_height), (width, height)) = (self.from, self.to);
        let format = self.format;
        write!(f, "{what} {format} {from_width}x{from_height} to {width}x{height} {kernel}")
    }
}

/// Buffers and plan of a change of size.
#[derive(Debug)]
pub struct ScaleRun {
    work: Work,
    source: Vec<Plane>,
    bytes: usize,
}

#[derive(Debug)]
enum Work {
    Picture(VideoPlan, Vec<(Vec<u8>, usize)>),
    Array(TensorPlan, Vec<f32>),
}

impl ScaleRun {
    /// Makes the buffers and the plan.
    ///
    /// # Errors
    /// As for [`VideoPlan::new`].
    pub fn new(case: ScaleCase) -> Result<Self> {
        let ScaleCase { format, from, to, kernel, .. } = case;
        let spec =
            |(width, height)| PictureSpec { format, width, height, color: ColorInfo::default() };
        let source: Vec<_> = (format.planes().iter())
            .map(|layout| {
                let stride = layout.row_bytes(from.0);
                let bytes = stride * layout.height(from.1) as usize;
                Plane::new(noise(bytes, format.bit_depth(), format.alignment()), stride)
            })
            .collect();
        let mut bytes = source.iter().map(|plane| plane.data().len()).sum::<usize>();
        let work = if case.tensor {
            let options = TensorOptions::default()
                .kernel(kernel)
                .normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
            let plan = TensorPlan::new(spec(from), to, options)?;
            let out = vec![0.0; plan.len()];
            bytes += 4 * out.len();
            Work::Array(plan, out)
        } else {
            let plan =
                VideoPlan::new(spec(from), spec(to), VideoOptions::default().kernel(kernel))?;
            let out: Vec<_> = (format.planes().iter())
                .map(|layout| {
                    let stride = layout.row_bytes(to.0);
                    (vec![0; stride * layout.height(to.1) as usize], stride)
                })
                .collect();
            bytes += out.iter().map(|(data, _)| data.len()).sum::<usize>();
            Work::Picture(plan, out)
        };
        Ok(Self { work, source, bytes })
    }

    /// Scales the picture once.
    ///
    /// # Errors
    /// As for [`VideoPlan::run`].
    pub fn run(&mut self) -> Result<()> {
        let source = Picture { planes: &self.source };
        match &mut self.work {
            Work::Array(plan, out) => plan.run(source, out),
            Work::Picture(plan, out) => {
                let planes =
                    out.iter_mut().map(|(data, stride)| PlaneMut { data, stride: *stride });
                let mut planes: Vec<_> = planes.collect();
                plan.run(source, PictureMut { planes: &mut planes })
            }
        }
    }

    /// Bytes read and written.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}
