//! The part of a file that holds fragments, one after another: ISO/IEC 14496-12, 8.8.

use rushes_core::{Error, Result};

use super::boxes::{BoxReader, Trex};
use super::fragment::{TrackFragment, read_moof};
use super::fragment_index::FragmentIndex;
use super::header::BoxHeader;
use super::hints::Hints;
use crate::input::Input;

/// The part of the file that holds fragments.
#[derive(Debug)]
pub(super) struct Fragments {
    pub(super) trex: Vec<Trex>,
    /// Offset of the next box at the top level; `None` at the end.
    pub(super) next: Option<u64>,
    /// Where the first box behind the movie box is.
    pub(super) first: u64,
    /// Bytes of runs without fields so far, which no byte of the file stands behind.
    pub(super) symbolic: u64,
    /// Where fragments may be, once that was needed.
    pub(super) hints: Option<Hints>,
    /// The fragments near the time that was sought last, or all.
    pub(super) index: Option<FragmentIndex>,
}

impl Fragments {
    /// Counts samples that no byte of the fragment stands behind. Together they cannot be more than the file holds, but
    /// a file may be lied about by many small boxes.
    pub(super) fn account(&mut self, part: &TrackFragment, file_length: Option<u64>) -> Result<()> {
        self.symbolic = self.symbolic.saturating_add(part.symbolic());
        match file_length {
            Some(length) if self.symbolic > length.saturating_mul(2) => {
                let message = "runs of equal samples that are larger than the file";
                Err(Error::malformed(message).within("moof/traf/trun"))
            }
            _ => Ok(()),
        }
    }
}

/// Reads boxes of the top level from `next` up to the next fragment, and reads that. The end of the header is where to
/// look for the one after it. `next` goes on with every box that was passed, so that a source that made us wait need not
/// give it again.
pub(super) fn read_fragment(
    input: &mut Input,
    next: &mut u64,
    trex: &[Trex],
) -> Result<Option<(BoxHeader, Vec<TrackFragment>)>> {
    loop {
        go_forward(input, *next)?;
        let Some(header) = BoxHeader::read(input, None)? else { return Ok(None) };
        if header.kind.0 == *b"moof" {
            let Some(end) = header.end else {
                return Err(Error::malformed("box 'moof' without a size").at(header.start));
            };
            let payload = input.read_payload(end - header.payload);
            let payload = payload.map_err(|error| error.within("moof"))?;
            let r = BoxReader::new(&payload, header.payload);
            let parts = read_moof(r, header.start, trex).map_err(|error| error.within("moof"))?;
            let end = if input.is_seekable() { Some(end) } else { end_of_media(input)? };
            return Ok(Some((BoxHeader { end, ..header }, parts)));
        }
        let Some(end) = header.end else { return Ok(None) };
        if input.length().is_some_and(|length| end > length) {
            if header.kind.0 == *b"mdat" {
                // Its samples were tried already, and told what is missing.
                return Ok(None);
            }
            let message = format!("box '{}' is larger than the rest of the file", header.kind);
            return Err(Error::malformed(message).at(header.start));
        }
        *next = end;
    }
}

/// Where the media behind a fragment ends. An input that cannot seek has passed its header when the samples are read.
fn end_of_media(input: &mut Input) -> Result<Option<u64>> {
    while let Some(header) = BoxHeader::read(input, None)? {
        match (&header.kind.0, header.end) {
            (b"mdat", end) => return Ok(end),
            (b"moof", _) => {
                input.seek(header.start)?;
                return Ok(Some(header.start));
            }
            (_, Some(end)) => input.seek(end)?,
            (_, None) => break,
        }
    }
    Ok(None)
}

/// Goes to an offset that is not behind the position of a sequential source. What lies between is not kept.
pub(super) fn go_forward(input: &mut Input, offset: u64) -> Result<()> {
    input.unmark();
    input.seek(offset)?;
    input.mark();
    Ok(())
}
