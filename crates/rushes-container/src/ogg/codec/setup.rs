//! The setup header of Vorbis (Vorbis I, 4.2.4), of which the modes alone matter here. They are at its end, and nothing says where:
//! all that is in front must be walked through.

/// Which modes have long blocks; `bytes` are those behind the name. `None` where the header is broken.
pub(super) fn long_blocks(bytes: &[u8], channels: u8) -> Option<Vec<bool>> {
    let mut bits = Bits { bytes, position: 0 };
    for _ in 0..=bits.read(8)? {
        codebook(&mut bits)?;
    }
    for _ in 0..=bits.read(6)? {
        bits.read(16)?;
    }
    for _ in 0..=bits.read(6)? {
        floor(&mut bits)?;
    }
    for _ in 0..=bits.read(6)? {
        residue(&mut bits)?;
    }
    for _ in 0..=bits.read(6)? {
        mapping(&mut bits, channels)?;
    }
    let count = bits.read(6)? + 1;
    (0..count)
        .map(|_| {
            let long = bits.read(1)? != 0;
            // Types of window and transform, mapping.
            bits.skip(16 + 16 + 8)?;
            Some(long)
        })
        .collect()
}

/// A codebook (3.2.1).
fn codebook(bits: &mut Bits<'_>) -> Option<()> {
    const SYNC: u32 = 0x56_4342;
    (bits.read(24)? == SYNC).then_some(())?;
    let (dimensions, entries) = (bits.read(16)?, bits.read(24)?);
    if bits.read(1)? == 0 {
        let sparse = bits.read(1)? != 0;
        for _ in 0..entries {
            if !sparse || bits.read(1)? != 0 {
                bits.read(5)?;
            }
        }
    } else {
        bits.read(5)?;
        let mut entry = 0;
        while entry < entries {
            let count = bits.read(width(entries - entry))?;
            entry = entry.checked_add(count)?;
        }
    }
    let lookup = bits.read(4)?;
    if lookup == 0 {
        return Some(());
    }
    bits.skip(32 + 32)?;
    let value_bits = u64::from(bits.read(4)? + 1);
    bits.read(1)?;
    let values = match lookup {
        1 => u64::from(lookup_values(entries, dimensions)),
        2 => u64::from(entries) * u64::from(dimensions),
        _ => return None,
    };
    bits.skip(values.checked_mul(value_bits)?)
}

/// The greatest number whose power of `dimensions` is at most `entries` (9.2.3).
fn lookup_values(entries: u32, dimensions: u32) -> u32 {
    let fits = |number: u32| number.checked_pow(dimensions).is_some_and(|power| power <= entries);
    if dimensions == 0 || entries == 0 {
        return 0;
    }
    // Halved, since a single dimension has as many values as entries.
    let (mut low, mut high) = (1, entries);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// A floor (6.2.1, 7.2.2).
fn floor(bits: &mut Bits<'_>) -> Option<()> {
    match bits.read(16)? {
        0 => {
            bits.skip(8 + 16 + 16 + 6 + 8)?;
            let books = bits.read(4)? + 1;
            bits.skip(u64::from(books) * 8)
        }
        1 => {
            let partitions = bits.read(5)?;
            let classes = (0..partitions).map(|_| bits.read(4)).collect::<Option<Vec<_>>>()?;
            let count = classes.iter().max().map_or(0, |class| class + 1);
            let mut dimensions = Vec::new();
            for _ in 0..count {
                dimensions.push(bits.read(3)? + 1);
                let subclasses = bits.read(2)?;
                if subclasses > 0 {
                    bits.read(8)?;
                }
                bits.skip(8 << subclasses)?;
            }
            bits.read(2)?;
            let range = bits.read(4)?;
            for class in classes {
                let points = dimensions.get(usize::try_from(class).ok()?)?;
                bits.skip(u64::from(points * range))?;
            }
            Some(())
        }
        _ => None,
    }
}

/// A residue (8.6.1).
fn residue(bits: &mut Bits<'_>) -> Option<()> {
    (bits.read(16)? <= 2).then_some(())?;
    bits.skip(24 + 24 + 24)?;
    let classes = bits.read(6)? + 1;
    bits.read(8)?;
    let mut books = 0;
    for _ in 0..classes {
        let low = bits.read(3)?;
        let high = if bits.read(1)? != 0 { bits.read(5)? } else { 0 };
        books += low.count_ones() + high.count_ones();
    }
    bits.skip(u64::from(books) * 8)
}

/// A mapping (4.2.4).
fn mapping(bits: &mut Bits<'_>, channels: u8) -> Option<()> {
    (bits.read(16)? == 0).then_some(())?;
    let submaps = if bits.read(1)? != 0 { bits.read(4)? + 1 } else { 1 };
    if bits.read(1)? != 0 {
        let steps = bits.read(8)? + 1;
        let angle = width(u32::from(channels).saturating_sub(1));
        bits.skip(u64::from(steps) * 2 * u64::from(angle))?;
    }
    bits.read(2)?;
    if submaps > 1 {
        bits.skip(u64::from(channels) * 4)?;
    }
    bits.skip(u64::from(submaps) * 24)
}

/// Bits that a number takes.
const fn width(number: u32) -> u32 {
    u32::BITS - number.leading_zeros()
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
        let mut value = 0_u64;
        for byte in self.bytes.get(start..end)?.iter().rev() {
            value = value << 8 | u64::from(*byte);
        }
        let value = value >> (self.position % 8) & ((1 << count) - 1);
        self.position += u64::from(count);
        u32::try_from(value).ok()
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        let position = self.position.checked_add(count)?;
        (position <= self.bytes.len() as u64 * 8).then_some(())?;
        self.position = position;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_from_the_low_end() {
        let mut bits = Bits { bytes: &[0b1010_0110, 0xff, 1], position: 0 };
        assert_eq!([bits.read(1), bits.read(3), bits.read(8)], [Some(0), Some(3), Some(0xfa)]);
        assert_eq!(bits.read(12), Some(0x01f));
        assert_eq!(bits.read(1), None);
        assert_eq!(bits.skip(1), None);
    }

    #[test]
    fn lookups_have_a_root_of_values() {
        for (entries, dimensions, expected) in [
            (81, 4, 3),
            (80, 4, 2),
            (7, 1, 7),
            (0, 3, 0),
            (5, 0, 0),
            ((1 << 24) - 1, 1, (1 << 24) - 1),
        ] {
            assert_eq!(lookup_values(entries, dimensions), expected);
        }
    }
}
