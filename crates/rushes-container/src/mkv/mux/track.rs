//! What a packet becomes in its track.

use rushes_core::{
    Buffer, CodecId, Error, MediaKind, Packet, Result, Ticks, TimeBase, Timestamp, Track,
};

use super::block::Block;
use super::clock::{self, Clock, SECOND};
use super::flavor::Flavor;
use crate::bitstream::StoredForm;
use crate::mkv::codec::StoredCodec;
use crate::mkv::{frame_length, webvtt};

/// What Opus needs to hear before it sounds right (RFC 7845, 4.2): 80 ms.
const OPUS_PRE_ROLL: u64 = 80_000_000;

/// One track, as far as it has been written.
#[derive(Debug)]
pub(super) struct TrackWriter {
    pub(super) track: Track,
    pub(super) stored: StoredCodec,
    form: StoredForm,
    /// Identifier and settings of WebVTT stand in lines in front of the text.
    lines: bool,
    /// The `TrackNumber`.
    pub(super) number: u64,
    pub(super) uid: u64,
    /// Nanoseconds by which blocks are later than what they hold is shown.
    pub(super) codec_delay: u64,
    /// Nanoseconds that a packet lasts unless it says otherwise.
    pub(super) default_duration: Option<u64>,
    /// Identifiers of additions that have come so far.
    pub(super) additions: Vec<u64>,
    last_dts: Option<Timestamp>,
    last_tick: i64,
    /// End of what has been shown so far, in nanoseconds.
    pub(super) end: i64,
}

impl TrackWriter {
    pub(super) fn new(track: &Track, number: u64, uid: u64, flavor: Flavor) -> Result<Self> {
        let form = StoredForm::new(&track.codec)?;
        let mut stored = StoredCodec::of(form.codec()).ok_or_else(|| {
            let codec = &track.codec.codec;
            Error::unsupported(format!("codec '{codec}' in Matroska"), "mp4, mov")
        })?;
        let mut lines = false;
        if track.codec.codec == CodecId::WebVtt {
            check_webvtt(&stored.private, flavor)?;
            if stored.private.is_empty() || flavor == Flavor::Webm {
                lines = true;
                stored = StoredCodec {
                    id: "D_WEBVTT/SUBTITLES".to_owned(),
                    private: Vec::new(),
                    bit_depth: None,
                };
            }
        }
        Ok(Self {
            stored,
            form,
            lines,
            number,
            uid,
            codec_delay: declared_delay(track),
            default_duration: default_duration(track),
            additions: Vec::new(),
            last_dts: None,
            last_tick: 0,
            end: 0,
            track: track.clone(),
        })
    }

    pub(super) const fn kind(&self) -> MediaKind {
        self.track.kind()
    }

    /// `SeekPreRoll`, in nanoseconds.
    pub(super) fn seek_pre_roll(&self) -> Option<u64> {
        (self.track.codec.codec == CodecId::Opus).then_some(OPUS_PRE_ROLL)
    }

    /// Learns from a packet what the track entry must say: how far before time zero the track reaches, how long the frames of
    /// a codec last whose frames are equally long, and what comes beside the bytes.
    pub(super) fn prepare(&mut self, packet: &Packet) -> Result<()> {
        let pts = self.pts(packet)?;
        let time = clock::time_in_nanoseconds(self.track.time_base, pts);
        self.codec_delay = self.codec_delay.max(time.min(0).unsigned_abs());
        if self.default_duration.is_none() && has_even_frames(&self.track.codec.codec) {
            let base = self.track.time_base;
            // The first packet may be one that lasts longer than the others, where something is missing behind it.
            let told = packet.duration.map(|ticks| clock::length_in_nanoseconds(base, ticks));
            let duration = self.duration_of_bytes(packet).or(told);
            self.default_duration = duration.filter(|duration| is_rhythm(*duration));
        }
        self.note_additions(packet);
        Ok(())
    }

    fn note_additions(&mut self, packet: &Packet) {
        if self.lines {
            return;
        }
        for (id, _) in &packet.additions {
            if !self.additions.contains(id) && self.additions.len() < 64 {
                self.additions.push(*id);
            }
        }
    }

