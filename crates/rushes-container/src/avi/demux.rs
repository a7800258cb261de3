//! Reading AVI files: chunks in the order of the file, with the times that counting them gives.

use rushes_core::{Error, Metadata, Packet, Result, Ticks, Time, Timestamp, Track};

use super::header::{self, Stream};
use super::index::{self, Entry, Index};
use crate::bitstream::{is_key, reorders};
use crate::input::Input;
use crate::wav::read_info;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Bytes in which the next chunk is looked for at once.
const SEARCH_STEP: usize = 64 << 10;

/// Reads AVI files.
#[derive(Debug)]
pub(crate) struct AviDemuxer {
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    pub(super) streams: Vec<Stream>,
    metadata: Metadata,
    /// Offset of the type of the first list of chunks.
    pub(super) movi: u64,
    /// The chunks of each stream; `None` as long as nobody has looked for them.
    pub(super) indices: Option<Vec<Index>>,
    /// How far each stream has come.
    pub(super) places: Vec<Place>,
    /// Where the next chunk starts.
    pub(super) next: u64,
    /// What is left of a chunk of samples.
    pub(super) rest: Option<Rest>,
    pub(super) state: State,
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The span of what was passed.
    pub(super) before: u64,
    /// Chunks in front of this offset are left out.
    pub(super) from: u64,
    /// Bytes at the start of the next chunk that are left out.
    pub(super) skip: u64,
    pub(super) packets: u64,
}

/// What is left of a chunk, from the position on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    number: usize,
    left: u64,
    key: bool,
    /// Bytes that the chunk should have and the input lacks.
    missing: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Reading,
    /// The last chunk lacked so many bytes.
    CutOff(u64),
    Ended,
}

