//! Reads the movie box: ISO/IEC 14496-12, 8.2 to 8.8. The walk is iterative, and each leaf is in memory only while it
//! is read.

use std::fmt::Write;

use rushes_core::{Buffer, Error, Result};

use super::boxes::{
    BoxReader, Dref, Elng, Elst, FourCc, FullBox, Hdlr, Mdhd, Mvhd, Stsd, Tkhd, Trex,
};
use super::header::BoxHeader;
use super::index::Tables;
use super::layout::ChunkOffsets;
use super::stored::{SizeTable, Stored};
use crate::input::Input;

/// What the movie box says.
#[derive(Clone, Debug, Default)]
pub(super) struct Movie {
    pub(super) header: Option<Mvhd>,
    pub(super) tracks: Vec<TrackBoxes>,
    /// The movie is continued in fragments.
    pub(super) fragmented: bool,
    pub(super) trex: Vec<Trex>,
    /// Length of the movie, fragments included, where the file says it.
    pub(super) fragmented_duration: Option<u64>,
    /// Payloads of `udta` and `meta`, which are read later: they may be broken without harm.
    pub(super) user_data: Vec<Payload>,
    pub(super) meta: Vec<Payload>,
}

/// What the boxes of one track say.
#[derive(Clone, Debug, Default)]
pub(super) struct TrackBoxes {
    pub(super) header: Option<Tkhd>,
    pub(super) media: Option<Mdhd>,
    pub(super) handler: Option<Hdlr>,
    pub(super) edits: Elst,
    pub(super) references: Dref,
    pub(super) descriptions: Stsd,
    pub(super) tables: Tables,
    /// Language by RFC 4646, in place of that in the media header.
    pub(super) language: Option<String>,
    /// Tracks that hold the chapters of this one.
    pub(super) chapters: Vec<u32>,
    pub(super) user_data: Vec<Payload>,
    pub(super) meta: Vec<Payload>,
}

/// The bytes of a box, and where they were.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    pub(super) data: Buffer,
    pub(super) offset: u64,
}

impl Payload {
    pub(super) fn reader(&self) -> BoxReader<'_> {
        BoxReader::new(&self.data, self.offset)
    }
}

/// A box that is being walked.
#[derive(Debug)]
struct Level {
    kind: FourCc,
    end: u64,
}

impl Movie {
    /// Reads the movie box, whose header has just been read.
    pub(super) fn read(input: &mut Input, header: BoxHeader) -> Result<Self> {
        let Some(end) = header.end.or(input.length()) else {
            return Err(Error::malformed("box 'moov' without a size").at(header.start));
        };
        let mut movie = Self::default();
        let mut levels = vec![Level { kind: header.kind, end }];
        let mut budget = Budget { index: 0, metadata: 0 };
        let result = movie.walk(input, &mut levels, &mut budget);
        result.map_err(|error| error.within(movie.path(&levels)))?;
        Ok(movie)
    }

    fn walk(
        &mut self,
        input: &mut Input,
        levels: &mut Vec<Level>,
        budget: &mut Budget,
    ) -> Result<()> {
        while let Some(level) = levels.last() {
            let (parent, end) = (level.kind, level.end);
            let header =
                if input.position() < end { BoxHeader::read(input, Some(end))? } else { None };
            let Some(BoxHeader { kind, payload, end: Some(child_end), .. }) = header else {
                if input.position() < end {
                    return Err(
                        Error::malformed("the input ends within this box").at(input.position())
                    );
                }
                levels.pop();
                continue;
            };
            if is_container(parent, kind) {
                let depth = u64::from(input.limits().depth);
                if levels.len() as u64 >= depth {
                    return Err(Error::limit("depth", levels.len() as u64 + 1, depth));
                }
                if kind.0 == *b"trak" {
                    let tracks = u64::from(input.limits().tracks);
                    if self.tracks.len() as u64 >= tracks {
                        return Err(Error::limit("tracks", self.tracks.len() as u64 + 1, tracks));
                    }
                    self.tracks.push(TrackBoxes::default());
                }
                self.fragmented |= kind.0 == *b"mvex";
                levels.push(Level { kind, end: child_end });
                continue;
            }
            if let Some(place) = place_of(parent, kind) {
                let length = child_end - payload;
                budget.spend(place, length, input)?;
                let data = input.read_payload(length).map_err(|error| error.within(kind))?;
                let leaf = Payload { data, offset: payload };
                self.take(parent, kind, leaf).map_err(|error| error.within(kind))?;
            } else {
                input.skip(child_end - payload).map_err(|error| error.within(kind))?;
            }
        }
        Ok(())
    }

