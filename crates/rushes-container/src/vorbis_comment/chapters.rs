//! Chapters in comments: `CHAPTER001=00:00:00.000` and `CHAPTER001NAME=title` (xiph.org's wiki, "Chapter Extension").

use std::collections::BTreeMap;

use rushes_core::{Chapter, Rounding, TimeBase, Timestamp};

/// Chapters that are being read, by their number.
#[derive(Debug, Default)]
pub(super) struct ChapterTags {
    chapters: BTreeMap<u32, ChapterTag>,
}

#[derive(Debug, Default)]
struct ChapterTag {
    start: Option<Timestamp>,
    title: String,
}

impl ChapterTags {
    /// Takes a comment in; false for one that is about no chapter.
    pub(super) fn take(&mut self, name: &str, value: &str) -> bool {
        let Some(rest) = strip_prefix(name, "CHAPTER") else { return false };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, field) = rest.split_at(digits);
        let Ok(number) = number.parse() else { return false };
        if field.is_empty() {
            let Some(start) = nanoseconds(value) else { return false };
            self.chapters.entry(number).or_default().start = Some(start);
        } else if field.eq_ignore_ascii_case("NAME") {
            value.clone_into(&mut self.chapters.entry(number).or_default().title);
        } else {
            return false;
        }
        true
    }

    /// The chapters that have a start, by their number.
    pub(super) fn finish(self) -> Vec<Chapter> {
        let base = TimeBase::nanoseconds();
        let chapters = self.chapters.into_values();
        chapters
            .filter_map(|tag| {
                let start = base.time(tag.start?);
                Some(Chapter { start, end: None, title: tag.title })
            })
            .collect()
    }
}

/// Hands out the comments for chapters. Those that start before zero start there.
pub(super) fn write(chapters: &[Chapter], mut push: impl FnMut(&str, &str)) {
    for (chapter, number) in chapters.iter().zip(1_u32..) {
        let start = chapter.start.to_base(TimeBase::nanoseconds(), Rounding::Nearest);
        let nanoseconds = start.ticks().max(0);
        let (seconds, fraction) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        // Milliseconds are what everybody reads, the rest is for those who know better.
        let fraction = match fraction % 1_000_000 {
            0 => format!("{:03}", fraction / 1_000_000),
            _ => format!("{fraction:09}"),
        };
        let name = format!("CHAPTER{number:03}");
        push(&name, &format!("{hours:02}:{minutes:02}:{seconds:02}.{fraction}"));
        if !chapter.title.is_empty() {
            push(&format!("{name}NAME"), &chapter.title);
        }
    }
}

/// What is behind a prefix in any case.
fn strip_prefix<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// A time as `HH:MM:SS.fraction`.
fn nanoseconds(text: &str) -> Option<Timestamp> {
    let mut seconds = 0_i64;
    let (clock, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let mut fields = 0;
    for field in clock.split(':') {
        if field.is_empty() || !field.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        seconds = seconds.checked_mul(60)?.checked_add(field.parse().ok()?)?;
        fields += 1;
    }
    if fields != 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: i64 = format!("{:0<9.9}", fraction).parse().ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds).map(Timestamp::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(nanoseconds(text).map(Timestamp::ticks), expected, "{text}");
        };
        check("00:00:00.000", Some(0));
        check("01:02:03.4", Some(3_723_400_000_000));
        check("100:00:00", Some(360_000_000_000_000));
        check("00:00:00.0000000019", Some(1));
        check("00:00", None);
        check("00:-1:00", None);
        check("0:0:9223372036854775807", None);
        check("", None);
    }

    #[test]
    fn chapters_come_by_number() {
        let mut tags = ChapterTags::default();
        for (name, value, taken) in [
            ("CHAPTER002", "00:00:02.000", true),
            ("chapter001name", "one", true),
            ("CHAPTER001", "00:00:01.000", true),
            ("CHAPTER003NAME", "has no time", true),
            ("CHAPTER001URL", "http://", false),
            ("CHAPTERS", "", false),
            ("CHAPTER004", "soon", false),
        ] {
            assert_eq!(tags.take(name, value), taken, "{name}");
        }
        let chapters = tags.finish();
        let found: Vec<_> = chapters.iter().map(|c| (c.start.seconds(), &*c.title)).collect();
        assert_eq!(found, [(1.0, "one"), (2.0, "")]);
    }
}
