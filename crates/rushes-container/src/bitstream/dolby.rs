//! The start of AC-3 and E-AC-3 frames, and what MP4 stores of it: ETSI TS 102 366, 4.3, E.1.2, F.4 and F.6.

use rushes_core::bitstream::BitReader;

const SYNC_WORD: u32 = 0x0b77;

/// The body of `dac3` for a stream that begins with this frame.
pub(super) fn dac3(frame: &[u8]) -> Option<Vec<u8>> {
    let r = &mut BitReader::new(frame);
    if r.bits(16).ok()? != SYNC_WORD {
        return None;
    }
    r.skip(16).ok()?; // crc1
    let sample_rate = r.bits(2).ok()?;
    let size = r.bits(6).ok()?;
    let id = r.bits(5).ok()?;
    let (mode, layout) = (r.bits(3).ok()?, r.bits(3).ok()?);
    // The levels of centre and surround, where the layout has them, and whether stereo is Dolby Surround.
    let levels = 2 * usize::from(layout & 1 == 1 && layout != 1)
        + 2 * usize::from(layout & 4 == 4)
        + 2 * usize::from(layout == 2);
    r.skip(levels).ok()?;
    let low_frequency = r.bits(1).ok()?;
    let mut w = BitWriter::default();
    w.bits(sample_rate, 2);
    w.bits(id, 5);
    w.bits(mode, 3);
    w.bits(layout, 3);
    w.bits(low_frequency, 1);
    w.bits(size >> 1, 5); // bit_rate_code
    w.bits(0, 5);
    Some(w.bytes)
}

/// The body of `dec3` for a stream that begins with this packet: one independent substream, and those that depend on
/// it.
pub(super) fn dec3(packet: &[u8]) -> Option<Vec<u8>> {
    let first = Substream::read(packet)?;
    let (mut dependents, mut locations) = (0, 0);
    let mut bytes = first.bytes;
    while let Some(next) = packet.get(bytes..).and_then(Substream::read)
        && next.is_dependent
    {
        dependents = (dependents + 1).min(15);
        locations |= next.locations;
        bytes += next.bytes;
    }
    let mut w = BitWriter::default();
    // Kilobits per second: a frame has 256 samples per block.
    let samples = u64::from(first.blocks) * 256;
    let rate = (bytes as u64 * 8 * u64::from(first.sample_rate)).checked_div(samples * 1000)?;
    w.bits(u32::try_from(rate).ok()?.min(0x1fff), 13);
    w.bits(0, 3); // one independent substream
    w.bits(first.rate_code, 2);
    w.bits(first.id, 5);
    w.bits(0, 2);
    w.bits(0, 3); // bsmod: complete main
    w.bits(first.layout, 3);
    w.bits(first.low_frequency, 1);
    w.bits(0, 3);
    w.bits(dependents, 4);
    if dependents > 0 {
        w.bits(locations, 9);
    } else {
        w.bits(0, 1);
    }
    Some(w.bytes)
}

/// What a frame of E-AC-3 says at its start.
struct Substream {
    is_dependent: bool,
    bytes: usize,
    rate_code: u32,
    sample_rate: u32,
    blocks: u32,
    id: u32,
    layout: u32,
    low_frequency: u32,
    /// `chan_loc`: which channels a dependent substream adds.
    locations: u32,
}

impl Substream {
    fn read(frame: &[u8]) -> Option<Self> {
        let r = &mut BitReader::new(frame);
        if r.bits(16).ok()? != SYNC_WORD {
            return None;
        }
        let is_dependent = r.bits(2).ok()? == 1;
        r.skip(3).ok()?; // substreamid
        let bytes = usize::try_from(r.bits(11).ok()? + 1).ok()? * 2;
        let rate_code = r.bits(2).ok()?;
        let code = r.bits(2).ok()?;
        let (sample_rate, blocks) = match rate_code {
            3 => ([24_000, 22_050, 16_000].get(code as usize).copied()?, 6),
            _ => {
                let rates = [48_000, 44_100, 32_000];
                (rates[rate_code as usize], [1, 2, 3, 6][code as usize])
            }
        };
        let (layout, low_frequency) = (r.bits(3).ok()?, r.bits(1).ok()?);
        let id = r.bits(5).ok()?;
        // Dialogue level and compression, twice for two mono channels.
        for _ in 0..if layout == 0 { 2 } else { 1 } {
            r.skip(5).ok()?;
            if r.flag().ok()? {
                r.skip(8).ok()?;
            }
        }
        let mut locations = 0;
        if is_dependent && r.flag().ok()? {
            // Both count from the pair left and right of the centre on; the second low-frequency channel is last in each.
            let map = r.bits(16).ok()?;
            let bit = |from: u32, to: u32| ((map >> (15 - from)) & 1) << (8 - to);
            locations = (0..8).map(|place| bit(5 + place, place)).sum::<u32>() | bit(14, 8);
        }
        Some(Self {
            is_dependent,
            bytes,
            rate_code,
            sample_rate,
            blocks,
            id,
            layout,
            low_frequency,
            locations,
        })
    }
}

/// Bits, the highest first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    used: u32,
}

impl BitWriter {
    fn bits(&mut self, value: u32, count: u32) {
        for place in (0..count).rev() {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if value >> place & 1 == 1
                && let Some(last) = self.bytes.last_mut()
            {
                *last |= 0x80 >> (self.used % 8);
            }
            self.used += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_follow_the_frames() {
        // 48 kHz, 384 kbit/s, 5.1, as in ETSI's own streams.
        let frame = [0x0b, 0x77, 0, 0, 0x1c, 0x40, 0xe1, 0xdf];
        let body = dac3(&frame).expect("a frame");
        assert_eq!(body.len(), 3);
        assert_eq!(body[0] >> 6, 0);
        assert_eq!(body[0] >> 1 & 0x1f, 8);
        assert_eq!(u32::from(body[1]) >> 3 & 7, 7);
        assert_eq!((u32::from(body[1]) & 3) << 3 | u32::from(body[2]) >> 5, 14);
        assert_eq!(dac3(&frame[..5]), None);
        assert_eq!(dac3(&[0; 16]), None);

        // 48 kHz, six blocks, stereo, 768 bytes.
        let mut frame = vec![0x0b, 0x77, 0x01, 0x7f, 0x34, 0x86, 0x00, 0x00];
        frame.resize(768, 0);
        let body = dec3(&frame).expect("a frame");
        assert_eq!(body.len(), 5);
        assert_eq!(u32::from(body[0]) << 5 | u32::from(body[1]) >> 3, 192);
        assert_eq!(body[2] >> 1 & 0x1f, 16);
        assert_eq!(dec3(&frame[..6]), None);
    }
}
