//! JPEG: ITU-T T.81, annex B; JFIF (T.871); Exif (CIPA DC-008, 4.7.2); Adobe's marker (T.872, 6.5.3).

use rushes_core::{
    ChromaLocation, CodecId, CodecParameters, ColorInfo, ColorRange, Error, FrameRate,
    MatrixCoefficients, Metadata, PixelFormat, Ratio, Result, Rotation, Ticks, TimeBase, Track,
    VideoParameters,
};

use super::ahead::{Ahead, peek_at};
use super::exif;
use super::sequence::{Frame, Frames, PictureDemuxer, Pictures, Whole};
use crate::input::Input;
use crate::text;
use crate::{DemuxOptions, Demuxer};

/// Pictures per second of a stream of them, and of a still: FFmpeg's choice, since none says.
const RATE: u32 = 25;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;

/// What one picture says of itself.
#[derive(Clone, Debug, Default)]
struct Header {
    frame: Option<FrameHeader>,
    /// The first component's identifiers are letters: RGB.
    adobe_transform: Option<u8>,
    aspect: Option<Ratio>,
    rotation: Option<Rotation>,
    metadata: Metadata,
    /// There is an index of several pictures in one file (CIPA DC-007).
    has_index: bool,
}

/// The frame header, B.2.2.
#[derive(Clone, Debug)]
struct FrameHeader {
    /// The second byte of the marker.
    marker: u8,
    precision: u8,
    width: u16,
    height: u16,
    /// Identifier and sampling factors, across and down.
    components: Vec<(u8, u8, u8)>,
}

/// One picture.
#[derive(Clone, Debug)]
struct Picture {
    header: Header,
    length: u64,
    /// The marker of its end is there.
    ended: bool,
}

/// Opens a still, or a stream of pictures where one follows another of the same size.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("jpeg")?;
    let picture = Picture::scan(&mut input)?;
    let start = input.position();
    let mut track = describe(&picture, input.limits()).map_err(|error| error.at(start))?;
    // Cameras store previews and gain maps behind the picture, of another size or with an index.
    let is_stream = !picture.header.has_index && followed_by_like(&mut input, &picture)?;
    let metadata = picture.header.metadata;
    if is_stream {
        return Ok(stream(input, track, metadata));
    }
    track.packets = Some(1);
    track.duration = Some(Ticks::new(1));
    let frames = Box::new(Whole { cut: !picture.ended });
    let pictures = Pictures { format: "jpeg", track, metadata, frames };
    Ok(Box::new(PictureDemuxer::new(input, pictures)))
}

/// Opens a stream of pictures, if only of one.
pub(super) fn open_stream(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("mjpeg")?;
    find_start(&mut input)?;
    let picture = Picture::scan(&mut input)?;
    let start = input.position();
    let track = describe(&picture, input.limits()).map_err(|error| error.at(start))?;
    Ok(stream(input, track, picture.header.metadata))
}

fn stream(input: Input, track: Track, metadata: Metadata) -> Box<dyn Demuxer> {
    let pictures = Pictures { format: "mjpeg", track, metadata, frames: Box::new(Stream) };
    Box::new(PictureDemuxer::new(input, pictures))
}

fn followed_by_like(input: &mut Input, picture: &Picture) -> Result<bool> {
    let next = peek_at(input, picture.length, 3)?;
    if !picture.ended || next != [0xff, SOI, 0xff] {
        return Ok(false);
    }
    let mut ahead = Ahead::new(input, picture.length);
    let mut header = Header::default();
    header.read(&mut ahead)?;
    let size = |header: &Header| header.frame.as_ref().map(|frame| (frame.width, frame.height));
    Ok(size(&header).is_some() && size(&header) == size(&picture.header))
}

/// Pictures back to back.
#[derive(Clone, Copy, Debug)]
struct Stream;

impl Frames for Stream {
    fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        if !find_start(input)? {
            return Ok(None);
        }
        let picture = Picture::scan(input)?;
        // A picture without an end in front of another is the decoder's business.
        let cut = !picture.ended && peek_at(input, picture.length, 1)?.is_empty();
        Ok(Some(Frame { length: picture.length, duration: Ticks::new(1), key: true, cut }))
    }
}

