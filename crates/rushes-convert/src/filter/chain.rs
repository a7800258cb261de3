//! Chains of filters: read from a description, and put to work on what comes in.

use std::sync::Arc;

use rushes_core::{
    AudioFrame, ColorInfo, Error, FrameMemory, FrameRate, Limits, MediaKind, PixelFormat, Ratio,
    Result, Rounding, SampleFormat, TimeBase, Timestamp, VideoFrame,
};

use super::audio::convert;
use super::option::Arguments;
use super::registry::{Build, FilterEntry, find};
use super::stage::{Pipeline, Stage};
use super::syntax;
use super::values::NamedFormat;
use crate::AudioSpec;

/// Filters one behind the other, read from a description in FFmpeg's syntax. Cheap to clone.
///
/// ```
/// use rushes_convert::FilterChain;
///
/// let chain = FilterChain::video("crop=iw/2:ih/2,scale=320:-2:flags=lanczos,hflip")?;
/// assert_eq!(chain.names().collect::<Vec<_>>(), ["crop", "scale", "hflip"]);
/// assert!(FilterChain::video("scale=colour=1").is_err());
/// assert!(FilterChain::audio("volume=-6dB,lowpass=f=3000").is_ok());
/// # Ok::<(), rushes_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FilterChain {
    kind: MediaKind,
    description: Arc<str>,
    filters: Arc<[Named]>,
}

#[derive(Clone, Debug)]
struct Named {
    entry: &'static FilterEntry,
    arguments: Arguments,
}

/// What goes into a chain of video filters, or comes out of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoSpec {
    /// Memory layout.
    pub format: PixelFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What the values mean.
    pub color: ColorInfo,
    /// Width of a pixel over its height.
    pub sample_aspect: Ratio,
    /// Unit of the times.
    pub time_base: TimeBase,
    /// Frames per second, where known.
    pub frame_rate: Option<FrameRate>,
}

impl VideoSpec {
    /// Pictures of a format and size, with times in `time_base`; of no particular colour, with square pixels.
    #[must_use]
    pub fn new(format: PixelFormat, width: u32, height: u32, time_base: TimeBase) -> Self {
        Self {
            format,
            width,
            height,
            color: ColorInfo::default(),
            sample_aspect: Ratio::ONE,
            time_base,
            frame_rate: None,
        }
    }

    /// Frames like this one, with times in `time_base`.
    #[must_use]
    pub const fn of(frame: &VideoFrame, time_base: TimeBase) -> Self {
        Self {
            format: frame.format,
            width: frame.width,
            height: frame.height,
            color: frame.color,
            sample_aspect: frame.sample_aspect,
            time_base,
            frame_rate: None,
        }
    }

    /// With a frame rate, which only expressions and `fps` ask for.
    #[must_use]
    pub const fn frame_rate(mut self, rate: Option<FrameRate>) -> Self {
        self.frame_rate = rate;
        self
    }

    /// True if a frame is like this.
    #[must_use]
    pub fn fits(&self, frame: &VideoFrame) -> bool {
        (self.format, self.width, self.height, self.color, self.sample_aspect)
            == (frame.format, frame.width, frame.height, frame.color, frame.sample_aspect)
    }
}

/// The end of a chain in the making: a video filter adds its stages, and leaves here what comes out.
#[derive(Debug)]
pub(super) struct VideoLink<'a> {
    pub(super) spec: VideoSpec,
    pub(super) stages: Vec<Box<dyn Stage<VideoFrame>>>,
    /// The formats that filters behind want, where they want any: scaling may go there at once.
    pub(super) wanted: Vec<NamedFormat>,
    pub(super) limits: &'a Limits,
}

/// The end of a chain in the making: an audio filter adds its stages, and leaves here what comes out.
#[derive(Debug)]
pub(super) struct AudioLink<'a> {
    pub(super) spec: AudioSpec,
    pub(super) stages: Vec<Box<dyn Stage<AudioFrame>>>,
    /// The format that the filter behind wants.
    pub(super) wanted: SampleFormat,
    pub(super) limits: &'a Limits,
}

impl FilterChain {
    /// Reads a description of video filters; an empty one is a chain without filters.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a filter that is not known, with those that are; [`Error::Usage`] for an option that is not
    /// known, or a value that it does not take.
    pub fn video(description: &str) -> Result<Self> {
        Self::parse(description, MediaKind::Video)
    }

    /// Reads a description of audio filters; an empty one is a chain without filters.
    ///
    /// # Errors
    /// As for [`video`](Self::video).
    pub fn audio(description: &str) -> Result<Self> {
        Self::parse(description, MediaKind::Audio)
    }

