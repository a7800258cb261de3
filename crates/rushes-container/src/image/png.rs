//! PNG, and what stands in front of the frames of an animation: Portable Network Graphics, third edition (W3C, 2025),
//! clauses 5 and 11.

use rushes_core::{
    Buffer, CodecId, CodecParameters, ColorInfo, ColorPrimaries, ColorRange, Error, FrameRate,
    MatrixCoefficients, Metadata, PixelFormat, Ratio, Result, Ticks, TimeBase, Track,
    TransferFunction, VideoParameters,
};

use super::ahead::{array_at, peek_at};
use super::apng::{Animation, RATE, first_frame};
use super::exif;
use super::sequence::{PictureDemuxer, Pictures, Whole};
use crate::input::Input;
use crate::text;
use crate::{DemuxOptions, Demuxer};

/// What every file starts with.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Pictures per second of a still, FFmpeg's choice.
const STILL_RATE: u32 = 25;

/// Bytes around the payload of a chunk: length, type, checksum.
pub(super) const AROUND: u64 = 12;

/// The chunks in front of the picture.
#[derive(Clone, Debug, Default)]
struct Header {
    width: u32,
    height: u32,
    depth: u8,
    color_type: u8,
    transparent: bool,
    /// Frames of the animation, and how often it is played; zero for ever.
    animation: Option<(u32, u32)>,
    aspect: Option<Ratio>,
    color: Color,
    rotation: Option<rushes_core::Rotation>,
    metadata: Metadata,
}

/// What the numbers mean, by the chunk that says so; the first has precedence.
#[derive(Clone, Copy, Debug, Default)]
struct Color {
    coded: Option<ColorInfo>,
    srgb: bool,
}

/// Opens a still or an animation.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("png")?;
    let mut header = Header::default();
    let end = header.read(&mut input).map_err(|error| error.at(0))?;
    input.limits().check_picture(header.width, header.height)?;
    let Some((count, plays)) = header.animation else {
        let cut = !header.read_behind(&mut input, end)?;
        let mut track = header.track(CodecId::Png, STILL_RATE);
        track.packets = Some(1);
        track.duration = Some(Ticks::new(1));
        let frames = Box::new(Whole { cut });
        let pictures = Pictures { format: "png", track, metadata: header.metadata, frames };
        return Ok(Box::new(PictureDemuxer::new(input, pictures)));
    };
    // A picture that is no part of the animation comes before the first frame.
    let first = first_frame(&mut input, end)?;
    let mut track = header.track(CodecId::Apng, RATE);
    let length = SIGNATURE.len() as u64;
    let front = peek_at(&mut input, length, usize::try_from(end - length).unwrap_or(0))?;
    track.codec.private = Buffer::from(front);
    track.packets = Some(u64::from(count)).filter(|count| *count > 0);
    track.metadata.set("plays", plays.to_string());
    let frames = Box::new(Animation { width: header.width, height: header.height });
    input.skip(first)?;
    let pictures = Pictures { format: "png", track, metadata: header.metadata, frames };
    Ok(Box::new(PictureDemuxer::new(input, pictures)))
}

/// Length and type of the chunk at an offset from the position; `None` where the input ends.
pub(super) fn chunk_at(input: &mut Input, offset: u64) -> Result<Option<(u64, [u8; 4])>> {
    let Some([a, b, c, d, kind @ ..]) = array_at::<8>(input, offset)? else { return Ok(None) };
    Ok(Some((u64::from(u32::from_be_bytes([a, b, c, d])), kind)))
}

