//! Blocks of baseline and extended JPEG: ITU-T T.81, F.2.2.

use std::sync::Arc;

use rushes_core::{Error, Result};

use super::bits::Bits;
use super::components::{BlockCoder, Component};
use super::header::ScanHeader;
use super::huffman::Table;
use super::idct;
use super::tables::{Quantisation, Tables, ZIGZAG};

/// The level shift, in the first coefficient of a block.
pub(super) const LEVEL_SHIFT: i32 = 1024;

/// Decodes blocks into samples.
#[derive(Debug)]
pub(super) struct Sequential<'a> {
    lanes: Vec<Lane<'a>>,
}

/// A component of the scan.
#[derive(Debug)]
struct Lane<'a> {
    dc: Arc<Table>,
    ac: Arc<Table>,
    steps: Quantisation,
    /// The first coefficient of the block before, dequantised and shifted.
    before: i32,
    stride: usize,
    plane: &'a mut [u8],
}

impl<'a> Sequential<'a> {
    /// For a scan, whose components have their memory and quantisation tables.
    pub(super) fn new(
        scan: &ScanHeader,
        components: &'a mut [Component],
        tables: &Tables,
    ) -> Result<Self> {
        let mut planes: Vec<_> = components.iter_mut().map(Some).collect();
        let mut lanes = Vec::new();
        for (index, dc, ac) in &scan.components {
            let component = planes.get_mut(*index).and_then(Option::take);
            let lane = component.and_then(|component| {
                Some(Lane {
                    dc: tables.dc.get(*dc)?.clone()?,
                    ac: tables.ac.get(*ac)?.clone()?,
                    steps: component.quantisation.clone()?,
                    before: LEVEL_SHIFT,
                    stride: component.stride(),
                    plane: &mut component.plane,
                })
            });
            lanes.push(lane.ok_or_else(|| Error::malformed("a scan without its Huffman tables"))?);
        }
        Ok(Self { lanes })
    }
}

impl BlockCoder for Sequential<'_> {
    #[inline(always)]
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        component: usize,
        place: (usize, usize),
    ) -> Result<()> {
        let Some(lane) = self.lanes.get_mut(component) else { return Ok(()) };
        let mut block = [0; 64];
        let size = u32::from(lane.dc.symbol(bits)?);
        if size > 15 {
            return Err(Error::malformed("a difference of more than 15 bits"));
        }
        let first = bits.signed(size).wrapping_mul(i32::from(lane.steps[0]));
        lane.before = clamped(lane.before.wrapping_add(first)).into();
        block[0] = clamped(lane.before);
        let constant = lane.coefficients(bits, &mut block)?;
        let start = place.1 * 8 * lane.stride + place.0 * 8;
        let plane = lane.plane.get_mut(start..).unwrap_or_default();
        if constant {
            idct::put_constant(block[0], plane, lane.stride);
        } else {
            idct::put(&block, plane, lane.stride);
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.before = LEVEL_SHIFT);
    }
}

impl Lane<'_> {
    /// Decodes all but the first coefficient; true where there are none.
    #[inline(always)]
    fn coefficients(&self, bits: &mut Bits<'_>, block: &mut idct::Block) -> Result<bool> {
        let mut index = 1;
        while index < 64 {
            if bits.available() < 32 {
                bits.refill();
            }
            let value = if let Some(found) = self.ac.coefficient(bits) {
                index += usize::from(found.run);
                i32::from(found.value)
            } else {
                let symbol = self.ac.symbol(bits)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 && run < 15 {
                    // The rest of the block is zero.
                    break;
                }
                index += run;
                bits.signed(size)
            };
            if index > 63 {
                return Err(Error::malformed("more than 64 coefficients in a block"));
            }
            let place = usize::from(ZIGZAG[index]);
            block[place & 63] = low_bits(value.wrapping_mul(i32::from(self.steps[index])));
            index += 1;
        }
        Ok(index == 1)
    }
}

/// The nearest number of 16 bits.
#[expect(clippy::cast_possible_truncation, reason = "it is clamped")]
pub(super) fn clamped(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// Coefficients have 16 bits, as in FFmpeg: larger ones, which no encoder writes, wrap.
#[expect(clippy::cast_possible_truncation, reason = "wrapping is what is wanted")]
pub(super) const fn low_bits(value: i32) -> i16 {
    value as i16
}
