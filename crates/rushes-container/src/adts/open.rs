//! Opens a stream: tags in front and behind, the configuration that the first header states, the length where counting is cheap.

use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, Error, Result, SampleFormat,
    Ticks, TimeBase, Timestamp, Track,
};

use crate::DemuxOptions;
use crate::bitstream::AdtsHeader;
use crate::framed::{Cut, FrameHeader, FramedDemuxer, Frames, Opening};
use crate::id3::Tags;
use crate::input::Input;
use crate::tags::{front, tail};

/// Reads everything up to the first frame.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<FramedDemuxer<AdtsHeader>> {
    if let Some(name) = options.options.keys().next() {
        return Err(Error::usage(format!("the aac demuxer has no option '{name}'; it has none")));
    }
    let mut tags = Tags::default();
    let sound = front::read(&mut input, &mut tags)?;
    let end = tail::read(&mut input, sound, &mut tags)?;
    input.seek(sound)?;
    let (frames, first) = Frames::<AdtsHeader>::open(&mut input, end)?;
    let Some(first) = first else {
        return Err(front::no_sound(&mut input, sound, AdtsHeader::WHAT));
    };
    let start = input.position();
    let mut track = describe(&first.header, input.peek(first.length)?);
    if let Some(length) = count(&mut input, &frames, end)? {
        track.duration = Some(Ticks::new(length.ticks));
        track.packets = Some(length.frames);
        track.codec.bit_rate = length.bit_rate();
    }
    input.seek(start)?;
    let opening = Opening { track, tags, frames, cut: Cut::default(), promised: None };
    Ok(FramedDemuxer::new(input, opening))
}

fn describe(header: &AdtsHeader, frame: &[u8]) -> Track {
    let config = header.config(frame);
    let element = config.as_ref().and_then(|config| config.channels.as_ref());
    let channels = header.channels().or(element.map(|element| element.count)).unwrap_or(0);
    let layout = ChannelLayout::default_for(channels);
    let mut audio = AudioParameters::new(header.sample_rate(), layout);
    audio.sample_format = Some(SampleFormat::F32);
    audio.frame_samples = Some(header.samples());
    let mut codec = CodecParameters::audio(CodecId::Aac, audio);
    codec.private = config.map(|config| Buffer::from(config.write())).unwrap_or_default();
    let base = TimeBase::per_second(AdtsHeader::TICKS).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(0, codec, base);
    track.start = Some(Timestamp::ZERO);
    track.disposition.default = true;
    track
}

/// How long a stream is.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    frames: u64,
    bytes: u64,
    ticks: u64,
}

impl Length {
    fn bit_rate(&self) -> Option<u64> {
        let scaled = u128::from(self.bytes) * 8 * u128::from(AdtsHeader::TICKS);
        u64::try_from(scaled.checked_div(self.ticks.into())?).ok()
    }
}

/// Counts the frames of a stream that is no longer than what may be searched: nothing in it tells how many there are, and the bit
/// rate of AAC varies too much for a guess.
fn count(input: &mut Input, frames: &Frames<AdtsHeader>, end: u64) -> Result<Option<Length>> {
    let limit = input.limits().probe_bytes;
    let left = input.length().map_or(u64::MAX, |_| end.saturating_sub(input.position()));
    if left > limit || !input.is_seekable() {
        return Ok(None);
    }
    let (mut frames, mut length) = (frames.clone(), Length::default());
    loop {
        let frame = match frames.next(input) {
            Ok(Some(frame)) => frame,
            // Damage is told by whoever reads.
            Ok(None) | Err(Error::Malformed(_)) => break,
            Err(error) => return Err(error),
        };
        length.frames += 1;
        length.bytes += frame.length as u64;
        length.ticks = length.ticks.saturating_add(frame.header.ticks());
        input.skip(frame.length as u64)?;
    }
    input.unmark();
    Ok(Some(length))
}
