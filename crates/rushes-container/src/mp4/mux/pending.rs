//! The samples of one track that wait for the end of a fragment.

use rushes_core::{Error, Result};

/// One sample of a fragment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct FragmentSample {
    pub(super) size: u32,
    /// Ticks until the next sample is decoded; `None` while that is not known.
    pub(super) duration: Option<u32>,
    /// What the packet says of how long it lasts.
    pub(super) own: Option<u32>,
    /// What is heard of it, if that is less: sound that is cut off at the end is cut off the length.
    pub(super) heard: Option<u32>,
    /// Presentation minus decoding.
    pub(super) offset: i32,
    pub(super) key: bool,
}

/// The samples of one track since the last fragment.
#[derive(Debug, Default)]
pub(super) struct Pending {
    samples: Vec<FragmentSample>,
    /// Decoding time of the first.
    pub(super) start: Option<i64>,
    /// Fixed with the first sample that goes into a fragment.
    pub(super) origin: Option<Origin>,
}

/// From times of packets to those of the media.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Origin {
    /// Decoding time of a packet that is zero in the media.
    pub(super) dts: i64,
    /// Added to all offsets of presentation.
    pub(super) offset: i64,
}

impl Origin {
    /// Decoding time in the media, and what is added to offsets of presentation.
    pub(super) fn place(self, dts: i64) -> Result<(u64, i32)> {
        let time = dts.checked_sub(self.dts).and_then(|time| u64::try_from(time).ok());
        let offset = i32::try_from(self.offset).ok();
        time.zip(offset).ok_or_else(|| {
            Error::unsupported(
                format!("a track that starts at tick {dts}, behind the first fragment"),
                "times from zero, or all tracks in the first fragment",
            )
        })
    }
}

impl Pending {
    /// Takes a sample in that is decoded at `dts`.
    pub(super) fn push(&mut self, sample: FragmentSample, dts: i64) {
        self.start.get_or_insert(dts);
        self.samples.push(sample);
    }

    /// Says how long the last sample lasts, if it still waits.
    pub(super) fn settle(&mut self, duration: u32) {
        if let Some(last) = self.samples.last_mut() {
            last.duration = Some(duration);
        }
    }

    /// All samples, each with a duration: that of the last is what its packet says, or else the `usual` one.
    pub(super) fn take(&mut self, usual: u32) -> Vec<FragmentSample> {
        self.start = None;
        let mut samples = std::mem::take(&mut self.samples);
        for sample in &mut samples {
            let duration = sample.duration.or(sample.own).unwrap_or(usual);
            sample.duration = Some(sample.heard.map_or(duration, |heard| heard.min(duration)));
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sample_lasts_as_its_packet_says() {
        let mut pending = Pending::default();
        let sample = |own| FragmentSample { own, ..FragmentSample::default() };
        pending.push(sample(Some(9)), 5);
        pending.settle(3);
        pending.push(sample(Some(7)), 8);
        let lengths = |samples: Vec<FragmentSample>| -> Vec<_> {
            samples.iter().map(|sample| sample.duration).collect()
        };
        assert_eq!(pending.start, Some(5));
        assert_eq!(lengths(pending.take(1)), [Some(3), Some(7)]);
        // It is gone, and so cannot be settled any more.
        pending.settle(4);
        pending.push(sample(None), 15);
        assert_eq!(lengths(pending.take(1)), [Some(1)]);
    }

    #[test]
    fn times_before_the_origin_are_refused() {
        let origin = Origin { dts: -5, offset: 2 };
        assert_eq!(origin.place(-5).expect("at zero"), (0, 2));
        assert!(origin.place(-6).is_err());
    }
}
