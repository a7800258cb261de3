//! Supplemental enhancement information: ITU-T H.264, annex D.

use crate::bitstream::{BitReader, sei};

/// `recovery_frame_cnt` of the recovery point message, if the payload of a SEI NAL unit holds one: that many frames
/// later, pictures are right even if decoding starts here.
pub fn recovery_point(payload: &[u8]) -> Option<u32> {
    BitReader::new(sei::message(payload, sei::RECOVERY_POINT)?).unsigned().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_reads() {
        let check = |payload: &[u8], expected| assert_eq!(recovery_point(payload), expected);
        check(&[6, 1, 0b1100_0000, 0x80], Some(0));
        check(&[5, 2, 9, 9, 6, 1, 0b0101_0000, 0x80], Some(1));
        check(&[6, 0, 0x80], None);
    }
}
