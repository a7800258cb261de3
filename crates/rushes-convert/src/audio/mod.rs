//! Sample formats and channels.

mod mix;
mod sample;

use rushes_core::{AudioFrame, ChannelLayout, Error, Result, SampleFormat};

use self::mix::Matrix;
use self::sample::Real;

pub(crate) use self::sample::Scale;

/// Conversion of sample format and channels, planned once.
///
/// Values scale as in FFmpeg: full scale of an integer format is 1.0, out of range is clipped, to a nearer integer is
/// rounded (halves to even), from a wider integer is cut off. What is not a number becomes 0. Channels mix as in FFmpeg's
/// `swresample` by default: centre and surround at -3 dB, the LFE dropped, and the sum held within full scale if the
/// target's format is of integers.
#[derive(Debug)]
pub struct AudioPlan {
    source: (SampleFormat, ChannelLayout),
    target: (SampleFormat, ChannelLayout),
    matrix: Option<Matrix>,
}

impl AudioPlan {
    /// Plans a conversion.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for layouts without a known mix.
    pub fn new(
        source: (SampleFormat, ChannelLayout),
        target: (SampleFormat, ChannelLayout),
    ) -> Result<Self> {
        let matrix = Matrix::new(source.1, target.1, !target.0.is_float())?;
        Ok(Self { source, target, matrix })
    }

    /// Converts one block; times stay as they are. A block that is as the target already is passed on without a copy.
    ///
    /// # Errors
    /// [`Error::Usage`] if the frame does not fit the plan.
    pub fn convert(&mut self, frame: &AudioFrame) -> Result<AudioFrame> {
        if (frame.format(), frame.layout) != self.source {
            return Err(Error::usage(format!(
                "{} {} samples for a plan of {} {}",
                frame.layout,
                frame.format(),
                self.source.1,
                self.source.0
            )));
        }
        if self.source.0 == self.target.0 && self.matrix.is_none() {
            let mut frame = frame.clone();
            frame.layout = self.target.1;
            return Ok(frame);
        }
        match self.source.0 {
            SampleFormat::U8 => self.convert_from::<u8>(frame),
            SampleFormat::S16 => self.convert_from::<i16>(frame),
            SampleFormat::S32 => self.convert_from::<i32>(frame),
            SampleFormat::S64 => self.convert_from::<i64>(frame),
            SampleFormat::F32 => self.convert_from::<f32>(frame),
            SampleFormat::F64 => self.convert_from::<f64>(frame),
            other => Err(Error::unsupported(format!("sample format {other}"), "")),
        }
    }

    fn convert_from<A: Scale>(&self, frame: &AudioFrame) -> Result<AudioFrame> {
        match self.target.0 {
            SampleFormat::U8 => self.convert_between::<A, u8>(frame),
            SampleFormat::S16 => self.convert_between::<A, i16>(frame),
            SampleFormat::S32 => self.convert_between::<A, i32>(frame),
            SampleFormat::S64 => self.convert_between::<A, i64>(frame),
            SampleFormat::F32 => self.convert_between::<A, f32>(frame),
            SampleFormat::F64 => self.convert_between::<A, f64>(frame),
            other => Err(Error::unsupported(format!("sample format {other}"), "")),
        }
    }

    fn convert_between<A: Scale, B: Scale>(&self, frame: &AudioFrame) -> Result<AudioFrame> {
        let channels = usize::from(self.source.1.channels());
        let planes: Vec<&[A]> = (0..channels).filter_map(|channel| frame.plane(channel)).collect();
        let samples: Vec<B> = match &self.matrix {
            None => planes
                .iter()
                .flat_map(|plane| plane.iter().map(|value| B::convert(*value)))
                .collect(),
            // f32 holds 24 bits: enough where both sides have no more.
            Some(matrix) if narrow(self.source.0) && narrow(self.target.0) => {
                mixed::<A, f32, B>(matrix, &planes, frame.len())
            }
            Some(matrix) => mixed::<A, f64, B>(matrix, &planes, frame.len()),
        };
        let mut converted = AudioFrame::new(samples, self.target.1, frame.sample_rate)?;
        converted.pts = frame.pts;
        converted.duration = frame.duration;
        Ok(converted)
    }
}

