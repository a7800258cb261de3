//! FFmpeg's filter graph syntax, as far as it describes one linear chain: `name=value:key=value,name,…`.
//!
//! A description is unescaped twice, as in FFmpeg: once where it is cut at `,`, and once where the arguments of a filter
//! are cut at `:`. At each level a backslash takes the next character as it is, and single quotes take all until the next one;
//! white space around a word goes, unless it is escaped.

use rushes_core::{Error, Result};

/// A filter as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Written {
    pub(super) name: String,
    /// What stands behind the `=`; still escaped once.
    pub(super) arguments: String,
}

/// An argument as it is written: with its key, or by its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Argument {
    pub(super) key: Option<String>,
    pub(super) value: String,
}

/// Longest description that is read.
const LONGEST: usize = 1 << 16;

/// The filters of a chain, in order; none for a description of white space.
pub(super) fn chain(text: &str) -> Result<Vec<Written>> {
    if text.len() > LONGEST {
        let (len, most) = (text.len() as u64, LONGEST as u64);
        return Err(Error::usage(format!("a filter description of {len} bytes; at most {most}")));
    }
    let mut rest = Cursor(text);
    let mut filters = Vec::new();
    if text.trim_matches(is_space).is_empty() {
        return Ok(filters);
    }
    loop {
        let name = rest.token("=,;[");
        let arguments = if rest.take('=') { rest.token("[],;") } else { String::new() };
        match rest.0.chars().next() {
            Some('[' | ']' | ';') => {
                return Err(Error::unsupported(
                    "a filter graph with labels or several chains",
                    "one chain: name=value:key=value,name",
                ));
            }
            _ if name.is_empty() => {
                return Err(Error::usage(format!("a filter without a name in '{text}'")));
            }
            _ => {}
        }
        // `name@id`: FFmpeg lets filters be told apart, which one chain does not need.
        let name = name.split_once('@').map_or(name.as_str(), |(name, _)| name).to_owned();
        filters.push(Written { name, arguments });
        if !rest.take(',') {
            return Ok(filters);
        }
    }
}

/// The arguments of a filter.
pub(super) fn arguments(text: &str) -> Vec<Argument> {
    let mut rest = Cursor(text);
    let mut arguments = Vec::new();
    while !rest.0.is_empty() {
        let key = rest.key();
        let value = rest.token(":");
        arguments.push(Argument { key, value });
        rest.take(':');
    }
    arguments
}

struct Cursor<'a>(&'a str);

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r')
}

impl Cursor<'_> {
    /// Takes `c` if it comes next.
    fn take(&mut self, c: char) -> bool {
        self.0.strip_prefix(c).map(|rest| self.0 = rest).is_some()
    }

    /// All up to one of `ends`, unescaped once.
    fn token(&mut self, ends: &str) -> String {
        let mut out = String::new();
        // What must stay although it is white space.
        let mut kept = 0;
        let mut chars = self.0.trim_start_matches(is_space).chars();
        loop {
            let before = chars.as_str();
            match chars.next() {
                Some('\\') if !chars.as_str().is_empty() => {
                    out.extend(chars.next());
                    kept = out.len();
                }
                Some('\'') => {
                    let quoted = chars.as_str();
                    let (inside, after) = quoted.split_once('\'').unwrap_or((quoted, ""));
                    out.push_str(inside);
                    kept = out.len();
                    chars = after.chars();
                }
                Some(c) if !ends.contains(c) => out.push(c),
                _ => {
                    self.0 = before;
                    let len = kept.max(out.trim_end_matches(is_space).len());
                    out.truncate(len);
                    return out;
                }
            }
        }
    }

    /// The key in front of a `=`, if there is one.
    fn key(&mut self) -> Option<String> {
        let text = self.0.trim_start_matches(is_space);
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '/'))
            .unwrap_or(text.len());
        let (key, rest) = text.split_at(end);
        self.0 = rest.trim_start_matches(is_space).strip_prefix('=').or_else(|| {
            self.0 = text;
            None
        })?;
        Some(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &[(&str, &str)])]) {
        let filters = chain(text).expect("well-formed");
        let read: Vec<(String, Vec<(String, String)>)> = filters
            .into_iter()
            .map(|filter| {
                let arguments = arguments(&filter.arguments)
                    .into_iter()
                    .map(|argument| (argument.key.unwrap_or_default(), argument.value))
                    .collect();
                (filter.name, arguments)
            })
            .collect();
        let wanted: Vec<(String, Vec<(String, String)>)> = expected
            .iter()
            .map(|(name, arguments)| {
                let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
                ((*name).to_owned(), arguments.iter().map(own).collect())
            })
            .collect();
        assert_eq!(read, wanted, "{text}");
    }

    #[test]
    fn chains_are_read_as_ffmpeg_reads_them() {
        check("", &[]);
        check("  \n", &[]);
        check("hflip", &[("hflip", &[])]);
        check(" hflip , vflip ", &[("hflip", &[]), ("vflip", &[])]);
        check("scale=iw/2:-2", &[("scale", &[("", "iw/2"), ("", "-2")])]);
        check("scale=w=320:h=240", &[("scale", &[("w", "320"), ("h", "240")])]);
        check("crop=32:24:x=1", &[("crop", &[("", "32"), ("", "24"), ("x", "1")])]);
        check("crop@a= 32 : 24 ", &[("crop", &[("", "32"), ("", "24")])]);
        check("trim='start=0\\:00\\:01'", &[("trim", &[("start", "0:00:01")])]);
        check("trim=start='0\\:01'", &[("trim", &[("start", "0:01")])]);
        check("trim=start=0\\\\:01", &[("trim", &[("start", "0:01")])]);
        check("volume=volume='min(1,2)'", &[("volume", &[("volume", "min(1,2)")])]);
        check("a='b", &[("a", &[("", "b")])]);
        check("a=b\\", &[("a", &[("", "b\\")])]);
        check("a=::b", &[("a", &[("", ""), ("", ""), ("", "b")])]);
        check("a=k=:b", &[("a", &[("k", ""), ("", "b")])]);
    }

    #[test]
    fn graphs_and_holes_are_refused() {
        for text in ["[in]hflip", "hflip[out]", "hflip;vflip", ",hflip", "hflip,", "=1", "a,,b"] {
            assert!(chain(text).is_err(), "{text}");
        }
        assert!(chain(&"a,".repeat(1 << 16)).is_err());
    }
}
