//! `rushes list filters`: what a filter description may hold.

use std::io::{self, Write};

use rushes::{FilterEntry, FilterOption, filters};
use serde::Serialize;

use super::Row;

/// A filter.
#[derive(Debug, Serialize)]
pub(super) struct FilterRow {
    name: &'static str,
    kind: String,
    help: &'static str,
    /// How many of the options may be given by their place alone.
    places: usize,
    options: Vec<OptionRow>,
    /// Options of FFmpeg's filter that are not supported.
    unsupported: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct OptionRow {
    names: &'static [&'static str],
    #[serde(rename = "type")]
    kind: &'static str,
    range: String,
    default: &'static str,
    help: &'static str,
}

/// A row for each filter, in the order of the registry.
pub(super) fn rows() -> Vec<FilterRow> {
    filters().map(FilterRow::new).collect()
}

impl FilterRow {
    fn new(entry: &FilterEntry) -> Self {
        Self {
            name: entry.name,
            kind: entry.kind.to_string(),
            help: entry.help,
            places: entry.places,
            options: entry.options.iter().map(OptionRow::new).collect(),
            unsupported: entry.left_out,
        }
    }
}

impl OptionRow {
    fn new(option: &FilterOption) -> Self {
        Self {
            names: option.names,
            kind: option.kind.name(),
            range: option.kind.range(),
            default: option.default,
            help: option.help,
        }
    }
}

impl Row for FilterRow {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{:<13} {:<6} {}", self.name, self.kind, self.help)?;
        for option in &self.options {
            write!(out, "    {:<28} {:<12}", option.names.join(", "), option.kind)?;
            write!(out, " {}", option.help)?;
            if !option.default.is_empty() {
                write!(out, "; default {}", option.default)?;
            }
            // Expressions have long lists of variables, which the error of a wrong one names.
            if !option.range.is_empty() && !option.kind.starts_with("expression") {
                write!(out, " ({})", option.range)?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