impl Header {
    /// Reads the chunks in front of the picture's data or first frame, and gives the offset of that.
    fn read(&mut self, input: &mut Input) -> Result<u64> {
        let start = array_at::<33>(input, 0)?;
        let Some([signature @ .., _, _, _, _]) = start else {
            return Err(Error::malformed("the input ends within the header of a PNG picture"));
        };
        let (signature, rest) = signature.split_at(SIGNATURE.len());
        let [0, 0, 0, 13, b'I', b'H', b'D', b'R', a, b, c, d, e, f, g, h, depth, color, _, _, _] =
            rest
        else {
            return Err(Error::malformed("a PNG picture starts with another chunk than IHDR"));
        };
        if signature != SIGNATURE {
            return Err(Error::malformed("this is no PNG picture"));
        }
        self.width = u32::from_be_bytes([*a, *b, *c, *d]);
        self.height = u32::from_be_bytes([*e, *f, *g, *h]);
        (self.depth, self.color_type) = (*depth, *color);
        if self.width == 0 || self.height == 0 {
            let size = format!("a PNG picture of {} x {} pixels", self.width, self.height);
            return Err(Error::malformed(size));
        }
        let mut offset = 33;
        while let Some((length, kind)) = chunk_at(input, offset)? {
            if matches!(&kind, b"IDAT" | b"fcTL" | b"IEND") {
                return Ok(offset);
            }
            self.take(input, offset, length, kind)?;
            offset = offset.saturating_add(AROUND + length);
        }
        Err(Error::malformed("the input ends in front of the PNG picture's data"))
    }

    /// Reads the chunks from an offset on; false where the input ends before the picture does.
    fn read_behind(&mut self, input: &mut Input, mut offset: u64) -> Result<bool> {
        while let Some((length, kind)) = chunk_at(input, offset)? {
            if kind == *b"IEND" {
                return Ok(array_at::<12>(input, offset)?.is_some());
            }
            self.take(input, offset, length, kind)?;
            offset = offset.saturating_add(AROUND + length);
        }
        Ok(false)
    }

    /// Takes a chunk in, if it is one that matters and is whole.
    fn take(&mut self, input: &mut Input, offset: u64, length: u64, kind: [u8; 4]) -> Result<()> {
        let matters = [b"acTL", b"pHYs", b"cICP", b"sRGB", b"tRNS", b"eXIf", b"tEXt", b"iTXt"];
        if !matters.contains(&&kind) || length > input.limits().metadata_bytes {
            return Ok(());
        }
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        let payload = peek_at(input, offset + 8, size)?;
        if payload.len() < size {
            return Ok(());
        }
        match (&kind, payload) {
            (b"acTL", [a, b, c, d, e, f, g, h, ..]) => {
                let frames = u32::from_be_bytes([*a, *b, *c, *d]);
                self.animation = Some((frames, u32::from_be_bytes([*e, *f, *g, *h])));
            }
            (b"pHYs", [a, b, c, d, e, f, g, h, _]) => {
                let across = u32::from_be_bytes([*a, *b, *c, *d]);
                let down = u32::from_be_bytes([*e, *f, *g, *h]);
                self.aspect = Ratio::new(down, across).filter(|_| down > 0);
            }
            (b"cICP", [primaries, transfer, matrix, full]) => {
                let range = if *full == 0 { ColorRange::Limited } else { ColorRange::Full };
                let matrix = MatrixCoefficients::from_code(u16::from(*matrix));
                let mut color = ColorInfo::new(matrix, range);
                color.primaries = ColorPrimaries::from_code(u16::from(*primaries));
                color.transfer = TransferFunction::from_code(u16::from(*transfer));
                self.color.coded = Some(color);
            }
            (b"sRGB", _) => self.color.srgb = true,
            (b"tRNS", _) => self.transparent = true,
            (b"eXIf", tiff) => self.rotation = self.rotation.or_else(|| exif::rotation(tiff)),
            (b"tEXt", payload) => self.tag(payload, text::field),
            (b"iTXt", payload) => self.tag(payload, international),
            _ => {}
        }
        Ok(())
    }

    /// A keyword, a zero, and what `value` makes of the rest.
    fn tag(&mut self, payload: &[u8], value: impl Fn(&[u8]) -> String) {
        let mut parts = payload.splitn(2, |byte| *byte == 0);
        let (Some(keyword), Some(rest)) = (parts.next(), parts.next()) else { return };
        let keyword = text::field(keyword);
        let key = match &*keyword.to_ascii_lowercase() {
            "author" => "artist".to_owned(),
            "software" => "encoder".to_owned(),
            "creation time" => "creation_time".to_owned(),
            other => other.to_owned(),
        };
        let value = value(rest);
        if !value.is_empty() && !key.starts_with("xml:") && self.metadata.value(&key).is_none() {
            self.metadata.set(key, value);
        }
    }

