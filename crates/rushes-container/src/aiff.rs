//! AIFF ("Audio Interchange File Format", Apple, version 1.3) and AIFF-C (draft of 1991): big-endian chunks.

use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, CodecParameters, Error, MediaKind, PcmFormat, Result,
    TimeBase, Track,
};

use crate::blocks::{
    self, BlockDemuxer, BlockOpening, PACKET_BYTES, Sound, check_metadata, format_comes_later,
    read_up_to, skip_to,
};
use crate::id3::{self, Tags};
use crate::input::Input;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};
use crate::{DemuxOptions, Format};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "aiff",
        long_name: "AIFF, AIFF-C (Apple)",
        extensions: &["aiff", "aif", "aifc", "afc"],
        default_video: None,
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| probe(start).then_some(Score::Certain),
        open: |input, options| Ok(Box::new(open(input, options)?)),
    }),
    create: None,
}];

/// Bytes of `COMM` that are read: more than any name of a compression takes.
const COMMON_BYTES: u64 = 1024;
/// Bytes of the offset and the block size in front of the sound.
const SOUND_HEADER: u64 = 8;

fn probe(bytes: &[u8]) -> bool {
    bytes.starts_with(b"FORM") && matches!(bytes.get(8..12), Some(b"AIFF" | b"AIFC"))
}

/// Reads everything but the sound.
fn open(mut input: Input, options: &DemuxOptions) -> Result<BlockDemuxer> {
    options.check_none("aiff")?;
    let header = Header::read(&mut input).map_err(|error| error.within("FORM"))?;
    let (Some(common), Some(sound)) = (header.common, header.sound) else {
        let missing = if header.sound.is_none() { "SSND" } else { "COMM" };
        return Err(Error::malformed(format!("there is no '{missing}' chunk")).within("FORM"));
    };
    let (block, samples) = common.block();
    let base = TimeBase::per_second(common.sample_rate).unwrap_or(TimeBase::nanoseconds());
    let track = Track::new(0, common.parameters(), base);
    let opening = BlockOpening {
        format: "aiff",
        track,
        tags: header.tags,
        block,
        samples,
        packet: PACKET_BYTES,
        sound,
    };
    BlockDemuxer::new(input, opening)
}

/// The chunks around the sound.
#[derive(Default)]
struct Header {
    common: Option<Common>,
    sound: Option<Sound>,
    tags: Tags,
}

impl Header {
    /// Reads all chunks where the source seeks, else those before the sound.
    fn read(input: &mut Input) -> Result<Self> {
        let signature: [u8; 12] = input.read_array()?;
        if !probe(&signature) {
            return Err(Error::malformed("this is no AIFF file").at(0));
        }
        let is_compressed = signature.ends_with(b"AIFC");
        let mut header = Self::default();
        while input.peek(8)?.len() == 8 {
            let offset = input.position();
            let [a, b, c, d, size @ ..] = input.read_array::<8>()?;
            let (kind, size) = ([a, b, c, d], u64::from(u32::from_be_bytes(size)));
            let end = input.position() + size;
            let name = String::from_utf8_lossy(&kind).into_owned();
            header
                .chunk(input, kind, size, is_compressed)
                .map_err(|error| error.at(offset).within(name.trim_end()))?;
            let is_last = header.sound.is_some() && !input.is_seekable();
            if is_last || !skip_to(input, end + size % 2)? {
                break;
            }
        }
        Ok(header)
    }

    fn chunk(
        &mut self,
        input: &mut Input,
        kind: [u8; 4],
        size: u64,
        compressed: bool,
    ) -> Result<()> {
        let key = match &kind {
            b"COMM" if self.common.is_none() => {
                let bytes = read_up_to(input, size.min(COMMON_BYTES))?;
                self.common = Some(Common::read(&bytes, compressed)?);
                return Ok(());
            }
            b"SSND" if self.sound.is_none() => {
                if self.common.is_none() && !input.is_seekable() {
                    return Err(format_comes_later());
                }
                let [a, b, c, d, _, _, _, _] = input.read_array::<8>()?;
                let offset = u64::from(u32::from_be_bytes([a, b, c, d]));
                let length = size.checked_sub(SOUND_HEADER + offset).ok_or_else(|| {
                    Error::malformed(format!("sound at offset {offset} of {size} bytes"))
                })?;
                let start = input.position() + offset;
                if skip_to(input, start)? || input.position() == start {
                    self.sound = Some(Sound::here(input, Some(length)));
                }
                return Ok(());
            }
            b"ID3 " | b"id3 " => {
                check_metadata(input, size)?;
                id3::read_chunk(&read_up_to(input, size)?, &mut self.tags);
                return Ok(());
            }
            b"NAME" => "title",
            b"AUTH" => "artist",
            b"(c) " => "copyright",
            b"ANNO" => "comment",
            _ => return Ok(()),
        };
        check_metadata(input, size)?;
        let bytes = read_up_to(input, size)?;
        let text = String::from_utf8_lossy(&bytes);
        self.tags.set(key, text.trim_end_matches('\0').trim_end());
        Ok(())
    }
}

