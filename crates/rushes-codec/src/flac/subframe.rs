//! The samples of a channel: RFC 9639, 9.2.

use super::bits::BitReader;

/// What a channel may not be, in words for an error.
pub(super) type Result<T> = std::result::Result<T, &'static str>;

const ENDS: &str = "ends early";

/// A sample while it is decoded: a difference of two channels of 32 bits needs 33.
pub(super) trait Word: Copy + Default {
    fn read(bits: &mut BitReader<'_>, count: u32) -> Option<Self>;
    fn of(residual: i32) -> Self;
    fn plus(self, prediction: i64) -> Self;
    fn shifted(self, bits: u32) -> Self;
    fn wide(self) -> i64;
}

impl Word for i32 {
    #[inline]
    fn read(bits: &mut BitReader<'_>, count: u32) -> Option<Self> {
        bits.signed(count)
    }

    #[inline]
    fn of(residual: i32) -> Self {
        residual
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "valid samples fit, others wrap")]
    fn plus(self, prediction: i64) -> Self {
        self.wrapping_add(prediction as Self)
    }

    #[inline]
    fn shifted(self, bits: u32) -> Self {
        self.wrapping_shl(bits)
    }

    #[inline]
    fn wide(self) -> i64 {
        i64::from(self)
    }
}

impl Word for i64 {
    #[inline]
    fn read(bits: &mut BitReader<'_>, count: u32) -> Option<Self> {
        bits.signed_wide(count)
    }

    #[inline]
    fn of(residual: i32) -> Self {
        Self::from(residual)
    }

    #[inline]
    fn plus(self, prediction: i64) -> Self {
        self.wrapping_add(prediction)
    }

    #[inline]
    fn shifted(self, bits: u32) -> Self {
        self.wrapping_shl(bits)
    }

    #[inline]
    fn wide(self) -> i64 {
        self
    }
}

/// Decodes the samples of a channel, of `bits` bits each, into `out`.
pub(super) fn read<W: Word>(reader: &mut BitReader<'_>, bits: u32, out: &mut [W]) -> Result<()> {
    if reader.flag().ok_or(ENDS)? {
        return Err("starts a channel with a reserved bit");
    }
    let kind = reader.bits(6).ok_or(ENDS)?;
    let wasted = match reader.flag().ok_or(ENDS)? {
        true => reader.unary().ok_or(ENDS)? + 1,
        false => 0,
    };
    let bits = bits.checked_sub(wasted).filter(|bits| *bits > 0).ok_or("wastes all bits")?;
    match kind {
        0 => out.fill(W::read(reader, bits).ok_or(ENDS)?),
        1 => verbatim(reader, bits, out)?,
        8..=12 => {
            let order = kind as usize - 8;
            warm_up(reader, bits, order, out)?;
            fixed(order, out);
        }
        32..=63 => linear(reader, bits, kind as usize - 31, out)?,
        _ => return Err("has a channel of a reserved kind"),
    }
    if wasted > 0 {
        out.iter_mut().for_each(|sample| *sample = sample.shifted(wasted));
    }
    Ok(())
}

fn verbatim<W: Word>(reader: &mut BitReader<'_>, bits: u32, out: &mut [W]) -> Result<()> {
    for sample in out {
        *sample = W::read(reader, bits).ok_or(ENDS)?;
    }
    Ok(())
}

/// The first samples as they are, then the residuals of all others.
fn warm_up<W: Word>(
    reader: &mut BitReader<'_>,
    bits: u32,
    order: usize,
    out: &mut [W],
) -> Result<()> {
    let start = out.get_mut(..order).ok_or("predicts from more samples than it has")?;
    verbatim(reader, bits, start)?;
    residuals(reader, order, out)
}

