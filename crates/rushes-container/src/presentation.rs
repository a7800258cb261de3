//! Presentation times for tracks of containers that store decoding times alone, such as AVI.

use std::collections::VecDeque;

use rushes_core::bitstream::ReorderDepth;
use rushes_core::{Buffer, CodecId, Packet, Result, Ticks, Timestamp, Track, VideoParameters};

use crate::annexb::{Order, Pictures, Timeline, Unit};
use crate::bitstream::{NalCodec, PictureType, PlainForm, picture_type};

/// Fills in presentation times by the order that the pictures themselves tell.
///
/// A decoder that is given a picture at each decoding time shows the n-th one in output order when it is given the one `depth`
/// places further on, where `depth` is how far decoding is ahead. So the decoding times, taken that much later, are the
/// presentation times. FFmpeg reads such files the same way.
#[derive(Debug)]
pub struct PresentationTimes {
    order: OutputOrder,
    timeline: Timeline,
    /// Decoding time and length of each packet that waits.
    stored: VecDeque<(Timestamp, Option<Ticks>)>,
    /// Decoding times of frames, from that of the frame numbered `first` on.
    times: VecDeque<Timestamp>,
    first: u64,
    /// What the last frame lasts.
    step: Ticks,
}

/// What tells the output order.
#[derive(Debug)]
enum OutputOrder {
    /// Picture order counts.
    Counts { form: PlainForm, pictures: Box<Pictures> },
    /// Types: a picture that others refer to is shown behind those that follow it and are not referred to.
    Types { codec: CodecId, anchors: i32 },
}

/// Ticks of a frame on the timeline, so that its second field has one of its own.
const FIELDS: u64 = 2;

impl PresentationTimes {
    /// For a track whose pictures may be stored in another order than they are shown; `None` for all others.
    ///
    /// # Errors
    /// [`Malformed`](rushes_core::Error::Malformed) where the private data is broken.
    pub fn for_track(track: &Track) -> Result<Option<Self>> {
        let codec = &track.codec;
        let (order, declared) = match NalCodec::of(&codec.codec) {
            Some(kind) => {
                let (form, pictures) = (PlainForm::new(codec)?, Box::new(Pictures::new(kind)));
                (OutputOrder::Counts { form, pictures }, None)
            }
            None => match codec.codec {
                CodecId::Mpeg4 | CodecId::Mpeg1Video | CodecId::Mpeg2Video => {
                    (OutputOrder::Types { codec: codec.codec.clone(), anchors: 0 }, Some(1))
                }
                _ => return Ok(None),
            },
        };
        Ok(Some(Self {
            order,
            timeline: Timeline::new(FIELDS, declared),
            stored: VecDeque::new(),
            times: VecDeque::new(),
            first: 0,
            step: Ticks::ZERO,
        }))
    }

    /// Takes the next packet in decoding order. What [`pop`](Self::pop) gives may lag behind.
    ///
    /// # Errors
    /// [`Malformed`](rushes_core::Error::Malformed) where the packet is not in the form that the track says.
    pub fn push(&mut self, packet: Packet) -> Result<()> {
        let unit = self.order.read(&packet)?;
        if let OutputOrder::Counts { pictures, .. } = &self.order
            && self.stored.is_empty()
            && self.times.is_empty()
        {
            let mut video = VideoParameters::default();
            pictures.describe(&mut video);
            self.timeline.declare(FIELDS, video.reorder_depth.map(u64::from));
        }
        let last = self.stored.back().map(|(time, _)| *time).or(self.times.back().copied());
        let time = packet.dts.or(last).unwrap_or(Timestamp::ZERO);
        if let Some(last) = self.times.back()
            && time > *last
        {
            self.step = time.since(*last);
        } else if let Some(length) = packet.duration.filter(|_| self.times.is_empty()) {
            self.step = length;
        }
        if !unit.is_second || self.times.is_empty() {
            self.times.push_back(time);
        }
        self.stored.push_back((time, packet.duration));
        self.timeline.push(packet, &unit);
        Ok(())
    }

    /// No more packets will come.
    pub fn finish(&mut self) {
        self.timeline.finish();
    }

