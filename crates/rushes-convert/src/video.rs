//! Pictures from one format, size and colour to another.

use rushes_core::{ColorInfo, Error, PixelFormat, Plane, PlaneMut, Result, VideoFrame};

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

/// How to convert.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct VideoOptions {
    /// How to scale. Default: bicubic.
    pub kernel: ScaleKernel,
}

/// A conversion, planned once for pictures of one format and size.
#[derive(Debug)]
pub struct VideoPlan {
    source: PictureSpec,
    target: PictureSpec,
}

impl VideoPlan {
    /// Plans a conversion.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a pair of formats that is not implemented; [`Error::Usage`] for an empty picture.
    pub fn new(source: PictureSpec, target: PictureSpec, _options: VideoOptions) -> Result<Self> {
        Ok(Self { source, target })
    }

    /// Converts one picture.
    ///
    /// # Errors
    /// [`Error::Usage`] if a picture does not fit the plan.
    pub fn run(&mut self, _source: Picture<'_>, _target: PictureMut<'_, '_>) -> Result<()> {
        Err(Error::unsupported(format!("{} to {}", self.source.format, self.target.format), ""))
    }

    /// Converts a frame into a new one, times and all.
    ///
    /// # Errors
    /// As for [`run`](Self::run); a frame in device memory is a usage error.
    pub fn convert(&mut self, _frame: &VideoFrame) -> Result<VideoFrame> {
        Err(Error::unsupported(format!("{} to {}", self.source.format, self.target.format), ""))
    }
}
