//! The header list: `avih`, and a list `strl` for each stream (RIFF 1.0, chapter 3; `OpenDML` 1.02, 3.0 to 5.0).

use rushes_core::{
    Buffer, CodecId, CodecParameters, FrameRate, Limits, MediaKind, MediaParameters, Ratio, Result,
    Rotation, Ticks, TimeBase, Timestamp, Track, VideoParameters,
};

use super::codecs;
use super::index::SuperIndex;
use crate::bitstream::may_reorder;
use crate::text;
use crate::wav::WaveFormat;

/// Longer waits before the first sample are nonsense, in seconds.
const MAX_START: u64 = 3600;

/// A stream, and how its chunks are counted.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) track: Track,
    /// Bytes of a sample, where chunks hold any number of them; zero where a chunk is a frame.
    pub(super) sample_size: u64,
    /// Bytes of a block, of which a chunk holds one or several; zero where a chunk is a frame.
    pub(super) block: u64,
    /// Where the first chunk is on the timeline, as [`Stream::span`] counts.
    pub(super) start: u64,
    pub(super) super_index: Option<SuperIndex>,
    /// Pictures may be shown in another order than this.
    pub(super) reorders: bool,
}

impl Stream {
    /// How far a chunk of so many bytes moves the time: bytes where samples are counted, else ticks.
    pub(super) const fn span(&self, bytes: u64) -> u64 {
        if self.sample_size > 0 {
            bytes
        } else if self.block > 0 {
            bytes.div_ceil(self.block)
        } else {
            1
        }
    }

    /// Ticks that a span is.
    pub(super) fn ticks(&self, span: u64) -> u64 {
        span.checked_div(self.sample_size).unwrap_or(span)
    }

    /// Bytes of a packet at most: chunks of samples are cut, as FFmpeg does.
    pub(super) const fn packet_bytes(&self) -> u64 {
        match self.sample_size {
            0 | 1 => u64::MAX,
            size @ 2..32 => 1024 * size,
            size => size,
        }
    }
}

/// The chunks of a list.
pub(super) struct Chunks<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = ([u8; 4], &'a [u8]);

    /// A chunk that ends early gives what there is.
    fn next(&mut self) -> Option<Self::Item> {
        let (kind, rest) = self.0.split_first_chunk::<4>()?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
        let payload = &rest[..size.min(rest.len())];
        self.0 = rest.get(size.saturating_add(size % 2)..).unwrap_or_default();
        Some((*kind, payload))
    }
}

/// Reads the payload of the header list.
pub(super) fn read(payload: &[u8], limits: &Limits) -> Result<Vec<Stream>> {
    let mut frame_period = 0;
    let mut streams = Vec::new();
    for (kind, payload) in Chunks(payload) {
        match (&kind, payload) {
            (b"avih", payload) => frame_period = u32_at(payload, 0).unwrap_or(0),
            (b"LIST", [b's', b't', b'r', b'l', list @ ..]) => {
                let count = streams.len() as u64 + 1;
                if count > u64::from(limits.tracks) {
                    return Err(rushes_core::Error::limit("tracks", count, limits.tracks.into()));
                }
                let stream = read_stream(streams.len(), list, frame_period, limits);
                let number = streams.len();
                streams.push(stream.map_err(|error| error.within(format!("strl[{number}]")))?);
            }
            _ => {}
        }
    }
    Ok(streams)
}