    fn parse(description: &str, kind: MediaKind) -> Result<Self> {
        let filters = syntax::chain(description)?
            .into_iter()
            .map(|written| {
                let entry = find(&written.name, kind)?;
                let arguments = Arguments::new(entry, syntax::arguments(&written.arguments))?;
                Ok(Named { entry, arguments })
            })
            .collect::<Result<_>>()?;
        Ok(Self { kind, description: description.into(), filters })
    }

    /// Video or audio.
    #[must_use]
    pub const fn kind(&self) -> MediaKind {
        self.kind
    }

    /// The description as it was given.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The names of the filters, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.filters.iter().map(|filter| filter.entry.name)
    }

    /// Puts video filters to work on frames of a kind.
    ///
    /// # Errors
    /// [`Error::Usage`] where the arguments do not fit what comes in, and for a chain of audio filters; [`Error::Limit`] for pictures that are too
    /// large; [`Error::Unsupported`] for a conversion that there is not.
    pub fn start_video(&self, input: VideoSpec, limits: &Limits) -> Result<VideoFilter> {
        let mut link = VideoLink { spec: input, stages: Vec::new(), wanted: Vec::new(), limits };
        for (index, filter) in self.filters.iter().enumerate() {
            let Build::Video(build) = filter.entry.build else {
                return Err(Error::usage("a chain of audio filters was given pictures"));
            };
            link.wanted = self.wanted_pixels(index)?;
            build(&filter.arguments, &mut link)?;
        }
        Ok(VideoFilter { input, output: link.spec, pipeline: Pipeline::new(link.stages) })
    }

    /// The formats of the next `format` behind a filter: all filters but `scale` pass on what they get.
    fn wanted_pixels(&self, index: usize) -> Result<Vec<NamedFormat>> {
        let next = self.filters[index + 1..]
            .iter()
            .find(|filter| matches!(filter.entry.name, "format" | "scale"));
        next.map_or_else(|| Ok(Vec::new()), |filter| filter.arguments.pixel_formats("pix_fmts"))
    }

    /// Puts audio filters to work on blocks of a kind, with times in `time_base`.
    ///
    /// # Errors
    /// As for [`start_video`](Self::start_video).
    pub fn start_audio(
        &self,
        input: AudioSpec,
        time_base: TimeBase,
        limits: &Limits,
    ) -> Result<AudioFilter> {
        let samples = TimeBase::per_second(input.sample_rate)
            .ok_or_else(|| Error::usage("sound with a sample rate of zero"))?;
        let wanted = input.format;
        let mut link = AudioLink { spec: input, stages: Vec::new(), wanted, limits };
        for (index, filter) in self.filters.iter().enumerate() {
            let Build::Audio(build) = filter.entry.build else {
                return Err(Error::usage("a chain of video filters was given sound"));
            };
            let format = convert::taken(filter.entry.name, &filter.arguments, link.spec.format)?;
            let taken = AudioSpec { format, ..link.spec };
            convert::add(&mut link, taken)?;
            link.wanted = self.wanted_samples(index, format)?;
            build(&filter.arguments, &mut link)?;
        }
        let output = link.spec;
        let base = TimeBase::per_second(output.sample_rate).unwrap_or(samples);
        let pipeline = Pipeline::new(link.stages);
        Ok(AudioFilter {
            input,
            input_base: time_base,
            samples,
            next: None,
            output,
            time_base: base,
            pipeline,
        })
    }

    /// The format in which the first filter behind that cares takes samples of a format.
    fn wanted_samples(&self, index: usize, mut format: SampleFormat) -> Result<SampleFormat> {
        for filter in &self.filters[index + 1..] {
            let wanted = convert::wanted(filter.entry.name, &filter.arguments, format)?;
            if wanted != format {
                format = wanted;
                break;
            }
        }
        Ok(format)
    }
}

/// Video filters at work: [`push`](Self::push) a frame, take all of [`next_frame`](Self::next_frame), and so on;
/// [`finish`](Self::finish) at the end.
#[derive(Debug)]
pub struct VideoFilter {
    input: VideoSpec,
    output: VideoSpec,
    pipeline: Pipeline<VideoFrame>,
}

/// Audio filters at work: [`push`](Self::push) a block, take all of [`next_frame`](Self::next_frame), and so on;
/// [`finish`](Self::finish) at the end.
#[derive(Debug)]
pub struct AudioFilter {
    input: AudioSpec,
    input_base: TimeBase,
    /// One tick per sample that comes in.
    samples: TimeBase,
    /// Where the next block is expected, in samples.
    next: Option<Timestamp>,
    output: AudioSpec,
    time_base: TimeBase,
    pipeline: Pipeline<AudioFrame>,
}

