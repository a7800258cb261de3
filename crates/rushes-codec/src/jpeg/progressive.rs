//! Scans of progressive JPEG: ITU-T T.81, G.1.2 and G.2.

use std::sync::Arc;

use rushes_core::{Error, Result};

use super::bits::Bits;
use super::components::{BlockCoder, Component};
use super::header::ScanHeader;
use super::huffman::Table;
use super::idct;
use super::sequential::{LEVEL_SHIFT, clamped, low_bits};
use super::tables::{Tables, ZIGZAG};

/// Adds the bits of a scan to the coefficients.
#[derive(Debug)]
pub(super) struct Progressive<'a> {
    lanes: Vec<Lane<'a>>,
    band: (usize, usize),
    refines: bool,
    /// The lowest bit of the coefficients that the scan has.
    shift: u32,
    /// Blocks that are still to come without a new coefficient in the band.
    empty: u32,
}

/// A component of the scan.
#[derive(Debug)]
struct Lane<'a> {
    /// For the first coefficients of a scan of these, else for the others; `None` where it takes none.
    table: Option<Arc<Table>>,
    before: i32,
    blocks_wide: usize,
    coefficients: &'a mut [[i16; 64]],
}

impl<'a> Progressive<'a> {
    /// For a scan, whose components have their memory.
    pub(super) fn new(
        scan: &ScanHeader,
        components: &'a mut [Component],
        tables: &Tables,
    ) -> Result<Self> {
        let mut memory: Vec<_> = components.iter_mut().map(Some).collect();
        let refines = scan.bits.0 > 0;
        let mut lanes = Vec::new();
        for (index, dc, ac) in &scan.components {
            let table = if scan.band.0 == 0 { tables.dc.get(*dc) } else { tables.ac.get(*ac) };
            let table = table.cloned().flatten();
            let component = memory.get_mut(*index).and_then(Option::take);
            let needed = scan.band.0 > 0 || !refines;
            let lane = component.filter(|_| table.is_some() || !needed).map(|component| Lane {
                table,
                before: 0,
                blocks_wide: component.padded.0,
                coefficients: &mut component.coefficients,
            });
            lanes.push(lane.ok_or_else(|| Error::malformed("a scan without its Huffman tables"))?);
        }
        if scan.band.0 == 0 && scan.band.1 > 0 {
            return Err(Error::malformed("a progressive scan of first and other coefficients"));
        }
        Ok(Self { lanes, band: scan.band, refines, shift: scan.bits.1, empty: 0 })
    }
}

impl BlockCoder for Progressive<'_> {
    #[inline(always)]
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        component: usize,
        place: (usize, usize),
    ) -> Result<()> {
        let Some(lane) = self.lanes.get_mut(component) else { return Ok(()) };
        let index = place.1 * lane.blocks_wide + place.0;
        let Some(block) = lane.coefficients.get_mut(index) else { return Ok(()) };
        let Some(table) = &lane.table else {
            block[0] |= low_bits((bits.take(1) << self.shift).cast_signed());
            return Ok(());
        };
        match (self.band.0, self.refines) {
            (0, false) => {
                let size = u32::from(table.symbol(bits)?);
                if size > 15 {
                    return Err(Error::malformed("a difference of more than 15 bits"));
                }
                lane.before = lane.before.wrapping_add(bits.signed(size));
                block[0] = low_bits(lane.before.wrapping_shl(self.shift));
                Ok(())
            }
            (0, true) => {
                block[0] |= low_bits((bits.take(1) << self.shift).cast_signed());
                Ok(())
            }
            (_, false) => first(bits, table, block, self.band, self.shift, &mut self.empty),
            (_, true) => refine(bits, table, block, self.band, self.shift, &mut self.empty),
        }
    }

    fn restart(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.before = 0);
        self.empty = 0;
    }
}