fn read_stream(number: usize, list: &[u8], frame_period: u32, limits: &Limits) -> Result<Stream> {
    let (mut head, mut format, mut properties) = (None, None, None);
    let (mut name, mut super_index) = (String::new(), None);
    for (kind, payload) in Chunks(list) {
        match &kind {
            b"strh" if head.is_none() => head = Head::read(payload),
            b"strf" if format.is_none() => format = Some(payload),
            b"strn" => name = text::field(payload),
            b"vprp" => properties = Some(payload),
            b"indx" => super_index = SuperIndex::read(payload),
            _ => {}
        }
    }
    let head = head.unwrap_or_default();
    let format = format.unwrap_or_default();
    let codec = match &head.kind {
        b"vids" => describe_video(format, properties),
        b"auds" => describe_audio(format),
        b"txts" => unknown(MediaKind::Subtitle, head.handler),
        _ => unknown(MediaKind::Data, head.handler),
    };
    let base = TimeBase::new(head.scale, head.rate)
        .or(TimeBase::new(frame_period, 1_000_000).filter(|_| frame_period > 0))
        .or(TimeBase::new(1, 25));
    let base = base.unwrap_or(TimeBase::nanoseconds());
    let mut stream = Stream {
        track: Track::new(number as u64, codec, base),
        sample_size: 0,
        block: 0,
        start: 0,
        super_index,
        reorders: false,
    };
    stream.reorders = may_reorder(&stream.track.codec.codec);
    if let Some(audio) = stream.track.codec.as_audio() {
        (stream.sample_size, stream.block) =
            block_sizes(&stream.track.codec.codec, head.sample_size, audio.block_align);
    }
    let waits = u64::from(head.start) * u64::from(base.numer()) / u64::from(base.denom());
    if waits <= MAX_START {
        stream.start = u64::from(head.start) * stream.sample_size.max(1);
    }
    if let MediaParameters::Video(video) = &mut stream.track.codec.media {
        limits.check_picture(video.width, video.height)?;
        video.frame_rate = FrameRate::new(base.denom(), base.numer());
        video.constant_frame_rate = true;
    }
    let start = i64::try_from(stream.ticks(stream.start)).unwrap_or(0);
    stream.track.start = Some(Timestamp::new(start));
    stream.track.duration = Some(Ticks::new(head.length.into())).filter(|_| head.length > 0);
    stream.track.disposition.default = number == 0;
    if !name.is_empty() {
        stream.track.metadata.set("title", name);
    }
    Ok(stream)
}

/// Bytes of a sample and of a block, of which headers say many wrong things. The rules are FFmpeg's.
fn block_sizes(codec: &CodecId, sample_size: u32, block_align: u32) -> (u64, u64) {
    let framed = matches!(codec, CodecId::Aac | CodecId::Ac3 | CodecId::Mp2 | CodecId::Mp3);
    // Where frames of a codec are this small, the header is wrong.
    let block = if framed && block_align <= 4 { 0 } else { block_align };
    let sample = match (sample_size, block_align) {
        (0, _) => 0,
        (sample, 0) => sample,
        (_, block) => block,
    };
    let frame = match codec {
        CodecId::Aac => matches!((sample, block), (1024, 1024) | (4096, 4096)),
        CodecId::Mp3 => (sample, block) == (1152, 1152),
        _ => false,
    };
    (if frame { 0 } else { sample.into() }, block.into())
}

fn unknown(kind: MediaKind, handler: [u8; 4]) -> CodecParameters {
    let name = String::from_utf8_lossy(&handler).trim_end_matches('\0').to_owned();
    CodecParameters::other(CodecId::Unknown(kind, name))
}

fn describe_audio(format: &[u8]) -> CodecParameters {
    let parameters = WaveFormat::read(format).and_then(|format| format.parameters());
    match parameters {
        Ok(mut parameters) => {
            // The extension of MPEG audio describes frames, which do so themselves.
            if matches!(parameters.codec, CodecId::Mp2 | CodecId::Mp3 | CodecId::Ac3) {
                parameters.private = Buffer::default();
            }
            parameters
        }
        // The other streams may be fine.
        Err(_) => unknown(MediaKind::Audio, *b"auds"),
    }
}

