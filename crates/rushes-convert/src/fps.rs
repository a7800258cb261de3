//! Frame rates: dropping and repeating whole frames.

use std::collections::VecDeque;

use rushes_core::{
    Error, FrameRate, Result, Rounding, Ticks, Time, TimeBase, Timestamp, VideoFrame,
};

/// Makes a constant frame rate by dropping and repeating frames, as FFmpeg's `fps` filter does.
/// Output times are in the frame rate's own time base: one tick per frame.
///
/// Each input time is rounded to the nearest tick (halves away from zero) unless told otherwise. From the first frame's tick on, each tick
/// shows the last frame whose tick is not later; the last frame is shown until its end, rounded likewise.
#[derive(Debug)]
pub struct FrameRateConverter {
    rate: FrameRate,
    base: TimeBase,
    rounding: FrameRateRounding,
    /// The end of the last frame is rounded up, whatever `rounding` says.
    end_up: bool,
    /// Time of the first output frame: in the input's unit, and in ticks.
    start: Option<(i64, i64)>,
    /// Frames that may still be shown, with their ticks.
    frames: VecDeque<(VideoFrame, i64)>,
    /// The tick of the next output frame, once there is a first one.
    next: Option<i64>,
    /// Input time of the last frame, and where it ends.
    last: Option<(Timestamp, Timestamp)>,
    finished: bool,
}

/// To which tick of a frame rate a time belongs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum FrameRateRounding {
    /// Towards zero.
    Zero,
    /// Away from zero.
    Away,
    /// To the one before.
    Down,
    /// To the one behind.
    Up,
    /// To the nearest; halves away from zero.
    #[default]
    Nearest,
}

impl FrameRateConverter {
    /// Converts frames with times in `base` to `rate`.
    #[must_use]
    pub const fn new(base: TimeBase, rate: FrameRate) -> Self {
        Self {
            rate,
            base,
            rounding: FrameRateRounding::Nearest,
            end_up: false,
            start: None,
            frames: VecDeque::new(),
            next: None,
            last: None,
            finished: false,
        }
    }

