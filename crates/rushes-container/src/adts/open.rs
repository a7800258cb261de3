//! Opens a stream: tags in front and behind, the configuration that the first header states, the length where counting is cheap.

use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, Result, SampleFormat, Ticks,
    TimeBase, Timestamp, Track,
};

use crate::DemuxOptions;
use crate::bitstream::AdtsHeader;
use crate::framed::{Cut, FrameHeader, FramedDemuxer, Frames, Opening};
use crate::id3::Tags;
use crate::input::Input;
use crate::tags::{front, tail};

/// Reads everything up to the first frame.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<FramedDemuxer<AdtsHeader>> {
    options.check_none("aac")?;
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
    if let Some(length) = frames.count(&mut input, end)? {
        track.duration = Some(Ticks::new(length.ticks));
        track.packets = Some(length.frames);
        track.codec.bit_rate = length.bit_rate(AdtsHeader::TICKS);
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
