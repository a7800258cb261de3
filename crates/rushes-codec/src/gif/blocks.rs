//! The blocks of a GIF stream: clauses 17 to 25.

use rushes_core::{Error, Result};

use crate::canvas::Area;

/// Colours as they lie in a frame: blue, green, red, alpha.
pub(super) type Palette = Vec<[u8; 4]>;

/// The header, the logical screen descriptor and the global colour table.
#[derive(Clone, Debug)]
pub(super) struct Screen {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Index of the background in the palette.
    pub(super) background: u8,
    pub(super) palette: Option<Palette>,
}

/// The graphic control extension.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Control {
    pub(super) disposal: u8,
    pub(super) transparent: Option<u8>,
}

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) area: Area,
    pub(super) interlaced: bool,
    pub(super) palette: Option<Palette>,
    /// The least code size, and the codes.
    pub(super) codes: Vec<u8>,
}

/// What a packet holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub(super) screen: Option<Screen>,
    pub(super) control: Control,
    pub(super) image: Option<Image>,
}

impl Content {
    /// Reads up to the first image.
    pub(super) fn read(data: &[u8]) -> Result<Self> {
        let mut reader = Reader { rest: data };
        let mut content = Self::default();
        if data.starts_with(b"GIF8") {
            content.screen = Some(Screen::read(&mut reader)?);
        }
        while content.image.is_none() {
            match reader.array::<1>() {
                Ok([0x2c]) => content.image = Some(Image::read(&mut reader)?),
                Ok([0x21]) => {
                    let [label] = reader.array()?;
                    let body = reader.sub_blocks()?;
                    if let (0xf9, [flags, _, _, index, ..]) = (label, &body[..]) {
                        content.control = Control {
                            disposal: flags >> 2 & 7,
                            transparent: Some(*index).filter(|_| flags & 1 == 1),
                        };
                    }
                }
                // Some writers put zeros between blocks.
                Ok([0]) => {}
                // The end.
                Ok([0x3b]) | Err(_) => break,
                Ok([other]) => {
                    return Err(Error::malformed(format!("block {other:02x} is unknown")));
                }
            }
        }
        Ok(content)
    }
}

impl Screen {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let [_, _, _, _, _, _, a, b, c, d, flags, background, _] = reader.array()?;
        Ok(Self {
            width: u16::from_le_bytes([a, b]).into(),
            height: u16::from_le_bytes([c, d]).into(),
            background,
            palette: reader.palette(flags)?,
        })
    }
}

impl Image {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let [a, b, c, d, e, f, g, h, flags] = reader.array()?;
        let number = |low, high| usize::from(u16::from_le_bytes([low, high]));
        let area =
            Area { x: number(a, b), y: number(c, d), width: number(e, f), height: number(g, h) };
        let palette = reader.palette(flags)?;
        let [size] = reader.array()?;
        let mut codes = vec![size];
        reader.append_sub_blocks(&mut codes)?;
        Ok(Self { area, interlaced: flags & 0x40 != 0, palette, codes })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(*array)
    }

    /// The colour table that the flags announce.
    fn palette(&mut self, flags: u8) -> Result<Option<Palette>> {
        if flags & 0x80 == 0 {
            return Ok(None);
        }
        let bytes = 3 << ((flags & 7) + 1);
        let (table, rest) = self.rest.split_at_checked(bytes).ok_or_else(ends_early)?;
        self.rest = rest;
        let colors = table.as_chunks::<3>().0;
        Ok(Some(colors.iter().map(|[red, green, blue]| [*blue, *green, *red, 255]).collect()))
    }

    fn sub_blocks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        self.append_sub_blocks(&mut body)?;
        Ok(body)
    }

    /// Joins sub-blocks up to their terminator, which may be missing at the end.
    fn append_sub_blocks(&mut self, body: &mut Vec<u8>) -> Result<()> {
        loop {
            match self.rest.split_first() {
                None => return Ok(()),
                Some((0, rest)) => {
                    self.rest = rest;
                    return Ok(());
                }
                Some((size, rest)) => {
                    let (block, rest) =
                        rest.split_at_checked(usize::from(*size)).ok_or_else(ends_early)?;
                    body.extend_from_slice(block);
                    self.rest = rest;
                }
            }
        }
    }
}

fn ends_early() -> Error {
    Error::malformed("the data end within a block")
}
