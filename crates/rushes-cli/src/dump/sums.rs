//! Checksums and levels of what a track holds, taken while it streams by.

use std::fmt;

use md5::{Digest as _, Md5};
use rushes::convert::AudioPlan;
use rushes::{AudioFrame, ChannelLayout, Error, Packet, Sample, SampleFormat, VideoFrame};
use serde::{Serialize, Serializer};

/// An MD5, shown as 32 lower-case digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Sum([u8; 16]);

impl Sum {
    fn of(hasher: Md5) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What the packets of a track come to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Packets {
    count: u64,
    bytes: u64,
    keyframes: u64,
    md5: Sum,
}

/// Adds up packets.
#[derive(Debug, Default)]
pub(super) struct PacketSums {
    count: u64,
    bytes: u64,
    keyframes: u64,
    hasher: Md5,
}

impl PacketSums {
    pub(super) fn add(&mut self, packet: &Packet) {
        self.count += 1;
        self.bytes += packet.data.len() as u64;
        self.keyframes += u64::from(packet.key);
        let sum = Sum(Md5::digest(&packet.data).into());
        self.hasher.update(sum.to_string());
    }

    pub(super) fn finish(self) -> Packets {
        let Self { count, bytes, keyframes, hasher } = self;
        Packets { count, bytes, keyframes, md5: Sum::of(hasher) }
    }
}

/// The sum of a picture's pixels, packed without padding.
pub(super) fn picture(frame: &VideoFrame) -> Sum {
    let mut hasher = Md5::new();
    for plane in 0..frame.format.planes().len() {
        frame.rows(plane).for_each(|row| hasher.update(row));
    }
    Sum::of(hasher)
}

/// What the samples of a track come to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sound {
    pub(super) samples: u64,
    pub(super) sample_format: &'static str,
    pub(super) pcm_md5: Sum,
    pub(super) rms: Vec<f64>,
    pub(super) peak: Vec<f64>,
}

/// Adds up samples, all in the format and the channels of the first block: what changes in mid-stream is converted, as a reader
/// does it.
#[derive(Debug)]
pub(super) struct SoundSums {
    format: SampleFormat,
    layout: ChannelLayout,
    /// For blocks like the one before, if they are unlike the first; and what those are.
    plan: Option<((SampleFormat, ChannelLayout), AudioPlan)>,
    samples: u64,
    hasher: Md5,
    /// Per channel: sum of squares, and largest absolute value.
    levels: Vec<(f64, f64)>,
    interleaved: Vec<u8>,
}

impl SoundSums {
    /// For frames like this one.
    pub(super) fn new(frame: &AudioFrame) -> Self {
        Self {
            format: frame.format(),
            layout: frame.layout,
            plan: None,
            samples: 0,
            hasher: Md5::new(),
            levels: vec![(0.0, 0.0); usize::from(frame.layout.channels())],
            interleaved: Vec::new(),
        }
    }

    /// Adds a block; an error if there is no conversion from its channels to those of the first.
    pub(super) fn add(&mut self, frame: &AudioFrame) -> Result<(), Error> {
        let (source, target) = ((frame.format(), frame.layout), (self.format, self.layout));
        if source == target {
            return self.add_alike(frame);
        }
        let plan = match self.plan.take() {
            Some((known, plan)) if known == source => plan,
            _ => AudioPlan::new(source, target)?,
        };
        let (_, plan) = self.plan.insert((source, plan));
        let frame = plan.convert(frame)?;
        self.add_alike(&frame)
    }

    /// Adds a block like the first.
    fn add_alike(&mut self, frame: &AudioFrame) -> Result<(), Error> {
        match self.format {
            SampleFormat::U8 => self.add_samples::<u8>(frame),
            SampleFormat::S16 => self.add_samples::<i16>(frame),
            SampleFormat::S32 => self.add_samples::<i32>(frame),
            SampleFormat::S64 => self.add_samples::<i64>(frame),
            SampleFormat::F32 => self.add_samples::<f32>(frame),
            SampleFormat::F64 => self.add_samples::<f64>(frame),
            other => return Err(Error::unsupported(format!("a dump of {other} samples"), "")),
        }
        Ok(())
    }

    fn add_samples<T: Pcm>(&mut self, frame: &AudioFrame) {
        let mut planes = Vec::with_capacity(self.levels.len());
        for (channel, (squares, peak)) in self.levels.iter_mut().enumerate() {
            let plane = frame.plane::<T>(channel).unwrap_or_default();
            for sample in plane {
                let value = sample.level();
                *squares += value * value;
                *peak = peak.max(value.abs());
            }
            planes.push(plane);
        }
        self.interleaved.clear();
        for index in 0..frame.len() {
            for sample in planes.iter().filter_map(|plane| plane.get(index)) {
                sample.write(&mut self.interleaved);
            }
        }
        self.hasher.update(&self.interleaved);
        self.samples += frame.len() as u64;
    }

