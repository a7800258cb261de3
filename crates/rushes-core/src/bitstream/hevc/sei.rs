//! Supplemental enhancement information: ITU-T H.265, annex D.

use crate::bitstream::{BitReader, sei};

/// `recovery_poc_cnt` of the recovery point message, if the payload of a SEI NAL unit holds one: pictures whose order
/// count is at least so much larger are right even if decoding starts here.
pub fn recovery_point(payload: &[u8]) -> Option<i32> {
    BitReader::new(sei::message(payload, sei::RECOVERY_POINT)?).signed().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_reads() {
        let check = |payload: &[u8], expected| assert_eq!(recovery_point(payload), expected);
        check(&[6, 1, 0b1100_0000, 0x80], Some(0));
        check(&[5, 2, 9, 9, 6, 1, 0b0101_0000, 0x80], Some(1));
        check(&[6, 1, 0b0110_0000, 0x80], Some(-1));
        check(&[6, 0, 0x80], None);
    }
}