const fn narrow(format: SampleFormat) -> bool {
    matches!(format, SampleFormat::U8 | SampleFormat::S16 | SampleFormat::F32)
}

/// The planes, mixed in the precision of `R`.
fn mixed<A: Scale, R: Real, B: Scale>(matrix: &Matrix, planes: &[&[A]], len: usize) -> Vec<B> {
    let mut out = Vec::with_capacity(matrix.rows().len() * len);
    let mut sums = vec![R::default(); len];
    for row in matrix.rows() {
        sums.fill(R::default());
        for (plane, factor) in planes.iter().zip(row).filter(|(_, factor)| **factor != 0.0) {
            let factor = R::convert(*factor);
            for (sum, value) in sums.iter_mut().zip(*plane) {
                *sum = *sum + R::convert(*value) * factor;
            }
        }
        out.extend(sums.iter().map(|sum| B::convert(*sum)));
    }
    out
}

#[cfg(test)]
mod tests {
    use rushes_core::{Sample, Timestamp};

    use super::*;

    fn run<A: Sample, B: Sample>(samples: &[A], from: ChannelLayout, to: ChannelLayout) -> Vec<B> {
        let mut frame = AudioFrame::from_interleaved(samples, from, 48_000).expect("divides");
        frame.pts = Some(Timestamp::new(7));
        let mut plan = AudioPlan::new((A::FORMAT, from), (B::FORMAT, to)).expect("known");
        let out = plan.convert(&frame).expect("fits");
        assert_eq!((out.pts, out.layout, out.len()), (frame.pts, to, frame.len()));
        let channels = usize::from(to.channels());
        (0..out.len())
            .flat_map(|i| (0..channels).map(move |channel| (i, channel)))
            .filter_map(|(i, channel)| out.plane::<B>(channel)?.get(i).copied())
            .collect()
    }

    #[test]
    fn channels_are_mixed() {
        let (mono, stereo) = (ChannelLayout::MONO, ChannelLayout::STEREO);
        // These are what FFmpeg 5.1's swresample gives.
        assert_eq!(run::<i16, i16>(&[16_384, 0, 0, 16_384], stereo, mono), [8192, 8192]);
        assert_eq!(run::<i16, i16>(&[16_384], mono, stereo), [11_585, 11_585]);
        let loud = run::<f32, f32>(&[0.5, 0.5], stereo, mono);
        assert!((loud[0] - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6);
        assert_eq!(run::<i16, i16>(&[i16::MAX, i16::MAX], stereo, mono), [i16::MAX]);
        assert_eq!(run::<i16, i16>(&[i16::MIN, i16::MIN], stereo, mono), [i16::MIN]);
    }

    #[test]
    fn frames_that_do_not_fit_are_refused() {
        let mono = ChannelLayout::MONO;
        let mut plan =
            AudioPlan::new((SampleFormat::S16, mono), (SampleFormat::F32, mono)).expect("known");
        let frame = AudioFrame::new(vec![0_u8], mono, 8000).expect("divides");
        assert!(plan.convert(&frame).is_err());
        let frame = AudioFrame::new(vec![0_i16; 2], ChannelLayout::STEREO, 8000).expect("divides");
        assert!(plan.convert(&frame).is_err());
        let frame = AudioFrame::new(Vec::<i16>::new(), mono, 8000).expect("divides");
        assert!(plan.convert(&frame).expect("fits").is_empty());
    }

    #[test]
    fn trimmed_frames_keep_their_part() {
        let mono = ChannelLayout::MONO;
        let mut plan =
            AudioPlan::new((SampleFormat::S16, mono), (SampleFormat::S32, mono)).expect("known");
        let mut frame = AudioFrame::new(vec![1_i16, 2, 3, 4], mono, 8000).expect("divides");
        frame.trim(1, 1);
        let out = plan.convert(&frame).expect("fits");
        assert_eq!(out.plane::<i32>(0), Some(&[2 << 16, 3 << 16][..]));
    }
}
