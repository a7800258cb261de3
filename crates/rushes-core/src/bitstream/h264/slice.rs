//! Slice headers up to the reference marking: ITU-T H.264, 7.3.3.

use crate::{Error, Result};

use super::nal::Nal;
use super::pps::Pps;
use super::sps::{OrderCount, Sps};
use crate::bitstream::{BitReader, ChromaFormat};

/// What tells pictures apart, and how they are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SliceHeader {
    pub first_macroblock: u32,
    pub kind: SliceKind,
    pub pps: u8,
    pub sps: u8,
    pub frame_num: u32,
    pub structure: Structure,
    /// The picture is an IDR picture.
    pub idr: bool,
    /// Other pictures may refer to this one.
    pub reference: bool,
    /// The picture makes all earlier ones unusable and restarts the order count (operation 5).
    pub restarts_order: bool,
    /// A repetition of what a primary slice says.
    pub redundant: bool,
    pub idr_id: u32,
    pub order_low: u32,
    pub order_deltas: [i32; 2],
}

/// `slice_type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SliceKind {
    P,
    B,
    I,
}

/// What a picture codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Structure {
    Frame,
    TopField,
    BottomField,
}

impl SliceHeader {
    /// `payload` is that of `nal`; `sets` finds parameter sets by the picture parameter set's number.
    pub fn parse<'s>(
        nal: Nal<'_>,
        payload: &[u8],
        sets: impl FnOnce(u8) -> Option<(&'s Sps, &'s Pps)>,
    ) -> Result<Self> {
        let r = &mut BitReader::new(payload);
        let first_macroblock = r.unsigned()?;
        let kind = SliceKind::parse(r)?;
        let id = r.small(255, "pic_parameter_set_id")?;
        let (sps, pps) = sets(id)
            .ok_or_else(|| Error::malformed(format!("there is no picture parameter set {id}")))?;
        if sps.chroma == ChromaFormat::SeparatePlanes {
            r.skip(2)?; // colour_plane_id
        }
        let frame_num = r.bits(sps.frame_num_bits)?;
        let structure = match !sps.frames_only && r.flag()? {
            false => Structure::Frame,
            true if r.flag()? => Structure::BottomField,
            true => Structure::TopField,
        };
        let idr = nal.kind() == 5;
        let idr_id = if idr { r.unsigned()? } else { 0 };
        let bottom_delta = pps.bottom_order_count && structure == Structure::Frame;
        let (mut order_low, mut order_deltas) = (0, [0; 2]);
        match sps.order_count {
            OrderCount::Low { bits } => {
                order_low = r.bits(bits)?;
                if bottom_delta {
                    order_deltas[0] = r.signed()?;
                }
            }
            OrderCount::Predicted { always_zero: false } => {
                order_deltas[0] = r.signed()?;
                if bottom_delta {
                    order_deltas[1] = r.signed()?;
                }
            }
            OrderCount::Predicted { always_zero: true } | OrderCount::DecodingOrder => {}
        }
        let redundant = pps.redundant_pictures && r.unsigned()? > 0;
        let active = references(r, kind, pps, structure)?;
        if kind == SliceKind::P && pps.weighted_p || kind == SliceKind::B && pps.weighted_b == 1 {
            skip_weights(r, kind, active, sps.chroma)?;
        }
        let reference = nal.reference() != 0;
        let restarts_order = reference && !idr && restarts_order(r)?;
        let header = Self {
            first_macroblock,
            kind,
            pps: id,
            sps: pps.sps,
            frame_num,
            structure,
            idr,
            reference,
            restarts_order,
            redundant,
            idr_id,
            order_low,
            order_deltas,
        };
        header.check(sps)
    }

    fn check(self, sps: &Sps) -> Result<Self> {
        // In frames that mix frame and field macroblocks, addresses count pairs: the bound holds there as well.
        let fields = if self.structure == Structure::Frame { 1 } else { 2 };
        if self.first_macroblock >= sps.width_mbs * sps.height_mbs / fields {
            return Err(Error::malformed("a slice starts outside of the picture"));
        }
        if self.idr && self.kind != SliceKind::I {
            return Err(Error::malformed("an IDR picture has a slice that is not intra-coded"));
        }
        Ok(self)
    }

    /// True where this slice belongs to another picture than the one before it: 7.4.1.2.4.
    pub fn starts_picture(&self, before: &Self) -> bool {
        self.frame_num != before.frame_num
            || self.sps != before.sps
            || self.structure != before.structure
            || self.reference != before.reference
            || self.idr != before.idr
            || self.idr_id != before.idr_id
            || self.order_low != before.order_low
            || self.order_deltas != before.order_deltas
    }

    /// True where this is the second field of the frame that `first` began.
    pub fn completes(&self, first: &Self) -> bool {
        let opposite = matches!(
            (first.structure, self.structure),
            (Structure::TopField, Structure::BottomField)
                | (Structure::BottomField, Structure::TopField)
        );
        // A reference field may follow a field that is none only in another frame.
        opposite
            && self.frame_num == first.frame_num
            && self.sps == first.sps
            && (first.idr || !self.idr)
            && (first.reference || !self.reference)
    }
}

