//! GIF: Graphics Interchange Format 89a (`CompuServe`, 1990), clauses 17 to 27; loops as Netscape 2.0 stored them.

use rushes_core::{
    CodecId, CodecParameters, Error, Limits, Metadata, Ratio, Result, Ticks, TimeBase, Track,
    VideoParameters,
};

use super::ahead::{Ahead, array_at};
use super::sequence::{Frame, Frames, PictureDemuxer, Pictures};
use crate::input::Input;
use crate::text;
use crate::{DemuxOptions, Demuxer};

/// Delays are hundredths of a second.
const RATE: u32 = 100;
/// Shorter delays are taken for [`DEFAULT_DELAY`], as all browsers and FFmpeg do.
const MIN_DELAY: u16 = 2;
const DEFAULT_DELAY: u16 = 10;

/// Header and logical screen descriptor.
const HEADER: usize = 13;
/// Bytes of comments that are read.
const COMMENT_BYTES: usize = 64 << 10;

pub(super) const TRAILER: u8 = 0x3b;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const GRAPHIC_CONTROL: u8 = 0xf9;

/// Opens a picture or an animation.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("gif")?;
    let Some(header) = array_at::<HEADER>(&mut input, 0)? else {
        return Err(Error::malformed("the input ends within the header of a GIF picture").at(0));
    };
    let [b'G', b'I', b'F', b'8', _, _, a, b, c, d, _, _, aspect] = header else {
        return Err(Error::malformed("this is no GIF picture").at(0));
    };
    let (width, height) = (u16::from_le_bytes([a, b]).into(), u16::from_le_bytes([c, d]).into());
    input.limits().check_picture(width, height)?;
    let mut video = VideoParameters::new(width, height);
    if aspect > 0 {
        video.sample_aspect = Ratio::new(u32::from(aspect) + 15, 64);
    }
    let base = TimeBase::per_second(RATE).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(0, CodecParameters::video(CodecId::Gif, video), base);
    let mut front = Front { plays: 1, metadata: Metadata::new() };
    front.read(&mut input)?;
    track.metadata.set("plays", front.plays.to_string());
    let pictures =
        Pictures { format: "gif", track, metadata: front.metadata, frames: Box::new(Images) };
    Ok(Box::new(PictureDemuxer::new(input, pictures)))
}

/// Bytes of the header and of the colour table behind it.
fn header_bytes(flags: u8) -> u64 {
    HEADER as u64 + color_table_bytes(flags)
}

