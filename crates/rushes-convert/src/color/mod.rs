//! Colour: from one layout, matrix and range to another, at the same size.

mod from_rgb;
mod lanes;
mod pixels;
mod plan;
mod planes;
mod relayout;
mod scalar;
mod swizzle;
#[cfg(test)]
mod tests;
mod to_rgb;
mod upsample;
mod writer;

use std::mem;
use std::ops::Range;

use rushes_core::{ColorInfo, Result};

use self::plan::Linear;
pub(crate) use self::plan::{Transform, meanings};
use self::scalar::{Combination, FromRgb, Line, WideToRgb, YuvToRgb, average};
use self::to_rgb::Coefficients;
use self::upsample::Upsampled;
use crate::plane::{Layout, Model, Source, Target, row_mut};
use crate::rows::{self, load, store};
use rushes_simd::Level;

/// A conversion of colour, planned once.
#[derive(Clone, Debug)]
pub(crate) struct Conversion {
    from: Layout,
    to: Layout,
    width: usize,
    height: usize,
    level: Level,
    path: Path,
    /// No value changes, and no chroma is resampled.
    identity: bool,
    scratch: Scratch,
}

#[derive(Clone, Debug)]
enum Path {
    /// Component by component.
    Lines([Option<(usize, Option<Line>)>; 3], [u16; 3]),
    /// Row by row, chroma upsampled.
    Upsampled(Box<Upsampled>),
    /// The same in vectors: luma and chroma, or RGB.
    Relayout(Box<relayout::Kernel>),
    Swizzle(Box<swizzle::Kernel>),
    /// 8-bit RGB out of luma and chroma.
    YuvToRgb(YuvToRgb),
    /// RGB of more than 8 bits out of luma and chroma.
    WideToRgb(WideToRgb),
    /// The same in vectors.
    Kernel(Box<to_rgb::Kernel>),
    /// Luma and chroma out of RGB.
    FromRgb(FromRgb),
    /// The same in vectors.
    FromRgbKernel(Box<from_rgb::Kernel>),
    /// Three components to three; chroma that is subsampled on the way comes from sums.
    Matrix([Combination; 3]),
}

/// Rows that are reused from picture to picture.
#[derive(Clone, Debug)]
struct Scratch {
    input: [Vec<u16>; 3],
    output: [Vec<u16>; 3],
    sums: [Vec<u32>; 3],
    averages: [Vec<u16>; 3],
}

impl Conversion {
    /// Plans a conversion of pictures of this size.
    pub(crate) fn new(
        (from, from_color): (Layout, ColorInfo),
        (to, to_color): (Layout, ColorInfo),
        (width, height): (usize, usize),
        level: Level,
    ) -> Result<Self> {
        let (from_meaning, to_meaning) = meanings((from, from_color), (to, to_color));
        let transform = Transform::new((from, from_meaning), (to, to_meaning))?;
        let (shift_x, shift_y) = to.chroma_shift();
        let identity = match &transform {
            Transform::Linear(lines) => {
                let mut sources = (0..).zip(lines).take(to.colors);
                from.chroma_shift() == to.chroma_shift()
                    && (from.colors, from.alpha) == (to.colors, to.alpha)
                    && sources.all(|(index, line)| line.source == Some(index) && line.is_identity())
            }
            _ => false,
        };
        let path = match transform {
            Transform::Linear(lines) => Self::linear(level, (&from, &to), lines, width),
            Transform::YuvToRgb(affine) if to.depth == 8 => {
                let coefficients = YuvToRgb::new(&affine, from.depth);
                let narrow = Coefficients::Narrow(coefficients);
                match to_rgb::Kernel::new(level, narrow, (&from, &to), width) {
                    Some(kernel) => Path::Kernel(Box::new(kernel)),
                    None => Path::YuvToRgb(coefficients),
                }
            }
            Transform::YuvToRgb(affine) => {
                let coefficients = WideToRgb::new(&affine, from.depth, to.depth);
                let wide = Coefficients::Wide(coefficients);
                match to_rgb::Kernel::new(level, wide, (&from, &to), width) {
                    Some(kernel) => Path::Kernel(Box::new(kernel)),
                    None => Path::WideToRgb(coefficients),
                }
            }
            Transform::Matrix(affine) => {
                let fits = from.model == Model::Rgb && shift_x <= 1 && shift_y <= 1;
                let coefficients = FromRgb::new(&affine, from.depth, to.depth).filter(|_| fits);
                let kernel = coefficients.and_then(|coefficients| {
                    from_rgb::Kernel::new(level, coefficients, (&from, &to), width)
                });
                if let Some(kernel) = kernel {
                    Path::FromRgbKernel(Box::new(kernel))
                } else if let Some(coefficients) = coefficients {
                    Path::FromRgb(coefficients)
                } else {
                    Path::Matrix([0, 1, 2].map(|y| {
                        let sum_shift = if y > 0 { shift_x + shift_y } else { 0 };
                        let depths = (from.depth, to.depth);
                        Combination::new(affine.matrix[y], affine.offset[y], depths, sum_shift)
                    }))
                }
            }
        };
        let scratch = Scratch {
            input: [(); 3].map(|()| vec![0; width]),
            output: [(); 3].map(|()| vec![0; width]),
            sums: [(); 3].map(|()| vec![0; width.div_ceil(1 << shift_x)]),
            averages: [(); 3].map(|()| vec![0; width.div_ceil(1 << shift_x)]),
        };
        Ok(Self { from, to, width, height, level, path, identity, scratch })
    }