fn linear<W: Word>(
    reader: &mut BitReader<'_>,
    bits: u32,
    order: usize,
    out: &mut [W],
) -> Result<()> {
    let start = out.get_mut(..order).ok_or("predicts from more samples than it has")?;
    verbatim(reader, bits, start)?;
    let precision = reader.bits(4).ok_or(ENDS)? + 1;
    let shift = reader.signed(5).ok_or(ENDS)?;
    let Ok(shift) = u32::try_from(shift) else {
        return Err("shifts predictions to the left");
    };
    if precision == 16 {
        return Err("has coefficients of a reserved size");
    }
    // The one for the latest sample comes first, and goes last.
    let mut coefficients = [0_i32; 32];
    for coefficient in coefficients[..order].iter_mut().rev() {
        *coefficient = reader.signed(precision).ok_or(ENDS)?;
    }
    residuals(reader, order, out)?;
    let coefficients = &coefficients[..order];
    // A known length lets the compiler unroll the sum: most streams have 12 coefficients or fewer.
    macro_rules! by_order {
        ($($order:literal)*) => {
            match order {
                $($order => predict::<W, $order>(coefficients, shift, out),)*
                _ => predict_any(coefficients, shift, out),
            }
        };
    }
    by_order!(1 2 3 4 5 6 7 8 9 10 11 12 16 32);
    Ok(())
}

fn predict<W: Word, const ORDER: usize>(coefficients: &[i32], shift: u32, out: &mut [W]) {
    let Some(coefficients) = coefficients.first_chunk::<ORDER>() else { return };
    for at in ORDER..out.len() {
        let (before, rest) = out.split_at_mut(at);
        let Some(history) = before.last_chunk::<ORDER>() else { return };
        let sum = coefficients.iter().zip(history).fold(0_i64, |sum, (coefficient, sample)| {
            sum.wrapping_add(i64::from(*coefficient).wrapping_mul(sample.wide()))
        });
        rest[0] = rest[0].plus(sum >> shift);
    }
}

fn predict_any<W: Word>(coefficients: &[i32], shift: u32, out: &mut [W]) {
    let order = coefficients.len();
    for at in order..out.len() {
        let (before, rest) = out.split_at_mut(at);
        let sum = coefficients.iter().zip(&before[at - order..]).fold(0_i64, |sum, (c, sample)| {
            sum.wrapping_add(i64::from(*c).wrapping_mul(sample.wide()))
        });
        rest[0] = rest[0].plus(sum >> shift);
    }
}

fn fixed<W: Word>(order: usize, out: &mut [W]) {
    match order {
        1 => predict::<W, 1>(&[1], 0, out),
        2 => predict::<W, 2>(&[-1, 2], 0, out),
        3 => predict::<W, 3>(&[1, -3, 3], 0, out),
        4 => predict::<W, 4>(&[-1, 4, -6, 4], 0, out),
        _ => {}
    }
}

/// Residuals behind the first `order` samples.
fn residuals<W: Word>(reader: &mut BitReader<'_>, order: usize, out: &mut [W]) -> Result<()> {
    let parameter_bits = match reader.bits(2).ok_or(ENDS)? {
        0 => 4,
        1 => 5,
        _ => return Err("has residuals of a reserved kind"),
    };
    let escape = (1 << parameter_bits) - 1;
    let partitions = reader.bits(4).ok_or(ENDS)?;
    let length = out.len() >> partitions;
    if length << partitions != out.len() || length < order || length == 0 {
        return Err("does not divide into its partitions");
    }
    for (index, partition) in out.chunks_mut(length).enumerate() {
        let partition = if index == 0 { &mut partition[order..] } else { partition };
        let parameter = reader.bits(parameter_bits).ok_or(ENDS)?;
        if parameter == escape {
            let bits = reader.bits(5).ok_or(ENDS)?;
            for sample in partition {
                *sample = W::of(reader.signed(bits).ok_or(ENDS)?);
            }
        } else {
            for sample in partition {
                *sample = W::of(reader.rice(parameter).ok_or(ENDS)?);
            }
        }
    }
    Ok(())
}
