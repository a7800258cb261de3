//! NAL units behind lengths or start codes: ISO/IEC 14496-15, 5.3 and 8.3; ITU-T H.264 and H.265, annex B.

use rushes_core::bitstream::nal::{AnnexB, Framing};
use rushes_core::bitstream::{h264, hevc};
use rushes_core::{Buffer, CodecId, Error, Result};

/// A codec of NAL units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NalCodec {
    H264,
    Hevc,
}

/// What the muxers care about in a NAL unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Video,
    Sequence,
    Picture,
    SequenceExtension,
    Delimiter,
    Other,
}

impl NalCodec {
    /// `None` for codecs that have no NAL units.
    pub(crate) const fn of(codec: &CodecId) -> Option<Self> {
        match codec {
            CodecId::H264 => Some(Self::H264),
            CodecId::Hevc => Some(Self::Hevc),
            _ => None,
        }
    }

    pub(crate) const fn id(self) -> CodecId {
        match self {
            Self::H264 => CodecId::H264,
            Self::Hevc => CodecId::Hevc,
        }
    }

    /// Name of the codec, and of its plain streams.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Hevc => "hevc",
        }
    }

    fn kind(self, nal: &[u8]) -> Kind {
        let Some(first) = nal.first() else { return Kind::Other };
        match self {
            Self::H264 => match first & 0x1f {
                7 => Kind::Sequence,
                8 => Kind::Picture,
                9 => Kind::Delimiter,
                13 => Kind::SequenceExtension,
                _ => Kind::Other,
            },
            // Sets of other layers than the base have no place in the record.
            Self::Hevc if first & 1 != 0 || nal.get(1).is_none_or(|second| second >> 3 != 0) => {
                Kind::Other
            }
            Self::Hevc => match first >> 1 {
                32 => Kind::Video,
                33 => Kind::Sequence,
                34 => Kind::Picture,
                35 => Kind::Delimiter,
                _ => Kind::Other,
            },
        }
    }

    /// True for a slice of a picture where decoding can start whatever came before.
    pub(super) fn is_entry(self, nal: &[u8]) -> bool {
        nal.first().is_some_and(|first| match self {
            Self::H264 => first & 0x1f == 5,
            Self::Hevc => matches!(first >> 1, 16..=21),
        })
    }

    /// The parameter sets among these NAL units, each once, behind start codes.
    pub(crate) fn parameter_sets(self, stream: &[u8]) -> Vec<u8> {
        let mut seen: Vec<&[u8]> = Vec::new();
        for nal in AnnexB::new(stream) {
            if self.kind(nal).is_set() && !seen.contains(&nal) {
                seen.push(nal);
            }
        }
        let mut sets = Vec::new();
        seen.into_iter().for_each(|nal| put_start_code(nal, &mut sets));
        sets
    }

    /// The decoder configuration record of the parameter sets among these NAL units.
    pub(crate) fn record(self, stream: &[u8]) -> Result<Vec<u8>> {
        let of = |wanted: Kind| -> Vec<&[u8]> {
            AnnexB::new(stream).filter(|nal| self.kind(nal) == wanted).collect()
        };
        let (sequence, picture) = (of(Kind::Sequence), of(Kind::Picture));
        match self {
            Self::H264 => h264::avcc::write(&sequence, &picture, &of(Kind::SequenceExtension)),
            Self::Hevc => hevc::hvcc::write(&of(Kind::Video), &sequence, &picture),
        }
    }

    /// How packets are framed, and the parameter sets of private data behind start codes.
    fn configuration(self, private: &[u8]) -> Result<(Framing, Vec<u8>)> {
        let mut sets = Vec::new();
        let framing = match self {
            Self::H264 => {
                let read = h264::avcc::Configuration::parse(private)?;
                read.sets.iter().for_each(|nal| put_start_code(nal.bytes(), &mut sets));
                read.framing
            }
            Self::Hevc => {
                let read = hevc::hvcc::Configuration::parse(private)?;
                read.nals.iter().for_each(|nal| put_start_code(nal.bytes(), &mut sets));
                read.framing
            }
        };
        Ok((framing, sets))
    }
}

impl Kind {
    const fn is_set(self) -> bool {
        matches!(self, Self::Video | Self::Sequence | Self::Picture | Self::SequenceExtension)
    }
}

/// True for NAL units behind start codes.
pub(super) const fn has_start_codes(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 1, ..] | [0, 0, 0, 1, ..])
}

/// Puts lengths of four bytes in place of start codes.
pub(super) fn to_lengths(packet: &[u8]) -> Result<Vec<u8>> {
    // A start code of three bytes makes room for nothing, but streams have few of those.
    let mut stored = Vec::with_capacity(packet.len() + 16);
    for nal in AnnexB::new(packet) {
        let length = u32::try_from(nal.len())
            .map_err(|_| Error::malformed("a NAL unit is larger than 4 GiB"))?;
        stored.extend(length.to_be_bytes());
        stored.extend_from_slice(nal);
    }
    if stored.is_empty() && !packet.is_empty() {
        return Err(Error::malformed("there is no NAL unit in a packet of a byte stream"));
    }
    Ok(stored)
}

