//! AMR and AMR-WB as files of frames: RFC 4867, 5.

use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, CodecParameters, Error, Result, SampleFormat, Ticks,
    TimeBase, Timestamp, Track,
};

use crate::framed::{Cut, FrameHeader, FramedDemuxer, Frames, Opening};
use crate::id3::Tags;
use crate::input::Input;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};
use crate::{DemuxOptions, Demuxer, Format};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "amr",
        long_name: "AMR (3GPP)",
        extensions: &["amr", "awb"],
        default_video: None,
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| start.starts_with(b"#!AMR").then_some(Score::Certain),
        open,
    }),
    create: None,
}];

const NARROW: &[u8] = b"#!AMR\n";
const WIDE: &[u8] = b"#!AMR-WB\n";

/// Bytes of a frame by its type, without its header: 3GPP TS 26.101 and 26.201, annex A. What has none is not in use.
const NARROW_BYTES: [Option<usize>; 16] = [
    Some(12),
    Some(13),
    Some(15),
    Some(17),
    Some(19),
    Some(20),
    Some(26),
    Some(31),
    Some(5),
    Some(6),
    Some(5),
    Some(5),
    None,
    None,
    None,
    Some(0),
];
const WIDE_BYTES: [Option<usize>; 16] = [
    Some(17),
    Some(23),
    Some(32),
    Some(36),
    Some(40),
    Some(46),
    Some(50),
    Some(58),
    Some(60),
    Some(5),
    None,
    None,
    None,
    None,
    Some(0),
    Some(0),
];

/// Header of a frame.
#[derive(Clone, Copy, Debug)]
struct AmrHeader<const IS_WIDE: bool> {
    frame_bytes: usize,
}

impl<const IS_WIDE: bool> FrameHeader for AmrHeader<IS_WIDE> {
    const FORMAT: &'static str = "amr";
    const WHAT: &'static str = "AMR";
    const SIZE: usize = 1;
    const TICKS: u32 = if IS_WIDE { 16_000 } else { 8000 };

    fn read(bytes: &[u8]) -> Option<Self> {
        let byte = *bytes.first()?;
        // Nothing follows within the frame, and padding is zero.
        if byte & 0x83 != 0 {
            return None;
        }
        let bytes = if IS_WIDE { &WIDE_BYTES } else { &NARROW_BYTES };
        let length = bytes[usize::from(byte >> 3 & 15)]?;
        Some(Self { frame_bytes: 1 + length })
    }

    fn is_like(&self, _other: &Self) -> bool {
        true
    }

    fn frame_bytes(&self, _free: Option<usize>) -> Option<usize> {
        Some(self.frame_bytes)
    }

    fn ticks(&self) -> u64 {
        // 20 ms.
        u64::from(Self::TICKS) / 50
    }
}

fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("amr")?;
    let start = input.peek(WIDE.len())?;
    if start.starts_with(NARROW) {
        input.skip(NARROW.len() as u64)?;
        return Ok(Box::new(start_frames::<false>(input, CodecId::AmrNb)?));
    }
    if start.starts_with(WIDE) {
        input.skip(WIDE.len() as u64)?;
        return Ok(Box::new(start_frames::<true>(input, CodecId::AmrWb)?));
    }
    if start.starts_with(b"#!AMR") {
        return Err(Error::unsupported("AMR of several channels", "one channel"));
    }
    Err(Error::malformed("this is no AMR file").at(0))
}

fn start_frames<const IS_WIDE: bool>(
    mut input: Input,
    codec: CodecId,
) -> Result<FramedDemuxer<AmrHeader<IS_WIDE>>> {
    let rate = AmrHeader::<IS_WIDE>::TICKS;
    let mut audio = AudioParameters::new(rate, ChannelLayout::MONO);
    audio.sample_format = Some(SampleFormat::F32);
    audio.frame_samples = Some(rate / 50);
    let base = TimeBase::per_second(rate).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(0, CodecParameters::audio(codec, audio), base);
    track.start = Some(Timestamp::ZERO);
    track.disposition.default = true;
    let start = input.position();
    // A file may hold no frame at all.
    let (frames, _) = Frames::open(&mut input, u64::MAX)?;
    input.seek(start)?;
    if let Some(length) = frames.count(&mut input, u64::MAX)? {
        track.duration = Some(Ticks::new(length.ticks));
        track.packets = Some(length.frames);
        track.codec.bit_rate = length.bit_rate(rate);
    }
    input.seek(start)?;
    let tags = Tags::default();
    let opening = Opening { track, tags, frames, cut: Cut::default(), promised: None };
    Ok(FramedDemuxer::new(input, opening))
}
