//! How much memory the codebooks of Vorbis take: Vorbis I, 3.2.1. A few bytes can ask for gigabytes, since the lengths
//! of codes come in runs; nothing else of the headers grows beyond what it is stored in.

use rushes_core::{Limits, Result};

/// Sizes beyond which the engine refuses a codebook.
const MOST_DIMENSIONS: u32 = 32;
const MOST_ENTRIES: u32 = 128 * 1024;
/// Bits of the longest code.
const LONGEST: usize = 32;

/// Checks the setup header, with its name, before the engine reserves memory.
pub(super) fn check(setup: &[u8], limits: &Limits) -> Result<()> {
    let mut bits = Bits { bytes: setup.get(7..).unwrap_or_default(), position: 0 };
    let Some(books) = bits.read(8) else { return Ok(()) };
    let mut total = 0;
    for _ in 0..=books {
        // The engine says what is wrong with a broken one; it has reserved what came before.
        let Some(bytes) = codebook(&mut bits) else { break };
        total += bytes;
        limits.check_alloc(total)?;
    }
    Ok(())
}

/// The bytes that a codebook takes; `None` where it is broken.
fn codebook(bits: &mut Bits<'_>) -> Option<u64> {
    (bits.read(24)? == 0x56_4342).then_some(())?;
    let (dimensions, entries) = (bits.read(16)?, bits.read(24)?);
    (dimensions <= MOST_DIMENSIONS && entries <= MOST_ENTRIES).then_some(())?;
    let lengths = lengths(bits, entries)?;
    let lookup = bits.read(4)?;
    if lookup == 0 {
        return Some(tree(&lengths));
    }
    bits.skip(32 + 32)?;
    let value_bits = u64::from(bits.read(4)? + 1);
    bits.read(1)?;
    let vectors = u64::from(entries) * u64::from(dimensions);
    let values = match lookup {
        1 => u64::from(root(entries, dimensions)),
        2 => vectors,
        _ => return None,
    };
    bits.skip(values * value_bits)?;
    Some(tree(&lengths) + vectors * 4)
}

/// How many codes of each length there are.
fn lengths(bits: &mut Bits<'_>, entries: u32) -> Option<[u64; LONGEST + 1]> {
    let mut counts = [0; LONGEST + 1];
    if bits.read(1)? == 0 {
        let is_sparse = bits.read(1)? != 0;
        for _ in 0..entries {
            if !is_sparse || bits.read(1)? != 0 {
                counts[bits.read(5)? as usize + 1] += 1;
            }
        }
        return Some(counts);
    }
    let first = bits.read(5)? as usize + 1;
    let mut left = entries;
    for length in first.. {
        let count = bits.read(u32::BITS - left.leading_zeros())?;
        left = left.checked_sub(count)?;
        *counts.get_mut(length)? += u64::from(count);
        if left == 0 {
            break;
        }
    }
    Some(counts)
}

/// The bytes that the tables of a tree of codes take: each step looks up some bits, behind all there may be before them.
fn tree(lengths: &[u64; LONGEST + 1]) -> u64 {
    let longest = lengths.iter().rposition(|count| *count > 0).unwrap_or(0);
    let step = longest.clamp(4, 8);
    let tables: u64 = (step..longest)
        .step_by(step)
        // At least two codes go on from each table, or the engine refuses the tree.
        .map(|behind| (lengths[behind + 1..].iter().sum::<u64>() / 2).min(1 << behind))
        .sum();
    // A table grows by doubling, and is made from a list of about this size.
    (tables + 1) * ((16 << step) + 512)
}

/// The greatest number whose power of `dimensions` is at most `entries` (9.2.3).
fn root(entries: u32, dimensions: u32) -> u32 {
    let fits = |number: u32| number.checked_pow(dimensions).is_some_and(|power| power <= entries);
    if dimensions <= 1 {
        return entries * dimensions;
    }
    (1..).take_while(|number| fits(*number)).last().unwrap_or(0)
}

/// Reads bits from the least significant on.
struct Bits<'a> {
    bytes: &'a [u8],
    position: u64,
}

