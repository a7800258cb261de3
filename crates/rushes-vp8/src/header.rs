//! Headers of frames: RFC 6386, 9 and 19.2, and what of them lasts.

use rushes_core::{Error, Result};

use crate::bool_decoder::BoolDecoder;
use crate::tables::coefficients::{self, Coefficients};
use crate::tables::modes;

/// The uncompressed start of a frame: RFC 6386, 9.1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag {
    pub(crate) key: bool,
    pub(crate) version: u8,
    pub(crate) shown: bool,
    /// Bytes of the first partition.
    first: usize,
    /// Of key frames.
    pub(crate) size: Option<Size>,
}

/// Size of the pictures from a key frame on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Size {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// How the player is asked to enlarge it: 0 not, 1 by 5/4, 2 by 5/3, 3 by 2.
    pub(crate) scale: (u8, u8),
}

impl Tag {
    /// Reads the start of a frame; returns the bytes of the first partition, and those of the others.
    pub(crate) fn read(frame: &[u8]) -> Result<(Self, &[u8], &[u8])> {
        let short = || Error::malformed("the frame ends within its header");
        let &[a, b, c, ref rest @ ..] = frame else { return Err(short()) };
        let bits = u32::from_le_bytes([a, b, c, 0]);
        let mut tag = Self {
            key: bits & 1 == 0,
            version: (bits >> 1 & 7) as u8,
            shown: bits >> 4 & 1 != 0,
            first: (bits >> 5) as usize,
            size: None,
        };
        let mut rest = rest;
        if tag.key {
            let &[0x9d, 1, 0x2a, w0, w1, h0, h1, ref data @ ..] = rest else {
                return Err(if rest.len() < 7 {
                    short()
                } else {
                    Error::malformed("the start code of a key frame is missing")
                });
            };
            let size = Size {
                width: u16::from_le_bytes([w0, w1 & 0x3f]),
                height: u16::from_le_bytes([h0, h1 & 0x3f]),
                scale: (w1 >> 6, h1 >> 6),
            };
            if size.width == 0 || size.height == 0 {
                return Err(Error::malformed("a picture without pixels"));
            }
            tag.size = Some(size);
            rest = data;
        }
        if tag.first > rest.len() {
            return Err(Error::malformed("the first partition is longer than the frame"));
        }
        let (first, others) = rest.split_at(tag.first);
        Ok((tag, first, others))
    }
}

/// True for a frame from which on nothing depends on what came before: a key frame that keeps no map of segments (RFC 6386, 9.3).
#[must_use]
pub fn starts_anew(frame: &[u8]) -> bool {
    let Ok((tag, first, _)) = Tag::read(frame) else { return false };
    let mut data = BoolDecoder::new(first);
    data.literal(2);
    let mut segmentation = Segmentation::default();
    segmentation.read(&mut data);
    tag.key && (segmentation.update_map || !segmentation.enabled)
}

/// Segments: RFC 6386, 9.3 and 10.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segmentation {
    pub(crate) enabled: bool,
    /// Macroblocks of this frame say their segments.
    pub(crate) update_map: bool,
    /// The values below replace those of the frame, rather than being added to them.
    pub(crate) absolute: bool,
    pub(crate) quantizers: [i8; 4],
    pub(crate) levels: [i8; 4],
    pub(crate) tree: [u8; 3],
}

/// What is added to the filter level: RFC 6386, 9.6.
#[derive(Clone, Debug, Default)]
pub(crate) struct LevelDeltas {
    pub(crate) enabled: bool,
    pub(crate) references: [i8; 4],
    pub(crate) modes: [i8; 4],
}

/// Probabilities that last from frame to frame: RFC 6386, 9.9 to 9.11.
#[derive(Clone, Debug)]
pub(crate) struct Probabilities {
    pub(crate) coefficients: Coefficients,
    pub(crate) vectors: [[u8; 19]; 2],
    pub(crate) luma: [u8; 4],
    pub(crate) chroma: [u8; 3],
}

