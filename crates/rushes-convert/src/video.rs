//! Pictures from one format, size and colour to another.

use std::ops::Range;
use std::thread;

use rushes_core::{ColorInfo, ColorRange, Error, PixelFormat, Plane, PlaneMut, Result, VideoFrame};

use crate::color::Conversion;
use crate::plane::{self, Layout, PLANES, Source, Target, zeroed};
use crate::scale::{Scaler, Sizes};
use rushes_simd::Level;

/// Format, size and colour of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureSpec {
    /// Memory layout.
    pub format: PixelFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What the values mean. An unspecified matrix is BT.601; an unspecified range is limited for YUV, full for RGB and gray of RGB.
    pub color: ColorInfo,
}

/// A picture to read: borrowed planes.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The planes of the source format.
    pub planes: &'a [Plane],
}

/// A picture to write: borrowed planes of caller-owned memory.
#[derive(Debug)]
pub struct PictureMut<'a, 'b> {
    /// The planes of the destination format, in its order.
    pub planes: &'a mut [PlaneMut<'b>],
}

/// How to scale.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ScaleKernel {
    /// The nearest sample.
    Nearest,
    /// Linear between two; widened on the way down, so that nothing aliases.
    Bilinear,
    /// Catmull-Rom cubic; widened on the way down. The default.
    #[default]
    Bicubic,
    /// Average over the area.
    Area,
    /// Lanczos with three lobes; widened on the way down.
    Lanczos3,
}

/// What chroma is between its samples, where it has fewer than the target: RGB, or YUV 4:4:4, of the same size.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChromaUpsampling {
    /// Each sample is repeated. The default.
    #[default]
    Nearest,
    /// Linear between two, from where they lie: [`ColorInfo::chroma_location`], left where unspecified. Chroma of a quarter
    /// of the width is repeated.
    Bilinear,
}

/// How to convert.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct VideoOptions {
    /// How to scale. Default: bicubic.
    pub kernel: ScaleKernel,
    /// What chroma is between its samples. Default: nearest.
    pub chroma: ChromaUpsampling,
    /// Which vector instructions to use. Default: the best that the machine has and `RUSHES_CPU` allows.
    pub level: Option<Level>,
    /// In how many bands, each with a thread of its own, pictures are converted; results are the same. One thread does
    /// not allocate; others are started for each picture. Default: 0, which is one thread.
    pub threads: usize,
    /// Scale colours as they are where there is alpha, and not in proportion to it: colours of transparent pixels then
    /// show in those beside them. YUV with alpha is always scaled so. Default: false.
    pub straight_alpha: bool,
}

