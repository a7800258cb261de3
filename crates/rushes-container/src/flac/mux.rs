//! Writing FLAC files.

use rushes_core::{
    CodecId, CodecParameters, Error, Packet, Result, Rounding, Ticks, TimeBase, Timestamp, Track,
};

use super::blocks::{self, SeekPoint};
use super::header::FrameHeader;
use super::stream_info::{MARKER, StreamInfo};
use crate::checks::{check_order, check_track, unknown_option};
use crate::output::Output;
use crate::vorbis_comment::{Comments, Pending, Taken};
use crate::{MuxOptions, Muxer, Sink};

/// Bytes of padding behind the tags, in which players change them.
const PADDING: u32 = 8192;
/// Points of the seek table.
const POINTS: u32 = 100;
/// Bytes of a block have 24 bits.
const BLOCK_LIMIT: usize = (1 << 24) - 1;

/// Writes FLAC files.
///
/// Where the sink seeks, the stream information and the seek table are filled in at the end; on pipes the number of samples reads
/// "unknown", and there is no table.
#[derive(Debug)]
pub(crate) struct FlacMuxer {
    output: Output,
    pending: Pending,
    comments: Comments,
    info: StreamInfo,
    sound: usize,
    count: usize,
    base: TimeBase,
    padding: u32,
    points: u32,
    /// Where the stream information and the seek table are, and where frames start.
    info_at: u64,
    table_at: u64,
    frames_at: u64,
    index: Index,
    sizes: Sizes,
    last: Option<Timestamp>,
}

/// The frames so far, thinned out as they become more.
#[derive(Debug, Default)]
struct Index {
    /// First sample, offset, samples.
    frames: Vec<(u64, u64, u16)>,
    /// Every so manieth frame is in it.
    stride: u64,
    seen: u64,
}

/// What the frames were like.
#[derive(Debug, Default)]
struct Sizes {
    samples: u64,
    /// Of all blocks but the last.
    min_block: Option<u32>,
    last_block: u32,
    max_block: u32,
    min_frame: Option<u32>,
    max_frame: u32,
}

