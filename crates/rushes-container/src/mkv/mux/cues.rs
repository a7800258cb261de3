//! The index: RFC 9559, 5.1.5.

use super::block::Block;
use crate::mkv::ebml_writer::EbmlWriter;
use crate::mkv::ids;

/// Where a block is.
#[derive(Clone, Copy, Debug)]
struct Cue {
    tick: i64,
    track: u64,
    /// Offset of its cluster in the segment.
    cluster: u64,
    /// Offset of the block in its cluster.
    offset: u64,
    /// Of subtitles, so that a reader finds the one that is still shown.
    duration: Option<u64>,
}

/// The blocks that a reader may want to go to.
#[derive(Debug, Default)]
pub(super) struct Cues {
    cues: Vec<Cue>,
}

impl Cues {
    pub(super) fn push(&mut self, block: &Block, cluster: u64, offset: u64) {
        let Block { tick, track, duration, .. } = *block;
        self.cues.push(Cue { tick, track, cluster, offset, duration });
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.cues.is_empty()
    }

    /// Sorts the cues by time, as they are written.
    pub(super) fn sort(&mut self) {
        self.cues.sort_by_key(|cue| (cue.tick, cue.track));
    }

    /// The element, for clusters that were moved back by `shift` bytes.
    pub(super) fn write(&self, shift: u64, checked: bool) -> Vec<u8> {
        let mut w = EbmlWriter::new();
        w.checked_master(ids::CUES, checked, |w| {
            for cue in &self.cues {
                w.master(ids::CUE_POINT, |w| {
                    w.uint(ids::CUE_TIME, cue.tick.unsigned_abs());
                    w.master(ids::CUE_TRACK_POSITIONS, |w| {
                        w.uint(ids::CUE_TRACK, cue.track);
                        w.uint(ids::CUE_CLUSTER_POSITION, cue.cluster + shift);
                        w.uint(ids::CUE_RELATIVE_POSITION, cue.offset);
                        if let Some(duration) = cue.duration {
                            w.uint(ids::CUE_DURATION, duration);
                        }
                    });
                });
            }
        });
        w.into_bytes()
    }

    /// The element for a place in front of all clusters. Its own length moves them, which may lengthen it.
    pub(super) fn write_in_front(&self, checked: bool) -> Vec<u8> {
        let mut bytes = self.write(0, checked);
        loop {
            let shift = bytes.len() as u64;
            bytes = self.write(shift, checked);
            // Positions only grow with the shift, and each has eight lengths at most, so that this ends.
            if bytes.len() as u64 == shift {
                return bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_sorted_and_moved() {
        let mut cues = Cues::default();
        assert!(cues.is_empty());
        let block = |tick, track, duration| Block { tick, track, duration, ..Block::default() };
        cues.push(&block(500, 1, None), 250, 7);
        cues.push(&block(40, 2, Some(9)), 10, 300);
        cues.sort();
        let written = cues.write(0, false);
        let expected = b"\x1c\x53\xbb\x6b\xa5\
            \xbb\x92\xb3\x81\x28\xb7\x8d\xf7\x81\x02\xf1\x81\x0a\xf0\x82\x01\x2c\xb2\x81\x09\
            \xbb\x8f\xb3\x82\x01\xf4\xb7\x89\xf7\x81\x01\xf1\x81\xfa\xf0\x81\x07";
        assert_eq!(written, expected);
        // Behind the index itself the second cluster needs two bytes for its position.
        let moved = cues.write_in_front(false);
        assert_eq!(moved.len(), written.len() + 1);
        assert_eq!(moved, cues.write(moved.len() as u64, false));
    }
}