/// The common chunk.
#[derive(Clone, Copy, Debug)]
struct Common {
    channels: u16,
    bits: u16,
    sample_rate: u32,
    /// `NONE` in AIFF.
    compression: [u8; 4],
}

impl Common {
    fn read(bytes: &[u8], compressed: bool) -> Result<Self> {
        let short = || Error::malformed(format!("{} bytes are too few", bytes.len()));
        let number = |at: usize| {
            let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map(|bytes| u16::from_be_bytes(*bytes)).ok_or_else(short)
        };
        let rate = bytes.get(8..).and_then(<[u8]>::first_chunk).ok_or_else(short)?;
        let compression = if compressed {
            *bytes.get(18..).and_then(<[u8]>::first_chunk).ok_or_else(short)?
        } else {
            *b"NONE"
        };
        let common = Self {
            channels: number(0)?,
            bits: number(6)?,
            sample_rate: extended(*rate).unwrap_or(0),
            compression,
        };
        if common.channels == 0 || common.sample_rate == 0 {
            let message = format!("{} channels at {} Hz", common.channels, common.sample_rate);
            return Err(Error::malformed(message));
        }
        Ok(common)
    }

    /// Uncompressed formats; those of more bits than are significant are left-justified.
    fn format(&self) -> Option<PcmFormat> {
        let bytes = self.bits.div_ceil(8);
        Some(match (&self.compression, bytes) {
            (b"NONE" | b"twos" | b"TWOS", 1) => PcmFormat::S8,
            (b"NONE" | b"twos" | b"TWOS", 2) => PcmFormat::S16Be,
            (b"NONE" | b"twos" | b"in24", 3) | (b"in24", _) => PcmFormat::S24Be,
            (b"NONE" | b"twos" | b"in32", 4) | (b"in32", _) => PcmFormat::S32Be,
            (b"sowt" | b"SOWT", 1) => PcmFormat::S8,
            (b"sowt" | b"SOWT", 2) => PcmFormat::S16Le,
            (b"sowt" | b"SOWT", 3) | (b"42ni", _) => PcmFormat::S24Le,
            (b"sowt" | b"SOWT", 4) | (b"23ni", _) => PcmFormat::S32Le,
            (b"raw ", _) => PcmFormat::U8,
            (b"fl32" | b"FL32", _) => PcmFormat::F32Be,
            (b"fl64" | b"FL64", _) => PcmFormat::F64Be,
            (b"alaw" | b"ALAW", _) => PcmFormat::ALaw,
            (b"ulaw" | b"ULAW", _) => PcmFormat::MuLaw,
            _ => return None,
        })
    }

    /// Bytes and samples of a block.
    fn block(&self) -> (u64, u64) {
        match (self.format(), &self.compression) {
            (Some(format), _) => (u64::from(self.channels) * u64::from(format.bits() / 8), 1),
            (None, b"ima4") => (u64::from(self.channels) * 34, 64),
            (None, _) => (1, 1),
        }
    }

    fn parameters(&self) -> CodecParameters {
        let layout = ChannelLayout::default_for(self.channels);
        let mut audio = AudioParameters::new(self.sample_rate, layout);
        let (block, samples) = self.block();
        audio.block_align = u32::try_from(block).unwrap_or(0);
        let Some(format) = self.format() else {
            let name = String::from_utf8_lossy(&self.compression).into_owned();
            return CodecParameters::audio(CodecId::Unknown(MediaKind::Audio, name), audio);
        };
        audio.sample_format = Some(blocks::sample_format(format));
        let is_linear = matches!(&self.compression, b"NONE" | b"twos" | b"sowt");
        audio.bits_per_sample = if is_linear { self.bits } else { format.bits() };
        let mut parameters = CodecParameters::audio(CodecId::Pcm(format), audio);
        parameters.bit_rate = Some(block * u64::from(self.sample_rate) * 8 / samples);
        parameters
    }
}

/// A float of 80 bits, rounded to a whole number (IEEE 754, double extended); `None` for what is no rate.
fn extended(bytes: [u8; 10]) -> Option<u32> {
    let [a, b, mantissa @ ..] = bytes;
    // The mantissa has 63 bits behind the point.
    let exponent = i32::from(u16::from_be_bytes([a, b])) - 16383;
    let mantissa = u64::from_be_bytes(mantissa);
    let shift = u32::try_from(63 - exponent).ok().filter(|shift| (32..64).contains(shift))?;
    let half = 1_u64 << (shift - 1);
    u32::try_from((mantissa >> shift) + u64::from(mantissa & half != 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_eighty_bits() {
        let check = |bytes: [u8; 10], expected| assert_eq!(extended(bytes), expected);
        check([0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0], Some(44_100));
        check([0x40, 0x0e, 0xbb, 0x80, 0, 0, 0, 0, 0, 0], Some(48_000));
        check([0x40, 0x0b, 0xfa, 0x00, 0, 0, 0, 0, 0, 0], Some(8000));
        // 22254.5454…, the rate of the first Macintosh.
        check([0x40, 0x0d, 0xad, 0xdd, 0x17, 0x45, 0xd1, 0x45, 0xd1, 0x74], Some(22_255));
        check([0xc0, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0], None);
        check([0x7f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], None);
        check([0; 10], None);
    }
}