impl Default for Probabilities {
    fn default() -> Self {
        Self {
            coefficients: coefficients::DEFAULTS,
            vectors: modes::VECTORS,
            luma: modes::LUMA,
            chroma: modes::CHROMA,
        }
    }
}

/// What lasts from header to header.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lasting {
    pub(crate) segmentation: Segmentation,
    pub(crate) deltas: LevelDeltas,
    pub(crate) probabilities: Probabilities,
}

/// The loop filter of a frame: RFC 6386, 9.6.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FilterHeader {
    pub(crate) simple: bool,
    pub(crate) level: u8,
    pub(crate) sharpness: u8,
}

/// Indices of quantizers: RFC 6386, 9.6.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuantizerHeader {
    pub(crate) base: u8,
    pub(crate) luma_dc: i8,
    pub(crate) second_dc: i8,
    pub(crate) second_ac: i8,
    pub(crate) chroma_dc: i8,
    pub(crate) chroma_ac: i8,
}

/// What becomes of a reference frame that the new frame does not replace: RFC 6386, 9.7.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Copy {
    #[default]
    Keep,
    /// The last frame.
    Last,
    /// The altref frame for the golden one, and the other way round.
    Other,
}

/// Which references the frame replaces: RFC 6386, 9.7.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refresh {
    pub(crate) last: bool,
    pub(crate) golden: bool,
    pub(crate) altref: bool,
    pub(crate) copy_to_golden: Copy,
    pub(crate) copy_to_altref: Copy,
    /// Vectors into the golden and the altref frame are of the other sign.
    pub(crate) sign_bias: [bool; 2],
}

/// What inter frames say about their macroblocks: RFC 6386, 9.10.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InterHeader {
    pub(crate) intra: u8,
    pub(crate) last: u8,
    pub(crate) golden: u8,
}

/// The compressed header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Header {
    pub(crate) key: bool,
    pub(crate) version: u8,
    pub(crate) filter: FilterHeader,
    pub(crate) quantizers: QuantizerHeader,
    /// How many partitions of coefficients there are: 1, 2, 4 or 8.
    pub(crate) partitions: usize,
    pub(crate) refresh: Refresh,
    /// Probabilities go back behind this frame.
    pub(crate) forget: bool,
    /// Probability that a macroblock has coefficients, where macroblocks say so.
    pub(crate) skip: Option<u8>,
    pub(crate) inter: InterHeader,
}

impl Header {
    /// Reads the header from the first partition, and brings what lasts up to date. Where probabilities go back behind the
    /// frame, `saved` gets those.
    pub(crate) fn read(
        tag: &Tag,
        data: &mut BoolDecoder<'_>,
        lasting: &mut Lasting,
        saved: &mut Probabilities,
    ) -> Self {
        let mut header = Self { key: tag.key, version: tag.version, ..Self::default() };
        if tag.key {
            *lasting = Lasting::default();
            // The colour space, of which there is one, and whether pixels have to be clamped: to do so always is the same.
            data.literal(2);
        }
        lasting.segmentation.read(data);
        header.filter = FilterHeader {
            simple: data.flag(),
            level: data.literal(6),
            sharpness: data.literal(3),
        };
        lasting.deltas.read(data);
        header.partitions = 1 << data.literal(2);
        header.quantizers = QuantizerHeader::read(data);
        header.refresh = Refresh::read(tag.key, data);
        header.forget = !data.flag();
        if header.forget {
            saved.clone_from(&lasting.probabilities);
        }
        header.refresh.last = tag.key || data.flag();
        lasting.probabilities.read_coefficients(data);
        header.skip = data.flag().then(|| data.literal(8));
        if !tag.key {
            header.inter = InterHeader {
                intra: data.literal(8),
                last: data.literal(8),
                golden: data.literal(8),
            };
            lasting.probabilities.read_modes(data);
        }
        header
    }
}

