//! PNG and its animations: Portable Network Graphics, third edition (W3C, 2025), clauses 5 and 11.

use rushes_core::{
    Buffer, CodecId, CodecParameters, ColorInfo, ColorPrimaries, ColorRange, Error, FrameRate,
    MatrixCoefficients, Metadata, PixelFormat, Ratio, Result, Rounding, Ticks, TimeBase, Track,
    TransferFunction, VideoParameters,
};

use super::ahead::{array_at, peek_at};
use super::exif;
use super::sequence::{self, Frame, Frames, PictureDemuxer, Pictures, Whole};
use super::text;
use crate::input::Input;
use crate::output::Output;
use crate::{DemuxOptions, Demuxer};

/// What every file starts with.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Ticks per second of an animation, FFmpeg's choice.
const RATE: u32 = 100_000;
/// Frames per second of an animation that names no delay, FFmpeg's choice.
const DEFAULT_FRAMES_PER_SECOND: u32 = 15;
/// Pictures per second of a still, FFmpeg's choice.
const STILL_RATE: u32 = 25;

/// Bytes around the payload of a chunk: length, type, checksum.
const AROUND: u64 = 12;

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
    sequence::check_options("png", options)?;
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
fn chunk_at(input: &mut Input, offset: u64) -> Result<Option<(u64, [u8; 4])>> {
    let Some([a, b, c, d, kind @ ..]) = array_at::<8>(input, offset)? else { return Ok(None) };
    Ok(Some((u64::from(u32::from_be_bytes([a, b, c, d])), kind)))
}

/// The first chunk of frame control from an offset on.
fn first_frame(input: &mut Input, mut offset: u64) -> Result<u64> {
    loop {
        match chunk_at(input, offset)? {
            Some((_, [b'f', b'c', b'T', b'L'])) => return Ok(offset),
            Some((length, kind)) if kind != *b"IEND" => {
                offset = offset.saturating_add(AROUND + length);
            }
            _ => return Err(Error::malformed("the animation has no frames").at(offset)),
        }
    }
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
            (b"tEXt", payload) => self.tag(payload, text),
            (b"iTXt", payload) => self.tag(payload, international),
            _ => {}
        }
        Ok(())
    }

    /// A keyword, a zero, and what `value` makes of the rest.
    fn tag(&mut self, payload: &[u8], value: impl Fn(&[u8]) -> String) {
        let mut parts = payload.splitn(2, |byte| *byte == 0);
        let (Some(keyword), Some(rest)) = (parts.next(), parts.next()) else { return };
        let keyword = text(keyword);
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

/// Where the animation control chunk was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Control {
    position: u64,
    frames: u32,
    plays: u32,
}

impl Control {
    /// Writes what stands in front of the first frame of an animation: the signature, and the chunks that are the private data.
    pub(super) fn write_front(output: &mut Output, private: &[u8]) -> Result<Self> {
        if private.get(4..8).is_none_or(|kind| kind != b"IHDR") {
            return Err(Error::malformed(
                "the private data of an animation do not start with IHDR",
            ));
        }
        output.write(&SIGNATURE)?;
        let mut control = None;
        let mut rest = private;
        while let Some(([a, b, c, d, kind @ ..], payload)) = rest.split_first_chunk::<8>() {
            let length = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
            let size = usize::try_from(AROUND + length).unwrap_or(usize::MAX);
            let Some((chunk, behind)) = rest.split_at_checked(size) else { break };
            if let (b"acTL", [a, b, c, d, e, f, g, h, ..]) = (kind, payload) {
                let frames = u32::from_be_bytes([*a, *b, *c, *d]);
                let plays = u32::from_be_bytes([*e, *f, *g, *h]);
                control = Some(Self { position: output.position(), frames, plays });
            }
            output.write(chunk)?;
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(Error::malformed("the private data of an animation end within a chunk"));
        }
        if let Some(control) = control {
            return Ok(control);
        }
        let control = Self { position: output.position(), frames: 0, plays: 0 };
        output.write(&control.chunk())?;
        Ok(control)
    }

