//! The canvas of an animation: frames cover parts of it, and say what becomes of them.

use rushes_core::{Error, Limits, Plane, Result};

/// A part of a canvas, in pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// What happens to the area of a frame before the next one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Disposal {
    /// It stays.
    Keep,
    /// It gets this colour.
    Fill([u8; 8]),
    /// It becomes what it was before the frame.
    Restore,
}

/// Pixels that frames are drawn on.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    /// Bytes of a pixel, at most 8.
    pixel: usize,
    disposal: Option<(Area, Disposal)>,
    /// The area of the disposal before the frame was drawn on it.
    saved: Vec<u8>,
}

impl Canvas {
    /// A canvas of one colour.
    pub(crate) fn new(
        (width, height): (u32, u32),
        pixel: usize,
        color: [u8; 8],
        limits: &Limits,
    ) -> Result<Self> {
        limits.check_picture(width, height)?;
        limits.check_alloc(u64::from(width) * u64::from(height) * pixel as u64)?;
        let (width, height) = (width as usize, height as usize);
        let mut canvas = Self {
            pixels: vec![0; width * height * pixel],
            width,
            height,
            pixel,
            disposal: None,
            saved: Vec::new(),
        };
        canvas.fill(Area { x: 0, y: 0, width, height }, color);
        Ok(canvas)
    }

    /// Does away with the frame before as it asked for, and gets ready for one in `area`, which must lie inside.
    pub(crate) fn start(&mut self, area: Area, disposal: Disposal) -> Result<()> {
        if area.x + area.width > self.width || area.y + area.height > self.height {
            return Err(Error::malformed("a frame that is not inside of its picture"));
        }
        match self.disposal.take() {
            None | Some((_, Disposal::Keep)) => {}
            Some((area, Disposal::Fill(color))) => self.fill(area, color),
            Some((area, Disposal::Restore)) => {
                let saved = std::mem::take(&mut self.saved);
                let row = (area.width * self.pixel).max(1);
                for (target, saved) in self.rows(area).zip(saved.chunks(row)) {
                    target.copy_from_slice(saved);
                }
            }
        }
        if disposal == Disposal::Restore {
            let mut saved = Vec::with_capacity(area.width * area.height * self.pixel);
            self.rows(area).for_each(|row| saved.extend_from_slice(row));
            self.saved = saved;
        }
        self.disposal = Some((area, disposal));
        Ok(())
    }

    /// The rows of an area.
    pub(crate) fn rows(&mut self, area: Area) -> impl Iterator<Item = &mut [u8]> {
        let columns = area.x * self.pixel..(area.x + area.width) * self.pixel;
        let rows = self.pixels.chunks_mut((self.width * self.pixel).max(1));
        rows.skip(area.y).take(area.height).filter_map(move |row| row.get_mut(columns.clone()))
    }

    fn fill(&mut self, area: Area, color: [u8; 8]) {
        let pixel = self.pixel;
        for row in self.rows(area) {
            for target in row.chunks_exact_mut(pixel) {
                target.iter_mut().zip(color).for_each(|(target, value)| *target = value);
            }
        }
    }

    /// The canvas as it is.
    pub(crate) fn plane(&self) -> Plane {
        Plane::new(self.pixels.clone(), self.width * self.pixel)
    }
}

/// Lays red, green, blue and alpha, of `BYTES` bytes each, over others: PNG, 13.16, and RFC 9649, 2.7.1.1. The result is
/// rounded.
#[cfg(any(feature = "png", feature = "webp"))]
pub(crate) fn blend<const BYTES: usize>(target: &mut [u8], source: &[u8]) {
    let max: u64 = if BYTES == 1 { 255 } else { 65_535 };
    let read = |sample: &[u8]| {
        sample.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte))
    };
    let pixels = target.chunks_exact_mut(4 * BYTES).zip(source.chunks_exact(4 * BYTES));
    for (target, source) in pixels {
        let (front, back) = (read(&source[3 * BYTES..]), read(&target[3 * BYTES..]));
        if front == 0 {
            continue;
        }
        if front == max {
            target.copy_from_slice(source);
            continue;
        }
        let rounded = |value: u64| (value + max / 2) / max;
        let alpha = front + rounded((max - front) * back);
        for (target, source) in
            target.chunks_exact_mut(BYTES).zip(source.chunks_exact(BYTES)).take(3)
        {
            let (old, new) = (read(target), read(source));
            let value = if back == max {
                rounded(front * new + (max - front) * old)
            } else {
                (max * front * new + (max - front) * back * old) / (max * alpha)
            };
            target.copy_from_slice(&value.to_le_bytes()[..BYTES]);
        }
        target[3 * BYTES..].copy_from_slice(&alpha.to_le_bytes()[..BYTES]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_as_they_ask_for() {
        let area = |x: usize, y: usize| Area { x, y, width: 1, height: 1 };
        let mut canvas = Canvas::new((2, 2), 1, [7; 8], &Limits::default()).expect("small");
        let mut draw = |at: Area, value: u8, disposal: Disposal| {
            canvas.start(at, disposal).expect("inside");
            canvas.rows(at).for_each(|row| row.fill(value));
            canvas.plane().data().to_vec()
        };
        assert_eq!(draw(area(0, 0), 1, Disposal::Keep), [1, 7, 7, 7]);
        assert_eq!(draw(area(0, 0), 2, Disposal::Restore), [2, 7, 7, 7]);
        assert_eq!(draw(area(1, 0), 3, Disposal::Fill([9; 8])), [1, 3, 7, 7]);
        assert_eq!(draw(area(0, 1), 4, Disposal::Keep), [1, 9, 4, 7]);
        assert!(canvas.start(area(2, 0), Disposal::Keep).is_err());
    }

    #[cfg(any(feature = "png", feature = "webp"))]
    #[test]
    fn half_transparent_pixels_mix() {
        let check = |under: [u8; 4], over: [u8; 4], expected: [u8; 4]| {
            let mut target = under;
            blend::<1>(&mut target, &over);
            assert_eq!(target, expected);
        };
        check([10, 20, 30, 255], [90, 90, 90, 0], [10, 20, 30, 255]);
        check([10, 20, 30, 255], [90, 80, 70, 255], [90, 80, 70, 255]);
        check([0, 100, 200, 255], [255, 100, 0, 128], [128, 100, 100, 255]);
        check([0, 0, 0, 0], [255, 100, 0, 128], [255, 100, 0, 128]);
        let mut target = [0, 0, 0, 0, 0, 0, 0xff, 0xff];
        blend::<2>(&mut target, &[0xff, 0xff, 0, 0, 0, 0, 0, 0x80]);
        assert_eq!(target, [0, 0x80, 0, 0, 0, 0, 0xff, 0xff]);
    }
}