    /// The next packet in decoding order, with its presentation time.
    pub fn pop(&mut self) -> Option<Packet> {
        let mut packet = self.timeline.pop()?;
        let (dts, duration) = self.stored.pop_front()?;
        let shown = packet.pts.and_then(|pts| u64::try_from(pts.ticks()).ok()).unwrap_or(0);
        let place = (shown / FIELDS).saturating_add(self.timeline.ahead());
        let frame = self.times.front().copied().unwrap_or(dts);
        let mut pts = self.time_of(place).max(frame);
        if shown % FIELDS > 0 {
            pts = pts.saturating_add(dts.max(frame).since(frame));
        }
        (packet.pts, packet.dts, packet.duration) = (Some(pts), Some(dts), duration);
        // The second field of the frame may still come.
        let done = self.timeline.first_frame();
        while self.first < done && self.times.len() > 1 {
            self.times.pop_front();
            self.first += 1;
        }
        Some(packet)
    }

    /// Decoding time of a frame; behind the last one they go on in even steps.
    fn time_of(&self, number: u64) -> Timestamp {
        let place = number.saturating_sub(self.first);
        let known = usize::try_from(place).ok().and_then(|place| self.times.get(place));
        known.copied().unwrap_or_else(|| {
            let behind = (place + 1).saturating_sub(self.times.len() as u64);
            let last = self.times.back().copied().unwrap_or(Timestamp::ZERO);
            last.saturating_add(Ticks::new(behind.saturating_mul(self.step.count())))
        })
    }
}

impl OutputOrder {
    fn read(&mut self, packet: &Packet) -> Result<Unit> {
        match self {
            Self::Counts { form, pictures } => {
                let data: Buffer = form.packet(packet)?;
                Ok(pictures.read(&data))
            }
            Self::Types { codec, anchors } => {
                let depth = ReorderDepth { start: 1, limit: 1 };
                let order = picture_type(codec, &packet.data).map(|kind| {
                    if kind != PictureType::Bidirectional {
                        *anchors = anchors.saturating_add(2);
                    }
                    let early = i32::from(kind == PictureType::Bidirectional);
                    Order { count: *anchors - early, restarts: false, depth }
                });
                Ok(Unit { key: packet.key, is_field: false, is_second: false, order })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecParameters, TimeBase};

    use super::*;

    fn track(codec: CodecId) -> Track {
        let codec = CodecParameters::video(codec, VideoParameters::new(16, 16));
        Track::new(0, codec, TimeBase::per_second(25).expect("not zero"))
    }

    /// Presentation times of pictures of these types, decoded at these times.
    fn times(pictures: &[(u8, i64)]) -> Vec<i64> {
        let times = PresentationTimes::for_track(&track(CodecId::Mpeg4)).expect("nothing private");
        let mut times = times.expect("MPEG-4 reorders");
        let mut shown = Vec::new();
        for (kind, dts) in pictures {
            let packet = Packet::new(0, vec![0, 0, 1, 0xb6, kind << 6]);
            times.push(packet.with_dts(Timestamp::new(*dts))).expect("fine");
            shown.extend(std::iter::from_fn(|| times.pop()));
        }
        times.finish();
        shown.extend(std::iter::from_fn(|| times.pop()));
        let stored: Vec<_> = pictures.iter().map(|(_, dts)| Some(Timestamp::new(*dts))).collect();
        assert_eq!(shown.iter().map(|packet| packet.dts).collect::<Vec<_>>(), stored);
        shown.iter().map(|packet| packet.pts.expect("filled").ticks()).collect()
    }

    #[test]
    fn pictures_are_shown_when_those_behind_them_are_decoded() {
        let (i, p, b) = (0, 1, 2);
        assert!(times(&[]).is_empty());
        assert_eq!(times(&[(i, 7)]), [7]);
        assert_eq!(times(&[(i, 0), (p, 1), (p, 2)]), [1, 2, 3]);
        let pictures = [(i, 0), (p, 1), (b, 2), (b, 3), (p, 4), (b, 5)];
        assert_eq!(times(&pictures), [1, 4, 2, 3, 6, 5]);
        // A picture is missing, and stays so.
        let pictures = [(i, 0), (p, 1), (b, 3), (b, 4), (i, 5), (b, 6)];
        assert_eq!(times(&pictures), [1, 5, 3, 4, 7, 6]);
    }

    #[test]
    fn others_are_stored_as_they_are_shown() {
        for codec in [CodecId::Mjpeg, CodecId::Vp8, CodecId::Aac] {
            assert!(PresentationTimes::for_track(&track(codec)).expect("fine").is_none());
        }
        let mut broken = track(CodecId::H264);
        broken.codec.private = vec![1, 2].into();
        PresentationTimes::for_track(&broken).expect_err("the record ends early");
    }
}
