//! Picture parameter sets: ITU-T H.264, 7.3.2.2.

use crate::{Error, Result};

use crate::bitstream::BitReader;

/// What slice headers depend on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pps {
    pub id: u8,
    pub sps: u8,
    /// `bottom_field_pic_order_in_frame_present_flag`.
    pub bottom_order_count: bool,
    /// `num_ref_idx_l0_default_active_minus1` plus one, and the same of list 1.
    pub active_references: [u8; 2],
    pub weighted_p: bool,
    pub weighted_b: u8,
    /// `redundant_pic_cnt_present_flag`.
    pub redundant_pictures: bool,
}

impl Pps {
    /// Reads the payload of the NAL unit up to where slice headers need it.
    pub fn parse(payload: &[u8]) -> Result<Self> {
        let r = &mut BitReader::new(payload);
        let id = r.small(255, "pic_parameter_set_id")?;
        let sps = r.small(31, "seq_parameter_set_id")?;
        r.skip(1)?; // entropy_coding_mode_flag
        let bottom_order_count = r.flag()?;
        if r.unsigned_up_to(7, "num_slice_groups_minus1")? > 0 {
            return Err(Error::unsupported("H.264 with slice groups", "one slice group"));
        }
        let active_references = [
            1 + r.small(31, "num_ref_idx_l0_default_active_minus1")?,
            1 + r.small(31, "num_ref_idx_l1_default_active_minus1")?,
        ];
        let weighted_p = r.flag()?;
        let weighted_b = if r.flag()? { 2 } else { 0 } + u8::from(r.flag()?);
        let qp = r.signed()?;
        r.signed()?; // pic_init_qs_minus26
        let chroma_qp = r.signed()?;
        // Below -26 lies what depths above 8 bits add.
        if !(-26 - 36..=25).contains(&qp) || !(-12..=12).contains(&chroma_qp) || weighted_b > 2 {
            return Err(Error::malformed("a value of the picture parameter set is out of range"));
        }
        r.skip(2)?; // deblocking_filter_control_present_flag, constrained_intra_pred_flag
        let redundant_pictures = r.flag()?;
        Ok(Self {
            id,
            sps,
            bottom_order_count,
            active_references,
            weighted_p,
            weighted_b,
            redundant_pictures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_set_reads() {
        // x264: CABAC, three references, weighted P, implicit B.
        let pps = Pps::parse(&[0xeb, 0xec, 0xb2, 0x2c]).expect("valid");
        assert_eq!((pps.id, pps.sps), (0, 0));
        assert_eq!(pps.active_references, [3, 1]);
        assert!(pps.weighted_p);
        assert_eq!(pps.weighted_b, 2);
        assert!(!pps.redundant_pictures);
    }

    #[test]
    fn slice_groups_are_unsupported_and_short_sets_malformed() {
        assert!(matches!(Pps::parse(&[0b1100_0100]), Err(Error::Unsupported(_))));
        assert!(matches!(Pps::parse(&[0xeb, 0xec]), Err(Error::Malformed(_))));
    }
}
