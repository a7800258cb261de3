//! Motion vectors: RFC 6386, 16.3, 16.4 and 17.

use crate::bool_decoder::BoolDecoder;
use crate::macroblock::{LumaMode, Macroblock, Partition, Reference};
use crate::tables::modes;

/// A motion vector in quarters of a pixel of luma.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Vector {
    pub(crate) x: i16,
    pub(crate) y: i16,
}

impl Vector {
    const ZERO: Self = Self { x: 0, y: 0 };

    fn opposite(self) -> Self {
        Self { x: self.x.wrapping_neg(), y: self.y.wrapping_neg() }
    }

    fn plus(self, other: Self) -> Self {
        Self { x: self.x.wrapping_add(other.x), y: self.y.wrapping_add(other.y) }
    }

    /// RFC 6386, 17.2.
    fn read(data: &mut BoolDecoder<'_>, probabilities: &[[u8; 19]; 2]) -> Self {
        let y = component(data, &probabilities[0]);
        Self { y, x: component(data, &probabilities[1]) }
    }
}

/// What the parsing of a macroblock needs of one beside it or above it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Neighbour {
    pub(crate) reference: Reference,
    pub(crate) split: bool,
    pub(crate) vector: Vector,
    /// Of the subblocks of the right column or the bottom row.
    pub(crate) edge: [Vector; 4],
}

/// How far vectors may lead out of the picture where they are taken over from neighbours, in quarters of a pixel:
/// RFC 6386, 16.3 (the macroblock may just be outside).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) left: i32,
    pub(crate) right: i32,
    pub(crate) top: i32,
    pub(crate) bottom: i32,
}

impl Bounds {
    #[expect(clippy::cast_possible_truncation, reason = "a vector is only brought closer to zero")]
    fn clamp(&self, vector: Vector) -> Vector {
        Vector {
            x: i32::from(vector.x).clamp(self.left, self.right) as i16,
            y: i32::from(vector.y).clamp(self.top, self.bottom) as i16,
        }
    }
}

/// The neighbours of a macroblock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours<'a> {
    pub(crate) above: &'a Neighbour,
    pub(crate) left: &'a Neighbour,
    pub(crate) corner: &'a Neighbour,
}

/// Reads the mode and the vectors of a macroblock of an inter frame, of which the reference is known: RFC 6386, 16.3.
pub(crate) fn read(
    data: &mut BoolDecoder<'_>,
    probabilities: &[[u8; 19]; 2],
    neighbours: Neighbours<'_>,
    sign_bias: [bool; 2],
    bounds: Bounds,
    macroblock: &mut Macroblock,
) {
    let Neighbours { above, left, corner } = neighbours;
    let biased = |reference| match reference {
        Reference::Golden => sign_bias[0],
        Reference::Altref => sign_bias[1],
        _ => false,
    };
    let own = biased(macroblock.reference);
    // Vectors of neighbours that differ, behind zero, and how much speaks for each.
    let mut near = [Vector::ZERO; 4];
    let mut counts = [0_usize; 4];
    let mut last = 0;
    for (neighbour, weight) in [(above, 2), (left, 2), (corner, 1)] {
        if neighbour.reference == Reference::Current {
            continue;
        }
        if neighbour.vector == Vector::ZERO {
            counts[0] += weight;
            continue;
        }
        let turned = biased(neighbour.reference) != own;
        let vector = if turned { neighbour.vector.opposite() } else { neighbour.vector };
        if last == 0 || near[last] != vector {
            last += 1;
            near[last] = vector;
        }
        counts[last] += weight;
    }
    let chance = |count: usize, mode: usize| modes::VECTOR_MODES[count][mode];
    macroblock.partition = Partition::Whole;
    macroblock.luma = LumaMode::Zero;
    macroblock.vector = Vector::ZERO;
    if !data.read(chance(counts[0], 0)) {
        return;
    }
    macroblock.luma = LumaMode::Vector;
    // Of three vectors the last may be like the first.
    if counts[3] > 0 && near[1] == near[3] {
        counts[1] += 1;
    }
    if counts[2] > counts[1] {
        counts.swap(1, 2);
        near.swap(1, 2);
    }
    if !data.read(chance(counts[1], 1)) {
        macroblock.vector = bounds.clamp(near[1]);
        return;
    }
    if !data.read(chance(counts[2], 2)) {
        macroblock.vector = bounds.clamp(near[2]);
        return;
    }
    let best = bounds.clamp(near[usize::from(counts[1] >= counts[0])]);
    let splits =
        2 * (usize::from(above.split) + usize::from(left.split)) + usize::from(corner.split);
    if data.read(chance(splits, 3)) {
        macroblock.luma = LumaMode::Split;
        read_split(data, probabilities, above, left, best, macroblock);
        macroblock.vector = macroblock.vectors[15];
    } else {
        macroblock.vector = best.plus(Vector::read(data, probabilities));
    }
}

