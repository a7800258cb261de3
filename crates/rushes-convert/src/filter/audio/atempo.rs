//! `atempo`: faster or slower at the same pitch.
//!
//! Waveform similarity overlap-add, as FFmpeg's `atempo` does it: overlapping pieces are taken at the new speed, each moved by up to half
//! its length to where it fits the one before best, and blended. The number of samples is FFmpeg's up to a piece; the
//! samples are not, as the sums are rounded otherwise.

use std::f64::consts::TAU;

use rushes_core::{AudioFrame, ChannelLayout, MediaKind, Result};

use super::super::chain::AudioLink;
use super::super::number::{real, truncated};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::Stage;
use super::fft::Correlator;
use super::{pts, set_time};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "atempo",
    kind: MediaKind::Audio,
    help: "Play sound faster or slower at the same pitch; samples that are not finite count as silence",
    options: &[FilterOption::new(
        &["tempo"],
        Kind::Number { min: 0.5, max: 100.0 },
        "1",
        "The speed",
    )],
    places: 1,
    left_out: &[],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let tempo = arguments.number("tempo")?;
    link.stages.push(Box::new(Tempo::new(tempo, link.spec.sample_rate, link.spec.layout)));
    Ok(())
}

#[derive(Debug)]
struct Tempo {
    tempo: f64,
    rate: u32,
    layout: ChannelLayout,
    /// Samples of a piece, a power of two; pieces overlap by half.
    window: usize,
    /// Hann's window.
    weights: Vec<f32>,
    correlator: Correlator,
    correlation: Vec<f32>,
    /// Samples of each channel that came, from `dropped` on.
    input: Vec<Vec<f32>>,
    dropped: i64,
    previous: Option<Piece>,
    start: Option<i64>,
    given: i64,
    output: Vec<Vec<f32>>,
    ended: bool,
    done: bool,
}

/// A part of the input, and where it goes.
#[derive(Debug)]
struct Piece {
    from: i64,
    to: i64,
    /// All of one length: the window's, or less at the end.
    channels: Vec<Vec<f32>>,
}

