//! Reading WAVE files.

use rushes_core::{
    Chapter, CodecId, Error, Metadata, Packet, Result, Rounding, Ticks, Time, TimeBase, Timestamp,
    Track,
};

use super::chunks::{self, Ds64};
use super::format::WaveFormat;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Bytes of a packet, cut down to whole blocks: FFmpeg's choice up to version 6.
const PACKET_BYTES: u64 = 4096;
/// Bytes of a `fmt ` chunk that are read: more than any codec's private data.
const FORMAT_BYTES: u64 = 66_000;

/// Reads WAVE files.
#[derive(Debug)]
pub(crate) struct WavDemuxer {
    input: Input,
    tracks: [Track; 1],
    metadata: Metadata,
    format: WaveFormat,
    /// Bytes of a block, never zero.
    block: u64,
    data_start: u64,
    /// Length of the sound; `None` for all that the source gives.
    data_length: Option<u64>,
    /// Bytes of sound that have been read.
    consumed: u64,
}

impl WavDemuxer {
    /// Reads everything but the sound.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        if let Some(name) = options.options.keys().next() {
            return Err(Error::usage(format!(
                "the wav demuxer has no option '{name}'; it has none"
            )));
        }
        let header = Header::read(&mut input).map_err(|error| error.within("RIFF"))?;
        let (Some(format), Some((data_start, data_length))) = (header.format, header.data) else {
            let missing = if header.data.is_none() { "data" } else { "fmt" };
            return Err(Error::malformed(format!("there is no '{missing}' chunk")).within("RIFF"));
        };
        let parameters = format.parameters().map_err(|error| error.within("fmt").within("RIFF"))?;
        let base = TimeBase::per_second(format.sample_rate)
            .ok_or_else(|| Error::malformed("0 samples per second").within("fmt"))?;
        let block = parameters.as_audio().map_or(1, |audio| u64::from(audio.block_align).max(1));
        let mut track = Track::new(0, parameters, base);
        track.start = Some(Timestamp::ZERO);
        track.disposition.default = true;
        if !has_blocks(&track.codec.codec) && !matches!(track.codec.codec, CodecId::Unknown(..)) {
            track.unsupported = Some(format!("{} inside wav", track.codec.codec));
        }
        if let Some(length) = data_length {
            let packet = packet_bytes(block);
            track.duration = Some(Ticks::new(format.samples_in(length / block)));
            track.packets = Some(length.div_ceil(packet));
        }
        input.seek(data_start)?;
        Ok(Self {
            input,
            tracks: [track],
            metadata: header.metadata,
            format,
            block,
            data_start,
            data_length,
            consumed: 0,
        })
    }
}

impl Demuxer for WavDemuxer {
    fn format(&self) -> &'static str {
        "wav"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn chapters(&self) -> &[Chapter] {
        &[]
    }

    fn duration(&self) -> Option<Time> {
        let track = &self.tracks[0];
        track.duration.map(|length| track.time_base.time(Timestamp::ZERO.saturating_add(length)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let left = self.data_length.map_or(u64::MAX, |length| length - self.consumed);
        let wanted = usize::try_from(packet_bytes(self.block).min(left)).unwrap_or(usize::MAX);
        // What is there, because the sound may end earlier than its size says.
        let found = self.input.peek(wanted)?.len() as u64;
        if found == 0 {
            return Ok(None);
        }
        let position = self.input.position();
        let data = self.input.read_payload(found)?;
        let pts = self.format.samples_in(self.consumed / self.block);
        self.consumed += found;
        let mut packet = Packet::new(0, data)
            .with_duration(Ticks::new(self.format.samples_in(found / self.block)))
            .with_key(true);
        packet.pts = i64::try_from(pts).ok().map(Timestamp::new);
        packet.dts = packet.pts;
        packet.position = Some(position);
        Ok(Some(packet))
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        if !self.input.is_seekable() {
            return Err(Error::unsupported("seeking in an input that is read forward only", ""));
        }
        if let Some(track) = to.track.filter(|track| *track != 0) {
            return Err(Error::usage(format!("there is no track {track}; there is 1")));
        }
        let sample = to.time.to_base(self.tracks[0].time_base, Rounding::Down).ticks();
        let sample = u64::try_from(sample).unwrap_or(0);
        let end = self.input.length().unwrap_or(u64::MAX).saturating_sub(self.data_start);
        let blocks = self.data_length.unwrap_or(end) / self.block;
        let block = (sample / self.format.samples_in(1)).min(blocks.saturating_sub(1));
        self.input.seek(self.data_start.saturating_add(block * self.block))?;
        self.consumed = block * self.block;
        let pts = i64::try_from(self.format.samples_in(block)).unwrap_or(i64::MAX);
        Ok(Seeked { track: 0, pts: Timestamp::new(pts) })
    }
}

/// The chunks around the sound.
#[derive(Default)]
struct Header {
    sizes: Option<Ds64>,
    format: Option<WaveFormat>,
    /// Where the sound is, and its length; `None` to the end of the source.
    data: Option<(u64, Option<u64>)>,
    metadata: Metadata,
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
            let goes_on = if &kind == b"data" && header.data.is_none() {
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
                    chunks::read_info(info, &mut self.metadata);
                }
            }
            b"bext" => {
                check_metadata(input, size)?;
                let bytes = read_up_to(input, size)?;
                chunks::read_bext(&bytes, &mut self.metadata);
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
        let available = input.length().map(|length| length.saturating_sub(start));
        let length = match (declared, available) {
            (Some(declared), Some(available)) => Some(declared.min(available)),
            (Some(length), None) | (None, Some(length)) => Some(length),
            (None, None) => None,
        };
        self.data = Some((start, length));
        if !input.is_seekable() {
            return match self.format {
                Some(_) => Ok(false),
                None => Err(Error::unsupported(
                    "sound in front of its format, in an input that is read forward only",
                    "inputs that seek",
                )),
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

/// True for codecs whose packets are any number of blocks.
const fn has_blocks(codec: &CodecId) -> bool {
    matches!(codec, CodecId::Pcm(_) | CodecId::AdpcmMs | CodecId::AdpcmIma)
}

/// Bytes of a packet of whole blocks.
const fn packet_bytes(block: u64) -> u64 {
    if block >= PACKET_BYTES { block } else { PACKET_BYTES / block * block }
}

fn check_metadata(input: &Input, size: u64) -> Result<()> {
    let limit = input.limits().metadata_bytes;
    if size > limit { Err(Error::limit("metadata_bytes", size, limit)) } else { Ok(()) }
}

/// The next `size` bytes, or what is left of the input.
fn read_up_to(input: &mut Input, size: u64) -> Result<rushes_core::Buffer> {
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let found = input.peek(wanted)?.len() as u64;
    input.read_payload(found)
}

/// Goes to an offset ahead; false where the input ends before it.
fn skip_to(input: &mut Input, offset: u64) -> Result<bool> {
    if let Some(length) = input.length()
        && offset >= length
    {
        return Ok(false);
    }
    match input.seek(offset) {
        Ok(()) => Ok(true),
        // A sequential input that turned out to be shorter.
        Err(Error::Malformed(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
