//! WebP: RFC 9649.

use rushes_core::{
    Buffer, CodecId, CodecParameters, ColorInfo, ColorRange, Error, FrameRate, Limits,
    MatrixCoefficients, Metadata, PixelFormat, Result, Rotation, Ticks, TimeBase, Track,
    VideoParameters,
};

use super::ahead::{array_at, bytes_left, peek_at};
use super::exif;
use super::sequence::{Frame, Frames, PictureDemuxer, Pictures, Whole};
use crate::input::Input;
use crate::{DemuxOptions, Demuxer};

/// Bytes of the RIFF header.
pub(super) const HEADER: u64 = 12;
/// Ticks per second of an animation.
const RATE: u32 = 1000;
/// What browsers take for a frame without a duration, in ticks.
const DEFAULT_DURATION: u64 = 100;
/// Pictures per second of a still, FFmpeg's choice.
const STILL_RATE: u32 = 25;
/// Bytes of the header of a frame of an animation, chunk header included.
const FRAME_HEADER: usize = 24;

/// What the chunks say.
#[derive(Clone, Debug, Default)]
struct Header {
    width: u32,
    height: u32,
    pixel_format: Option<PixelFormat>,
    /// The picture has luma and chroma: it is lossy.
    lossy: bool,
    /// Offset of the first frame of an animation, and how often that is played; zero for ever.
    animation: Option<(u64, u16)>,
    rotation: Option<Rotation>,
    /// The input ends before the file does.
    cut: bool,
}

/// Opens a still or an animation.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("webp")?;
    let header = Header::read(&mut input).map_err(|error| error.at(0))?;
    check_size(&header, input.limits())?;
    if let Some((first, plays)) = header.animation {
        let mut track = header.track(RATE);
        let length = usize::try_from(first - HEADER).unwrap_or(0);
        track.codec.private = Buffer::from(peek_at(&mut input, HEADER, length)?);
        track.metadata.set("plays", plays.to_string());
        let frames = Animation { width: header.width, height: header.height };
        input.skip(first)?;
        let (metadata, frames) = (Metadata::new(), Box::new(frames));
        let pictures = Pictures { format: "webp", track, metadata, frames };
        return Ok(Box::new(PictureDemuxer::new(input, pictures)));
    }
    let mut track = header.track(STILL_RATE);
    track.packets = Some(1);
    track.duration = Some(Ticks::new(1));
    if let rushes_core::MediaParameters::Video(video) = &mut track.codec.media {
        video.frame_rate = FrameRate::new(STILL_RATE, 1);
        video.constant_frame_rate = true;
    }
    let (metadata, frames) = (Metadata::new(), Box::new(Whole { cut: header.cut }));
    let pictures = Pictures { format: "webp", track, metadata, frames };
    Ok(Box::new(PictureDemuxer::new(input, pictures)))
}

fn check_size(header: &Header, limits: &Limits) -> Result<()> {
    if header.width == 0 || header.height == 0 {
        return Err(Error::malformed("the WebP picture has no size").at(HEADER));
    }
    limits.check_picture(header.width, header.height)
}

/// Type of the chunk at an offset from the position, and its length without padding.
fn chunk_at(input: &mut Input, offset: u64) -> Result<Option<([u8; 4], u64)>> {
    let Some([a, b, c, d, length @ ..]) = array_at::<8>(input, offset)? else { return Ok(None) };
    Ok(Some(([a, b, c, d], u64::from(u32::from_le_bytes(length)))))
}

/// Bytes of a chunk with header and padding.
const fn padded(length: u64) -> u64 {
    8 + length + length % 2
}

