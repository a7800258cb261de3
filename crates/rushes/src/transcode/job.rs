//! The work of a transcode: frame by frame, with times on the output's timeline.

use std::ops::ControlFlow;

use rushes_core::{
    AudioFrame, Error, Frame, Result, Rounding, Ticks, Time, TimeBase, Timestamp, VideoFrame,
};

use super::{TranscodeProgress, TranscodeSummary};
use crate::{AudioInputId, FrameReader, OpenWriter, VideoInputId};

/// How far a block of samples may lie from where the last one ended without a gap being made or samples being cut, in nanoseconds:
/// times of live recordings wander that much.
const JITTER: i64 = 20_000_000;

pub(super) type Progress<'a> = Box<dyn FnMut(&TranscodeProgress) -> ControlFlow<()> + 'a>;

/// The work under way.
pub(super) struct Job<'a> {
    pub(super) writer: OpenWriter,
    pub(super) video: Option<VideoInputId>,
    pub(super) audio: Option<AudioInputId>,
    /// The time in the source that is zero in the output.
    pub(super) origin: Time,
    /// The time in the source where the output ends.
    pub(super) to: Option<Time>,
    pub(super) end: Option<Time>,
    /// Time of the last picture in the source.
    pub(super) last_video: Option<Time>,
    /// Where the last samples ended in the source.
    pub(super) audio_end: Option<Time>,
    pub(super) reached: Time,
    pub(super) progress: Option<Progress<'a>>,
    pub(super) summary: TranscodeSummary,
}

impl Job<'_> {
    /// Takes the frames of the selected tracks one by one until all lie behind the end.
    pub(super) fn run(mut self, reader: &mut FrameReader) -> Result<TranscodeSummary> {
        let mut open = [self.summary.video_track, self.summary.audio_track];
        while open.iter().any(Option::is_some) {
            let Some(found) = reader.next_frame()? else { break };
            let done = match found.frame {
                Frame::Video(frame) => self.video_frame(frame, found.time_base)?,
                Frame::Audio(frame) => self.audio_frame(frame, found.time_base)?,
                _ => false,
            };
            if done {
                open = open.map(|track| track.filter(|track| *track != found.track));
            }
            if self.report().is_break() {
                self.summary.cancelled = true;
                break;
            }
        }
        self.summary.bytes = self.writer.written_bytes();
        self.writer.finish()?;
        Ok(self.summary)
    }

    /// Encodes a picture; true if it lies behind the end.
    fn video_frame(&mut self, mut frame: VideoFrame, base: TimeBase) -> Result<bool> {
        let Some(input) = self.video else { return Ok(true) };
        if let Some(pts) = frame.pts {
            if self.to.is_some_and(|to| base.time(pts) >= to) {
                return Ok(true);
            }
            let time = base.time(pts);
            if self.last_video.is_some_and(|last| time <= last) {
                self.summary.dropped += 1;
                return Ok(false);
            }
            self.last_video = Some(time);
            frame.pts = Some(self.shifted(pts, base));
        }
        self.writer.write_video_frame(input, &frame, base)?;
        self.summary.video_frames += 1;
        self.reach(frame.pts, base);
        Ok(false)
    }

    /// Encodes a block of samples, up to the end; true if it lies behind it.
    fn audio_frame(&mut self, mut frame: AudioFrame, base: TimeBase) -> Result<bool> {
        let Some(input) = self.audio else { return Ok(true) };
        let samples = TimeBase::per_second(frame.sample_rate)
            .ok_or_else(|| Error::malformed("sound with a sample rate of zero"))?;
        if let Some(pts) = frame.pts {
            let pts = base.time(pts);
            if let Some(to) = self.to {
                let wanted = minus(to, pts).to_base(samples, Rounding::Nearest).ticks();
                let wanted = usize::try_from(wanted).unwrap_or(0);
                if wanted == 0 {
                    return Ok(true);
                }
                frame.trim(0, frame.len().saturating_sub(wanted));
            }
            if !self.fit(&mut frame, pts, base, samples) {
                self.summary.dropped += 1;
                return Ok(false);
            }
        }
        self.writer.write_audio_frame(input, &frame, base)?;
        self.summary.audio_samples += frame.len() as u64;
        if let Some(end) = self.audio_end {
            self.reached = self.reached.max(minus(end, self.origin));
        }
        Ok(false)
    }

    /// Joins a block to the one before: a time that is off by no more than its container's rounding or by [`JITTER`] counts as following on,
    /// and what overlaps is cut. False if nothing is left.
    fn fit(
        &mut self,
        frame: &mut AudioFrame,
        pts: Time,
        base: TimeBase,
        samples: TimeBase,
    ) -> bool {
        let unit = TimeBase::nanoseconds();
        let at = |time: Time| time.to_base(unit, Rounding::Nearest).ticks();
        let allowed = base.rescale(1, unit, Rounding::Up).max(JITTER);
        let off = self.audio_end.map(|end| at(pts).saturating_sub(at(end)));
        let start = match (off, self.audio_end) {
            (Some(off), Some(end)) if off.unsigned_abs() <= allowed.unsigned_abs() => {
                frame.pts = None;
                end
            }
            (Some(off), Some(end)) if off < 0 => {
                let overlap = unit.rescale(off.saturating_neg(), samples, Rounding::Nearest);
                frame.trim(usize::try_from(overlap).unwrap_or(usize::MAX), 0);
                frame.pts = None;
                end
            }
            _ => {
                frame.pts = frame.pts.map(|pts| self.shifted(pts, base));
                pts
            }
        };
        let len = i64::try_from(frame.len()).unwrap_or(i64::MAX);
        let end = start.to_base(samples, Rounding::Nearest).saturating_offset(len);
        self.audio_end = Some(samples.time(end));
        !frame.is_empty()
    }

    /// A time of the source on the output's timeline, never before its start.
    fn shifted(&self, pts: Timestamp, base: TimeBase) -> Timestamp {
        let origin = self.origin.to_base(base, Rounding::Nearest);
        pts.saturating_offset(origin.ticks().saturating_neg()).max(Timestamp::ZERO)
    }

    fn reach(&mut self, pts: Option<Timestamp>, base: TimeBase) {
        if let Some(pts) = pts {
            self.reached = self.reached.max(base.time(pts));
        }
    }

    fn report(&mut self) -> ControlFlow<()> {
        let Some(progress) = &mut self.progress else { return ControlFlow::Continue(()) };
        progress(&TranscodeProgress {
            video_frames: self.summary.video_frames,
            audio_samples: self.summary.audio_samples,
            bytes: self.writer.written_bytes(),
            time: self.reached,
            end: self.end,
        })
    }
}

/// `time - origin`, zero at the least.
pub(super) fn minus(time: Time, origin: Time) -> Time {
    let origin = origin.to_base(time.base(), Rounding::Nearest);
    let length = time.ticks().since(origin);
    time.base().time(Timestamp::ZERO.saturating_add(Ticks::new(length.count())))
}
