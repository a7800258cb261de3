//! What stands in front of the clusters, and what of it is corrected at the end: RFC 8794, 11.2; RFC 9559, 5.1.1 and 5.1.2.

use rushes_core::Result;

use super::flavor::Flavor;
use crate::mkv::ebml_writer::{EbmlWriter, UNKNOWN_SIZE, fixed_size, id_length};
use crate::mkv::ids;
use crate::output::Output;

/// Room for a list of six elements and its checksum.
const SEEK_HEAD_ROOM: usize = 144;
/// Versions of Matroska that a file uses, and that a reader must know to read it.
const DOC_TYPE_VERSION: u64 = 4;
const DOC_TYPE_READ_VERSION: u64 = 2;

/// Where the parts of a segment are.
#[derive(Debug)]
pub(super) struct Segment {
    /// Offset of the first byte behind the size of the segment.
    pub(super) start: u64,
    /// Identifiers of parts, and their offsets in the segment.
    parts: Vec<(u32, u64)>,
    /// Offset and length of the room for the list of parts.
    seek_head: Option<(u64, usize)>,
    /// Offset and length of the room for the index.
    pub(super) reserve: Option<(u64, usize)>,
    checked: bool,
}

impl Segment {
    /// Writes the head of the file, and of the segment. A list of the parts is kept room for if `listed`.
    pub(super) fn open(
        flavor: Flavor,
        listed: bool,
        checked: bool,
        output: &mut Output,
    ) -> Result<Self> {
        let mut w = EbmlWriter::new();
        w.master(ids::EBML, |w| {
            w.uint(ids::EBML_VERSION, 1);
            w.uint(ids::EBML_READ_VERSION, 1);
            w.uint(ids::EBML_MAX_ID_LENGTH, 4);
            w.uint(ids::EBML_MAX_SIZE_LENGTH, 8);
            w.text(ids::DOC_TYPE, flavor.doc_type());
            w.uint(ids::DOC_TYPE_VERSION, DOC_TYPE_VERSION);
            w.uint(ids::DOC_TYPE_READ_VERSION, DOC_TYPE_READ_VERSION);
        });
        w.id(ids::SEGMENT);
        w.raw(&UNKNOWN_SIZE);
        output.write(w.bytes())?;
        let start = output.position();
        let mut segment =
            Self { start, parts: Vec::new(), seek_head: None, reserve: None, checked };
        if listed {
            segment.seek_head = Some((start, SEEK_HEAD_ROOM));
            Self::write_void(SEEK_HEAD_ROOM, output)?;
        }
        Ok(segment)
    }

    /// Writes a part, and notes where it is.
    pub(super) fn write_part(&mut self, id: u32, bytes: &[u8], output: &mut Output) -> Result<()> {
        self.note_part(id, output.position());
        output.write(bytes)
    }

    /// Notes that a part is at this offset of the file.
    pub(super) fn note_part(&mut self, id: u32, position: u64) {
        self.parts.push((id, position - self.start));
    }

    /// Replaces a part by one of the same length.
    pub(super) fn replace_part(&self, id: u32, bytes: &[u8], output: &mut Output) -> Result<()> {
        match self.parts.iter().find(|(known, _)| *known == id) {
            Some((_, position)) => output.patch(self.start + position, bytes),
            None => Ok(()),
        }
    }

    /// Moves what lies at this offset of the file or behind it.
    pub(super) fn shift(&mut self, from: u64, by: u64) {
        let start = self.start;
        self.parts.iter_mut().filter(|(_, at)| start + *at >= from).for_each(|(_, at)| *at += by);
    }

    /// Keeps room for an index.
    pub(super) fn reserve(&mut self, bytes: usize, output: &mut Output) -> Result<()> {
        if bytes >= 2 {
            self.reserve = Some((output.position(), bytes));
            Self::write_void(bytes, output)?;
        }
        Ok(())
    }

    /// Writes the list of parts into its room.
    pub(super) fn write_list(&self, output: &mut Output) -> Result<()> {
        let Some((position, room)) = self.seek_head else { return Ok(()) };
        let mut w = EbmlWriter::new();
        w.checked_master(ids::SEEK_HEAD, self.checked, |w| {
            for (id, position) in &self.parts {
                w.master(ids::SEEK, |w| {
                    let bytes = id.to_be_bytes();
                    w.binary(ids::SEEK_ID, &bytes[4 - id_length(*id)..]);
                    // Eight bytes, so that the list has the same length wherever its parts are.
                    w.binary(ids::SEEK_POSITION, &position.to_be_bytes());
                });
            }
        });
        Self::fill(position, room, w, output)
    }

    /// Writes the index into the room that was kept for it; false where it does not fit.
    pub(super) fn write_reserved(
        &mut self,
        id: u32,
        bytes: &[u8],
        output: &mut Output,
    ) -> Result<bool> {
        let Some((position, room)) = self.reserve else { return Ok(false) };
        // One byte is too little for what fills the rest.
        if bytes.len() != room && bytes.len() + 2 > room {
            return Ok(false);
        }
        self.note_part(id, position);
        let mut w = EbmlWriter::new();
        w.raw(bytes);
        Self::fill(position, room, w, output)?;
        Ok(true)
    }

    /// Says how long the segment is.
    pub(super) fn close(&self, output: &mut Output) -> Result<()> {
        let size = fixed_size(output.position() - self.start);
        output.patch(self.start - size.len() as u64, &size)
    }

    fn write_void(bytes: usize, output: &mut Output) -> Result<()> {
        let mut w = EbmlWriter::new();
        w.void(bytes);
        output.write(w.bytes())
    }

    fn fill(position: u64, room: usize, mut w: EbmlWriter, output: &mut Output) -> Result<()> {
        if room > w.bytes().len() {
            w.void(room - w.bytes().len());
        }
        output.patch(position, w.bytes())
    }
}

/// What the `Info` element says.
#[derive(Debug)]
pub(super) struct Info<'a> {
    pub(super) scale: i64,
    /// Length in ticks.
    pub(super) duration: InfoDuration,
    pub(super) uid: [u8; 16],
    pub(super) title: Option<&'a str>,
    /// Nanoseconds since 2001.
    pub(super) date: Option<i64>,
}

/// What is known of the length.
#[derive(Clone, Copy, Debug)]
pub(super) enum InfoDuration {
    /// Nothing, and it will not be.
    Unknown,
    /// Nothing yet.
    Later,
    /// Ticks.
    Ticks(f64),
}

impl Info<'_> {
    /// Bytes of `Duration`, which are kept free until it is known.
    const DURATION_BYTES: usize = 11;

    pub(super) fn write(&self, checked: bool) -> Vec<u8> {
        let mut w = EbmlWriter::new();
        w.checked_master(ids::INFO, checked, |w| {
            w.binary(ids::SEGMENT_UUID, &self.uid);
            w.uint(ids::TIMESTAMP_SCALE, self.scale.unsigned_abs());
            match self.duration {
                InfoDuration::Unknown => {}
                InfoDuration::Later => w.void(Self::DURATION_BYTES),
                InfoDuration::Ticks(ticks) => w.float(ids::DURATION, ticks),
            }
            if let Some(date) = self.date {
                w.binary(ids::DATE_UTC, &date.to_be_bytes());
            }
            if let Some(title) = self.title {
                w.text(ids::TITLE, title);
            }
            w.text(ids::MUXING_APP, crate::ENCODER);
            w.text(ids::WRITING_APP, crate::ENCODER);
        });
        w.into_bytes()
    }
}
