//! Filters at work for the reader and the writer: built for the frames that come, and anew where these change.

use rushes_convert::{AudioFilter, AudioSpec, FilterChain, VideoFilter, VideoSpec};
use rushes_core::{
    AudioFrame, FrameMemory, FrameRate, Limits, Result, Rotation, TimeBase, VideoFrame,
};

/// A chain of video filters and what it works on now.
#[derive(Debug)]
pub(crate) struct VideoFiltering {
    chain: FilterChain,
    /// Unit of the times that come in.
    base: TimeBase,
    rate: Option<FrameRate>,
    limits: Limits,
    /// Pictures are turned upright before the chain.
    upright: bool,
    running: Option<(VideoFilter, Rotation)>,
    /// The first frame of another kind: it waits until the filters gave all that was before.
    waiting: Option<VideoFrame>,
    ended: bool,
}

impl VideoFiltering {
    pub(crate) const fn new(
        chain: FilterChain,
        base: TimeBase,
        rate: Option<FrameRate>,
        limits: Limits,
        upright: bool,
    ) -> Self {
        Self { chain, base, rate, limits, upright, running: None, waiting: None, ended: false }
    }

    /// Takes a frame; all of [`next`](Self::next) is to be taken before the next one.
    pub(crate) fn push(&mut self, frame: &VideoFrame) -> Result<()> {
        let frame = in_host_memory(frame)?;
        let fits = |(filter, rotation): &(VideoFilter, Rotation)| {
            filter.input().fits(&frame) && *rotation == frame.rotation
        };
        if self.running.as_ref().is_some_and(fits) {
            return self.feed(frame);
        }
        if let Some((filter, _)) = &mut self.running {
            filter.finish();
        }
        self.waiting = Some(frame);
        Ok(())
    }

    fn feed(&mut self, mut frame: VideoFrame) -> Result<()> {
        if self.upright {
            frame.rotation = Rotation::NONE;
        }
        self.running.as_mut().map_or(Ok(()), |(filter, _)| filter.push(frame))
    }

    /// The next frame that is ready, and the unit of its time.
    pub(crate) fn next(&mut self) -> Result<Option<(VideoFrame, TimeBase)>> {
        loop {
            if let Some((filter, _)) = &mut self.running
                && let Some(frame) = filter.next_frame()?
            {
                return Ok(Some((frame, filter.output().time_base)));
            }
            let Some(frame) = self.waiting.take() else { return Ok(None) };
            let spec = VideoSpec::of(&frame, self.base).frame_rate(self.rate);
            let turn = if self.upright { frame.rotation } else { Rotation::NONE };
            let chain = turned_before(&self.chain, turn)?;
            self.running = Some((chain.start_video(spec, &self.limits)?, frame.rotation));
            self.feed(frame)?;
            if let Some((filter, _)) = self.running.as_mut().filter(|_| self.ended) {
                filter.finish();
            }
        }
    }

    /// No more frames will come.
    pub(crate) const fn finish(&mut self) {
        self.ended = true;
        if let Some((filter, _)) = &mut self.running {
            filter.finish();
        }
    }

    /// Forgets all frames.
    pub(crate) fn reset(&mut self) {
        (self.waiting, self.ended) = (None, false);
        if let Some((filter, _)) = &mut self.running {
            filter.reset();
        }
    }
}

/// The chain behind filters that turn pictures upright, as FFmpeg puts them there.
pub(crate) fn turned_before(chain: &FilterChain, rotation: Rotation) -> Result<FilterChain> {
    let mirror = if rotation.is_mirrored() { "hflip," } else { "" };
    let turn = match rotation.degrees() {
        90 => "transpose=clock,",
        180 => "hflip,vflip,",
        270 => "transpose=cclock,",
        _ if mirror.is_empty() => return Ok(chain.clone()),
        _ => "",
    };
    let rest = if chain.names().next().is_none() { "null" } else { chain.description() };
    FilterChain::video(&format!("{mirror}{turn}{rest}"))
}

fn in_host_memory(frame: &VideoFrame) -> Result<VideoFrame> {
    let mut frame = frame.clone();
    if let FrameMemory::Device(memory) = &frame.memory {
        frame.memory = FrameMemory::Host(memory.download()?);
    }
    Ok(frame)
}

/// A chain of audio filters and what it works on now.
#[derive(Debug)]
pub(crate) struct AudioFiltering {
    chain: FilterChain,
    /// Unit of the times that come in.
    base: TimeBase,
    limits: Limits,
    running: Option<AudioFilter>,
    /// The first block of another kind: it waits until the filters gave all that was before.
    waiting: Option<AudioFrame>,
    ended: bool,
}

impl AudioFiltering {
    pub(crate) const fn new(chain: FilterChain, base: TimeBase, limits: Limits) -> Self {
        Self { chain, base, limits, running: None, waiting: None, ended: false }
    }

    /// Takes a block; all of [`next`](Self::next) is to be taken before the next one.
    pub(crate) fn push(&mut self, frame: AudioFrame) -> Result<()> {
        match &mut self.running {
            Some(filter) if filter.input() == AudioSpec::of(&frame) => return filter.push(frame),
            Some(filter) => filter.finish(),
            None => {}
        }
        self.waiting = Some(frame);
        Ok(())
    }

    /// The next block that is ready, and the unit of its time.
    pub(crate) fn next(&mut self) -> Result<Option<(AudioFrame, TimeBase)>> {
        loop {
            if let Some(filter) = &mut self.running
                && let Some(frame) = filter.next_frame()?
            {
                return Ok(Some((frame, filter.time_base())));
            }
            let Some(frame) = self.waiting.take() else { return Ok(None) };
            let spec = AudioSpec::of(&frame);
            let filter =
                self.running.insert(self.chain.start_audio(spec, self.base, &self.limits)?);
            filter.push(frame)?;
            if self.ended {
                filter.finish();
            }
        }
    }

    /// No more blocks will come.
    pub(crate) const fn finish(&mut self) {
        self.ended = true;
        if let Some(filter) = &mut self.running {
            filter.finish();
        }
    }

    /// Forgets all samples.
    pub(crate) fn reset(&mut self) {
        (self.waiting, self.ended) = (None, false);
        if let Some(filter) = &mut self.running {
            filter.reset();
        }
    }
}