    /// The bytes of a packet as they are stored, and what is stored beside them.
    pub(super) fn payload<'a>(&self, packet: &'a Packet) -> Result<(Buffer, &'a [(u64, Buffer)])> {
        if self.lines {
            return Ok((webvtt::join(packet), &[]));
        }
        let data = self.form.packet(&packet.data)?;
        let data = match self.track.codec.codec {
            // Matroska leaves out the size and the mark with which a frame starts elsewhere.
            CodecId::ProRes if data.get(4..8) == Some(b"icpf") => {
                data.slice(8..data.len()).unwrap_or(data)
            }
            _ => data,
        };
        Ok((data, &packet.additions))
    }

    /// The block of a packet.
    pub(super) fn block(&mut self, packet: &Packet, clock: Clock) -> Result<Block> {
        self.check_order(packet)?;
        self.note_additions(packet);
        let base = self.track.time_base;
        let pts = self.pts(packet)?;
        let tick = clock.tick(base, pts, self.codec_delay)?;
        if tick < 0 {
            return Err(Error::usage(format!(
                "a packet of track {} lies before time zero, and comes behind packets that lie after it",
                packet.track
            )));
        }
        let end = packet.duration.map(|duration| pts.saturating_add(duration));
        let duration = match packet.duration {
            Some(duration) if !self.tells_duration(packet) => {
                let length = Timestamp::ZERO.saturating_add(duration);
                Some(clock.tick(base, length, 0)?.unsigned_abs())
            }
            _ => None,
        };
        let shown_to = end.unwrap_or(pts).saturating_sub(packet.trim.end);
        self.end = self.end.max(clock::time_in_nanoseconds(base, shown_to));
        let reference = self.last_tick - tick;
        self.last_tick = tick;
        Ok(Block {
            track: self.number,
            tick,
            key: packet.key || self.kind() != MediaKind::Video,
            // Of sound before time zero the delay says that it is not heard.
            invisible: packet.discard
                && (self.kind() == MediaKind::Video || end.unwrap_or(pts) > Timestamp::ZERO),
            duration,
            reference,
            discard_padding: self.discard_padding(packet, pts)?,
        })
    }

    fn check_order(&mut self, packet: &Packet) -> Result<()> {
        if packet.dts.is_some() && packet.dts < self.last_dts {
            return Err(Error::usage(format!(
                "time goes backwards in track {}: {} after {}",
                packet.track,
                packet.dts.unwrap_or_default().ticks(),
                self.last_dts.unwrap_or_default().ticks()
            )));
        }
        self.last_dts = packet.dts.or(self.last_dts);
        Ok(())
    }

    /// When a packet is shown. Only of pictures does the time of decoding say nothing.
    fn pts(&self, packet: &Packet) -> Result<Timestamp> {
        let decoding = packet.dts.filter(|_| self.kind() != MediaKind::Video);
        packet.pts.or(decoding).ok_or_else(|| {
            Error::usage(format!("a packet of track {} has no presentation time", packet.track))
        })
    }

    /// True where a reader knows how long a packet lasts without being told.
    fn tells_duration(&self, packet: &Packet) -> bool {
        let base = self.track.time_base;
        let Some(duration) = packet.duration else { return true };
        let Some(known) = self.duration_of_bytes(packet).or(self.default_duration) else {
            return false;
        };
        let tick = clock::length_in_nanoseconds(base, Ticks::new(1));
        let difference = clock::length_in_nanoseconds(base, duration).abs_diff(known);
        // More than half a tick of the source, so that its rounding is no difference, but less than a whole one.
        difference.saturating_mul(4) <= tick.saturating_mul(3)
    }

    /// How long a packet lasts by its bytes, in nanoseconds.
    fn duration_of_bytes(&self, packet: &Packet) -> Option<u64> {
        let audio = self.track.codec.as_audio()?;
        let samples = frame_length::samples(&self.track.codec, audio, &packet.data)?;
        let base = TimeBase::per_second(frame_length::clock_rate(&self.track.codec.codec, audio))?;
        Some(clock::length_in_nanoseconds(base, Ticks::new(samples)))
    }

    /// What is cut off a packet, in nanoseconds: from the end, or, negative, from the start.
    fn discard_padding(&self, packet: &Packet, pts: Timestamp) -> Result<i64> {
        let base = self.track.time_base;
        let cut = |ticks: Ticks| {
            i64::try_from(clock::length_in_nanoseconds(base, ticks)).unwrap_or(i64::MAX)
        };
        let heard = pts.saturating_add(packet.trim.start);
        // What lies before time zero is cut by the delay already.
        let is_told = packet.trim.start == Ticks::ZERO || heard <= Timestamp::ZERO;
        match (is_told, packet.trim.end == Ticks::ZERO) {
            (_, true) if packet.discard => Ok(0),
            (true, _) => Ok(cut(packet.trim.end)),
            (false, true) => Ok(cut(packet.trim.start).saturating_neg()),
            (false, false) => Err(Error::unsupported(
                format!("cutting both ends of the packet at tick {}", pts.ticks()),
                "a cut at one end",
            )),
        }
    }
}

/// Refuses WebVTT that cannot be stored: in the boxes of MP4, and in WebM with a header that says more than what it is.
fn check_webvtt(private: &[u8], flavor: Flavor) -> Result<()> {
    let (form, supported) = if private.get(4..8) == Some(b"vttC") {
        ("in the boxes of MP4", "mp4")
    } else if flavor == Flavor::Webm && !matches!(private.trim_ascii(), b"" | b"WEBVTT") {
        ("with a header of its own", "mkv")
    } else {
        return Ok(());
    };
    Err(Error::unsupported(format!("WebVTT {form} in {}", flavor.name()), supported))
}

