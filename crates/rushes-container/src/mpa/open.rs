//! Opens a stream: tags in front and behind, what the encoder says, the length.

use rushes_core::{
    AudioParameters, CodecParameters, MpegAudioHeader, Result, SampleFormat, Ticks, TimeBase,
    Timestamp, Track,
};

use super::info::{Gaps, Info};
use crate::DemuxOptions;
use crate::framed::{Cut, FrameHeader, FramedDemuxer, Frames, Opening};
use crate::id3::Tags;
use crate::input::Input;
use crate::tags::{front, tail};

/// Reads everything up to the first frame.
pub(super) fn open(
    mut input: Input,
    options: &DemuxOptions,
) -> Result<FramedDemuxer<MpegAudioHeader>> {
    options.check_none("mp3")?;
    let mut tags = Tags::default();
    let sound = front::read(&mut input, &mut tags)?;
    let end = tail::read(&mut input, sound, &mut tags)?;
    input.seek(sound)?;
    let (frames, first) = Frames::open(&mut input, end)?;
    let Some(first) = first else {
        return Err(front::no_sound(&mut input, sound, MpegAudioHeader::WHAT));
    };
    let header = first.header;
    let start = input.position();
    let info = Info::read(&header, input.peek(first.length)?);
    if info.is_some() {
        input.skip(first.length as u64)?;
    }
    let info = info.unwrap_or_default();
    let left = input.length().map(|_| end.saturating_sub(start));
    let promised = info.frames.filter(|_| is_whole(&info, left)).map(u64::from);
    let samples = promised.map(|frames| frames.saturating_mul(u64::from(header.samples())));
    let samples = match samples {
        None if info == Info::default() => constant_samples(&mut input, &header, start, end)?,
        samples => samples,
    };
    let gaps = info.gaps.filter(|_| options.apply_edits).unwrap_or_default();
    let track = describe(&header, &info, gaps, samples, promised);
    let cut = cut(&header, gaps, promised);
    if !info.encoder.is_empty() && tags.metadata.value("encoder").is_none() {
        tags.metadata.set("encoder", info.encoder);
    }
    let opening = Opening { track, tags, frames, cut, promised };
    Ok(FramedDemuxer::new(input, opening))
}

/// What of the stream is heard.
fn cut(header: &MpegAudioHeader, gaps: Gaps, frames: Option<u64>) -> Cut {
    let tick = u64::from(MpegAudioHeader::TICKS / header.sample_rate());
    let end = frames.map(|frames| {
        let end = frames.saturating_mul(header.ticks());
        (end.saturating_sub(u64::from(gaps.end) * tick), end)
    });
    Cut { start: u64::from(gaps.start) * tick, end }
}

/// False where the stream is longer than the encoder says: it has been put together from several, and what the encoder says is
/// about the first.
fn is_whole(info: &Info, left: Option<u64>) -> bool {
    match (info.bytes, left) {
        (Some(stated), Some(left)) => left.saturating_sub(stated.into()) <= u64::from(stated) / 16,
        _ => true,
    }
}

/// Samples of a stream of constant bit rate, which its length tells; `None` where frames are not where they should be then.
fn constant_samples(
    input: &mut Input,
    header: &MpegAudioHeader,
    start: u64,
    end: u64,
) -> Result<Option<u64>> {
    let Some(bit_rate) = header.bit_rate().filter(|_| input.is_seekable()) else { return Ok(None) };
    let samples = u64::from(header.samples());
    // A frame has samples * bit_rate / (8 * sample_rate) bytes, of which padding evens out the fraction.
    let frame = samples * u64::from(bit_rate);
    let unit = 8 * u64::from(header.sample_rate());
    let Some(scaled) = end.saturating_sub(start).checked_mul(unit) else { return Ok(None) };
    let count = (scaled.saturating_add(frame / 2) / frame).max(1);
    for number in [count / 2, count.saturating_sub(1)] {
        let expected = start + number.saturating_mul(frame) / unit;
        // Whether the fraction is rounded up or down is the encoder's choice, and layer 1 pads four bytes at once.
        let first = expected.saturating_sub(4).max(start);
        input.seek(first)?;
        let bytes = input.peek(12)?;
        let found = (0..=8).any(|at| {
            let other = bytes.get(at..).and_then(MpegAudioHeader::read);
            other.is_some_and(|other| other.is_like(header) && other.bit_rate() == Some(bit_rate))
        });
        if !found {
            input.seek(start)?;
            return Ok(None);
        }
    }
    input.seek(start)?;
    Ok(Some(count.saturating_mul(samples)))
}

fn describe(
    header: &MpegAudioHeader,
    info: &Info,
    gaps: Gaps,
    samples: Option<u64>,
    frames: Option<u64>,
) -> Track {
    let rate = u64::from(header.sample_rate());
    let mut audio = AudioParameters::new(header.sample_rate(), header.layout());
    audio.sample_format = Some(SampleFormat::F32);
    (audio.delay, audio.padding) = (gaps.start, gaps.end);
    audio.frame_samples = Some(header.samples());
    let mut codec = CodecParameters::audio(header.codec(), audio);
    let average = samples.filter(|samples| *samples > 0).zip(info.bytes);
    codec.bit_rate = match average {
        Some((samples, bytes)) if !info.constant => Some(u64::from(bytes) * 8 * rate / samples),
        _ => header.bit_rate().map(u64::from).filter(|_| info.constant || samples.is_some()),
    };
    let base = TimeBase::per_second(MpegAudioHeader::TICKS).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(0, codec, base);
    track.start = Some(Timestamp::ZERO);
    track.packets = frames;
    track.disposition.default = true;
    let cut = u64::from(gaps.start) + u64::from(gaps.end);
    track.duration = samples.map(|samples| {
        Ticks::new(
            samples.saturating_sub(cut).saturating_mul(u64::from(MpegAudioHeader::TICKS) / rate),
        )
    });
    track
}