    /// Writes the end, and how many frames there are where that was said wrongly.
    pub(super) fn write_end(self, output: &mut Output, frames: u32) -> Result<()> {
        output.write(&chunk(*b"IEND", &[]))?;
        if frames == self.frames {
            return Ok(());
        }
        if !output.is_seekable() {
            return Err(Error::unsupported(
                format!(
                    "{frames} frames where {} were announced, on a sink that cannot seek",
                    self.frames
                ),
                "sinks that seek",
            ));
        }
        let control = Self { frames, ..self };
        output.patch(self.position, &control.chunk())
    }

    fn chunk(self) -> Vec<u8> {
        let fields = [self.frames.to_be_bytes(), self.plays.to_be_bytes()];
        chunk(*b"acTL", fields.as_flattened())
    }
}

/// A whole chunk of a few bytes.
fn chunk(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(payload);
    let checksum = crc(&bytes[4..]);
    bytes.extend(checksum.to_be_bytes());
    bytes
}

/// Annex D, bit by bit: no more than a few bytes go through it.
fn crc(bytes: &[u8]) -> u32 {
    let step = |value: u32, _| if value & 1 == 0 { value >> 1 } else { value >> 1 ^ 0xedb8_8320 };
    !bytes.iter().fold(u32::MAX, |value, byte| (0..8).fold(value ^ u32::from(*byte), step))
}

/// The text of an `iTXt` chunk behind its keyword, unless it is compressed (11.3.3.4).
fn international(rest: &[u8]) -> String {
    let [0, _, rest @ ..] = rest else { return String::new() };
    let text = rest.splitn(3, |byte| *byte == 0).nth(2).unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// The frames of an animation: a chunk `fcTL` and what follows it up to the next.
#[derive(Clone, Copy, Debug)]
struct Animation {
    width: u32,
    height: u32,
}

impl Frames for Animation {
    fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        let control = match chunk_at(input, 0)? {
            Some((_, [b'I', b'E', b'N', b'D'])) => return Ok(None),
            Some((26, [b'f', b'c', b'T', b'L'])) => array_at::<38>(input, 0)?,
            None if peek_at(input, 0, 1)?.is_empty() => {
                return Err(ends_early(input));
            }
            None => None,
            Some(_) => {
                let place = input.position();
                return Err(Error::malformed("a frame without its control chunk").at(place));
            }
        };
        let Some(control) = control else { return Err(ends_early(input)) };
        let (duration, key) = self.control(&control);
        let mut offset = control.len() as u64;
        let mut cut = false;
        loop {
            match chunk_at(input, offset)? {
                Some((_, [b'f', b'c', b'T', b'L'] | [b'I', b'E', b'N', b'D'])) => break,
                Some((length, _)) => offset = offset.saturating_add(AROUND + length),
                None => {
                    cut = true;
                    break;
                }
            }
        }
        if cut {
            offset = super::ahead::bytes_left(input)?;
        }
        // The first frame needs no other, whatever it says.
        Ok(Some(Frame { length: offset, duration, key, cut }))
    }
}

fn ends_early(input: &Input) -> Error {
    Error::malformed("the input ends in front of the last frames").at(input.position())
}

impl Animation {
    /// How long the frame is shown, and whether it covers all that was there before (11.3.6.2).
    fn control(self, chunk: &[u8; 38]) -> (Ticks, bool) {
        let u32_at = |at: usize| {
            chunk
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let u16_at = |at: usize| {
            let bytes = chunk.get(at..).and_then(<[u8]>::first_chunk);
            u32::from(bytes.map_or(0, |bytes| u16::from_be_bytes(*bytes)))
        };
        let (numer, denom) = match (u16_at(28), u16_at(30)) {
            (0, _) => (1, DEFAULT_FRAMES_PER_SECOND),
            (numer, 0) => (numer, 100),
            delay => delay,
        };
        let unit = TimeBase::new(numer, denom).zip(TimeBase::per_second(RATE));
        let duration = unit.map_or(Ticks::ZERO, |(unit, base)| {
            unit.convert_ticks(Ticks::new(1), base, Rounding::Nearest)
        });
        let whole = (u32_at(12), u32_at(16)) == (self.width, self.height);
        let at_origin = (u32_at(20), u32_at(24)) == (0, 0);
        let replaces = chunk[33] == 0;
        let first = u32_at(8) == 0;
        (duration, first || (whole && at_origin && replaces))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Source;

    fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        super::chunk(*kind, payload)
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
