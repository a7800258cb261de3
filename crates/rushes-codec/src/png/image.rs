//! One PNG datastream to pixels.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};
use rushes_core::{Error, Limits, PixelFormat, Result};

use super::chunk::SIGNATURE;
use crate::guard::guard;

/// Decoded pixels, without padding between rows.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) format: PixelFormat,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<u8>,
}

impl Image {
    /// Decodes a datastream. Palettes become colours, fewer than 8 bits become 8, transparency becomes alpha.
    pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<Self> {
        let (width, height) = size(data)?;
        limits.check_picture(width, height)?;
        // The most that a pixel takes.
        limits.check_alloc(u64::from(width) * u64::from(height) * 8)?;
        let decoded = guard(|| decode(data, limits))
            .map_err(|_| Error::malformed("the data led the decoder astray"))?;
        let (info, mut pixels) = decoded.map_err(error)?;
        pixels.truncate(info.buffer_size());
        let wide = info.bit_depth == BitDepth::Sixteen;
        let format = match (info.color_type, wide) {
            (ColorType::Grayscale, false) => PixelFormat::Gray8,
            (ColorType::Grayscale, true) => PixelFormat::Gray16,
            (ColorType::GrayscaleAlpha, _) => {
                pixels = with_colors(&pixels, if wide { 2 } else { 1 });
                if wide { PixelFormat::Rgba64 } else { PixelFormat::Rgba }
            }
            (ColorType::Rgba, false) => PixelFormat::Rgba,
            (ColorType::Rgba, true) => PixelFormat::Rgba64,
            (_, false) => PixelFormat::Rgb24,
            (_, true) => PixelFormat::Rgb48,
        };
        if wide {
            // Ours are little-endian.
            pixels.as_chunks_mut::<2>().0.iter_mut().for_each(|sample| sample.reverse());
        }
        Ok(Self { format, width: info.width, height: info.height, pixels })
    }
}

/// The size of the picture (11.2.1).
fn size(data: &[u8]) -> Result<(u32, u32)> {
    let header = data.strip_prefix(&SIGNATURE).and_then(<[u8]>::first_chunk::<16>);
    let Some([_, _, _, _, b'I', b'H', b'D', b'R', a, b, c, d, e, f, g, h]) = header else {
        return Err(Error::malformed("this is no PNG picture"));
    };
    let size = (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]));
    if size.0 == 0 || size.1 == 0 {
        return Err(Error::malformed("a picture of no size").within("IHDR"));
    }
    Ok(size)
}

fn decode(
    data: &[u8],
    limits: &Limits,
) -> std::result::Result<(png::OutputInfo, Vec<u8>), DecodingError> {
    let bytes = usize::try_from(limits.alloc_bytes).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(data), png::Limits { bytes });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info()?;
    let size = reader.output_buffer_size().ok_or(DecodingError::LimitsExceeded)?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels)?;
    Ok((info, pixels))
}

/// Makes red, green and blue of each gray sample of this many bytes, and keeps alpha.
fn with_colors(pixels: &[u8], bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() * 2);
    for pixel in pixels.chunks_exact(2 * bytes) {
        let (gray, _) = pixel.split_at(bytes);
        out.extend_from_slice(gray);
        out.extend_from_slice(gray);
        out.extend_from_slice(pixel);
    }
    out
}

fn error(error: DecodingError) -> Error {
    match error {
        DecodingError::IoError(_) => Error::malformed("the data end within the picture"),
        other => Error::malformed(other.to_string()),
    }
}
