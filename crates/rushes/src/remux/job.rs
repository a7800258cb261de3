//! The work of a remux: packet by packet, with times on the output's timeline.

use std::ops::ControlFlow;

use rushes_container::{InterleaveOptions, Interleaver, Muxer, PresentationTimes};
use rushes_core::{
    Error, MediaKind, Packet, Result, Rounding, Ticks, Time, TimeBase, Timestamp, Track, Trim,
};

use super::selection::Selection;
use super::source::RemuxSource;
use super::times::DecodingTimes;
use super::{RemuxProgress, RemuxSummary, RemuxedTrack};

pub(super) type Progress<'a> = Box<dyn FnMut(&RemuxProgress) -> ControlFlow<()> + 'a>;

/// The work under way.
pub(super) struct Job<'a> {
    muxer: Box<dyn Muxer>,
    interleaver: Interleaver,
    lanes: Vec<Lane>,
    /// Lane of each track of a source.
    lane_of: Vec<Option<usize>>,
    /// The source at work is not the first one.
    is_later: bool,
    /// Where the sources so far end in the output.
    end: Time,
    progress: Option<Progress<'a>>,
    written: RemuxProgress,
    summary: RemuxSummary,
}

impl<'a> Job<'a> {
    /// A job whose output has these tracks, and ends at `end`.
    pub(super) fn new(
        muxer: Box<dyn Muxer>,
        tracks: &[Track],
        selection: Selection,
        end: Option<Time>,
        progress: Option<Progress<'a>>,
    ) -> Self {
        let mut interleaver = Interleaver::new(tracks, InterleaveOptions::default());
        for (index, track) in tracks.iter().enumerate() {
            if track.kind() == MediaKind::Attachment {
                interleaver.end_track(index);
            }
        }
        let mut lane_of = vec![None; selection.chosen.last().map_or(0, |last| last + 1)];
        for (lane, index) in selection.chosen.iter().enumerate() {
            lane_of[*index] = Some(lane);
        }
        let summary = RemuxSummary {
            tracks: (selection.chosen.iter())
                .map(|source| RemuxedTrack { source: *source, packets: 0 })
                .collect(),
            left_out: selection.left_out,
            bytes: 0,
            cancelled: false,
        };
        Self {
            muxer,
            interleaver,
            lanes: tracks
                .iter()
                .enumerate()
                .map(|(index, track)| Lane::new(index, track))
                .collect(),
            lane_of,
            is_later: false,
            end: Time::ZERO,
            progress,
            written: RemuxProgress { packets: 0, bytes: 0, time: Time::ZERO, end },
            summary,
        }
    }

    pub(super) const fn is_cancelled(&self) -> bool {
        self.summary.cancelled
    }

