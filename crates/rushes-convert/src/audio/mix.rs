//! From one arrangement of speakers to another.
//!
//! A speaker that the target lacks is folded into its neighbours at the levels of ITU-R BS.775-3, annex 4: centre and
//! surround at -3 dB, the LFE not at all. These are swresample's defaults too.

use std::f64::consts::FRAC_1_SQRT_2 as MINUS_3_DB;

use rushes_core::{ChannelLayout, Error, Result};

/// Weights of the source's channels, one row per channel of the target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    rows: Vec<Vec<f64>>,
}

/// A speaker, by its bit in the mask.
type Speaker = u32;

const FRONT_LEFT: Speaker = 0x1;
const FRONT_RIGHT: Speaker = 0x2;
const FRONT_CENTER: Speaker = 0x4;
const BACK_LEFT: Speaker = 0x10;
const BACK_RIGHT: Speaker = 0x20;
const LEFT_OF_CENTER: Speaker = 0x40;
const RIGHT_OF_CENTER: Speaker = 0x80;
const BACK_CENTER: Speaker = 0x100;
const SIDE_LEFT: Speaker = 0x200;
const SIDE_RIGHT: Speaker = 0x400;
const KNOWN: u32 = 0x7ff;

impl Matrix {
    /// The mix between two layouts, with sums of weights at most 1 if `bounded`; `None` where channels stay as they are.
    pub(super) fn new(
        from: ChannelLayout,
        to: ChannelLayout,
        bounded: bool,
    ) -> Result<Option<Self>> {
        let placed = |layout: ChannelLayout| match layout.mask() {
            0 => ChannelLayout::default_for(layout.channels()),
            _ => layout,
        };
        let unplaced = from.mask() == 0 || to.mask() == 0;
        if from == to || unplaced && from.channels() == to.channels() {
            return Ok(None);
        }
        let (source, target) = (placed(from).mask(), placed(to).mask());
        if source == 0 || target == 0 || (source | target) & !KNOWN != 0 {
            let supported = "layouts of front, back and side speakers and LFE";
            return Err(Error::unsupported(format!("mixing {from} to {to}"), supported));
        }
        let mut rows = vec![vec![0.0; speakers(source).count()]; speakers(target).count()];
        for (column, speaker) in speakers(source).enumerate() {
            for (place, weight) in destinations(speaker, source, target) {
                if let Some(row) = speakers(target).position(|other| other == place) {
                    rows[row][column] = weight;
                }
            }
        }
        let most = rows.iter().map(|row| row.iter().sum::<f64>()).fold(0.0, f64::max);
        if bounded && most > 1.0 {
            rows.iter_mut().flatten().for_each(|weight| *weight /= most);
        }
        let matrix = Self { rows };
        Ok((!matrix.is_identity()).then_some(matrix))
    }

    /// A mix with the user's weights; `None` where channels stay as they are.
    pub(super) fn from_rows(
        rows: Vec<Vec<f64>>,
        from: ChannelLayout,
        to: ChannelLayout,
    ) -> Result<Option<Self>> {
        let channels = usize::from(from.channels());
        let fits = rows.len() == usize::from(to.channels())
            && rows.iter().all(|row| row.len() == channels);
        if !fits || !rows.iter().flatten().all(|weight| weight.is_finite()) {
            return Err(Error::usage(format!(
                "a matrix from {from} to {to} has {} rows of {channels} finite weights",
                to.channels()
            )));
        }
        let matrix = Self { rows };
        Ok((!matrix.is_identity()).then_some(matrix))
    }

    /// One row of weights per channel of the target.
    pub(super) fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    fn is_identity(&self) -> bool {
        self.rows.iter().enumerate().all(|(y, row)| {
            row.len() == self.rows.len()
                && row.iter().enumerate().all(|(x, weight)| *weight == f64::from(u8::from(x == y)))
        })
    }
}

/// The speakers of a mask, in the order of the channels.
fn speakers(mask: u32) -> impl Iterator<Item = Speaker> {
    (0..u32::BITS).map(|bit| 1 << bit).filter(move |speaker| mask & speaker != 0)
}