impl Bits<'_> {
    fn read(&mut self, count: u32) -> Option<u32> {
        let start = usize::try_from(self.position / 8).ok()?;
        let end = usize::try_from((self.position + u64::from(count)).div_ceil(8)).ok()?;
        let bytes = self.bytes.get(start..end)?;
        let value = bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let value = value >> (self.position % 8) & ((1 << count) - 1);
        self.position += u64::from(count);
        u32::try_from(value).ok()
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.position = self.position.checked_add(count)?;
        (self.position <= self.bytes.len() as u64 * 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{AudioParameters, ChannelLayout, CodecId, CodecParameters, Error};

    use super::*;
    use crate::DecoderOptions;
    use crate::vorbis::create_decoder;

    /// Writes bits from the least significant on.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn put(&mut self, value: u32, count: u32) {
            self.0.extend((0..count).map(|bit| value >> bit & 1 != 0));
        }

        /// A codebook of codes in the order of their lengths.
        fn ordered(&mut self, dimensions: u32, entries: u32, first: u32, counts: &[u32]) {
            self.put(0x56_4342, 24);
            self.put(dimensions, 16);
            self.put(entries, 24);
            self.put(1, 1);
            self.put(first - 1, 5);
            let mut left = entries;
            for count in counts {
                self.put(*count, u32::BITS - left.leading_zeros());
                left -= count;
            }
        }

        fn finish(self) -> Vec<u8> {
            let byte = |bits: &[bool]| bits.iter().rev().fold(0, |v, bit| v << 1 | u8::from(*bit));
            [b"\x05vorbis".to_vec(), self.0.chunks(8).map(byte).collect()].concat()
        }
    }

    /// What the decoder says to headers with these codebooks.
    fn open(books: u32, write: impl Fn(&mut Writer)) -> Error {
        let mut writer = Writer::default();
        writer.put(books - 1, 8);
        (0..books).for_each(|_| write(&mut writer));
        let setup = writer.finish();
        assert!(setup.len() < 32_768, "{} bytes are no small header", setup.len());
        let identification =
            b"\x01vorbis\0\0\0\0\x02\x44\xac\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xb8\x01".to_vec();
        let private = [vec![2, 30, 0], identification, setup].concat();
        let audio = AudioParameters::new(44_100, ChannelLayout::STEREO);
        let mut parameters = CodecParameters::audio(CodecId::Vorbis, audio);
        parameters.private = private.into();
        match create_decoder(&parameters, &DecoderOptions::default()) {
            Ok(_) => panic!("the header ends behind its codebooks"),
            Err(error) => error,
        }
    }

    #[test]
    fn small_headers_do_not_take_much_memory() {
        // Codes of one to eight bits, and behind the last of these all others: a table for each pair.
        let deep = |writer: &mut Writer| {
            let mut counts = vec![1; 8];
            counts.extend([0; 16]);
            counts.push(MOST_ENTRIES);
            writer.ordered(1, MOST_ENTRIES + 8, 1, &counts);
            writer.put(0, 4);
        };
        let most = |writer: &mut Writer| {
            let mut counts = vec![1; 7];
            counts.extend([0; 16]);
            counts.push((1 << 17) - 7);
            writer.ordered(1, MOST_ENTRIES, 1, &counts);
            writer.put(0, 4);
        };
        // Many vectors of equal values.
        let wide = |writer: &mut Writer| {
            writer.ordered(32, 1 << 16, 16, &[1 << 16]);
            writer.put(1, 4);
            writer.put(0, 32);
            writer.put(0, 32);
            writer.put(0, 4 + 1);
            writer.put(0, 1);
        };
        for (name, error) in [("most", open(1, most)), ("wide", open(256, wide))] {
            assert!(matches!(error, Error::Limit(_)), "{name}: {error}");
        }
        // What the engine refuses by itself takes nothing.
        for (name, error) in [("deep", open(256, deep)), ("few", open(4, wide))] {
            assert!(matches!(error, Error::Malformed(_)), "{name}: {error}");
        }
    }

    #[test]
    fn trees_take_a_table_for_each_step() {
        let size = |pairs: &[(usize, u64)]| {
            let mut lengths = [0; LONGEST + 1];
            pairs.iter().for_each(|(length, count)| lengths[*length] = *count);
            tree(&lengths)
        };
        assert_eq!(size(&[]), 768);
        assert_eq!(size(&[(1, 2)]), 768);
        assert_eq!(size(&[(8, 256)]), 4608);
        assert_eq!(size(&[(1, 1), (8, 127), (9, 2)]), 2 * 4608);
        assert_eq!(size(&[(16, 1 << 16)]), 257 * 4608);
        assert_eq!(size(&[(17, 1 << 17)]), (1 + 256 + 65_536) * 4608);
    }

    #[test]
    fn lookups_have_a_root_of_values() {
        for (entries, dimensions, expected) in
            [(81, 4, 3), (80, 4, 2), (7, 1, 7), (0, 3, 0), (5, 0, 0), (MOST_ENTRIES, 2, 362)]
        {
            assert_eq!(root(entries, dimensions), expected);
        }
    }
}
