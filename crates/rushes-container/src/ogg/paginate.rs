//! Puts packets into pages.

use super::page::{CONTINUED, FIRST, LAST, Page};

/// Most segments of a page.
const SEGMENTS: usize = 255;

/// The page of a stream that is being filled.
#[derive(Debug)]
pub(super) struct Paginator {
    serial: u32,
    sequence: u32,
    /// Ticks that a page holds at the most, unless a packet is longer.
    page_ticks: u64,
    ticks: u64,
    /// The end of the last packet that ends on the page, and of the last page that ended one.
    granule: Option<u64>,
    last_granule: u64,
    goes_on: bool,
    /// The next packet starts a page.
    is_full: bool,
    lacing: Vec<u8>,
    payload: Vec<u8>,
    /// Pages that are full.
    done: Vec<u8>,
}

impl Paginator {
    pub(super) const fn new(serial: u32, page_ticks: u64) -> Self {
        Self {
            serial,
            sequence: 0,
            page_ticks,
            ticks: 0,
            granule: None,
            last_granule: 0,
            goes_on: false,
            is_full: false,
            lacing: Vec::new(),
            payload: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Adds a packet that lasts so long and ends with this granule position.
    pub(super) fn push(&mut self, packet: &[u8], ticks: u64, granule: u64) {
        let full = packet.len() / 255;
        let fits = self.lacing.len() + full < SEGMENTS;
        let is_long = self.ticks.saturating_add(ticks) > self.page_ticks;
        // A packet is not torn apart but for its own size.
        let is_full = std::mem::take(&mut self.is_full);
        if !self.lacing.is_empty() && (is_full || is_long || (!fits && full < SEGMENTS)) {
            self.flush();
        }
        let mut rest = packet;
        loop {
            if self.lacing.len() == SEGMENTS {
                self.flush();
                self.goes_on = true;
            }
            let (piece, behind) = rest.split_at(rest.len().min(255));
            self.payload.extend_from_slice(piece);
            self.lacing.push(u8::try_from(piece.len()).unwrap_or(u8::MAX));
            rest = behind;
            // A full segment goes on, if with nothing.
            if piece.len() < 255 {
                break;
            }
        }
        self.ticks = self.ticks.saturating_add(ticks);
        self.granule = Some(granule);
    }

    /// Ends the page.
    pub(super) fn flush(&mut self) {
        if !self.lacing.is_empty() {
            self.page(0);
        }
    }

    /// Ends the page in front of the next packet, if one comes.
    pub(super) const fn close(&mut self) {
        self.is_full = true;
    }

    /// Ends the stream.
    pub(super) fn finish(&mut self) {
        if self.granule.is_none() {
            self.granule = Some(self.last_granule);
        }
        self.page(LAST);
    }

    /// The pages that are full, once.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.done)
    }

    fn page(&mut self, flags: u8) {
        let first = if self.sequence == 0 { FIRST } else { 0 };
        let continued = if std::mem::take(&mut self.goes_on) { CONTINUED } else { 0 };
        let granule = self.granule.take();
        self.last_granule = granule.unwrap_or(self.last_granule);
        let page = Page {
            position: 0,
            flags: flags | first | continued,
            granule,
            serial: self.serial,
            sequence: self.sequence,
            lacing: std::mem::take(&mut self.lacing),
            payload: std::mem::take(&mut self.payload).into(),
        };
        self.done.extend(page.write());
        self.sequence = self.sequence.wrapping_add(1);
        self.ticks = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::Next;
    use super::*;
    use crate::input::Input;
    use crate::{DemuxOptions, Source};

    /// Flags, granule positions and segments of the pages.
    fn pages(packets: &[(usize, u64)]) -> Vec<(u8, Option<u64>, usize)> {
        let mut paginator = Paginator::new(1, 100);
        let mut end = 0;
        for (size, ticks) in packets {
            end += ticks;
            paginator.push(&vec![7; *size], *ticks, end);
        }
        paginator.finish();
        let bytes = paginator.take();
        let mut input = Input::new(Source::bytes(bytes), &DemuxOptions::default()).expect("opens");
        let mut found = Vec::new();
        while let Next::Page(page, 0) = Page::next(&mut input, u64::MAX).expect("reads") {
            found.push((page.flags, page.granule, page.lacing.len()));
        }
        found
    }

    #[test]
    fn pages_end_where_they_are_full() {
        assert_eq!(pages(&[]), [(FIRST | LAST, Some(0), 0)]);
        assert_eq!(pages(&[(10, 60), (255, 40)]), [(FIRST | LAST, Some(100), 3)]);
        assert_eq!(
            pages(&[(10, 60), (10, 60), (10, 500)]),
            [(FIRST, Some(60), 1), (0, Some(120), 1), (LAST, Some(620), 1)]
        );
        // 254 full segments and one of zero bytes.
        assert_eq!(
            pages(&[(9, 1), (254 * 255, 1), (9, 1)]),
            [(FIRST, Some(1), 1), (0, Some(2), 255), (LAST, Some(3), 1)]
        );
        assert_eq!(
            pages(&[(9, 1), (600 * 255, 1)]),
            [(FIRST, Some(1), 255), (CONTINUED, None, 255), (CONTINUED | LAST, Some(2), 92),]
        );
    }
}