impl Piece {
    fn len(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// The loudest channel at each sample.
    fn mono(&self) -> Vec<f32> {
        let mut mono = vec![0.0_f32; self.len()];
        for channel in &self.channels {
            for (mono, sample) in mono.iter_mut().zip(channel) {
                if sample.abs() > mono.abs() {
                    *mono = *sample;
                }
            }
        }
        mono
    }
}

fn signed(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Tempo {
    fn new(tempo: f64, rate: u32, layout: ChannelLayout) -> Self {
        // A 24th of a second: what speech repeats itself within.
        let window = (rate as usize / 24).next_power_of_two().clamp(16, 1 << 16);
        #[expect(clippy::cast_possible_truncation, reason = "weights are within 0 to 1")]
        let weight = |index: usize| {
            (0.5 * (1.0 - (TAU * real(signed(index)) / real(signed(window - 1))).cos())) as f32
        };
        let channels = usize::from(layout.channels());
        Self {
            tempo,
            rate,
            layout,
            window,
            weights: (0..window).map(weight).collect(),
            correlator: Correlator::new(window),
            correlation: vec![0.0; window],
            input: vec![Vec::new(); channels],
            dropped: 0,
            previous: None,
            start: None,
            given: 0,
            output: vec![Vec::new(); channels],
            ended: false,
            done: false,
        }
    }

    /// Samples that came.
    fn taken(&self) -> i64 {
        self.dropped.saturating_add(signed(self.input.first().map_or(0, Vec::len)))
    }

    /// A part of the input of the window's length, less at the end; before the start is silence. `None` where more must come first.
    fn piece(&self, from: i64, to: i64) -> Option<Piece> {
        let end = from.saturating_add(signed(self.window));
        let taken = self.taken();
        if end > taken && !self.ended {
            return None;
        }
        let channels = self.input.iter().map(|input| {
            let silence = usize::try_from(-from.min(0)).unwrap_or(0).min(self.window);
            let index = |at: i64| usize::try_from(at - self.dropped).unwrap_or(0).min(input.len());
            let mut samples = vec![0.0; silence];
            samples.extend(
                &input[index(from.max(0))..index(end.max(0).min(taken)).max(index(from.max(0)))],
            );
            samples
        });
        Some(Piece { from, to, channels: channels.collect() })
    }

    /// How far to the left a piece must move to fit the one before best.
    fn correction(&mut self, previous: &Piece, piece: &Piece) -> i64 {
        let (window, half) = (signed(self.window), signed(self.window / 2));
        let ideal = real(previous.to.saturating_add(half)) * self.tempo;
        let drift = truncated(ideal - real(previous.from.saturating_add(half))).unwrap_or(0);
        let (mut earlier, mut later) = (previous.mono(), piece.mono());
        earlier.resize(self.window, 0.0);
        later.resize(self.window, 0.0);
        self.correlator.correlate(&earlier, &later, &mut self.correlation);
        let first = (-drift).clamp(0, window);
        let last = (window - drift).min(window - window / 16).max(0);
        let mut best = (f64::MIN, -drift);
        for shift in first..last {
            let correlation =
                usize::try_from(shift).ok().and_then(|shift| self.correlation.get(shift));
            let edges = real(drift + shift) * real(shift - first) * real(last - shift);
            let metric = f64::from(correlation.copied().unwrap_or_default()) * edges;
            if metric > best.0 {
                best = (metric, shift - half);
            }
        }
        best.1
    }

    /// Makes what can be made; true if there may be more.
    fn advance(&mut self) -> bool {
        let half = signed(self.window / 2);
        if self.done || self.taken() == 0 {
            return false;
        }
        let Some(previous) = self.previous.take() else {
            // Half a window early, so that the first half needs no weights of its own.
            self.previous = self.piece(-half, -half);
            let short = self.previous.as_ref().is_some_and(|piece| piece.len() < self.window);
            if let Some(piece) = self.previous.take_if(|_| short) {
                self.copy(&piece, self.window / 2);
                self.done = true;
            }
            return self.previous.is_some();
        };
        let step = truncated(self.tempo * real(half)).unwrap_or(0);
        let (from, to) = (previous.from.saturating_add(step), previous.to.saturating_add(half));
        let Some(mut piece) = self.piece(from, to) else {
            self.previous = Some(previous);
            return false;
        };
        let correction = self.correction(&previous, &piece);
        if correction != 0 {
            match self.piece(from.saturating_sub(correction), to) {
                Some(moved) => piece = moved,
                None => {
                    self.previous = Some(previous);
                    return false;
                }
            }
        }
        self.blend(&previous, &piece);
        let end = piece.from.saturating_add(signed(piece.len()));
        if self.ended && piece.len() < self.window && end >= self.taken() {
            self.copy(&piece, self.window / 2);
            self.done = true;
            return false;
        }
        self.forget(piece.from.saturating_add(step).saturating_sub(2 * half));
        self.previous = Some(piece);
        true
    }

    /// The second half of a piece with the first half of the next.
    fn blend(&mut self, previous: &Piece, piece: &Piece) {
        let half = self.window / 2;
        for ((before, after), output) in
            previous.channels.iter().zip(&piece.channels).zip(&mut self.output)
        {
            let before = before.iter().zip(&self.weights).skip(half);
            let after = after.iter().zip(&self.weights).take(half);
            output.extend(
                before.zip(after).map(|((a, falling), (b, rising))| a * falling + b * rising),
            );
        }
    }

    /// What is left of the last piece.
    fn copy(&mut self, piece: &Piece, from: usize) {
        for (channel, output) in piece.channels.iter().zip(&mut self.output) {
            output.extend(channel.get(from..).unwrap_or_default());
        }
    }

    /// Drops input that no piece can reach any more.
    fn forget(&mut self, before: i64) {
        let count = usize::try_from(before.saturating_sub(self.dropped)).unwrap_or(0);
        let count = count.min(self.input.first().map_or(0, Vec::len));
        if count > 4 * self.window {
            self.input.iter_mut().for_each(|channel| drop(channel.drain(..count)));
            self.dropped = self.dropped.saturating_add(signed(count));
        }
    }
}

impl Stage<AudioFrame> for Tempo {
    fn push(&mut self, frame: AudioFrame) -> Result<()> {
        self.start = self.start.or(Some(pts(&frame)));
        for (channel, input) in self.input.iter_mut().enumerate() {
            let samples = frame.plane::<f32>(channel).unwrap_or_default();
            input.extend(
                samples.iter().map(|sample| if sample.is_finite() { *sample } else { 0.0 }),
            );
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<AudioFrame>> {
        while self.output[0].is_empty() && self.advance() {}
        let made: Vec<Vec<f32>> = self.output.iter_mut().map(std::mem::take).collect();
        if made[0].is_empty() {
            return Ok(None);
        }
        let mut frame = AudioFrame::new(made.concat(), self.layout, self.rate)?;
        set_time(&mut frame, self.start.unwrap_or_default().saturating_add(self.given));
        self.given = self.given.saturating_add(super::len(&frame));
        Ok(Some(frame))
    }

    fn finish(&mut self) -> Result<()> {
        self.ended = true;
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.tempo, self.rate, self.layout);
    }
}