/// Goes to the next picture; false where there is none.
fn find_start(input: &mut Input) -> Result<bool> {
    let mut ahead = Ahead::new(input, 0);
    let start = |bytes: &[u8]| bytes.windows(2).position(|pair| pair == [0xff, SOI]);
    let found = ahead.find(start)?;
    let junk = ahead.offset();
    input.skip(junk)?;
    Ok(found)
}

impl Picture {
    /// Looks through the picture at the position of the input.
    fn scan(input: &mut Input) -> Result<Self> {
        let mut ahead = Ahead::new(input, 0);
        let mut header = Header::default();
        let ended = header.read(&mut ahead)?;
        Ok(Self { header, length: ahead.offset(), ended })
    }
}

impl Header {
    /// Reads markers up to the end of the picture; false where the input ends before, or another picture starts.
    fn read(&mut self, ahead: &mut Ahead<'_>) -> Result<bool> {
        let mut started = false;
        loop {
            // Between segments there may be fill bytes, behind the start of a scan there is entropy-coded data.
            if !ahead.find(marker)? {
                return Ok(false);
            }
            let before = ahead.offset();
            let Some([_, code]) = ahead.array()? else { return Ok(false) };
            match code {
                SOI if started => {
                    ahead.back_to(before);
                    return Ok(false);
                }
                SOI => started = true,
                EOI => return Ok(true),
                0x01 => {}
                _ => {
                    let Some(length) = ahead.array()?.map(u16::from_be_bytes) else {
                        return Ok(false);
                    };
                    let size = usize::from(length.saturating_sub(2));
                    let payload = ahead.peek(size)?;
                    let found = payload.len();
                    self.segment(code, payload);
                    ahead.skip(found as u64);
                    if found < size {
                        return Ok(false);
                    }
                }
            }
        }
    }

    fn segment(&mut self, code: u8, payload: &[u8]) {
        match (code, payload) {
            // All but DHT, JPG and DAC in this range are frame headers.
            (0xc0..=0xcf, _) if self.frame.is_none() && !matches!(code, 0xc4 | 0xc8 | 0xcc) => {
                self.frame = FrameHeader::read(code, payload);
            }
            // The number of lines, where the frame header leaves it open (B.2.5).
            (0xdc, [a, b, ..]) => {
                if let Some(frame) = &mut self.frame
                    && frame.height == 0
                {
                    frame.height = u16::from_be_bytes([*a, *b]);
                }
            }
            (0xe0, [b'J', b'F', b'I', b'F', 0, _, _, unit, a, b, c, d, ..]) => {
                let across = u32::from(u16::from_be_bytes([*a, *b]));
                let down = u32::from(u16::from_be_bytes([*c, *d]));
                // Unit 0 gives the shape of a pixel, others give pixels per length.
                let (numer, denom) = if *unit == 0 { (across, down) } else { (down, across) };
                self.aspect = Ratio::new(numer, denom).filter(|_| numer > 0);
            }
            (0xe1, [b'E', b'x', b'i', b'f', 0, _, tiff @ ..]) if self.rotation.is_none() => {
                self.rotation = exif::rotation(tiff);
            }
            (0xe2, [b'M', b'P', b'F', 0, ..]) => self.has_index = true,
            (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe_transform = Some(*transform);
            }
            (0xfe, comment) if self.metadata.value("comment").is_none() => {
                let comment = text::field(comment);
                if !comment.is_empty() {
                    self.metadata.set("comment", comment);
                }
            }
            _ => {}
        }
    }

    fn is_rgb(&self, frame: &FrameHeader) -> bool {
        let letters = matches!(frame.components[..], [(b'R', ..), (b'G', ..), (b'B', ..)]);
        self.adobe_transform.map_or(letters, |transform| transform == 0)
    }
}

