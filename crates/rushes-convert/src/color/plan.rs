//! What has to be done to the sample values: ITU-T H.273 (07/2024), 8.3 (matrix coefficients, video full range flag).
//!
//! Everything is an affine map from source values to target values. It is worked out once, in `f64`, and rounded to the
//! integers that the kernels use.

use rushes_core::{ColorInfo, ColorRange, Error, MatrixCoefficients, Result};

use crate::plane::{Layout, Model};

/// What the values of a layout mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Meaning {
    /// How luma and chroma come from RGB; of no meaning for RGB.
    pub(crate) matrix: MatrixCoefficients,
    /// Black is above zero.
    pub(crate) limited: bool,
}

/// What the values of source and target mean.
///
/// What the source leaves open is BT.601 limited for YUV, full range for RGB and gray (as in FFmpeg). What the target
/// leaves open is the source's if both are YUV, or both are RGB, and else as for the source.
pub(crate) fn meanings(
    source: (Layout, ColorInfo),
    target: (Layout, ColorInfo),
) -> (Meaning, Meaning) {
    let fallback = |model: Model| {
        let range = if model == Model::Yuv { ColorRange::Limited } else { ColorRange::Full };
        ColorInfo::new(MatrixCoefficients::Smpte170M, range)
    };
    let meaning = |color: ColorInfo| Meaning {
        matrix: color.matrix,
        limited: color.range == ColorRange::Limited,
    };
    let from = source.1.or(fallback(source.0.model));
    let to = if source.0.model == target.0.model { target.1.or(from) } else { target.1 };
    (meaning(from), meaning(to.or(fallback(target.0.model))))
}

/// Where black lies, and how far white is from it: H.273, equations 20 to 28.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Quantization {
    luma: (f64, f64),
    chroma: (f64, f64),
}

impl Quantization {
    fn new(meaning: Meaning, depth: u32) -> Self {
        let step = f64::from(1_u32 << (depth - 8));
        let max = f64::from((1_u32 << depth) - 1);
        if meaning.limited {
            Self { luma: (16.0 * step, 219.0 * step), chroma: (128.0 * step, 224.0 * step) }
        } else {
            Self { luma: (0.0, max), chroma: (128.0 * step, max) }
        }
    }

    /// Zero and span of a component.
    const fn of(&self, model: Model, component: usize) -> (f64, f64) {
        if matches!(model, Model::Yuv) && component > 0 { self.chroma } else { self.luma }
    }
}

/// Weights of red and blue in luma: H.273, table 4. `None` for the matrices that have none.
fn luma_weights(matrix: MatrixCoefficients) -> Option<(f64, f64)> {
    use MatrixCoefficients as M;
    match matrix {
        M::Bt709 => Some((0.2126, 0.0722)),
        M::Fcc => Some((0.30, 0.11)),
        M::Bt470Bg | M::Smpte170M => Some((0.299, 0.114)),
        M::Smpte240M => Some((0.212, 0.087)),
        M::Bt2020Ncl => Some((0.2627, 0.0593)),
        _ => None,
    }
}

type Matrix = [[f64; 3]; 3];

/// From luma and chroma (0 to 1, -0.5 to 0.5) to red, green and blue: H.273, equations 38 to 48.
fn to_rgb(matrix: MatrixCoefficients) -> Result<Matrix> {
    if let Some((red, blue)) = luma_weights(matrix) {
        let green = 1.0 - red - blue;
        let (from_v, from_u) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
        return Ok([
            [1.0, 0.0, from_v],
            [1.0, -from_u * blue / green, -from_v * red / green],
            [1.0, from_u, 0.0],
        ]);
    }
    match matrix {
        MatrixCoefficients::YCgCo => Ok([[1.0, -1.0, 1.0], [1.0, 1.0, 0.0], [1.0, -1.0, -1.0]]),
        _ => Err(unsupported(matrix)),
    }
}

/// From red, green and blue to luma and chroma.
fn from_rgb(matrix: MatrixCoefficients) -> Result<Matrix> {
    if let Some((red, blue)) = luma_weights(matrix) {
        let green = 1.0 - red - blue;
        let (for_u, for_v) = (2.0 * (1.0 - blue), 2.0 * (1.0 - red));
        return Ok([
            [red, green, blue],
            [-red / for_u, -green / for_u, 0.5],
            [0.5, -green / for_v, -blue / for_v],
        ]);
    }
    match matrix {
        MatrixCoefficients::YCgCo => Ok([[0.25, 0.5, 0.25], [-0.25, 0.5, -0.25], [0.5, 0.0, -0.5]]),
        _ => Err(unsupported(matrix)),
    }
}

fn unsupported(matrix: MatrixCoefficients) -> Error {
    Error::unsupported(
        format!("colour matrix {}", matrix.name()),
        "bt709, fcc, bt470bg, smpte170m, smpte240m, ycgco, bt2020nc",
    )
}

fn product(left: Matrix, right: Matrix) -> Matrix {
    left.map(|row| [0, 1, 2].map(|x| (0..3).map(|i| row[i] * right[i][x]).sum()))
}

/// The affine map from source values to target values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transform {
    /// Each component of the target comes from one of the source, or is constant.
    Linear([Linear; 3]),
    /// From luma and chroma to RGB, the chroma terms being of the usual shape.
    YuvToRgb(Affine),
    /// All of the source's components may matter to each of the target.
    Matrix(Affine),
}

