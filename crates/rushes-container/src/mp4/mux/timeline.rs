//! From the times of packets to an edit list (ISO/IEC 14496-12, 8.6.5 and 8.6.6).
//!
//! Media time starts at zero with the first sample that is decoded, and no sample is presented before it is decoded.
//! The edit list maps that to what the packets say: presentation starts at the first thing shown, everything in front
//! of it (priming, leading pictures) is skipped by the media time of the edit, everything behind the last thing shown
//! (padding) is cut off by its duration, and a start that is not zero is an empty edit.

use rushes_core::{Error, Result};

use crate::gcd::gcd;
use crate::mp4::boxes::{Elst, ElstEntry};

/// Ticks per second of the movie header where nothing asks for more.
const MOVIE_TIMESCALE: u32 = 1000;

/// What is known so far of when a track is presented, in ticks of its media header.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timeline {
    first_dts: Option<i64>,
    first_pts: Option<i64>,
    /// Start of the first thing shown.
    start: Option<i64>,
    /// Presentation time of the last packet of which something is shown.
    last_shown: Option<i64>,
    /// End of the last thing shown.
    end: Option<i64>,
    /// Presentation time of the first packet behind the start of which nothing is shown.
    hidden: Option<i64>,
    /// The last thing shown was cut at its end.
    is_cut: bool,
}

/// A sample on the presentation timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) pts: i64,
    pub(super) dts: i64,
    /// Cut off the start.
    pub(super) trim_start: i64,
    /// Cut off the end.
    pub(super) trim_end: i64,
    /// Nothing of it is shown.
    pub(super) is_hidden: bool,
    /// Presentation is in the order of decoding.
    pub(super) is_audio: bool,
}

/// When a track is presented.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Presentation {
    /// Length of the empty edit in front, in ticks of the media header.
    pub(super) start: u64,
    /// Length of what is shown, in the same ticks.
    pub(super) length: u64,
    /// Where that starts in the media.
    pub(super) media_time: i64,
    /// What the offsets of presentation must be raised by, so that none is negative.
    pub(super) composition_shift: i32,
}

impl Timeline {
    /// Refuses what one edit cannot say: a cut between two things shown.
    pub(super) fn check(&self, sample: &Shown) -> Result<()> {
        let inner = if sample.is_hidden {
            let start = self.start.unwrap_or(i64::MAX).max(0);
            sample.pts >= start && self.last_shown.is_some_and(|last| last > sample.pts)
        } else {
            (sample.is_audio && self.is_cut)
                || (sample.is_audio && sample.trim_start > 0 && self.start.is_some())
                || self.hidden.is_some_and(|hidden| hidden < sample.pts)
        };
        if inner {
            return Err(Error::unsupported(
                format!("a cut inside a track, at tick {}", sample.pts),
                "cuts at the start and at the end",
            ));
        }
        Ok(())
    }

    /// Takes a sample in. Its end comes with [`end`](Self::end), when its duration is known.
    pub(super) fn push(&mut self, sample: &Shown) {
        self.first_dts.get_or_insert(sample.dts);
        let first = self.first_pts.get_or_insert(sample.pts);
        *first = sample.pts.min(*first);
        if sample.is_hidden {
            if self.start.is_some_and(|start| sample.pts >= start.max(0)) {
                let hidden = self.hidden.get_or_insert(sample.pts);
                *hidden = sample.pts.min(*hidden);
            }
            return;
        }
        let start = sample.pts.saturating_add(sample.trim_start);
        self.start = Some(self.start.map_or(start, |known| known.min(start)));
        self.last_shown = self.last_shown.max(Some(sample.pts));
        self.is_cut = sample.trim_end > 0;
    }

    /// Says how long a sample that is shown lasts, trims included.
    pub(super) fn end(&mut self, sample: &Shown, duration: i64) {
        if !sample.is_hidden {
            let end = sample.pts.saturating_add(duration).saturating_sub(sample.trim_end);
            self.end = self.end.max(Some(end));
        }
    }

