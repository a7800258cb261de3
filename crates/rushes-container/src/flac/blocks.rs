//! Metadata blocks (RFC 9639, 8) in front of the frames.

use rushes_core::{Chapter, Error, Result, TimeBase, Timestamp};

use super::Picture;
use super::stream_info::StreamInfo;
use crate::cover::CoverArt;
use crate::input::Input;
use crate::vorbis_comment::Comments;

pub(super) const STREAM_INFO: u8 = 0;
pub(super) const PADDING: u8 = 1;
pub(super) const SEEK_TABLE: u8 = 3;
pub(super) const COMMENTS: u8 = 4;
const CUE_SHEET: u8 = 5;
pub(super) const PICTURE: u8 = 6;
/// The type that is none, because headers of frames look like it.
const INVALID: u8 = 127;
/// The flag of the last block.
pub(super) const LAST: u8 = 0x80;

/// Where a frame is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SeekPoint {
    pub(super) sample: u64,
    /// Bytes from the first frame on.
    pub(super) offset: u64,
}

impl SeekPoint {
    pub(super) const SIZE: usize = 18;
    /// The sample of a point that is only room for one.
    pub(super) const NOWHERE: u64 = u64::MAX;

    fn read(bytes: &[u8; Self::SIZE]) -> Option<Self> {
        let (sample, rest) = bytes.split_first_chunk()?;
        let (offset, _) = rest.split_first_chunk()?;
        let sample = u64::from_be_bytes(*sample);
        let point = Self { sample, offset: u64::from_be_bytes(*offset) };
        (sample != Self::NOWHERE).then_some(point)
    }
}

/// What the blocks say.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) info: Option<StreamInfo>,
    pub(super) points: Vec<SeekPoint>,
    pub(super) comments: Option<Comments>,
    pub(super) covers: Vec<CoverArt>,
    /// Tracks of a disc: their start in samples, and their code.
    cues: Vec<(u64, String)>,
}

impl Blocks {
    /// Reads blocks up to the last one. Where they make no sense any more, frames are to be searched for.
    pub(super) fn read(input: &mut Input) -> Result<Self> {
        let mut blocks = Self::default();
        let mut taken = 0;
        loop {
            let head = input.peek(4)?;
            let Some(&[kind, high, middle, low]) = head.first_chunk() else { break };
            let length = u64::from(u32::from_be_bytes([0, high, middle, low]));
            let kind_only = kind & !LAST;
            let fits = input.length().is_none_or(|end| end - input.position() >= length + 4);
            if kind_only == INVALID || !fits {
                break;
            }
            input.skip(4)?;
            if matches!(kind_only, STREAM_INFO | SEEK_TABLE..=PICTURE) {
                taken += length;
                let limit = input.limits().metadata_bytes;
                if taken > limit {
                    return Err(Error::limit("metadata_bytes", taken, limit));
                }
                let body = input.read_payload(length)?;
                blocks.take(kind_only, &body);
            } else {
                input.skip(length)?;
            }
            if kind & LAST != 0 {
                break;
            }
        }
        Ok(blocks)
    }

    fn take(&mut self, kind: u8, body: &[u8]) {
        match kind {
            STREAM_INFO if self.info.is_none() => self.info = StreamInfo::read(body),
            SEEK_TABLE if self.points.is_empty() => {
                let points = body.as_chunks().0.iter().filter_map(SeekPoint::read);
                self.points = points.collect();
                self.points.sort_by_key(|point| point.sample);
            }
            // There should be one only. Of several, the first that says something counts.
            COMMENTS if self.comments.as_ref().is_none_or(|known| known.metadata.is_empty()) => {
                let comments = Comments::read(body);
                self.covers.extend(comments.covers.iter().cloned());
                self.comments = Some(comments);
            }
            CUE_SHEET if self.cues.is_empty() => self.cues = cues(body).unwrap_or_default(),
            PICTURE => self.covers.extend(Picture::read(body).and_then(Picture::cover)),
            _ => {}
        }
    }

    /// The chapters of the comments, else the tracks of the cue sheet.
    pub(super) fn chapters(&self, base: TimeBase) -> Vec<Chapter> {
        let named = self.comments.as_ref().map(|comments| &comments.chapters);
        if let Some(chapters) = named.filter(|chapters| !chapters.is_empty()) {
            return chapters.clone();
        }
        let cues = self.cues.iter().map(|(sample, code)| {
            let start = i64::try_from(*sample).unwrap_or(i64::MAX);
            Chapter { start: base.time(Timestamp::new(start)), end: None, title: code.clone() }
        });
        cues.collect()
    }
}

/// The tracks of a cue sheet (RFC 9639, 8.7), from where their first sound is; `None` where it is cut off.
fn cues(body: &[u8]) -> Option<Vec<(u64, String)>> {
    // Catalogue number, lead-in, flags, what is reserved.
    const HEAD: usize = 128 + 8 + 259;
    // The lead-out of a disc, and of anything else.
    const LEAD_OUT: [u8; 2] = [170, 255];
    let (count, mut rest) = body.get(HEAD..)?.split_first()?;
    let mut cues = Vec::new();
    for _ in 0..*count {
        let (track, behind) = rest.split_first_chunk::<36>()?;
        let (offset, track) = track.split_first_chunk()?;
        let offset = u64::from_be_bytes(*offset);
        let (number, track) = track.split_first()?;
        let (code, track) = track.split_first_chunk::<12>()?;
        let indices = usize::from(*track.last()?);
        let (points, behind) = behind.split_at_checked(indices * 12)?;
        rest = behind;
        if LEAD_OUT.contains(number) {
            continue;
        }
        // Index 0 is the pause in front.
        let points = points.as_chunks::<12>().0;
        let first = points.iter().find(|point| point[8] == 1).and_then(|point| point.first_chunk());
        let first = first.map_or(0, |point| u64::from_be_bytes(*point));
        let code = String::from_utf8_lossy(code).trim_end_matches('\0').to_owned();
        cues.push((offset.saturating_add(first), code));
    }
    Some(cues)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue_track(offset: u64, number: u8, indices: &[(u64, u8)]) -> Vec<u8> {
        let mut bytes = offset.to_be_bytes().to_vec();
        bytes.push(number);
        bytes.extend(if number == 1 { *b"ABCDE1234567" } else { [0; 12] });
        bytes.extend([0; 14]);
        bytes.push(u8::try_from(indices.len()).expect("few"));
        for (offset, number) in indices {
            bytes.extend(offset.to_be_bytes());
            bytes.extend([*number, 0, 0, 0]);
        }
        bytes
    }

    #[test]
    fn cue_sheets_are_chapters() {
        let mut body = vec![0; 128 + 8 + 259];
        body.push(3);
        body.extend(cue_track(0, 1, &[(0, 1)]));
        body.extend(cue_track(1000, 2, &[(0, 0), (88, 1)]));
        body.extend(cue_track(5000, 170, &[]));
        let expected = vec![(0, "ABCDE1234567".to_owned()), (1088, String::new())];
        assert_eq!(cues(&body), Some(expected));
        for cut in 0..body.len() {
            assert_eq!(cues(&body[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn room_for_a_point_is_no_point() {
        let mut blocks = Blocks::default();
        let mut table = [0; 36];
        table[7] = 9;
        table[18..26].fill(0xff);
        blocks.take(SEEK_TABLE, &table);
        assert_eq!(blocks.points, [SeekPoint { sample: 9, offset: 0 }]);
    }
}
