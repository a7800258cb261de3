//! Access units of H.264: ITU-T H.264, 7.4.1.2.3 and 7.4.1.2.4.

use rushes_core::bitstream::h264::{
    Nal, OrderCounter, ParameterSets, SliceHeader, Sps, Structure, sei,
};
use rushes_core::bitstream::nal::{AnnexB, start_code};
use rushes_core::bitstream::{BitReader, ReorderDepth};

use super::Evidence;
use super::timeline::{Order, Unit};

/// Bytes of a NAL unit that are enough for a slice header.
const HEADER_BYTES: usize = 1024;

/// Finds the end of an access unit, in bytes that may grow.
///
/// A unit ends before parameter sets, delimiters and messages that follow a slice, and before a slice that starts at a
/// macroblock where, or before which, the last slice started. FFmpeg splits so; unlike the comparison of slice headers
/// that the standard describes, it needs no parameter sets, and loses no slices of streams that lack one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Splitter {
    /// Bytes that need not be looked at again.
    passed: usize,
    /// First macroblock of the last slice.
    macroblock: Option<u32>,
}

impl Splitter {
    /// The length of the unit at the start of these bytes; `None` where more are needed.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let at = self.passed + start_code(bytes.get(self.passed..)?)?;
            let payload = at + 4;
            let kind = bytes.get(at + 3)? & 0x1f;
            let mut passed = payload;
            let ends = match kind {
                6..=9 => self.macroblock.is_some(),
                1 | 2 | 5 => {
                    let (first, length) = first_macroblock(&bytes[payload..])?;
                    passed += length;
                    self.macroblock.replace(first).is_some_and(|last| first <= last)
                }
                _ => false,
            };
            if ends {
                // One more zero belongs to the start code.
                let long = at > self.passed && bytes[at - 1] == 0;
                return Some(at - usize::from(long));
            }
            self.passed = passed;
        }
    }
}

/// `first_mb_in_slice`, and how many bytes tell it; `None` where more are needed.
fn first_macroblock(payload: &[u8]) -> Option<(u32, usize)> {
    const MOST: usize = 6;
    for length in 1..=payload.len().min(MOST) {
        let r = &mut BitReader::new(&payload[..length]);
        if let Ok(first) = r.unsigned()
            && r.remaining() > 0
        {
            return Some((first, length));
        }
    }
    // No number takes as many bytes.
    (payload.len() >= MOST).then_some((u32::MAX, MOST))
}

/// What a NAL unit says of the format.
pub(super) fn looks_right(nal: &[u8]) -> Evidence {
    let Some(nal) = Nal::new(nal) else { return Evidence::Against };
    match nal.kind() {
        7 if nal.reference() > 0 && Sps::parse(&nal.payload()).is_ok() => Evidence::Set,
        7 => Evidence::Against,
        // Messages, delimiters and ends are never referred to; sets always are.
        6 | 9..=12 if nal.reference() > 0 => Evidence::Against,
        5 | 8 | 13 | 15 if nal.reference() == 0 => Evidence::Against,
        1 | 5 => {
            let payload = nal.payload();
            let r = &mut BitReader::new(&payload[..payload.len().min(16)]);
            let (first, kind) = (r.unsigned(), r.unsigned());
            match (first, kind) {
                (Ok(0), Ok(0..=9)) => Evidence::Slice,
                (Ok(_), Ok(0..=9)) => Evidence::Neutral,
                _ => Evidence::Against,
            }
        }
        2..=4 | 6 | 8..=15 | 19 | 20 => Evidence::Neutral,
        _ => Evidence::Against,
    }
}

/// Follows parameter sets and pictures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pictures {
    sets: ParameterSets,
    counter: OrderCounter,
    /// The last picture, if it is a field whose partner did not come yet.
    first_field: Option<SliceHeader>,
}

