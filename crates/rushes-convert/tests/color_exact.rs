//! Colour against the exact formulas of H.273 (8.3, tables 4 and 5), in rational arithmetic: all 2^24 triples of 8 bits
//! within 1 and off by less than 0.3 in the mean, in truth nearly always equal; and samples of the triples of more bits.
//!
//! By default two combinations of matrix and range are exhausted in each direction, at the machine's best level; all of
//! them with `cargo test -p rushes-convert --test color_exact -- --ignored`. Levels are compared elsewhere.

use rushes_convert::{Level, Picture, PictureMut, PictureSpec, VideoOptions, VideoPlan};
use rushes_core::{ColorInfo, ColorRange, MatrixCoefficients, PixelFormat, Plane, PlaneMut};

/// Three rows of numerators, and the denominator of each.
type Matrix = [([i64; 3], i64); 3];

/// A matrix with its inverse.
#[derive(Clone, Copy)]
struct Known {
    name: MatrixCoefficients,
    from_rgb: Matrix,
    to_rgb: Matrix,
}

/// From the weights of red and blue in ten-thousandths: equations 38 to 43.
const fn weighted(name: MatrixCoefficients, red: i64, blue: i64) -> Known {
    let green = 10_000 - red - blue;
    let (for_u, for_v) = (2 * (10_000 - blue), 2 * (10_000 - red));
    let one = 10_000 * green;
    Known {
        name,
        from_rgb: [
            ([red, green, blue], 10_000),
            ([-red, -green, 10_000 - blue], for_u),
            ([10_000 - red, -green, -blue], for_v),
        ],
        to_rgb: [
            ([one, 0, for_v * green], one),
            ([one, -for_u * blue, -for_v * red], one),
            ([one, for_u * green, 0], one),
        ],
    }
}

const BT601: Known = weighted(MatrixCoefficients::Smpte170M, 2990, 1140);
const BT709: Known = weighted(MatrixCoefficients::Bt709, 2126, 722);

const KNOWN: [Known; 6] = [
    BT601,
    BT709,
    weighted(MatrixCoefficients::Bt2020Ncl, 2627, 593),
    weighted(MatrixCoefficients::Smpte240M, 2120, 870),
    weighted(MatrixCoefficients::Fcc, 3000, 1100),
    Known {
        name: MatrixCoefficients::YCgCo,
        from_rgb: [([1, 2, 1], 4), ([-1, 2, -1], 4), ([2, 0, -2], 4)],
        to_rgb: [([1, -1, 1], 1), ([1, 1, 0], 1), ([1, -1, -1], 1)],
    },
];

/// Zero and span of luma, or of chroma: equations 20 to 28.
fn quantization(range: ColorRange, depth: u32, chroma: bool) -> (i64, i64) {
    let (step, top) = (1 << (depth - 8), (1 << depth) - 1);
    match (range, chroma) {
        (ColorRange::Full, false) => (0, top),
        (ColorRange::Full, true) => (128 * step, top),
        (_, false) => (16 * step, 219 * step),
        (_, true) => (128 * step, 224 * step),
    }
}

/// One component: `(sum of factors * values + offset) / denominator`, rounded once and clipped.
#[derive(Clone, Copy)]
struct Exact {
    factors: [i128; 3],
    offset: i128,
    denominator: i128,
    max: i128,
}

impl Exact {
    fn new(
        (numerators, denominator): ([i64; 3], i64),
        from: [(i64, i64); 3],
        ((zero, span), depth): ((i64, i64), u32),
    ) -> Self {
        let spans: i64 = from[0].1 * from[1].1;
        let denominator = i128::from(denominator) * i128::from(spans);
        let factor =
            |x: usize| i128::from(span) * i128::from(numerators[x]) * i128::from(spans / from[x].1);
        let factors = [factor(0), factor(1), factor(2)];
        let black: i128 = (0..3).map(|x| factors[x] * i128::from(from[x].0)).sum();
        let offset = i128::from(zero) * denominator - black;
        Self { factors, offset, denominator, max: (1 << depth) - 1 }
    }

    fn of(&self, values: [u16; 3]) -> u16 {
        let sum: i128 = (0..3).map(|x| self.factors[x] * i128::from(values[x])).sum();
        let rounded = (2 * (sum + self.offset) + self.denominator).div_euclid(2 * self.denominator);
        u16::try_from(rounded.clamp(0, self.max)).expect("clipped")
    }

    /// The same for values of 8 bits, for which `i64` does.
    fn of_bytes(&self, values: [u8; 3]) -> u8 {
        let narrow = |value: i128| i64::try_from(value).expect("8 bits keep it small");
        let [a, b, c] = self.factors.map(narrow);
        let [x, y, z] = values.map(i64::from);
        let denominator = narrow(self.denominator);
        let sum = a * x + b * y + c * z + narrow(self.offset);
        let rounded = (2 * sum + denominator).div_euclid(2 * denominator);
        u8::try_from(rounded.clamp(0, 255)).expect("clipped")
    }
}

