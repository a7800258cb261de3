//! The first fields of slice segment headers: ITU-T H.265, 7.3.6.1.

use crate::{Error, Result};

use super::nal::Role;
use super::pps::Pps;
use super::sps::Sps;
use crate::bitstream::{BitReader, ChromaFormat};

/// What the header of the first slice segment says of how its picture is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SliceHeader {
    /// `no_output_of_prior_pics_flag`.
    pub discards_prior: bool,
    /// Number of the sequence parameter set.
    pub sps: u8,
    /// `pic_output_flag`.
    pub shown: bool,
}

impl SliceHeader {
    /// Reads the header of a slice segment that starts a picture; `find` finds picture parameter sets by number.
    pub fn parse(role: Role, payload: &[u8], find: impl FnOnce(u8) -> Option<Pps>) -> Result<Self> {
        let r = &mut BitReader::new(payload);
        r.skip(1)?; // first_slice_segment_in_pic_flag
        let discards_prior = role.is_random_access() && r.flag()?;
        let id = r.small(63, "slice_pic_parameter_set_id")?;
        let pps = find(id)
            .ok_or_else(|| Error::malformed(format!("there is no picture parameter set {id}")))?;
        r.bits(pps.extra_bits)?; // slice_reserved_flag
        r.unsigned_up_to(2, "slice_type")?;
        let shown = !pps.output_flag || r.flag()?;
        Ok(Self { discards_prior, sps: pps.sps, shown })
    }
}

/// `slice_pic_order_cnt_lsb` of the slice segment that starts a picture; zero for an IDR picture, which has none.
pub fn order_low(role: Role, payload: &[u8], pps: &Pps, sps: &Sps) -> Result<u32> {
    if role == Role::Idr {
        return Ok(0);
    }
    let r = &mut BitReader::new(payload);
    r.skip(if role.is_random_access() { 2 } else { 1 })?;
    r.unsigned()?; // slice_pic_parameter_set_id
    r.bits(pps.extra_bits)?; // slice_reserved_flag
    r.unsigned()?; // slice_type
    r.skip(usize::from(pps.output_flag))?; // pic_output_flag
    if sps.chroma == ChromaFormat::SeparatePlanes {
        r.skip(2)?; // colour_plane_id
    }
    r.bits(sps.order_bits)
}

/// `first_slice_segment_in_pic_flag` of a slice segment's payload.
pub fn starts_picture(payload: &[u8]) -> bool {
    payload.first().is_some_and(|first| first & 0x80 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_read() {
        let pps = Pps { id: 0, sps: 5, output_flag: true, extra_bits: 2 };
        let check = |role, payload: &[u8], pps, expected: Option<(bool, bool)>| {
            let read = SliceHeader::parse(role, payload, |id| (id == 0).then_some(pps)).ok();
            let expected = expected.map(|(discards_prior, shown)| SliceHeader {
                discards_prior,
                sps: 5,
                shown,
            });
            assert_eq!(read, expected, "{payload:?}");
        };
        // First, flag, ue 0, two bits, ue 2, output flag.
        check(Role::Idr, &[0b1110_0011, 0b0000_0000], pps, Some((true, false)));
        check(Role::Cra, &[0b1010_0011, 0b1000_0000], pps, Some((false, true)));
        // First, ue 0, two bits, ue 1, output flag.
        check(Role::Other, &[0b1111_0100], pps, Some((false, false)));
        let plain = Pps { output_flag: false, extra_bits: 0, ..pps };
        check(Role::Other, &[0b1101_0000], plain, Some((false, true)));
        // A set that is not there, a slice type that is none, and no end.
        check(Role::Other, &[0b1010_1000], plain, None);
        check(Role::Other, &[0b1100_1000], plain, None);
        check(Role::Idr, &[0b1110_0010], pps, None);
        check(Role::Idr, &[], pps, None);
    }
}
