//! From which picture on a stream that is entered in the middle can be shown: ITU-T H.264, D.2.8.

use rushes_core::bitstream::h264::{SliceHeader, SliceKind};

/// Follows the stream to its first IDR picture or recovery point. Pictures before it would show what the missing
/// ones left in the buffer; like FFmpeg, the decoder does not return them.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    /// Something was found where decoding can start.
    entered: bool,
    /// An IDR picture was decoded: everything from there on is right.
    decoded: bool,
    /// A recovery point was shown: everything that is shown after it is right.
    shown: bool,
    /// `frame_num` of the picture that the last recovery point promised to be right.
    target: Option<u32>,
}

impl Recovery {
    /// Says whether there is a point in decoding the picture that this slice starts. `point` is the count of the
    /// recovery point message before it, `key` that the container calls it a key picture.
    pub(crate) fn enter(&mut self, slice: &SliceHeader, point: Option<u32>, key: bool) -> bool {
        self.entered |= slice.idr || point.is_some() || key && slice.kind == SliceKind::I;
        self.entered
    }

    /// Says whether the picture that this slice starts is right whatever came before it.
    pub(crate) fn decode(
        &mut self,
        slice: &SliceHeader,
        frame_num_bits: u32,
        point: Option<u32>,
        key: bool,
    ) -> bool {
        let mask = (1 << frame_num_bits) - 1;
        let distance = |target: u32| target.wrapping_sub(slice.frame_num) & mask;
        if let Some(count) = point
            && self.target.is_none_or(|target| distance(target) > count)
        {
            self.target = Some(slice.frame_num.wrapping_add(count) & mask);
        }
        let promised = self.target == Some(slice.frame_num) && slice.reference;
        if slice.idr || promised {
            self.target = None;
        }
        self.decoded |= slice.idr;
        // Containers mark key pictures of open groups even where the message is missing.
        let key = key && point.is_none() && slice.kind == SliceKind::I;
        self.is_right() || promised || key
    }

    /// True where pictures are right, and stay so unless one is broken.
    pub(crate) const fn is_right(&self) -> bool {
        self.decoded || self.shown
    }

    /// Says whether a picture is shown, in output order, where `right` is what [`decode`](Self::decode) said of it.
    pub(crate) fn show(&mut self, right: bool) -> bool {
        self.shown |= right;
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::bitstream::h264::Structure;

    use super::*;

    const SLICE: SliceHeader = SliceHeader {
        first_macroblock: 0,
        kind: SliceKind::P,
        pps: 0,
        sps: 0,
        frame_num: 7,
        structure: Structure::Frame,
        idr: false,
        reference: true,
        restarts_order: false,
        redundant: false,
        idr_id: 0,
        order_low: 0,
        order_deltas: [0, 0],
    };

    #[test]
    fn nothing_before_an_entry_is_decoded() {
        let check = |slice: SliceHeader, point, key, expected| {
            assert_eq!(Recovery::default().enter(&slice, point, key), expected, "{slice:?}");
        };
        check(SLICE, None, false, false);
        check(SLICE, None, true, false);
        check(SLICE, Some(3), false, true);
        check(SliceHeader { kind: SliceKind::I, ..SLICE }, None, true, true);
        check(SliceHeader { kind: SliceKind::I, idr: true, ..SLICE }, None, false, true);
    }

    #[test]
    fn what_an_open_group_shows_before_its_key_picture_is_hidden() {
        let mut recovery = Recovery::default();
        let intra = recovery.decode(&SLICE, 4, Some(0), true);
        let leading = recovery.decode(&SliceHeader { reference: false, ..SLICE }, 4, None, false);
        assert_eq!((intra, leading), (true, false));
        assert!(!recovery.show(leading));
        assert!(recovery.show(intra));
        assert!(recovery.decode(&SLICE, 4, None, false));
        assert!(recovery.show(false));
    }

    #[test]
    fn a_slow_recovery_point_promises_a_later_picture() {
        let mut recovery = Recovery::default();
        let right: Vec<_> = (0..3)
            .map(|step| {
                let slice = SliceHeader { frame_num: (15 + step) % 16, ..SLICE };
                recovery.decode(&slice, 4, (step == 0).then_some(2), false)
            })
            .collect();
        assert_eq!(right, [false, false, true]);
    }

    #[test]
    fn an_idr_picture_makes_all_right() {
        let mut recovery = Recovery::default();
        assert!(recovery.decode(&SliceHeader { idr: true, ..SLICE }, 4, None, false));
        assert!(recovery.decode(&SLICE, 4, None, false));
    }
}