impl Pictures {
    /// The sequence parameter set of the first picture whose sets are known, else any.
    pub(super) fn sequence(&self) -> Option<&Sps> {
        (0..32).find_map(|id| self.sets.sequence(id)).map(|sps| &**sps)
    }

    /// Reads an access unit.
    pub(super) fn read(&mut self, unit: &[u8]) -> Unit {
        let mut read = Unit { key: false, is_field: false, is_second: false, order: None };
        for nal in AnnexB::new(unit).filter_map(Nal::new) {
            match nal.kind() {
                // A set that is broken serves nobody; what refers to it is of unknown order.
                7 => drop(self.sets.add_sequence(nal)),
                8 => drop(self.sets.add_picture(nal)),
                6 => read.key |= sei::recovery_point(&nal.payload()).is_some(),
                1 | 5 => {
                    read.key |= nal.kind() == 5;
                    if let Some((header, sps)) = self.slice(nal) {
                        self.picture(&header, &sps, &mut read);
                        return read;
                    }
                }
                _ => {}
            }
        }
        self.first_field = None;
        read
    }

    fn slice(&self, nal: Nal<'_>) -> Option<(SliceHeader, std::sync::Arc<Sps>)> {
        let bytes = nal.bytes();
        let nal = Nal::new(&bytes[..bytes.len().min(HEADER_BYTES)])?;
        let mut found = None;
        let header = SliceHeader::parse(nal, &nal.payload(), |id| {
            self.sets.find(id).map(|(sps, pps)| {
                found = Some(std::sync::Arc::clone(sps));
                (&**sps, pps)
            })
        });
        Some((header.ok().filter(|header| !header.redundant)?, found?))
    }

    fn picture(&mut self, header: &SliceHeader, sps: &Sps, unit: &mut Unit) {
        let order = self.counter.next(header, sps);
        unit.is_field = header.structure != Structure::Frame;
        unit.is_second = self.first_field.is_some_and(|first| header.completes(&first));
        self.first_field = (unit.is_field && !unit.is_second).then_some(*header);
        let depth: ReorderDepth = sps.reorder_depth();
        let restarts = header.idr || header.restarts_order;
        unit.order = Some(Order { count: order, restarts, depth });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits as the demuxer does, with so many bytes more at each look.
    fn split(stream: &[u8], step: usize) -> Vec<usize> {
        let (mut ends, mut start) = (Vec::new(), 0);
        while start < stream.len() {
            let mut splitter = Splitter::default();
            let mut seen = start;
            let length = loop {
                seen = (seen + step).min(stream.len());
                match splitter.end(&stream[start..seen]) {
                    Some(length) => break length,
                    None if seen == stream.len() => break seen - start,
                    None => {}
                }
            };
            assert!(length > 0);
            start += length;
            ends.push(start);
        }
        ends
    }

    #[test]
    fn units_end_where_the_next_begins() {
        let check = |stream: &[u8], expected: &[usize]| {
            for step in 1..=stream.len() {
                assert_eq!(split(stream, step), expected, "{stream:02x?} {step}");
            }
        };
        // Sets and a message belong to the slice behind them; two slices make one picture, if the second goes on.
        check(
            &[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 0x88, 0, 0, 1, 0x65, 0x48, 7],
            &[22],
        );
        check(&[0, 0, 1, 0x65, 0x88, 7, 0, 0, 1, 0x41, 0x9a, 7], &[6, 12]);
        check(&[0, 0, 1, 0x65, 0x88, 7, 0, 0, 0, 1, 0x41, 0x9a, 7], &[6, 13]);
        // Of more zeros, one is the start code's.
        check(&[0, 0, 1, 0x65, 0x88, 7, 0, 0, 0, 0, 0, 1, 9, 0xf0], &[8, 14]);
        // Nothing but a set, no slice at all, and a start code at the very end.
        check(&[0, 0, 1, 0x67, 7], &[5]);
        check(&[9, 9, 9], &[3]);
        check(&[0, 0, 1, 0x65, 0x88, 0, 0, 1], &[8]);
    }
}