impl AviDemuxer {
    /// Reads everything in front of the first chunk, and the index where the source seeks.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("avi")?;
        let mut metadata = Metadata::new();
        let mut streams = Vec::new();
        let (movi, size) = read_front(&mut input, &mut streams, &mut metadata)
            .map_err(|error| error.within("RIFF"))?;
        if streams.is_empty() {
            return Err(Error::malformed("there is no stream").within("hdrl").within("RIFF"));
        }
        let places =
            streams.iter().map(|stream| Place { before: stream.start, ..Place::default() });
        let mut demuxer = Self {
            tracks: streams.iter().map(|stream| stream.track.clone()).collect(),
            places: places.collect(),
            streams,
            metadata,
            movi,
            indices: None,
            next: movi + 4,
            rest: None,
            state: State::Reading,
            input,
        };
        if demuxer.input.is_seekable() {
            demuxer.read_index(size)?;
        }
        demuxer.describe_by_index();
        Ok(demuxer)
    }

    /// Reads the index, if there is one that makes sense, and the tags behind the chunks.
    fn read_index(&mut self, size: u64) -> Result<()> {
        self.indices = match index::read_open_dml(&mut self.input, &self.streams) {
            Err(error) if !matches!(error, Error::Malformed(_)) => return Err(error),
            found => found.ok().flatten(),
        };
        let mut offset = self.movi.saturating_add(size).saturating_add(size % 2);
        while self.input.length().is_some_and(|length| offset.saturating_add(8) <= length) {
            self.input.seek(offset)?;
            let [a, b, c, d, size @ ..] = self.input.read_array::<8>()?;
            let size = u64::from(u32::from_le_bytes(size));
            let left = self.input.length().unwrap_or(0).saturating_sub(self.input.position());
            match &[a, b, c, d] {
                b"idx1" if self.indices.is_none() => {
                    let read =
                        index::read_old(&mut self.input, size.min(left), self.movi, &self.streams);
                    self.indices = match read {
                        Err(error) if !matches!(error, Error::Malformed(_)) => return Err(error),
                        found => found.ok().flatten(),
                    };
                }
                b"LIST" => read_tags(&mut self.input, size.min(left), &mut self.metadata)?,
                b"idx1" | b"JUNK" => {}
                _ => break,
            }
            offset = offset.saturating_add(8 + size + size % 2);
        }
        Ok(())
    }

    /// Lengths as they are, rather than as the headers say.
    pub(super) fn describe_by_index(&mut self) {
        let Some(indices) = &self.indices else { return };
        for ((track, stream), index) in self.tracks.iter_mut().zip(&self.streams).zip(indices) {
            let span = stream.ticks(index.span.saturating_sub(stream.start));
            track.duration = Some(Ticks::new(span));
            if stream.packet_bytes() == u64::MAX {
                track.packets = Some(index.entries.len() as u64);
            }
        }
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        match self.state {
            State::Reading => {}
            State::CutOff(missing) => {
                self.state = State::Ended;
                let message = format!("the input lacks {missing} bytes of its last chunk");
                return Err(Error::malformed(message).at(self.next).within("movi"));
            }
            State::Ended => return Ok(None),
        }
        loop {
            if let Some(rest) = self.rest {
                return self.read_rest(rest).map(Some);
            }
            if !self.next_chunk()? {
                return Ok(None);
            }
        }
    }

    /// The next packet of a chunk.
    fn read_rest(&mut self, rest: Rest) -> Result<Packet> {
        let number = rest.number;
        let limit = self.streams.get(number).map_or(u64::MAX, Stream::packet_bytes);
        let length = rest.left.min(limit);
        let position = self.input.position();
        let data = self.input.read_payload(length)?;
        let left = rest.left - length;
        self.rest = (left > 0).then_some(Rest { left, ..rest });
        if left == 0 && rest.missing > 0 {
            self.state = State::CutOff(rest.missing);
        }
        let mut packet = Packet::new(number, data).with_key(rest.key);
        packet.position = Some(position);
        let (Some(stream), Some(place)) =
            (self.streams.get_mut(number), self.places.get_mut(number))
        else {
            return Ok(packet);
        };
        let (start, span) = (stream.ticks(place.before), stream.span(length));
        place.before = place.before.saturating_add(span);
        let end = stream.ticks(place.before);
        packet.duration = Some(Ticks::new(end.saturating_sub(start)));
        packet.dts = i64::try_from(start).ok().map(Timestamp::new);
        let codec = &stream.track.codec.codec;
        if stream.reorders
            && packet.key
            && let Some(reorders) = reorders(codec, &packet.data)
        {
            stream.reorders = reorders;
        }
        packet.pts = packet.dts.filter(|_| !stream.reorders);
        if stream.track.codec.as_video().is_some() && self.indices.is_none() {
            packet.key = is_key(codec, &packet.data).unwrap_or(place.packets == 0);
        }
        place.packets = place.packets.saturating_add(1);
        Ok(packet)
    }

    /// Goes to the payload of the next chunk that holds something, or into a list; false at the end.
    fn next_chunk(&mut self) -> Result<bool> {
        if self.input.length().is_some_and(|length| self.next >= length) {
            self.state = State::Ended;
            return Ok(false);
        }
        // A source that would block is asked again from here.
        match self.input.seek(self.next) {
            Err(Error::Malformed(_)) if self.input.length().is_some() => {
                self.state = State::Ended;
                return Ok(false);
            }
            sought => sought?,
        }
        let header = self.input.peek(12)?;
        let Some([a, b, c, d, size @ ..]) = header.first_chunk::<8>().copied() else {
            self.state = State::Ended;
            return Ok(false);
        };
        let list = header.get(8..12).and_then(<[u8]>::first_chunk).copied();
        let (kind, size) = ([a, b, c, d], u64::from(u32::from_le_bytes(size)));
        let end = self.next.saturating_add(8 + size + size % 2);
        if let Some(number) = index::stream_number(kind, self.streams.len()) {
            self.enter(number, size, end)?;
            return Ok(true);
        }
        match (&kind, list) {
            (b"LIST", Some([b'm', b'o', b'v', b'i'] | [b'r', b'e', b'c', b' ']))
            | (b"RIFF", Some([b'A', b'V', b'I', _])) => self.next += 12,
            _ if is_name(kind) && self.input.length().is_none_or(|length| end <= length + 1) => {
                self.next = end;
            }
            _ => return self.find_chunk(),
        }
        Ok(true)
    }

    /// Notes what of a chunk comes next. The input is at its header.
    fn enter(&mut self, number: usize, size: u64, end: u64) -> Result<()> {
        let start = self.next;
        let indices = self.indices.as_ref().and_then(|indices| indices.get(number));
        let entry = indices.and_then(|index| index.at(start)).copied();
        let overruns = self.input.length().is_some_and(|length| start + 8 + size > length);
        // Where a size is wrong, the index may be right.
        let (size, end) = match entry.filter(|entry| overruns && u64::from(entry.size) < size) {
            Some(Entry { size, .. }) => {
                let size = u64::from(size);
                (size, start.saturating_add(8 + size + size % 2))
            }
            None => (size, end),
        };
        let (Some(stream), Some(place)) = (self.streams.get(number), self.places.get_mut(number))
        else {
            return Ok(());
        };
        if start < place.from {
            self.next = end;
            return Ok(());
        }
        let left = match self.input.length() {
            Some(length) => length.saturating_sub(start + 8),
            // The input may end earlier than the chunk says.
            None => {
                let wanted = usize::try_from(size.saturating_add(8)).unwrap_or(usize::MAX);
                self.input.limits().check_alloc(size)?;
                (self.input.peek(wanted)?.len() as u64).saturating_sub(8)
            }
        };
        let found = size.min(left);
        let skip = place.skip.min(found);
        if found == 0 {
            // An empty chunk stands for the picture before, shown again.
            place.before = place.before.saturating_add(if size == 0 { stream.span(0) } else { 0 });
        }
        let video = stream.track.codec.as_video().is_some();
        let key = entry.map_or(!video, |entry| entry.key);
        self.input.skip(8 + skip)?;
        place.skip = 0;
        let missing = size - found;
        if missing > 0 {
            self.state = State::CutOff(missing);
        }
        self.next = end;
        if found > skip {
            self.rest = Some(Rest { number, left: found - skip, key, missing });
            self.state = State::Reading;
        }
        Ok(())
    }

    /// Goes to the next chunk behind damage, and tells of it.
    fn find_chunk(&mut self) -> Result<bool> {
        let damaged = self.next;
        let streams = self.streams.len();
        let starts = |bytes: &[u8]| {
            let kind = bytes.first_chunk::<4>();
            kind.is_some_and(|kind| {
                matches!(kind, b"RIFF" | b"LIST" | b"idx1" | b"JUNK")
                    || index::stream_number(*kind, streams).is_some()
            })
        };
        // What has been searched is not searched again, should the source block.
        self.next += 1;
        loop {
            self.input.seek(self.next)?;
            let bytes = self.input.peek(SEARCH_STEP)?;
            if let Some(at) = bytes.windows(8).position(starts) {
                self.next += at as u64;
                break;
            }
            let found = bytes.len() as u64;
            self.next += found.saturating_sub(7);
            if found < SEARCH_STEP as u64 {
                self.next = u64::MAX;
                self.state = State::Ended;
                break;
            }
        }
        Err(Error::malformed("there is no chunk").at(damaged).within("movi"))
    }
}

