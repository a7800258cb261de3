//! The filters of pictures.

pub(super) mod crop;
mod draw;
pub(super) mod flip;
pub(super) mod format;
pub(super) mod fps;
pub(super) mod pad;
pub(super) mod reverse;
pub(super) mod scale;
pub(super) mod setpts;
pub(super) mod transpose;
pub(super) mod trim;

use std::fmt;

use rushes_core::{ColorInfo, ColorRange, MediaKind, PixelFormat, Ratio, Result, VideoFrame};

use super::chain::{VideoLink, VideoSpec};
use super::registry::{Build, FilterEntry};
use super::stage::{Map, Mapped};
use crate::geometry::is_paired;
use crate::{PictureSpec, ScaleKernel, VideoOptions, VideoPlan};

/// Does nothing.
pub(super) const NULL: FilterEntry = FilterEntry {
    name: "null",
    kind: MediaKind::Video,
    help: "Pass pictures on as they are",
    options: &[],
    places: 0,
    left_out: &[],
    build: Build::Video(|_, _| Ok(())),
};

/// The same by another name: pictures are shared in any case.
pub(super) const COPY: FilterEntry = FilterEntry { name: "copy", ..NULL };

/// An operation on each frame, with a name for debug output.
struct Each<W>(&'static str, W);

impl<W: FnMut(VideoFrame) -> Result<VideoFrame> + Send> Map<VideoFrame> for Each<W> {
    fn map(&mut self, frame: VideoFrame) -> Result<Option<VideoFrame>> {
        (self.1)(frame).map(Some)
    }
}

impl<W> fmt::Debug for Each<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl VideoLink<'_> {
    /// Adds a stage that makes a frame of each.
    fn each(
        &mut self,
        name: &'static str,
        work: impl FnMut(VideoFrame) -> Result<VideoFrame> + Send + 'static,
    ) {
        self.stages.push(Box::new(Mapped::new(Each(name, work))));
    }

    /// Converts pictures, which are taken to be of the colour `source`. An unspecified colour of the target keeps what can be kept.
    fn convert(
        &mut self,
        source: ColorInfo,
        target: PictureSpec,
        kernel: ScaleKernel,
    ) -> Result<()> {
        let VideoSpec { format, width, height, sample_aspect, .. } = self.spec;
        let color = target.color.or(kept_color(format, target.format, source));
        let spec = VideoSpec {
            format: target.format,
            width: target.width,
            height: target.height,
            color,
            sample_aspect: aspect_after(
                sample_aspect,
                (width, height),
                (target.width, target.height),
            ),
            ..self.spec
        };
        if spec == self.spec && source == color {
            return Ok(());
        }
        self.limits.check_picture(target.width, target.height)?;
        let source = PictureSpec { format, width, height, color: source };
        let mut plan = VideoPlan::new(source, target, VideoOptions::default().kernel(kernel))?;
        self.spec = spec;
        self.each("conversion", move |frame| {
            let mut converted = plan.convert(&frame)?;
            (converted.color, converted.sample_aspect) = (spec.color, spec.sample_aspect);
            Ok(converted)
        });
        Ok(())
    }

    /// Converts to another format of the same size.
    fn convert_to(&mut self, format: PixelFormat) -> Result<()> {
        let VideoSpec { width, height, color, .. } = self.spec;
        let target = PictureSpec { format, width, height, color: ColorInfo::default() };
        self.convert(color, target, ScaleKernel::default())
    }

    /// Converts pixels in pairs to planes, for filters that need every pixel on its own.
    fn convert_paired(&mut self) -> Result<()> {
        if is_paired(self.spec.format) { self.convert_to(PixelFormat::Yuv422p) } else { Ok(()) }
    }
}

/// What a conversion between formats keeps of a colour, as [`VideoPlan::convert`] has it.
fn kept_color(from: PixelFormat, to: PixelFormat, color: ColorInfo) -> ColorInfo {
    if from.is_rgb() == to.is_rgb() && from.is_gray() == to.is_gray() {
        return color;
    }
    let mut kept = ColorInfo::default();
    (kept.primaries, kept.transfer) = (color.primaries, color.transfer);
    let full = to.is_rgb() || to.is_gray();
    kept.range = if full { ColorRange::Full } else { ColorRange::Limited };
    kept
}

/// The shape of a pixel after scaling, so that the picture as shown keeps its shape.
fn aspect_after(aspect: Ratio, from: (u32, u32), to: (u32, u32)) -> Ratio {
    let numer = u128::from(aspect.numer()) * u128::from(from.0) * u128::from(to.1);
    let denom = u128::from(aspect.denom()) * u128::from(from.1) * u128::from(to.0);
    let common = gcd(numer, denom).max(1);
    let term = |value: u128| u32::try_from(value / common).ok();
    let ratio = term(numer).zip(term(denom)).and_then(|(numer, denom)| Ratio::new(numer, denom));
    ratio.unwrap_or(aspect)
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
