//! One track while it is written.

use std::num::NonZero;

use rushes_core::{
    Buffer, CodecId, Error, MediaKind, Packet, Result, Rounding, Ticks, TimeBase, Timestamp, Track,
};

use super::options::Composition;
use super::pending::{FragmentSample, Origin, Pending};
use super::samples::Samples;
use super::timeline::{Presentation, Shown, Timeline};
use crate::bitstream::StoredForm;
use crate::mp4::boxes::{BoxWriter, FourCc};

/// A sample of 3GPP timed text without text (3GPP TS 26.245, 5.17).
const EMPTY_TEXT: [u8; 2] = [0, 0];
/// A sample without a cue (ISO/IEC 14496-30, 7.4).
const EMPTY_CUE: &[u8] = b"\0\0\0\x08vtte";
/// Samples at 48 kHz that an Opus decoder needs before its output is right (RFC 7845, 4.6): 80 ms.
const OPUS_PREROLL: u32 = 3840;

/// One track while it is written.
#[derive(Debug)]
pub(super) struct TrackWriter {
    pub(super) track: Track,
    form: StoredForm,
    pub(super) samples: Samples,
    pub(super) chunk: Chunk,
    pub(super) rates: Rates,
    /// Ticks per second of the media header.
    pub(super) timescale: u32,
    /// Length of all samples that have a duration.
    pub(super) media_length: u64,
    /// The samples of the fragment that is being gathered; `None` where the file has no fragments.
    pub(super) pending: Option<Pending>,
    /// Bytes of one frame of PCM, each of which is a sample; `None` for other codecs.
    frame_bytes: Option<NonZero<usize>>,
    timeline: Timeline,
    /// The last samples, whose duration the next packet tells.
    held: Option<Held>,
    last_delta: Option<u32>,
}

/// Samples that are not on disk yet.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) parts: Vec<Buffer>,
    pub(super) bytes: u64,
    /// Samples as the tables count them.
    pub(super) samples: u32,
    /// Samples as fragments count them: packets.
    pub(super) packets: u32,
    start: i64,
}

/// Bit rates, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    pub(super) bytes: u64,
    pub(super) largest_sample: u64,
    window_start: i64,
    window_bytes: u64,
    largest_window: u64,
}

/// A packet whose times have been checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed {
    shown: Shown,
    /// Samples in it: frames of PCM, else one.
    count: u32,
    duration: Option<u32>,
    offset: i32,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    timed: Timed,
    size: u64,
}

impl TrackWriter {
    /// `in_fragments` says that fragments are written, `with_tables` that sample tables are.
    pub(super) fn new(
        track: Track,
        form: StoredForm,
        in_fragments: bool,
        with_tables: bool,
    ) -> Result<Self> {
        let is_pcm = matches!(track.codec.codec, CodecId::Pcm(_));
        let audio = track.codec.as_audio().filter(|_| is_pcm);
        let frame_bytes = match (&track.codec.codec, audio) {
            (CodecId::Pcm(format), Some(audio)) => {
                let sample_bytes = usize::from(format.bits() / 8);
                NonZero::new(usize::from(audio.layout.channels()) * sample_bytes)
            }
            _ => None,
        };
        // Frames of PCM are samples of one tick each.
        let timescale = audio.map_or_else(|| timescale_of(&track), |audio| audio.sample_rate);
        if timescale == 0 || is_pcm != frame_bytes.is_some() {
            return Err(Error::usage("PCM needs channels and a sample rate"));
        }
        Ok(Self {
            track,
            form,
            samples: Samples::new(with_tables),
            chunk: Chunk::default(),
            rates: Rates::default(),
            timescale,
            media_length: 0,
            pending: in_fragments.then(Pending::default),
            frame_bytes,
            timeline: Timeline::default(),
            held: None,
            last_delta: None,
        })
    }

    /// When the track is presented; right once it is [closed](Self::close).
    pub(super) fn presentation(&self) -> Presentation {
        self.timeline.presentation(self.samples.offset_range().0)
    }