/// What the encoder made up at the start, in nanoseconds. Opus counts in 48 kHz, whatever it codes.
fn declared_delay(track: &Track) -> u64 {
    let Some(audio) = track.codec.as_audio() else { return 0 };
    let rate = if track.codec.codec == CodecId::Opus { 48_000 } else { audio.sample_rate };
    let delay = Ticks::new(u64::from(audio.delay));
    TimeBase::per_second(rate).map_or(0, |base| clock::length_in_nanoseconds(base, delay))
}

/// How long each packet lasts, in nanoseconds; `None` where they differ.
fn default_duration(track: &Track) -> Option<u64> {
    let (base, length) = match (track.codec.as_video(), track.codec.as_audio()) {
        (Some(video), _) if video.constant_frame_rate => (video.frame_rate?.time_base(), 1),
        (_, Some(audio)) => {
            (TimeBase::per_second(audio.sample_rate)?, u64::from(audio.frame_samples?))
        }
        _ => return None,
    };
    let duration = clock::length_in_nanoseconds(base, Ticks::new(length));
    is_rhythm(duration).then_some(duration)
}

/// True for a length that frames may have: zero is none at all, and a minute is no rhythm.
fn is_rhythm(nanoseconds: u64) -> bool {
    (1..=60 * SECOND.unsigned_abs()).contains(&nanoseconds)
}

/// True for sound whose frames are equally long, but maybe for the last one.
const fn has_even_frames(codec: &CodecId) -> bool {
    matches!(
        codec,
        CodecId::Aac
            | CodecId::Mp1
            | CodecId::Mp2
            | CodecId::Mp3
            | CodecId::Flac
            | CodecId::Alac
            | CodecId::Ac3
            | CodecId::Eac3
            | CodecId::Dts
            | CodecId::TrueHd
            | CodecId::AmrNb
            | CodecId::AmrWb
    )
}

#[cfg(test)]
mod tests {
    use rushes_core::{AudioParameters, ChannelLayout, CodecParameters, Trim};

    use super::*;

    fn opus() -> TrackWriter {
        let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
        audio.delay = 312;
        let mut codec = CodecParameters::audio(CodecId::Opus, audio);
        codec.private = vec![0; 19].into();
        let base = TimeBase::per_second(48_000).expect("not zero");
        TrackWriter::new(&Track::new(1, codec, base), 1, 7, Flavor::Mkv).expect("is stored")
    }

    fn packet(pts: i64, duration: u64) -> Packet {
        Packet::new(0, vec![0xfc])
            .with_pts(Timestamp::new(pts))
            .with_duration(Ticks::new(duration))
            .with_key(true)
    }

    #[test]
    fn delays_make_room_before_time_zero() {
        let mut track = opus();
        assert_eq!(track.codec_delay, 6_500_000);
        track.prepare(&packet(-312, 960)).expect("has a time");
        assert_eq!(track.codec_delay, 6_500_000);
        track.prepare(&packet(-480, 960)).expect("has a time");
        assert_eq!(track.codec_delay, 10_000_000);
        let clock = Clock::new(1_000_000);
        assert_eq!(track.block(&packet(-480, 960), clock).expect("fits").tick, 0);
        assert_eq!(track.block(&packet(480, 960), clock).expect("fits").tick, 20);
        assert!(track.block(&packet(-481, 960), Clock::new(1000)).is_err());
    }

    #[test]
    fn durations_and_cuts_are_said_where_they_are_not_known() {
        let clock = Clock::new(1_000_000);
        let mut track = opus();
        let block = track.block(&packet(0, 960), clock).expect("fits");
        assert_eq!((block.duration, block.discard_padding), (None, 0));
        let block = track.block(&packet(960, 480), clock).expect("fits");
        assert_eq!(block.duration, Some(10));
        let trim = |start, end| Trim { start: Ticks::new(start), end: Ticks::new(end) };
        let cut = |pts, start, end| packet(pts, 960).with_trim(trim(start, end));
        assert_eq!(
            track.block(&cut(960, 0, 480), clock).expect("fits").discard_padding,
            10_000_000
        );
        assert_eq!(track.block(&cut(960, 48, 0), clock).expect("fits").discard_padding, -1_000_000);
        assert_eq!(track.block(&cut(-312, 312, 0), clock).expect("fits").discard_padding, 0);
        assert_eq!(
            track.block(&cut(-312, 312, 48), clock).expect("fits").discard_padding,
            1_000_000
        );
        assert!(matches!(track.block(&cut(960, 1, 1), clock), Err(Error::Unsupported(_))));
    }

    #[test]
    fn time_must_not_go_backwards() {
        let mut track = opus();
        let clock = Clock::new(1_000_000);
        let at = |dts| packet(0, 960).with_dts(Timestamp::new(dts));
        track.block(&at(10), clock).expect("fits");
        assert!(matches!(track.block(&at(9), clock), Err(Error::Usage(_))));
        let timeless = Packet::new(0, vec![0]);
        assert!(matches!(track.block(&timeless, clock), Err(Error::Usage(_))));
    }
}
