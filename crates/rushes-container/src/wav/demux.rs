//! Reading WAVE files.

use rushes_core::{CodecId, CodecParameters, Error, Result, TimeBase, Track};

use super::chunks::{self, Ds64};
use super::cue::Marks;
use super::format::WaveFormat;
use crate::DemuxOptions;
use crate::blocks::{
    BlockDemuxer, BlockOpening, PACKET_BYTES, Sound, check_metadata, format_comes_later,
    has_blocks, read_up_to, skip_to,
};
use crate::id3::{self, Tags};
use crate::input::Input;

/// Bytes of a `fmt ` chunk that are read: more than any codec's private data.
pub(super) const FORMAT_BYTES: u64 = 66_000;

/// Reads everything but the sound.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<BlockDemuxer> {
    options.check_none("wav")?;
    let header = Header::read(&mut input).map_err(|error| error.within("RIFF"))?;
    let (Some(format), Some(sound)) = (header.format, header.sound) else {
        let missing = if header.sound.is_none() { "data" } else { "fmt" };
        return Err(Error::malformed(format!("there is no '{missing}' chunk")).within("RIFF"));
    };
    let mut tags = header.tags;
    let chapters = header.marks.chapters(format.sample_rate);
    if !chapters.is_empty() {
        // Marks count samples, ID3 milliseconds.
        tags.chapters = chapters;
    }
    let track = describe(&format).map_err(|error| error.within("fmt").within("RIFF"))?;
    let opening = opening("wav", &format, track, tags, sound);
    BlockDemuxer::new(input, opening)
}

/// The track for a format.
pub(super) fn describe(format: &WaveFormat) -> Result<Track> {
    let parameters: CodecParameters = format.parameters()?;
    let base = TimeBase::per_second(format.sample_rate)
        .ok_or_else(|| Error::malformed("0 samples per second"))?;
    let mut track = Track::new(0, parameters, base);
    if !has_blocks(&track.codec.codec) && !matches!(track.codec.codec, CodecId::Unknown(..)) {
        track.unsupported = Some(format!("{} inside wav", track.codec.codec));
    }
    Ok(track)
}

/// What the reader of blocks needs.
pub(super) fn opening(
    name: &'static str,
    format: &WaveFormat,
    track: Track,
    tags: Tags,
    sound: Sound,
) -> BlockOpening {
    let block = track.codec.as_audio().map_or(1, |audio| u64::from(audio.block_align));
    let (samples, packet) = (format.samples_in(1), PACKET_BYTES);
    BlockOpening { format: name, track, tags, block, samples, packet, sound }
}

/// The chunks around the sound.
#[derive(Default)]
struct Header {
    sizes: Option<Ds64>,
    format: Option<WaveFormat>,
    sound: Option<Sound>,
    tags: Tags,
    marks: Marks,
}

impl Header {
    /// Reads all chunks where the source seeks, else those before the sound.
    fn read(input: &mut Input) -> Result<Self> {
        let signature: [u8; 12] = input.read_array()?;
        let [a, b, c, d, _, _, _, _, wave @ ..] = signature;
        match &[a, b, c, d] {
            b"RIFF" | b"RF64" | b"BW64" if &wave == b"WAVE" => {}
            b"RIFX" => return Err(Error::unsupported("big-endian RIFX", "RIFF, RF64, BW64")),
            _ => return Err(Error::malformed("this is no WAVE file").at(0)),
        }
        let mut header = Self::default();
        while input.peek(8)?.len() == 8 {
            let offset = input.position();
            let [a, b, c, d, size @ ..] = input.read_array::<8>()?;
            let kind = [a, b, c, d];
            let size = u32::from_le_bytes(size);
            let goes_on = if &kind == b"data" && header.sound.is_none() {
                header.data(input, size)?
            } else {
                let name = String::from_utf8_lossy(&kind).into_owned();
                header
                    .chunk(input, kind, u64::from(size))
                    .map_err(|error| error.at(offset).within(name.trim_end()))?
            };
            if !goes_on {
                break;
            }
        }
        Ok(header)
    }

    /// Takes a chunk in; false where the source ends with it.
    fn chunk(&mut self, input: &mut Input, kind: [u8; 4], size: u64) -> Result<bool> {
        let end = input.position() + size;
        match &kind {
            b"fmt " if self.format.is_none() => {
                let bytes = read_up_to(input, size.min(FORMAT_BYTES))?;
                self.format = Some(WaveFormat::read(&bytes)?);
            }
            b"ds64" if self.sizes.is_none() => {
                let bytes = read_up_to(input, size.min(u64::from(Ds64::SIZE)))?;
                self.sizes = Some(Ds64::read(&bytes)?);
            }
            b"LIST" if size >= 4 => {
                check_metadata(input, size)?;
                let bytes = read_up_to(input, size)?;
                if let Some(info) = bytes.strip_prefix(b"INFO") {
                    chunks::read_info(info, &mut self.tags.metadata);
                } else if let Some(list) = bytes.strip_prefix(b"adtl") {
                    self.marks.read_list(list);
                }
            }
            b"bext" => {
                check_metadata(input, size)?;
                let bytes = read_up_to(input, size)?;
                chunks::read_bext(&bytes, &mut self.tags.metadata);
            }
            b"cue " => {
                check_metadata(input, size)?;
                let bytes = read_up_to(input, size)?;
                self.marks.read_points(&bytes);
            }
            b"id3 " | b"ID3 " => {
                check_metadata(input, size)?;
                let bytes = read_up_to(input, size)?;
                id3::read_chunk(&bytes, &mut self.tags);
            }
            _ => {}
        }
        skip_to(input, end + size % 2)
    }

    /// Notes where the sound is, and passes over it if something may follow; false where nothing does.
    fn data(&mut self, input: &mut Input, size: u32) -> Result<bool> {
        let start = input.position();
        let declared = match (size, self.sizes) {
            (u32::MAX, Some(sizes)) => Some(sizes.data_size),
            // A writer that could not go back to fill the size in.
            (0 | u32::MAX, _) => None,
            (size, _) => Some(u64::from(size)),
        };
        self.sound = Some(Sound::here(input, declared));
        if !input.is_seekable() {
            return match self.format {
                Some(_) => Ok(false),
                None => Err(format_comes_later()),
            };
        }
        match declared {
            Some(declared) => {
                skip_to(input, start.saturating_add(declared).saturating_add(declared % 2))
            }
            None => Ok(false),
        }
    }
}
