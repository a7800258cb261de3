//! Seeking through the index, which is made by one scan of the file where there is none.

use rushes_core::{Error, Result, Rounding, Timestamp};

use super::demux::{AviDemuxer, Place, State};
use super::index::{self, Budget, Entry, Index};
use crate::bitstream::is_key;
use crate::{SeekMode, SeekTo, Seeked};

/// Bytes at the start of a chunk by which key frames are told.
const KEY_BYTES: usize = 4096;

impl AviDemuxer {
    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        if self.indices.is_none() {
            self.indices = Some(self.scan()?);
            self.describe_by_index();
        }
        let video = self.tracks.iter().position(|track| track.codec.as_video().is_some());
        let number = to.track.or(video).unwrap_or(0);
        let Some(reached) = self.place_at(number, to, to.mode) else {
            return Err(Error::unsupported("seeking in a track without packets", ""));
        };
        let base = self.tracks[number].time_base;
        let ticks = self.streams[number].ticks(reached.before);
        let pts = Timestamp::new(i64::try_from(ticks).unwrap_or(i64::MAX));
        let other = SeekTo { time: base.time(pts), track: None, mode: SeekMode::Key };
        for track in 0..self.tracks.len() {
            let place = if track == number {
                Some(reached)
            } else {
                self.place_at(track, other, SeekMode::Key)
            };
            self.places[track] = place.unwrap_or(Place { from: u64::MAX, ..Place::default() });
        }
        self.next = self.places.iter().map(|place| place.from).min().unwrap_or(self.movi + 4);
        self.rest = None;
        self.state = State::Reading;
        Ok(Seeked { track: number, pts })
    }

    /// Where a stream goes on, to give the packet of a time; `None` where it has no packets.
    fn place_at(&self, number: usize, to: SeekTo, mode: SeekMode) -> Option<Place> {
        let (stream, track) = (self.streams.get(number)?, self.tracks.get(number)?);
        let index: &Index = self.indices.as_ref()?.get(number)?;
        let target = to.time.to_base(track.time_base, Rounding::Down).ticks();
        let target = u64::try_from(target).unwrap_or(0);
        let behind = index.entries.partition_point(|entry| stream.ticks(entry.before) <= target);
        let wanted = |entry: &&Entry| mode == SeekMode::Any || entry.key;
        let before = index.entries[..behind].iter().rev().find(wanted);
        let entry = before.or(index.entries.first())?;
        let mut place = Place { before: entry.before, from: entry.position, skip: 0, packets: 1 };
        let packet = stream.packet_bytes();
        if packet < u64::MAX && stream.sample_size > 0 {
            // The packet within the chunk.
            let inside = target.saturating_sub(stream.ticks(entry.before));
            let bytes = inside.saturating_mul(stream.sample_size);
            let last = u64::from(entry.size).saturating_sub(1) / packet;
            place.skip = (bytes / packet).min(last) * packet;
            place.before = place.before.saturating_add(place.skip);
        }
        Some(place)
    }

    /// Finds all chunks, from the first on.
    fn scan(&mut self) -> Result<Vec<Index>> {
        let mut indices = index::empty(&self.streams);
        let mut budget = Budget::default();
        let length = self.input.length().unwrap_or(0);
        let mut offset = self.movi + 4;
        while offset.saturating_add(8) <= length {
            self.input.seek(offset)?;
            let [a, b, c, d, size @ ..] = self.input.read_array::<8>()?;
            let (kind, size) = ([a, b, c, d], u32::from_le_bytes(size));
            let end = offset.saturating_add(8 + u64::from(size) + u64::from(size % 2));
            let number = index::stream_number(kind, self.streams.len());
            if let Some((stream, index)) =
                number.and_then(|number| self.streams.get(number).zip(indices.get_mut(number)))
            {
                let codec = &stream.track.codec;
                let start = self.input.peek(usize::try_from(size).unwrap_or(0).min(KEY_BYTES))?;
                let key = codec.as_video().is_none()
                    || is_key(&codec.codec, start).unwrap_or(index.entries.is_empty());
                budget.take(1, self.input.limits())?;
                let left = u32::try_from(length - offset - 8).unwrap_or(u32::MAX);
                index.push(stream, offset, size.min(left), key);
            }
            offset = match (&kind, number) {
                (b"LIST" | b"RIFF", _) => {
                    // Other lists are passed as a whole.
                    let inner =
                        matches!(self.input.peek(4)?, b"movi" | b"rec " | b"AVIX" | b"AVI ");
                    if inner { offset + 12 } else { end }
                }
                (_, Some(_)) => end,
                _ if end <= length.saturating_add(1)
                    && kind.iter().all(u8::is_ascii)
                    && kind != [0; 4] =>
                {
                    end
                }
                // Damage: byte by byte, as for whoever reads.
                _ => offset + 1,
            };
        }
        Ok(indices)
    }
}
