//! The PNG encoder.

use png::{BitDepth, ColorType, DeflateCompression, Encoder as Engine};
use rushes_core::{Buffer, CodecId, Error, PixelFormat, Result, Ticks, VideoFrame};

use crate::pictures::{self, PictureCoder, PictureEncoder};
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

/// What the encoder takes.
pub(crate) const FORMATS: [PixelFormat; 6] = [
    PixelFormat::Rgb24,
    PixelFormat::Rgba,
    PixelFormat::Gray8,
    PixelFormat::Rgb48,
    PixelFormat::Rgba64,
    PixelFormat::Gray16,
];

/// What rows are predicted from.
pub(crate) const OPTIONS: [OptionSpec; 1] = [OptionSpec {
    name: "filter",
    kind: OptionKind::Choice(&["adaptive", "none", "sub", "up", "average", "paeth"]),
    default: "adaptive",
    help: "what rows are predicted from; adaptive chooses for each row. compression_level is 0 (none) to 9, default 6",
}];

const DEFAULT_LEVEL: u8 = 6;

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let video = pictures::video(PngCoder::NAME, options)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(PngCoder::NAME, &["compression_level"])?;
    let format = pictures::pixel_format(PngCoder::NAME, video, &FORMATS)?;
    let coder = PngCoder {
        compression: compression(options.config.compression_level)?,
        filter: match options.options.get("filter").map_or("adaptive", String::as_str) {
            "none" => png::Filter::NoFilter,
            "sub" => png::Filter::Sub,
            "up" => png::Filter::Up,
            "average" => png::Filter::Avg,
            "paeth" => png::Filter::Paeth,
            _ => png::Filter::Adaptive,
        },
    };
    Ok(Box::new(PictureEncoder::new(coder, CodecId::Png, format, options, Vec::new())?))
}

struct PngCoder {
    compression: DeflateCompression,
    filter: png::Filter,
}

impl PictureCoder for PngCoder {
    const NAME: &'static str = "the PNG encoder";

    fn encode(&mut self, frame: &VideoFrame, _: Option<Ticks>) -> Result<Buffer> {
        let mut pixels: Vec<u8> =
            Vec::with_capacity(frame.format.picture_bytes(frame.width, frame.height));
        frame.rows(0).for_each(|row| pixels.extend_from_slice(row));
        if frame.format.bit_depth() == 16 {
            // Those of PNG are big-endian.
            pixels.as_chunks_mut::<2>().0.iter_mut().for_each(|sample| sample.reverse());
        }
        self.write(frame, &pixels).map(Buffer::from).map_err(|error| {
            Error::unsupported(
                format!("PNG encoding of {}x{} ({error})", frame.width, frame.height),
                "",
            )
        })
    }
}

impl PngCoder {
    fn write(
        &self,
        frame: &VideoFrame,
        pixels: &[u8],
    ) -> std::result::Result<Vec<u8>, png::EncodingError> {
        let mut data = Vec::new();
        let mut engine = Engine::new(&mut data, frame.width, frame.height);
        engine.set_color(match frame.format.channels() {
            1 => ColorType::Grayscale,
            4 => ColorType::Rgba,
            _ => ColorType::Rgb,
        });
        let wide = frame.format.bit_depth() == 16;
        engine.set_depth(if wide { BitDepth::Sixteen } else { BitDepth::Eight });
        engine.set_deflate_compression(self.compression);
        engine.set_filter(self.filter);
        let mut writer = engine.write_header()?;
        writer.write_image_data(pixels)?;
        writer.finish()?;
        Ok(data)
    }
}

fn compression(level: Option<i32>) -> Result<DeflateCompression> {
    match level.map_or(Ok(DEFAULT_LEVEL), u8::try_from) {
        Ok(0) => Ok(DeflateCompression::NoCompression),
        Ok(level @ 1..=9) => Ok(DeflateCompression::Level(level)),
        _ => Err(Error::usage("the compression_level of PNG is 0 to 9")),
    }
}
