//! Where fragments are, as `sidx` (ISO/IEC 14496-12, 8.16.3) in front of them or `mfra` (8.8.9) behind them says.
//!
//! These are hints: they say where to start looking, and what is found there is checked like anything else. So a wrong
//! one costs time, never a wrong packet.

use rushes_core::{Error, Result, Rounding, Time, TimeBase, Timestamp};

use super::boxes::{BoxReader, FullBox, Sidx, Tfra};
use super::header::BoxHeader;
use crate::input::Input;

/// Indexes in a row that are looked at; live recordings have one in front of each segment instead.
const MOST_INDEXES: usize = 256;

/// Size of `mfro`, the last box of a file with `mfra`.
const MFRO_SIZE: u64 = 16;

/// Points at which fragments can be looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    base: Option<TimeBase>,
    /// Time and offset, both ascending.
    points: Vec<(i64, u64)>,
    /// Where the last part ends, in time and in the file; `None` where that is not known.
    end: Option<(i64, u64)>,
    /// No fragment lies behind that end.
    covers_all: bool,
}

impl Hints {
    /// Looks for the indexes of a file, whose first fragment is at or behind `first`. `track` and its unit are of the
    /// track whose times are wanted most.
    pub(super) fn read(input: &mut Input, first: u64, track: (u32, TimeBase)) -> Result<Self> {
        for found in [Self::read_sidx(input, first), Self::read_mfra(input, track)] {
            match found {
                Ok(hints) if !hints.points.is_empty() => return Ok(hints),
                Ok(_) | Err(Error::Malformed(_) | Error::Limit(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self::default())
    }

    /// Reads the indexes between the movie box and the first fragment.
    fn read_sidx(input: &mut Input, first: u64) -> Result<Self> {
        let mut hints = Self::default();
        let mut reference = None;
        let mut next = first;
        for _ in 0..MOST_INDEXES {
            input.seek(next)?;
            let Some(header) = BoxHeader::read(input, None)? else { break };
            let Some(end) = header.end else { break };
            match &header.kind.0 {
                b"moof" | b"mdat" => break,
                b"sidx" => {
                    let length = end - header.payload;
                    let limit = input.limits().index_bytes;
                    if length > limit {
                        return Err(Error::limit("index_bytes", length, limit));
                    }
                    let payload = input.read_payload(length)?;
                    let sidx = Sidx::parse(BoxReader::new(&payload, header.payload))?;
                    // Other tracks have other units, and one track is enough.
                    if *reference.get_or_insert(sidx.reference_id) == sidx.reference_id {
                        hints.take_sidx(&sidx, end);
                    }
                }
                _ => {}
            }
            next = end;
        }
        if let Some((_, end)) = hints.end {
            hints.covers_all = is_end(input, end)?;
        }
        Ok(hints)
    }

    /// Takes an index that ends at byte `end`, as far as it continues what is known.
    fn take_sidx(&mut self, sidx: &Sidx, end: u64) {
        let Some(base) = TimeBase::per_second(sidx.timescale) else { return };
        if *self.base.get_or_insert(base) != base {
            return;
        }
        let mut offset = end.saturating_add(sidx.first_offset);
        let mut time = i64::try_from(sidx.earliest).unwrap_or(i64::MAX);
        for reference in &sidx.references {
            self.push(time, offset);
            offset = offset.saturating_add(u64::from(reference.size));
            time = time.saturating_add(i64::from(reference.duration));
        }
        if self.end.is_none_or(|known| known < (time, offset)) {
            self.end = Some((time, offset));
        }
    }

    /// Reads the index at the end of the file.
    fn read_mfra(input: &mut Input, (track, base): (u32, TimeBase)) -> Result<Self> {
        let mut hints = Self { base: Some(base), ..Self::default() };
        let Some(length) = input.length().filter(|length| *length > MFRO_SIZE) else {
            return Ok(hints);
        };
        input.seek(length - MFRO_SIZE)?;
        let [0, 0, 0, 16, b'm', b'f', b'r', b'o', _, _, _, _, size @ ..] =
            input.read_array::<16>()?
        else {
            return Ok(hints);
        };
        let Some(start) = length.checked_sub(u64::from(u32::from_be_bytes(size))) else {
            return Ok(hints);
        };
        input.seek(start)?;
        let header = BoxHeader::read(input, Some(length))?;
        let Some(header) = header.filter(|header| header.kind.0 == *b"mfra") else {
            return Ok(hints);
        };
        let (bytes, limit) = (length - header.payload, input.limits().index_bytes);
        if bytes > limit {
            return Err(Error::limit("index_bytes", bytes, limit));
        }
        let payload = input.read_payload(bytes)?;
        let mut r = BoxReader::new(&payload, header.payload);
        while let Some((kind, child)) = r.child()? {
            if kind != Tfra::KIND {
                continue;
            }
            let tfra = Tfra::parse(child)?;
            if tfra.track_id == track {
                for entry in &tfra.entries {
                    hints.push(i64::try_from(entry.time).unwrap_or(i64::MAX), entry.moof);
                }
                break;
            }
        }
        Ok(hints)
    }

    /// Adds a point, unless it does not lie behind those that are known.
    fn push(&mut self, time: i64, offset: u64) {
        if self.points.last().is_none_or(|known| known.0 <= time && known.1 < offset) {
            self.points.push((time, offset));
        }
    }

    /// Where to start looking for a time, `back` points in front of it; `None` for the first fragment.
    pub(super) fn before(&self, time: Time, back: usize) -> Option<u64> {
        let time = time.to_base(self.base?, Rounding::Down).ticks();
        let behind = self.points.partition_point(|point| point.0 <= time);
        behind.checked_sub(back).filter(|index| *index > 0).map(|index| self.points[index].1)
    }

    /// True where there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The last point, where the points are of the whole file but do not say how long the last part is.
    pub(super) fn last_in_file(&self) -> Option<u64> {
        self.points.last().filter(|_| self.end.is_none()).map(|point| point.1)
    }

    /// True where the points say nothing of a time, because they end before it but the file goes on.
    pub(super) fn end_before(&self, time: Time) -> bool {
        let (Some((end, _)), Some(base)) = (self.end, self.base) else { return false };
        !self.covers_all && time.to_base(base, Rounding::Down).ticks() >= end
    }

    /// When the media ends; `None` where the points do not say it of the whole file.
    pub(super) fn media_end(&self) -> Option<Time> {
        let (end, _) = self.end.filter(|_| self.covers_all)?;
        self.base.map(|base| base.time(Timestamp::new(end)))
    }
}

/// True where no further segment starts at an offset.
fn is_end(input: &mut Input, offset: u64) -> Result<bool> {
    if let Some(length) = input.length()
        && offset >= length
    {
        // A file that is shorter than its index says was cut.
        return Ok(offset == length);
    }
    input.seek(offset)?;
    let header = BoxHeader::read(input, None)?;
    Ok(header.is_none_or(|header| {
        matches!(&header.kind.0, b"mfra" | b"free" | b"skip" | b"udta" | b"meta" | b"uuid")
    }))
}