    fn pixel_format(&self) -> Option<PixelFormat> {
        match (self.color_type, self.depth, self.transparent) {
            (0, 1..=8, false) => Some(PixelFormat::Gray8),
            (0, 16, false) => Some(PixelFormat::Gray16),
            (2, 8, false) => Some(PixelFormat::Rgb24),
            (2, 16, false) => Some(PixelFormat::Rgb48),
            (2, 8, true) | (6, 8, _) => Some(PixelFormat::Rgba),
            (2, 16, true) | (6, 16, _) => Some(PixelFormat::Rgba64),
            // Palettes, and grey with alpha: what they become is the decoder's choice.
            _ => None,
        }
    }

    fn track(&self, codec: CodecId, rate: u32) -> Track {
        let mut video = VideoParameters::new(self.width, self.height);
        video.pixel_format = self.pixel_format();
        video.sample_aspect = self.aspect;
        video.rotation = self.rotation.unwrap_or_default();
        let mut color = ColorInfo::new(MatrixCoefficients::Identity, ColorRange::Full);
        if self.color.srgb {
            color.primaries = ColorPrimaries::Bt709;
            color.transfer = TransferFunction::Srgb;
        }
        video.color = self.color.coded.unwrap_or(color);
        if codec == CodecId::Png {
            video.frame_rate = FrameRate::new(rate, 1);
            video.constant_frame_rate = true;
        }
        let base = TimeBase::per_second(rate).unwrap_or(TimeBase::nanoseconds());
        Track::new(0, CodecParameters::video(codec, video), base)
    }
}