impl VideoOptions {
    /// Sets how to scale.
    #[must_use]
    pub const fn kernel(mut self, kernel: ScaleKernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Sets what chroma is between its samples.
    #[must_use]
    pub const fn chroma(mut self, chroma: ChromaUpsampling) -> Self {
        self.chroma = chroma;
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

    /// Sets whether colours are scaled without regard to alpha.
    #[must_use]
    pub const fn straight_alpha(mut self, straight: bool) -> Self {
        self.straight_alpha = straight;
        self
    }
}

/// The longest side of a picture.
const MAX_SIDE: u32 = 1 << 17;

/// Bands, and what is scaled before its colour is converted, come in multiples of so many rows.
const ROWS: usize = 16;

/// A conversion, planned once for pictures of one format and size.
#[derive(Debug)]
pub struct VideoPlan {
    source: PictureSpec,
    target: PictureSpec,
    /// One for each band of so many rows.
    workers: Vec<Worker>,
    rows: usize,
}

/// What one thread needs.
#[derive(Clone, Debug)]
struct Worker {
    scaling: Option<Scaling>,
    conversion: Option<Conversion>,
}

/// A change of size, and some rows of the picture between it and the conversion of colour.
#[derive(Clone, Debug)]
struct Scaling {
    scaler: Scaler,
    /// Bytes and stride of the planes.
    picture: [(Vec<u8>, usize); PLANES],
}

impl Worker {
    /// Converts these rows; the planes of the target begin with the first of them.
    fn run(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        format: PixelFormat,
        rows: Range<usize>,
    ) {
        let Some(Scaling { scaler, picture }) = &mut self.scaling else {
            if let Some(conversion) = &mut self.conversion {
                conversion.run_rows(source, target, rows);
            }
            return;
        };
        scaler.restart();
        let Some(conversion) = &mut self.conversion else {
            return scaler.run(source, target, rows);
        };
        for start in rows.clone().step_by(ROWS) {
            let end = rows.end.min(start + ROWS);
            let mut middle =
                picture.each_mut().map(|(data, stride)| PlaneMut { data, stride: *stride });
            scaler.run(source, &mut middle, start..end);
            let middle = picture.each_ref().map(|(data, stride)| (data.as_slice(), *stride));
            let mut target = plane::target_below(target, format, start - rows.start);
            conversion.run_rows(&Source::from_planes(middle), &mut target, 0..end - start);
        }
    }
}

impl VideoPlan {
    /// Plans a conversion.
    ///
    /// Where the target's colour is unspecified, YUV from YUV and RGB from RGB keep the source's matrix and range. Chroma
    /// is repeated where the target has more of it (but see [`ChromaUpsampling`]), averaged where it has less. Gray is luma at full range, unless its
    /// range is specified.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a pair of formats that is not implemented; [`Error::Usage`] for an empty picture, or a
    /// value of `RUSHES_CPU` that names no level.
    pub fn new(source: PictureSpec, target: PictureSpec, options: VideoOptions) -> Result<Self> {
        check_size(&source)?;
        check_size(&target)?;
        let level = options.level.map_or_else(Level::detect, Ok)?;
        let (from, to) = (Layout::of(source.format)?, Layout::of(target.format)?);
        let source_size = (source.width as usize, source.height as usize);
        let size = (target.width as usize, target.height as usize);
        if source_size == size {
            let plan = match options.chroma {
                ChromaUpsampling::Nearest => Conversion::new,
                ChromaUpsampling::Bilinear => Conversion::bilinear,
            };
            let conversion = plan((from, source.color), (to, target.color), size, level)?;
            let worker = Worker { scaling: None, conversion: Some(conversion) };
            return Ok(Self::with(source, target, worker, options));
        }
        // The colour stays as it is between the two steps; chroma gets the size that the target wants.
        let (shift_x, shift_y) = to.chroma_shift();
        let middle = from.planar(shift_x, shift_y);
        let conversion = Conversion::new((middle, source.color), (to, target.color), size, level)?;
        let direct = conversion.is_identity();
        let scaled = if direct { to } else { middle };
        let sizes = Sizes {
            from: (from, source_size),
            to: (scaled, size),
            location: source.color.chroma_location,
            premultiply: !options.straight_alpha,
        };
        let scaler = Scaler::new(options.kernel, &sizes, level);
        let mut picture: [(Vec<u8>, usize); PLANES] = Default::default();
        if !direct {
            for component in middle.components() {
                let stride = component.width(size.0) * middle.bytes;
                let bytes = stride.saturating_mul(component.height(size.1.min(ROWS)));
                picture[component.plane] = (zeroed(bytes)?, stride);
            }
        }
        let worker = Worker {
            scaling: Some(Scaling { scaler, picture }),
            conversion: (!direct).then_some(conversion),
        };
        Ok(Self::with(source, target, worker, options))
    }

    fn with(
        source: PictureSpec,
        target: PictureSpec,
        worker: Worker,
        options: VideoOptions,
    ) -> Self {
        let height = target.height as usize;
        let rows = height.div_ceil(options.threads.max(1)).next_multiple_of(ROWS);
        let workers = vec![worker; height.div_ceil(rows)];
        Self { source, target, workers, rows }
    }

    /// What comes in.
    #[must_use]
    pub const fn source(&self) -> &PictureSpec {
        &self.source
    }

    /// What comes out.
    #[must_use]
    pub const fn target(&self) -> &PictureSpec {
        &self.target
    }

    /// Converts one picture. Bytes between the rows stay as they are.
    ///
    /// # Errors
    /// [`Error::Usage`] if a picture does not fit the plan.
    pub fn run(&mut self, source: Picture<'_>, target: PictureMut<'_, '_>) -> Result<()> {
        let PictureSpec { format, width, height, .. } = self.source;
        let source = Source::new(source.planes, format, width, height)?;
        let PictureSpec { format, width, height, .. } = self.target;
        let mut target = plane::target(target.planes, format, width, height)?;
        let height = height as usize;
        if let [worker] = self.workers.as_mut_slice() {
            worker.run(&source, &mut target, format, 0..height);
            return Ok(());
        }
        let rows = self.rows;
        thread::scope(|scope| {
            let starts = (0..height).step_by(rows);
            let bands = self.workers.iter_mut().zip(plane::bands(target, format, rows)).zip(starts);
            for ((worker, mut band), start) in bands {
                let mut work = move || {
                    worker.run(&source, &mut band, format, start..height.min(start + rows));
                };
                // The last band is this thread's.
                if start + rows < height {
                    scope.spawn(work);
                } else {
                    work();
                }
            }
        });
        Ok(())
    }

    /// Converts a frame into a new one, times and all. The new frame says of its colour what the plan's target does, and
    /// what the frame does where the target leaves it open.
    ///
    /// # Errors
    /// As for [`run`](Self::run); a frame in device memory is a usage error.
    pub fn convert(&mut self, frame: &VideoFrame) -> Result<VideoFrame> {
        let PictureSpec { format, width, height, .. } = self.source;
        if (frame.format, frame.width, frame.height) != (format, width, height) {
            return Err(Error::usage(format!(
                "a {}x{} {} frame for a plan of {width}x{height} {format}",
                frame.width, frame.height, frame.format
            )));
        }
        let Some(planes) = frame.planes() else {
            return Err(Error::usage("a frame in device memory; download it first"));
        };
        let PictureSpec { format, width, height, .. } = self.target;
        let mut rows: [Vec<u8>; PLANES] = Default::default();
        for (row, layout) in rows.iter_mut().zip(format.planes()) {
            *row = zeroed(layout.row_bytes(width).saturating_mul(layout.height(height) as usize))?;
        }
        let strides = format.planes().iter().map(|layout| layout.row_bytes(width));
        let mut views: Vec<_> = (rows.iter_mut())
            .zip(strides.clone())
            .map(|(data, stride)| PlaneMut { data, stride })
            .collect();
        self.run(Picture { planes }, PictureMut { planes: &mut views })?;
        let planes = rows.into_iter().zip(strides).map(|(data, stride)| Plane::new(data, stride));
        let mut converted = VideoFrame::new(format, width, height, planes.collect())?;
        converted.color = self.color_of(frame);
        converted.sample_aspect = frame.sample_aspect;
        converted.rotation = frame.rotation;
        converted.pts = frame.pts;
        converted.duration = frame.duration;
        converted.key = frame.key;
        Ok(converted)
    }

    fn color_of(&self, frame: &VideoFrame) -> ColorInfo {
        let was_rgb = self.source.format.is_rgb();
        let is_rgb = self.target.format.is_rgb();
        let mut inherited = frame.color;
        if was_rgb != is_rgb || self.source.format.is_gray() != self.target.format.is_gray() {
            // Matrix, range and siting are the layout's; primaries and transfer are the picture's.
            inherited = ColorInfo::default();
            inherited.primaries = frame.color.primaries;
            inherited.transfer = frame.color.transfer;
            inherited.range = if is_rgb || self.target.format.is_gray() {
                ColorRange::Full
            } else {
                ColorRange::Limited
            };
        }
        self.target.color.or(inherited)
    }
}

pub(crate) fn check_size(spec: &PictureSpec) -> Result<()> {
    let PictureSpec { width, height, .. } = *spec;
    if width == 0 || height == 0 {
        return Err(Error::usage(format!("a picture of {width}x{height} is empty")));
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        let supported = format!("sides up to {MAX_SIDE}");
        return Err(Error::unsupported(format!("a picture of {width}x{height}"), supported));
    }
    Ok(())
}
