//! Where the samples of a picture lie: every pixel format as a list of components.

use rushes_core::{Error, PixelFormat, Plane, PlaneMut, Result};

/// Planes of a format, at the most.
pub(crate) const PLANES: usize = 4;

/// What the components are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Model {
    /// Luma.
    Gray,
    /// Luma, blue and red difference.
    Yuv,
    /// Red, green and blue, in this order whatever the order in memory.
    Rgb,
}

/// Where one component lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Component {
    /// Which plane.
    pub(crate) plane: usize,
    /// Bytes from the start of a row to the first sample.
    pub(crate) offset: usize,
    /// Bytes from one sample to the next.
    pub(crate) step: usize,
    /// log2 of the horizontal subsampling.
    pub(crate) shift_x: u32,
    /// log2 of the vertical subsampling.
    pub(crate) shift_y: u32,
}

impl Component {
    const fn new(plane: usize, offset: usize, step: usize) -> Self {
        Self { plane, offset, step, shift_x: 0, shift_y: 0 }
    }

    const fn shifted(self, shift_x: u32, shift_y: u32) -> Self {
        Self { shift_x, shift_y, ..self }
    }

    /// Samples in a row of a picture of `width`.
    pub(crate) const fn width(&self, width: usize) -> usize {
        width.div_ceil(1 << self.shift_x)
    }

    /// Rows of a picture of `height`.
    pub(crate) const fn height(&self, height: usize) -> usize {
        height.div_ceil(1 << self.shift_y)
    }
}

/// Where all components lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Layout {
    /// What they are.
    pub(crate) model: Model,
    /// Significant bits of a sample.
    pub(crate) depth: u32,
    /// Bits that a sample is shifted to the left by in memory.
    pub(crate) align: u32,
    /// Bytes of a sample: 1 or 2.
    pub(crate) bytes: usize,
    /// Components without alpha: 1 or 3.
    pub(crate) colors: usize,
    /// The fourth component is alpha.
    pub(crate) alpha: bool,
    components: [Component; PLANES],
}

impl Layout {
    /// The layout of a format.
    pub(crate) fn of(format: PixelFormat) -> Result<Self> {
        use PixelFormat as P;
        let depth = format.bit_depth();
        let bytes = if depth > 8 { 2 } else { 1 };
        let planes = format.planes();
        let chroma = planes.get(1).copied().unwrap_or(planes[0]);
        let (shift_x, shift_y) = (chroma.shift_x, chroma.shift_y);
        let packed = |order: [usize; PLANES], pixel: usize| {
            order.map(|place| Component::new(0, place * bytes, pixel * bytes))
        };
        let planar = |order: [usize; PLANES]| order.map(|plane| Component::new(plane, 0, bytes));
        let components = match format {
            P::Gray8 | P::Gray10 | P::Gray12 | P::Gray16 => planar([0; PLANES]),
            P::Rgb24 | P::Rgb48 => packed([0, 1, 2, 2], 3),
            P::Bgr24 => packed([2, 1, 0, 0], 3),
            P::Rgba | P::Rgba64 => packed([0, 1, 2, 3], 4),
            P::Bgra => packed([2, 1, 0, 3], 4),
            P::Argb => packed([1, 2, 3, 0], 4),
            P::Gbrp | P::Gbrp10 | P::Gbrp12 | P::Gbrp16 => planar([2, 0, 1, 1]),
            P::Nv12 | P::Nv21 | P::P010 | P::P016 => {
                let first = usize::from(format == P::Nv21);
                let chroma = |place: usize| {
                    Component::new(1, place * bytes, 2 * bytes).shifted(shift_x, shift_y)
                };
                [Component::new(0, 0, bytes), chroma(first), chroma(1 - first), chroma(0)]
            }
            P::Yuyv422 | P::Uyvy422 => {
                let luma = usize::from(format == P::Uyvy422);
                let chroma = |place: usize| Component::new(0, place, 4).shifted(1, 0);
                [Component::new(0, luma, 2), chroma(1 - luma), chroma(3 - luma), chroma(1)]
            }
            _ if planes.len() >= 3 => {
                let mut components = planar([0, 1, 2, 3]);
                for component in &mut components[1..3] {
                    *component = component.shifted(shift_x, shift_y);
                }
                components
            }
            _ => return Err(Error::unsupported(format!("pixel format {format}"), "")),
        };
        let model = match format {
            _ if format.is_gray() => Model::Gray,
            _ if format.is_rgb() => Model::Rgb,
            _ => Model::Yuv,
        };
        Ok(Self {
            model,
            depth,
            align: format.alignment(),
            bytes,
            colors: if model == Model::Gray { 1 } else { 3 },
            alpha: format.channels() == 4,
            components,
        })
    }