impl Demuxer for AviDemuxer {
    fn format(&self) -> &'static str {
        "avi"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        let ends = self.tracks.iter().filter_map(|track| {
            let start = track.start.unwrap_or(Timestamp::ZERO);
            track.duration.map(|length| track.time_base.time(start.saturating_add(length)))
        });
        ends.max()
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.read_next()
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}

/// Reads chunks up to the list of those that hold packets, and gives the offset of its type and its size.
fn read_front(
    input: &mut Input,
    streams: &mut Vec<Stream>,
    metadata: &mut Metadata,
) -> Result<(u64, u64)> {
    let [a, b, c, d, _, _, _, _, kind @ ..] = input.read_array::<12>()?;
    if [a, b, c, d] != *b"RIFF" || kind[..3] != *b"AVI" {
        return Err(Error::malformed("this is no AVI file").at(0));
    }
    loop {
        let offset = input.position();
        let [a, b, c, d, size @ ..] = input.read_array::<8>()?;
        let size = u64::from(u32::from_le_bytes(size));
        let end = offset.saturating_add(8 + size + size % 2);
        if [a, b, c, d] == *b"LIST" {
            match input.peek(4)? {
                b"movi" => return Ok((input.position(), size)),
                b"hdrl" => {
                    let limit = input.limits().metadata_bytes;
                    if size > limit {
                        return Err(Error::limit("metadata_bytes", size, limit));
                    }
                    let payload = input.read_payload(size).map_err(|error| error.within("hdrl"))?;
                    let list = payload.get(4..).unwrap_or_default();
                    *streams =
                        header::read(list, input.limits()).map_err(|error| error.within("hdrl"))?;
                }
                _ => read_tags(input, size, metadata)?,
            }
        } else if !is_name([a, b, c, d]) {
            return Err(Error::malformed("there is no chunk").at(offset));
        }
        input.seek(end)?;
    }
}

/// Reads a list from its type on, if it is one of tags.
fn read_tags(input: &mut Input, size: u64, metadata: &mut Metadata) -> Result<()> {
    let limit = input.limits().metadata_bytes;
    if input.peek(4)? != b"INFO" || size < 4 {
        return Ok(());
    }
    if size > limit {
        return Err(Error::limit("metadata_bytes", size, limit));
    }
    let payload = input.read_payload(size)?;
    read_info(payload.get(4..).unwrap_or_default(), metadata);
    Ok(())
}

/// True for what may be the name of a chunk.
fn is_name(kind: [u8; 4]) -> bool {
    kind.iter().all(|byte| matches!(byte, b' '..=b'~'))
}