    /// The packet in the form that is stored; `None` where that is the form that it has.
    pub(super) fn stored(&self, packet: &Packet) -> Result<Option<Packet>> {
        let data = match self.track.codec.codec {
            CodecId::WebVtt => cue(&packet.data),
            _ => self.form.packet(&packet.data)?,
        };
        let is_same = data.len() == packet.data.len() && data.as_ptr() == packet.data.as_ptr();
        if is_same {
            return Ok(None);
        }
        let mut stored = packet.clone();
        stored.data = data;
        Ok(Some(stored))
    }

    /// Unit of the media header.
    pub(super) fn media_base(&self) -> TimeBase {
        TimeBase::per_second(self.timescale).unwrap_or(TimeBase::nanoseconds())
    }

    /// Checks a packet, and changes nothing.
    pub(super) fn check(&self, packet: &Packet) -> Result<Timed> {
        let context = |what: &str| {
            let time = packet.dts.or(packet.pts).map_or(0, Timestamp::ticks);
            Error::usage(format!("track {}: {what} at tick {time}", packet.track))
        };
        let pts = packet.pts.ok_or_else(|| context("a packet has no presentation time"))?;
        let overflow = || context("the time does not fit");
        let pts = self.media_ticks(pts.ticks()).ok_or_else(overflow)?;
        let length = |ticks: Ticks| {
            let ticks = i64::try_from(ticks.count()).ok().and_then(|ticks| self.media_ticks(ticks));
            ticks.ok_or_else(overflow)
        };
        let duration = packet.duration.map(length).transpose()?;
        let (trim_start, trim_end) = (length(packet.trim.start)?, length(packet.trim.end)?);
        let is_hidden = packet.discard
            || duration.is_some_and(|duration| {
                duration > 0 && trim_start.saturating_add(trim_end) >= duration
            });
        let dts = match packet.dts {
            Some(dts) => self.media_ticks(dts.ticks()).ok_or_else(overflow)?,
            None => pts,
        };
        let is_audio = self.kind() == MediaKind::Audio;
        let mut shown = Shown { pts, dts, trim_start, trim_end, is_hidden, is_audio };
        let mut timed = Timed { shown, count: 1, duration: None, offset: 0 };
        if let Some(frame_bytes) = self.frame_bytes {
            let frames = packet.data.len() / frame_bytes;
            timed.count = u32::try_from(frames).map_err(|_| context("the packet is too large"))?;
            shown.dts = self.frame_time(pts)?;
            shown.pts = shown.dts;
        } else {
            let duration = duration.map(u32::try_from).transpose();
            timed.duration = duration.map_err(|_| context("a packet lasts too long"))?;
        }
        timed.shown = shown;
        timed.offset = shown
            .pts
            .checked_sub(shown.dts)
            .and_then(|offset| i32::try_from(offset).ok())
            .ok_or_else(|| context("presentation is too far from decoding"))?;
        let (smallest, largest) = self.samples.offset_range();
        let smallest = smallest.min(timed.offset).min(0);
        if largest.max(timed.offset).checked_sub(smallest).is_none() {
            return Err(context("presentation is too far from decoding"));
        }
        if let Some(held) = &self.held {
            let delta = shown.dts.saturating_sub(held.last_dts());
            if delta < 0 && packet.dts.is_none() {
                return Err(context(
                    "a packet has no decoding time, and presentation goes backwards",
                ));
            }
            if delta < 0 {
                return Err(context("decoding time goes backwards"));
            }
            u32::try_from(delta)
                .map_err(|_| context("the gap in front of a packet is too long"))?;
        }
        self.timeline.check(&shown)?;
        Ok(timed)
    }

    /// Takes in a packet that [`check`](Self::check) has let through, for the next chunk.
    pub(super) fn push(&mut self, timed: Timed, packet: &Packet) -> Result<()> {
        if timed.count == 0 {
            return Ok(());
        }
        self.fill_text_gap(timed.shown.dts)?;
        let Some(frame_bytes) = self.frame_bytes else {
            return self.add(timed, packet.data.clone(), packet.key);
        };
        // Part of a frame, at the end of a damaged file, is no sample.
        let whole = packet.data.len() - packet.data.len() % frame_bytes;
        let data = packet.data.slice(0..whole).unwrap_or_default();
        self.add(timed, data, true)
    }