/// The three components of one direction.
fn exact(
    known: Known,
    range: ColorRange,
    (depth, to_depth): (u32, u32),
    to_rgb: bool,
) -> [Exact; 3] {
    let yuv = |depth| [false, true, true].map(|chroma| quantization(range, depth, chroma));
    let rgb = |depth| [quantization(ColorRange::Full, depth, false); 3];
    let (matrix, from, to) = if to_rgb {
        (known.to_rgb, yuv(depth), rgb(to_depth))
    } else {
        (known.from_rgb, rgb(depth), yuv(to_depth))
    };
    [0, 1, 2].map(|y| Exact::new(matrix[y], from, (to[y], to_depth)))
}

/// Plans and runs a conversion of a picture of the full width of chroma.
struct Converter {
    plan: VideoPlan,
    size: (u32, u32),
    from: PixelFormat,
    to: PixelFormat,
}

impl Converter {
    fn new(
        (from, from_color): (PixelFormat, ColorInfo),
        (to, to_color): (PixelFormat, ColorInfo),
        size: (u32, u32),
        level: Level,
    ) -> Self {
        let (width, height) = size;
        let spec = |format, color| PictureSpec { format, width, height, color };
        let options = VideoOptions::default().level(level);
        let plan = VideoPlan::new(spec(from, from_color), spec(to, to_color), options)
            .expect("a pair of formats that is implemented");
        Self { plan, size, from, to }
    }

    fn run(&mut self, planes: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let (width, height) = self.size;
        let planes: Vec<_> = (planes.into_iter().zip(self.from.planes()))
            .map(|(data, layout)| Plane::new(data, layout.row_bytes(width)))
            .collect();
        let mut out: Vec<Vec<u8>> = (self.to.planes().iter())
            .map(|layout| vec![0; layout.row_bytes(width) * layout.height(height) as usize])
            .collect();
        let mut views: Vec<_> = (out.iter_mut().zip(self.to.planes()))
            .map(|(data, layout)| PlaneMut { data, stride: layout.row_bytes(width) })
            .collect();
        self.plan
            .run(Picture { planes: &planes }, PictureMut { planes: &mut views })
            .expect("fits");
        out
    }
}

#[derive(Default)]
struct Errors {
    count: u64,
    sum: u64,
    most: u64,
}

