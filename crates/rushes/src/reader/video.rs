//! One video output: filters or rate, then colour, size and turn straight into the chunk.

use rushes_convert::FrameRateConverter;
use rushes_core::{Error, FrameRate, Limits, PixelFormat, Result, TimeBase, VideoFrame};

use super::buffer::{ChunkBuffer, Growing};
use super::output::VideoOutput;
use crate::VideoChunk;
use crate::array::Pixels;
use crate::filter::VideoFiltering;
use crate::renderer::{Renderer, Wanted};

/// Memory of a chunk is taken in steps of this many bytes or more, and never for more frames than the chunk holds.
const STEP_BYTES: usize = 16 << 20;

#[derive(Debug)]
pub(super) struct VideoPipe {
    filter: Option<VideoFiltering>,
    rate: Option<FrameRateConverter>,
    /// Unit of the times of pictures behind `rate`, or behind the filters.
    base: TimeBase,
    wanted: Wanted,
    /// `None` where the first picture behind the filters decides the format.
    renderer: Option<Renderer>,
    frames_per_chunk: Option<usize>,
    limits: Limits,
    pub(super) buffer: ChunkBuffer<VideoChunk>,
}

impl Growing for VideoChunk {
    fn frames(&self) -> usize {
        Self::frames(self)
    }
}

impl VideoPipe {
    /// `source_rate` is the source's frame rate, for filters that ask.
    pub(super) fn new(
        output: &VideoOutput,
        base: TimeBase,
        source_rate: Option<FrameRate>,
        limits: &Limits,
    ) -> Self {
        let filter = output.extended.as_ref().map(|chain| {
            let upright = !output.raw_orientation;
            VideoFiltering::new(chain.clone(), base, source_rate, limits.clone(), upright)
        });
        let filtered = filter.is_some();
        let wanted = Wanted {
            format: output.format.unwrap_or(PixelFormat::Rgb24),
            width: output.width,
            height: output.height,
            kernel: output.kernel,
            // The filters turn pictures before they start.
            raw_orientation: output.raw_orientation || filtered,
            raw_aspect: output.raw_aspect || filtered,
        };
        let known = output.format.is_some() || !filtered;
        // The filters see to the rate themselves.
        let rate = output.frame_rate.filter(|_| !filtered);
        Self {
            filter,
            rate: rate.map(|rate| FrameRateConverter::new(base, rate)),
            base: rate.map_or(base, FrameRate::time_base),
            renderer: known.then(|| Renderer::new(wanted.clone())),
            wanted,
            frames_per_chunk: output.common.frames_per_chunk,
            limits: limits.clone(),
            buffer: ChunkBuffer::new(output.common.frames_per_chunk, output.common.chunks),
        }
    }

    /// Width and height as shown, once known.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.renderer.as_ref()?.size()
    }

    /// Format of the channels, once known.
    pub(super) fn format(&self) -> Option<PixelFormat> {
        self.renderer.as_ref().map(|_| self.wanted.format)
    }

    pub(super) fn push(&mut self, frame: VideoFrame) -> Result<()> {
        if let Some(filter) = &mut self.filter {
            filter.push(&frame)?;
            return self.add_filtered();
        }
        match &mut self.rate {
            Some(rate) => rate.push(frame)?,
            None => return self.add(&frame),
        }
        self.add_certain()
    }

    /// The source has ended.
    pub(super) fn finish(&mut self) -> Result<()> {
        if let Some(rate) = &mut self.rate {
            rate.finish();
        }
        if let Some(filter) = &mut self.filter {
            filter.finish();
        }
        let result = self.add_filtered().and_then(|()| self.add_certain());
        self.buffer.end();
        result
    }

    /// Forgets all frames, as after a seek.
    pub(super) fn reset(&mut self) {
        if let Some(rate) = &mut self.rate {
            rate.reset();
        }
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
        self.buffer.clear();
    }

    fn add_filtered(&mut self) -> Result<()> {
        while let Some(filter) = &mut self.filter
            && let Some((frame, base)) = filter.next()?
        {
            self.base = base;
            self.add(&frame)?;
        }
        Ok(())
    }

    fn add_certain(&mut self) -> Result<()> {
        while let Some(frame) = self.rate.as_mut().and_then(FrameRateConverter::next_frame) {
            self.add(&frame)?;
        }
        Ok(())
    }

    fn add(&mut self, frame: &VideoFrame) -> Result<()> {
        let Some(pts) = frame.pts else {
            return Err(Error::malformed(
                "a picture has no time, and none follows from those before",
            ));
        };
        let renderer = self.renderer.get_or_insert_with(|| {
            self.wanted.format = frame.format;
            Renderer::new(self.wanted.clone())
        });
        let (width, height) = renderer.settle(frame, &self.limits)?;
        let color = renderer.color(frame);
        let channels = renderer.channels();
        let (format, frames_per_chunk) = (self.wanted.format, self.frames_per_chunk);
        let (chunk, _) = self.buffer.open(|| VideoChunk {
            pixels: Pixels::of(format),
            times: Vec::new(),
            channels,
            height: height as usize,
            width: width as usize,
            format,
            color,
        });
        let frame_len = channels * width as usize * height as usize;
        make_room(chunk, frame_len, frames_per_chunk);
        let index = chunk.frames();
        renderer.render(frame, &mut chunk.pixels, index)?;
        chunk.times.push(self.base.time(pts));
        if Some(chunk.frames()) == frames_per_chunk {
            chunk.trim();
        }
        self.buffer.added();
        Ok(())
    }
}

impl VideoChunk {
    /// Cuts memory off that no frame was written to.
    pub(super) fn trim(&mut self) {
        let len = self.frames() * self.channels * self.height * self.width;
        self.pixels.resize(len);
    }
}

/// Makes sure that one more frame fits.
fn make_room(chunk: &mut VideoChunk, frame_len: usize, frames_per_chunk: Option<usize>) {
    let frames = chunk.frames();
    if chunk.pixels.len() >= (frames + 1) * frame_len {
        return;
    }
    let step = (STEP_BYTES / frame_len.max(1)).max(frames).max(1);
    let most = frames_per_chunk.map_or(step, |size| size.saturating_sub(frames).max(1));
    chunk.pixels.resize((frames + step.min(most)) * frame_len);
}
