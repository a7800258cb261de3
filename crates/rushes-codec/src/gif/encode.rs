//! The GIF encoder: a palette for each picture.

use gif::{DisposalMethod, Encoder as Engine, Frame as GifFrame, Repeat};
use rushes_core::{
    Buffer, CodecId, Error, PixelFormat, Result, Rounding, Ticks, TimeBase, VideoFrame,
};

use crate::clock::Clock;
use crate::pictures::{self, PictureCoder, PictureEncoder};
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

/// What the encoder takes.
pub(crate) const FORMATS: [PixelFormat; 2] = [PixelFormat::Rgb24, PixelFormat::Rgba];

/// How palettes are made, and how often an animation is played.
pub(crate) const OPTIONS: [OptionSpec; 2] = [
    OptionSpec {
        name: "speed",
        kind: OptionKind::Integer { min: 1, max: 30 },
        default: "10",
        help: "of the search for 256 colours, where a picture has more: 1 is the best",
    },
    OptionSpec {
        name: "plays",
        kind: OptionKind::Integer { min: 0, max: 65_535 },
        default: "0",
        help: "how often the animation is played, 0 for ever",
    },
];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let video = pictures::video(GifCoder::NAME, options)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(GifCoder::NAME, &[])?;
    let format = pictures::pixel_format(GifCoder::NAME, video, &FORMATS)?;
    let side = |side: u32| {
        u16::try_from(side).map_err(|_| {
            Error::unsupported(
                format!("GIF encoding of {}x{}", video.width, video.height),
                "up to 65535x65535",
            )
        })
    };
    let number = |name: &str| options.options.get(name).and_then(|value| value.parse().ok());
    let coder = GifCoder {
        size: (side(video.width)?, side(video.height)?),
        speed: number("speed").unwrap_or(10),
        plays: number("plays").and_then(|plays| u16::try_from(plays).ok()).unwrap_or(0),
        time_base: Clock::new(video, options.time_base).base(),
        elapsed: Ticks::ZERO,
        started: false,
    };
    Ok(Box::new(PictureEncoder::new(coder, CodecId::Gif, format, options, Vec::new())?))
}

struct GifCoder {
    size: (u16, u16),
    speed: i32,
    plays: u16,
    time_base: TimeBase,
    /// How long all pictures so far are shown.
    elapsed: Ticks,
    started: bool,
}

impl PictureCoder for GifCoder {
    const NAME: &'static str = "the GIF encoder";

    fn encode(&mut self, frame: &VideoFrame, duration: Option<Ticks>) -> Result<Buffer> {
        let mut pixels: Vec<u8> = Vec::new();
        frame.rows(0).for_each(|row| pixels.extend_from_slice(row));
        let (width, height) = self.size;
        let mut picture = match frame.format {
            PixelFormat::Rgba => GifFrame::from_rgba_speed(width, height, &mut pixels, self.speed),
            _ => GifFrame::from_rgb_speed(width, height, &pixels, self.speed),
        };
        if frame.format == PixelFormat::Rgba {
            // What is transparent must not show the picture before. Nothing was there before the first one, whereas the
            // background has a colour.
            picture.dispose = DisposalMethod::Previous;
        }
        picture.delay = self.delay(duration);
        self.write(&picture).map(Buffer::from).map_err(|error| {
            Error::unsupported(format!("GIF encoding of {width}x{height} ({error})"), "")
        })
    }
}

impl GifCoder {
    /// Hundredths of a second up to the end of this picture, less those of all before it: rounding does not add up.
    fn delay(&mut self, duration: Option<Ticks>) -> u16 {
        let hundredths = |ticks: Ticks| {
            let base = TimeBase::per_second(100).unwrap_or_else(TimeBase::nanoseconds);
            self.time_base.convert_ticks(ticks, base, Rounding::Nearest).count()
        };
        let start = self.elapsed;
        let end = start.saturating_add(duration.unwrap_or(Ticks::ZERO));
        let delay = hundredths(end).saturating_sub(hundredths(start));
        self.elapsed = end;
        u16::try_from(delay).unwrap_or(u16::MAX)
    }

    fn write(
        &mut self,
        picture: &GifFrame<'_>,
    ) -> std::result::Result<Vec<u8>, gif::EncodingError> {
        let (width, height) = self.size;
        let mut engine = Engine::new(Vec::new(), width, height, &[])?;
        let start = engine.get_ref().len();
        if !self.started && self.plays != 1 {
            engine.set_repeat(match self.plays {
                0 => Repeat::Infinite,
                // The file says how often it is played again.
                plays => Repeat::Finite(plays - 1),
            })?;
        }
        engine.write_frame(picture)?;
        let data = std::mem::take(engine.get_mut());
        let header = if self.started { start } else { 0 };
        self.started = true;
        Ok(data.get(header..).unwrap_or_default().to_vec())
    }
}
