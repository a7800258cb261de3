//! AV1 as a plain stream of open bitstream units: AV1 specification, 5.2 (low overhead) and annex B (length-delimited).

mod demux;
mod mux;
mod units;

use rushes_core::CodecId;
use rushes_core::bitstream::av1::{Kind, Obu, Sequence, leb128};

use self::demux::ObuDemuxer;
use self::mux::ObuMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "obu",
        long_name: "AV1 stream of open bitstream units",
        extensions: &["obu"],
        default_video: Some(CodecId::Av1),
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| Layout::of(start).map(|_| Score::Certain),
        open: |input, options| Ok(Box::new(ObuDemuxer::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(ObuMuxer::create(sink, tracks, options)?))),
}];

/// How a stream holds its units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Layout {
    /// One after another, each with its size.
    LowOverhead,
    /// In temporal units and frame units, each behind its length.
    Lengths,
}

impl Layout {
    /// Both layouts start with a temporal delimiter and a sequence header.
    fn of(start: &[u8]) -> Option<Self> {
        if let [0x12, 0, header @ ..] = start
            && starts_with_header(header)
        {
            return Some(Self::LowOverhead);
        }
        let (unit, taken) = leb128(start)?;
        let rest = &start[taken..];
        let (frame, taken) = leb128(rest)?;
        let rest = &rest[taken..];
        let ([1, 0x10, rest @ ..] | [2, 0x12, 0, rest @ ..]) = rest else { return None };
        let (length, taken) = leb128(rest)?;
        let header = &rest[taken..];
        let header = &header[..header.len().min(usize::try_from(length).ok()?)];
        (frame < unit && length < frame && starts_with_header(header)).then_some(Self::Lengths)
    }
}

fn starts_with_header(bytes: &[u8]) -> bool {
    Obu::start(bytes)
        .is_some_and(|obu| obu.kind == Kind::SequenceHeader && Sequence::parse(obu.payload).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_are_told() {
        let header = [10, 11, 0, 0, 0, 4, 0x44, 0xae, 0x56, 0x7d, 0xfc, 0x40, 0x20];
        let check = |parts: &[&[u8]], expected| {
            assert_eq!(Layout::of(&parts.concat()), expected, "{parts:02x?}");
        };
        check(&[&[0x12, 0], &header], Some(Layout::LowOverhead));
        check(&[&[20, 18, 1, 0x10, 13], &header], Some(Layout::Lengths));
        check(&[&[21, 19, 2, 0x12, 0, 13], &header], Some(Layout::Lengths));
        check(&[&[20, 18, 1, 0x10, 12, 8], &header[2..]], Some(Layout::Lengths));
        check(&[&header], None);
        check(&[&[0x12, 0], &[0x32, 1, 0]], None);
        check(&[&[3, 18, 1, 0x10, 13], &header], None);
        check(&[], None);
    }
}
