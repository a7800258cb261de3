//! Blocks: RFC 9559, 10 and 5.1.3.

use rushes_core::Buffer;

use crate::mkv::ebml_writer::{EbmlWriter, id_length, vint_length};
use crate::mkv::ids;

const KEY: u8 = 0x80;
const INVISIBLE: u8 = 0x08;

/// What a block says beside its bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Block {
    /// The `TrackNumber`.
    pub(super) track: u64,
    /// When it is shown, in ticks of the segment.
    pub(super) tick: i64,
    pub(super) key: bool,
    /// Decoded, but not shown.
    pub(super) invisible: bool,
    /// Ticks; `None` where the track entry, or the bytes, tell.
    pub(super) duration: Option<u64>,
    /// Ticks from this block to the one it refers to.
    pub(super) reference: i64,
    /// Nanoseconds cut from its end, or from its start if negative; zero for none.
    pub(super) discard_padding: i64,
}

/// Makes what blocks hold beside their bytes, in memory that it keeps.
#[derive(Debug, Default)]
pub(super) struct BlockWriter {
    head: EbmlWriter,
    tail: EbmlWriter,
}

impl BlockWriter {
    /// Makes what stands in front of the bytes of a block and behind them, for `offset` ticks behind the time of its cluster.
    pub(super) fn encode(
        &mut self,
        block: &Block,
        offset: i16,
        bytes: usize,
        additions: &[(u64, Buffer)],
    ) -> (&[u8], &[u8]) {
        let size = (vint_length(block.track) + 3 + bytes) as u64;
        let mut flags = if block.invisible { INVISIBLE } else { 0 };
        self.head.clear();
        self.tail.clear();
        if block.duration.is_none() && block.discard_padding == 0 && additions.is_empty() {
            flags |= if block.key { KEY } else { 0 };
            self.head.head(ids::SIMPLE_BLOCK, size);
        } else {
            self.write_tail(block, additions);
            let head = (id_length(ids::BLOCK) + vint_length(size)) as u64;
            self.head.head(ids::BLOCK_GROUP, head + size + self.tail.bytes().len() as u64);
            self.head.head(ids::BLOCK, size);
        }
        self.head.vint(block.track);
        self.head.raw(&offset.to_be_bytes());
        self.head.raw(&[flags]);
        (self.head.bytes(), self.tail.bytes())
    }

    /// What follows the block in its group.
    fn write_tail(&mut self, block: &Block, additions: &[(u64, Buffer)]) {
        let w = &mut self.tail;
        if !additions.is_empty() {
            w.master(ids::BLOCK_ADDITIONS, |w| {
                for (id, data) in additions {
                    w.master(ids::BLOCK_MORE, |w| {
                        w.binary(ids::BLOCK_ADDITIONAL, data);
                        w.uint(ids::BLOCK_ADD_ID, *id);
                    });
                }
            });
        }
        if let Some(duration) = block.duration {
            w.uint(ids::BLOCK_DURATION, duration);
        }
        if !block.key {
            w.int(ids::REFERENCE_BLOCK, block.reference);
        }
        if block.discard_padding != 0 {
            w.int(ids::DISCARD_PADDING, block.discard_padding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(block: &Block, additions: &[(u64, Buffer)]) -> Vec<u8> {
        let mut writer = BlockWriter::default();
        let (head, tail) = writer.encode(block, -2, 4, additions);
        [head, b"data", tail].concat()
    }

    #[test]
    fn blocks_are_simple_unless_they_say_more() {
        let block = Block { track: 1, key: true, ..Block::default() };
        assert_eq!(written(&block, &[]), *b"\xa3\x88\x81\xff\xfe\x80data");
        let block = Block { track: 200, invisible: true, ..Block::default() };
        assert_eq!(written(&block, &[]), *b"\xa3\x89\x40\xc8\xff\xfe\x08data");
        let block = Block { duration: Some(40), key: true, ..block };
        assert_eq!(written(&block, &[]), *b"\xa0\x8e\xa1\x89\x40\xc8\xff\xfe\x08data\x9b\x81\x28");
        let block = Block { track: 1, reference: -40, discard_padding: 5, ..Block::default() };
        assert_eq!(
            written(&block, &[]),
            *b"\xa0\x91\xa1\x88\x81\xff\xfe\0data\xfb\x81\xd8\x75\xa2\x81\x05"
        );
        let additions = [(4, Buffer::from(&b"hdr"[..]))];
        let block = Block { track: 1, key: true, ..Block::default() };
        assert_eq!(
            written(&block, &additions),
            *b"\xa0\x97\xa1\x88\x81\xff\xfe\0data\x75\xa1\x8a\xa6\x88\xa5\x83hdr\xee\x81\x04"
        );
    }
}