    /// Gives the last samples their duration.
    pub(super) fn close(&mut self) {
        if let Some(held) = self.held.take() {
            let duration = held.timed.duration.or(self.last_delta).unwrap_or(self.nominal());
            self.settle(&held, if self.frame_bytes.is_some() { 1 } else { duration });
        }
    }

    /// True where the chunk must be written before this packet joins it.
    pub(super) fn needs_flush(&self, timed: &Timed, bytes: usize, most_bytes: u64) -> bool {
        let half_second = i64::from(self.timescale / 2);
        self.chunk.samples > 0
            && (timed.shown.dts.saturating_sub(self.chunk.start) >= half_second
                || self.chunk.bytes + bytes as u64 > most_bytes)
    }

    /// Says when the next packet is decoded, before the fragment of the last one ends.
    pub(super) fn foresee(&mut self, next: &Timed) {
        let Some(held) = &self.held else { return };
        let is_text = matches!(self.track.codec.codec, CodecId::MovText | CodecId::WebVtt);
        let gap = is_text && held.timed.duration.is_some();
        let length = u32::try_from(next.shown.dts.saturating_sub(held.timed.shown.dts));
        if let (Some(pending), Ok(length), false) = (&mut self.pending, length, gap) {
            pending.settle(length);
        }
    }

    /// How long a sample lasts that nobody knows better of.
    pub(super) fn usual_delta(&self) -> u32 {
        self.last_delta.unwrap_or(self.nominal())
    }

    /// How times of packets become those of the media in fragments. It is fixed when the first sample goes into one,
    /// which is decoded at `first_dts`: then the edit list of the movie box says the same.
    pub(super) fn origin(&mut self, first_dts: i64) -> Origin {
        let known = self.pending.as_ref().and_then(|pending| pending.origin);
        if let Some(origin) = known {
            return origin;
        }
        // The movie box has been written without this track: media time is presentation time, and decoding that would
        // start before zero starts at zero.
        let offset = first_dts.min(0);
        let origin = Origin { dts: offset, offset };
        self.set_origin(origin);
        origin
    }

    fn set_origin(&mut self, origin: Origin) {
        if let Some(pending) = &mut self.pending {
            pending.origin = Some(origin);
        }
    }

    /// Fixes how times of packets become those of the media, from the samples of the first fragment, and says from
    /// which media time on and how late they are presented.
    pub(super) fn fix_origin(&mut self, composition: Composition) -> Presentation {
        let found = self.presentation();
        let Some((dts, pts)) = self.timeline.first() else { return Presentation::default() };
        let start = i64::try_from(found.start).unwrap_or(i64::MAX);
        let is_negative = composition == Composition::Negative && self.kind() == MediaKind::Video;
        let offset =
            if is_negative { dts.saturating_sub(pts) } else { i64::from(found.composition_shift) };
        let media_time = start.saturating_sub(dts).saturating_add(offset);
        if composition == Composition::Negative && media_time == 0 {
            // Media time is presentation time.
            self.set_origin(Origin { dts: dts.saturating_sub(start), offset });
            return Presentation::default();
        }
        self.set_origin(Origin { dts, offset });
        Presentation { length: 0, media_time, ..found }
    }

    /// Packets that must be decoded in front of the first whose sound is right; `None` where none need be.
    pub(super) fn roll_packets(&self) -> Option<i16> {
        let frame_samples = self.track.codec.as_audio().and_then(|audio| audio.frame_samples);
        let packets = match (&self.track.codec.codec, frame_samples) {
            (CodecId::Aac, _) => 1,
            (CodecId::Opus, Some(samples)) if samples > 0 => OPUS_PREROLL.div_ceil(samples),
            _ => return None,
        };
        i16::try_from(packets).ok()
    }

