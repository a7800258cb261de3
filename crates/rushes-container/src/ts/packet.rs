//! Transport packets: ISO/IEC 13818-1, 2.4.3.2 to 2.4.3.5; packets of 192 bytes have a time stamp in front (BDAV), packets of 204
//! a checksum behind.

use rushes_core::Result;

use crate::input::Input;

/// Bytes of a packet without what some put around it.
pub(super) const SIZE: usize = 188;
const SYNC: u8 = 0x47;
/// Packets in a row that prove a size.
const PROOF: usize = 4;
/// Identifier of stuffing.
pub(super) const NULL: u16 = 0x1fff;

/// How packets follow one another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Grid {
    /// Bytes from one packet to the next.
    pub(super) step: usize,
    /// Bytes in front of the packet itself.
    pub(super) lead: usize,
}

impl Grid {
    const ALL: [Self; 3] =
        [Self { step: 188, lead: 0 }, Self { step: 192, lead: 4 }, Self { step: 204, lead: 0 }];

    /// The grid of a stream that starts so, if these bytes start with one; fewer packets than usual are proof enough where the bytes end.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let fits = |grid: &Self| {
            let starts = (0..PROOF).map(|index| bytes.get(index * grid.step + grid.lead));
            let known: Vec<_> = starts.map_while(|byte| byte.copied()).collect();
            known.len() > 1 && known.iter().all(|byte| *byte == SYNC)
        };
        Self::ALL.into_iter().find(fits)
    }

    /// Offset of the first packet in these bytes, and the grid.
    pub(super) fn find(bytes: &[u8]) -> Option<(usize, Self)> {
        (0..bytes.len().min(SIZE * PROOF)).find_map(|at| Some((at, Self::of(&bytes[at..])?)))
    }

    /// Goes to the next packet and says how many bytes were no packet; `None` at the end.
    pub(super) fn sync(self, input: &mut Input) -> Result<Option<u64>> {
        let mut junk = 0;
        loop {
            let bytes = input.peek(self.step * PROOF)?;
            if bytes.len() < self.lead + SIZE {
                return Ok(None);
            }
            if junk == 0 && bytes[self.lead] == SYNC {
                return Ok(Some(0));
            }
            // Behind damage one byte is no proof.
            let good = |at: &usize| {
                let starts = bytes[*at..].iter().skip(self.lead).step_by(self.step);
                starts.take(PROOF - 1).all(|byte| *byte == SYNC)
            };
            let window = bytes.len() - self.lead - SIZE + 1;
            let found = (0..window.min(self.step)).find(good);
            let passed = found.unwrap_or_else(|| window.min(self.step));
            input.skip(passed as u64)?;
            junk += passed as u64;
            if found.is_some() {
                return Ok(Some(junk));
            }
        }
    }
}

/// Header of a packet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Packet<'a> {
    pub(super) id: u16,
    /// A section or a PES packet starts here.
    pub(super) starts: bool,
    pub(super) damaged: bool,
    pub(super) scrambled: bool,
    pub(super) counter: u8,
    /// The counter may jump.
    pub(super) discontinuity: bool,
    pub(super) random_access: bool,
    /// The program clock in units of 90 kHz.
    pub(super) clock: Option<u64>,
    pub(super) payload: Option<&'a [u8]>,
}

impl<'a> Packet<'a> {
    /// Reads a packet. An adaptation field that overruns it leaves no payload.
    pub(super) fn read(bytes: &'a [u8; SIZE]) -> Self {
        let [_, a, b, c, rest @ ..] = bytes;
        let mut packet = Self {
            id: u16::from(a & 0x1f) << 8 | u16::from(*b),
            starts: a & 0x40 != 0,
            damaged: a & 0x80 != 0,
            scrambled: c & 0xc0 != 0,
            counter: c & 15,
            ..Self::default()
        };
        let mut payload = Some(&rest[..]);
        if c & 0x20 != 0 {
            let length = usize::from(rest[0]);
            let field = rest.get(1..1 + length).unwrap_or_default();
            if let Some((flags, field)) = field.split_first() {
                packet.discontinuity = flags & 0x80 != 0;
                packet.random_access = flags & 0x40 != 0;
                if let (true, Some(clock)) = (flags & 0x10 != 0, field.first_chunk::<6>()) {
                    let [a, b, c, d, e, _] = *clock;
                    let base = u64::from(u32::from_be_bytes([a, b, c, d]));
                    packet.clock = Some(base << 1 | u64::from(e >> 7));
                }
            }
            payload = rest.get(1 + length..);
        }
        packet.payload = payload.filter(|payload| c & 0x10 != 0 && !payload.is_empty());
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DemuxOptions, Source};

    fn stream(step: usize, lead: usize, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; step * count];
        (0..count).for_each(|index| bytes[index * step + lead] = SYNC);
        bytes
    }

    #[test]
    fn grids_are_told() {
        for grid in Grid::ALL {
            let bytes = stream(grid.step, grid.lead, 9);
            assert_eq!(Grid::of(&bytes), Some(grid));
            let shifted = [&[1, 2, 3][..], &bytes].concat();
            assert_eq!(Grid::find(&shifted), Some((3, grid)));
            assert_eq!(Grid::of(&bytes[..grid.step]), None);
        }
        assert_eq!(Grid::of(b"G"), None);
    }

    #[test]
    fn damage_is_passed() {
        for grid in Grid::ALL {
            let whole = stream(grid.step, grid.lead, 6);
            for junk in [1, 100, grid.step, 1000] {
                let bytes = [&vec![0x48; junk][..], &whole].concat();
                let options = DemuxOptions::default();
                let mut input = Input::new(Source::bytes(bytes), &options).expect("opens");
                assert_eq!(grid.sync(&mut input).expect("reads"), Some(junk as u64));
                assert_eq!(input.position(), junk as u64);
                assert_eq!(grid.sync(&mut input).expect("reads"), Some(0));
            }
        }
    }

    #[test]
    fn headers_read() {
        let mut bytes = [0xff; SIZE];
        bytes[..12].copy_from_slice(&[SYNC, 0x41, 0x02, 0x35, 7, 0x50, 0, 0, 0, 1, 0x80, 0]);
        let packet = Packet::read(&bytes);
        assert_eq!((packet.id, packet.starts, packet.counter), (0x102, true, 5));
        assert!(packet.random_access && !packet.discontinuity);
        assert_eq!(packet.clock, Some(3));
        assert_eq!(packet.payload.map(<[u8]>::len), Some(SIZE - 12));
        // An adaptation field that is too long, or fills the packet.
        for length in [183, 184, 255] {
            bytes[4] = length;
            assert_eq!(Packet::read(&bytes).payload, None);
        }
    }
}