/// The text of an `iTXt` chunk behind its keyword, unless it is compressed (11.3.3.4).
fn international(rest: &[u8]) -> String {
    let [0, _, rest @ ..] = rest else { return String::new() };
    let text = rest.splitn(3, |byte| *byte == 0).nth(2).unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::apng;
    use super::*;
    use crate::Source;

    fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        apng::chunk(*kind, payload)
    }

    fn header(depth: u8, color: u8) -> Vec<u8> {
        let header = [0, 0, 0, 9, 0, 0, 0, 7, depth, color, 0, 0, 0];
        [&SIGNATURE[..], &chunk(b"IHDR", &header)].concat()
    }

    fn still(depth: u8, color: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = header(depth, color);
        bytes.extend(chunks.concat());
        bytes.extend(chunk(b"IDAT", b"data"));
        bytes.extend(chunk(b"IEND", b""));
        bytes
    }

    fn control(number: u32, size: [u32; 2], delay: [u16; 2], blend: u8) -> Vec<u8> {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.extend(size.iter().flat_map(|side| side.to_be_bytes()));
        bytes.extend([0; 8]);
        bytes.extend(delay.iter().flat_map(|part| part.to_be_bytes()));
        bytes.extend([0, blend]);
        chunk(b"fcTL", &bytes)
    }

    /// Three frames behind a picture that is no part of the animation.
    pub(in crate::image) fn animation() -> (Vec<u8>, Vec<Vec<u8>>) {
        let frames = vec![
            [control(0, [9, 7], [1, 25], 0), chunk(b"fdAT", b"\0\0\0\x01first")].concat(),
            [control(2, [4, 4], [0, 0], 1), chunk(b"fdAT", b"\0\0\0\x03second")].concat(),
            [control(4, [9, 7], [2, 0], 0), chunk(b"fdAT", b"\0\0\0\x05third")].concat(),
        ];
        let mut bytes = header(8, 2);
        bytes.extend(chunk(b"acTL", &[0, 0, 0, 3, 0, 0, 0, 5]));
        bytes.extend(chunk(b"IDAT", b"not shown"));
        bytes.extend(frames.concat());
        bytes.extend(chunk(b"IEND", b""));
        (bytes, frames)
    }

    fn open_bytes(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
        let options = DemuxOptions::default();
        open(Input::new(Source::bytes(bytes.to_vec()), &options)?, &options)
    }

    #[test]
    fn headers_describe_the_picture() {
        let check = |depth, color, chunks: &[Vec<u8>], expected| {
            let demuxer = open_bytes(&still(depth, color, chunks)).expect("a picture");
            let video = demuxer.tracks()[0].codec.as_video().expect("video").clone();
            assert_eq!((video.width, video.height, video.pixel_format), (9, 7, expected));
            (video, demuxer.metadata().clone())
        };
        check(1, 0, &[], Some(PixelFormat::Gray8));
        check(16, 0, &[], Some(PixelFormat::Gray16));
        check(8, 3, &[], None);
        check(8, 2, &[chunk(b"tRNS", &[0; 6])], Some(PixelFormat::Rgba));
        let chunks = [
            chunk(b"pHYs", &[0, 0, 0, 2, 0, 0, 0, 1, 0]),
            chunk(b"cICP", &[9, 16, 0, 1]),
            chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0"),
            chunk(b"tEXt", b"Author\0nobody"),
            chunk(b"iTXt", "Title\0\0\0fr\0Titre\0O\u{f9}".as_bytes()),
        ];
        let (video, tags) = check(16, 6, &chunks, Some(PixelFormat::Rgba64));
        assert_eq!(video.sample_aspect, Ratio::new(1, 2));
        assert_eq!(video.rotation.degrees(), 180);
        assert_eq!(video.color.transfer, TransferFunction::Smpte2084);
        assert_eq!(tags.value("artist"), Some("nobody"));
        assert_eq!(tags.value("title"), Some("O\u{f9}"));
    }

    #[test]
    fn animations_are_their_frames() {
        let (bytes, frames) = animation();
        let mut demuxer = open_bytes(&bytes).expect("an animation");
        let track = &demuxer.tracks()[0];
        assert_eq!((track.packets, track.metadata.value("plays")), (Some(3), Some("5")));
        assert_eq!(*track.codec.private, bytes[8..53]);
        let expected = [(0, 4000, true), (4000, 6667, false), (10_667, 2000, true)];
        for (frame, (pts, duration, key)) in frames.iter().zip(expected) {
            let packet = demuxer.next_packet().expect("reads").expect("a frame");
            assert_eq!(*packet.data, **frame);
            assert_eq!(packet.pts.expect("set").ticks(), pts);
            assert_eq!((packet.duration, packet.key), (Some(Ticks::new(duration)), key));
        }
        assert_eq!(demuxer.next_packet().expect("ends"), None);
    }

    #[test]
    fn checksums_are_those_of_the_standard() {
        // The end chunk is the same in every file.
        assert_eq!(chunk(b"IEND", b""), *b"\0\0\0\0IEND\xae\x42\x60\x82");
    }

    #[test]
    fn every_truncation_is_told() {
        let whole = still(8, 2, &[]);
        for (bytes, length) in [(&whole, whole.len()), (&animation().0, animation().0.len() - 12)] {
            for length in 0..length {
                let Ok(mut demuxer) = open_bytes(&bytes[..length]) else { continue };
                let mut errors = 0;
                loop {
                    match demuxer.next_packet() {
                        Ok(Some(packet)) => assert!(!packet.data.is_empty()),
                        Ok(None) => break,
                        Err(error) => {
                            assert!(matches!(error, Error::Malformed(_)), "{error}");
                            errors += 1;
                        }
                    }
                }
                assert_eq!(errors, 1, "{length}");
            }
        }
    }

    #[test]
    fn huge_lengths_end_the_search() {
        let mut bytes = header(8, 2);
        bytes.extend([0xff, 0xff, 0xff, 0xff]);
        bytes.extend(b"tEXt");
        assert!(matches!(open_bytes(&bytes), Err(Error::Malformed(_))));
        bytes[37..41].copy_from_slice(b"IDAT");
        let mut demuxer = open_bytes(&bytes).expect("a picture");
        assert!(demuxer.next_packet().expect("reads").is_some());
        assert!(demuxer.next_packet().is_err());
    }
}
