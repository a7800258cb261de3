//! Sound in blocks of one size, which lie side by side: what WAVE, Wave64, AIFF, AU and CAF have in common.

use rushes_core::{
    Buffer, Chapter, CodecId, Error, Metadata, Packet, PcmFormat, Result, Rounding, SampleFormat,
    Ticks, Time, Timestamp, Track,
};

use crate::cover::CoverArt;
use crate::id3::Tags;
use crate::input::Input;
use crate::{Demuxer, SeekTo, Seeked};

/// Bytes of a packet, cut down to whole blocks: FFmpeg's choice up to version 6.
pub(crate) const PACKET_BYTES: u64 = 4096;

/// What a format has read around the sound.
#[derive(Debug)]
pub(crate) struct BlockOpening {
    pub(crate) format: &'static str,
    pub(crate) track: Track,
    pub(crate) tags: Tags,
    /// Bytes of a block.
    pub(crate) block: u64,
    /// Samples per channel of a block.
    pub(crate) samples: u64,
    /// Most bytes of a packet, unless a block has more.
    pub(crate) packet: u64,
    pub(crate) sound: Sound,
}

/// Where the sound is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sound {
    pub(crate) start: u64,
    /// Bytes that are there; `None` for all that the source gives.
    pub(crate) length: Option<u64>,
    /// Bytes that are not there although they should be.
    pub(crate) missing: u64,
}

impl Sound {
    /// Sound at the position of the input; `None` for a length that nobody told.
    pub(crate) fn here(input: &Input, declared: Option<u64>) -> Self {
        let start = input.position();
        let available = input.length().map(|length| length.saturating_sub(start));
        let (length, missing) = match (declared, available) {
            (Some(declared), Some(available)) => {
                (Some(declared.min(available)), declared.saturating_sub(available))
            }
            (declared, available) => (declared.or(available), 0),
        };
        Self { start, length, missing }
    }
}

/// Reads sound in blocks.
#[derive(Debug)]
pub(crate) struct BlockDemuxer {
    input: Input,
    format: &'static str,
    tracks: Vec<Track>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    covers: Vec<CoverArt>,
    covers_given: usize,
    /// Neither is ever zero.
    block: u64,
    samples: u64,
    /// Bytes of a packet, in whole blocks.
    packet: u64,
    sound: Sound,
    /// Bytes of sound that have been read.
    consumed: u64,
    /// The end was told of, if it came too early.
    ended: bool,
}

impl BlockDemuxer {
    /// A demuxer at the first block.
    pub(crate) fn new(mut input: Input, opening: BlockOpening) -> Result<Self> {
        let BlockOpening { format, mut track, mut tags, block, samples, packet, sound } = opening;
        let (block, samples) = (block.max(1), samples.max(1));
        let packet = (packet / block).max(1) * block;
        track.start = Some(Timestamp::ZERO);
        track.disposition.default = true;
        if let Some(length) = sound.length {
            track.duration = Some(Ticks::new((length / block).saturating_mul(samples)));
            track.packets = Some(length.div_ceil(packet));
        }
        let limit = usize::try_from(input.limits().tracks.saturating_sub(1)).unwrap_or(usize::MAX);
        tags.covers.truncate(limit);
        let mut tracks = vec![track];
        tracks.extend(tags.covers.iter().map(CoverArt::track));
        input.seek(sound.start)?;
        Ok(Self {
            input,
            format,
            tracks,
            metadata: tags.metadata,
            chapters: tags.chapters,
            covers: tags.covers,
            covers_given: 0,
            block,
            samples,
            packet,
            sound,
            consumed: 0,
            ended: false,
        })
    }

    /// Samples in front of so many bytes of sound.
    fn elapsed(&self, bytes: u64) -> u64 {
        (bytes / self.block).saturating_mul(self.samples)
    }

    /// The end of the sound, after which a word is due if there should be more.
    fn end(&mut self, left: u64) -> Result<Option<Packet>> {
        let missing = match self.sound.length {
            Some(_) => self.sound.missing.saturating_add(left),
            None => 0,
        };
        if self.ended || missing == 0 {
            return Ok(None);
        }
        self.ended = true;
        let message = format!("the sound ends {missing} bytes too early");
        Err(Error::malformed(message).at(self.input.position()))
    }
}

