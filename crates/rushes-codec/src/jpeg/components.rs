//! Components as blocks, and the order in which scans code them: ITU-T T.81, A.2.

use rushes_core::{Error, Result};

use super::bits::Bits;
use super::header::{FrameHeader, ScanHeader};
use super::tables::Quantisation;

/// One component of a picture.
#[derive(Clone, Debug)]
pub(super) struct Component {
    /// Blocks in a row and in a column, up to the edge of the last minimum coded unit.
    pub(super) padded: (usize, usize),
    /// Blocks in a row and in a column that hold pixels: what a scan of this component alone codes.
    blocks: (usize, usize),
    sampling: (usize, usize),
    /// Samples of all padded blocks, row by row.
    pub(super) plane: Vec<u8>,
    /// Coefficients of all padded blocks, where several scans code them.
    pub(super) coefficients: Vec<[i16; 64]>,
    /// The table of its first scan; `None` before.
    pub(super) quantisation: Option<Quantisation>,
}

impl Component {
    /// The components of a frame, without memory for samples.
    pub(super) fn all(frame: &FrameHeader) -> Vec<Self> {
        let most = frame.most();
        let units = |size: u32, most: u32| size.div_ceil(8 * most);
        let (wide, high) = (units(frame.width, most.0), units(frame.height, most.1));
        let blocks =
            |size: u32, own: u32, most: u32| (size * own).div_ceil(most).div_ceil(8) as usize;
        let component = |(own_x, own_y): (u32, u32)| Self {
            padded: ((wide * own_x) as usize, (high * own_y) as usize),
            blocks: (blocks(frame.width, own_x, most.0), blocks(frame.height, own_y, most.1)),
            sampling: (own_x as usize, own_y as usize),
            plane: Vec::new(),
            coefficients: Vec::new(),
            quantisation: None,
        };
        frame.components.iter().map(|header| component(header.sampling)).collect()
    }

    /// Blocks in all, padding included.
    pub(super) const fn block_count(&self) -> usize {
        self.padded.0 * self.padded.1
    }

    /// Blocks that any picture of this size codes.
    pub(super) const fn coded_blocks(&self) -> usize {
        self.blocks.0 * self.blocks.1
    }

    /// Bytes from one row of samples to the next.
    pub(super) const fn stride(&self) -> usize {
        self.padded.0 * 8
    }
}

/// Decodes the blocks of a scan one after another.
pub(super) trait BlockCoder {
    /// Decodes the block in this column and row of a component, by its index in the scan.
    fn block(&mut self, bits: &mut Bits<'_>, component: usize, place: (usize, usize))
    -> Result<()>;

    /// Starts anew, as the data does.
    fn restart(&mut self);
}

/// The blocks of a scan, in the order in which they are coded.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Minimum coded units, across and down.
    units: (usize, usize),
    /// Of each component of the scan: blocks of a unit, across and down.
    shares: Vec<(usize, usize)>,
    /// Units between restart markers; 0 for none.
    restart_interval: usize,
}

impl Order {
    pub(super) fn new(scan: &ScanHeader, components: &[Component], restart_interval: u16) -> Self {
        let listed = || scan.components.iter().filter_map(|(index, ..)| components.get(*index));
        let restart_interval = restart_interval.into();
        if let [(only, ..)] = scan.components[..] {
            let units = components.get(only).map_or((0, 0), |component| component.blocks);
            return Self { units, shares: vec![(1, 1)], restart_interval };
        }
        let unit = |component: &Component| {
            let ((wide, high), (across, down)) = (component.padded, component.sampling);
            (wide / across, high / down)
        };
        Self {
            units: listed().next().map_or((0, 0), unit),
            shares: listed().map(|component| component.sampling).collect(),
            restart_interval,
        }
    }

    /// Has all blocks decoded.
    pub(super) fn run(&self, bits: &mut Bits<'_>, coder: &mut impl BlockCoder) -> Result<()> {
        let ends_early = || Error::malformed("the data end within a scan");
        let mut left = self.restart_interval;
        for row in 0..self.units.1 {
            for column in 0..self.units.0 {
                if self.restart_interval > 0 {
                    if left == 0 {
                        if bits.is_overrun() || !bits.restart() {
                            return Err(ends_early());
                        }
                        coder.restart();
                        left = self.restart_interval;
                    }
                    left -= 1;
                }
                for (component, (across, down)) in self.shares.iter().enumerate() {
                    for y in 0..*down {
                        for x in 0..*across {
                            let place = (column * across + x, row * down + y);
                            coder.block(bits, component, place)?;
                        }
                    }
                }
            }
            if bits.is_overrun() {
                return Err(ends_early());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_padded_to_whole_units() {
        let segment = [8, 0, 17, 0, 33, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        let frame = FrameHeader::read(0xc0, &segment).expect("good");
        let components = Component::all(&frame);
        assert_eq!((components[0].padded, components[0].blocks), ((6, 4), (5, 3)));
        assert_eq!((components[1].padded, components[1].blocks), ((3, 2), (3, 2)));
    }

    struct Places(Vec<(usize, usize, usize)>);

    impl BlockCoder for Places {
        fn block(&mut self, _: &mut Bits<'_>, index: usize, place: (usize, usize)) -> Result<()> {
            self.0.push((index, place.0, place.1));
            Ok(())
        }

        fn restart(&mut self) {}
    }

    #[test]
    fn blocks_come_in_the_order_of_their_units() {
        let segment = [8, 0, 8, 0, 20, 2, 1, 0x21, 0, 2, 0x11, 1];
        let frame = FrameHeader::read(0xc0, &segment).expect("good");
        let components = Component::all(&frame);
        let places = |scan: &[u8]| {
            let scan = ScanHeader::read(scan, &frame).expect("good");
            let mut places = Places(Vec::new());
            let order = Order::new(&scan, &components, 0);
            order.run(&mut Bits::new(&[], 0), &mut places).expect("nothing is read");
            places.0
        };
        let both = [(0, 0, 0), (0, 1, 0), (1, 0, 0), (0, 2, 0), (0, 3, 0), (1, 1, 0)];
        assert_eq!(places(&[2, 1, 0, 2, 0, 0, 63, 0]), both);
        assert_eq!(places(&[1, 1, 0, 0, 63, 0]), [(0, 0, 0), (0, 1, 0), (0, 2, 0)]);
    }
}
