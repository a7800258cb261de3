//! What encoders of sound have in common: frames of any length go in, packets of one length come out.

use std::collections::VecDeque;

use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecParameters, Error, Frame, MediaParameters,
    Packet, Result, Sample, Ticks, TimeBase, Timestamp, Trim,
};

use crate::{Encoder, EncoderOptions};

/// Longest gap between frames that is filled with silence, in seconds. Beyond it, a wrong time is likelier than a pause.
const LONGEST_GAP: u64 = 600;

/// Turns blocks of interleaved samples into packets.
pub(crate) trait Coder<T>: Send {
    /// Encodes a block, which has as many samples as [`Shape::block`] says, or fewer at the end where
    /// [`Shape::shrinks`]. Packets come in order, now or later.
    fn encode(&mut self, samples: &[T], ready: &mut Vec<Vec<u8>>) -> Result<()>;

    /// No more blocks will come: gives the packets that are still inside.
    fn finish(&mut self, _ready: &mut Vec<Vec<u8>>) -> Result<()> {
        Ok(())
    }

    /// Puts what only the end tells into the parameters.
    fn complete(&self, _parameters: &mut CodecParameters) {}
}

/// What goes in and out.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The encoder, for errors.
    pub(crate) name: &'static str,
    pub(crate) parameters: CodecParameters,
    /// What goes in.
    pub(crate) layout: ChannelLayout,
    pub(crate) sample_rate: u32,
    /// Unit of all times; a sample lasts a whole number of ticks.
    pub(crate) time_base: TimeBase,
    /// Samples per channel of a packet.
    pub(crate) block: usize,
    /// Samples per channel that the encoder makes up at the start.
    pub(crate) delay: u64,
    /// Samples per channel beyond the delay that must follow the last one, for a decoder to give it.
    pub(crate) tail: u64,
    /// The last block may be shorter; else it is filled up.
    pub(crate) shrinks: bool,
}

/// The encoder around a coder.
pub(crate) struct SoundEncoder<T, C> {
    coder: C,
    shape: Shape,
    ticks_per_sample: u64,
    /// Interleaved samples that wait for a block.
    waiting: Vec<T>,
    /// Time of the first sample.
    start: Option<Timestamp>,
    /// Samples per channel that went in, filled gaps included.
    samples: u64,
    /// Packets that came out.
    packets: u64,
    ready: VecDeque<Packet>,
    finished: bool,
}

/// The sound that an encoder shall take.
pub(crate) fn sound<'o>(options: &'o EncoderOptions, name: &str) -> Result<&'o AudioParameters> {
    match &options.media {
        MediaParameters::Audio(audio) => Ok(audio),
        _ => Err(Error::usage(format!("{name} takes audio"))),
    }
}

impl<T: Sample, C: Coder<T> + 'static> SoundEncoder<T, C> {
    pub(crate) fn boxed(coder: C, shape: Shape) -> Result<Box<dyn Encoder>> {
        let clock = u64::from(shape.time_base.denom());
        let rate = u64::from(shape.sample_rate).max(1);
        if !clock.is_multiple_of(rate) || shape.time_base.numer() != 1 {
            return Err(Error::usage(format!("{} takes no sound at {rate} Hz", shape.name)));
        }
        Ok(Box::new(Self {
            coder,
            shape,
            ticks_per_sample: clock / rate,
            waiting: Vec::new(),
            start: None,
            samples: 0,
            packets: 0,
            ready: VecDeque::new(),
            finished: false,
        }))
    }
}

impl<T: Sample, C: Coder<T>> Encoder for SoundEncoder<T, C> {
    fn parameters(&self) -> &CodecParameters {
        &self.shape.parameters
    }

    fn time_base(&self) -> TimeBase {
        self.shape.time_base
    }

