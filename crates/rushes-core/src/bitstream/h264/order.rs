//! Picture order count: ITU-T H.264, 8.2.1.

use super::slice::{SliceHeader, Structure};
use super::sps::{OrderCount, OrderCycle, Sps};

/// Counts the order in which pictures are shown, from slice headers in decoding order.
#[derive(Clone, Debug, Default)]
pub struct OrderCounter {
    /// High and low part of the last reference picture's count, of type 0.
    high: i64,
    low: i64,
    /// Of the last picture, of types 1 and 2.
    frame_num: i64,
    frame_num_offset: i64,
}

impl OrderCounter {
    /// The count of the picture that this slice starts: the smaller one of its fields. Counts start anew at pictures that
    /// are IDR or restart the order.
    pub fn next(&mut self, header: &SliceHeader, sps: &Sps) -> i32 {
        let (top, bottom) = match sps.order_count {
            OrderCount::Low { bits } => self.low_count(header, bits),
            OrderCount::Predicted { .. } => self.predicted(header, sps),
            OrderCount::DecodingOrder => {
                let order = 2 * self.absolute(header, sps) - i64::from(!header.reference);
                let order = if header.idr { 0 } else { order };
                (order, order)
            }
        };
        let order = match header.structure {
            Structure::Frame => top.min(bottom),
            Structure::TopField => top,
            Structure::BottomField => bottom,
        };
        if header.restarts_order {
            // What comes after it counts from this picture.
            self.high = 0;
            self.low = if header.structure == Structure::BottomField { 0 } else { top - order };
            (self.frame_num, self.frame_num_offset) = (0, 0);
            return 0;
        }
        i32::try_from(order).unwrap_or(if order < 0 { i32::MIN } else { i32::MAX })
    }

    /// Type 0, 8.2.1.1.
    fn low_count(&mut self, header: &SliceHeader, bits: u32) -> (i64, i64) {
        if header.idr {
            (self.high, self.low) = (0, 0);
        }
        let low = i64::from(header.order_low);
        let range = 1_i64 << bits;
        let high = if low < self.low && self.low - low >= range / 2 {
            self.high + range
        } else if low > self.low && low - self.low > range / 2 {
            self.high - range
        } else {
            self.high
        };
        if header.reference {
            (self.high, self.low) = (high, low);
        }
        let order = high + low;
        (order, order + i64::from(header.order_deltas[0]))
    }

    /// Type 1, 8.2.1.2.
    fn predicted(&mut self, header: &SliceHeader, sps: &Sps) -> (i64, i64) {
        let OrderCycle { unreferenced, bottom, frames } = &sps.order_cycle;
        let number = self.absolute(header, sps);
        let mut before = if frames.is_empty() { 0 } else { number };
        before -= i64::from(!header.reference && before > 0);
        let mut expected = 0;
        if let (Ok(count), true) = (i64::try_from(frames.len()), before > 0) {
            let sum =
                |taken: usize| -> i64 { frames.iter().take(taken).copied().map(i64::from).sum() };
            let rest = usize::try_from((before - 1) % count).unwrap_or(0);
            expected = (before - 1) / count * sum(frames.len()) + sum(rest + 1);
        }
        if !header.reference {
            expected += i64::from(*unreferenced);
        }
        let [first, second] = header.order_deltas.map(i64::from);
        let top = expected + first;
        match header.structure {
            Structure::Frame => (top, top + i64::from(*bottom) + second),
            _ => (top, top + i64::from(*bottom)),
        }
    }

    /// `FrameNumOffset + frame_num`.
    fn absolute(&mut self, header: &SliceHeader, sps: &Sps) -> i64 {
        let number = i64::from(header.frame_num);
        if header.idr {
            self.frame_num_offset = 0;
        } else if self.frame_num > number {
            self.frame_num_offset = self.frame_num_offset.saturating_add(1 << sps.frame_num_bits);
        }
        self.frame_num = number;
        // Far from the ends of the range, however long the stream is.
        (self.frame_num_offset + number).min(1 << 40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitstream::h264::{Nal, SliceKind};

    const SLICE: SliceHeader = SliceHeader {
        first_macroblock: 0,
        kind: SliceKind::P,
        pps: 0,
        sps: 0,
        frame_num: 0,
        structure: Structure::Frame,
        idr: false,
        reference: true,
        restarts_order: false,
        redundant: false,
        idr_id: 0,
        order_low: 0,
        order_deltas: [0, 0],
    };

    fn sps(order_count: OrderCount) -> Sps {
        let nal = [
            0x67, 0x64, 0x00, 0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9f, 0x01, 0x6a, 0x02, 0x02,
            0x02, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x07, 0x8a, 0x14, 0xcb,
        ];
        let sps = Sps::parse(&Nal::new(&nal).expect("a set").payload()).expect("valid");
        Sps { order_count, frame_num_bits: 4, ..sps }
    }

    #[test]
    fn low_bits_wrap_in_both_directions() {
        let sps = sps(OrderCount::Low { bits: 4 });
        let mut counter = OrderCounter::default();
        let lows = [(0, true), (8, true), (4, false), (0, true), (12, false), (8, true)];
        let orders: Vec<_> = lows
            .into_iter()
            .enumerate()
            .map(|(index, (order_low, reference))| {
                let header = SliceHeader { idr: index == 0, order_low, reference, ..SLICE };
                counter.next(&header, &sps)
            })
            .collect();
        assert_eq!(orders, [0, 8, 4, 16, 12, 24]);
        let restart = SliceHeader { restarts_order: true, order_low: 4, ..SLICE };
        assert_eq!(counter.next(&restart, &sps), 0);
        assert_eq!(counter.next(&SliceHeader { order_low: 2, ..SLICE }, &sps), 2);
    }

    #[test]
    fn decoding_order_counts_frames() {
        let sps = sps(OrderCount::DecodingOrder);
        let mut counter = OrderCounter::default();
        let orders: Vec<_> = (0..20)
            .map(|index| {
                let header = SliceHeader { idr: index == 0, frame_num: index % 16, ..SLICE };
                counter.next(&header, &sps)
            })
            .collect();
        assert_eq!(orders, (0..20).map(|index| 2 * index).collect::<Vec<_>>());
    }

    #[test]
    fn predictions_follow_the_cycle() {
        let mut sps = sps(OrderCount::Predicted { always_zero: false });
        sps.order_cycle = OrderCycle { unreferenced: -2, bottom: 1, frames: vec![4] };
        let mut counter = OrderCounter::default();
        let pictures = [(0, true), (1, true), (2, false), (2, true), (3, false)];
        let orders: Vec<_> = pictures
            .into_iter()
            .enumerate()
            .map(|(index, (frame_num, reference))| {
                let header = SliceHeader { idr: index == 0, frame_num, reference, ..SLICE };
                counter.next(&header, &sps)
            })
            .collect();
        assert_eq!(orders, [0, 4, 2, 8, 6]);
    }
}