impl FrameHeader {
    fn read(marker: u8, payload: &[u8]) -> Option<Self> {
        let [precision, a, b, c, d, count, components @ ..] = payload else { return None };
        let (components, _) = components.as_chunks::<3>();
        Some(Self {
            marker,
            precision: *precision,
            height: u16::from_be_bytes([*a, *b]),
            width: u16::from_be_bytes([*c, *d]),
            components: components
                .iter()
                .take(usize::from(*count))
                .map(|[id, sampling, _]| (*id, sampling >> 4, sampling & 15))
                .collect(),
        })
    }

    /// The coding process by the names that FFmpeg has for profiles.
    const fn profile(&self) -> Option<&'static str> {
        match self.marker {
            0xc0 => Some("Baseline"),
            0xc1 => Some("Sequential"),
            0xc2 => Some("Progressive"),
            0xc3 => Some("Lossless"),
            0xc9..=0xcb => Some("Arithmetic"),
            _ => Some("Hierarchical"),
        }
    }

    fn pixel_format(&self, rgb: bool) -> Option<PixelFormat> {
        let sampling = |at: usize| self.components.get(at).map(|(_, across, down)| (across, down));
        if let [_] = self.components[..] {
            return match self.precision {
                8 => Some(PixelFormat::Gray8),
                12 => Some(PixelFormat::Gray12),
                _ => None,
            };
        }
        let ((luma_x, luma_y), blue, red) = (sampling(0)?, sampling(1)?, sampling(2)?);
        let (chroma_x, chroma_y) = blue;
        if self.components.len() != 3 || blue != red || *chroma_x == 0 || *chroma_y == 0 {
            return None;
        }
        let ratio = (luma_x / chroma_x, luma_y / chroma_y);
        let whole = luma_x % chroma_x == 0 && luma_y % chroma_y == 0;
        Some(match (self.precision, ratio, rgb) {
            _ if !whole => return None,
            (8, (1, 1), true) => PixelFormat::Gbrp,
            (12, (1, 1), true) => PixelFormat::Gbrp12,
            (_, _, true) => return None,
            (8, (1, 1), _) => PixelFormat::Yuv444p,
            (8, (2, 1), _) => PixelFormat::Yuv422p,
            (8, (1, 2), _) => PixelFormat::Yuv440p,
            (8, (2, 2), _) => PixelFormat::Yuv420p,
            (8, (4, 1), _) => PixelFormat::Yuv411p,
            (8, (4, 4), _) => PixelFormat::Yuv410p,
            (12, (1, 1), _) => PixelFormat::Yuv444p12,
            (12, (2, 1), _) => PixelFormat::Yuv422p12,
            (12, (1, 2), _) => PixelFormat::Yuv440p12,
            (12, (2, 2), _) => PixelFormat::Yuv420p12,
            _ => return None,
        })
    }
}

/// The place of the next marker: a byte of ones, then neither a stuffed zero, a fill byte, nor a restart marker.
fn marker(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))
}

