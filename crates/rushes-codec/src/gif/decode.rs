//! The GIF decoder: images on their canvas, which comes out whole.

use rushes_core::{
    CodecParameters, ColorInfo, ColorRange, Error, Frame, Limits, MatrixCoefficients, Packet,
    PixelFormat, Ratio, Result, VideoFrame,
};

use super::blocks::{Content, Control, Image, Palette, Screen};
use super::lzw;
use crate::canvas::{Area, Canvas, Disposal};
use crate::{Decoder, DecoderOptions, options};

/// What is transparent, as FFmpeg has it: white without alpha.
const TRANSPARENT: [u8; 4] = [255, 255, 255, 0];

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let video = parameters.as_video();
    Ok(Box::new(GifDecoder {
        stage: None,
        aspect: video.and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
        ready: None,
        finished: false,
    }))
}

struct GifDecoder {
    stage: Option<Stage>,
    aspect: Ratio,
    limits: Limits,
    ready: Option<VideoFrame>,
    finished: bool,
}

/// The screen, and what images have left on it.
struct Stage {
    screen: Screen,
    canvas: Canvas,
}

impl Decoder for GifDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let drawn = self.draw(&packet.data).inspect_err(|_| self.stage = None)?;
        let Some(mut frame) = drawn else { return Ok(()) };
        frame.color = ColorInfo::new(MatrixCoefficients::Identity, ColorRange::Full);
        frame.sample_aspect = self.aspect;
        frame.pts = packet.pts;
        frame.duration = packet.duration;
        frame.key = packet.key;
        self.ready = Some(frame).filter(|_| !packet.discard);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.take().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.stage = None;
        self.ready = None;
        self.finished = false;
    }
}

impl GifDecoder {
    /// Draws the image of a packet; `None` where it builds on others that are lost.
    fn draw(&mut self, data: &[u8]) -> Result<Option<VideoFrame>> {
        let content = Content::read(data)?;
        if let Some(screen) = content.screen {
            self.stage = Some(Stage::new(screen, content.control, &self.limits)?);
        }
        let Some(stage) = &mut self.stage else { return Ok(None) };
        let image = content.image.ok_or_else(|| Error::malformed("a frame without an image"))?;
        stage.draw(&image, content.control)?;
        let (width, height) = (stage.screen.width, stage.screen.height);
        let frame = VideoFrame::new(PixelFormat::Bgra, width, height, vec![stage.canvas.plane()]);
        frame.map(Some).map_err(|error| Error::malformed(error.to_string()))
    }
}

impl Stage {
    /// An empty screen, in front of an image with this control: transparent if that is, too.
    fn new(screen: Screen, control: Control, limits: &Limits) -> Result<Self> {
        if screen.width == 0 || screen.height == 0 {
            return Err(Error::malformed("a screen of no size"));
        }
        let color = match control.transparent {
            None if screen.palette.is_some() => screen.background(),
            _ => TRANSPARENT,
        };
        let canvas = Canvas::new((screen.width, screen.height), 4, pixel(color), limits)?;
        Ok(Self { screen, canvas })
    }

    fn draw(&mut self, image: &Image, control: Control) -> Result<()> {
        let palette = image.palette.as_ref().or(self.screen.palette.as_ref());
        let palette = colors(palette, control.transparent)?;
        let disposal = match control.disposal {
            2 if control.transparent.is_some() => Disposal::Fill(pixel(TRANSPARENT)),
            2 => Disposal::Fill(pixel(self.screen.background())),
            3 => Disposal::Restore,
            _ => Disposal::Keep,
        };
        let (screen, area) = (&self.screen, image.area);
        let visible = Area {
            width: area.width.min((screen.width as usize).saturating_sub(area.x)),
            height: area.height.min((screen.height as usize).saturating_sub(area.y)),
            ..area
        };
        if visible.width == 0 || visible.height == 0 {
            return Err(Error::malformed("an image that is not on its screen"));
        }
        let mut indices = vec![0; area.width * area.height];
        lzw::decode(&image.codes, &mut indices)?;
        let order = row_order(area.height, image.interlaced);
        self.canvas.start(visible, disposal)?;
        for (row, stored) in self.canvas.rows(visible).zip(order) {
            let indices = indices.get(stored * area.width..).unwrap_or_default();
            for (target, index) in row.as_chunks_mut::<4>().0.iter_mut().zip(indices) {
                if Some(*index) != control.transparent {
                    *target = palette[usize::from(*index)];
                }
            }
        }
        Ok(())
    }
}

impl Screen {
    fn background(&self) -> [u8; 4] {
        let palette = self.palette.as_ref();
        let color = palette.and_then(|palette| palette.get(usize::from(self.background)));
        color.copied().unwrap_or(TRANSPARENT)
    }
}

/// The palette, as large as indices can be: colours that it does not have are black.
fn colors(palette: Option<&Palette>, transparent: Option<u8>) -> Result<[[u8; 4]; 256]> {
    let palette = palette.ok_or_else(|| Error::malformed("an image without a palette"))?;
    let mut colors = [[0, 0, 0, 255]; 256];
    colors.iter_mut().zip(palette).for_each(|(color, given)| *color = *given);
    if let Some(index) = transparent {
        colors[usize::from(index)] = TRANSPARENT;
    }
    Ok(colors)
}

/// The rows of an image from top to bottom, by the order in which they are stored (appendix E).
fn row_order(height: usize, interlaced: bool) -> Vec<usize> {
    let passes: &[(usize, usize)] =
        if interlaced { &[(0, 8), (4, 8), (2, 4), (1, 2)] } else { &[(0, 1)] };
    let rows = passes.iter().flat_map(|(start, step)| (*start..height).step_by(*step));
    let mut order = vec![0; height];
    rows.enumerate().for_each(|(stored, shown)| order[shown] = stored);
    order
}

const fn pixel([a, b, c, d]: [u8; 4]) -> [u8; 8] {
    [a, b, c, d, 0, 0, 0, 0]
}
