//! Everything but the clusters: what is in front of them, and what the seek head (RFC 9559, 5.1.1) finds behind them.

use std::collections::BTreeSet;

use rushes_core::{Buffer, Chapter, Error, Limits, Result};

use super::attachments::{self, Attachment};
use super::cues::Cues;
use super::ebml::{Elements, Header, checksum_agrees};
use super::entry::Entry;
use super::info::{DocType, Info};
use super::tags::Tag;
use super::{chapters, ids};
use crate::input::Input;

/// Bytes of the `EBML` element that are read: far more than its fields have.
const HEADER_BYTES: u64 = 64 << 10;

/// What is known before the first block.
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) doc_type: DocType,
    pub(super) info: Option<Info>,
    pub(super) entries: Option<Vec<Entry>>,
    pub(super) cues: Cues,
    pub(super) tags: Vec<Tag>,
    pub(super) chapters: Vec<Chapter>,
    pub(super) attachments: Vec<Attachment>,
    /// Where positions in the segment count from.
    pub(super) segment: u64,
    pub(super) segment_end: Option<u64>,
    /// Offset of the first cluster, or of what stands there instead.
    pub(super) first: u64,
    /// What is broken, although the clusters can be read.
    pub(super) damage: Option<Error>,
    /// Elements that a seek head has pointed to.
    links: Vec<u64>,
    visited: BTreeSet<u64>,
    metadata_left: u64,
    index_left: u64,
    check: bool,
}

impl Headers {
    /// Reads up to the first cluster, and what the seek head points to where the input can seek. Leaves the input at the first
    /// cluster.
    pub(super) fn read(input: &mut Input, check: bool) -> Result<Self> {
        let doc_type = read_doc_type(input)?;
        let segment = find_segment(input)?;
        let mut headers = Self {
            doc_type,
            info: None,
            entries: None,
            cues: Cues::default(),
            tags: Vec::new(),
            chapters: Vec::new(),
            attachments: Vec::new(),
            segment: segment.data,
            segment_end: segment.end,
            first: segment.data,
            damage: None,
            links: Vec::new(),
            visited: BTreeSet::new(),
            metadata_left: input.limits().metadata_bytes,
            index_left: input.limits().index_bytes,
            check,
        };
        headers.read_front(input)?;
        if input.is_seekable() {
            headers.follow_links(input)?;
            input.seek(headers.first)?;
        }
        Ok(headers)
    }

    /// Reads elements up to the first cluster.
    fn read_front(&mut self, input: &mut Input) -> Result<()> {
        loop {
            self.first = input.position();
            if self.segment_end.is_some_and(|end| self.first >= end) {
                return Ok(());
            }
            // The header of a cluster stays unread.
            input.mark();
            let header = match Header::read(input) {
                Ok(Some(header)) if header.id != ids::CLUSTER => header,
                Ok(_) => return self.stay(input),
                Err(error @ Error::Io { .. }) => return Err(error),
                // What walks over the clusters meets the same, and finds the way on.
                Err(_) => return self.stay(input),
            };
            let Some(end) = header.end else { return self.stay(input) };
            input.unmark();
            self.read_element(input, &header)?;
            let left = end.saturating_sub(input.position());
            match input.skip(left) {
                Ok(()) => {}
                Err(error @ Error::Io { .. }) => return Err(error),
                Err(error) => {
                    self.damage.get_or_insert(error.within("Segment"));
                    self.first = input.position();
                    // Nothing can come behind what is cut off.
                    self.segment_end = Some(self.first);
                    return Ok(());
                }
            }
        }
    }

    /// Goes back to the start of the element whose header has been read.
    fn stay(&self, input: &mut Input) -> Result<()> {
        input.seek(self.first)
    }

