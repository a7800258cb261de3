//! Reading transport streams: packets go to the tables or to their elementary stream, whatever the order.

use std::collections::VecDeque;

use rushes_core::{Error, MediaKind, Metadata, Packet, Result, Time, Timestamp, Track};

use super::packet::{self, Grid};
use super::parameters;
use super::psi::{self, ProgramMap, Sections};
use super::stream::Stream;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// How many times [`Limits::probe_bytes`](rushes_core::Limits::probe_bytes) are read for what describes the streams: key frames may be
/// seconds apart.
const PROBES: u64 = 5;
/// Identifier of the program association table.
const ASSOCIATION: u16 = 0;
/// Programs of a stream at most: more than any multiplex has.
const PROGRAMS: usize = 1024;

/// Reads transport streams.
///
/// Tracks are the elementary streams of all programs that were found when the stream was opened; those that a later map adds are left
/// out. Times are as stored, unrolled where their 33 bits wrap.
#[derive(Debug)]
pub(crate) struct TsDemuxer {
    pub(super) input: Input,
    grid: Grid,
    pub(super) tracks: Vec<Track>,
    pub(super) streams: Vec<Stream>,
    metadata: Metadata,
    tables: Tables,
    /// What every packet identifier is for.
    routes: Vec<Route>,
    pub(super) queue: VecDeque<Packet>,
    /// Offset of the first packet.
    pub(super) start: u64,
    /// The stream has been read to its end.
    pub(super) ended: bool,
    /// Bytes that were no packets, told of next.
    junk: Option<(u64, u64)>,
    /// Packets of a track that are left out, up to a time.
    pub(super) skip: Option<(usize, Timestamp)>,
}

#[derive(Debug)]
struct Tables {
    association: Sections,
    /// Identifiers of program maps.
    maps: Vec<(u16, Sections, bool)>,
    seen: bool,
    /// No stream is added any more.
    fixed: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Route {
    Nothing,
    Association,
    Map(u16),
    Stream(u16),
}

impl TsDemuxer {
    /// Reads until all streams are known.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("mpegts")?;
        let window = usize::try_from(input.limits().probe_bytes).unwrap_or(usize::MAX);
        let found = Grid::find(input.peek(window.min(64 << 10))?);
        let Some((offset, grid)) = found else {
            return Err(Error::malformed("there are no packets of a transport stream").at(0));
        };
        input.skip(offset as u64)?;
        let start = input.position();
        let mut routes = vec![Route::Nothing; usize::from(packet::NULL) + 1];
        routes[usize::from(ASSOCIATION)] = Route::Association;
        let tables = Tables {
            association: Sections::default(),
            maps: Vec::new(),
            seen: false,
            fixed: false,
        };
        let mut demuxer = Self {
            input,
            grid,
            tracks: Vec::new(),
            streams: Vec::new(),
            metadata: Metadata::new(),
            tables,
            routes,
            queue: VecDeque::new(),
            start,
            ended: false,
            junk: None,
            skip: None,
        };
        demuxer.find_streams()?;
        Ok(demuxer)
    }

    fn find_streams(&mut self) -> Result<()> {
        let most = self.input.limits().probe_bytes.saturating_mul(PROBES);
        while !self.is_described() && self.input.position() - self.start < most {
            if !self.read_packet()? {
                break;
            }
        }
        self.tables.fixed = true;
        if self.streams.is_empty() {
            let message =
                if self.tables.seen { "no program has streams" } else { "there is no program" };
            return Err(Error::malformed(message).at(self.start));
        }
        for stream in &self.streams {
            if let Some(video) = stream.track.codec.as_video() {
                self.input.limits().check_picture(video.width, video.height)?;
            }
        }
        self.tracks = self.streams.iter().map(|stream| stream.track.clone()).collect();
        for (number, track) in self.tracks.iter_mut().enumerate() {
            let own = self.queue.iter().filter(|packet| packet.track == number);
            track.start = own.filter_map(|packet| packet.pts).min();
        }
        if self.input.is_seekable() {
            self.find_duration()?;
        }
        Ok(())
    }

    /// True where nothing is left to be learned: all maps are there, and the first unit of each stream that is seen or heard.
    fn is_described(&self) -> bool {
        let known = |stream: &Stream| match stream.track.kind() {
            MediaKind::Video | MediaKind::Audio => {
                parameters::are_known(&stream.track.codec)
                    && self.queue.iter().any(|packet| {
                        self.streams.get(packet.track).is_some_and(|other| other.id == stream.id)
                    })
            }
            _ => true,
        };
        self.tables.seen
            && self.tables.maps.iter().all(|(_, _, seen)| *seen)
            && self.streams.iter().all(known)
    }