    fn submit(&mut self, frame: &Frame) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the encoder was finished"));
        }
        let Frame::Audio(frame) = frame else {
            return Err(Error::usage(format!("{} takes audio frames", self.shape.name)));
        };
        let planes = self.planes(frame)?;
        let mut gap = self.gap(frame.pts)?;
        while gap > 0 {
            // Sound has no other way to leave time out than silence.
            let step = gap.min(self.shape.block as u64);
            let length = usize::try_from(step).unwrap_or(0) * planes.len();
            self.waiting.resize(self.waiting.len() + length, T::default());
            self.samples += step;
            gap -= step;
            self.encode()?;
        }
        let mut at = 0;
        while at < frame.len() {
            let step = (self.shape.block - self.waiting.len() / planes.len()).min(frame.len() - at);
            for index in at..at + step {
                self.waiting.extend(planes.iter().map(|plane| plane[index]));
            }
            self.samples += step as u64;
            at += step;
            self.encode()?;
        }
        Ok(())
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        Ok(self.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.finished, true) || self.samples == 0 {
            return Ok(());
        }
        let Shape { block, delay, tail, shrinks, .. } = self.shape;
        let channels = usize::from(self.shape.layout.channels());
        let mut ready = Vec::new();
        if shrinks {
            if !self.waiting.is_empty() {
                self.coder.encode(&self.waiting, &mut ready)?;
            }
        } else {
            // Silence drives out what is still inside.
            let blocks = (self.samples + delay + tail).div_ceil(block as u64);
            for _ in self.samples / block as u64..blocks {
                self.waiting.resize(block * channels, T::default());
                self.coder.encode(&self.waiting, &mut ready)?;
                self.waiting.clear();
            }
        }
        self.coder.finish(&mut ready)?;
        self.push(ready);
        self.coder.complete(&mut self.shape.parameters);
        let end = self.packets * block as u64;
        let padding = self.ticks(end.saturating_sub(self.samples + delay));
        if let Some(last) = self.ready.back_mut() {
            if shrinks {
                last.duration = last.duration.map(|ticks| ticks.saturating_sub(padding));
            } else {
                last.trim = Trim { start: Ticks::ZERO, end: padding };
            }
        }
        Ok(())
    }
}

impl<T: Sample, C: Coder<T>> SoundEncoder<T, C> {
    const fn ticks(&self, samples: u64) -> Ticks {
        Ticks::new(samples.saturating_mul(self.ticks_per_sample))
    }

    fn planes<'f>(&self, frame: &'f AudioFrame) -> Result<Vec<&'f [T]>> {
        let Shape { name, layout, sample_rate, .. } = &self.shape;
        let channels = layout.channels();
        let planes: Vec<_> =
            (0..usize::from(channels)).filter_map(|channel| frame.plane::<T>(channel)).collect();
        if frame.layout.channels() == channels
            && planes.len() == usize::from(channels)
            && frame.sample_rate == *sample_rate
        {
            return Ok(planes);
        }
        Err(Error::usage(format!(
            "{name} was made for {channels} channels of {} at {sample_rate} Hz, not {} of {} at {} Hz",
            T::FORMAT,
            frame.layout.channels(),
            frame.format(),
            frame.sample_rate
        )))
    }

    /// Samples between the end of what went in and a frame of this time.
    fn gap(&mut self, pts: Option<Timestamp>) -> Result<u64> {
        let Some(pts) = pts else {
            self.start.get_or_insert(Timestamp::ZERO);
            return Ok(0);
        };
        let start = *self.start.get_or_insert(pts);
        let expected = start.saturating_add(self.ticks(self.samples));
        let base = self.shape.time_base;
        if pts < expected {
            return Err(Error::usage(format!(
                "audio goes back in time: {} after {}",
                base.time(pts),
                base.time(expected)
            )));
        }
        // What is less than a sample is no gap.
        let gap = pts.since(expected).count() / self.ticks_per_sample;
        if gap > LONGEST_GAP * u64::from(self.shape.sample_rate) {
            return Err(Error::usage(format!(
                "audio has a gap of more than {LONGEST_GAP} s before {}",
                base.time(pts)
            )));
        }
        Ok(gap)
    }

    /// Encodes what waits, if it is a block.
    fn encode(&mut self) -> Result<()> {
        let length = self.shape.block * usize::from(self.shape.layout.channels());
        if self.waiting.len() < length {
            return Ok(());
        }
        let mut ready = Vec::new();
        self.coder.encode(&self.waiting[..length], &mut ready)?;
        self.waiting.drain(..length);
        self.push(ready);
        Ok(())
    }

    fn push(&mut self, packets: Vec<Vec<u8>>) {
        let start = self.start.unwrap_or(Timestamp::ZERO);
        let block = self.shape.block as u64;
        for data in packets {
            let pts = start
                .saturating_add(self.ticks(self.packets.saturating_mul(block)))
                .saturating_sub(self.ticks(self.shape.delay));
            self.packets += 1;
            self.ready.push_back(
                Packet::new(0, data)
                    .with_pts(pts)
                    .with_dts(pts)
                    .with_duration(self.ticks(block))
                    .with_key(true),
            );
        }
    }
}