impl Errors {
    fn add(&mut self, ours: u16, exact: u16) {
        let error = u64::from(ours.abs_diff(exact));
        self.count += 1;
        self.sum += error;
        self.most = self.most.max(error);
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean of small errors")]
    fn check(&self, what: &str) {
        let mean = self.sum as f64 / self.count as f64;
        assert!(self.count > 0 && self.most <= 1 && mean < 0.3, "{what}: {} {mean}", self.most);
    }
}

/// All 2^24 triples of luma and chroma; a picture for each value of luma.
fn exhaust_to_rgb(known: Known, range: ColorRange) {
    let color = ColorInfo::new(known.name, range);
    let rgb = (PixelFormat::Rgb24, ColorInfo::default());
    let level = Level::detect().expect("a level");
    let mut converter = Converter::new((PixelFormat::Yuv444p, color), rgb, (256, 256), level);
    let exact = exact(known, range, (8, 8), true);
    let u: Vec<u8> = (0..256).flat_map(|_| 0..=255).collect();
    let v: Vec<u8> = (0..=255).flat_map(|v| [v; 256]).collect();
    let mut errors = Errors::default();
    for y in 0..=255 {
        let out = converter.run(vec![vec![y; 1 << 16], u.clone(), v.clone()]);
        for ((pixel, u), v) in out[0].chunks_exact(3).zip(&u).zip(&v) {
            for (ours, exact) in pixel.iter().zip(&exact) {
                errors.add(u16::from(*ours), u16::from(exact.of_bytes([y, *u, *v])));
            }
        }
    }
    assert_eq!(errors.count, 3 << 24);
    errors.check(&format!("{:?} {range:?} to rgb24", known.name));
}

/// All 2^24 triples of red, green and blue; a picture for each value of red.
fn exhaust_from_rgb(known: Known, range: ColorRange) {
    let color = ColorInfo::new(known.name, range);
    let rgb = (PixelFormat::Rgb24, ColorInfo::default());
    let level = Level::detect().expect("a level");
    let mut converter = Converter::new(rgb, (PixelFormat::Yuv444p, color), (256, 256), level);
    let exact = exact(known, range, (8, 8), false);
    let mut errors = Errors::default();
    for red in 0..=255 {
        let pixels: Vec<u8> = (0..=255)
            .flat_map(|green| (0..=255).flat_map(move |blue| [red, green, blue]))
            .collect();
        let out = converter.run(vec![pixels.clone()]);
        for (place, pixel) in pixels.as_chunks().0.iter().enumerate() {
            for (plane, exact) in out.iter().zip(&exact) {
                errors.add(u16::from(plane[place]), u16::from(exact.of_bytes(*pixel)));
            }
        }
    }
    assert_eq!(errors.count, 3 << 24);
    errors.check(&format!("rgb24 to {:?} {range:?}", known.name));
}

#[test]
fn every_triple_of_bt601_and_bt709_to_rgb() {
    exhaust_to_rgb(BT601, ColorRange::Limited);
    exhaust_to_rgb(BT709, ColorRange::Full);
}

#[test]
fn every_triple_of_rgb_to_bt601_and_bt709() {
    exhaust_from_rgb(BT601, ColorRange::Full);
    exhaust_from_rgb(BT709, ColorRange::Limited);
}

#[test]
#[ignore = "all matrices and ranges take long"]
fn every_triple_of_every_matrix_and_range() {
    for known in KNOWN {
        for range in [ColorRange::Limited, ColorRange::Full] {
            exhaust_to_rgb(known, range);
            exhaust_from_rgb(known, range);
        }
    }
}

/// Samples of some depth as bytes.
fn bytes(values: impl IntoIterator<Item = u16>, depth: u32) -> Vec<u8> {
    let size = if depth == 8 { 1 } else { 2 };
    values.into_iter().flat_map(|value| value.to_le_bytes().into_iter().take(size)).collect()
}

fn values(bytes: &[u8], depth: u32) -> Vec<u16> {
    if depth == 8 {
        return bytes.iter().map(|value| u16::from(*value)).collect();
    }
    bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
}

/// 20 steps of each of three components of a depth: both ends, and odd distances between.
fn triples(depth: u32) -> Vec<[u16; 3]> {
    let top = u32::from(u16::MAX >> (16 - depth));
    let steps: Vec<u16> =
        (0..20).map(|step| u16::try_from(step * top / 19).expect("a sample")).collect();
    let pairs = steps.iter().flat_map(|a| steps.iter().map(move |b| (*a, *b)));
    pairs.flat_map(|(a, b)| steps.iter().map(move |c| [a, b, *c])).collect()
}

/// A picture of one row of triples, planar or packed.
fn picture(format: PixelFormat, triples: &[[u16; 3]]) -> Vec<Vec<u8>> {
    let depth = format.bit_depth();
    if format.planes().len() == 1 {
        return vec![bytes(triples.iter().flatten().copied(), depth)];
    }
    let plane = |index: usize| bytes(triples.iter().map(|triple| triple[index]), depth);
    let order = if format.is_rgb() { [1, 2, 0] } else { [0, 1, 2] };
    order.map(plane).to_vec()
}

/// What [`picture`] was made of.
fn triples_of(format: PixelFormat, planes: &[Vec<u8>]) -> Vec<[u16; 3]> {
    let planes: Vec<_> = planes.iter().map(|plane| values(plane, format.bit_depth())).collect();
    match &*planes {
        [packed] => packed.as_chunks().0.to_vec(),
        [g, b, r] if format.is_rgb() => (0..g.len()).map(|x| [r[x], g[x], b[x]]).collect(),
        _ => (0..planes[0].len()).map(|x| [0, 1, 2].map(|c: usize| planes[c][x])).collect(),
    }
}

#[test]
fn more_bits_are_within_one() {
    use PixelFormat as P;
    let yuv = [P::Yuv444p, P::Yuv444p10, P::Yuv444p12, P::Yuv444p16];
    let rgb = [P::Rgb24, P::Rgb48, P::Gbrp10, P::Gbrp12];
    for (a, b) in yuv.into_iter().flat_map(|yuv| rgb.map(|rgb| (yuv, rgb))) {
        for known in KNOWN {
            for range in [ColorRange::Limited, ColorRange::Full] {
                for (from, to) in [(a, b), (b, a)] {
                    let triples = triples(from.bit_depth());
                    let color = |format: P| match format.is_rgb() {
                        true => ColorInfo::default(),
                        false => ColorInfo::new(known.name, range),
                    };
                    let size = (u32::try_from(triples.len()).expect("few"), 1);
                    let depths = (from.bit_depth(), to.bit_depth());
                    let exact = exact(known, range, depths, to.is_rgb());
                    let expected: Vec<_> =
                        triples.iter().map(|triple| exact.map(|exact| exact.of(*triple))).collect();
                    for level in Level::available() {
                        let mut converter =
                            Converter::new((from, color(from)), (to, color(to)), size, level);
                        let out = triples_of(to, &converter.run(picture(from, &triples)));
                        let mut errors = Errors::default();
                        for (ours, exact) in out.iter().flatten().zip(expected.iter().flatten()) {
                            errors.add(*ours, *exact);
                        }
                        assert_eq!(errors.count, 3 * 8000);
                        errors.check(&format!("{from} to {to} {:?} {range:?} {level}", known.name));
                    }
                }
            }
        }
    }
}