    /// Takes a source from `from` to `to` in its own time, up to the first damage.
    pub(super) fn take(&mut self, source: &mut RemuxSource, to: Option<Time>) -> Result<()> {
        source.start()?;
        let (origin, is_cut) = (source.origin(), source.is_cut());
        let offset = self.end;
        for lane in &mut self.lanes {
            lane.start(origin, offset, to);
        }
        while !self.is_cancelled() && self.lanes.iter().any(|lane| !lane.ended) {
            let Some(packet) = source.next_packet()? else { break };
            let Some(index) = self.lane_of.get(packet.track).copied().flatten() else { continue };
            let is_later = self.is_later;
            self.lanes[index].check_parameters(&packet)?;
            if let Some(packet) = self.lanes[index].place(packet, is_cut, is_later) {
                self.present(index, packet)?;
            }
        }
        for index in 0..self.lanes.len() {
            if let Some(mut presentation) = self.lanes[index].presentation.take() {
                presentation.finish();
                while let Some(packet) = presentation.pop() {
                    self.push(index, packet)?;
                }
            }
        }
        self.end = self.lanes.iter().filter_map(Lane::end).fold(self.end, Time::max);
        self.is_later = true;
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> Result<RemuxSummary> {
        for index in 0..self.lanes.len() {
            if let Some(times) = &mut self.lanes[index].times {
                times.finish();
            }
            self.interleave(index, None)?;
        }
        self.interleaver.finish();
        self.write_ready()?;
        self.muxer.finish()?;
        self.summary.bytes = self.written.bytes;
        Ok(self.summary)
    }

    /// Gives a packet that has a decoding time alone its presentation time, and hands on those that have one.
    fn present(&mut self, index: usize, packet: Packet) -> Result<()> {
        let lane = &mut self.lanes[index];
        let lacks = packet.pts.is_none() && packet.dts.is_some();
        if lacks && lane.presentation.is_none() {
            lane.presentation = PresentationTimes::for_track(&lane.track)?;
        }
        // Once pictures wait, all that follow do.
        let Some(presentation) = &mut lane.presentation else {
            return self.push(index, packet);
        };
        presentation.push(packet)?;
        while let Some(packet) =
            self.lanes[index].presentation.as_mut().and_then(PresentationTimes::pop)
        {
            self.push(index, packet)?;
        }
        Ok(())
    }

    /// Gives a packet its decoding time, and hands on what is in its turn.
    fn push(&mut self, index: usize, packet: Packet) -> Result<()> {
        let lane = &mut self.lanes[index];
        if packet.dts.is_some() {
            lane.times = None;
        }
        match &mut lane.times {
            Some(times) => {
                times.push(packet);
                self.interleave(index, None)?;
            }
            None => self.interleave(index, Some(packet))?,
        }
        if self.lanes[index].is_cover {
            self.interleaver.end_track(index);
            self.lanes[index].ended = true;
        }
        self.write_ready()
    }

    /// Takes one packet, or those whose decoding times have become known.
    fn interleave(&mut self, index: usize, mut packet: Option<Packet>) -> Result<()> {
        let lane = &mut self.lanes[index];
        while let Some(mut next) =
            packet.take().or_else(|| lane.times.as_mut().and_then(DecodingTimes::next))
        {
            if lane.is_behind_end(&next) {
                lane.ended = true;
                continue;
            }
            lane.count(&mut next);
            self.interleaver.push(next)?;
        }
        Ok(())
    }

    fn write_ready(&mut self) -> Result<()> {
        while let Some(packet) = self.interleaver.pop() {
            self.muxer.write(&packet)?;
            self.summary.tracks[packet.track].packets += 1;
            self.written.packets += 1;
            self.written.bytes += packet.data.len() as u64;
            if let Some(time) = packet.dts.or(packet.pts) {
                let time = self.lanes[packet.track].base.time(time);
                self.written.time = self.written.time.max(time);
            }
            if let Some(progress) = &mut self.progress
                && progress(&self.written).is_break()
            {
                self.summary.cancelled = true;
            }
        }
        Ok(())
    }
}

/// A track of the output.
#[derive(Debug)]
struct Lane {
    index: usize,
    base: TimeBase,
    kind: MediaKind,
    /// As the source describes it.
    track: Track,
    /// Presentation times, of sources that do not tell them.
    presentation: Option<PresentationTimes>,
    /// One picture for the whole file.
    is_cover: bool,
    /// What decoders drop at the start.
    delay: Ticks,
    times: Option<DecodingTimes>,
    /// What packets last that do not say it.
    step: Ticks,
    /// How far a packet of sound may lie from where the one before ended, and still be meant to follow on it: a millisecond, which
    /// some containers round to. `None` where times do not count samples.
    rounding: Option<i64>,
    /// Where the last packet of sound ended.
    sound_end: Option<Timestamp>,
    /// From the source's time to the output's.
    shift: i64,
    /// Where the source stops in the output.
    stop: Option<Timestamp>,
    ended: bool,
    last_dts: Option<Timestamp>,
    /// The end of what was shown last.
    shown: Option<Timestamp>,
}

impl Lane {
    fn new(index: usize, track: &Track) -> Self {
        let delay = track.codec.as_audio().map_or(Ticks::ZERO, |audio| {
            let samples = TimeBase::per_second(audio.sample_rate).unwrap_or(track.time_base);
            samples.convert_ticks(Ticks::new(audio.delay.into()), track.time_base, Rounding::Up)
        });
        let counts_samples = track.codec.as_audio().is_some_and(|audio| {
            (track.time_base.numer(), track.time_base.denom()) == (1, audio.sample_rate)
        });
        let rounding = counts_samples.then(|| i64::from(track.time_base.denom()) / 1000 + 1);
        let step = (track.codec.as_video().and_then(|video| video.frame_rate)).map_or(
            Ticks::ZERO,
            |rate| {
                rate.time_base().convert_ticks(Ticks::new(1), track.time_base, Rounding::Nearest)
            },
        );
        Self {
            index,
            base: track.time_base,
            kind: track.kind(),
            track: track.clone(),
            presentation: None,
            is_cover: track.disposition.attached_picture,
            delay,
            times: DecodingTimes::for_track(track),
            step,
            rounding,
            sound_end: None,
            shift: 0,
            stop: None,
            ended: track.kind() == MediaKind::Attachment,
            last_dts: None,
            shown: None,
        }
    }

