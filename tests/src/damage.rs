//! Damage that can be repeated: the same seed breaks the same bytes.

/// Numbers that look random (`SplitMix64`), the same for the same seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

/// Values at which parsers of sizes and counts tend to stumble.
const EDGES: [u32; 8] = [0, 1, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

impl Random {
    /// Numbers of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.number() % bound).unwrap_or_default()
    }

    /// Damages bytes in one to four places: bits flipped, a size replaced by an extreme one, a piece cut out, doubled or zeroed,
    /// the end cut off.
    pub fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(64)).min(bytes.len());
            if at >= end {
                return;
            }
            match self.below(7) {
                0 | 1 => bytes[at] ^= 1 << self.below(8),
                2 => {
                    let edge = EDGES[self.below(EDGES.len())].to_be_bytes();
                    bytes[at..].iter_mut().zip(edge).for_each(|(byte, edge)| *byte = edge);
                }
                3 => drop(bytes.drain(at..end)),
                4 => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                5 => bytes[at..end].fill(0),
                _ => bytes.truncate(at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_damage() {
        let whole: Vec<u8> = (0..=255).collect();
        let damaged = |seed: u64| {
            let mut bytes = whole.clone();
            Random::new(seed).damage(&mut bytes);
            bytes
        };
        for seed in 0..100 {
            assert_eq!(damaged(seed), damaged(seed));
        }
        assert!((0..100).filter(|seed| damaged(*seed) != whole).count() > 90);
        Random::new(0).damage(&mut Vec::new());
    }
}
