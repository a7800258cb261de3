//! One picture: RFC 9649, 2.7.1.2 (alpha) and 3 (lossless), RFC 6386 (lossy).

use std::io::Cursor;

use image_webp::vp8::Vp8Decoder;
use image_webp::{DecodingError, WebPDecoder};
use rushes_core::{Error, Limits, Result};

use super::chunks::file;
use crate::guard::guard;

/// A lossy picture.
#[derive(Debug)]
pub(super) struct Lossy {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Luma, Cb, Cr, with the bytes of their rows.
    pub(super) planes: [(Vec<u8>, usize); 3],
}

impl Lossy {
    pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<Self> {
        let [tag, _, _, 0x9d, 0x01, 0x2a, a, b, c, d, ..] = data else {
            return Err(Error::malformed("no key frame of VP8"));
        };
        let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
        let (width, height) = (side(*a, *b), side(*c, *d));
        if tag & 1 == 1 || width == 0 || height == 0 {
            return Err(Error::malformed("no key frame of VP8"));
        }
        limits.check_picture(width, height)?;
        limits.check_alloc(u64::from(width.div_ceil(16) * height.div_ceil(16)) * 384)?;
        let frame = run(|| Vp8Decoder::decode_frame(Cursor::new(data)))?;
        if (u32::from(frame.width), u32::from(frame.height)) != (width, height) {
            return Err(Error::malformed("a picture of another size than announced"));
        }
        let units = width.div_ceil(16) as usize;
        let planes = [(frame.ybuf, units * 16), (frame.ubuf, units * 8), (frame.vbuf, units * 8)];
        Ok(Self { width, height, planes })
    }
}

/// A lossless picture: red, green, blue, alpha.
#[derive(Debug)]
pub(super) struct Lossless {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<u8>,
}

impl Lossless {
    pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<Self> {
        let [0x2f, size @ ..] = data else { return Err(Error::malformed("no lossless picture")) };
        let size = size.first_chunk().ok_or_else(|| Error::malformed("no lossless picture"))?;
        let bits = u32::from_le_bytes(*size);
        let (width, height) = ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
        limits.check_picture(width, height)?;
        limits.check_alloc(u64::from(width) * u64::from(height) * 4)?;
        let file = file(*b"VP8L", [data, &[]])?;
        let pixels = run(|| {
            let mut decoder = WebPDecoder::new(Cursor::new(&file[..]))?;
            let bytes = decoder.output_buffer_size().ok_or(DecodingError::ImageTooLarge)?;
            let mut pixels = vec![0; bytes];
            decoder.read_image(&mut pixels)?;
            Ok(if decoder.has_alpha() {
                pixels
            } else {
                let colors = pixels.as_chunks::<3>().0.iter();
                colors.flat_map(|[red, green, blue]| [*red, *green, *blue, 255]).collect()
            })
        })?;
        Ok(Self { width, height, pixels })
    }
}

/// The alpha plane of a lossy picture.
pub(super) fn alpha(data: &[u8], (width, height): (u32, u32), limits: &Limits) -> Result<Vec<u8>> {
    let (head, body) =
        data.split_first().ok_or_else(|| Error::malformed("an alpha chunk without content"))?;
    let count = width as usize * height as usize;
    let mut plane: Vec<u8> = match head & 3 {
        0 => body.get(..count).unwrap_or_default().to_vec(),
        1 => {
            // The bits are those of a lossless picture without its header, whose green is alpha.
            let size = (width - 1) | (height - 1) << 14;
            let header = [&[0x2f][..], &size.to_le_bytes()].concat();
            let picture = Lossless::decode(&[&header, body].concat(), limits)?;
            picture.pixels.as_chunks::<4>().0.iter().map(|pixel| pixel[1]).collect()
        }
        _ => return Err(Error::malformed("alpha that is coded in an unknown way")),
    };
    if plane.len() < count {
        return Err(Error::malformed("the data end within alpha"));
    }
    unfilter(&mut plane, width as usize, head >> 2 & 3);
    Ok(plane)
}

/// Adds what alpha was predicted from.
fn unfilter(plane: &mut [u8], width: usize, filter: u8) {
    if filter == 0 {
        return;
    }
    for at in 0..plane.len() {
        let left = at.checked_sub(1).map(|at| plane[at]);
        let above = at.checked_sub(width).map(|at| plane[at]);
        let predicted = match (at % width, above) {
            // The first row is predicted from the left, the first column from above.
            (0, above) => above.unwrap_or(0),
            (_, None) => left.unwrap_or(0),
            (_, Some(above)) => match filter {
                1 => left.unwrap_or(0),
                2 => above,
                _ => {
                    let corner = plane[at - width - 1];
                    let sum = i32::from(left.unwrap_or(0)) + i32::from(above) - i32::from(corner);
                    u8::try_from(sum.clamp(0, 255)).unwrap_or(0)
                }
            },
        };
        plane[at] = plane[at].wrapping_add(predicted);
    }
}

fn run<T>(decode: impl FnOnce() -> std::result::Result<T, DecodingError>) -> Result<T> {
    match guard(decode) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(DecodingError::IoError(_))) => {
            Err(Error::malformed("the data end within the picture"))
        }
        Ok(Err(error)) => Err(Error::malformed(error.to_string())),
        Err(_) => Err(Error::malformed("the data led the decoder astray")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_predicted_from_its_neighbours() {
        let check = |filter: u8, expected: [u8; 6]| {
            let mut plane = [10, 1, 2, 3, 4, 5];
            unfilter(&mut plane, 3, filter);
            assert_eq!(plane, expected, "filter {filter}");
        };
        check(0, [10, 1, 2, 3, 4, 5]);
        check(1, [10, 11, 13, 13, 17, 22]);
        check(2, [10, 11, 13, 13, 15, 18]);
        check(3, [10, 11, 13, 13, 18, 25]);
    }
}