    /// Reads one leaf. The caller has checked that it belongs where it is.
    fn take(&mut self, parent: FourCc, kind: FourCc, leaf: Payload) -> Result<()> {
        let mut r = leaf.reader();
        match (&parent.0, &kind.0) {
            (b"moov", b"mvhd") => self.header = Some(Mvhd::parse(r)?),
            (b"moov", b"udta") => self.user_data.push(leaf),
            (b"moov", b"meta") => self.meta.push(leaf),
            (b"mvex", b"trex") => self.trex.push(Trex::parse(r)?),
            (b"mvex", b"mehd") => {
                r.read_version()?;
                self.fragmented_duration = Some(r.versioned()?);
            }
            (_, b"cmov") => {
                return Err(Error::unsupported(
                    "a compressed movie box (cmov)",
                    "plain movie boxes",
                ));
            }
            _ => {
                if let Some(track) = self.tracks.last_mut() {
                    track.take(kind, leaf)?;
                }
            }
        }
        Ok(())
    }

    /// The path of the box that is being walked, as `moov/trak[1]/mdia`.
    fn path(&self, levels: &[Level]) -> String {
        let mut path = String::new();
        for level in levels {
            if !path.is_empty() {
                path.push('/');
            }
            // Writing to a string cannot fail.
            let _ = write!(path, "{}", level.kind);
            if level.kind.0 == *b"trak" {
                let _ = write!(path, "[{}]", self.tracks.len().saturating_sub(1));
            }
        }
        path
    }
}

impl TrackBoxes {
    fn take(&mut self, kind: FourCc, leaf: Payload) -> Result<()> {
        let mut r = leaf.reader();
        match &kind.0 {
            b"tkhd" => self.header = Some(Tkhd::parse(r)?),
            b"mdhd" => self.media = Some(Mdhd::parse(r)?),
            b"elng" => self.language = Some(Elng::parse(r)?.tag),
            b"hdlr" => self.handler = Some(Hdlr::parse(r)?),
            b"elst" => self.edits = Elst::parse(r)?,
            b"dref" => self.references = Dref::parse(r)?,
            b"stsd" => self.descriptions = Stsd::parse(r)?,
            b"stts" => self.tables.stts = Stored::parse(&leaf)?,
            b"ctts" => self.tables.ctts = Stored::parse(&leaf)?,
            b"stss" => self.tables.stss = Some(Stored::parse(&leaf)?),
            // Partial sync samples are stored like sync samples.
            b"stps" => self.tables.stps = Stored::parse(&leaf)?,
            b"stsc" => self.tables.stsc = Stored::parse(&leaf)?,
            b"stsz" => self.tables.sizes = Some(SizeTable::parse(&leaf)?),
            b"stz2" => self.tables.sizes = Some(SizeTable::parse_compact(&leaf)?),
            b"stco" => self.tables.offsets = Some(ChunkOffsets::Short(Stored::parse(&leaf)?)),
            b"co64" => self.tables.offsets = Some(ChunkOffsets::Long(Stored::parse(&leaf)?)),
            b"chap" => {
                let (tracks, _) = r.rest().as_chunks();
                self.chapters = tracks.iter().map(|track| u32::from_be_bytes(*track)).collect();
            }
            b"udta" => self.user_data.push(leaf),
            b"meta" => self.meta.push(leaf),
            _ => {}
        }
        Ok(())
    }
}

fn is_container(parent: FourCc, kind: FourCc) -> bool {
    matches!(
        (&parent.0, &kind.0),
        (b"moov", b"trak" | b"mvex")
            | (b"trak", b"mdia" | b"edts" | b"tref")
            | (b"mdia", b"minf")
            | (b"minf", b"stbl" | b"dinf")
    )
}

/// Which bound of the limits a leaf counts against.
#[derive(Clone, Copy, Debug)]
enum Place {
    Index,
    Metadata,
}

fn place_of(parent: FourCc, kind: FourCc) -> Option<Place> {
    match (&parent.0, &kind.0) {
        (
            b"stbl",
            b"stts" | b"ctts" | b"stss" | b"stps" | b"stsc" | b"stsz" | b"stz2" | b"stco" | b"co64",
        )
        | (b"edts", b"elst") => Some(Place::Index),
        (b"moov", b"mvhd" | b"udta" | b"meta" | b"cmov")
        | (b"mvex", b"trex" | b"mehd")
        | (b"trak", b"tkhd" | b"udta" | b"meta")
        | (b"tref", b"chap")
        | (b"mdia", b"mdhd" | b"elng" | b"hdlr")
        | (b"dinf", b"dref")
        | (b"stbl", b"stsd") => Some(Place::Metadata),
        _ => None,
    }
}

/// Bytes taken so far.
#[derive(Debug)]
struct Budget {
    index: u64,
    metadata: u64,
}

impl Budget {
    fn spend(&mut self, place: Place, length: u64, input: &Input) -> Result<()> {
        let (name, spent, limit) = match place {
            Place::Index => ("index_bytes", &mut self.index, input.limits().index_bytes),
            Place::Metadata => {
                ("metadata_bytes", &mut self.metadata, input.limits().metadata_bytes)
            }
        };
        *spent = spent.saturating_add(length);
        if *spent > limit { Err(Error::limit(name, *spent, limit)) } else { Ok(()) }
    }
}
