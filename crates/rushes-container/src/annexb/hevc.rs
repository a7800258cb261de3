//! Access units of HEVC: ITU-T H.265, 7.4.2.4.4.

use rushes_core::bitstream::hevc::{
    Kind, Nal, OrderCounter, ParameterSets, Role, SliceHeader, Sps, order_low, starts_picture,
};
use rushes_core::bitstream::nal::{AnnexB, start_code};

use super::Evidence;
use super::timeline::{Order, Unit};

/// Bytes of a NAL unit that are enough for the first fields of a slice header.
const HEADER_BYTES: usize = 256;

/// Finds the end of an access unit, in bytes that may grow.
///
/// Start codes of three bytes are where FFmpeg cuts: the zero of a longer one ends the unit before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Splitter {
    /// Bytes that need not be looked at again.
    passed: usize,
    has_picture: bool,
}

impl Splitter {
    /// The length of the unit at the start of these bytes; `None` where more are needed.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let at = self.passed + start_code(bytes.get(self.passed..)?)?;
            let [first, second, payload] = *bytes.get(at + 3..)?.first_chunk()?;
            let is_base = first & 1 == 0 && second >> 3 == 0;
            let ends = match first >> 1 {
                _ if !is_base => false,
                32..=37 | 39 | 41..=44 | 48..=55 => self.has_picture,
                0..=9 | 16..=21 if payload & 0x80 != 0 => {
                    std::mem::replace(&mut self.has_picture, true)
                }
                _ => false,
            };
            if ends {
                return Some(at);
            }
            self.passed = at + 3;
        }
    }
}

/// What a NAL unit says of the format.
pub(super) fn looks_right(nal: &[u8]) -> Evidence {
    // A set that is cut off may have no more than its header.
    let Some(nal) = Nal::new(nal) else { return Evidence::Against };
    if nal.is_enhancement() {
        return Evidence::Neutral;
    }
    match nal.kind() {
        Kind::SequenceSet if Sps::parse(&nal.payload()).is_ok() => Evidence::Set,
        Kind::SequenceSet => Evidence::Against,
        // Types that are reserved.
        _ if matches!(nal.bytes()[0] >> 1, 10..=15 | 22..=31 | 41..=63) => Evidence::Against,
        // H.264 has units that look like such slices: only parameter sets tell.
        _ => Evidence::Neutral,
    }
}

/// Follows parameter sets and pictures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pictures {
    sets: ParameterSets,
    counter: OrderCounter,
    begun: bool,
}

impl Pictures {
    /// The first sequence parameter set that is known.
    pub(super) fn sequence(&self) -> Option<&Sps> {
        (0..16).find_map(|id| self.sets.sequence(id)).map(|sps| &**sps)
    }

    /// Reads an access unit.
    pub(super) fn read(&mut self, unit: &[u8]) -> Unit {
        let mut read = Unit { key: false, is_field: false, is_second: false, order: None };
        let nals = AnnexB::new(unit).filter_map(Nal::new);
        for nal in nals.filter(|nal| !nal.is_enhancement()) {
            match nal.kind() {
                // A set that is broken serves nobody; what refers to it is of unknown order.
                Kind::SequenceSet => drop(self.sets.add_sequence(nal)),
                Kind::PictureSet => drop(self.sets.add_picture(nal)),
                Kind::Slice(role) if read.order.is_none() => {
                    read.key |= role.is_random_access();
                    read.order = self.picture(role, nal);
                }
                // The next picture starts a sequence.
                Kind::End => self.begun = false,
                _ => {}
            }
        }
        read
    }

    fn picture(&mut self, role: Role, nal: Nal<'_>) -> Option<Order> {
        let bytes = nal.bytes();
        let nal = Nal::new(&bytes[..bytes.len().min(HEADER_BYTES)])?;
        let payload = nal.payload();
        if !starts_picture(&payload) {
            return None;
        }
        let mut found = None;
        let header = SliceHeader::parse(role, &payload, |id| {
            found = self.sets.picture(id);
            found
        });
        let header = header.ok()?;
        let sps = self.sets.sequence(header.sps)?;
        let low = order_low(role, &payload, &found?, sps).ok()?;
        let begun = std::mem::replace(&mut self.begun, true);
        let starts = match role {
            Role::Idr | Role::Bla => true,
            Role::Cra => !begun,
            Role::SkippedLeading | Role::Other => false,
        };
        let count = self.counter.next(nal, low, sps, starts);
        Some(Order { count, restarts: starts, depth: sps.reorder_depth() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_end_where_the_next_begins() {
        let check = |stream: &[u8], expected: Option<usize>| {
            assert_eq!(Splitter::default().end(stream), expected, "{stream:02x?}");
            // One look at everything, or many at ever more.
            let mut splitter = Splitter::default();
            let found = (0..=stream.len()).find_map(|length| splitter.end(&stream[..length]));
            assert_eq!(found, expected, "{stream:02x?} step by step");
        };
        let idr = [0, 0, 1, 0x26, 1, 0x80];
        let more = [0, 0, 1, 0x26, 1, 0x00];
        let next = [0, 0, 1, 0x02, 1, 0x80];
        check(&[&idr[..], &more, &next].concat(), Some(12));
        check(&[&idr[..], &[0], &next].concat(), Some(7));
        check(&[&idr[..], &[0, 0, 1, 0x40, 1, 0x0c]].concat(), Some(6));
        check(&[&idr[..], &[0, 0, 1, 0x4e, 1, 0x0c]].concat(), Some(6));
        // A suffix message, and a slice of another layer, belong to the picture.
        check(&[&idr[..], &[0, 0, 1, 0x50, 1, 0x0c]].concat(), None);
        check(&[&idr[..], &[0, 0, 1, 0x02, 9, 0x80]].concat(), None);
        check(&[&[0, 0, 1, 0x42, 1, 7][..], &idr].concat(), None);
    }
}
