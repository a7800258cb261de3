//! Chunks in the making, and those that wait to be taken (SPEC rows R20, R22).

use std::collections::VecDeque;

/// A chunk that frames can be added to.
pub(super) trait Growing {
    /// Frames so far.
    fn frames(&self) -> usize;
}

/// Groups frames into chunks, and keeps the latest.
#[derive(Debug)]
pub(super) struct ChunkBuffer<C> {
    /// `None` for unlimited.
    frames_per_chunk: Option<usize>,
    /// `None` for all.
    keep: Option<usize>,
    full: VecDeque<C>,
    open: Option<C>,
    dropped: u64,
    ended: bool,
}

impl<C: Growing> ChunkBuffer<C> {
    pub(super) const fn new(frames_per_chunk: Option<usize>, keep: Option<usize>) -> Self {
        Self { frames_per_chunk, keep, full: VecDeque::new(), open: None, dropped: 0, ended: false }
    }

    /// The chunk to add frames to, and how many fit; a new one where the last is full. The oldest is dropped where there are too
    /// many now.
    pub(super) fn open(&mut self, new: impl FnOnce() -> C) -> (&mut C, usize) {
        if self.open.is_none() {
            let room = self.keep.filter(|_| self.frames_per_chunk.is_some());
            while room.is_some_and(|keep| self.full.len() >= keep) {
                self.full.pop_front();
                self.dropped += 1;
            }
        }
        let chunk = self.open.get_or_insert_with(new);
        let room = self.frames_per_chunk.map_or(usize::MAX, |frames| frames - chunk.frames());
        (chunk, room)
    }

    /// To be called after frames were added: closes the chunk if it is full.
    pub(super) fn added(&mut self) {
        let full = |chunk: &mut C| self.frames_per_chunk.is_some_and(|size| chunk.frames() >= size);
        self.full.extend(self.open.take_if(full));
    }

    /// The source has ended: an incomplete chunk may be taken.
    pub(super) const fn end(&mut self) {
        self.ended = true;
    }

    /// Forgets all frames.
    pub(super) fn clear(&mut self) {
        self.full.clear();
        self.open = None;
        self.ended = false;
    }

    /// True if there is a chunk to take.
    pub(super) fn is_ready(&self) -> bool {
        !self.full.is_empty() || self.takes_open()
    }

    /// The oldest chunk.
    pub(super) fn pop(&mut self) -> Option<C> {
        if self.full.is_empty() && self.takes_open() {
            return self.open.take();
        }
        self.full.pop_front()
    }

    /// Chunks dropped so far.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    fn takes_open(&self) -> bool {
        (self.ended || self.frames_per_chunk.is_none())
            && self.open.as_ref().is_some_and(|chunk| chunk.frames() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Growing for Vec<u32> {
        fn frames(&self) -> usize {
            self.len()
        }
    }

    fn fill(buffer: &mut ChunkBuffer<Vec<u32>>, frames: std::ops::Range<u32>) {
        for frame in frames {
            let (chunk, room) = buffer.open(Vec::new);
            assert!(room > 0);
            chunk.push(frame);
            buffer.added();
        }
    }

    fn drain(buffer: &mut ChunkBuffer<Vec<u32>>) -> Vec<(u32, usize)> {
        std::iter::from_fn(|| buffer.pop()).map(|chunk| (chunk[0], chunk.len())).collect()
    }

    /// R20: exact chunks, the rest at the end, the oldest dropped.
    #[test]
    fn keeps_the_latest() {
        let check = |size, keep, frames, expected: &[(u32, usize)], dropped| {
            let mut buffer = ChunkBuffer::new(size, keep);
            fill(&mut buffer, 0..frames);
            buffer.end();
            assert_eq!(drain(&mut buffer), expected, "{size:?} {keep:?} {frames}");
            assert_eq!(buffer.dropped(), dropped);
        };
        check(Some(5), Some(3), 0, &[], 0);
        check(Some(5), Some(3), 3, &[(0, 3)], 0);
        check(Some(5), Some(3), 15, &[(0, 5), (5, 5), (10, 5)], 0);
        check(Some(5), Some(3), 16, &[(5, 5), (10, 5), (15, 1)], 1);
        check(Some(1), Some(1), 4, &[(3, 1)], 3);
        check(Some(5), None, 22, &[(0, 5), (5, 5), (10, 5), (15, 5), (20, 2)], 0);
        check(None, Some(3), 22, &[(0, 22)], 0);
        // The audio of nasa_13013.mp4, in thousandths: 16000, 16000, 896.
        check(
            Some(16_000),
            Some(3),
            208_896,
            &[(176_000, 16_000), (192_000, 16_000), (208_000, 896)],
            11,
        );
    }

    #[test]
    fn an_incomplete_chunk_waits_for_the_end() {
        let mut buffer = ChunkBuffer::new(Some(5), Some(3));
        fill(&mut buffer, 0..7);
        assert!(buffer.is_ready());
        assert_eq!(drain(&mut buffer), [(0, 5)]);
        assert!(!buffer.is_ready());
        buffer.end();
        assert!(buffer.is_ready());
        assert_eq!(drain(&mut buffer), [(5, 2)]);
        buffer.clear();
        fill(&mut buffer, 0..2);
        assert!(!buffer.is_ready());
    }

    /// R22: everything since the last pop, ready as soon as it is not empty.
    #[test]
    fn unlimited_gives_what_there_is() {
        let mut buffer = ChunkBuffer::new(None, None);
        assert!(!buffer.is_ready());
        fill(&mut buffer, 0..7);
        assert!(buffer.is_ready());
        assert_eq!(drain(&mut buffer), [(0, 7)]);
        fill(&mut buffer, 7..9);
        assert_eq!(drain(&mut buffer), [(7, 2)]);
    }
}
