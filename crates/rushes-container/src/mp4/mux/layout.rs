//! Room that is kept in front of the media, and how it is used when the file is complete.
//!
//! While a file is written the room is one box of free space. When the file is complete the room gets its contents: the
//! movie box, if it is to be in front and fits, and the header of the media, which reaches over all that was written
//! behind. Then the box of free space is made to end in front of them. That changes one byte, and so cannot be done by
//! half: whenever the writer is stopped, the file is either a recording of fragments or complete.

use rushes_core::Result;

use super::flavor::Flavor;
use crate::mp4::boxes::{BoxWriter, FourCc};
use crate::output::Output;

/// Bytes of the header of a box, and with a large size.
const HEADER: u32 = 8;
const LARGE_HEADER: u32 = 16;

/// Room that was kept in a file that seeks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Where its box starts.
    start: u64,
    /// Bytes behind the header of that.
    bytes: u32,
}

impl Room {
    /// Writes the room: at least `reserve` bytes for the movie box, and the header of the media.
    pub(super) fn write(output: &mut Output, flavor: Flavor, reserve: Option<u32>) -> Result<Self> {
        let start = output.position();
        let bytes = reserve.map_or(LARGE_HEADER, |reserve| rounded(reserve + LARGE_HEADER));
        let mut w = BoxWriter::new();
        w.boxed(FourCc(flavor.padding()), |w| w.zeros(usize::try_from(bytes).unwrap_or(0)));
        output.write(&w.into_bytes())?;
        Ok(Self { start, bytes })
    }

    /// Where the room starts.
    pub(super) const fn start(&self) -> u64 {
        self.start
    }

    /// True where this movie box fits.
    pub(super) fn holds(&self, movie: &[u8], end: u64) -> bool {
        let space = u64::from(self.bytes - self.media_header(end).1);
        space.checked_sub(movie.len() as u64).is_some_and(is_gap)
    }

    /// Makes everything behind the room, up to `end`, the media, with this movie box in front if it [fits](Self::holds).
    pub(super) fn close(&self, output: &mut Output, end: u64, movie: &[u8]) -> Result<()> {
        let (size, header) = self.media_header(end);
        let mut w = BoxWriter::new();
        w.bytes(movie);
        let space = self.bytes - header;
        let gap = space - u32::try_from(movie.len()).unwrap_or(space).min(space);
        // Without anything in it the room is its own free space.
        let free = if movie.is_empty() && gap == HEADER { gap } else { 0 };
        if gap > 0 {
            w.u32(gap);
            w.fourcc(FourCc(*b"free"));
            w.zeros(usize::try_from(gap - HEADER).unwrap_or(0));
        }
        if header == HEADER {
            w.u32(u32::try_from(size).unwrap_or(u32::MAX));
            w.fourcc(FourCc(*b"mdat"));
        } else {
            w.u32(1);
            w.fourcc(FourCc(*b"mdat"));
            w.u64(size);
        }
        output.patch(self.start + u64::from(HEADER), &w.into_bytes())?;
        output.flush()?;
        output.patch(self.start, &(HEADER + free).to_be_bytes())?;
        output.flush()
    }

    /// Size of the media with its header, and of the header.
    fn media_header(&self, end: u64) -> (u64, u32) {
        let media = end - (self.start + u64::from(HEADER) + u64::from(self.bytes));
        let short = media + u64::from(HEADER);
        if u32::try_from(short).is_ok() {
            (short, HEADER)
        } else {
            (media + u64::from(LARGE_HEADER), LARGE_HEADER)
        }
    }
}

/// True for nothing, and for what has space for a header.
fn is_gap(bytes: u64) -> bool {
    bytes == 0 || bytes >= u64::from(HEADER)
}

/// So much more that the size of a box with a header of eight bytes differs from eight in one byte only.
fn rounded(bytes: u32) -> u32 {
    let unit = if bytes <= 0xff00 {
        1 << 8
    } else if bytes <= 0x00ff_0000 {
        1 << 16
    } else {
        1 << 24
    };
    bytes.max(1).div_ceil(unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_differs_from_none_in_one_byte() {
        for bytes in [0, 8, 256, 257, 20_000, 0xff00, 0xff01, 0xff_0000, 0xff_0001, 1 << 30] {
            let room = rounded(bytes);
            assert!(room >= bytes, "{bytes}");
            let sizes = (room + 8).to_be_bytes().into_iter().zip(8_u32.to_be_bytes());
            assert_eq!(sizes.filter(|(a, b)| a != b).count(), 1, "{bytes}");
        }
    }

    #[test]
    fn the_movie_needs_room_for_itself_and_for_what_is_left() {
        let room = Room { start: 100, bytes: 64 };
        let end = 100 + 8 + 64 + 1000;
        for (length, expected) in [(0, true), (48, true), (49, false), (56, true), (57, false)] {
            assert_eq!(room.holds(&vec![0; length], end), expected, "{length}");
        }
        let end = end + (1 << 32);
        assert_eq!([48, 56].map(|length| room.holds(&vec![0; length], end)), [true, false]);
    }
}