impl Segmentation {
    /// RFC 6386, 9.3.
    fn read(&mut self, data: &mut BoolDecoder<'_>) {
        self.enabled = data.flag();
        self.update_map = false;
        if !self.enabled {
            return;
        }
        self.update_map = data.flag();
        let update_values = data.flag();
        if update_values {
            self.absolute = data.flag();
            self.quantizers = [(); 4].map(|()| data.optional_signed(7).unwrap_or(0));
            self.levels = [(); 4].map(|()| data.optional_signed(6).unwrap_or(0));
        }
        if self.update_map {
            self.tree = [(); 3].map(|()| if data.flag() { data.literal(8) } else { 255 });
        }
    }
}

impl LevelDeltas {
    /// RFC 6386, 9.6.
    fn read(&mut self, data: &mut BoolDecoder<'_>) {
        self.enabled = data.flag();
        if self.enabled && data.flag() {
            for delta in self.references.iter_mut().chain(&mut self.modes) {
                *delta = data.optional_signed(6).unwrap_or(*delta);
            }
        }
    }
}

impl QuantizerHeader {
    fn read(data: &mut BoolDecoder<'_>) -> Self {
        let base = data.literal(7);
        let mut delta = || data.optional_signed(4).unwrap_or(0);
        Self {
            base,
            luma_dc: delta(),
            second_dc: delta(),
            second_ac: delta(),
            chroma_dc: delta(),
            chroma_ac: delta(),
        }
    }
}

impl Refresh {
    /// All but the last frame, which is further on.
    fn read(key: bool, data: &mut BoolDecoder<'_>) -> Self {
        if key {
            return Self { golden: true, altref: true, ..Self::default() };
        }
        let (golden, altref) = (data.flag(), data.flag());
        let mut copy = |replaced: bool| match if replaced { 0 } else { data.literal(2) } {
            1 => Copy::Last,
            2 => Copy::Other,
            _ => Copy::Keep,
        };
        let (copy_to_golden, copy_to_altref) = (copy(golden), copy(altref));
        let sign_bias = [data.flag(), data.flag()];
        Self { last: false, golden, altref, copy_to_golden, copy_to_altref, sign_bias }
    }
}

impl Probabilities {
    /// RFC 6386, 13.4.
    fn read_coefficients(&mut self, data: &mut BoolDecoder<'_>) {
        let updates = coefficients::UPDATES.as_flattened().as_flattened().as_flattened();
        let all = self.coefficients.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        for (probability, &update) in all.iter_mut().zip(updates) {
            if data.read(update) {
                *probability = data.literal(8);
            }
        }
    }

    /// RFC 6386, 16.2 and 17.2.
    fn read_modes(&mut self, data: &mut BoolDecoder<'_>) {
        if data.flag() {
            self.luma = [(); 4].map(|()| data.literal(8));
        }
        if data.flag() {
            self.chroma = [(); 3].map(|()| data.literal(8));
        }
        let updates = modes::VECTOR_UPDATES.as_flattened();
        for (probability, &update) in self.vectors.as_flattened_mut().iter_mut().zip(updates) {
            if data.read(update) {
                let value = data.literal(7);
                *probability = if value == 0 { 1 } else { value << 1 };
            }
        }
    }
}

/// Splits what follows the first partition into partitions of coefficients: RFC 6386, 9.5. The last one takes what is
/// there, be it too little; all others must be whole.
pub(crate) fn partitions(data: &[u8], count: usize) -> Result<[(usize, usize); 8]> {
    let table = 3 * (count - 1);
    let (sizes, mut rest) = data
        .split_at_checked(table)
        .ok_or_else(|| Error::malformed("the sizes of the partitions are missing"))?;
    let mut ranges = [(0, 0); 8];
    let mut start = table;
    for (range, size) in ranges.iter_mut().zip(sizes.as_chunks::<3>().0) {
        let size = u32::from_le_bytes([size[0], size[1], size[2], 0]) as usize;
        rest = rest
            .get(size..)
            .ok_or_else(|| Error::malformed("a partition is longer than the frame"))?;
        *range = (start, start + size);
        start += size;
    }
    ranges[count - 1] = (start, data.len());
    Ok(ranges)
}
