//! The options of the muxer: which boxes come first, and how much is gathered for a fragment.

use rushes_core::{Error, Result};

use crate::MuxOptions;
use crate::checks::unknown_option;

/// What the muxer knows, for messages.
const KNOWN: &str = "mode (plain, faststart, fragmented, hybrid), faststart, fragmented, fragment_duration, reserve_moov, \
    composition (edits, negative), cmaf, styp, sidx";
/// Media time of a fragment, in microseconds.
const FRAGMENT: i64 = 1_000_000;
/// Longest fragment that can be asked for, in seconds.
const LONGEST_FRAGMENT: f64 = 3600.0;
/// Least and most room for the movie box that can be asked for, in bytes.
const RESERVE: std::ops::RangeInclusive<u32> = 8..=1 << 30;

/// In which order a file is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// The media, then the movie box. A file that is not finished cannot be read.
    Plain,
    /// The movie box, then the media, which is moved when the file is finished.
    Faststart,
    /// An empty movie box, then fragments.
    Fragmented,
    /// Fragments while the file is written; when it is finished they become the media of a plain file.
    Hybrid,
}

/// How pictures that are shown out of the order of decoding are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Composition {
    /// No picture is shown before its decoding time; an edit takes the delay back.
    #[default]
    Edits,
    /// The first picture is shown at its decoding time, others may be shown before theirs.
    Negative,
}

/// All options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) mode: Mode,
    /// Media time of a fragment, in microseconds.
    pub(super) fragment: i64,
    /// Bytes that are kept free for the movie box in front of the media.
    pub(super) reserve: Option<u32>,
    pub(super) composition: Composition,
    /// The file says that it follows CMAF.
    pub(super) cmaf: bool,
    /// A type box stands in front of each fragment.
    pub(super) styp: bool,
    /// An index of all fragments stands in front of them.
    pub(super) sidx: bool,
}

impl Options {
    /// Reads the options of the muxer `name`. Without any a file is hybrid where the output seeks, and fragmented
    /// elsewhere.
    pub(super) fn read(options: &MuxOptions, name: &str, is_seekable: bool) -> Result<Self> {
        let mut mode: Option<Mode> = None;
        let mut read = Self {
            mode: if is_seekable { Mode::Hybrid } else { Mode::Fragmented },
            fragment: FRAGMENT,
            reserve: None,
            composition: Composition::Edits,
            cmaf: false,
            styp: false,
            sidx: false,
        };
        let mut wanted = |option: &str, value: Mode| match mode.replace(value) {
            Some(known) if known != value => {
                Err(Error::usage(format!("option '{option}' contradicts another one")))
            }
            _ => Ok(()),
        };
        for (option, value) in &options.options {
            match option.as_str() {
                "mode" => wanted(option, mode_of(value)?)?,
                "faststart" if flag(option, value)? => wanted(option, Mode::Faststart)?,
                "fragmented" if flag(option, value)? => wanted(option, Mode::Fragmented)?,
                "faststart" | "fragmented" => {}
                "fragment_duration" => read.fragment = microseconds(value)?,
                "reserve_moov" => read.reserve = Some(reserve(value)?),
                "composition" => read.composition = composition(value)?,
                "cmaf" => read.cmaf = flag(option, value)?,
                "styp" => read.styp = flag(option, value)?,
                "sidx" => read.sidx = flag(option, value)?,
                _ => {
                    return Err(unknown_option(format_args!("{name} muxer"), option, KNOWN));
                }
            }
        }
        read.mode = mode.unwrap_or(read.mode);
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<()> {
        let is_fragmented = self.mode == Mode::Fragmented;
        let needs_fragments = [
            ("cmaf", self.cmaf),
            ("styp", self.styp),
            ("sidx", self.sidx),
            ("composition=negative", self.composition == Composition::Negative),
        ];
        if let Some((option, _)) = needs_fragments.iter().find(|(_, is_set)| *is_set)
            && !is_fragmented
        {
            return Err(Error::usage(format!("option '{option}' needs mode=fragmented")));
        }
        if self.reserve.is_some() && !matches!(self.mode, Mode::Plain | Mode::Hybrid) {
            return Err(Error::usage("option 'reserve_moov' needs mode=plain or mode=hybrid"));
        }
        Ok(())
    }
}

fn mode_of(value: &str) -> Result<Mode> {
    Ok(match value {
        "plain" => Mode::Plain,
        "faststart" => Mode::Faststart,
        "fragmented" => Mode::Fragmented,
        "hybrid" => Mode::Hybrid,
        _ => return Err(refused("mode", value, "plain, faststart, fragmented or hybrid")),
    })
}

fn composition(value: &str) -> Result<Composition> {
    match value {
        "edits" => Ok(Composition::Edits),
        "negative" => Ok(Composition::Negative),
        _ => Err(refused("composition", value, "edits or negative")),
    }
}

fn flag(option: &str, value: &str) -> Result<bool> {
    match value {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err(refused(option, value, "true or false")),
    }
}

fn microseconds(value: &str) -> Result<i64> {
    let seconds = value.parse::<f64>().ok().filter(|seconds| {
        // Not a number is in no range.
        (0.001..=LONGEST_FRAGMENT).contains(seconds)
    });
    let seconds = seconds
        .ok_or_else(|| refused("fragment_duration", value, "seconds, from 0.001 to 3600"))?;
    #[expect(clippy::cast_possible_truncation, reason = "at most 3600 seconds")]
    Ok((seconds * 1e6).round() as i64)
}

fn reserve(value: &str) -> Result<u32> {
    let bytes = value.parse().ok().filter(|bytes| RESERVE.contains(bytes));
    bytes.ok_or_else(|| refused("reserve_moov", value, "a number of bytes, from 8 to 1073741824"))
}

fn refused(option: &str, value: &str, takes: &str) -> Error {
    Error::usage(format!("{option} is '{value}'; it takes {takes}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], is_seekable: bool) -> Result<Options> {
        let mut options = MuxOptions::default();
        for (key, value) in pairs {
            options.options.insert((*key).to_owned(), (*value).to_owned());
        }
        Options::read(&options, "mp4", is_seekable)
    }

    #[test]
    fn modes_have_names_and_short_forms() {
        let check = |pairs: &[(&str, &str)], is_seekable, expected| {
            assert_eq!(read(pairs, is_seekable).expect("valid").mode, expected, "{pairs:?}");
        };
        check(&[], true, Mode::Hybrid);
        check(&[], false, Mode::Fragmented);
        check(&[("faststart", "1")], true, Mode::Faststart);
        check(&[("faststart", "0")], true, Mode::Hybrid);
        check(&[("fragmented", "yes"), ("mode", "fragmented")], true, Mode::Fragmented);
        check(&[("mode", "plain"), ("reserve_moov", "4096")], true, Mode::Plain);
        let options = read(&[("fragment_duration", "0.5")], true).expect("valid");
        assert_eq!(options.fragment, 500_000);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (pairs, part) in [
            (&[("fast", "1")][..], "'fast'"),
            (&[("mode", "fast")], "hybrid"),
            (&[("faststart", "maybe")], "true or false"),
            (&[("faststart", "1"), ("fragmented", "1")], "contradicts"),
            (&[("fragment_duration", "nan")], "3600"),
            (&[("fragment_duration", "0")], "3600"),
            (&[("reserve_moov", "-1")], "bytes"),
            (&[("mode", "faststart"), ("reserve_moov", "100")], "mode=plain"),
            (&[("mode", "hybrid"), ("sidx", "1")], "mode=fragmented"),
        ] {
            let error = read(pairs, true).expect_err("refused").to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
