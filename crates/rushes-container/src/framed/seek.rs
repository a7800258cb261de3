//! Seeking: by an index of frames that grows as far as it is needed. A frame is found exactly, whatever the bit rate does: what
//! encoders store for seeking are hundredths.

use rushes_core::{Error, Limits, Result, Rounding};

use super::FrameHeader;
use super::demux::{FramedDemuxer, State, time_base};
use crate::{SeekTo, Seeked};

/// Frames between two entries of the index.
const STRIDE: u64 = 64;

/// Where a frame is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    /// Offset; before the frame has been found, that of what lies in front of it.
    pub(super) position: u64,
    /// Ticks of the frames before.
    pub(super) elapsed: u64,
    /// Frames before.
    pub(super) number: u64,
}

/// Every so manieth frame up to the last that has been seen.
#[derive(Clone, Debug)]
pub(super) struct Index {
    first: Place,
    /// From the second entry on.
    places: Vec<Place>,
}

impl Index {
    pub(super) const fn new(first: Place) -> Self {
        Self { first, places: Vec::new() }
    }

    /// Takes in a frame that was found.
    pub(super) fn note(&mut self, place: Place, limits: &Limits) -> Result<()> {
        let last = self.places.last().unwrap_or(&self.first);
        if place.number < last.number.saturating_add(STRIDE) {
            return Ok(());
        }
        let bytes = (self.places.len() as u64 + 1) * size_of::<Place>() as u64;
        if bytes > limits.index_bytes {
            return Err(Error::limit("index_bytes", bytes, limits.index_bytes));
        }
        self.places.push(place);
        Ok(())
    }

    /// The last entry that starts at or before a time, else the first.
    fn before(&self, elapsed: u64) -> Place {
        let behind = self.places.partition_point(|place| place.elapsed <= elapsed);
        self.places[..behind].last().copied().unwrap_or(self.first)
    }
}

impl<H: FrameHeader> FramedDemuxer<H> {
    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        let origin = self.pts(Place { position: 0, elapsed: 0, number: 0 });
        let time = to.time.to_base(time_base::<H>(), Rounding::Down);
        let target = time.since(origin).count();
        let mut reached = self.index.before(target);
        self.go_to(reached)?;
        loop {
            let frame = match self.next_frame() {
                Ok(Some(frame)) => frame,
                // Damage is told by whoever reads.
                Ok(None) | Err(Error::Malformed(_)) => break,
                Err(error) => return Err(error),
            };
            reached = self.place;
            if reached.elapsed.saturating_add(frame.header.ticks()) > target {
                break;
            }
            self.input.skip(frame.length as u64)?;
            self.advance(&frame);
        }
        self.go_to(reached)?;
        self.covers_given = 0;
        self.state = State::Reading;
        Ok(Seeked { track: 0, pts: self.pts(reached) })
    }

    fn go_to(&mut self, place: Place) -> Result<()> {
        self.input.unmark();
        self.input.seek(place.position)?;
        self.frames.jumped();
        self.place = place;
        Ok(())
    }
}
