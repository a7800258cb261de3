//! `Chapters`: RFC 9559, 5.1.7.

use rushes_core::{Chapter, Error, Limits, Result, Time, TimeBase, Timestamp};

use super::ebml::{Element, Elements};
use super::ids;

/// The chapters of the edition that is played unless the user says otherwise, those inside others behind them.
pub(super) fn read(data: &[u8], offset: u64, limits: &Limits) -> Result<Vec<Chapter>> {
    let mut best: Option<(bool, Vec<Chapter>)> = None;
    let mut children = Elements::new(data, offset);
    while let Some(child) = children.next()? {
        if child.id != ids::EDITION_ENTRY {
            continue;
        }
        let (default, chapters) = read_edition(&child, limits)?;
        if best.as_ref().is_none_or(|(known, _)| default && !known) {
            best = Some((default, chapters));
        }
    }
    Ok(best.map(|(_, chapters)| chapters).unwrap_or_default())
}

fn read_edition(element: &Element<'_>, limits: &Limits) -> Result<(bool, Vec<Chapter>)> {
    let (mut default, mut chapters) = (false, Vec::new());
    let mut children = element.children();
    while let Some(child) = children.next()? {
        match child.id {
            ids::EDITION_FLAG_DEFAULT => default = child.flag()?,
            ids::CHAPTER_ATOM => read_atom(&child, &mut chapters, limits.depth)?,
            _ => {}
        }
    }
    Ok((default, chapters))
}

fn read_atom(element: &Element<'_>, chapters: &mut Vec<Chapter>, depth: u32) -> Result<()> {
    if depth == 0 {
        return Err(Error::malformed("chapters in chapters, too deep").at(element.offset));
    }
    let (mut start, mut end, mut title, mut enabled) = (None, None, None, true);
    let mut children = element.children();
    while let Some(child) = children.next()? {
        match child.id {
            ids::CHAPTER_TIME_START => start = time(child.uint()?),
            ids::CHAPTER_TIME_END => end = time(child.uint()?),
            ids::CHAPTER_FLAG_ENABLED => enabled = child.flag()?,
            ids::CHAPTER_DISPLAY if title.is_none() => {
                let mut fields = child.children();
                while let Some(field) = fields.next()? {
                    if field.id == ids::CHAP_STRING {
                        title = Some(field.string());
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(start) = start.filter(|_| enabled) {
        chapters.push(Chapter { start, end, title: title.unwrap_or_default() });
    }
    let mut children = element.children();
    while let Some(child) = children.next()? {
        if child.id == ids::CHAPTER_ATOM {
            read_atom(&child, chapters, depth - 1)?;
        }
    }
    Ok(())
}

/// A time in nanoseconds; `None` beyond 63 bits.
fn time(nanoseconds: u64) -> Option<Time> {
    i64::try_from(nanoseconds).ok().map(|ticks| TimeBase::nanoseconds().time(Timestamp::new(ticks)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{element, text, uint};
    use super::*;

    fn atom(start: u64, title: &str, more: &[u8]) -> Vec<u8> {
        let display = element(ids::CHAPTER_DISPLAY, &text(ids::CHAP_STRING, title));
        element(
            ids::CHAPTER_ATOM,
            &[uint(ids::CHAPTER_TIME_START, start), display, more.to_vec()].concat(),
        )
    }

    #[test]
    fn the_default_edition_counts_and_nesting_is_flattened() {
        let inner = atom(5, "inner", &uint(ids::CHAPTER_TIME_END, 9));
        let first = element(ids::EDITION_ENTRY, &atom(1, "first", &[]));
        let default = [uint(ids::EDITION_FLAG_DEFAULT, 1), atom(2, "outer", &inner)].concat();
        let second = element(ids::EDITION_ENTRY, &default);
        let chapters = read(&[first, second].concat(), 0, &Limits::default()).expect("valid");
        let titles: Vec<_> = chapters.iter().map(|chapter| chapter.title.as_str()).collect();
        assert_eq!(titles, ["outer", "inner"]);
        assert_eq!(chapters[1].end.map(|end| end.ticks().ticks()), Some(9));
    }

    #[test]
    fn nesting_has_a_bound() {
        let mut deep = atom(1, "", &[]);
        for _ in 0..3000 {
            deep = atom(1, "", &deep);
        }
        assert!(read(&element(ids::EDITION_ENTRY, &deep), 0, &Limits::default()).is_err());
    }
}