    /// Takes in one transport packet; false at the end, where what was unfinished has been given out.
    pub(super) fn read_packet(&mut self) -> Result<bool> {
        let before = self.input.position();
        let Some(junk) = self.grid.sync(&mut self.input)? else {
            let left = self.input.peek(self.grid.lead + packet::SIZE)?.len() as u64;
            if left > 0 {
                self.junk = Some((self.input.position(), left));
            }
            self.input.skip(left)?;
            self.ended = true;
            let Self { streams, queue, .. } = self;
            for stream in streams.iter_mut() {
                stream.finish(&mut |packet| queue.push_back(packet));
            }
            return Ok(false);
        };
        if junk > 0 {
            self.junk = Some((before, junk));
        }
        let position = self.input.position();
        let bytes = self.input.peek(self.grid.step)?;
        let step = bytes.len();
        let Some(bytes) = bytes.get(self.grid.lead..).and_then(<[u8]>::first_chunk).copied() else {
            return Ok(false);
        };
        self.input.skip(step as u64)?;
        let packet = packet::Packet::read(&bytes);
        if packet.damaged || packet.id == packet::NULL {
            return Ok(true);
        }
        match self.routes.get(usize::from(packet.id)) {
            Some(Route::Association) => self.take_association(&packet),
            Some(Route::Map(index)) => self.take_map(usize::from(*index), &packet)?,
            Some(Route::Stream(number)) if !packet.scrambled => {
                let number = usize::from(*number);
                let Self { streams, queue, .. } = self;
                if let Some(stream) = streams.get_mut(number) {
                    stream.push(&packet, position, &mut |packet| {
                        queue.push_back(packet);
                    });
                }
            }
            Some(Route::Stream(number)) => {
                let number = usize::from(*number);
                if let Some(stream) = self.streams.get_mut(number)
                    && !self.tables.fixed
                {
                    stream.track.unsupported = Some("the stream is scrambled".to_owned());
                }
            }
            _ => {}
        }
        Ok(true)
    }

    fn take_association(&mut self, packet: &packet::Packet<'_>) {
        let Some(payload) = packet.payload else { return };
        let Self { tables, routes, .. } = self;
        let mut found = Vec::new();
        tables
            .association
            .push(payload, packet.starts, |section| found.extend(psi::programs(section)));
        for (_, id) in found {
            tables.seen = true;
            let known = tables.maps.iter().any(|(known, ..)| *known == id);
            if !known && tables.maps.len() < PROGRAMS && !tables.fixed {
                let index = u16::try_from(tables.maps.len()).unwrap_or(0);
                tables.maps.push((id, Sections::default(), false));
                if let Some(route @ Route::Nothing) = routes.get_mut(usize::from(id)) {
                    *route = Route::Map(index);
                }
            }
        }
    }

    fn take_map(&mut self, index: usize, packet: &packet::Packet<'_>) -> Result<()> {
        let Self { tables, routes, streams, input, .. } = self;
        let (Some(payload), Some((_, sections, seen))) =
            (packet.payload, tables.maps.get_mut(index))
        else {
            return Ok(());
        };
        let mut maps = Vec::new();
        sections.push(payload, packet.starts, |section| maps.extend(ProgramMap::read(section)));
        *seen |= !maps.is_empty();
        if tables.fixed {
            return Ok(());
        }
        let most = usize::try_from(input.limits().alloc_bytes).unwrap_or(usize::MAX);
        for stream in maps.iter().flat_map(|map| &map.streams) {
            let route = routes.get_mut(usize::from(stream.id));
            let Some(route @ Route::Nothing) = route else { continue };
            let count = streams.len() as u64 + 1;
            if count > u64::from(input.limits().tracks) {
                return Err(Error::limit("tracks", count, input.limits().tracks.into()));
            }
            *route = Route::Stream(u16::try_from(streams.len()).unwrap_or(u16::MAX));
            streams.push(Stream::new(streams.len(), stream, most));
        }
        Ok(())
    }

    /// Leaves out damage that was not told of.
    pub(super) const fn forget_junk(&mut self) {
        self.junk = None;
    }

    /// The next packet, of whatever track, without a look at [`skip`](Self::skip).
    pub(super) fn next_unit(&mut self) -> Result<Option<Packet>> {
        loop {
            if let Some(packet) = self.queue.pop_front() {
                return Ok(Some(packet));
            }
            if let Some((position, junk)) = self.junk.take() {
                let message = if self.ended {
                    format!("the input ends after {junk} bytes of a packet")
                } else {
                    format!("{junk} bytes that are no packets")
                };
                return Err(Error::malformed(message).at(position));
            }
            if self.ended {
                return Ok(None);
            }
            self.read_packet()?;
        }
    }
}

impl Demuxer for TsDemuxer {
    fn format(&self) -> &'static str {
        "mpegts"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        let length = self.tracks.iter().filter_map(|track| Some((track, track.duration?)));
        let times = length
            .map(|(track, length)| track.time_base.time(Timestamp::ZERO.saturating_add(length)));
        times.max()
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        loop {
            let packet = self.next_unit()?;
            match (&packet, self.skip) {
                (Some(found), Some((track, time))) if found.track == track => {
                    if found.pts == Some(time) {
                        self.skip = None;
                    } else if found.pts.is_none_or(|pts| pts < time) {
                        continue;
                    } else {
                        self.skip = None;
                    }
                }
                _ => {}
            }
            return Ok(packet);
        }
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}
