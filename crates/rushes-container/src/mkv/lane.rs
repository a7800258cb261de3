//! What reading one track needs to know, and the times of its packets.

use rushes_core::{
    Buffer, CodecId, CodecParameters, Limits, MediaKind, Packet, Rounding, Ticks, TimeBase,
    Timestamp,
};

use super::encoding::Encodings;
use super::frame_length;
use crate::gcd::gcd;

const NANOSECONDS: TimeBase = TimeBase::nanoseconds();

/// One track that is read.
#[derive(Debug)]
pub(super) struct Lane {
    /// Number by which blocks name the track.
    pub(super) number: u64,
    /// Number by which tags name the track.
    pub(super) uid: u64,
    pub(super) kind: MediaKind,
    pub(super) codec: CodecParameters,
    /// The `CodecID`.
    pub(super) codec_name: String,
    pub(super) encodings: Encodings,
    pub(super) clock: Clock,
    /// `DefaultDuration`, in nanoseconds.
    pub(super) default_duration: Option<u64>,
    /// `SeekPreRoll`, in nanoseconds.
    pub(super) pre_roll: u64,
    /// Times of blocks are those of decoding (Video for Windows).
    pub(super) decoding_times: bool,
    pub(super) order: DecodingOrder,
    /// Samples of encoder delay that are still to come, in ticks; `None` before the first packet.
    pub(super) delay_left: Option<u64>,
    /// Packets are trimmed to what is presented.
    pub(super) trims: bool,
}

/// Turns times of blocks into those of packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Nanoseconds of a tick of the segment.
    pub(super) scale: u64,
    /// Unit of the packets' times.
    pub(super) base: TimeBase,
    /// `CodecDelay`, in ticks of the unit.
    pub(super) delay: i64,
    /// Ticks of the segment are those of the packets.
    same: bool,
}

impl Clock {
    /// For a track with ticks of so many nanoseconds. Sound is counted in samples, since its delay and padding are given finer
    /// than the ticks are.
    pub(super) fn new(scale: u64, delay: u64, sample_rate: Option<u32>) -> Self {
        let (mut numer, mut denom) = (scale.max(1), 1_000_000_000);
        let common = gcd(numer, denom);
        (numer, denom) = (numer / common, denom / common);
        let ticks = u32::try_from(numer)
            .ok()
            .zip(u32::try_from(denom).ok())
            .and_then(|(numer, denom)| TimeBase::new(numer, denom));
        let samples = sample_rate.filter(|rate| *rate >= 1000).and_then(TimeBase::per_second);
        let base = samples.or(ticks).unwrap_or(NANOSECONDS);
        let delay = i64::try_from(delay).unwrap_or(i64::MAX);
        Self {
            scale,
            base,
            delay: NANOSECONDS.rescale(delay, base, Rounding::Nearest),
            same: Some(base) == ticks,
        }
    }

    /// Ticks of the segment in the unit of the packets, not shifted by the delay.
    pub(super) fn length(&self, ticks: i64) -> i64 {
        if self.same {
            return ticks;
        }
        let nanoseconds = ticks.saturating_mul(i64::try_from(self.scale).unwrap_or(i64::MAX));
        NANOSECONDS.rescale(nanoseconds, self.base, Rounding::Nearest)
    }

    /// Presentation time of a time of the segment.
    pub(super) fn time(&self, tick: i64) -> i64 {
        self.length(tick).saturating_sub(self.delay)
    }

    /// Nanoseconds in the unit of the packets.
    pub(super) fn nanoseconds(&self, value: u64) -> u64 {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        NANOSECONDS.rescale(value, self.base, Rounding::Nearest).unsigned_abs()
    }
}

impl Lane {
    /// How long a frame lasts by itself; `None` where only its block tells.
    pub(super) fn own_length(&self, frame: &[u8]) -> Option<u64> {
        let audio = self.codec.as_audio()?;
        let samples = frame_length::samples(&self.codec, audio, frame)?;
        let rate = frame_length::clock_rate(&self.codec.codec, audio);
        let rate = TimeBase::per_second(rate)?;
        let samples = i64::try_from(samples).ok()?;
        Some(rate.rescale(samples, self.clock.base, Rounding::Nearest).unsigned_abs())
    }

    /// How long one of the `count` frames of a block lasts, as it is stored.
    pub(super) fn frame_length(
        &self,
        frame: Buffer,
        duration: Option<u64>,
        count: u64,
        limits: &Limits,
    ) -> Option<u64> {
        let frame = self.encodings.decode_frame(frame, limits).ok()?;
        self.own_length(&frame).or_else(|| self.share(duration, count))
    }

    /// How long one of `count` frames lasts by what the file says.
    pub(super) fn share(&self, duration: Option<u64>, count: u64) -> Option<u64> {
        if let Some(duration) = duration {
            let whole = self.clock.length(i64::try_from(duration).unwrap_or(i64::MAX));
            return whole.unsigned_abs().checked_div(count);
        }
        self.default_duration.map(|duration| self.clock.nanoseconds(duration))
    }