impl Demuxer for BlockDemuxer {
    fn format(&self) -> &'static str {
        self.format
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    fn duration(&self) -> Option<Time> {
        let track = self.tracks.first()?;
        track.duration.map(|length| track.time_base.time(Timestamp::ZERO.saturating_add(length)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        if let Some(cover) = self.covers.get(self.covers_given) {
            self.covers_given += 1;
            return Ok(Some(cover.packet(self.covers_given)));
        }
        let left = self.sound.length.map_or(u64::MAX, |length| length - self.consumed);
        let wanted = usize::try_from(self.packet.min(left)).unwrap_or(usize::MAX);
        // What is there, because the sound may end earlier than its size says.
        let found = self.input.peek(wanted)?.len() as u64;
        if found == 0 {
            return self.end(left);
        }
        let position = self.input.position();
        let data = self.input.read_payload(found)?;
        let pts = self.elapsed(self.consumed);
        self.consumed += found;
        let mut packet =
            Packet::new(0, data).with_duration(Ticks::new(self.elapsed(found))).with_key(true);
        packet.pts = i64::try_from(pts).ok().map(Timestamp::new);
        packet.dts = packet.pts;
        packet.position = Some(position);
        Ok(Some(packet))
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        let sample = to.time.to_base(self.tracks[0].time_base, Rounding::Down).ticks();
        let sample = u64::try_from(sample).unwrap_or(0);
        let end = self.input.length().unwrap_or(u64::MAX).saturating_sub(self.sound.start);
        let blocks = self.sound.length.unwrap_or(end) / self.block;
        let block = (sample / self.samples).min(blocks.saturating_sub(1));
        self.input.seek(self.sound.start.saturating_add(block * self.block))?;
        self.consumed = block * self.block;
        (self.covers_given, self.ended) = (0, false);
        let pts = i64::try_from(self.elapsed(self.consumed)).unwrap_or(i64::MAX);
        Ok(Seeked { track: 0, pts: Timestamp::new(pts) })
    }
}

/// True for codecs whose packets are any number of blocks.
pub(crate) const fn has_blocks(codec: &CodecId) -> bool {
    matches!(codec, CodecId::Pcm(_) | CodecId::AdpcmMs | CodecId::AdpcmIma)
}

/// What samples are decoded to.
pub(crate) const fn sample_format(format: PcmFormat) -> SampleFormat {
    match format {
        PcmFormat::U8 | PcmFormat::S8 => SampleFormat::U8,
        PcmFormat::F32Le | PcmFormat::F32Be => SampleFormat::F32,
        PcmFormat::F64Le | PcmFormat::F64Be => SampleFormat::F64,
        PcmFormat::S64Le | PcmFormat::S64Be => SampleFormat::S64,
        PcmFormat::S24Le
        | PcmFormat::S24Be
        | PcmFormat::S24In32Le
        | PcmFormat::S32Le
        | PcmFormat::S32Be => SampleFormat::S32,
        _ => SampleFormat::S16,
    }
}

/// The error for metadata that is larger than what may be read of it.
pub(crate) fn check_metadata(input: &Input, size: u64) -> Result<()> {
    let limit = input.limits().metadata_bytes;
    if size > limit { Err(Error::limit("metadata_bytes", size, limit)) } else { Ok(()) }
}

/// The next `size` bytes, or what is left of the input.
pub(crate) fn read_up_to(input: &mut Input, size: u64) -> Result<Buffer> {
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let found = input.peek(wanted)?.len() as u64;
    input.read_payload(found)
}

/// Goes to an offset ahead; false where the input ends before it.
pub(crate) fn skip_to(input: &mut Input, offset: u64) -> Result<bool> {
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

/// The error for sound in front of its format, on inputs that cannot come back to it.
pub(crate) fn format_comes_later() -> Error {
    Error::unsupported(
        "sound in front of its format, in an input that is read forward only",
        "inputs that seek",
    )
}