impl Header {
    fn read(input: &mut Input) -> Result<Self> {
        let Some([b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P']) =
            array_at::<12>(input, 0)?
        else {
            return Err(Error::malformed("this is no WebP picture"));
        };
        let end = 8 + u64::from(u32::from_le_bytes([a, b, c, d]));
        let mut header = Self::default();
        let mut offset = HEADER;
        while offset < end {
            let Some((kind, length)) = chunk_at(input, offset)? else { break };
            if kind == *b"ANMF" && header.animation.is_some() {
                return Ok(header);
            }
            header.take(input, kind, offset, length)?;
            offset = offset.saturating_add(padded(length));
        }
        // The padding of the last chunk is often missing.
        header.cut = bytes_left(input)?.saturating_add(1) < end.max(offset);
        header.animation = None;
        Ok(header)
    }

    fn take(&mut self, input: &mut Input, kind: [u8; 4], offset: u64, length: u64) -> Result<()> {
        let start = offset + 8;
        match &kind {
            b"VP8X" => {
                if let Some([flags, _, _, _, a, b, c, d, e, f]) = array_at(input, start)? {
                    self.width = u24([a, b, c]) + 1;
                    self.height = u24([d, e, f]) + 1;
                    if flags & 0x10 != 0 {
                        self.pixel_format = Some(PixelFormat::Yuva420p);
                    }
                }
            }
            b"ANIM" => {
                if let Some([_, _, _, _, a, b]) = array_at(input, start)? {
                    let first = offset.saturating_add(padded(length));
                    self.animation = Some((first, u16::from_le_bytes([a, b])));
                    self.pixel_format = None;
                }
            }
            // ICCP and others may come between ANIM and the first frame.
            b"ANMF" => {}
            b"VP8 " => {
                if let Some([_, _, _, 0x9d, 0x01, 0x2a, a, b, c, d]) = array_at(input, start)? {
                    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                    self.coded_size(size(a, b), size(c, d));
                    self.pixel_format = self.pixel_format.or(Some(PixelFormat::Yuv420p));
                    self.lossy = true;
                }
            }
            b"VP8L" => {
                if let Some([0x2f, size @ ..]) = array_at::<5>(input, start)? {
                    let bits = u32::from_le_bytes(size);
                    self.coded_size((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
                    // What lossless pictures become is the decoder's choice.
                    self.pixel_format = None;
                }
            }
            b"EXIF" if length <= input.limits().metadata_bytes => {
                let bytes = peek_at(input, start, usize::try_from(length).unwrap_or(0))?;
                // The prefix belongs to JPEG, but some writers keep it.
                let tiff = bytes.strip_prefix(b"Exif\0\0").unwrap_or(bytes);
                self.rotation = exif::rotation(tiff);
            }
            _ => {}
        }
        if let (Some((first, _)), false) = (&mut self.animation, kind == *b"ANMF") {
            *first = offset.saturating_add(padded(length));
        }
        Ok(())
    }

    /// The size of the picture, where no canvas has one.
    const fn coded_size(&mut self, width: u32, height: u32) {
        if self.width == 0 {
            (self.width, self.height) = (width, height);
        }
    }

    fn track(&self, rate: u32) -> Track {
        let mut video = VideoParameters::new(self.width, self.height);
        video.pixel_format = self.pixel_format;
        video.rotation = self.rotation.unwrap_or_default();
        if self.lossy {
            // Section 2.5: the conversion of BT.601.
            video.color = ColorInfo::new(MatrixCoefficients::Bt470Bg, ColorRange::Limited);
        }
        let base = TimeBase::per_second(rate).unwrap_or(TimeBase::nanoseconds());
        Track::new(0, CodecParameters::video(CodecId::WebP, video), base)
    }
}

/// The frames of an animation: its chunks `ANMF`.
#[derive(Clone, Copy, Debug)]
struct Animation {
    width: u32,
    height: u32,
}

impl Frames for Animation {
    fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        loop {
            let Some((kind, length)) = chunk_at(input, 0)? else {
                return match bytes_left(input)? {
                    0 => Ok(None),
                    // Not even the header of a chunk.
                    left => Ok(Some(Frame { cut: true, ..self.frame(&[0; FRAME_HEADER], left) })),
                };
            };
            let left =
                peek_at(input, 0, usize::try_from(padded(length)).unwrap_or(0))?.len() as u64;
            if kind != *b"ANMF" {
                input.skip(padded(length).min(left))?;
                continue;
            }
            let Some(header) = array_at::<FRAME_HEADER>(input, 0)? else {
                return Ok(Some(Frame { cut: true, ..self.frame(&[0; FRAME_HEADER], left) }));
            };
            let cut = left < 8 + length;
            return Ok(Some(Frame { cut, ..self.frame(&header, left.min(padded(length))) }));
        }
    }
}

impl Animation {
    fn frame(self, header: &[u8; FRAME_HEADER], length: u64) -> Frame {
        let at = |at: usize| {
            header.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u24(*bytes))
        };
        let whole =
            (at(8), at(11)) == (0, 0) && (at(14) + 1, at(17) + 1) == (self.width, self.height);
        let replaces = header[FRAME_HEADER - 1] & 2 != 0;
        let duration = match u64::from(at(20)) {
            0 => DEFAULT_DURATION,
            duration => duration,
        };
        Frame { length, duration: Ticks::new(duration), key: whole && replaces, cut: false }
    }
}

const fn u24([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Source;

    fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("short").to_le_bytes();
        let padding: &[u8] = if payload.len().is_multiple_of(2) { &[] } else { &[0] };
        [kind, &length[..], payload, padding].concat()
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        let payload = [b"WEBP".to_vec(), chunks.concat()].concat();
        chunk(b"RIFF", &payload)
    }

    fn canvas(flags: u8) -> Vec<u8> {
        chunk(b"VP8X", &[flags, 0, 0, 0, 8, 0, 0, 6, 0, 0])
    }

    fn frame(size: [u8; 2], duration: u8, flags: u8, data: &[u8]) -> Vec<u8> {
        let mut payload = vec![0; 16];
        (payload[6], payload[9], payload[12], payload[15]) = (size[0], size[1], duration, flags);
        payload.extend(data);
        chunk(b"ANMF", &payload)
    }

    pub(in crate::image) fn animation() -> (Vec<u8>, Vec<Vec<u8>>) {
        let frames = vec![
            frame([8, 6], 40, 2, b"one"),
            frame([3, 3], 0, 0, b"four"),
            frame([8, 6], 20, 2, b"seventh"),
        ];
        let front = [canvas(2), chunk(b"ANIM", &[0, 0, 0, 0, 4, 0])];
        (file(&[&front[..], &frames[..]].concat()), frames)
    }

    fn open_bytes(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
        let options = DemuxOptions::default();
        open(Input::new(Source::bytes(bytes.to_vec()), &options)?, &options)
    }

    const LOSSY: [u8; 11] = [0, 0, 0, 0x9d, 0x01, 0x2a, 9, 0x40, 7, 0, 1];
    const LOSSLESS: [u8; 6] = [0x2f, 8, 0x80, 1, 0, 9];

    #[test]
    fn headers_describe_the_picture() {
        let exif =
            chunk(b"EXIF", b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0");
        let check = |chunks: &[Vec<u8>], format, degrees| {
            let bytes = file(chunks);
            let mut demuxer = open_bytes(&bytes).expect("a picture");
            let video = demuxer.tracks()[0].codec.as_video().expect("video").clone();
            assert_eq!((video.width, video.height), (9, 7));
            assert_eq!((video.pixel_format, video.rotation.degrees()), (format, degrees));
            let packet = demuxer.next_packet().expect("reads").expect("a packet");
            assert_eq!(*packet.data, bytes);
            assert_eq!(demuxer.next_packet().expect("ends"), None);
        };
        check(&[chunk(b"VP8 ", &LOSSY)], Some(PixelFormat::Yuv420p), 0);
        check(&[chunk(b"VP8L", &LOSSLESS)], None, 0);
        let alpha = [canvas(0x18), chunk(b"ALPH", b"a"), chunk(b"VP8 ", &LOSSY), exif];
        check(&alpha, Some(PixelFormat::Yuva420p), 270);
    }

    #[test]
    fn animations_are_their_frames() {
        let (bytes, frames) = animation();
        let mut demuxer = open_bytes(&bytes).expect("an animation");
        let track = &demuxer.tracks()[0];
        assert_eq!(track.metadata.value("plays"), Some("4"));
        assert_eq!(*track.codec.private, bytes[12..44]);
        let expected = [(0, 40, true), (40, 100, false), (140, 20, true)];
        for (frame, (pts, duration, key)) in frames.iter().zip(expected) {
            let packet = demuxer.next_packet().expect("reads").expect("a frame");
            assert_eq!(*packet.data, **frame);
            assert_eq!(packet.pts.expect("set").ticks(), pts);
            assert_eq!((packet.duration, packet.key), (Some(Ticks::new(duration)), key));
        }
        assert_eq!(demuxer.next_packet().expect("ends"), None);
    }

    #[test]
    fn truncations_are_told() {
        let whole = file(&[chunk(b"VP8 ", &LOSSY)]);
        // The last byte is padding.
        for length in 0..whole.len() - 1 {
            let Ok(mut demuxer) = open_bytes(&whole[..length]) else { continue };
            assert!(demuxer.next_packet().expect("reads").is_some());
            assert!(matches!(demuxer.next_packet(), Err(Error::Malformed(_))), "{length}");
            assert_eq!(demuxer.next_packet().expect("ends"), None);
        }
        let (whole, _) = animation();
        for length in 0..whole.len() - 1 {
            let Ok(mut demuxer) = open_bytes(&whole[..length]) else { continue };
            let mut calls = 0;
            while !matches!(demuxer.next_packet(), Ok(None)) {
                calls += 1;
                assert!(calls < 9, "{length}");
            }
        }
    }
}