fn describe_video(format: &[u8], properties: Option<&[u8]>) -> CodecParameters {
    let width = i32_at(format, 4).unwrap_or(0);
    let height = i32_at(format, 8).unwrap_or(0);
    let bits = u16_at(format, 14).unwrap_or(0);
    let code = format.get(16..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    let codec = codecs::video_codec(code);
    let mut video = VideoParameters::new(width.unsigned_abs(), height.unsigned_abs());
    if codec == CodecId::RawVideo {
        video.pixel_format = codecs::raw_layout(code, bits);
        // Bitmaps start with the bottom row, unless the height is negative.
        if height > 0 && code == [0; 4] {
            video.rotation = Rotation::new(2, true);
        }
    }
    video.sample_aspect = properties.and_then(|properties| aspect(properties, &video));
    let raw = codec == CodecId::RawVideo;
    let mut parameters = CodecParameters::video(codec, video);
    // Some writers count private data as part of the header, and leave out the byte that makes the chunk even.
    let counted = u32_at(format, 0).and_then(|size| usize::try_from(size).ok());
    let end = counted.filter(|size| size % 2 == 1 && size + 1 == format.len());
    let private = match format.get(40..end.unwrap_or(format.len())) {
        // What rows look like, and the palette.
        _ if raw => format,
        private => private.unwrap_or_default(),
    };
    parameters.private = Buffer::from(private);
    parameters
}

/// The shape of a pixel, by the shape of the picture in the properties header.
fn aspect(properties: &[u8], video: &VideoParameters) -> Option<Ratio> {
    let (down, across) = (u16_at(properties, 20)?, u16_at(properties, 22)?);
    let (down, across) = (u32::from(down), u32::from(across));
    let numer = across.checked_mul(video.height).filter(|numer| *numer > 0)?;
    Ratio::new(numer, down.checked_mul(video.width)?)
}

/// The stream header.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    kind: [u8; 4],
    handler: [u8; 4],
    scale: u32,
    rate: u32,
    start: u32,
    length: u32,
    sample_size: u32,
}

impl Head {
    fn read(payload: &[u8]) -> Option<Self> {
        Some(Self {
            kind: *payload.first_chunk()?,
            handler: *payload.get(4..)?.first_chunk()?,
            scale: u32_at(payload, 20)?,
            rate: u32_at(payload, 24)?,
            start: u32_at(payload, 28).unwrap_or(0),
            length: u32_at(payload, 32).unwrap_or(0),
            sample_size: u32_at(payload, 44).unwrap_or(0),
        })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..)?.first_chunk().map(|bytes| i32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_as_headers_mean_it() {
        let check = |codec, sample_size, align, expected| {
            assert_eq!(block_sizes(&codec, sample_size, align), expected);
        };
        let pcm = || CodecId::Pcm(rushes_core::PcmFormat::S16Le);
        check(pcm(), 4, 4, (4, 4));
        check(pcm(), 1, 4, (4, 4));
        check(CodecId::Mp3, 0, 1152, (0, 1152));
        check(CodecId::Mp3, 1, 1152, (0, 1152));
        check(CodecId::Mp3, 1, 1, (1, 0));
        check(CodecId::Mp3, 0, 1, (0, 0));
        check(CodecId::Aac, 4096, 4096, (0, 4096));
        check(CodecId::AdpcmIma, 1024, 1024, (1024, 1024));
        check(CodecId::AdpcmIma, 0, 1024, (0, 1024));
    }

    #[test]
    fn private_data_is_all_behind_the_header() {
        let check = |counted: u8, behind: &[u8], expected: &[u8]| {
            let mut format = vec![counted, 0, 0, 0];
            format.resize(16, 0);
            format.extend(b"H264");
            format.resize(40, 0);
            format.extend(behind);
            assert_eq!(&*describe_video(&format, None).private, expected);
        };
        check(40, &[], &[]);
        check(40, &[1, 2, 3], &[1, 2, 3]);
        check(43, &[1, 2, 3], &[1, 2, 3]);
        // The size of the chunk holds the byte that makes it even.
        check(43, &[1, 2, 3, 0], &[1, 2, 3]);
        check(0, &[1, 2], &[1, 2]);
        check(200, &[1, 2], &[1, 2]);
    }

    #[test]
    fn lists_that_end_early_give_what_there_is() {
        let bytes = b"abcd\x02\0\0\0xyefgh\x03\0\0\0uvw\0ijkl\xff\xff\xff\xffz";
        let found: Vec<_> = Chunks(bytes).collect();
        assert_eq!(found, [(*b"abcd", &b"xy"[..]), (*b"efgh", b"uvw"), (*b"ijkl", b"z")]);
        for length in 0..bytes.len() {
            assert!(Chunks(&bytes[..length]).count() <= 3);
        }
    }
}