fn describe(picture: &Picture, limits: &rushes_core::Limits) -> Result<Track> {
    let header = &picture.header;
    let Some(frame) = &header.frame else {
        return Err(Error::malformed("the JPEG picture has no frame header"));
    };
    if frame.width == 0 || frame.height == 0 {
        let size = format!("a JPEG picture of {} x {} pixels", frame.width, frame.height);
        return Err(Error::malformed(size));
    }
    limits.check_picture(frame.width.into(), frame.height.into())?;
    let mut video = VideoParameters::new(frame.width.into(), frame.height.into());
    let rgb = header.is_rgb(frame);
    video.pixel_format = frame.pixel_format(rgb);
    video.frame_rate = FrameRate::new(RATE, 1);
    video.constant_frame_rate = true;
    video.sample_aspect = header.aspect;
    video.rotation = header.rotation.unwrap_or_default();
    let matrix = if rgb { MatrixCoefficients::Identity } else { MatrixCoefficients::Bt470Bg };
    video.color = ColorInfo::new(matrix, ColorRange::Full);
    video.color.chroma_location = ChromaLocation::Center;
    let base = TimeBase::per_second(RATE).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(0, CodecParameters::video(CodecId::Mjpeg, video), base);
    if let Some(profile) = frame.profile() {
        track.metadata.set("profile", profile);
    }
    Ok(track)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn segment(code: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 2).expect("short").to_be_bytes();
        [&[0xff, code], &length[..], payload].concat()
    }

    /// A picture with these sampling factors of luma, whose data has stuffed zeros, restarts and fill bytes.
    fn picture(sampling: u8, marker: u8) -> Vec<u8> {
        let frame = [8, 0, 48, 0, 64, 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0];
        [
            &[0xff, SOI][..],
            &segment(0xe0, b"JFIF\0\x01\x02\x01\0\x48\0\x90\0\0"),
            &segment(0xe1, b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"),
            // A preview inside a segment is no second picture.
            &segment(0xe2, &[0xff, SOI, 0xff, EOI]),
            &segment(0xfe, b"a comment\0"),
            &segment(marker, &frame),
            &segment(0xda, &[1, 1, 0, 0, 63, 0]),
            &[1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xff, EOI],
        ]
        .concat()
    }

    fn open_bytes(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
        let options = DemuxOptions::default();
        open(Input::new(Source::bytes(bytes.to_vec()), &options)?, &options)
    }

    #[test]
    fn headers_describe_the_picture() {
        let check = |sampling, marker, format, profile| {
            let demuxer = open_bytes(&picture(sampling, marker)).expect("a picture");
            let track = &demuxer.tracks()[0];
            let video = track.codec.as_video().expect("video");
            assert_eq!((video.width, video.height), (64, 48));
            assert_eq!(video.pixel_format, format);
            assert_eq!(video.rotation, Rotation::new(1, false));
            assert_eq!(video.sample_aspect, Ratio::new(2, 1));
            assert_eq!(track.metadata.value("profile"), Some(profile));
            assert_eq!(demuxer.metadata().value("comment"), Some("a comment"));
        };
        check(0x11, 0xc0, Some(PixelFormat::Yuv444p), "Baseline");
        check(0x22, 0xc2, Some(PixelFormat::Yuv420p), "Progressive");
        check(0x21, 0xc1, Some(PixelFormat::Yuv422p), "Sequential");
        check(0x12, 0xc3, Some(PixelFormat::Yuv440p), "Lossless");
        check(0x41, 0xc9, Some(PixelFormat::Yuv411p), "Arithmetic");
        check(0x31, 0xc0, None, "Baseline");
    }

    #[test]
    fn a_still_is_one_packet_whatever_follows() {
        let still = picture(0x11, 0xc0);
        let mut other = still.clone();
        // Another height: a preview.
        let at = other.windows(4).position(|bytes| bytes == [8, 0, 48, 0]).expect("there");
        other[at + 2] = 24;
        for tail in [&b""[..], b"\0\0\0\x18ftypmp42", &other] {
            let whole = [&still, tail].concat();
            let mut demuxer = open_bytes(&whole).expect("a picture");
            assert_eq!(demuxer.format(), "jpeg");
            let packet = demuxer.next_packet().expect("reads").expect("a packet");
            assert_eq!(*packet.data, whole);
            assert_eq!(demuxer.next_packet().expect("ends"), None);
        }
    }

    #[test]
    fn pictures_of_one_size_are_a_stream() {
        let still = picture(0x11, 0xc0);
        let mut demuxer =
            open_bytes(&[&still[..], &still, b"junk", &still].concat()).expect("opens");
        assert_eq!(demuxer.format(), "mjpeg");
        for number in 0..3 {
            let packet = demuxer.next_packet().expect("reads").expect("a packet");
            assert!(*packet.data == still);
            assert_eq!(packet.pts.map(rushes_core::Timestamp::ticks), Some(number));
        }
        assert_eq!(demuxer.next_packet().expect("ends"), None);
    }

    #[test]
    fn every_truncation_ends_with_an_error() {
        let still = picture(0x11, 0xc0);
        for length in 0..still.len() {
            let Ok(mut demuxer) = open_bytes(&still[..length]) else { continue };
            let packet = demuxer.next_packet().expect("reads").expect("a packet");
            assert_eq!(*packet.data, still[..length]);
            assert!(matches!(demuxer.next_packet(), Err(Error::Malformed(_))), "{length}");
            assert_eq!(demuxer.next_packet().expect("ends"), None);
        }
    }
}
