//! The chunks of WebP: RFC 9649, 2.3 to 2.7.

use rushes_core::{Error, Result};

use crate::canvas::Area;

/// What one picture is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    /// The lossy picture.
    pub(super) vp8: Option<&'a [u8]>,
    /// The lossless one.
    pub(super) vp8l: Option<&'a [u8]>,
    /// Alpha of the lossy one.
    pub(super) alpha: Option<&'a [u8]>,
}

/// A frame of an animation: the `ANMF` chunk (2.7.1.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct AnimationFrame<'a> {
    pub(super) area: Area,
    /// It is laid over what was there.
    pub(super) blends: bool,
    /// Its area is cleared before the next one.
    pub(super) clears: bool,
    pub(super) parts: Parts<'a>,
}

impl<'a> Parts<'a> {
    /// The picture of a whole file.
    pub(super) fn of_file(data: &'a [u8]) -> Result<Self> {
        match data {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', chunks @ ..] => {
                Self::of_chunks(chunks)
            }
            _ => Err(Error::malformed("this is no WebP picture")),
        }
    }

    fn of_chunks(mut rest: &'a [u8]) -> Result<Self> {
        let mut parts = Self::default();
        while let Some((kind, payload)) = take(&mut rest) {
            match &kind {
                b"VP8 " => parts.vp8 = parts.vp8.or(Some(payload)),
                b"VP8L" => parts.vp8l = parts.vp8l.or(Some(payload)),
                b"ALPH" => parts.alpha = parts.alpha.or(Some(payload)),
                _ => {}
            }
        }
        if parts.vp8.is_none() && parts.vp8l.is_none() {
            return Err(Error::malformed("there is no picture"));
        }
        Ok(parts)
    }
}

impl<'a> AnimationFrame<'a> {
    /// Reads an `ANMF` chunk, its header included.
    pub(super) fn read(mut data: &'a [u8]) -> Result<Self> {
        let Some(([b'A', b'N', b'M', b'F'], payload)) = take(&mut data) else {
            return Err(Error::malformed("a frame that is no ANMF chunk"));
        };
        let Some((head, chunks)) = payload.split_first_chunk::<16>() else {
            return Err(Error::malformed("a frame that is too short").within("ANMF"));
        };
        let [a, b, c, d, e, f, g, h, i, j, k, l, _, _, _, flags] = *head;
        let number = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) as usize;
        Ok(Self {
            area: Area {
                x: number(a, b, c) * 2,
                y: number(d, e, f) * 2,
                width: number(g, h, i) + 1,
                height: number(j, k, l) + 1,
            },
            blends: flags & 2 == 0,
            clears: flags & 1 == 1,
            parts: Parts::of_chunks(chunks)?,
        })
    }
}

/// The size of the canvas that the chunks in front of the first frame announce (2.7).
pub(super) fn canvas_size(mut chunks: &[u8]) -> Result<(u32, u32)> {
    while let Some((kind, payload)) = take(&mut chunks) {
        if let (b"VP8X", [_, _, _, _, a, b, c, d, e, f, ..]) = (&kind, payload) {
            let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
            return Ok((side(*a, *b, *c), side(*d, *e, *f)));
        }
    }
    Err(Error::malformed("an animation without the size of its canvas"))
}

/// Takes the chunk at the start. What the end cuts off is taken as far as it is there: decoders know what they lack.
fn take<'a>(rest: &mut &'a [u8]) -> Option<([u8; 4], &'a [u8])> {
    let ([a, b, c, d, length @ ..], behind) = rest.split_first_chunk::<8>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (payload, behind) = behind.split_at(length.min(behind.len()));
    *rest = behind.get(length % 2..).unwrap_or_default();
    Some(([*a, *b, *c, *d], payload))
}

/// A file of one chunk.
pub(super) fn file(kind: [u8; 4], payload: [&[u8]; 2]) -> Result<Vec<u8>> {
    let length = payload[0].len() + payload[1].len();
    let sizes = u32::try_from(length).ok().zip(u32::try_from(length + 12 + length % 2).ok());
    let (chunk, riff) =
        sizes.ok_or_else(|| Error::unsupported("a chunk of more than 4 GiB", ""))?;
    let mut data = b"RIFF".to_vec();
    data.extend(riff.to_le_bytes());
    data.extend(b"WEBP");
    data.extend(kind);
    data.extend(chunk.to_le_bytes());
    data.extend(payload[0]);
    data.extend(payload[1]);
    data.extend(&[0][..length % 2]);
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_among_other_chunks() {
        let mut data = file(*b"EXIF", [b"abc", b""]).expect("small");
        data.extend(b"VP8L\x02\0\0\0xy");
        data.extend(b"VP8L\x02\0\0\0zz");
        let parts = Parts::of_file(&data).expect("there is one");
        assert_eq!(parts.vp8l, Some(&b"xy"[..]));
        assert!(Parts::of_file(&data[..24]).is_err());
        assert!(Parts::of_file(b"RIFFxxxxWAVE").is_err());
    }

    #[test]
    fn frames_say_where_they_are() {
        let mut data = b"ANMF\x1c\0\0\0\x01\0\0\x02\0\0\x03\0\0\x04\0\0\0\0\0\x01".to_vec();
        data.extend(b"VP8 \x04\0\0\0abcd");
        let frame = AnimationFrame::read(&data).expect("whole");
        assert_eq!(frame.area, Area { x: 2, y: 4, width: 4, height: 5 });
        assert!(frame.blends && frame.clears);
        assert_eq!(frame.parts.vp8, Some(&b"abcd"[..]));
        for end in 0..data.len() {
            // Cut pictures are the decoder's business.
            assert_eq!(AnimationFrame::read(&data[..end]).is_ok(), end >= 32, "{end}");
        }
    }
}