impl FlacMuxer {
    /// Checks the tracks. The header waits for the pictures.
    pub(crate) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        let (mut padding, mut points) = (PADDING, POINTS);
        for (name, value) in &options.options {
            let (number, limit) = match name.as_str() {
                "padding" => (&mut padding, 1 << 24),
                "seek_points" => (&mut points, 900_000),
                _ => {
                    return Err(unknown_option("flac muxer", name, "padding, seek_points"));
                }
            };
            *number = value.parse().ok().filter(|number| *number < limit).ok_or_else(|| {
                Error::usage(format!("{name} is '{value}'; it takes a number below {limit}"))
            })?;
        }
        let mut sounds = tracks.iter().enumerate().filter(|(_, t)| !t.disposition.attached_picture);
        let (Some((sound, track)), None) = (sounds.next(), sounds.next()) else {
            return Err(Error::usage("flac takes 1 audio track, and cover art"));
        };
        let (CodecId::Flac, Some(audio)) = (&track.codec.codec, track.codec.as_audio()) else {
            let what = format!("codec {} in flac", track.codec.codec);
            return Err(Error::unsupported(what, "flac"));
        };
        let info = StreamInfo::of_private(&track.codec.private).ok_or_else(|| {
            Error::usage("the private data of the track has no stream information of FLAC")
        })?;
        let mut comments = Comments::of(options);
        if let Some(language) = track.metadata.value("language").filter(|l| *l != "und")
            && comments.metadata.value("language").is_none()
        {
            comments.metadata.set("language", language);
        }
        comments.channel_mask = info.mask_to_say(audio.layout);
        let output = Output::new(sink)?;
        let points = if output.is_seekable() { points } else { 0 };
        let mut muxer = Self {
            output,
            pending: Pending::new(tracks),
            comments,
            info,
            sound,
            count: tracks.len(),
            base: track.time_base,
            padding,
            points,
            info_at: 0,
            table_at: 0,
            frames_at: 0,
            index: Index { stride: 1, ..Index::default() },
            sizes: Sizes::default(),
            last: None,
        };
        if muxer.pending.is_ready() {
            muxer.write_header()?;
        }
        Ok(muxer)
    }

    /// Writes the blocks, and the frames that waited for them.
    fn write_header(&mut self) -> Result<()> {
        let Some((pictures, queue)) = self.pending.close() else { return Ok(()) };
        self.output.write(MARKER)?;
        self.info_at = self.output.position() + 4;
        // How many samples there will be is not known yet, nor whether they are those that the sum was made of.
        let unknown = StreamInfo {
            min_frame: 0,
            max_frame: 0,
            samples: 0,
            md5: [0; 16],
            ..self.info.clone()
        };
        self.block(blocks::STREAM_INFO, &unknown.write(), false)?;
        if self.points > 0 {
            self.table_at = self.output.position() + 4;
            self.block(blocks::SEEK_TABLE, &self.table(&[]), false)?;
        }
        let is_last = pictures.is_empty() && self.padding == 0;
        self.block(blocks::COMMENTS, &self.comments.write(&[]), is_last)?;
        for (index, picture) in pictures.iter().enumerate() {
            let is_last = index + 1 == pictures.len() && self.padding == 0;
            self.block(blocks::PICTURE, &picture.write(), is_last)?;
        }
        if self.padding > 0 {
            let padding = vec![0; usize::try_from(self.padding).unwrap_or(0)];
            self.block(blocks::PADDING, &padding, true)?;
        }
        self.frames_at = self.output.position();
        queue.iter().try_for_each(|packet| self.write_frame(packet))
    }

    fn block(&mut self, kind: u8, body: &[u8], is_last: bool) -> Result<()> {
        let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= BLOCK_LIMIT);
        let length = length.ok_or_else(|| {
            let what = if kind == blocks::PICTURE { "a picture" } else { "the tags" };
            Error::usage(format!(
                "{what} of {} bytes; FLAC takes {BLOCK_LIMIT} at the most",
                body.len()
            ))
        })?;
        let mut head = length.to_be_bytes();
        head[0] = kind | if is_last { blocks::LAST } else { 0 };
        self.output.write(&head)?;
        self.output.write(body)
    }

    /// The seek table with these points, and room for the others.
    fn table(&self, points: &[(SeekPoint, u16)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (point, samples) in points {
            bytes.extend(point.sample.to_be_bytes());
            bytes.extend(point.offset.to_be_bytes());
            bytes.extend(samples.to_be_bytes());
        }
        let length = usize::try_from(self.points).unwrap_or(0) * SeekPoint::SIZE;
        while bytes.len() < length {
            bytes.extend(SeekPoint::NOWHERE.to_be_bytes());
            bytes.extend([0; SeekPoint::SIZE - 8]);
        }
        bytes
    }

    fn write_frame(&mut self, packet: &Packet) -> Result<()> {
        let header = FrameHeader::read(&packet.data).ok_or_else(|| {
            Error::usage("a packet does not start with the header of a FLAC frame")
        })?;
        let sample = self.sizes.samples;
        let offset = self.output.position() - self.frames_at;
        let most = usize::try_from(self.points).unwrap_or(0).max(1) * 2;
        let block = u16::try_from(header.block_size).unwrap_or(u16::MAX);
        self.index.push((sample, offset, block), most);
        self.sizes.push(header.block_size, packet.data.len());
        self.output.write(&packet.data)
    }

    fn check(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, self.count)?;
        if packet.track != self.sound {
            return Ok(());
        }
        let time = packet.dts.or(packet.pts);
        check_order(time, self.last)?;
        self.last = time.or(self.last);
        let rate = TimeBase::per_second(self.info.sample_rate).unwrap_or(self.base);
        let cut = |ticks| self.base.convert_ticks(ticks, rate, Rounding::Down) > Ticks::ZERO;
        if packet.discard || cut(packet.trim.start) || cut(packet.trim.end) {
            return Err(Error::unsupported("cutting FLAC in flac", "packets without trim"));
        }
        Ok(())
    }

    /// Fills in what was not known at the start.
    fn patch(&mut self) -> Result<()> {
        let sizes = &self.sizes;
        let same = self.info.samples == 0 || self.info.samples == sizes.samples;
        let narrow = |block: u32| u16::try_from(block).unwrap_or(u16::MAX);
        let info = StreamInfo {
            min_block: narrow(sizes.min_block.unwrap_or(sizes.max_block)).max(16),
            max_block: narrow(sizes.max_block).max(16),
            min_frame: frame_bytes(sizes.min_frame.unwrap_or(0)),
            max_frame: frame_bytes(sizes.max_frame),
            samples: if sizes.samples < 1 << 36 { sizes.samples } else { 0 },
            md5: if same { self.info.md5 } else { [0; 16] },
            ..self.info.clone()
        };
        self.output.patch(self.info_at, &info.write())?;
        if self.points > 0 {
            let table = self.table(&self.index.points(self.points));
            self.output.patch(self.table_at, &table)?;
        }
        Ok(())
    }
}

