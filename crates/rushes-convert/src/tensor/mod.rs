//! Pictures as the arrays that models take: scaled, converted to RGB and normalised in one pass, row by row.

mod pixels;

use std::ops::Range;
use std::thread;

use rushes_core::{ColorInfo, Error, PixelFormat, Result};

use self::pixels::{Pixels, Value};
use crate::color::{Transform, meanings};
use crate::plane::{Layout, Source};
use crate::scale::{Scaler, Sizes};
use crate::video::{self, Picture, PictureSpec, ScaleKernel};
use rushes_simd::Level;

/// The order of an array's axes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TensorLayout {
    /// Channel, row, column: `PyTorch`'s NCHW. The default.
    #[default]
    Chw,
    /// Row, column, channel: NHWC.
    Hwc,
}

/// How to make an array of a picture.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TensorOptions {
    /// How to scale. Default: bilinear, widened on the way down, as in Pillow and with torchvision's `antialias`.
    pub kernel: ScaleKernel,
    /// The order of the axes. Default: channel, row, column.
    pub layout: TensorLayout,
    /// What is subtracted from red, green and blue of 0 to 1. Default: 0.
    pub mean: [f32; 3],
    /// What they are then divided by. Default: 1.
    pub std: [f32; 3],
    /// The part of the picture that is taken: left, top, width and height, the first two multiples of what chroma is
    /// subsampled by. Default: all of it.
    pub crop: Option<[u32; 4]>,
    /// Which vector instructions to use. Default: the best that the machine has and `RUSHES_CPU` allows.
    pub level: Option<Level>,
    /// In how many bands, each with a thread of its own, pictures are converted; results are the same. Default: 1.
    pub threads: usize,
}

impl Default for TensorOptions {
    fn default() -> Self {
        Self {
            kernel: ScaleKernel::Bilinear,
            layout: TensorLayout::default(),
            mean: [0.0; 3],
            std: [1.0; 3],
            crop: None,
            level: None,
            threads: 1,
        }
    }
}

impl TensorOptions {
    /// Sets how to scale.
    #[must_use]
    pub const fn kernel(mut self, kernel: ScaleKernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Sets the order of the axes.
    #[must_use]
    pub const fn layout(mut self, layout: TensorLayout) -> Self {
        self.layout = layout;
        self
    }

    /// Sets what is subtracted from red, green and blue, and what they are then divided by.
    #[must_use]
    pub const fn normalize(mut self, mean: [f32; 3], std: [f32; 3]) -> Self {
        self.mean = mean;
        self.std = std;
        self
    }

    /// Sets the part of the picture that is taken: left, top, width and height.
    #[must_use]
    pub const fn crop(mut self, crop: [u32; 4]) -> Self {
        self.crop = Some(crop);
        self
    }

    /// Sets which vector instructions to use.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Sets how many threads convert a picture; 0 is 1.
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }
}

/// A picture to an array of RGB, planned once for pictures of one format and size.
///
/// Floats are `(value - mean) / std` of red, green and blue from 0 to 1, clipped to that before, and not rounded to 8 bits
/// on the way. Bytes are 0 to 255, without mean and deviation. Chroma is scaled like luma, even at the same size; alpha is
/// dropped; gray is red, green and blue alike.
#[derive(Debug)]
pub struct TensorPlan {
    source: PictureSpec,
    from: Layout,
    size: (usize, usize),
    start: (usize, usize),
    layout: TensorLayout,
    /// One for each band of so many rows.
    workers: Vec<Worker>,
    rows: usize,
}

#[derive(Clone, Debug)]
struct Worker {
    scaler: Scaler,
    pixels: Pixels,
}

impl TensorPlan {
    /// Plans arrays of `width` by `height` pixels. The source's colour is understood as by
    /// [`VideoPlan`](crate::VideoPlan).
    ///
    /// # Errors
    /// [`Error::Usage`] for an empty picture or array, a part that is not inside the picture, and a deviation of zero;
    /// [`Error::Unsupported`] for a matrix without conversion to RGB.
    pub fn new(
        source: PictureSpec,
        (width, height): (u32, u32),
        options: TensorOptions,
    ) -> Result<Self> {
        let rgb =
            PictureSpec { format: PixelFormat::Rgb24, width, height, color: ColorInfo::default() };
        video::check_size(&source)?;
        video::check_size(&rgb)?;
        if options.std.contains(&0.0) {
            return Err(Error::usage("a standard deviation of zero"));
        }
        let level = options.level.map_or_else(Level::detect, Ok)?;
        let mut from = Layout::of(source.format)?;
        from.alpha = false;
        let [left, top, part_width, part_height] = part(&source, &from, options.crop)?;
        let size = (width as usize, height as usize);
        let sizes = Sizes {
            from: (from, (part_width, part_height)),
            to: (from.planar(0, 0), size),
            location: source.color.chroma_location,
            premultiply: false,
        };
        let scaler = Scaler::new(options.kernel, &sizes, level);
        let to = Layout::of(PixelFormat::Rgb24)?;
        let (meaning, rgb) = meanings((from, source.color), (to, ColorInfo::default()));
        let transform = Transform::new((from, meaning), (to, rgb))?;
        let normal = (options.mean, options.std);
        let pixels = Pixels::new(&transform, scaler.unit(), normal, size.0, level);
        let rows = size.1.div_ceil(options.threads.max(1));
        let workers = vec![Worker { scaler, pixels }; size.1.div_ceil(rows)];
        let (layout, start) = (options.layout, (left, top));
        Ok(Self { source, from, size, start, layout, workers, rows })
    }

