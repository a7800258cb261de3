//! Options of the muxer.

use rushes_core::{Error, Result};

use crate::MuxOptions;
use crate::checks::unknown_option;

const KNOWN: &str = "timestamp_scale, reserve_index_space, cues_to_front, live, crc";

/// What the caller asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Options {
    /// Nanoseconds per tick; `None` to choose.
    pub(super) timestamp_scale: Option<u32>,
    /// Bytes kept for the index in front of the clusters; it goes behind them if it needs more.
    pub(super) reserve_index_space: usize,
    /// Move the clusters behind the index when everything has been written.
    pub(super) cues_to_front: bool,
    /// Sizes stay unknown, nothing is changed later, and each packet reaches the sink at once.
    pub(super) live: bool,
    /// Write checksums of everything but clusters.
    pub(super) crc: bool,
}

impl Options {
    pub(super) fn new(options: &MuxOptions, format: &str) -> Result<Self> {
        let mut parsed = Self::default();
        for (name, value) in &options.options {
            match name.as_str() {
                "timestamp_scale" => {
                    let scale = value.parse().ok().filter(|scale| (1..=SECOND).contains(scale));
                    let what = "nanoseconds from 1 to 1000000000";
                    parsed.timestamp_scale = Some(scale.ok_or_else(|| refuse(name, value, what))?);
                }
                "reserve_index_space" => {
                    let bytes = value.parse().ok().filter(|bytes| *bytes <= MOST_RESERVED);
                    let what = "bytes up to 268435456";
                    parsed.reserve_index_space = bytes.ok_or_else(|| refuse(name, value, what))?;
                }
                "cues_to_front" => parsed.cues_to_front = flag(name, value)?,
                "live" => parsed.live = flag(name, value)?,
                "crc" => parsed.crc = flag(name, value)?,
                _ => {
                    return Err(unknown_option(format_args!("{format} muxer"), name, KNOWN));
                }
            }
        }
        if parsed.live && (parsed.cues_to_front || parsed.reserve_index_space > 0) {
            return Err(Error::usage("a live file has no index; live excludes room for one"));
        }
        Ok(parsed)
    }
}

const SECOND: u32 = 1_000_000_000;
const MOST_RESERVED: usize = 256 << 20;

fn flag(name: &str, value: &str) -> Result<bool> {
    match value {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err(refuse(name, value, "true or false")),
    }
}

fn refuse(name: &str, value: &str, what: &str) -> Error {
    Error::usage(format!("{name} is '{value}'; it takes {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Options> {
        let options = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let options = MuxOptions { options, ..MuxOptions::default() };
        Options::new(&options, "mkv")
    }

    #[test]
    fn options_are_read_and_refused() {
        let found = parse(&[("timestamp_scale", "20833"), ("crc", "1"), ("cues_to_front", "yes")]);
        let expected = Options {
            timestamp_scale: Some(20_833),
            crc: true,
            cues_to_front: true,
            ..Options::default()
        };
        assert_eq!(found.expect("valid"), expected);
        for pairs in [
            &[("timestamp_scale", "0")][..],
            &[("timestamp_scale", "fast")],
            &[("reserve_index_space", "-1")],
            &[("reserve_index_space", "268435457")],
            &[("crc", "maybe")],
            &[("live", "1"), ("cues_to_front", "1")],
            &[("faststart", "1")],
        ] {
            assert!(matches!(parse(pairs), Err(Error::Usage(_))), "{pairs:?}");
        }
        let error = parse(&[("faststart", "1")]).expect_err("unknown").to_string();
        assert!(error.contains("it has timestamp_scale"), "{error}");
    }
}
