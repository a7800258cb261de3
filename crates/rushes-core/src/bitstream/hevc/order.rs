//! Picture order count: ITU-T H.265, 8.3.1.

use super::{Nal, Sps};

/// Counts the order in which pictures are shown, from slice headers in decoding order.
#[derive(Clone, Debug, Default)]
pub struct OrderCounter {
    /// High and low part of the count that the next is told from.
    high: i64,
    low: i64,
}

impl OrderCounter {
    /// The count of the picture that `nal` starts, whose low bits are given. `starts` says that it starts a coded video
    /// sequence.
    pub fn next(&mut self, nal: Nal<'_>, low: u32, sps: &Sps, starts: bool) -> i32 {
        let low = i64::from(low);
        let range = 1_i64 << sps.order_bits;
        let high = if starts {
            0
        } else if low < self.low && self.low - low >= range / 2 {
            self.high + range
        } else if low > self.low && low - self.low > range / 2 {
            self.high - range
        } else {
            self.high
        };
        if nal.is_order_anchor() {
            (self.high, self.low) = (high, low);
        }
        let order = high + low;
        i32::try_from(order).unwrap_or(if order < 0 { i32::MIN } else { i32::MAX })
    }
}
