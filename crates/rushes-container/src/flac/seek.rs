//! Seeking: the seek table narrows the range down, then it is halved until a frame or two are left.

use rushes_core::{Error, Result, Rounding, Timestamp};

use super::blocks::SeekPoint;
use super::demux::{FlacDemuxer, Place, State, sample_of};
use super::header::FrameHeader;
use crate::{SeekTo, Seeked};

/// Bytes that are read through rather than halved.
const NEAR: u64 = 32 << 10;

impl FlacDemuxer {
    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        self.input.unmark();
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down);
        let target = u64::try_from(time.ticks()).unwrap_or(0);
        let near = self.narrow(target)?;
        let mut reached = near;
        self.go_to(near)?;
        loop {
            let frame = match self.next_frame() {
                Ok(Some(frame)) => frame,
                // Damage is told by whoever reads.
                Ok(None) | Err(Error::Malformed(_)) => break,
                Err(error) => return Err(error),
            };
            self.state = State::Reading;
            reached = Place { position: self.input.position(), sample: self.next };
            let end = self.next.saturating_add(u64::from(frame.header.block_size));
            if end > target {
                break;
            }
            self.next = end;
            self.input.skip(frame.length as u64)?;
        }
        self.go_to(reached)?;
        self.covers_given = 0;
        let pts = Timestamp::new(i64::try_from(reached.sample).unwrap_or(i64::MAX));
        Ok(Seeked { track: 0, pts })
    }

    fn go_to(&mut self, place: Place) -> Result<()> {
        self.input.seek(place.position)?;
        self.next = place.sample;
        self.state = State::Starting;
        Ok(())
    }

    /// A frame at or not far before a sample.
    fn narrow(&mut self, target: u64) -> Result<Place> {
        let mut low = self.first;
        let mut high = self.frames.end.min(self.input.length().unwrap_or(0));
        let behind = self.points.partition_point(|point| point.sample <= target);
        let (before, after) = self.points.split_at(behind);
        let (before, after) = (before.last().copied(), after.first().copied());
        if let Some(place) = self.place_of(before)? {
            low = place;
        }
        if let Some(place) = self.place_of(after)? {
            high = place.position;
        }
        while high.saturating_sub(low.position) > NEAR {
            let middle = low.position + (high - low.position) / 2;
            self.input.seek(middle)?;
            let found = match self.frames.search(&mut self.input, high) {
                Err(Error::Malformed(_)) => None,
                found => found?,
            };
            let place = found.map(|frame| Place {
                position: self.input.position(),
                sample: sample_of(&frame.header, self.block_size),
            });
            match place {
                Some(place) if place.sample <= target => low = place,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Where a point of the table leads, if there is a frame that starts with its sample.
    fn place_of(&mut self, point: Option<SeekPoint>) -> Result<Option<Place>> {
        let Some(point) = point else { return Ok(None) };
        let position = self.first.position.saturating_add(point.offset);
        if position >= self.input.length().unwrap_or(0) {
            return Ok(None);
        }
        self.input.seek(position)?;
        let header = FrameHeader::read(self.input.peek(FrameHeader::SIZE)?);
        let sample = header.map(|header| sample_of(&header, self.block_size));
        let place = Place { position, sample: point.sample };
        Ok((sample == Some(point.sample)).then_some(place))
    }
}