/// The first scan of a band (G.1.2.2).
#[inline(always)]
fn first(
    bits: &mut Bits<'_>,
    table: &Table,
    block: &mut idct::Block,
    band: (usize, usize),
    shift: u32,
    empty: &mut u32,
) -> Result<()> {
    if *empty > 0 {
        *empty -= 1;
        return Ok(());
    }
    let mut index = band.0;
    while index <= band.1 {
        if bits.available() < 32 {
            bits.refill();
        }
        let value = if let Some(found) = table.coefficient(bits) {
            index += usize::from(found.run);
            i32::from(found.value)
        } else {
            let symbol = table.symbol(bits)?;
            let (run, size) = (symbol >> 4, u32::from(symbol & 15));
            if size == 0 && run < 15 {
                *empty = end_of_band_run(bits, run) - 1;
                return Ok(());
            }
            index += usize::from(run);
            bits.signed(size)
        };
        if index > band.1 {
            return Err(Error::malformed("a coefficient behind the band of the scan"));
        }
        block[usize::from(ZIGZAG[index]) & 63] = low_bits(value << shift);
        index += 1;
    }
    Ok(())
}

/// How many blocks end here, this one included.
fn end_of_band_run(bits: &mut Bits<'_>, size: u8) -> u32 {
    (1 << size) + bits.take(u32::from(size))
}

/// A scan that adds a bit to the coefficients of a band (G.1.2.3).
fn refine(
    bits: &mut Bits<'_>,
    table: &Table,
    block: &mut idct::Block,
    band: (usize, usize),
    shift: u32,
    empty: &mut u32,
) -> Result<()> {
    let unit = low_bits(1 << shift);
    let mut index = band.0;
    if *empty == 0 {
        while index <= band.1 {
            let symbol = table.symbol(bits)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            let new = match (run, size) {
                (15, 0) => 0,
                (_, 0) => {
                    *empty = end_of_band_run(bits, run);
                    break;
                }
                (_, 1) if bits.take(1) == 1 => unit,
                (_, 1) => -unit,
                _ => return Err(Error::malformed("a new coefficient of more than one bit")),
            };
            index = pass(bits, block, (index, band.1), usize::from(run), unit);
            if new != 0 {
                if index > band.1 {
                    return Err(Error::malformed("a coefficient behind the band of the scan"));
                }
                block[usize::from(ZIGZAG[index]) & 63] = new;
            }
            index += 1;
        }
    }
    if *empty > 0 {
        pass(bits, block, (index, band.1), usize::MAX, unit);
        *empty -= 1;
    }
    Ok(())
}

/// Corrects coefficients that are not zero, passing `zeros` that are; where the zero behind them is.
fn pass(
    bits: &mut Bits<'_>,
    block: &mut idct::Block,
    (mut index, last): (usize, usize),
    mut zeros: usize,
    unit: i16,
) -> usize {
    while index <= last {
        let value = &mut block[usize::from(ZIGZAG[index]) & 63];
        if *value != 0 {
            if bits.take(1) == 1 && *value & unit == 0 {
                *value = value.wrapping_add(if *value > 0 { unit } else { -unit });
            }
        } else if zeros == 0 {
            return index;
        } else {
            zeros -= 1;
        }
        index += 1;
    }
    index
}

impl Component {
    /// Makes samples of the coefficients.
    pub(super) fn render(&mut self) {
        let Some(steps) = self.quantisation.clone() else { return };
        let mut natural = [0; 64];
        for (index, place) in ZIGZAG.iter().enumerate() {
            natural[usize::from(*place)] = i32::from(steps[index]);
        }
        let (stride, wide) = (self.stride(), self.padded.0.max(1));
        let rows = self.plane.chunks_mut(stride.max(1) * 8);
        for (plane, blocks) in rows.zip(self.coefficients.chunks(wide)) {
            for (column, block) in blocks.iter().enumerate() {
                let mut scaled = [0; 64];
                for ((scaled, value), step) in scaled.iter_mut().zip(block).zip(&natural) {
                    *scaled = low_bits(i32::from(*value).wrapping_mul(*step));
                }
                let first = i32::from(block[0]).wrapping_mul(natural[0]);
                scaled[0] = clamped(first.wrapping_add(LEVEL_SHIFT));
                idct::put(&scaled, plane.get_mut(column * 8..).unwrap_or_default(), stride);
            }
        }
    }
}