/// Where a speaker's signal goes, and how loud: nowhere if there is no place for it.
fn destinations(speaker: Speaker, source: u32, target: u32) -> Vec<(Speaker, f64)> {
    let has = |mask: u32, speakers: u32| mask & speakers == speakers;
    let front = FRONT_LEFT | FRONT_RIGHT;
    let (back, side) = (BACK_LEFT | BACK_RIGHT, SIDE_LEFT | SIDE_RIGHT);
    // Two signals of one pair share the pair's place at -3 dB each.
    let beside = |pair: u32| if has(source, pair) { MINUS_3_DB } else { 1.0 };
    let both = |pair: [Speaker; 2], weight: f64| pair.map(|place| (place, weight)).to_vec();
    if has(target, speaker) {
        return vec![(speaker, 1.0)];
    }
    match speaker {
        FRONT_CENTER if has(target, front) => both([FRONT_LEFT, FRONT_RIGHT], MINUS_3_DB),
        FRONT_LEFT | FRONT_RIGHT => vec![(FRONT_CENTER, MINUS_3_DB)],
        LEFT_OF_CENTER if has(target, front) => vec![(FRONT_LEFT, 1.0)],
        RIGHT_OF_CENTER if has(target, front) => vec![(FRONT_RIGHT, 1.0)],
        LEFT_OF_CENTER | RIGHT_OF_CENTER => vec![(FRONT_CENTER, MINUS_3_DB)],
        BACK_CENTER if has(target, back) => both([BACK_LEFT, BACK_RIGHT], MINUS_3_DB),
        BACK_CENTER if has(target, side) => both([SIDE_LEFT, SIDE_RIGHT], MINUS_3_DB),
        BACK_CENTER if has(target, front) => both([FRONT_LEFT, FRONT_RIGHT], 0.5),
        BACK_CENTER => vec![(FRONT_CENTER, 0.5)],
        BACK_LEFT | BACK_RIGHT | SIDE_LEFT | SIDE_RIGHT => {
            let is_left = speaker & (BACK_LEFT | SIDE_LEFT) != 0;
            let is_back = speaker & back != 0;
            let pick = |left: Speaker, right: Speaker| if is_left { left } else { right };
            let center = (target & BACK_CENTER != 0).then_some((BACK_CENTER, MINUS_3_DB));
            let other = if is_back {
                has(target, side).then(|| (pick(SIDE_LEFT, SIDE_RIGHT), beside(side)))
            } else {
                has(target, back).then(|| (pick(BACK_LEFT, BACK_RIGHT), beside(back)))
            };
            // From the back, the centre behind is nearer than the side; from the side it is farther than the back.
            let near = if is_back { center.or(other) } else { other.or(center) };
            let fallback = if has(target, front) {
                (pick(FRONT_LEFT, FRONT_RIGHT), MINUS_3_DB)
            } else {
                (FRONT_CENTER, 0.5)
            };
            vec![near.unwrap_or(fallback)]
        }
        // The LFE is left out, and so is a centre without a front to go to.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(name: &str) -> ChannelLayout {
        ChannelLayout::from_name(name).expect("a name")
    }

    /// The rows, rounded to four digits.
    fn check(from: &str, to: &str, bounded: bool, expected: &[&[f64]]) {
        let matrix = Matrix::new(layout(from), layout(to), bounded).expect("known").expect("a mix");
        assert_eq!(matrix.rows().len(), expected.len(), "{from} to {to}");
        for (row, expected) in matrix.rows().iter().zip(expected) {
            let close = row.iter().zip(*expected).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(close && row.len() == expected.len(), "{from} to {to}: {matrix:?}");
        }
    }

    #[test]
    fn mixes_are_those_of_swresample() {
        let s = MINUS_3_DB;
        check("stereo", "mono", false, &[&[s, s]]);
        check("stereo", "mono", true, &[&[0.5, 0.5]]);
        check("mono", "stereo", true, &[&[s], &[s]]);
        check("mono", "5.1", true, &[&[0.0], &[0.0], &[1.0], &[0.0], &[0.0], &[0.0]]);
        check("5.1", "mono", false, &[&[s, s, 1.0, 0.0, 0.5, 0.5]]);
        check("5.1", "stereo", false, &[&[1.0, 0.0, s, 0.0, s, 0.0], &[0.0, 1.0, s, 0.0, 0.0, s]]);
        let (a, b) = (0.4142, 0.2929);
        check("5.1(side)", "stereo", true, &[&[a, 0.0, b, 0.0, b, 0.0], &[0.0, a, b, 0.0, 0.0, b]]);
        check(
            "4.0",
            "stereo",
            true,
            &[&[0.4531, 0.0, 0.3204, 0.2266], &[0.0, 0.4531, 0.3204, 0.2266]],
        );
        check(
            "quad",
            "4.0",
            false,
            &[&[1.0, 0.0, 0.0, 0.0], &[0.0, 1.0, 0.0, 0.0], &[0.0; 4], &[0.0, 0.0, s, s]],
        );
        let (a, b) = (0.5858, 0.4142);
        let mut rows = [[0.0; 8]; 6];
        (0..6).for_each(|i| rows[i][i] = a);
        (rows[4][6], rows[5][7]) = (b, b);
        check("7.1", "5.1", true, &rows.each_ref().map(|row| &row[..]));
    }

    #[test]
    fn equal_channels_are_not_mixed() {
        for (from, to) in [("5.1", "5.1(side)"), ("stereo", "stereo"), ("7.1", "8c")] {
            assert_eq!(Matrix::new(layout(from), layout(to), true).expect("known"), None);
        }
        let unknown = ChannelLayout::from_mask(2, 0);
        assert_eq!(Matrix::new(unknown, ChannelLayout::STEREO, true).expect("known"), None);
        assert!(Matrix::new(layout("12c"), ChannelLayout::STEREO, true).is_err());
        assert!(Matrix::new(unknown, ChannelLayout::MONO, true).expect("known").is_some());
    }
}