    /// Plans a conversion that interpolates chroma where the target has more of it.
    pub(crate) fn bilinear(
        from: (Layout, ColorInfo),
        to: (Layout, ColorInfo),
        size: (usize, usize),
        level: Level,
    ) -> Result<Self> {
        let mut conversion = Self::new(from, to, size, level)?;
        if let Some(upsampled) = Upsampled::new(from, to, size, level)? {
            conversion.path = Path::Upsampled(Box::new(upsampled));
        }
        Ok(conversion)
    }

    /// The path of components that come from one each.
    fn linear(
        level: Level,
        (from, to): (&Layout, &Layout),
        lines: [Linear; 3],
        width: usize,
    ) -> Path {
        let scales = |scale: f64| {
            (0..).zip(&lines).all(|(index, line): (usize, _)| {
                line.source == Some(index) && line.is_factor(scale)
            })
        };
        let [from_top, to_top] = [from, to].map(|layout| f64::from(layout.max()) + 1.0);
        // Rows that are copied are copied fastest.
        let copied = (0..to.colors).all(|index| copies(from, to, (index, index)));
        if !copied
            && from.model == Model::Rgb
            && to.model == Model::Rgb
            && scales(f64::from(to.max()) / f64::from(from.max()))
            && let Some(kernel) = swizzle::Kernel::new(level, (from, to), width)
        {
            return Path::Swizzle(Box::new(kernel));
        }
        if !copied
            && scales(to_top / from_top)
            && let Some(kernel) = relayout::Kernel::new(level, (from, to), width)
        {
            return Path::Relayout(Box::new(kernel));
        }
        let constants = lines.map(|line| constant(line.offset, to.max()));
        let mut index = 0;
        let lines = lines.map(|line| {
            index += 1;
            let source = line.source.filter(|_| index <= to.colors)?;
            let line = (!line.is_identity())
                .then(|| Line::new(line.factor, line.offset, from.depth, to.depth));
            Some((source, line))
        });
        Path::Lines(lines, constants)
    }

    /// True where no value changes, and no chroma is resampled.
    pub(crate) fn is_identity(&self) -> bool {
        self.identity
    }

    /// Converts one picture.
    pub(crate) fn run(&mut self, source: &Source<'_>, target: &mut Target<'_>) {
        self.run_rows(source, target, 0..self.height);
    }

    /// Converts the rows of a band, the same as in a whole picture: `source` is the whole picture, the planes of `target`
    /// begin at the band's first row. A band begins at a multiple of four, and ends at one or with the picture.
    pub(crate) fn run_rows(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        rows: Range<usize>,
    ) {
        if let Path::Upsampled(upsampled) = &mut self.path {
            return upsampled.run_rows(source, target, rows);
        }
        let height = mem::replace(&mut self.height, rows.len());
        self.run_band(&source.below(&self.from, rows.start), target);
        self.height = height;
    }