    pub(super) fn finish(self) -> Sound {
        let count = self.samples.max(1) as f64;
        Sound {
            samples: self.samples,
            sample_format: match self.format {
                SampleFormat::U8 | SampleFormat::S16 => "s16le",
                SampleFormat::S32 => "s32le",
                SampleFormat::F32 => "f32le",
                SampleFormat::F64 => "f64le",
                _ => "s64le",
            },
            pcm_md5: Sum::of(self.hasher),
            rms: self.levels.iter().map(|(squares, _)| (squares / count).sqrt()).collect(),
            peak: self.levels.iter().map(|(_, peak)| *peak).collect(),
        }
    }
}

/// A sample as the sum wants it: little-endian, and 8 bits widened to 16.
trait Pcm: Sample {
    fn write(self, to: &mut Vec<u8>);

    /// The value with full scale at 1.
    fn level(self) -> f64;
}

impl Pcm for u8 {
    fn write(self, to: &mut Vec<u8>) {
        to.extend(((i16::from(self) - 128) << 8).to_le_bytes());
    }

    fn level(self) -> f64 {
        (f64::from(self) - 128.0) / 128.0
    }
}

macro_rules! pcm {
    ($($type:ty, $scale:expr;)*) => {
        $(
            impl Pcm for $type {
                fn write(self, to: &mut Vec<u8>) {
                    to.extend(self.to_le_bytes());
                }

                fn level(self) -> f64 {
                    self as f64 / $scale
                }
            }
        )*
    };
}

pcm! {
    i16, 32_768.0;
    i32, 2_147_483_648.0;
    i64, 9_223_372_036_854_775_808.0;
    f32, 1.0;
    f64, 1.0;
}

#[cfg(test)]
mod tests {
    use rushes::{ChannelLayout, PixelFormat, Plane};

    use super::*;

    #[test]
    fn padding_is_no_part_of_a_picture() {
        let sum = |stride: usize, rows: &[u8]| {
            let plane = Plane::new(rows.to_vec(), stride);
            picture(&VideoFrame::new(PixelFormat::Gray8, 2, 2, vec![plane]).expect("fits"))
        };
        assert_eq!(sum(2, &[1, 2, 3, 4]), sum(3, &[1, 2, 9, 3, 4]));
        assert_ne!(sum(2, &[1, 2, 3, 4]), sum(2, &[1, 2, 3, 5]));
        // md5 of the bytes 1 2 3 4
        assert_eq!(sum(2, &[1, 2, 3, 4]).to_string(), "08d6c05a21512a79a1dfeb9d2a8f262f");
    }

    #[test]
    fn eight_bits_count_as_sixteen() {
        let sound = |frame: &AudioFrame| {
            let mut sums = SoundSums::new(frame);
            sums.add(frame).expect("like the first");
            sums.finish()
        };
        let narrow =
            AudioFrame::new(vec![0_u8, 128, 255, 128], ChannelLayout::STEREO, 8000).expect("fits");
        let wide = AudioFrame::new(vec![-32768_i16, 0, 127 << 8, 0], ChannelLayout::STEREO, 8000)
            .expect("fits");
        let (narrow, wide) = (sound(&narrow), sound(&wide));
        assert_eq!(narrow.pcm_md5, wide.pcm_md5);
        assert_eq!(narrow.peak, wide.peak);
        assert_eq!((narrow.samples, narrow.sample_format), (2, "s16le"));
        assert_eq!(wide.rms[0], 0.5_f64.sqrt());
    }

    #[test]
    fn what_changes_counts_as_the_first() {
        let half = |layout: ChannelLayout| {
            let values = vec![0.5_f32; 3 * usize::from(layout.channels())];
            AudioFrame::new(values, layout, 8000).expect("fits")
        };
        let mut sums = SoundSums::new(&half(ChannelLayout::MONO));
        for layout in [ChannelLayout::MONO, ChannelLayout::STEREO, ChannelLayout::MONO] {
            sums.add(&half(layout)).expect("mixes");
        }
        let wide = AudioFrame::new(vec![1_i16 << 14; 3], ChannelLayout::MONO, 8000).expect("fits");
        sums.add(&wide).expect("converts");
        let sound = sums.finish();
        assert_eq!((sound.samples, sound.sample_format), (12, "f32le"));
        // Two channels at -3 dB each.
        assert!((sound.peak[0] - 0.5_f64.sqrt()).abs() < 1e-6, "{}", sound.peak[0]);
        let squares = (0.25 * 9.0 + 0.5 * 3.0) / 12.0_f64;
        assert!((sound.rms[0] - squares.sqrt()).abs() < 1e-6, "{}", sound.rms[0]);
    }

    #[test]
    fn a_change_that_cannot_be_mixed_is_told() {
        let frame = |layout: ChannelLayout| {
            let values = vec![0_u8; usize::from(layout.channels())];
            AudioFrame::new(values, layout, 8000).expect("fits")
        };
        let high = ChannelLayout::from_mask(2, 0x5000);
        assert!(SoundSums::new(&frame(ChannelLayout::MONO)).add(&frame(high)).is_err());
    }
}