    fn add(&mut self, timed: Timed, data: Buffer, key: bool) -> Result<()> {
        let bytes = data.len() as u64;
        let size = u32::try_from(bytes / u64::from(timed.count)).map_err(|_| {
            Error::usage(format!("a packet of {bytes} bytes is too large for a sample"))
        })?;
        self.samples.push(timed.count, size, timed.offset, key)?;
        if let Some(held) = self.held.take() {
            let delta = u32::try_from(timed.shown.dts - held.last_dts()).unwrap_or(u32::MAX);
            self.settle(&held, delta);
        }
        if let Some(pending) = &mut self.pending {
            let size = u32::try_from(bytes).map_err(|_| {
                Error::usage(format!("a packet of {bytes} bytes is too large for a sample"))
            })?;
            let is_pcm = self.frame_bytes.is_some();
            let own = if is_pcm { Some(timed.count) } else { timed.duration };
            let heard = if is_pcm { None } else { self.timeline.heard(&timed.shown, own) };
            let offset = timed.offset;
            pending.push(
                FragmentSample { size, duration: None, own, heard, offset, key },
                timed.dts(),
            );
        }
        self.timeline.push(&timed.shown);
        self.held = Some(Held { timed, size: bytes });
        if self.chunk.samples == 0 {
            self.chunk.start = timed.shown.dts;
        }
        self.chunk.parts.push(data);
        self.chunk.bytes += bytes;
        self.chunk.samples += timed.count;
        self.chunk.packets += 1;
        Ok(())
    }

    /// The last sample of `held` lasts `delta` until the next is decoded.
    fn settle(&mut self, held: &Held, delta: u32) {
        let Timed { shown, count, duration, .. } = held.timed;
        self.samples.push_delta(count - 1, 1);
        self.samples.push_delta(1, delta);
        self.media_length += u64::from(count - 1) + u64::from(delta);
        if let Some(pending) = &mut self.pending {
            pending.settle((count - 1).saturating_add(delta));
        }
        self.last_delta = Some(delta);
        let length = match duration {
            Some(duration) => i64::from(duration),
            None if self.frame_bytes.is_some() => i64::from(count),
            None => i64::from(delta),
        };
        self.timeline.end(&shown, length);
        self.rates.push(shown.dts, held.size, self.timescale);
    }

    /// Timed text lasts until the next sample: an empty one ends it where the next text is later.
    fn fill_text_gap(&mut self, next: i64) -> Result<()> {
        let Some(Held { timed, .. }) = self.held else { return Ok(()) };
        let Some(duration) = timed.duration.map(i64::from) else { return Ok(()) };
        let end = timed.shown.dts.saturating_add(duration);
        let empty = match self.track.codec.codec {
            CodecId::MovText => &EMPTY_TEXT[..],
            CodecId::WebVtt => EMPTY_CUE,
            _ => return Ok(()),
        };
        if end >= next {
            return Ok(());
        }
        let shown = Shown { pts: end, dts: end, ..timed.shown };
        let gap = Timed { shown, count: 1, duration: None, offset: 0 };
        self.add(gap, Buffer::from(empty), true)
    }

    /// A time of the track in ticks of the media header; `None` where it does not fit.
    fn media_ticks(&self, ticks: i64) -> Option<i64> {
        if self.timescale == self.track.time_base.denom() {
            return ticks.checked_mul(i64::from(self.track.time_base.numer()));
        }
        let frames = TimeBase::per_second(self.timescale)?;
        let ticks = self.track.time_base.rescale(ticks, frames, Rounding::Nearest);
        (ticks != i64::MAX && ticks != i64::MIN).then_some(ticks)
    }