impl SliceKind {
    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        match r.unsigned_up_to(9, "slice_type")? % 5 {
            0 => Ok(Self::P),
            1 => Ok(Self::B),
            2 => Ok(Self::I),
            _ => Err(Error::unsupported("H.264 with SP or SI slices", "I, P and B slices")),
        }
    }
}

/// Passes over the reference lists; says how many entries each has.
fn references(
    r: &mut BitReader<'_>,
    kind: SliceKind,
    pps: &Pps,
    structure: Structure,
) -> Result<[u32; 2]> {
    let lists = match kind {
        SliceKind::I => return Ok([0, 0]),
        SliceKind::P => 1,
        SliceKind::B => 2,
    };
    if kind == SliceKind::B {
        r.skip(1)?; // direct_spatial_mv_pred_flag
    }
    let mut active = pps.active_references.map(u32::from);
    if r.flag()? {
        let most = if structure == Structure::Frame { 15 } else { 31 };
        for count in active.iter_mut().take(lists) {
            *count = 1 + r.unsigned_up_to(most, "num_ref_idx_active_minus1")?;
        }
    }
    for count in active.iter().take(lists) {
        if r.flag()? {
            // One command for each entry, then the end.
            let mut commands = 0;
            while r.unsigned_up_to(3, "modification_of_pic_nums_idc")? != 3 {
                r.unsigned()?; // abs_diff_pic_num_minus1 or long_term_pic_num
                commands += 1;
                if commands > *count {
                    return Err(Error::malformed("a reference list is modified too often"));
                }
            }
        }
    }
    Ok(active)
}

/// `pred_weight_table`, 7.3.3.2.
fn skip_weights(
    r: &mut BitReader<'_>,
    kind: SliceKind,
    active: [u32; 2],
    chroma: ChromaFormat,
) -> Result<()> {
    let has_chroma = !matches!(chroma, ChromaFormat::Monochrome | ChromaFormat::SeparatePlanes);
    r.unsigned_up_to(7, "luma_log2_weight_denom")?;
    if has_chroma {
        r.unsigned_up_to(7, "chroma_log2_weight_denom")?;
    }
    for count in active.into_iter().take(if kind == SliceKind::B { 2 } else { 1 }) {
        for _ in 0..count {
            for pairs in [1].into_iter().chain(has_chroma.then_some(2)) {
                if r.flag()? {
                    for _ in 0..2 * pairs {
                        // Weights and offsets are bytes: larger ones would overflow the prediction.
                        if !(-128..=127).contains(&r.signed()?) {
                            return Err(Error::malformed("a prediction weight is out of range"));
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// `dec_ref_pic_marking` of a picture that is not IDR, 7.3.3.3: is operation 5 among its operations?
fn restarts_order(r: &mut BitReader<'_>) -> Result<bool> {
    let mut restarts = false;
    if !r.flag()? {
        return Ok(false);
    }
    // No stream needs more operations than there are fields to mark.
    for _ in 0..=66 {
        match r.unsigned_up_to(6, "memory_management_control_operation")? {
            0 => return Ok(restarts),
            3 => {
                r.unsigned()?;
                r.unsigned_up_to(31, "long_term_frame_idx")?;
            }
            5 => restarts = true,
            _ => {
                r.unsigned()?;
            }
        }
    }
    Err(Error::malformed("the reference marking does not end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: SliceHeader = SliceHeader {
        first_macroblock: 0,
        kind: SliceKind::I,
        pps: 0,
        sps: 0,
        frame_num: 3,
        structure: Structure::TopField,
        idr: false,
        reference: true,
        restarts_order: false,
        redundant: false,
        idr_id: 0,
        order_low: 0,
        order_deltas: [0, 0],
    };

    #[test]
    fn slices_of_one_picture_agree() {
        let check = |change: fn(&mut SliceHeader), expected| {
            let mut next = FIELD;
            change(&mut next);
            assert_eq!(next.starts_picture(&FIELD), expected, "{next:?}");
        };
        check(|next| next.first_macroblock = 9, false);
        check(|next| next.kind = SliceKind::P, false);
        check(|next| next.pps = 1, false);
        check(|next| next.frame_num = 4, true);
        check(|next| next.order_low = 7, true);
        check(|next| next.structure = Structure::BottomField, true);
        check(|next| next.reference = false, true);
        check(|next| next.idr_id = 1, true);
    }

    #[test]
    fn only_the_opposite_field_completes_a_frame() {
        let check = |change: fn(&mut SliceHeader), expected| {
            let mut next = SliceHeader { structure: Structure::BottomField, ..FIELD };
            change(&mut next);
            assert_eq!(next.completes(&FIELD), expected, "{next:?}");
        };
        check(|_| (), true);
        check(|next| next.reference = false, true);
        check(|next| next.frame_num = 4, false);
        check(|next| next.structure = Structure::TopField, false);
        check(|next| next.structure = Structure::Frame, false);
        check(|next| next.idr = true, false);
    }
}
