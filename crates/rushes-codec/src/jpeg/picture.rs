//! One picture, from its first marker to its last: ITU-T T.81, B.2; T.872, 6.5.3 (Adobe's marker).

use rushes_core::{Error, Limits, Result};

use super::bits::{Bits, next_marker};
use super::components::{Component, Order};
use super::header::{FrameHeader, Process, ScanHeader};
use super::progressive::Progressive;
use super::sequential::Sequential;
use super::tables::Tables;

/// More scans than any encoder writes; each costs a pass over the picture, whatever its length.
const MAX_SCANS: usize = 256;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;

/// A decoded picture, or field.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) frame: FrameHeader,
    pub(super) components: Vec<Component>,
    pub(super) notes: Notes,
    /// Where the data go on behind it.
    pub(super) end: usize,
}

/// What application segments and comments say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    /// The colour transform of Adobe's marker.
    pub(super) adobe_transform: Option<u8>,
    /// Luma and chroma are in the limited range of BT.601, as a comment of some encoders says.
    pub(super) limited_range: bool,
    /// AVI says that this is the lower field of a frame.
    pub(super) lower_field: bool,
}

impl Picture {
    /// Decodes the picture that starts at or behind `from`.
    pub(super) fn decode(
        data: &[u8],
        from: usize,
        tables: &mut Tables,
        limits: &Limits,
    ) -> Result<Self> {
        let mut reader = Reader {
            data,
            limits,
            tables,
            notes: Notes::default(),
            frame: None,
            components: Vec::new(),
            restart_interval: 0,
            scans: 0,
        };
        let end = reader.read(from)?;
        reader.finish(end)
    }
}

/// A picture in the making.
struct Reader<'a> {
    data: &'a [u8],
    limits: &'a Limits,
    tables: &'a mut Tables,
    notes: Notes,
    frame: Option<FrameHeader>,
    components: Vec<Component>,
    restart_interval: u16,
    scans: usize,
}