    /// Sets how times are rounded. Default: to the nearest tick.
    #[must_use]
    pub const fn rounding(mut self, rounding: FrameRateRounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Shows the last frame to the tick behind its end. Default: to the tick that its end is rounded to.
    #[must_use]
    pub const fn whole_last_frame(mut self) -> Self {
        self.end_up = true;
        self
    }

    /// Sets when the first output frame is, to be called after [`rounding`](Self::rounding): the first input frame fills what is
    /// before it, and what ends before it is dropped. Default: when the first input frame is.
    #[must_use]
    pub fn start(mut self, time: Time) -> Self {
        let rescale = |to| Self::rescaled(time.base(), time.ticks().ticks(), to, self.rounding);
        let (input, tick) = (rescale(self.base), rescale(self.rate.time_base()));
        self.start = Some((input, tick));
        self.next = Some(tick);
        self
    }

    /// Takes a frame; output frames come from [`next_frame`](Self::next_frame).
    ///
    /// A frame without a duration lasts as long as the one before it did, or one output frame.
    ///
    /// # Errors
    /// [`Error::Usage`] for a frame without a time, or after [`finish`](Self::finish).
    pub fn push(&mut self, frame: VideoFrame) -> Result<()> {
        let Some(pts) = frame.pts else {
            return Err(Error::usage("a frame without a time cannot be given a frame rate"));
        };
        if self.finished {
            return Err(Error::usage("a frame after the end; reset the converter first"));
        }
        let known = frame.duration.filter(|duration| *duration != Ticks::ZERO);
        let duration = known.unwrap_or_else(|| match self.last {
            Some((before, _)) if before < pts => pts.since(before),
            _ => self.rate.time_base().convert_ticks(Ticks::new(1), self.base, Rounding::Nearest),
        });
        self.last = Some((pts, pts.saturating_add(duration)));
        let tick = self.tick(pts, self.rounding);
        self.frames.push_back((frame, tick));
        Ok(())
    }

    /// The next output frame that is certain; `None` where more input is needed.
    pub fn next_frame(&mut self) -> Option<VideoFrame> {
        loop {
            let (frame, tick) = self.frames.front()?;
            let end = match (self.frames.get(1), self.last) {
                (Some((_, tick)), _) => *tick,
                (None, Some((_, end))) if self.finished && self.end_up => {
                    self.tick(end, FrameRateRounding::Up)
                }
                (None, Some((_, end))) if self.finished => self.tick(end, self.rounding),
                _ => return None,
            };
            let next = self.next.unwrap_or(*tick);
            if end <= next {
                self.next = Some(next);
                self.frames.pop_front();
                continue;
            }
            let mut shown = frame.clone();
            shown.pts = Some(Timestamp::new(next));
            shown.duration = Some(Ticks::new(1));
            // Below `end`, so that there is a tick after it.
            self.next = Some(next + 1);
            return Some(shown);
        }
    }

    /// No more frames will come: the last ones are certain now.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Forgets all frames.
    pub fn reset(&mut self) {
        self.frames.clear();
        self.next = self.start.map(|(_, tick)| tick);
        (self.last, self.finished) = (None, false);
    }

    fn tick(&self, pts: Timestamp, rounding: FrameRateRounding) -> i64 {
        let (input, tick) = self.start.unwrap_or_default();
        let since = pts.ticks().saturating_sub(input);
        tick.saturating_add(Self::rescaled(self.base, since, self.rate.time_base(), rounding))
    }

    fn rescaled(from: TimeBase, value: i64, to: TimeBase, how: FrameRateRounding) -> i64 {
        let rounding = match (how, value < 0) {
            (FrameRateRounding::Nearest, _) => Rounding::Nearest,
            (FrameRateRounding::Down, _)
            | (FrameRateRounding::Zero, false)
            | (FrameRateRounding::Away, true) => Rounding::Down,
            _ => Rounding::Up,
        };
        from.rescale(value, to, rounding)
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{PixelFormat, Plane};

    use super::*;

    /// A picture that holds its index.
    fn frame(index: usize, pts: i64, duration: Option<u64>) -> VideoFrame {
        let value = u8::try_from(index % 251).expect("below 251");
        let planes = vec![Plane::new(vec![value], 1)];
        let mut frame = VideoFrame::new(PixelFormat::Gray8, 1, 1, planes).expect("one pixel");
        frame.pts = Some(Timestamp::new(pts));
        frame.duration = duration.map(Ticks::new);
        frame
    }

    /// The first output tick, and which input frame each tick shows. The last frame lasts `last`.
    fn convert(pts: &[i64], last: u64, base: (u32, u32), rate: (u32, u32)) -> (i64, Vec<u8>) {
        let base = TimeBase::new(base.0, base.1).expect("not zero");
        let rate = FrameRate::new(rate.0, rate.1).expect("not zero");
        let mut converter = FrameRateConverter::new(base, rate);
        let mut ticks = Vec::new();
        let mut shown = Vec::new();
        let mut drain = |converter: &mut FrameRateConverter| {
            while let Some(frame) = converter.next_frame() {
                shown.push(frame.planes().expect("host")[0].data()[0]);
                ticks.push(frame.pts.expect("a time").ticks());
                assert_eq!(frame.duration, Some(Ticks::new(1)));
            }
        };
        for (index, pts) in pts.iter().enumerate() {
            converter.push(frame(index, *pts, Some(last))).expect("a time");
            drain(&mut converter);
        }
        converter.finish();
        drain(&mut converter);
        assert!(ticks.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        (ticks.first().copied().unwrap_or_default(), shown)
    }

    /// Checked against what FFmpeg 5.1's `fps` filter makes of the same times.
    #[test]
    fn frames_are_those_of_ffmpeg() {
        let check = |pts: &[i64], last, base, rate, start: i64, expected: &[u8]| {
            let out = convert(pts, last, base, rate);
            assert_eq!(out, (start, expected.to_vec()), "{pts:?} to {rate:?}");
        };
        let steady: Vec<i64> = (0..10).collect();
        let base = (1, 25);
        check(&steady, 1, base, (2997, 100), 0, &[0, 1, 2, 2, 3, 4, 5, 6, 7, 7, 8, 9]);
        check(&steady, 1, base, (10, 1), 0, &[1, 3, 6, 8]);
        check(&steady, 1, base, (25, 1), 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        check(&steady, 1, base, (7, 1), 0, &[1, 5, 8]);
        check(&steady, 1, base, (25, 2), 0, &[0, 2, 4, 6, 8]);
        let uneven = [33, 50, 101, 186, 305, 458, 645, 866, 1121, 1410];
        check(
            &uneven,
            323,
            (1, 1000),
            (10, 1),
            0,
            &[0, 2, 3, 4, 4, 5, 6, 6, 6, 7, 7, 8, 8, 8, 9, 9, 9],
        );
        let runs = [1, 1, 3, 3, 5, 5, 7, 8, 8, 10];
        let expected: Vec<u8> = (0..).zip(runs).flat_map(|(index, run)| vec![index; run]).collect();
        check(&uneven, 323, (1, 1000), (30, 1), 1, &expected);
    }

    #[test]
    fn counts_are_those_of_ffmpeg() {
        let pts: Vec<i64> = (0..390).collect();
        for (rate, count) in [
            ((30, 1), 390),
            ((10, 1), 130),
            ((25, 1), 325),
            ((30_000, 1001), 390),
            ((60, 1), 781),
            ((24_000, 1001), 312),
        ] {
            assert_eq!(convert(&pts, 1, (1001, 30_000), rate).1.len(), count, "{rate:?}");
        }
    }

    #[test]
    fn the_last_frame_without_a_duration_lasts_as_the_one_before() {
        let base = TimeBase::new(1, 1000).expect("not zero");
        let rate = FrameRate::new(10, 1).expect("not zero");
        let count = |pts: &[i64]| {
            let mut converter = FrameRateConverter::new(base, rate);
            for (index, pts) in pts.iter().enumerate() {
                converter.push(frame(index, *pts, None)).expect("a time");
            }
            converter.finish();
            std::iter::from_fn(|| converter.next_frame()).count()
        };
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&[0]), 1);
        assert_eq!(count(&[0, 300]), 6);
        assert_eq!(count(&[-250, -50]), 5);
    }

    #[test]
    fn odd_times_neither_panic_nor_hang() {
        for pts in [[i64::MAX, i64::MAX], [i64::MAX, i64::MIN], [5, 5], [5, 3]] {
            assert!(convert(&pts, 1, (1, 1), (1, u32::MAX)).1.len() < 3, "{pts:?}");
        }
        let mut converter = FrameRateConverter::new(
            TimeBase::nanoseconds(),
            FrameRate::new(1, 1).expect("not zero"),
        );
        let mut timeless = frame(0, 0, None);
        timeless.pts = None;
        assert!(converter.push(timeless).is_err());
        converter.finish();
        assert!(converter.push(frame(0, 0, None)).is_err());
        converter.reset();
        assert!(converter.push(frame(0, 0, None)).is_ok());
        assert!(converter.next_frame().is_none());
    }
}