    /// The same components, one plane each, with this subsampling of chroma.
    pub(crate) fn planar(&self, shift_x: u32, shift_y: u32) -> Self {
        let mut components = [0, 1, 2, 3].map(|plane| Component::new(plane, 0, self.bytes));
        if self.model == Model::Yuv {
            for component in &mut components[1..3] {
                *component = component.shifted(shift_x, shift_y);
            }
        }
        Self { align: 0, components, ..*self }
    }

    /// The components of colour, then alpha.
    pub(crate) fn components(&self) -> &[Component] {
        &self.components[..self.colors + usize::from(self.alpha)]
    }

    /// One component of colour; the last one where there are fewer.
    pub(crate) const fn color(&self, index: usize) -> Component {
        self.components[if index < self.colors { index } else { self.colors - 1 }]
    }

    /// Bytes of a pixel, and the places of red, green and blue in it, where these are of one byte each and side by side.
    pub(crate) fn pixel_bytes(&self) -> Option<(usize, [usize; 3])> {
        let [first, second, third, _] = self.components;
        let packed = self.model == Model::Rgb && self.bytes == 1 && first.step > 1;
        packed.then_some((first.step, [first.offset, second.offset, third.offset]))
    }

    /// Alpha, where there is any.
    pub(crate) fn alpha(&self) -> Option<Component> {
        self.alpha.then_some(self.components[3])
    }

    /// Subsampling of the chroma planes; none for the other models.
    pub(crate) const fn chroma_shift(&self) -> (u32, u32) {
        match self.model {
            Model::Yuv => (self.components[1].shift_x, self.components[1].shift_y),
            Model::Gray | Model::Rgb => (0, 0),
        }
    }

    /// The highest sample value.
    pub(crate) const fn max(&self) -> u16 {
        u16::MAX >> (16 - self.depth)
    }
}

/// Planes to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    planes: [(&'a [u8], usize); PLANES],
}

impl<'a> Source<'a> {
    /// The planes of a picture, checked against its format.
    pub(crate) fn new(
        planes: &'a [Plane],
        format: PixelFormat,
        width: u32,
        height: u32,
    ) -> Result<Self> {
        check(
            format,
            width,
            height,
            planes.iter().map(|plane| (plane.data().len(), plane.stride())),
        )?;
        let mut list = planes.iter();
        Ok(Self {
            planes: [(); PLANES]
                .map(|()| list.next().map_or((&[][..], 0), |plane| (plane.data(), plane.stride()))),
        })
    }

    /// Planes that are known to be large enough.
    pub(crate) const fn from_planes(planes: [(&'a [u8], usize); PLANES]) -> Self {
        Self { planes }
    }

    /// The picture from row `y` on, which is a multiple of what the layout subsamples by.
    pub(crate) fn below(mut self, layout: &Layout, y: usize) -> Self {
        for (index, component) in layout.components().iter().enumerate() {
            let plane = component.plane;
            // Components that share a plane have the same subsampling of rows.
            if layout.components()[..index].iter().all(|earlier| earlier.plane != plane) {
                self.planes[plane].0 = self.row(plane, y >> component.shift_y);
            }
        }
        self
    }

    /// The picture from column `x` on, which is a multiple of what the layout subsamples by.
    pub(crate) fn beside(mut self, layout: &Layout, x: usize) -> Self {
        for (index, component) in layout.components().iter().enumerate() {
            let plane = component.plane;
            if layout.components()[..index].iter().all(|earlier| earlier.plane != plane) {
                let start = (x >> component.shift_x) * component.step;
                self.planes[plane].0 = self.planes[plane].0.get(start..).unwrap_or_default();
            }
        }
        self
    }

    /// Bytes from one row of a plane to the next.
    pub(crate) const fn stride(&self, plane: usize) -> usize {
        self.planes[plane].1
    }

    /// Row `y` of a plane, to the end of the plane; empty outside.
    pub(crate) fn row(&self, plane: usize, y: usize) -> &'a [u8] {
        let (data, stride) = self.planes[plane];
        data.get(y.saturating_mul(stride)..).unwrap_or_default()
    }
}

/// Planes to write.
pub(crate) type Target<'a> = [PlaneMut<'a>; PLANES];

/// The planes of a picture, checked against its format.
pub(crate) fn target<'a>(
    planes: &'a mut [PlaneMut<'_>],
    format: PixelFormat,
    width: u32,
    height: u32,
) -> Result<Target<'a>> {
    check(format, width, height, planes.iter().map(|plane| (plane.data.len(), plane.stride)))?;
    let mut list = planes.iter_mut();
    Ok([(); PLANES].map(|()| match list.next() {
        Some(plane) => PlaneMut { data: &mut *plane.data, stride: plane.stride },
        None => PlaneMut { data: &mut [], stride: 0 },
    }))
}