/// Puts NAL units behind start codes, and parameter sets in front of pictures where decoding can start.
#[derive(Clone, Debug)]
pub(super) struct Inliner {
    codec: NalCodec,
    framing: Framing,
    /// The sets of private data, behind start codes.
    sets: Vec<u8>,
}

impl Inliner {
    pub(super) fn new(codec: NalCodec, private: &[u8]) -> Result<Self> {
        let (framing, sets) = codec.configuration(private)?;
        Ok(Self { codec, framing, sets })
    }

    /// `entry` asks for parameter sets in front, unless the packet has its own.
    pub(super) fn packet(&self, packet: &Buffer, entry: bool) -> Result<Buffer> {
        let nals: Vec<&[u8]> = self.framing.split(packet).collect::<Result<_>>()?;
        let has_own = || nals.iter().any(|nal| self.codec.kind(nal) == Kind::Sequence);
        let mut sets: &[u8] = if entry && !has_own() { &self.sets } else { &[] };
        if sets.is_empty() && self.framing == Framing::AnnexB {
            return Ok(packet.clone());
        }
        let mut stream = Vec::with_capacity(packet.len() + sets.len() + nals.len());
        for nal in nals {
            // An access unit delimiter stays the first of its unit.
            if !sets.is_empty() && self.codec.kind(nal) != Kind::Delimiter {
                stream.extend_from_slice(std::mem::take(&mut sets));
            }
            put_start_code(nal, &mut stream);
        }
        Ok(stream.into())
    }
}

fn put_start_code(nal: &[u8], stream: &mut Vec<u8>) {
    stream.extend([0, 0, 0, 1]);
    stream.extend_from_slice(nal);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// x264, High at level 1.2: 320x180.
    pub(crate) const SPS: [u8; 28] = [
        0x67, 0x64, 0x00, 0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9f, 0x01, 0x6a, 0x02, 0x02, 0x02,
        0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x07, 0x8a, 0x14, 0xcb,
    ];
    pub(crate) const PPS: [u8; 4] = [0x68, 0xeb, 0xec, 0xb2];

    fn stream(nals: &[&[u8]]) -> Vec<u8> {
        let mut stream = Vec::new();
        nals.iter().for_each(|nal| put_start_code(nal, &mut stream));
        stream
    }

    #[test]
    fn there_and_back_again() {
        let private = stream(&[&SPS, &PPS]);
        let slice: &[u8] = &[0x65, 0x88, 7];
        for has_delimiter in [false, true] {
            let mut nals: Vec<&[u8]> = vec![&SPS, &PPS, slice];
            if has_delimiter {
                nals.insert(0, &[9, 0xf0]);
            }
            let plain = Buffer::from(stream(&nals));
            let record = NalCodec::H264.record(&private).expect("sets");
            let stored = to_lengths(&plain).expect("units");
            let inliner = Inliner::new(NalCodec::H264, &record).expect("a record");
            let back = inliner.packet(&stored.into(), true).expect("lengths");
            assert_eq!(back, plain);
            // Without sets of its own, a packet gets them behind the delimiter, if asked for.
            nals.retain(|nal| *nal != SPS && *nal != PPS);
            let stored = Buffer::from(to_lengths(&stream(&nals)).expect("units"));
            assert_eq!(inliner.packet(&stored, true).expect("lengths"), plain);
            assert_eq!(*inliner.packet(&stored, false).expect("lengths"), stream(&nals));
        }
    }

    #[test]
    fn short_start_codes_and_padding_are_no_content() {
        let packet = [0, 0, 1, 0x67, 1, 0, 0, 0, 0, 1, 0x65, 2, 0, 0];
        let stored = to_lengths(&packet).expect("units");
        assert_eq!(stored, [0, 0, 0, 2, 0x67, 1, 0, 0, 0, 2, 0x65, 2]);
        assert!(to_lengths(&[1, 2, 3]).is_err());
        assert!(to_lengths(&[]).expect("empty").is_empty());
    }

    #[test]
    fn sets_are_taken_once_and_from_the_base_layer() {
        let mixed = stream(&[&[6, 5], &SPS, &PPS, &SPS, &[0x65, 1], &[0x68, 1]]);
        let expected = stream(&[&SPS, &PPS, &[0x68, 1]]);
        assert_eq!(NalCodec::H264.parameter_sets(&mixed), expected);
        let mixed = stream(&[&[0x42, 1, 7], &[0x42, 9, 7], &[0x43, 1, 7]]);
        assert_eq!(NalCodec::Hevc.parameter_sets(&mixed), stream(&[&[0x42, 1, 7]]));
    }
}