    /// How much is heard of a sample that comes next and lasts `duration`, where its end is cut off; `None` where it
    /// is not.
    pub(super) fn heard(&self, sample: &Shown, duration: Option<u32>) -> Option<u32> {
        let is_behind = self.start.is_some_and(|start| sample.pts >= start);
        if !sample.is_audio || !(sample.trim_end > 0 || sample.is_hidden && is_behind) {
            return None;
        }
        let cut = u32::try_from(sample.trim_end).unwrap_or(u32::MAX);
        if sample.is_hidden { Some(0) } else { duration.map(|length| length.saturating_sub(cut)) }
    }

    /// When the first sample is decoded, and the earliest presentation; `None` without samples.
    pub(super) fn first(&self) -> Option<(i64, i64)> {
        self.first_dts.zip(self.first_pts)
    }

    /// When the track is presented. `smallest_offset` is the smallest offset of presentation from decoding.
    pub(super) fn presentation(&self, smallest_offset: i32) -> Presentation {
        let composition_shift = smallest_offset.min(0).saturating_neg();
        let first_dts = self.first_dts.unwrap_or(0);
        let start = self.start.or(self.first_pts).unwrap_or(0).max(0);
        let end = self.end.unwrap_or(start).max(start);
        let media_time =
            start.saturating_sub(first_dts).saturating_add(i64::from(composition_shift));
        Presentation {
            start: start.unsigned_abs(),
            length: end.abs_diff(start),
            media_time,
            composition_shift,
        }
    }
}

impl Presentation {
    /// The edit list for fragments, whose length is not known: it shows all that follows. `None` where it would say
    /// nothing.
    pub(super) fn open_edits(&self, scale: MovieScale, timescale: u32) -> Option<Elst> {
        if self.start == 0 && self.media_time == 0 {
            return None;
        }
        let edit = |duration, media_time| ElstEntry { duration, media_time, rate: 0x0001_0000 };
        let late = (self.start > 0).then(|| edit(scale.convert(self.start, timescale), -1));
        Some(Elst { entries: late.into_iter().chain([edit(0, self.media_time)]).collect() })
    }

    /// The edit list; `None` where it would say nothing. `media_length` is the length of all samples.
    pub(super) fn edits(
        &self,
        media_length: u64,
        scale: MovieScale,
        timescale: u32,
    ) -> Option<Elst> {
        let is_whole = self.length == media_length;
        if self.start == 0 && self.media_time == 0 && self.composition_shift == 0 && is_whole {
            return None;
        }
        let edit = |ticks, media_time| ElstEntry {
            duration: scale.convert(ticks, timescale),
            media_time,
            rate: 0x0001_0000,
        };
        let mut entries = Vec::new();
        if self.start > 0 {
            entries.push(edit(self.start, -1));
        }
        entries.push(edit(self.length, self.media_time));
        Some(Elst { entries })
    }
}

/// Ticks per second of the movie header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct MovieScale(pub(super) u32);

impl MovieScale {
    /// The smallest multiple of 1000 in which all these lengths (ticks, ticks per second) are whole numbers, so that
    /// padding is cut to the very sample, times as much as it takes to tick no slower than any of the tracks: readers
    /// take a difference of up to one tick for rounding. Lengths that would ask for more than 32 bits are rounded instead.
    pub(super) fn for_lengths(lengths: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut finest = MOVIE_TIMESCALE;
        let scale = lengths.fold(MOVIE_TIMESCALE, |scale, (ticks, timescale)| {
            finest = finest.max(timescale);
            let common = gcd(ticks % u64::from(timescale.max(1)), u64::from(timescale.max(1)));
            let needed = u64::from(timescale.max(1)) / common;
            let multiple = u64::from(scale) / gcd(u64::from(scale), needed) * needed;
            u32::try_from(multiple).unwrap_or(scale)
        });
        Self(scale.checked_mul(finest.div_ceil(scale)).unwrap_or(scale))
    }