    fn run_band(&mut self, source: &Source<'_>, target: &mut Target<'_>) {
        let level = self.level;
        match &mut self.path {
            // Has its own rows, and alpha with them.
            Path::Upsampled(_) => return,
            Path::Relayout(kernel) => kernel.run(source, target, self.height),
            Path::Swizzle(kernel) => {
                kernel.run(source, target, self.height);
                // Alpha is in order.
                return;
            }
            Path::Kernel(kernel) => kernel.run(source, target, self.height),
            &mut Path::Lines(lines, constants) => level.vectorize(
                #[inline(always)]
                || self.lines(source, target, lines, constants),
            ),
            Path::FromRgbKernel(kernel) => kernel.run(source, target, self.height),
            &mut Path::FromRgb(coefficients) => self.combine_rgb(source, target, &coefficients),
            &mut Path::YuvToRgb(coefficients) => self
                .yuv_to_rgb(source, target, |y, u, v| coefficients.pixel(y, u, v).map(u16::from)),
            &mut Path::WideToRgb(coefficients) => {
                self.yuv_to_rgb(source, target, |y, u, v| coefficients.pixel(y, u, v));
            }
            &mut Path::Matrix(combinations) => level.vectorize(
                #[inline(always)]
                || self.matrix(source, target, &combinations),
            ),
        }
        self.alpha(source, target);
    }

    #[inline(always)]
    fn lines(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        lines: [Option<(usize, Option<Line>)>; 3],
        constants: [u16; 3],
    ) {
        for index in 0..self.to.colors {
            let to = self.to.color(index);
            if let Some((component, None)) = lines[index]
                && copies(&self.from, &self.to, (component, index))
            {
                self.copy(source, target, component, index);
                continue;
            }
            for y in 0..to.height(self.height) {
                match lines[index] {
                    Some((component, line)) => {
                        self.line_row(source, component, index, y);
                        if let Some(line) = line {
                            line.apply(&mut self.scratch.output[0][..to.width(self.width)]);
                        }
                    }
                    None => self.scratch.output[0].fill(constants[index]),
                }
                let row = row_mut(&mut target[to.plane], y);
                store(&self.scratch.output[0][..to.width(self.width)], &self.to, to, row);
            }
        }
    }

    #[inline(always)]
    fn copy(&self, source: &Source<'_>, target: &mut Target<'_>, component: usize, index: usize) {
        let (from, to) = (self.from.color(component), self.to.color(index));
        let width = to.width(self.width) * self.to.bytes;
        for y in 0..to.height(self.height) {
            let row = source.row(from.plane, (y << to.shift_y) >> from.shift_y);
            let row = row.get(from.offset..).unwrap_or_default();
            let out = row_mut(&mut target[to.plane], y).get_mut(to.offset..).unwrap_or_default();
            let out = out.get_mut(..width).unwrap_or_default();
            if from.shift_x == to.shift_x {
                out.iter_mut().zip(row).for_each(|(out, byte)| *out = *byte);
            } else {
                rows::repeat(row, 1, out);
            }
        }
    }

    /// Row `y` of the target's component `index`, in values of the source's `component`, into the first output row:
    /// chroma is repeated where the target has more of it, and averaged where it has less.
    #[inline(always)]
    fn line_row(&mut self, source: &Source<'_>, component: usize, index: usize, y: usize) {
        let (from, to) = (self.from.color(component), self.to.color(index));
        let Scratch { input: [input, ..], output: [output, ..], sums: [sums, ..], .. } =
            &mut self.scratch;
        let input = &mut input[..from.width(self.width)];
        let output = &mut output[..to.width(self.width)];
        let last = from.height(self.height) - 1;
        if to.shift_x <= from.shift_x && to.shift_y <= from.shift_y {
            let y = ((y << to.shift_y) >> from.shift_y).min(last);
            load(source.row(from.plane, y), &self.from, from, input);
            rows::repeat(input, from.shift_x - to.shift_x, output);
            return;
        }
        let (down_x, down_y) =
            (to.shift_x.saturating_sub(from.shift_x), to.shift_y.saturating_sub(from.shift_y));
        let sums =
            &mut sums[..to.width(self.width).min(from.width(self.width).div_ceil(1 << down_x))];
        sums.fill(0);
        for step in 0..1 << down_y {
            let y = (((y << to.shift_y) >> from.shift_y) + step).min(last);
            load(source.row(from.plane, y), &self.from, from, input);
            rows::add_groups(input, down_x, sums);
        }
        let bits = down_x + down_y;
        for (group, sum) in
            output.chunks_mut(1 << from.shift_x.saturating_sub(to.shift_x)).zip(sums)
        {
            #[expect(clippy::cast_possible_truncation, reason = "an average of u16 fits u16")]
            group.fill(((*sum + (1 << bits >> 1)) >> bits) as u16);
        }
    }

