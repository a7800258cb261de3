//! Where decoding can start, by the first bytes of packets, and what those say of the pictures.

use rushes_core::bitstream::av1::{self, FrameStart, Kind, Obu, Sequence};
use rushes_core::bitstream::nal::AnnexB;
use rushes_core::bitstream::{vp8, vp9};
use rushes_core::{Buffer, CodecId, CodecParameters, MediaParameters, TimeBase};

use super::{NalCodec, vpx};

/// Bytes of a packet that are enough to tell whether it is a key frame, in the codecs whose packets begin with that.
pub(crate) const ENTRY_BYTES: usize = 1024;

/// Tells key frames of a codec apart.
#[derive(Clone, Debug)]
pub(crate) enum EntryFinder {
    Vp8,
    Vp9,
    Av1(Option<Box<Sequence>>),
    Nal(NalCodec),
    /// Every packet stands for itself, as far as is known.
    Any,
}

impl EntryFinder {
    pub(crate) fn new(codec: &CodecId) -> Self {
        match codec {
            CodecId::Vp8 => Self::Vp8,
            CodecId::Vp9 => Self::Vp9,
            CodecId::Av1 => Self::Av1(None),
            codec => NalCodec::of(codec).map_or(Self::Any, Self::Nal),
        }
    }

    /// True where decoding can start at this packet, of which the first [`ENTRY_BYTES`] are enough.
    pub(crate) fn is_key(&mut self, start: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::is_key(start),
            Self::Vp9 => vp9::is_key(start),
            Self::Av1(sequence) => av1_is_key(start, sequence),
            Self::Nal(codec) => AnnexB::new(start).any(|nal| codec.is_entry(nal)),
            Self::Any => true,
        }
    }
}

/// A key frame that is shown, in a temporal unit whose sequence header is known.
fn av1_is_key(mut start: &[u8], sequence: &mut Option<Box<Sequence>>) -> bool {
    while let Some(obu) = Obu::start(start).filter(|obu| !obu.bytes.is_empty()) {
        if obu.kind == Kind::SequenceHeader {
            // One that is broken, or cut, changes nothing.
            if let Ok(read) = Sequence::parse(obu.payload) {
                *sequence = Some(Box::new(read));
            }
        } else if let Some(sequence) = sequence
            && let Ok(Some(frame)) = FrameStart::parse(&obu, sequence)
        {
            return frame.key;
        }
        start = &start[obu.bytes.len()..];
    }
    false
}

/// Fills in what the first packet says: private data, the size and layout of pictures, colours. `pace` is how long a
/// picture lasts, if that is known.
pub(crate) fn describe(codec: &mut CodecParameters, first: &[u8], pace: Option<TimeBase>) {
    let MediaParameters::Video(video) = &mut codec.media else { return };
    match codec.codec {
        CodecId::Vp8 => {
            if let Some((width, height)) = vp8::size(first) {
                (video.width, video.height) = (width, height);
            }
            video.pixel_format = Some(rushes_core::PixelFormat::Yuv420p);
        }
        CodecId::Vp9 => {
            if let Some(header) = vpx::Vp9Header::read(first) {
                (video.width, video.height) = (header.width, header.height);
                video.pixel_format = Some(header.format.pixel_format());
                video.color = header.format.color();
                codec.private = Buffer::from(header.configuration(pace));
            }
        }
        CodecId::Av1 => {
            let header = av1_header(first);
            let read = header.as_ref().map(|header| Sequence::parse(header.payload));
            if let (Some(header), Some(Ok(sequence))) = (header, read) {
                (video.width, video.height) = (sequence.width, sequence.height);
                video.pixel_format = sequence.pixel_format();
                video.color = sequence.color;
                // The header was read once, so it can be read again.
                codec.private = av1::av1c::write(&header).unwrap_or_default().into();
            }
        }
        _ => {}
    }
}

/// The first sequence header of a temporal unit, which may be cut behind it.
fn av1_header(mut unit: &[u8]) -> Option<Obu<'_>> {
    loop {
        let obu = Obu::start(unit).filter(|obu| !obu.bytes.is_empty())?;
        if obu.kind == Kind::SequenceHeader {
            return Some(obu);
        }
        unit = &unit[obu.bytes.len()..];
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::VideoParameters;

    use super::*;

    #[test]
    fn av1_needs_a_sequence_header_before_its_key_frames() {
        let header = [10, 11, 0, 0, 0, 4, 0x44, 0xae, 0x56, 0x7d, 0xfc, 0x40, 0x20];
        let key = [0x32, 2, 0x10, 0];
        let inter = [0x32, 2, 0x30, 0];
        let check = |parts: &[&[u8]], expected| {
            let mut finder = EntryFinder::new(&CodecId::Av1);
            assert_eq!(finder.is_key(&parts.concat()), expected, "{parts:?}");
        };
        check(&[&[0x12, 0], &header, &key], true);
        check(&[&[0x12, 0], &header, &inter], false);
        check(&[&[0x12, 0], &key], false);
        check(&[&header, &[0x32, 99, 0x10]], true);
        check(&[], false);
        let mut codec = CodecParameters::video(CodecId::Av1, VideoParameters::new(1, 1));
        describe(&mut codec, &[&[0x12, 0][..], &header, &key].concat(), None);
        assert_eq!(*codec.private, [&[0x81, 0, 0x0c, 0][..], &header].concat());
        assert_eq!(codec.as_video().map(|video| (video.width, video.height)), Some((300, 300)));
    }
}