/// The planes from row `y` on, which is a multiple of what the format subsamples by.
pub(crate) fn target_below<'a>(
    target: &'a mut Target<'_>,
    format: PixelFormat,
    y: usize,
) -> Target<'a> {
    let mut layouts = format.planes().iter();
    target.each_mut().map(|plane| {
        let row = layouts.next().map_or(0, |layout| y >> layout.shift_y);
        let stride = plane.stride;
        PlaneMut { data: row_mut(plane, row), stride }
    })
}

/// The planes of each band of `rows` rows, a multiple of what the format subsamples by; the last one has what is left.
pub(crate) fn bands<'a>(
    target: Target<'a>,
    format: PixelFormat,
    rows: usize,
) -> impl Iterator<Item = Target<'a>> {
    let mut rest = target;
    std::iter::repeat_with(move || {
        let mut layouts = format.planes().iter();
        rest.each_mut().map(|plane| {
            let rows = layouts.next().map_or(0, |layout| rows >> layout.shift_y);
            let data = std::mem::take(&mut plane.data);
            let bytes = rows.saturating_mul(plane.stride).min(data.len());
            let (band, below) = data.split_at_mut(bytes);
            plane.data = below;
            PlaneMut { data: band, stride: plane.stride }
        })
    })
}

/// Row `y` of a plane, to the end of the plane; empty outside.
pub(crate) fn row_mut<'a>(plane: &'a mut PlaneMut<'_>, y: usize) -> &'a mut [u8] {
    plane.data.get_mut(y.saturating_mul(plane.stride)..).unwrap_or_default()
}

/// Memory, or an error where there is not enough.
pub(crate) fn zeroed(bytes: usize) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    if data.try_reserve_exact(bytes).is_err() {
        let source = std::io::ErrorKind::OutOfMemory.into();
        return Err(Error::io(format!("{bytes} bytes for a picture"), source));
    }
    data.resize(bytes, 0);
    Ok(data)
}

fn check(
    format: PixelFormat,
    width: u32,
    height: u32,
    planes: impl ExactSizeIterator<Item = (usize, usize)>,
) -> Result<()> {
    let layouts = format.planes();
    if planes.len() != layouts.len() {
        let (wanted, given) = (layouts.len(), planes.len());
        return Err(Error::usage(format!("{format} has {wanted} planes, not {given}")));
    }
    for (index, ((bytes, stride), layout)) in planes.zip(layouts).enumerate() {
        let (row, rows) = (layout.row_bytes(width), layout.height(height) as usize);
        let wanted = rows.saturating_sub(1).saturating_mul(stride).saturating_add(row);
        if stride < row || bytes < wanted {
            return Err(Error::usage(format!(
                "plane {index} of a {width}x{height} {format} picture is too small: {bytes} bytes in rows of {stride}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_layout_inside_its_planes() {
        for format in PixelFormat::ALL {
            let layout = Layout::of(format).expect("a layout");
            assert_eq!(layout.components().len(), format.channels(), "{format}");
            for component in layout.components() {
                let plane = format.planes()[component.plane];
                let end =
                    component.offset + (component.width(7) - 1) * component.step + layout.bytes;
                assert!(end <= plane.row_bytes(7), "{format} {component:?}");
                assert_eq!(component.height(7), plane.height(7) as usize, "{format}");
            }
        }
    }

    #[test]
    fn components_do_not_overlap() {
        for format in PixelFormat::ALL {
            let layout = Layout::of(format).expect("a layout");
            let mut places: Vec<_> =
                layout.components().iter().map(|c| (c.plane, c.offset)).collect();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), layout.components().len(), "{format}");
        }
    }

    #[test]
    fn planes_that_are_too_small_are_refused() {
        let plane = |bytes: usize, stride: usize| Plane::new(vec![0; bytes], stride);
        for (planes, fine) in [
            (vec![plane(11, 4), plane(4, 2), plane(4, 2)], true),
            (vec![plane(10, 4), plane(4, 2), plane(4, 2)], false),
            (vec![plane(9, 2), plane(4, 2), plane(4, 2)], false),
            (vec![plane(9, 3), plane(4, 2)], false),
            (vec![plane(9, usize::MAX), plane(4, 2), plane(4, 2)], false),
        ] {
            assert_eq!(Source::new(&planes, PixelFormat::Yuv420p, 3, 3).is_ok(), fine);
        }
    }
}
