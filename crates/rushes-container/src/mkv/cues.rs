//! `Cues`, the index of a segment: RFC 9559, 5.1.5.

use std::collections::BTreeMap;

use rushes_core::Result;

use super::ebml::{Element, Elements};
use super::ids;

/// Where a time of a track is found.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub(super) struct Cue {
    /// In ticks of the segment.
    pub(super) time: u64,
    /// Offset of the cluster in the input.
    pub(super) cluster: u64,
}

/// Cues of each track, in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Cues {
    tracks: BTreeMap<u64, Vec<Cue>>,
}

impl Cues {
    /// Reads the data of the element; `segment` is where positions count from.
    pub(super) fn read(data: &[u8], offset: u64, segment: u64) -> Result<Self> {
        let mut cues = Self::default();
        let mut children = Elements::new(data, offset);
        while let Some(child) = children.next()? {
            if child.id == ids::CUE_POINT {
                cues.read_point(&child, segment)?;
            }
        }
        for list in cues.tracks.values_mut() {
            list.sort_unstable();
        }
        Ok(cues)
    }

    fn read_point(&mut self, element: &Element<'_>, segment: u64) -> Result<()> {
        let mut time = 0;
        let mut children = element.children();
        while let Some(child) = children.next()? {
            if child.id == ids::CUE_TIME {
                time = child.uint()?;
            }
        }
        let mut children = element.children();
        while let Some(child) = children.next()? {
            if child.id != ids::CUE_TRACK_POSITIONS {
                continue;
            }
            let (mut track, mut position) = (0, None);
            let mut fields = child.children();
            while let Some(field) = fields.next()? {
                match field.id {
                    ids::CUE_TRACK => track = field.uint()?,
                    ids::CUE_CLUSTER_POSITION => position = segment.checked_add(field.uint()?),
                    _ => {}
                }
            }
            let Some(cluster) = position else { continue };
            self.tracks.entry(track).or_default().push(Cue { time, cluster });
        }
        Ok(())
    }

    /// Cues of the track of this number.
    pub(super) fn of(&self, number: u64) -> &[Cue] {
        self.tracks.get(&number).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{element, uint};
    use super::*;

    fn point(time: u64, track: u64, cluster: u64) -> Vec<u8> {
        let positions = [uint(ids::CUE_TRACK, track), uint(ids::CUE_CLUSTER_POSITION, cluster)];
        let positions = element(ids::CUE_TRACK_POSITIONS, &positions.concat());
        element(ids::CUE_POINT, &[positions, uint(ids::CUE_TIME, time)].concat())
    }

    #[test]
    fn cues_are_sorted_by_track_and_time() {
        let data =
            [point(20, 1, 200), point(10, 1, 100), point(5, 2, u64::MAX), point(5, 2, 9)].concat();
        let cues = Cues::read(&data, 0, 1000).expect("valid");
        assert_eq!(cues.of(1), [Cue { time: 10, cluster: 1100 }, Cue { time: 20, cluster: 1200 }]);
        assert_eq!(cues.of(2), [Cue { time: 5, cluster: 1009 }]);
        assert!(cues.of(3).is_empty());
        for length in 0..data.len() {
            let _ = Cues::read(&data[..length], 0, 1000);
        }
    }
}