impl Reader<'_> {
    /// Reads up to the end of the picture and says where that is.
    fn read(&mut self, from: usize) -> Result<usize> {
        let mut position = from;
        while let Some((at, marker)) = next_marker(self.data, position) {
            position = at + 2;
            match marker {
                EOI if self.frame.is_some() => return Ok(position),
                // The end of this one is missing.
                SOI if self.frame.is_some() => return Ok(at),
                SOI => self.restart_interval = 0,
                EOI | 0x01 | 0xd0..=0xd7 => {}
                _ => match self.segment(marker, at) {
                    Ok(next) => position = next,
                    // Behind the last scan there may be anything.
                    Err(_) if self.is_complete() => return Ok(self.data.len()),
                    Err(error) => return Err(error.at(at as u64)),
                },
            }
        }
        Ok(self.data.len())
    }

    /// Takes a segment, and for a scan the data behind it; says where to go on.
    fn segment(&mut self, marker: u8, at: usize) -> Result<usize> {
        let rest = self.data.get(at + 2..).unwrap_or_default();
        let segment = rest
            .split_first_chunk::<2>()
            .and_then(|(length, _)| rest.get(2..usize::from(u16::from_be_bytes(*length))));
        let Some(segment) = segment else {
            return Err(Error::malformed(format!("the data end within segment {marker:02x}")));
        };
        let next = at + 4 + segment.len();
        match (marker, segment) {
            (0xc4, _) => self.tables.define_huffman(segment)?,
            (0xdb, _) => self.tables.define_quantisation(segment)?,
            (0xcc, _) => return Err(Error::unsupported("arithmetic coding of JPEG", "Huffman")),
            (0xdd, [a, b, ..]) => self.restart_interval = u16::from_be_bytes([*a, *b]),
            (0xde | 0xdf, _) => return Err(Error::unsupported("hierarchical JPEG", "")),
            (0xc0..=0xc7 | 0xc9..=0xcf | 0xf7, _) => {
                self.start(marker, segment, next).map_err(|error| error.within("SOF"))?;
            }
            (0xda, _) => return self.scan(segment, next).map_err(|error| error.within("scan")),
            (0xe0, [b'A', b'V', b'I', b'1', 2, ..]) => self.notes.lower_field = true,
            (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.notes.adobe_transform = Some(*transform);
            }
            (0xfe, [b'C', b'S', b'=', b'I', b'T', b'U', b'6', b'0', b'1', ..]) => {
                self.notes.limited_range = true;
            }
            _ => {}
        }
        Ok(next)
    }

    /// Takes a frame header.
    fn start(&mut self, marker: u8, segment: &[u8], behind: usize) -> Result<()> {
        if self.frame.is_some() {
            return Err(Error::malformed("a second frame in one picture"));
        }
        let mut frame = FrameHeader::read(marker, segment)?;
        if frame.height == 0 {
            frame.height = self.number_of_lines(behind)?;
        }
        self.limits.check_picture(frame.width, frame.height)?;
        let components = Component::all(&frame);
        let blocks: usize = components.iter().map(Component::block_count).sum();
        let bytes = match frame.process {
            Process::Sequential => 64,
            Process::Progressive => 64 + 128,
        };
        self.limits.check_alloc(blocks as u64 * bytes)?;
        // A block takes a bit for its first coefficient and one that says whether there are more, though not in the same
        // scan where there are several: pictures that cannot be complete need no memory.
        let least: usize = components.iter().map(Component::coded_blocks).sum();
        let bits = match frame.process {
            Process::Sequential => 2,
            Process::Progressive => 1,
        };
        if least * bits > self.data.len().saturating_sub(behind).saturating_mul(8) {
            return Err(Error::malformed(format!(
                "{} bytes are too few for a picture of {}x{}",
                self.data.len(),
                frame.width,
                frame.height
            )));
        }
        self.components = components;
        for component in &mut self.components {
            component.plane = vec![0; component.block_count() * 64];
            if frame.process == Process::Progressive {
                component.coefficients = vec![[0; 64]; component.block_count()];
            }
        }
        self.frame = Some(frame);
        Ok(())
    }

    /// The height where the frame header leaves it open: the `DNL` segment behind the first scan has it (B.2.5).
    fn number_of_lines(&self, behind: usize) -> Result<u32> {
        let rest = self.data.get(behind..).unwrap_or_default();
        let found = rest.windows(6).find_map(|bytes| match bytes {
            [0xff, 0xdc, 0, 4, a, b] => Some(u32::from(u16::from_be_bytes([*a, *b]))),
            _ => None,
        });
        found.filter(|lines| *lines > 0).ok_or_else(|| Error::malformed("a picture of no height"))
    }

    /// Decodes a scan and says where the marker behind it is.
    fn scan(&mut self, segment: &[u8], data: usize) -> Result<usize> {
        let Some(frame) = &self.frame else {
            return Err(Error::malformed("a scan in front of the frame header"));
        };
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(Error::unsupported(format!("JPEG of more than {MAX_SCANS} scans"), ""));
        }
        let scan = ScanHeader::read(segment, frame)?;
        for (index, ..) in &scan.components {
            let (component, header) = (&mut self.components[*index], frame.components[*index]);
            if component.quantisation.is_none() {
                component.quantisation = self.tables.quantisation[header.quantisation].clone();
            }
            if component.quantisation.is_none() {
                return Err(Error::malformed("a scan without its quantisation table"));
            }
        }
        let mut bits = Bits::new(self.data, data);
        let order = Order::new(&scan, &self.components, self.restart_interval);
        match frame.process {
            Process::Sequential => {
                let mut coder = Sequential::new(&scan, &mut self.components, self.tables)?;
                order.run(&mut bits, &mut coder)?;
            }
            Process::Progressive => {
                let mut coder = Progressive::new(&scan, &mut self.components, self.tables)?;
                order.run(&mut bits, &mut coder)?;
            }
        }
        Ok(bits.end())
    }

    /// True where every component of a sequential picture was decoded. What a progressive one still lacks is not known.
    fn is_complete(&self) -> bool {
        let sequential =
            self.frame.as_ref().is_some_and(|frame| frame.process == Process::Sequential);
        sequential && self.has_all()
    }

    fn has_all(&self) -> bool {
        self.components.iter().all(|component| component.quantisation.is_some())
    }

    fn finish(self, end: usize) -> Result<Picture> {
        let has_all = self.has_all();
        let Self { frame, mut components, notes, .. } = self;
        let Some(frame) = frame else { return Err(Error::malformed("there is no picture")) };
        if !has_all {
            return Err(Error::malformed("the data end before the last component"));
        }
        if frame.process == Process::Progressive {
            components.iter_mut().for_each(Component::render);
        }
        Ok(Picture { frame, components, notes, end })
    }
}
