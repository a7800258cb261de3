//! Writing one stream of Ogg: its headers, and the granule positions of its packets.

use rushes_core::{
    Buffer, CodecId, Error, Packet, Result, Rounding, Ticks, TimeBase, Timestamp, Track,
};

use super::codec::{FlacStream, VorbisStream, split_vorbis};
use super::mux::check_codec;
use super::paginate::Paginator;
use crate::bitstream::opus_samples;
use crate::flac::{MARKER, Picture, StreamInfo};
use crate::vorbis_comment::Comments;

/// Writes one stream.
#[derive(Debug)]
pub(super) struct TrackWriter {
    track: Track,
    codec: Codec,
    /// The unit of granule positions.
    base: TimeBase,
    pages: Paginator,
    headers: Vec<Vec<u8>>,
    /// The granule position at which the next packet starts; `None` in front of the first.
    clock: Option<i64>,
    /// Where the next packet starts by the times of the packets, where that can be known.
    expected: Option<i64>,
    /// Samples that are skipped at the start.
    pre_skip: i64,
}

#[derive(Debug)]
enum Codec {
    Opus,
    Vorbis(Box<VorbisStream>),
    Flac(StreamInfo),
}

impl TrackWriter {
    /// Checks the track.
    pub(super) fn new(track: &Track, serial: u32, page_duration: u32) -> Result<Self> {
        check_codec(&track.codec.codec)?;
        let private = &track.codec.private;
        let missing =
            |what: &str| Error::usage(format!("the private data of the track is no {what}"));
        let (codec, rate) = match track.codec.codec {
            CodecId::Opus => {
                if !private.starts_with(b"OpusHead") || private.len() < 19 {
                    return Err(missing("header of Opus"));
                }
                (Codec::Opus, 48_000)
            }
            CodecId::Vorbis => {
                let stream = VorbisStream::of_private(private);
                let stream = stream.ok_or_else(|| missing("three headers of Vorbis"))?;
                let rate = stream.rate;
                (Codec::Vorbis(Box::new(stream)), rate)
            }
            _ => {
                let info = StreamInfo::of_private(private);
                let info = info.ok_or_else(|| missing("stream information of FLAC"))?;
                let rate = info.sample_rate;
                (Codec::Flac(info), rate)
            }
        };
        let base = TimeBase::per_second(rate).unwrap_or(track.time_base);
        let ticks = u64::from(rate) * u64::from(page_duration) / 1000;
        Ok(Self {
            track: track.clone(),
            codec,
            base,
            pages: Paginator::new(serial, ticks),
            headers: Vec::new(),
            clock: None,
            expected: None,
            pre_skip: 0,
        })
    }

    /// Makes the headers. `first` is the first packet, if there is one; the comments are those of the file.
    pub(super) fn start(
        &mut self,
        first: Option<&Packet>,
        file: &Comments,
        pictures: &[Picture],
    ) -> Result<()> {
        let mut comments = file.clone();
        for (key, value) in self.track.metadata.iter() {
            if comments.metadata.value(key).is_none() && (key, value) != ("language", "und") {
                comments.metadata.set(key, value);
            }
        }
        let private = self.track.codec.private.clone();
        self.headers = match &self.codec {
            Codec::Opus => {
                let start = first.and_then(|packet| packet.pts).map_or(0, |pts| self.ticks_of(pts));
                let (head, pre_skip) = opus_head(&private, start)?;
                self.pre_skip = pre_skip;
                vec![head, [b"OpusTags", &comments.write(pictures)[..]].concat()]
            }
            Codec::Vorbis(_) => vorbis_headers(&private, &comments, pictures),
            Codec::Flac(info) => flac_headers(info, &self.track, comments, pictures)?,
        };
        Ok(())
    }

    /// The page that starts the stream.
    pub(super) fn first_page(&mut self) -> Vec<u8> {
        if let Some(head) = self.headers.first() {
            self.pages.push(head, 0, 0);
        }
        self.pages.flush();
        self.pages.take()
    }

    /// The pages of the other headers, of which the last ends a page.
    pub(super) fn other_headers(&mut self) -> Vec<u8> {
        for header in self.headers.iter().skip(1) {
            self.pages.push(header, 0, 0);
        }
        self.pages.flush();
        self.headers.clear();
        self.pages.take()
    }