/// Bytes of the colour table that the flags of a descriptor announce.
fn color_table_bytes(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// What the extensions in front of the first image say.
#[derive(Clone, Debug)]
struct Front {
    /// How often the animation is played; zero for ever.
    plays: u32,
    metadata: Metadata,
}

impl Front {
    fn read(&mut self, input: &mut Input) -> Result<()> {
        let flags = array_at::<HEADER>(input, 0)?.map_or(0, |header| header[10]);
        let mut ahead = Ahead::new(input, header_bytes(flags));
        while let Some([EXTENSION, label]) = ahead.peek(2)?.first_chunk().copied() {
            ahead.skip(2);
            let mut payload = Vec::new();
            if !sub_blocks(&mut ahead, |block| {
                if payload.len() < COMMENT_BYTES {
                    payload.extend_from_slice(block);
                }
            })? {
                break;
            }
            match (label, &payload[..]) {
                (
                    0xff,
                    [b'N', b'E', b'T', b'S', b'C', b'A', b'P', b'E', b'2', b'.', b'0', 1, a, b, ..],
                ) => {
                    // The number says how often it is played again.
                    let again = u32::from(u16::from_le_bytes([*a, *b]));
                    self.plays = if again == 0 { 0 } else { again + 1 };
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
        Ok(())
    }
}

/// Passes sub-blocks up to and with their terminator; false where the input ends before.
fn sub_blocks(ahead: &mut Ahead<'_>, mut visit: impl FnMut(&[u8])) -> Result<bool> {
    loop {
        let Some([size]) = ahead.array()? else { return Ok(false) };
        let size = usize::from(size);
        let block = ahead.peek(size)?;
        let found = block.len();
        visit(block);
        ahead.skip(found as u64);
        if found < size {
            return Ok(false);
        }
        if size == 0 {
            return Ok(true);
        }
    }
}

/// Images, each with the extensions in front of it; the first one with the header too. This is how FFmpeg cuts them.
#[derive(Clone, Copy, Debug)]
struct Images;

impl Frames for Images {
    fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        let first = input.position() == 0;
        let flags = array_at::<HEADER>(input, 0)?.filter(|_| first).map(|header| header[10]);
        let position = input.position();
        let limits = input.limits().clone();
        let mut ahead = Ahead::new(input, flags.map_or(0, header_bytes));
        let mut delay = 0;
        let found = find_end(&mut ahead, &mut delay, &limits)?;
        let length = ahead.offset();
        let duration = Ticks::new(u64::from(if delay < MIN_DELAY { DEFAULT_DELAY } else { delay }));
        let frame = Frame { length, duration, key: first, cut: false };
        match found {
            Found::Image => Ok(Some(frame)),
            Found::Trailer if !first => Ok(None),
            Found::Trailer => Err(Error::malformed("the GIF picture is empty").at(position)),
            Found::End(0) if !first => {
                Err(Error::malformed("the GIF picture has no end").at(position))
            }
            Found::End(left) => Ok(Some(Frame { length: left, cut: true, ..frame })),
            Found::Unknown(byte) => {
                let message = format!("a block of unknown kind {byte:#04x}");
                Err(Error::malformed(message).at(position.saturating_add(length)))
            }
        }
    }
}

/// What blocks end with.
enum Found {
    Image,
    Trailer,
    /// The input ends, so many bytes behind the position.
    End(u64),
    Unknown(u8),
}

/// Passes blocks up to the end of an image.
fn find_end(ahead: &mut Ahead<'_>, delay: &mut u16, limits: &Limits) -> Result<Found> {
    loop {
        if ahead.offset() > limits.alloc_bytes {
            return Err(Error::limit("alloc_bytes", ahead.offset(), limits.alloc_bytes));
        }
        match ahead.array()? {
            Some([EXTENSION]) => {
                let Some([label]) = ahead.array()? else { return ahead.end() };
                let control = ahead.peek(4)?.first_chunk().copied();
                if let (GRAPHIC_CONTROL, Some([_, _, a, b])) = (label, control) {
                    *delay = u16::from_le_bytes([a, b]);
                }
                if !sub_blocks(ahead, |_| {})? {
                    return ahead.end();
                }
            }
            Some([IMAGE]) => {
                let Some([.., flags]) = ahead.array::<9>()? else { return ahead.end() };
                // The size of codes is in front of the data.
                ahead.skip(color_table_bytes(flags) + 1);
                let whole = sub_blocks(ahead, |_| {})?;
                return if whole { Ok(Found::Image) } else { ahead.end() };
            }
            Some([TRAILER]) => return Ok(Found::Trailer),
            // Some writers leave stray terminators between blocks.
            Some([0]) => {}
            Some([byte]) => return Ok(Found::Unknown(byte)),
            None => return ahead.end(),
        }
    }
}

impl Ahead<'_> {
    fn end(&mut self) -> Result<Found> {
        self.bytes_left().map(Found::End)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Source;

    /// An image with a delay in front, of data that looks like other blocks.
    fn image(delay: u8) -> Vec<u8> {
        let control = [EXTENSION, GRAPHIC_CONTROL, 4, 0, delay, 0, 0, 0];
        let descriptor = [IMAGE, 0, 0, 0, 0, 9, 0, 7, 0, 0x80];
        [&control[..], &descriptor, &[1; 6], &[2, 3, TRAILER, EXTENSION, IMAGE, 1, 9, 0]].concat()
    }

    pub(in crate::image) fn animation() -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut first = b"GIF89a\x09\0\x07\0\x81\0\x31".to_vec();
        first.extend([0; 12]);
        first.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\0\0");
        first.extend(b"\x21\xfe\x05hello\0");
        first.extend(image(4));
        let frames = vec![first, image(0), [&[0][..], &image(30)].concat()];
        let mut bytes = frames.concat();
        bytes.push(TRAILER);
        (bytes, frames)
    }

    fn open_bytes(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
        let options = DemuxOptions::default();
        open(Input::new(Source::bytes(bytes.to_vec()), &options)?, &options)
    }

    #[test]
    fn animations_are_their_images() {
        let (mut bytes, frames) = animation();
        // Applications append what they like.
        bytes.extend(b"tail");
        let mut demuxer = open_bytes(&bytes).expect("an animation");
        assert_eq!(demuxer.metadata().value("comment"), Some("hello"));
        let track = &demuxer.tracks()[0];
        assert_eq!(track.metadata.value("plays"), Some("3"));
        let video = track.codec.as_video().expect("video");
        assert_eq!((video.width, video.height, video.sample_aspect), (9, 7, Ratio::new(64, 64)));
        for (frame, (pts, duration)) in frames.iter().zip([(0, 4), (4, 10), (14, 30)]) {
            let packet = demuxer.next_packet().expect("reads").expect("a frame");
            assert_eq!(*packet.data, **frame);
            assert_eq!(packet.pts.expect("set").ticks(), pts);
            assert_eq!((packet.duration, packet.key), (Some(Ticks::new(duration)), pts == 0));
        }
        assert_eq!(demuxer.next_packet().expect("ends"), None);
    }

    #[test]
    fn every_truncation_is_told() {
        let (bytes, frames) = animation();
        for length in 0..bytes.len() {
            let Ok(mut demuxer) = open_bytes(&bytes[..length]) else { continue };
            let (mut errors, mut data) = (0, Vec::new());
            loop {
                match demuxer.next_packet() {
                    Ok(Some(packet)) => data.extend_from_slice(&packet.data),
                    Ok(None) => break,
                    Err(error) => {
                        assert!(matches!(error, Error::Malformed(_)), "{error}");
                        errors += 1;
                    }
                }
            }
            assert_eq!(errors, 1, "{length}");
            assert_eq!(data, frames.concat()[..length], "{length}");
        }
    }

    #[test]
    fn unknown_blocks_are_told() {
        let (mut bytes, frames) = animation();
        let at = frames[0].len();
        bytes[at] = 0x77;
        let mut demuxer = open_bytes(&bytes).expect("an animation");
        assert!(demuxer.next_packet().expect("reads").is_some());
        let error = demuxer.next_packet().expect_err("unknown").to_string();
        assert!(error.contains("0x77"), "{error}");
        assert_eq!(demuxer.next_packet().expect("ends"), None);
    }
}