    /// A new source: its time `origin` is the output's `offset`, and it counts up to `to`.
    fn start(&mut self, origin: Time, offset: Time, to: Option<Time>) {
        let ticks = |time: Time| time.to_base(self.base, Rounding::Nearest).ticks();
        self.shift = ticks(offset).saturating_sub(ticks(origin));
        self.sound_end = None;
        self.stop = to.map(|to| Timestamp::new(ticks(to).saturating_add(self.shift)));
        self.ended =
            self.kind == MediaKind::Attachment || (self.is_cover && self.last_dts.is_some());
    }

    /// The packet on the output's timeline; `None` if it is not part of it.
    fn place(&mut self, mut packet: Packet, is_cut: bool, is_later: bool) -> Option<Packet> {
        if self.ended {
            return None;
        }
        packet.track = self.index;
        if self.is_cover {
            return Some(packet);
        }
        let start = Timestamp::ZERO.saturating_offset(if is_later { self.shift } else { 0 });
        let place = |time: Timestamp| time.saturating_offset(self.shift);
        packet.pts = packet.pts.map(place);
        packet.dts = packet.dts.map(place);
        let Some(mut pts) = packet.pts else { return Some(packet) };
        if let (Some(rounding), Some(length)) = (self.rounding, packet.duration) {
            if let Some(end) = self.sound_end
                && pts.ticks().abs_diff(end.ticks()) <= rounding.unsigned_abs()
            {
                pts = end;
                packet.pts = Some(pts);
                packet.dts = packet.dts.map(|_| pts);
            }
            self.sound_end = Some(pts.saturating_add(length));
        }
        let end = pts.saturating_add(packet.duration.unwrap_or(Ticks::ZERO));
        match self.kind {
            // What an encoder put in front of a later source would sound in the middle of the output.
            MediaKind::Audio if is_later && end <= start => return None,
            MediaKind::Audio if is_cut && pts < start.saturating_sub(self.delay) => return None,
            MediaKind::Audio | MediaKind::Video => {}
            _ if is_cut && end <= start => return None,
            _ => {}
        }
        if is_cut || is_later {
            packet.trim = Trim { start: Ticks::ZERO, ..packet.trim };
        }
        Some(packet)
    }

    /// Refuses packets that need other private data than the output has.
    fn check_parameters(&self, packet: &Packet) -> Result<()> {
        match packet.new_parameters.as_deref() {
            Some(parameters) if parameters.private != self.track.codec.private => {
                Err(Error::unsupported(
                    format!(
                        "a track whose parameters change on the way (track {}, at {})",
                        packet.track,
                        self.base.time(packet.pts.or(packet.dts).unwrap_or_default())
                    ),
                    "one set of parameters per track; decoding and encoding anew",
                ))
            }
            _ => Ok(()),
        }
    }

    fn is_behind_end(&self, packet: &Packet) -> bool {
        let time = packet.dts.or(packet.pts);
        self.stop.zip(time).is_some_and(|(stop, time)| time >= stop)
    }

    /// Keeps decoding times from going backwards where sources meet, and fills in times that follow from those before.
    fn count(&mut self, packet: &mut Packet) {
        if packet.pts.is_none() && packet.dts.is_none() {
            let next = self.last_dts.map_or(Timestamp::ZERO, |last| last.saturating_add(self.step));
            packet.dts = Some(next);
        }
        let dts = packet.dts.or(packet.pts).max(self.last_dts);
        if let (Some(last), Some(dts)) = (self.last_dts, dts)
            && dts > last
        {
            self.step = dts.since(last);
        }
        if packet.dts.is_some() {
            packet.dts = dts;
        }
        self.last_dts = dts;
        if !packet.discard
            && let Some(pts) = packet.pts
        {
            let length = packet.duration.unwrap_or(self.step).saturating_sub(packet.trim.end);
            self.shown = self.shown.max(Some(pts.saturating_add(length)));
        }
    }

    /// Where it ends in the output so far; `None` for what does not make a file longer.
    fn end(&self) -> Option<Time> {
        let counts = matches!(self.kind, MediaKind::Audio | MediaKind::Video) && !self.is_cover;
        self.shown.filter(|_| counts).map(|end| self.base.time(end))
    }
}
