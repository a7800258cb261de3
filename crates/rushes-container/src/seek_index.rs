//! Where the packets of a stream without an index are: found by one scan, when the first seek asks for it.

use rushes_core::{Error, Limits, Result, Ticks, Timestamp};

use crate::SeekMode;

/// Where a packet is, and when it is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    /// Offset of its first byte.
    pub(crate) position: u64,
    pub(crate) pts: Timestamp,
    pub(crate) dts: Timestamp,
    pub(crate) duration: Ticks,
    /// Which packet of the stream it is.
    pub(crate) number: u64,
    pub(crate) key: bool,
}

/// The packets of a stream, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeekIndex {
    places: Vec<Place>,
    /// For each packet, the latest time up to it: times may go back, this does not.
    reach: Vec<Timestamp>,
}

impl SeekIndex {
    /// Appends the next packet.
    pub(crate) fn push(&mut self, place: Place, limits: &Limits) -> Result<()> {
        let bytes = (size_of::<Place>() + size_of::<Timestamp>()) as u64;
        let wanted = (self.places.len() as u64 + 1) * bytes;
        if wanted > limits.index_bytes {
            return Err(Error::limit("index_bytes", wanted, limits.index_bytes));
        }
        let reach = self.reach.last().map_or(place.pts, |last| place.pts.max(*last));
        self.reach.push(reach);
        self.places.push(place);
        Ok(())
    }

    /// The packet of this number.
    pub(crate) fn get(&self, number: u64) -> Option<Place> {
        self.places.get(usize::try_from(number).ok()?).copied()
    }

    /// The last packet, or the last key packet, at or before a time; else the first that decoding can start at.
    pub(crate) fn find(&self, time: Timestamp, mode: SeekMode) -> Option<Place> {
        let fits = |place: &&Place| mode == SeekMode::Any || place.key;
        let after = self.reach.partition_point(|reach| *reach <= time);
        let earlier = self.places[..after].iter().rfind(fits);
        earlier.or_else(|| self.places.iter().find(fits)).or(self.places.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_found_by_time() {
        let mut index = SeekIndex::default();
        for (number, (pts, key)) in
            [(0, false), (1, true), (4, false), (3, false), (6, true), (8, false)]
                .into_iter()
                .enumerate()
        {
            let number = number as u64;
            let pts = Timestamp::new(pts);
            let place =
                Place { position: 10 * number, pts, dts: pts, duration: Ticks::ZERO, number, key };
            index.push(place, &Limits::default()).expect("small");
        }
        let check = |time, mode, expected| {
            let found = index.find(Timestamp::new(time), mode).map(|place| place.number);
            assert_eq!(found, Some(expected), "{time} {mode:?}");
        };
        check(-5, SeekMode::Key, 1);
        check(0, SeekMode::Key, 1);
        check(5, SeekMode::Key, 1);
        check(6, SeekMode::Key, 4);
        check(99, SeekMode::Key, 4);
        check(0, SeekMode::Any, 0);
        check(5, SeekMode::Any, 3);
        check(99, SeekMode::Any, 5);
        assert!(SeekIndex::default().find(Timestamp::ZERO, SeekMode::Any).is_none());
        let mut limits = Limits::default();
        limits.index_bytes = 100;
        let place = Place {
            position: 0,
            pts: Timestamp::ZERO,
            dts: Timestamp::ZERO,
            duration: Ticks::ZERO,
            number: 0,
            key: true,
        };
        let mut index = SeekIndex::default();
        index.push(place, &limits).expect("one fits");
        assert!(index.push(place, &limits).is_err());
    }
}
