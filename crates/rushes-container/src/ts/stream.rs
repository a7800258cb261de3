//! One elementary stream: PES packets in, packets out.

use rushes_core::{Buffer, MediaKind, Packet, Ticks, TimeBase, Timestamp, Track};

use super::pes::{Clock, PesHeader};
use super::psi::Elementary;
use super::units::{Cutting, Times, Unit, Units};
use super::{parameters, streams};
use crate::bitstream::is_key;

/// Bytes of the longest PES header.
const MOST_HEADER: usize = 9 + 255;

/// The unit of all times of a transport stream.
pub(super) fn time_base() -> TimeBase {
    TimeBase::per_second(90_000).unwrap_or(TimeBase::nanoseconds())
}

/// An elementary stream of a program.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) id: u16,
    number: usize,
    pub(super) track: Track,
    units: Units,
    cutting: Cutting,
    pub(super) clock: Clock,
    counter: Option<u8>,
    pes: Pes,
    /// Decoding time of the last unit, and how far it was from the one before.
    last: Option<i64>,
    step: Option<i64>,
    /// Time of the last frame of sound whose time was stored, and samples since.
    rhythm: Option<(i64, u64)>,
}

/// Where in a PES packet we are.
#[derive(Clone, Debug)]
enum Pes {
    /// In front of the first one.
    Waiting,
    /// In its header, which so far is this; it started at that offset.
    Header(Vec<u8>, u64),
    /// In its payload, of which so many bytes are left; `None` where its end is the next one's start.
    Payload(Option<usize>),
}

impl Stream {
    pub(super) fn new(number: usize, stream: &Elementary, limit: usize) -> Self {
        let (codec, cutting) = streams::describe(stream);
        let mut track = Track::new(stream.id.into(), codec, time_base());
        track.disposition.default = number == 0;
        if let Some(language) = streams::language(stream) {
            track.metadata.set("language", language);
        }
        Self {
            id: stream.id,
            number,
            track,
            units: Units::new(cutting, limit),
            cutting,
            clock: Clock::default(),
            counter: None,
            pes: Pes::Waiting,
            last: None,
            step: None,
            rhythm: None,
        }
    }

    /// Forgets what was read: what comes next is somewhere else, near this time.
    pub(super) fn jump(&mut self, time: Option<i64>) {
        self.units.clear();
        self.pes = Pes::Waiting;
        (self.counter, self.last, self.step, self.rhythm) = (None, None, None, None);
        if let Some(time) = time {
            self.clock.set(time);
        }
    }

    /// Takes a transport packet that starts at an offset in the source; units that are whole go to `output`.
    pub(super) fn push(
        &mut self,
        packet: &super::packet::Packet<'_>,
        position: u64,
        output: &mut impl FnMut(Packet),
    ) {
        let Some(payload) = packet.payload else { return };
        if self.counter == Some(packet.counter) && !packet.discontinuity && !packet.starts {
            // A packet may be sent twice.
            return;
        }
        self.counter = Some(packet.counter);
        if packet.starts {
            self.finish_pes(output);
            self.pes = Pes::Header(Vec::new(), position);
        }
        match &mut self.pes {
            Pes::Waiting => {}
            Pes::Header(head, start) => {
                head.extend_from_slice(payload);
                let (head, start) = (std::mem::take(head), *start);
                match PesHeader::read(&head) {
                    Some(header) => self.start_pes(&header, &head, start),
                    None if head.len() < MOST_HEADER => {
                        self.pes = Pes::Header(head, start);
                        return;
                    }
                    // This is no PES packet.
                    None => {
                        self.pes = Pes::Waiting;
                        return;
                    }
                }
            }
            Pes::Payload(left) => {
                let length = left.map_or(payload.len(), |left| left.min(payload.len()));
                self.units.push(&payload[..length]);
                if let Some(left) = left {
                    *left -= length;
                }
            }
        }
        let ended = matches!(self.pes, Pes::Payload(Some(0)));
        self.drain(ended && self.cutting == Cutting::Whole, output);
    }

    /// Gives out what is left at the end.
    pub(super) fn finish(&mut self, output: &mut impl FnMut(Packet)) {
        self.drain(true, output);
        self.pes = Pes::Waiting;
    }

    fn finish_pes(&mut self, output: &mut impl FnMut(Packet)) {
        if self.cutting == Cutting::Whole {
            self.drain(true, output);
        }
    }

    fn start_pes(&mut self, header: &PesHeader, head: &[u8], start: u64) {
        // Decoding times go on from one to the next, presentation times are near them.
        let dts = header.dts.map(|dts| self.clock.unroll(dts));
        let pts = header.pts.map(|pts| self.clock.near(pts));
        self.units.start(Times { pts, dts }, start);
        let payload = head.get(header.length..).unwrap_or_default();
        let length = header.payload.map_or(payload.len(), |left| left.min(payload.len()));
        self.units.push(&payload[..length]);
        self.pes = Pes::Payload(header.payload.map(|left| left - length));
    }

    fn drain(&mut self, ends: bool, output: &mut impl FnMut(Packet)) {
        while let Some(unit) = self.units.next(ends) {
            output(self.packet(unit));
        }
    }

    /// The packet that a unit is.
    fn packet(&mut self, unit: Unit) -> Packet {
        let codec = &mut self.track.codec;
        if !parameters::are_known(codec) {
            parameters::learn(codec, &unit.data);
        }
        let video = codec.codec.kind() == MediaKind::Video;
        let key = !video || is_key(&codec.codec, &unit.data).unwrap_or(false);
        let stored = unit.times.unwrap_or_default();
        let (mut pts, mut dts) = (stored.pts, stored.dts.or(stored.pts));
        let mut duration = None;
        if let (count @ 1.., rate @ 1..) = unit.samples {
            let rate = u64::from(rate);
            let ticks =
                |samples: u64| samples.saturating_mul(90_000).saturating_add(rate / 2) / rate;
            let (start, before) = match (stored.pts, self.rhythm) {
                (Some(pts), _) => (Some(pts), 0),
                (None, Some((start, samples))) => (Some(start), samples),
                (None, None) => (None, 0),
            };
            let elapsed = i64::try_from(ticks(before)).unwrap_or(i64::MAX);
            pts = start.map(|start| start.saturating_add(elapsed));
            dts = pts;
            let after = before.saturating_add(count.into());
            self.rhythm = start.map(|start| (start, after));
            duration = Some(Ticks::new(ticks(after) - ticks(before)));
        } else if dts.is_none() {
            // A picture that shares a PES packet with the one before.
            dts = self.last.zip(self.step).map(|(last, step)| last.saturating_add(step));
        }
        if let (Some(last), Some(dts)) = (self.last, dts)
            && dts > last
        {
            self.step = Some(dts - last);
        }
        self.last = dts.or(self.last);
        let mut packet = Packet::new(self.number, Buffer::from(unit.data)).with_key(key);
        packet.pts = pts.map(Timestamp::new);
        packet.dts = dts.map(Timestamp::new);
        packet.duration = duration.or_else(|| self.picture_duration());
        packet.position = Some(unit.position);
        packet
    }

    /// How long a picture is shown, where the stream says so.
    fn picture_duration(&self) -> Option<Ticks> {
        let rate = self.track.codec.as_video()?.frame_rate?;
        Some(Ticks::new(90_000 * u64::from(rate.denom()) / u64::from(rate.numer())))
    }
}
