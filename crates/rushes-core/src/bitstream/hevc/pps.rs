//! Picture parameter sets: ITU-T H.265, 7.3.2.3.

use crate::Result;

use crate::bitstream::BitReader;

/// What the first fields of slice headers depend on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pps {
    pub id: u8,
    pub sps: u8,
    /// `output_flag_present_flag`: pictures may be kept from being shown.
    pub output_flag: bool,
    /// `num_extra_slice_header_bits`.
    pub extra_bits: u32,
}

impl Pps {
    /// Reads the payload of the NAL unit.
    pub fn parse(payload: &[u8]) -> Result<Self> {
        let r = &mut BitReader::new(payload);
        let id = r.small(63, "pps_pic_parameter_set_id")?;
        let sps = r.small(15, "pps_seq_parameter_set_id")?;
        r.skip(1)?; // dependent_slice_segments_enabled_flag
        let output_flag = r.flag()?;
        let extra_bits = r.bits(3)?;
        Ok(Self { id, sps, output_flag, extra_bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_and_each_cut_is_an_error() {
        // ue 3, ue 0, then 0, 1, 010.
        let payload = [0b0010_0101, 0b0101_0000];
        let expected = Pps { id: 3, sps: 0, output_flag: true, extra_bits: 2 };
        assert_eq!(Pps::parse(&payload).ok(), Some(expected));
        assert!(Pps::parse(&payload[..1]).is_err());
        // ue 64: too large a number.
        assert!(Pps::parse(&[0b0000_0010, 0b0000_1111, 0xff]).is_err());
    }
}