    /// A length in ticks of the movie header, rounded to the nearest.
    pub(super) fn convert(self, ticks: u64, timescale: u32) -> u64 {
        let timescale = u128::from(timescale.max(1));
        let converted = (u128::from(ticks) * u128::from(self.0) + timescale / 2) / timescale;
        // All ones mean "unknown".
        u64::try_from(converted).unwrap_or(u64::MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pts: i64, dts: i64) -> Shown {
        Shown { pts, dts, trim_start: 0, trim_end: 0, is_hidden: false, is_audio: true }
    }

    fn hidden(pts: i64) -> Shown {
        Shown { is_hidden: true, ..shown(pts, pts) }
    }

    fn run(samples: &[Shown], duration: i64) -> Result<Presentation> {
        let mut timeline = Timeline::default();
        for sample in samples {
            timeline.check(sample)?;
            timeline.push(sample);
            timeline.end(sample, duration);
        }
        let offset = samples.iter().map(|sample| sample.pts - sample.dts).min().unwrap_or(0);
        Ok(timeline.presentation(i32::try_from(offset).expect("small")))
    }

    fn check(samples: &[Shown], expected: (u64, u64, i64, i32)) {
        let found = run(samples, 10).expect("one edit");
        let (start, length, media_time, composition_shift) = expected;
        let expected = Presentation { start, length, media_time, composition_shift };
        assert_eq!(found, expected, "{samples:?}");
    }

    #[test]
    fn presentation_follows_the_packets() {
        check(&[], (0, 0, 0, 0));
        check(&[shown(0, 0), shown(10, 10)], (0, 20, 0, 0));
        // B-frames: decoding starts before presentation, or presentation is early.
        check(&[shown(0, -10), shown(20, 0), shown(10, 10)], (0, 30, 10, 0));
        check(&[shown(10, 0), shown(30, 10), shown(20, 20)], (10, 30, 10, 0));
        check(&[shown(0, 0), shown(20, 10), shown(10, 20)], (0, 30, 10, 10));
        // Priming and padding.
        let padded = Shown { trim_end: 4, ..shown(8, 8) };
        check(&[shown(-12, -12), shown(-2, -2), padded], (0, 14, 12, 0));
        let skipped = Shown { trim_start: 3, ..shown(0, 0) };
        check(&[skipped, shown(10, 10)], (3, 17, 3, 0));
        // A late start, and packets that only decoding needs.
        check(&[shown(50, 50), shown(60, 60)], (50, 20, 0, 0));
        check(&[hidden(-5), shown(5, 5), hidden(3), hidden(15)], (5, 10, 10, 0));
        check(&[hidden(5), hidden(15)], (5, 0, 0, 0));
    }

    #[test]
    fn inner_cuts_are_refused() {
        let cut = Shown { trim_end: 1, ..shown(0, 0) };
        let late = Shown { trim_start: 1, ..shown(10, 10) };
        for samples in [
            &[cut, shown(10, 10)][..],
            &[shown(0, 0), late],
            &[shown(0, 0), hidden(10), shown(20, 20)],
            &[shown(0, 0), shown(20, 10), hidden(10)],
        ] {
            assert!(matches!(run(samples, 10), Err(Error::Unsupported(_))), "{samples:?}");
        }
        assert!(run(&[shown(0, 0), cut], 10).is_ok());
        assert!(run(&[cut, hidden(10)], 10).is_ok());
    }

    #[test]
    fn movie_ticks_are_exact_where_32_bits_allow() {
        let check = |lengths: &[(u64, u32)], expected| {
            let scale = MovieScale::for_lengths(lengths.iter().copied());
            assert_eq!(scale, MovieScale(expected), "{lengths:?}");
            for &(ticks, timescale) in lengths {
                let converted = scale.convert(ticks, timescale);
                let exact = u128::from(converted) * u128::from(timescale)
                    == u128::from(ticks) * u128::from(scale.0);
                assert!(exact || expected == 1_000_000_000, "{ticks}/{timescale}");
            }
        };
        check(&[], 1000);
        check(&[(390 * 1001, 30_000), (208_896, 16_000)], 30_000);
        check(&[(1023, 48_000)], 48_000);
        check(&[(44_101, 44_100)], 441_000);
        check(&[(1, 48_000), (1, 44_100), (1, 30_000)], 35_280_000);
        check(&[(1, 1_000_000_000), (1, 999_999_937)], 1_000_000_000);
    }
}