/// One component from one other: `factor * value + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Linear {
    /// The component of the source; `None` for a constant.
    pub(crate) source: Option<usize>,
    /// Zero for a constant.
    pub(crate) factor: f64,
    /// In values of the target.
    pub(crate) offset: f64,
}

/// `matrix * values + offset`, from values of the source to values of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    pub(crate) matrix: Matrix,
    pub(crate) offset: [f64; 3],
}

impl Transform {
    /// The map between two layouts.
    pub(crate) fn new(source: (Layout, Meaning), target: (Layout, Meaning)) -> Result<Self> {
        let ((from, from_meaning), (to, to_meaning)) = (source, target);
        let same = from_meaning.matrix == to_meaning.matrix
            || luma_weights(from_meaning.matrix).is_some()
                && luma_weights(from_meaning.matrix) == luma_weights(to_meaning.matrix);
        let linear = |sources: [Option<usize>; 3]| Ok(Self::linear(source, target, sources));
        match (from.model, to.model) {
            (Model::Gray, Model::Yuv) => linear([Some(0), None, None]),
            (Model::Gray, _) => linear([Some(0); 3]),
            (Model::Yuv, Model::Gray) => linear([Some(0); 3]),
            (Model::Rgb, Model::Rgb) => linear([Some(0), Some(1), Some(2)]),
            (Model::Yuv, Model::Yuv) if same => linear([Some(0), Some(1), Some(2)]),
            // YUV with the identity matrix is RGB under other names: G, B, R (H.273, equation 44).
            (Model::Yuv, Model::Rgb) if from_meaning.matrix == MatrixCoefficients::Identity => {
                linear([Some(2), Some(0), Some(1)])
            }
            (Model::Rgb, Model::Yuv) if to_meaning.matrix == MatrixCoefficients::Identity => {
                linear([Some(1), Some(2), Some(0)])
            }
            (Model::Yuv, Model::Rgb) => {
                let affine = Affine::new(source, target, to_rgb(from_meaning.matrix)?);
                Ok(match luma_weights(from_meaning.matrix) {
                    Some(_) => Self::YuvToRgb(affine),
                    None => Self::Matrix(affine),
                })
            }
            (Model::Rgb, _) => {
                Ok(Self::Matrix(Affine::new(source, target, from_rgb(to_meaning.matrix)?)))
            }
            (Model::Yuv, Model::Yuv) => {
                let matrix = product(from_rgb(to_meaning.matrix)?, to_rgb(from_meaning.matrix)?);
                Ok(Self::Matrix(Affine::new(source, target, matrix)))
            }
        }
    }

    fn linear(
        (from, from_meaning): (Layout, Meaning),
        (to, to_meaning): (Layout, Meaning),
        sources: [Option<usize>; 3],
    ) -> Self {
        // Under the identity matrix, what is called chroma is green, blue or red, and is quantized as such (H.273, 8.3).
        let model = |layout: Layout, meaning: Meaning| match meaning.matrix {
            MatrixCoefficients::Identity => Model::Rgb,
            _ => layout.model,
        };
        let (from_model, to_model) = (model(from, from_meaning), model(to, to_meaning));
        let from = Quantization::new(from_meaning, from.depth);
        let to = Quantization::new(to_meaning, to.depth);
        let mut index = 0;
        Self::Linear(sources.map(|source| {
            let (zero, span) = to.of(to_model, index);
            index += 1;
            match source {
                None => Linear { source, factor: 0.0, offset: zero },
                Some(component) => {
                    let (black, white) = from.of(from_model, component);
                    let factor = span / white;
                    Linear { source, factor, offset: factor.mul_add(-black, zero) }
                }
            }
        }))
    }
}

impl Linear {
    /// True where values stay as they are.
    pub(crate) fn is_identity(&self) -> bool {
        self.source.is_some() && self.is_factor(1.0)
    }

    /// True where values are multiplied by this, and nothing else.
    pub(crate) fn is_factor(&self, factor: f64) -> bool {
        self.factor.to_bits() == factor.to_bits() && self.offset == 0.0
    }
}

impl Affine {
    fn new(
        (from, from_meaning): (Layout, Meaning),
        (to, to_meaning): (Layout, Meaning),
        matrix: Matrix,
    ) -> Self {
        let source = Quantization::new(from_meaning, from.depth);
        let target = Quantization::new(to_meaning, to.depth);
        let mut affine = Self { matrix, offset: [0.0; 3] };
        for y in 0..3 {
            let (zero, span) = target.of(to.model, y);
            affine.offset[y] = zero;
            for x in 0..3 {
                let (black, white) = source.of(from.model, x);
                affine.matrix[y][x] *= span / white;
                affine.offset[y] -= affine.matrix[y][x] * black;
            }
        }
        affine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_inverse() {
        use MatrixCoefficients as M;
        for matrix in
            [M::Bt709, M::Fcc, M::Bt470Bg, M::Smpte170M, M::Smpte240M, M::YCgCo, M::Bt2020Ncl]
        {
            let unit = product(to_rgb(matrix).expect("known"), from_rgb(matrix).expect("known"));
            for (y, row) in unit.iter().enumerate() {
                for (x, value) in row.iter().enumerate() {
                    let expected = f64::from(u8::from(x == y));
                    assert!((value - expected).abs() < 1e-12, "{matrix:?} {unit:?}");
                }
            }
        }
        for matrix in [M::Bt2020Cl, M::ICtCp, M::Identity] {
            assert!(to_rgb(matrix).is_err());
        }
    }
}