/// Which part each subblock belongs to, of halves, quarters and sixteenths.
const PARTS: [[u8; 16]; 4] = [
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
    [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1],
    [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
];

/// The first subblock of each part.
const FIRSTS: [&[u8]; 4] =
    [&[0, 8], &[0, 2], &[0, 2, 8, 10], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]];

/// RFC 6386, 16.4.
fn read_split(
    data: &mut BoolDecoder<'_>,
    probabilities: &[[u8; 19]; 2],
    above: &Neighbour,
    left: &Neighbour,
    best: Vector,
    macroblock: &mut Macroblock,
) {
    let kind = if !data.read(modes::SPLITS[0]) {
        3
    } else if !data.read(modes::SPLITS[1]) {
        2
    } else {
        usize::from(data.read(modes::SPLITS[2]))
    };
    macroblock.partition = if kind == 3 { Partition::Sixteenths } else { Partition::Quarters };
    let vectors = &mut macroblock.vectors;
    for (part, &first) in (0_u8..).zip(FIRSTS[kind]) {
        let first = usize::from(first);
        let beside =
            if first.is_multiple_of(4) { left.edge[first / 4] } else { vectors[first - 1] };
        let over = if first < 4 { above.edge[first] } else { vectors[first - 4] };
        let context = if beside == over {
            if over == Vector::ZERO { 4 } else { 3 }
        } else if over == Vector::ZERO {
            2
        } else {
            usize::from(beside == Vector::ZERO)
        };
        let chances = modes::PART_MODES[context];
        let vector = if !data.read(chances[0]) {
            beside
        } else if !data.read(chances[1]) {
            over
        } else if !data.read(chances[2]) {
            Vector::ZERO
        } else {
            best.plus(Vector::read(data, probabilities))
        };
        for (own, &of) in vectors.iter_mut().zip(&PARTS[kind]) {
            if of == part {
                *own = vector;
            }
        }
    }
}

/// Places of probabilities: RFC 6386, 17.2.
const LONG: usize = 0;
const SIGN: usize = 1;
const SHORT: usize = 2;
const BITS: usize = 9;

fn component(data: &mut BoolDecoder<'_>, probabilities: &[u8; 19]) -> i16 {
    let p = probabilities;
    let mut value = 0;
    if data.read(p[LONG]) {
        for bit in [0, 1, 2, 9, 8, 7, 6, 5, 4] {
            value |= i16::from(data.read(p[BITS + bit])) << bit;
        }
        // Without a higher bit, a long value has this one.
        if value < 16 || data.read(p[BITS + 3]) {
            value |= 8;
        }
    } else {
        let high = usize::from(data.read(p[SHORT]));
        let middle = usize::from(data.read(p[SHORT + 1 + 3 * high]));
        let low = usize::from(data.read(p[SHORT + 2 + 3 * high + middle]));
        value = [0, 1, 2, 3, 4, 5, 6, 7][4 * high + 2 * middle + low];
    }
    if value != 0 && data.read(p[SIGN]) { -value } else { value }
}