impl VideoFilter {
    /// What goes in.
    #[must_use]
    pub const fn input(&self) -> VideoSpec {
        self.input
    }

    /// What comes out.
    #[must_use]
    pub const fn output(&self) -> VideoSpec {
        self.output
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// [`Error::Usage`] for a frame of another kind, in device memory, after the end, or while frames wait to be taken.
    pub fn push(&mut self, frame: VideoFrame) -> Result<()> {
        check_state(&self.pipeline)?;
        if !self.input.fits(&frame) {
            return Err(Error::usage(format!(
                "a {}x{} {} frame, or one of another colour or shape, for filters of {}x{} {}",
                frame.width,
                frame.height,
                frame.format,
                self.input.width,
                self.input.height,
                self.input.format
            )));
        }
        if !matches!(frame.memory, FrameMemory::Host(_)) {
            return Err(Error::usage("a frame in device memory; download it first"));
        }
        self.pipeline.push(frame);
        Ok(())
    }

    /// The next frame that is ready; `None` where more must go in first, or nothing is left.
    ///
    /// # Errors
    /// [`Error::Limit`] where a filter holds too much; what a filter cannot do with a frame.
    pub fn next_frame(&mut self) -> Result<Option<VideoFrame>> {
        self.pipeline.next()
    }

    /// No more frames will come: what the filters hold can be taken.
    pub const fn finish(&mut self) {
        self.pipeline.finish();
    }

    /// Forgets all frames, as after a seek.
    pub fn reset(&mut self) {
        self.pipeline.reset();
    }
}

impl AudioFilter {
    /// What goes in.
    #[must_use]
    pub const fn input(&self) -> AudioSpec {
        self.input
    }

    /// What comes out.
    #[must_use]
    pub const fn output(&self) -> AudioSpec {
        self.output
    }

    /// Unit of the times of what comes out: a tick per sample.
    #[must_use]
    pub const fn time_base(&self) -> TimeBase {
        self.time_base
    }

    /// Takes a block. One without a time follows on the one before; the first starts at zero then. A time that is off by a tick
    /// follows on too, as container units are coarser than samples.
    ///
    /// # Errors
    /// [`Error::Usage`] for a block of another kind, after the end, or while blocks wait to be taken.
    pub fn push(&mut self, mut frame: AudioFrame) -> Result<()> {
        check_state(&self.pipeline)?;
        if AudioSpec::of(&frame) != self.input {
            return Err(Error::usage(format!(
                "{} {} samples at {} Hz for filters of {} {} at {} Hz",
                frame.layout,
                frame.format(),
                frame.sample_rate,
                self.input.layout,
                self.input.format,
                self.input.sample_rate
            )));
        }
        let pts = self.pts(frame.pts);
        let len = rushes_core::Ticks::new(frame.len() as u64);
        frame.pts = Some(pts);
        frame.duration = Some(len);
        self.next = Some(pts.saturating_add(len));
        self.pipeline.push(frame);
        Ok(())
    }

    fn pts(&self, given: Option<Timestamp>) -> Timestamp {
        let given = given.map(|pts| self.input_base.convert(pts, self.samples, Rounding::Nearest));
        let tick = self.input_base.rescale(1, self.samples, Rounding::Up);
        match (given, self.next) {
            (Some(given), Some(next)) => {
                let off = given.ticks().abs_diff(next.ticks());
                if off <= tick.unsigned_abs() && self.input_base != self.samples {
                    next
                } else {
                    given
                }
            }
            (given, next) => given.or(next).unwrap_or_default(),
        }
    }

    /// The next block that is ready; `None` where more must go in first, or nothing is left.
    ///
    /// # Errors
    /// [`Error::Limit`] where a filter holds too much; what a filter cannot do with a block.
    pub fn next_frame(&mut self) -> Result<Option<AudioFrame>> {
        self.pipeline.next()
    }

    /// No more blocks will come: what the filters hold can be taken.
    pub const fn finish(&mut self) {
        self.pipeline.finish();
    }

    /// Forgets all samples, as after a seek.
    pub fn reset(&mut self) {
        self.next = None;
        self.pipeline.reset();
    }
}

fn check_state<F>(pipeline: &Pipeline<F>) -> Result<()> {
    if pipeline.has_ended() {
        return Err(Error::usage("a frame after the end; reset the filters first"));
    }
    if pipeline.is_full() {
        return Err(Error::usage("frames wait behind the filters: take them first"));
    }
    Ok(())
}