    fn yuv_to_rgb(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        pixel: impl Fn(u16, u16, u16) -> [u16; 3],
    ) {
        let up = 16 - self.from.depth;
        for y in 0..self.height {
            self.load_full(source, y);
            let Scratch { input: [luma, u, v], output: [red, green, blue], .. } = &mut self.scratch;
            let chroma = u.iter().zip(v.iter());
            let out = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut());
            for ((luma, (u, v)), ((red, green), blue)) in luma.iter().zip(chroma).zip(out) {
                [*red, *green, *blue] = pixel(luma << up, u << up, v << up);
            }
            self.store_full(target, y, 3);
        }
    }

    fn combine_rgb(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        coefficients: &FromRgb,
    ) {
        let up = 16 - self.from.depth;
        let (shift_x, shift_y) = self.to.chroma_shift();
        let group = 1 << shift_y;
        for y in 0..self.height {
            self.load_full(source, y);
            let Scratch { input, output, averages: sums, .. } = &mut self.scratch;
            input.iter_mut().flatten().for_each(|sample| *sample <<= up);
            for (x, output) in output[0].iter_mut().enumerate() {
                *output = coefficients.component(0, [0, 1, 2].map(|c: usize| input[c][x]));
            }
            let to = self.to.color(0);
            store(&output[0], &self.to, to, row_mut(&mut target[to.plane], y));
            if self.to.colors == 1 {
                continue;
            }
            for (sums, input) in sums.iter_mut().zip(&*input) {
                let neighbours = input.chunks(1 << shift_x);
                for (sum, pair) in sums.iter_mut().zip(neighbours) {
                    // The last pixel stands in for the one beside it.
                    let here = average(pair[0], pair[pair.len() - 1]);
                    let above = if y % group == 0 { here } else { *sum };
                    *sum = average(above, here);
                }
            }
            if (y + 1) % group > 0 && y + 1 < self.height {
                continue;
            }
            for index in 1..3 {
                for (x, output) in output[0].iter_mut().enumerate().take(sums[0].len()) {
                    *output = coefficients.component(index, [0, 1, 2].map(|c: usize| sums[c][x]));
                }
                let to = self.to.color(index);
                let row = row_mut(&mut target[to.plane], y >> shift_y);
                store(&output[0][..sums[0].len()], &self.to, to, row);
            }
        }
    }

    #[inline(always)]
    fn matrix(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        combinations: &[Combination; 3],
    ) {
        let (shift_x, shift_y) = self.to.chroma_shift();
        let whole = if shift_x + shift_y == 0 { self.to.colors } else { 1 };
        for y in 0..self.height {
            self.load_full(source, y);
            let Scratch { input: [first, second, third], output, .. } = &mut self.scratch;
            for (combination, output) in combinations.iter().zip(output).take(whole) {
                combination.apply([first.as_slice(), second, third], output);
            }
            self.store_full(target, y, whole);
            if whole < self.to.colors {
                self.subsample(target, y, combinations);
            }
        }
    }

    /// Adds the input rows to the sums, and writes a row of chroma once its last row of luma is in.
    #[inline(always)]
    fn subsample(&mut self, target: &mut Target<'_>, y: usize, combinations: &[Combination; 3]) {
        let (shift_x, shift_y) = self.to.chroma_shift();
        let group = 1_usize << shift_y;
        let place = y % group;
        let last = y + 1 == self.height;
        let Scratch { input, sums, output, .. } = &mut self.scratch;
        // The last row stands in for those below it.
        let times = if last { group - place } else { 1 };
        for (sums, input) in sums.iter_mut().zip(input.iter()) {
            if place == 0 {
                sums.fill(0);
            }
            for _ in 0..times {
                rows::add_groups(input, shift_x, sums);
            }
        }
        if place + times < group {
            return;
        }
        let [first, second, third] = &*sums;
        for (index, combination) in combinations.iter().enumerate().skip(1) {
            let to = self.to.color(index);
            let output = &mut output[0][..to.width(self.width)];
            combination.apply([first.as_slice(), second, third], output);
            store(output, &self.to, to, row_mut(&mut target[to.plane], y >> shift_y));
        }
    }

    /// Row `y` of all components at full width into the input rows, chroma repeated.
    #[inline(always)]
    fn load_full(&mut self, source: &Source<'_>, y: usize) {
        if let Some((pixel, places)) = self.from.pixel_bytes() {
            let row = source.row(self.from.color(0).plane, y);
            let out = &mut self.scratch.input;
            // Constants, so that the compiler finds the shuffles.
            match (pixel, places) {
                (3, [0, 1, 2]) => rows::load_pixels::<3>(row, [0, 1, 2], out),
                (3, _) => rows::load_pixels::<3>(row, [2, 1, 0], out),
                (_, [0, ..]) => rows::load_pixels::<4>(row, [0, 1, 2], out),
                (_, [1, ..]) => rows::load_pixels::<4>(row, [1, 2, 3], out),
                _ => rows::load_pixels::<4>(row, [2, 1, 0], out),
            }
            return;
        }
        let Scratch { input, output, .. } = &mut self.scratch;
        for (index, input) in input.iter_mut().enumerate() {
            let from = self.from.color(index);
            let row = source.row(from.plane, y >> from.shift_y);
            if from.shift_x == 0 {
                load(row, &self.from, from, input);
            } else {
                let narrow = &mut output[0][..from.width(self.width)];
                load(row, &self.from, from, narrow);
                rows::repeat(narrow, from.shift_x, input);
            }
        }
    }

    /// The first `count` output rows to row `y` of the components.
    #[inline(always)]
    fn store_full(&self, target: &mut Target<'_>, y: usize, count: usize) {
        for (index, output) in self.scratch.output.iter().enumerate().take(count) {
            let to = self.to.color(index);
            store(output, &self.to, to, row_mut(&mut target[to.plane], y));
        }
    }

    /// Alpha as it was, or opaque.
    fn alpha(&mut self, source: &Source<'_>, target: &mut Target<'_>) {
        let Some(to) = self.to.alpha() else { return };
        if self.from.alpha().is_none() && matches!(&self.path, Path::Kernel(_)) {
            // The kernels write opaque pixels.
            return;
        }
        let scale = f64::from(self.to.max()) / f64::from(self.from.max());
        let line = Line::new(scale, 0.0, self.from.depth, self.to.depth);
        let [row, ..] = &mut self.scratch.input;
        row.fill(self.to.max());
        for y in 0..self.height {
            if let Some(from) = self.from.alpha() {
                load(source.row(from.plane, y), &self.from, from, row);
                if self.from.depth != self.to.depth {
                    line.apply(row);
                }
            }
            store(row, &self.to, to, row_mut(&mut target[to.plane], y));
        }
    }
}

/// True where a component of the target is made of the bytes of one of the source, perhaps doubled.
fn copies(from: &Layout, to: &Layout, (component, index): (usize, usize)) -> bool {
    let bytes = from.bytes;
    let aligned = from.align == to.align && to.bytes == bytes;
    let (from, to) = (from.color(component), to.color(index));
    aligned
        && from.step == bytes
        && to.step == bytes
        && to.shift_y <= from.shift_y
        && (to.shift_x == from.shift_x || to.shift_x + 1 == from.shift_x && bytes == 1)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn constant(value: f64, max: u16) -> u16 {
    value.round().clamp(0.0, f64::from(max)) as u16
}
