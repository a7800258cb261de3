//! Frames of APNG on their canvas: 11.3.6 and 13.16.

use rushes_core::{Error, Limits, PixelFormat, Plane, Result};

use super::chunk::{self, SIGNATURE};
use super::image::Image;
use crate::canvas::{Area, Canvas, Disposal, blend};

/// An animation in progress.
#[derive(Debug)]
pub(super) struct Animation {
    /// The body of `IHDR`.
    header: [u8; 13],
    /// The chunks that each frame needs: palette and transparency.
    palette: Vec<u8>,
    canvas: Option<(PixelFormat, Canvas)>,
}

/// The frame control chunk.
#[derive(Clone, Copy, Debug)]
struct Control {
    width: [u8; 4],
    height: [u8; 4],
    area: Area,
    dispose: u8,
    over: bool,
}

impl Animation {
    /// Reads the private data: the chunks in front of the first frame.
    pub(super) fn new(private: &[u8]) -> Result<Self> {
        let (mut header, mut palette, mut rest) = (None, Vec::new(), private);
        while let Some(chunk) = chunk::take(&mut rest)? {
            match &chunk.kind {
                b"IHDR" => header = chunk.payload.first_chunk().copied(),
                b"PLTE" | b"tRNS" => chunk::push(chunk.kind, [chunk.payload, &[]], &mut palette)?,
                _ => {}
            }
        }
        let header = header.ok_or_else(|| Error::malformed("an animation without its header"))?;
        Ok(Self { header, palette, canvas: None })
    }

    /// Forgets all frames.
    pub(super) fn clear(&mut self) {
        self.canvas = None;
    }

    /// True where there is a canvas that frames can be drawn on.
    pub(super) const fn is_started(&self) -> bool {
        self.canvas.is_some()
    }

    /// Draws the frame of a packet; the whole canvas.
    pub(super) fn draw(
        &mut self,
        packet: &[u8],
        limits: &Limits,
    ) -> Result<(PixelFormat, u32, u32, Plane)> {
        let (control, data) = self.datastream(packet)?;
        let image = Image::decode(&data, limits)?;
        let [a, b, c, d, e, f, g, h, ..] = self.header;
        let size = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        let pixel = image.format.planes().first().map_or(1, |layout| layout.pixel_bytes);
        let first = self.canvas.is_none();
        let (format, canvas) = match self.canvas.take() {
            Some((format, canvas)) if format == image.format => (format, canvas),
            // All frames have one header.
            Some(_) => return Err(Error::malformed("a frame of another format")),
            None => (image.format, Canvas::new(size, pixel, [0; 8], limits)?),
        };
        let (_, canvas) = self.canvas.insert((format, canvas));
        let disposal = match control.dispose {
            1 => Disposal::Fill([0; 8]),
            // There is nothing that the first frame could go back to.
            2 if first => Disposal::Fill([0; 8]),
            2 => Disposal::Restore,
            _ => Disposal::Keep,
        };
        canvas.start(control.area, disposal)?;
        let over = control.over && !first && format.channels() == 4;
        let row_bytes = (control.area.width * pixel).max(1);
        for (target, source) in canvas.rows(control.area).zip(image.pixels.chunks(row_bytes)) {
            match (over, format.bit_depth()) {
                (false, _) => target.copy_from_slice(source),
                (true, 8) => blend::<1>(target, source),
                (true, _) => blend::<2>(target, source),
            }
        }
        Ok((format, size.0, size.1, canvas.plane()))
    }

    /// A datastream of one frame alone.
    fn datastream(&self, packet: &[u8]) -> Result<(Control, Vec<u8>)> {
        let (mut rest, mut control, mut data) = (packet, None, Vec::new());
        let mut body = Vec::new();
        while let Some(chunk) = chunk::take(&mut rest)? {
            match (&chunk.kind, chunk.payload) {
                (b"fcTL", payload) => control = Some(Control::read(payload)?),
                (b"IDAT", payload) | (b"fdAT", [_, _, _, _, payload @ ..]) => {
                    chunk::push(*b"IDAT", [payload, &[]], &mut body)?;
                }
                _ => {}
            }
        }
        let control = control.ok_or_else(|| Error::malformed("a frame without its control"))?;
        let mut header = self.header;
        header[..4].copy_from_slice(&control.width);
        header[4..8].copy_from_slice(&control.height);
        data.extend(SIGNATURE);
        chunk::push(*b"IHDR", [&header, &[]], &mut data)?;
        data.extend(&self.palette);
        data.extend(body);
        chunk::push(*b"IEND", [&[], &[]], &mut data)?;
        Ok((control, data))
    }
}

impl Control {
    fn read(payload: &[u8]) -> Result<Self> {
        let short = || Error::malformed("a control chunk that is too short").within("fcTL");
        let field = |at: usize| payload.get(at..).and_then(<[u8]>::first_chunk::<4>).copied();
        let at = |place: usize| field(place).ok_or_else(short);
        let number = |bytes: [u8; 4]| u32::from_be_bytes(bytes) as usize;
        let (width, height) = (at(4)?, at(8)?);
        let (Some(dispose), Some(blend)) = (payload.get(24), payload.get(25)) else {
            return Err(short());
        };
        let area = Area {
            x: number(at(12)?),
            y: number(at(16)?),
            width: number(width),
            height: number(height),
        };
        Ok(Self { width, height, area, dispose: *dispose, over: *blend == 1 })
    }
}