impl Muxer for FlacMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        self.check(packet)?;
        match self.pending.take(packet)? {
            Taken::Free => self.write_frame(packet),
            Taken::Kept if self.pending.is_ready() => self.write_header(),
            Taken::Kept => Ok(()),
        }
    }

    fn complete(&mut self, track: usize, parameters: &CodecParameters) -> Result<()> {
        check_track(track, self.count)?;
        if track != self.sound {
            return Ok(());
        }
        let stream = |info: &StreamInfo| (info.sample_rate, info.channels, info.bits);
        let known = StreamInfo::of_private(&parameters.private);
        self.info = known.filter(|info| stream(info) == stream(&self.info)).ok_or_else(|| {
            Error::usage("these private data are not of the stream that the track began with")
        })?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.write_header()?;
        if self.output.is_seekable() && self.sizes.samples > 0 {
            self.patch()?;
        }
        self.output.flush()
    }
}

/// Bytes of a frame as the stream information has them, where zero is "unknown".
const fn frame_bytes(bytes: u32) -> u32 {
    if bytes < 1 << 24 { bytes } else { 0 }
}

impl Index {
    fn push(&mut self, frame: (u64, u64, u16), most: usize) {
        if self.seen.is_multiple_of(self.stride) {
            if self.frames.len() >= most {
                let mut keep = false;
                self.frames.retain(|_| {
                    keep = !keep;
                    keep
                });
                self.stride *= 2;
            }
            if self.seen.is_multiple_of(self.stride) {
                self.frames.push(frame);
            }
        }
        self.seen += 1;
    }

    /// So many points, or fewer.
    fn points(&self, count: u32) -> Vec<(SeekPoint, u16)> {
        let step = self.frames.len().div_ceil(usize::try_from(count).unwrap_or(1).max(1)).max(1);
        let frames = self.frames.iter().step_by(step);
        frames
            .map(|(sample, offset, block)| (SeekPoint { sample: *sample, offset: *offset }, *block))
            .collect()
    }
}

impl Sizes {
    fn push(&mut self, block: u32, bytes: usize) {
        if self.samples > 0 {
            let last = self.last_block;
            self.min_block = Some(self.min_block.map_or(last, |least| least.min(last)));
        }
        self.samples += u64::from(block);
        self.last_block = block;
        self.max_block = self.max_block.max(block);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.min_frame = Some(self.min_frame.map_or(bytes, |least| least.min(bytes)));
        self.max_frame = self.max_frame.max(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_stays_small_and_even() {
        let mut index = Index { stride: 1, ..Index::default() };
        for frame in 0..10_000 {
            index.push((frame * 10, frame * 7, 10), 8);
            assert!(index.frames.len() <= 8);
        }
        let points = index.points(4);
        assert!((2..=4).contains(&points.len()), "{points:?}");
        let samples: Vec<_> = points.iter().map(|(point, _)| point.sample).collect();
        let step = samples[1] - samples[0];
        assert!(samples.windows(2).all(|pair| pair[1] - pair[0] == step), "{samples:?}");
    }
}