    /// The time of a frame of PCM that claims to be at `pts`: right behind the last, if it is as near as the track's
    /// unit of time can say.
    fn frame_time(&self, pts: i64) -> Result<i64> {
        let Some(held) = &self.held else { return Ok(pts) };
        let expected = held.last_dts().saturating_add(1);
        let slack = match self.track.time_base {
            base if base.numer() == 1 && base.denom() == self.timescale => 0,
            _ => self.media_ticks(1).unwrap_or(0).saturating_add(1),
        };
        if pts.abs_diff(expected) <= slack.unsigned_abs() {
            return Ok(expected);
        }
        if pts < expected {
            return Err(Error::usage(format!(
                "sound at sample {pts} overlaps what was written up to sample {expected}"
            )));
        }
        Ok(pts)
    }

    /// Length of a packet by the parameters of the track; zero where they do not say.
    fn nominal(&self) -> u32 {
        let ticks = |value: u64, per_second: u64| {
            let ticks = (value * u64::from(self.timescale)).checked_div(per_second);
            ticks.and_then(|ticks| u32::try_from(ticks).ok()).unwrap_or(0)
        };
        match (self.track.codec.as_video(), self.track.codec.as_audio()) {
            (Some(video), _) => video
                .frame_rate
                .map_or(0, |rate| ticks(u64::from(rate.denom()), u64::from(rate.numer()))),
            (_, Some(audio)) => {
                let samples = audio.frame_samples.unwrap_or(0);
                ticks(u64::from(samples), u64::from(audio.sample_rate))
            }
            _ => 0,
        }
    }

    /// What the track carries.
    pub(super) const fn kind(&self) -> MediaKind {
        self.track.kind()
    }
}

/// Ticks per second of the media header. Those of sound count its samples where that loses nothing, or where the unit of its times is
/// coarser than that: readers drop priming by the sample.
fn timescale_of(track: &Track) -> u32 {
    let ticks = track.time_base.denom();
    let rate = match (&track.codec.codec, track.codec.as_audio()) {
        (CodecId::Opus, _) => 48_000,
        (_, Some(audio)) => audio.sample_rate,
        _ => 0,
    };
    // With spectral band replication they may count every second sample.
    let is_coarse = ticks < rate / 2;
    if rate > 0 && (ticks.is_multiple_of(rate) || is_coarse) { rate } else { ticks }
}

/// A cue as it is stored (ISO/IEC 14496-30, 7.4): boxes as they are, text in boxes of its own.
fn cue(data: &Buffer) -> Buffer {
    if matches!(data.get(4..8), Some(b"vttc" | b"vtte" | b"vtta")) {
        return data.clone();
    }
    let mut w = BoxWriter::new();
    w.boxed(FourCc(*b"vttc"), |w| w.boxed(FourCc(*b"payl"), |w| w.bytes(data)));
    Buffer::from(w.into_bytes())
}

impl Timed {
    /// Decoding time of the first sample.
    pub(super) const fn dts(&self) -> i64 {
        self.shown.dts
    }
}

impl Held {
    /// Decoding time of the last sample.
    fn last_dts(&self) -> i64 {
        self.timed.shown.dts.saturating_add(i64::from(self.timed.count) - 1)
    }
}

impl Rates {
    fn push(&mut self, dts: i64, bytes: u64, timescale: u32) {
        self.bytes += bytes;
        self.largest_sample = self.largest_sample.max(bytes);
        if dts.saturating_sub(self.window_start) >= i64::from(timescale) {
            (self.window_start, self.window_bytes) = (dts, 0);
        }
        self.window_bytes += bytes;
        self.largest_window = self.largest_window.max(self.window_bytes);
    }

    /// Bits per second over `length` ticks; zero where that is no time.
    pub(super) fn average(&self, length: u64, timescale: u32) -> u32 {
        let bits = u128::from(self.bytes) * 8 * u128::from(timescale);
        let rate = bits.checked_div(u128::from(length)).unwrap_or(0);
        u32::try_from(rate).unwrap_or(u32::MAX)
    }

    /// Most bits in any second.
    pub(super) fn largest(&self, average: u32) -> u32 {
        let bits = self.largest_window.saturating_mul(8);
        u32::try_from(bits).unwrap_or(u32::MAX).max(average)
    }
}