    /// Values of an array: three times its width times its height.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub const fn len(&self) -> usize {
        3 * self.size.0 * self.size.1
    }

    /// Makes an array of normalised floats.
    ///
    /// # Errors
    /// [`Error::Usage`] if the picture does not fit the plan, or if the array is not of [`len`](Self::len) values.
    pub fn run(&mut self, source: Picture<'_>, out: &mut [f32]) -> Result<()> {
        self.make(source, out)
    }

    /// Makes an array of bytes.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_u8(&mut self, source: Picture<'_>, out: &mut [u8]) -> Result<()> {
        self.make(source, out)
    }

    fn make<T: Value>(&mut self, source: Picture<'_>, out: &mut [T]) -> Result<()> {
        if out.len() != self.len() {
            let (wanted, given) = (self.len(), out.len());
            return Err(Error::usage(format!("an array of {given} values, not {wanted}")));
        }
        let PictureSpec { format, width, height, .. } = self.source;
        let source = Source::new(source.planes, format, width, height)?;
        let source = source.below(&self.from, self.start.1).beside(&self.from, self.start.0);
        let ((width, height), rows, layout) = (self.size, self.rows, self.layout);
        let mut rest = Some(out);
        if layout == TensorLayout::Hwc {
            let bands = rest.take().unwrap_or_default().chunks_mut(3 * width * rows);
            let bands = bands.map(|band| [band, &mut [], &mut []]);
            run_bands(&mut self.workers, &source, bands, (width, height), rows);
            return Ok(());
        }
        let (red, others) = rest.take().unwrap_or_default().split_at_mut(width * height);
        let (green, blue) = others.split_at_mut(width * height);
        let bands = (red.chunks_mut(width * rows).zip(green.chunks_mut(width * rows)))
            .zip(blue.chunks_mut(width * rows))
            .map(|((red, green), blue)| [red, green, blue]);
        run_bands(&mut self.workers, &source, bands, (width, height), rows);
        Ok(())
    }
}

/// Makes each band of an array, the last one in this thread.
fn run_bands<'a, T: Value + 'a>(
    workers: &mut [Worker],
    source: &Source<'_>,
    mut bands: impl Iterator<Item = [&'a mut [T]; 3]>,
    (width, height): (usize, usize),
    rows: usize,
) {
    if let [worker] = workers {
        if let Some(band) = bands.next() {
            worker.run(source, band, width, 0..height);
        }
        return;
    }
    thread::scope(|scope| {
        for ((worker, band), start) in workers.iter_mut().zip(bands).zip((0..height).step_by(rows))
        {
            let work = move || worker.run(source, band, width, start..height.min(start + rows));
            if start + rows < height {
                scope.spawn(work);
            } else {
                work();
            }
        }
    });
}

impl Worker {
    /// Makes these rows; the slices begin with the first of them.
    fn run<T: Value>(
        &mut self,
        source: &Source<'_>,
        mut out: [&mut [T]; 3],
        width: usize,
        rows: Range<usize>,
    ) {
        let Self { scaler, pixels } = self;
        let first = rows.start;
        scaler.restart();
        scaler.rows(source, rows, |y, rows| {
            let row = (y - first) * width;
            let planar = !out[1].is_empty();
            let [a, b, c] = &mut out;
            if planar {
                let out = [a, b, c].map(|plane| &mut plane[row..row + width]);
                T::planes(pixels, &rows, out);
            } else {
                T::triplets(pixels, &rows, &mut a[3 * row..][..3 * width]);
            }
        });
    }
}

/// The part of the picture that is taken.
fn part(source: &PictureSpec, layout: &Layout, crop: Option<[u32; 4]>) -> Result<[usize; 4]> {
    let [left, top, width, height] = crop.unwrap_or([0, 0, source.width, source.height]);
    let inside = |start: u32, size: u32, whole: u32| {
        size > 0 && start.checked_add(size).is_some_and(|end| end <= whole)
    };
    if !inside(left, width, source.width) || !inside(top, height, source.height) {
        return Err(Error::usage(format!(
            "{width}x{height} from {left},{top} on is not inside a picture of {}x{}",
            source.width, source.height
        )));
    }
    let (shift_x, shift_y) = layout.chroma_shift();
    if left % (1 << shift_x) > 0 || top % (1 << shift_y) > 0 {
        return Err(Error::usage(format!(
            "a part from {left},{top} on, between samples of chroma; multiples of {},{} are not",
            1 << shift_x,
            1 << shift_y
        )));
    }
    Ok([left, top, width, height].map(|value| value as usize))
}