    /// Reads what seek heads point to, seek heads included, each place once.
    fn follow_links(&mut self, input: &mut Input) -> Result<()> {
        while let Some(position) = self.links.pop() {
            let outside = input.length().is_some_and(|length| position >= length);
            if outside || self.visited.contains(&position) {
                continue;
            }
            input.seek(position)?;
            match Header::read(input) {
                Ok(Some(header)) => self.read_element(input, &header)?,
                Ok(None) => {}
                Err(error @ Error::Io { .. }) => return Err(error),
                // A link that leads nowhere takes nothing from what is there.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Reads an element whose header has been read. What playing can do without may be broken.
    fn read_element(&mut self, input: &mut Input, header: &Header) -> Result<()> {
        if !self.visited.insert(header.start) {
            return Ok(());
        }
        let (name, needed) = match header.id {
            ids::SEEK_HEAD => ("SeekHead", false),
            ids::INFO if self.info.is_none() => ("Info", true),
            ids::TRACKS if self.entries.is_none() => ("Tracks", true),
            ids::CUES => ("Cues", false),
            ids::TAGS => ("Tags", false),
            ids::CHAPTERS => ("Chapters", false),
            ids::ATTACHMENTS => ("Attachments", false),
            _ => return Ok(()),
        };
        match self.read_known(input, header) {
            Ok(()) => Ok(()),
            Err(error @ Error::Io { .. }) => Err(error),
            Err(error) => {
                let error = error.within(name).within("Segment");
                if needed {
                    return Err(error);
                }
                self.damage.get_or_insert(error);
                Ok(())
            }
        }
    }

    fn read_known(&mut self, input: &mut Input, header: &Header) -> Result<()> {
        let size = header.size().ok_or_else(|| {
            Error::malformed("only segments and clusters may have an unknown size").at(header.start)
        })?;
        let (name, limit, left) = if header.id == ids::CUES {
            ("index_bytes", input.limits().index_bytes, &mut self.index_left)
        } else {
            ("metadata_bytes", input.limits().metadata_bytes, &mut self.metadata_left)
        };
        *left = left.checked_sub(size).ok_or(Error::limit(name, size, limit))?;
        let data = input.read_payload(size)?;
        if self.check && !checksum_agrees(&data) {
            return Err(Error::malformed("the checksum does not agree").at(header.start));
        }
        self.parse(header.id, &data, header.data, input.limits())
    }

    fn parse(&mut self, id: u32, data: &Buffer, offset: u64, limits: &Limits) -> Result<()> {
        match id {
            ids::SEEK_HEAD => self.read_seek_head(data, offset)?,
            ids::INFO => self.info = Some(Info::read(data, offset)?),
            ids::TRACKS => self.entries = Some(read_tracks(data, offset, limits)?),
            ids::CUES => self.cues = Cues::read(data, offset, self.segment)?,
            ids::TAGS => self.tags.extend(Tag::read_all(data, offset, limits)?),
            ids::CHAPTERS => self.chapters = chapters::read(data, offset, limits)?,
            _ => {
                self.attachments.extend(attachments::read(data, offset)?);
                let count = self.attachments.len() as u64;
                if count > limits.tracks.into() {
                    self.attachments.clear();
                    return Err(Error::limit("tracks", count, limits.tracks.into()));
                }
            }
        }
        Ok(())
    }

    fn read_seek_head(&mut self, data: &[u8], offset: u64) -> Result<()> {
        let mut children = Elements::new(data, offset);
        while let Some(child) = children.next()? {
            if child.id != ids::SEEK {
                continue;
            }
            let (mut id, mut position) = (0, None);
            let mut fields = child.children();
            while let Some(field) = fields.next()? {
                match field.id {
                    ids::SEEK_ID => id = field.uint()?,
                    ids::SEEK_POSITION => position = self.segment.checked_add(field.uint()?),
                    _ => {}
                }
            }
            // Clusters are found without help.
            if id != u64::from(ids::CLUSTER) {
                self.links.extend(position);
            }
        }
        Ok(())
    }
}

/// Reads the `EBML` element, with which every file starts.
fn read_doc_type(input: &mut Input) -> Result<DocType> {
    let header = Header::read(input)?
        .filter(|header| header.id == ids::EBML)
        .ok_or_else(|| Error::malformed("there is no EBML header").at(0))?;
    let size = header.size().filter(|size| *size <= HEADER_BYTES).ok_or_else(|| {
        Error::malformed("an EBML header of unknown size, or larger than 64 KiB").at(header.start)
    })?;
    let data = input.read_payload(size).map_err(|error| error.within("EBML"))?;
    DocType::read(&data, header.data).map_err(|error| error.within("EBML"))
}

/// Passes what may stand in front of the segment.
fn find_segment(input: &mut Input) -> Result<Header> {
    loop {
        let position = input.position();
        let header = Header::read(input)?
            .ok_or_else(|| Error::malformed("there is no segment").at(position))?;
        if header.id == ids::SEGMENT {
            return Ok(header);
        }
        let size = header.size().ok_or_else(|| {
            Error::malformed("an element of unknown size before the segment").at(position)
        })?;
        input.skip(size)?;
    }
}

fn read_tracks(data: &[u8], offset: u64, limits: &Limits) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut children = Elements::new(data, offset);
    while let Some(child) = children.next()? {
        if child.id != ids::TRACK_ENTRY {
            continue;
        }
        let step = format!("TrackEntry[{}]", entries.len());
        entries.push(Entry::read(&child).map_err(|error| error.within(step))?);
        if entries.len() as u64 > limits.tracks.into() {
            return Err(Error::limit("tracks", entries.len() as u64, limits.tracks.into()));
        }
    }
    Ok(entries)
}