    /// True where decoding can start at a block. Some writers mark all frames, or none: of VP8 and VP9 the first byte tells.
    pub(super) fn is_key(&self, marked: bool, lead: u8) -> bool {
        if self.kind != MediaKind::Video {
            return true;
        }
        match self.codec.codec {
            _ if !self.encodings.is_none() => marked,
            // RFC 6386, 9.1.
            CodecId::Vp8 => lead & 1 == 0,
            // The uncompressed header: mark, profile, `show_existing_frame`, `frame_type`.
            CodecId::Vp9 if lead >> 4 & 3 == 3 => lead & 0b110 == 0,
            CodecId::Vp9 => lead & 0b1100 == 0,
            _ => marked,
        }
    }

    /// Puts times on a packet that is shown at `pts`, the next one in decoding order.
    pub(super) fn stamp(&mut self, packet: &mut Packet, pts: Option<i64>, padding: i64) {
        let Some(pts) = pts else { return };
        let time = Some(Timestamp::new(pts));
        if self.decoding_times {
            packet.dts = time;
            // Without pictures that are shown later, both times are the same.
            if self.order.depth == 0 {
                packet.pts = time;
            }
        } else {
            packet.pts = time;
            let step = self.default_duration.map_or(40_000_000, |duration| duration.max(1));
            let step = || self.clock.nanoseconds(step);
            packet.dts = Some(Timestamp::new(self.order.next(pts, step)));
        }
        if self.kind == MediaKind::Audio && self.trims {
            self.trim(packet, pts, padding);
        }
    }

    /// Cuts what the encoder added: its delay at the start, padding at the end.
    fn trim(&mut self, packet: &mut Packet, pts: i64, padding: i64) {
        let tick = self.clock.nanoseconds(self.clock.scale);
        // Less than a tick is the rounding of the time, not a rest of the delay.
        let left = self.delay_left.get_or_insert_with(|| match pts {
            ..0 if pts.unsigned_abs() > tick => pts.unsigned_abs(),
            _ => 0,
        });
        let cut = padding.unsigned_abs();
        let mut start = 0;
        if *left > 0 {
            let length = packet.duration.map_or(*left, Ticks::count);
            start = length.min(*left);
            packet.discard |= start == length;
            *left -= start;
        }
        let cut = self.clock.nanoseconds(cut);
        match padding {
            0 => {}
            1.. => packet.trim.end = Ticks::new(cut),
            // Seldom, but the standard has it: what is cut from the start.
            _ => start = start.max(cut),
        }
        if !packet.discard {
            packet.trim.start = Ticks::new(start);
        }
    }

    /// Forgets what came before, as after a seek.
    pub(super) fn restart(&mut self) {
        self.order.restart();
        self.delay_left = None;
    }
}

/// Finds decoding times, which Matroska does not store: with a depth of reordering of `n`, a picture is decoded when the one
/// `n` places earlier in the order of showing is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct DecodingOrder {
    pub(super) depth: usize,
    /// Presentation times that have not become decoding times yet, in order.
    waiting: Vec<i64>,
    /// Pictures that had to do with times before the first one.
    led: usize,
    first: i64,
    last: Option<i64>,
}

impl DecodingOrder {
    pub(super) fn new(depth: usize) -> Self {
        Self { depth: depth.min(16), ..Self::default() }
    }

    /// Decoding time of the next picture.
    fn next(&mut self, pts: i64, step: impl Fn() -> u64) -> i64 {
        if self.depth == 0 {
            return pts;
        }
        if self.last.is_none() {
            self.first = pts;
        }
        let index = self.waiting.partition_point(|known| *known <= pts);
        self.waiting.insert(index, pts);
        let dts = if self.led < self.depth {
            let ahead = u64::try_from(self.depth - self.led).unwrap_or(0);
            self.led += 1;
            self.first.saturating_sub_unsigned(step().saturating_mul(ahead))
        } else {
            self.waiting.remove(0)
        };
        let dts = self.last.map_or(dts, |last| dts.max(last));
        self.last = Some(dts);
        dts
    }

    fn restart(&mut self) {
        *self = Self::new(self.depth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_times_of_reordered_pictures() {
        let check = |depth, times: &[i64], expected: &[i64]| {
            let mut order = DecodingOrder::new(depth);
            let found: Vec<i64> = times.iter().map(|pts| order.next(*pts, || 10)).collect();
            assert_eq!(found, expected);
        };
        check(0, &[0, 10, 20], &[0, 10, 20]);
        check(1, &[0, 30, 10, 20, 60, 40, 50], &[-10, 0, 10, 20, 30, 40, 50]);
        check(2, &[0, 40, 20, 10, 30], &[-20, -10, 0, 10, 20]);
        // A depth that is too small never makes decoding times go back.
        check(1, &[0, 40, 20, 10, 30], &[-10, 0, 20, 20, 30]);
    }

    #[test]
    fn sound_is_counted_in_samples() {
        let clock = Clock::new(1_000_000, 6_500_000, Some(48_000));
        assert_eq!((clock.delay, clock.time(0), clock.time(20)), (312, -312, 648));
        assert_eq!(clock.nanoseconds(1_000_000_000), 48_000);
        let clock = Clock::new(1_000_000, 6_500_000, None);
        assert_eq!((clock.base.denom(), clock.time(0)), (1000, -7));
        let odd = Clock::new(20_832, 0, None);
        assert_eq!((odd.base.numer(), odd.base.denom(), odd.time(7)), (651, 31_250_000, 7));
        let huge = Clock::new(u64::MAX, 0, None);
        assert_eq!(huge.base, NANOSECONDS);
        assert_eq!(huge.time(2), i64::MAX);
    }
}