    /// Adds a packet, and returns the pages that are full.
    pub(super) fn push(&mut self, packet: &Packet) -> Result<Vec<u8>> {
        let duration = i64::try_from(self.duration(packet)?).unwrap_or(i64::MAX);
        let pts = self.ticks_of(packet.pts.or(packet.dts).unwrap_or_default());
        let cut = |ticks: Ticks| {
            let length = self.track.time_base.convert_ticks(ticks, self.base, Rounding::Nearest);
            i64::try_from(length.count()).unwrap_or(i64::MAX).min(duration)
        };
        let (cut_start, cut_end) = (cut(packet.trim.start), cut(packet.trim.end));
        let mut clock = match (self.clock, &self.codec) {
            (Some(clock), _) => clock,
            (None, Codec::Opus) => pts.saturating_add(self.pre_skip),
            // Nothing comes out of the first packet: what it seems to last lies in front of the start.
            (None, Codec::Vorbis(_)) if pts >= 0 => pts.saturating_sub(duration),
            (None, _) => pts,
        };
        let is_leading = clock < self.pre_skip.max(1);
        if cut_start > 0 && !is_leading {
            return Err(Error::unsupported(
                "cutting the start of a packet in the middle of ogg",
                "cuts at the start and at the end of packets at the end",
            ));
        }
        let gap = self.expected.map_or(0, |expected| pts.saturating_sub(expected));
        if gap > self.tolerance() {
            self.pages.flush();
            clock = clock.saturating_add(gap);
        }
        let is_first = self.clock.is_none();
        let end = clock.saturating_add(duration);
        let heard = if cut_start == duration { end } else { end.saturating_sub(cut_end) };
        let granule = u64::try_from(heard).unwrap_or(0);
        self.pages.push(&packet.data, duration.unsigned_abs(), granule);
        if heard < end {
            // Only the end of a page says where something is cut.
            self.pages.close();
        }
        self.clock = Some(heard);
        // How long the first packet of Vorbis lasts, containers do not agree upon.
        let knows = !(is_first && matches!(self.codec, Codec::Vorbis(_)));
        self.expected = knows.then_some(pts.saturating_add(duration).saturating_sub(end - heard));
        Ok(self.pages.take())
    }

    /// The last pages.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        self.pages.finish();
        self.pages.take()
    }

    fn duration(&mut self, packet: &Packet) -> Result<u64> {
        let duration = match &mut self.codec {
            Codec::Opus => opus_samples(&packet.data).map(u64::from),
            Codec::Vorbis(stream) => Some(stream.duration(&packet.data)),
            Codec::Flac(_) => Some(FlacStream::duration(&packet.data)).filter(|ticks| *ticks > 0),
        };
        let codec = &self.track.codec.codec;
        duration.ok_or_else(|| Error::usage(format!("a packet is none of {codec}")))
    }

    fn ticks_of(&self, pts: Timestamp) -> i64 {
        self.track.time_base.convert(pts, self.base, Rounding::Nearest).ticks()
    }

    /// How far a time may be off because its unit is coarse.
    fn tolerance(&self) -> i64 {
        if self.track.time_base == self.base {
            return 0;
        }
        self.track.time_base.rescale(2, self.base, Rounding::Up)
    }
}

/// The identification header for packets that start at this tick, and the samples that are skipped.
fn opus_head(private: &[u8], start: i64) -> Result<(Vec<u8>, i64)> {
    let mut head = private.to_vec();
    let stated = i64::from(u16::from_le_bytes([private[10], private[11]]));
    let pre_skip = stated.max(start.saturating_neg());
    let field = u16::try_from(pre_skip).map_err(|_| {
        Error::unsupported(
            format!("skipping {pre_skip} samples at the start of Opus"),
            "up to 65535",
        )
    })?;
    head[10..12].copy_from_slice(&field.to_le_bytes());
    Ok((head, pre_skip))
}

/// The headers, with the comments of the file unless the old ones say the same.
fn vorbis_headers(private: &Buffer, comments: &Comments, pictures: &[Picture]) -> Vec<Vec<u8>> {
    let Some([head, old, setup]) = split_vorbis(private) else { return Vec::new() };
    let known = old.get(7..).map(Comments::read).unwrap_or_default();
    let same = known.metadata == comments.metadata
        && known.chapters == comments.chapters
        && known.covers.is_empty()
        && pictures.is_empty();
    let list = if same {
        old.to_vec()
    } else {
        // Who encoded the sound stays.
        let comments = Comments { vendor: known.vendor, ..comments.clone() };
        [&b"\x03vorbis"[..], &comments.write(pictures), &[1]].concat()
    };
    vec![head.to_vec(), list, setup.to_vec()]
}

/// The headers of FLAC in Ogg (RFC 9639, 10.1).
fn flac_headers(
    info: &StreamInfo,
    track: &Track,
    mut comments: Comments,
    pictures: &[Picture],
) -> Result<Vec<Vec<u8>>> {
    let layout = track.codec.as_audio().map(|audio| audio.layout);
    comments.channel_mask = layout.and_then(|layout| info.mask_to_say(layout));
    let count = u16::try_from(pictures.len() + 1)
        .map_err(|_| Error::usage("more pictures than FLAC in Ogg can count"))?;
    let mut head = b"\x7fFLAC\x01\0".to_vec();
    head.extend(count.to_be_bytes());
    head.extend(MARKER);
    head.extend([0, 0, 0, 34]);
    head.extend(info.write());
    let mut headers = vec![head];
    let comments = std::iter::once((4, comments.write(&[])));
    let blocks = comments.chain(pictures.iter().map(|picture| (6, picture.write())));
    for ((kind, body), index) in blocks.zip(1..) {
        let length = u32::try_from(body.len()).ok().filter(|length| *length < 1 << 24);
        let length = length.ok_or_else(|| {
            Error::usage(format!("a block of {} bytes; FLAC takes less than 16 MiB", body.len()))
        })?;
        let mut packet = length.to_be_bytes().to_vec();
        packet[0] = kind | if index == count { 0x80 } else { 0 };
        packet.extend(body);
        headers.push(packet);
    }
    Ok(headers)
}
