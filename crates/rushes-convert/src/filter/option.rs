//! Options of filters: what they are called, which values they take, and the values that a chain gives them.

use rushes_core::{Error, Result};

use super::expression::{Expression, evaluate};
use super::registry::FilterEntry;
use super::syntax::Argument;
use super::values::{self, NamedFormat};

/// An option of a filter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FilterOption {
    /// Its names; the first one is listed first.
    pub names: &'static [&'static str],
    /// Which values it takes.
    pub kind: FilterOptionKind,
    /// What holds where it is not given; empty where the help says so.
    pub default: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
}

/// Which values an option takes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FilterOptionKind {
    /// A whole number.
    Integer {
        /// The lowest.
        min: i64,
        /// The highest.
        max: i64,
    },
    /// A number.
    Number {
        /// The lowest.
        min: f64,
        /// The highest.
        max: f64,
    },
    /// `0` or `1`, `false` or `true`.
    Boolean,
    /// One of these names, or the number that FFmpeg gives it.
    Choice(&'static [(&'static str, i64)]),
    /// Arithmetic over these variables.
    Expression(&'static [&'static str]),
    /// Arithmetic over these variables, or a size that stands for both sides.
    ExpressionOrSize(&'static [&'static str]),
    /// Seconds, or `HH:MM:SS`, or with a unit: `20ms`.
    Duration,
    /// `WxH` or a usual name.
    Size,
    /// Frames per second.
    Rate,
    /// A name of CSS, `0xRRGGBB[AA]` or `#RRGGBB[AA]`, perhaps with `@` and an alpha.
    Color,
    /// Pixel formats with `|` between them.
    PixelFormats,
    /// Sample formats with `|` between them.
    SampleFormats,
    /// Sample rates with `|` between them.
    SampleRates,
    /// Channel layouts with `|` between them.
    ChannelLayouts,
    /// Some of these names, with `+` between them.
    Flags(&'static [&'static str]),
}

impl FilterOption {
    pub(super) const fn new(
        names: &'static [&'static str],
        kind: FilterOptionKind,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self { names, kind, default, help }
    }

    /// The first of its names.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.names {
            [name, ..] => name,
            [] => "",
        }
    }
}

impl FilterOptionKind {
    /// Name of the type.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Integer { .. } => "integer",
            Self::Number { .. } => "number",
            Self::Boolean => "boolean",
            Self::Choice(_) => "choice",
            Self::Expression(_) => "expression",
            Self::ExpressionOrSize(_) => "expression or size",
            Self::Duration => "duration",
            Self::Size => "size",
            Self::Rate => "rate",
            Self::Color => "color",
            Self::PixelFormats => "pixel formats",
            Self::SampleFormats => "sample formats",
            Self::SampleRates => "sample rates",
            Self::ChannelLayouts => "channel layouts",
            Self::Flags(_) => "flags",
        }
    }

    /// The values in words: `0 to 1`, `near, zero`; empty where the type says it all.
    #[must_use]
    pub fn range(&self) -> String {
        match self {
            Self::Integer { min, max } if *max == i64::MAX => format!("from {min}"),
            Self::Integer { min, max } => format!("{min} to {max}"),
            Self::Number { min, max } if *max == f64::MAX && *min == f64::MIN => String::new(),
            Self::Number { min, max } => format!("{min} to {max}"),
            Self::Choice(choices) => {
                choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
            }
            Self::Expression(names) | Self::ExpressionOrSize(names) | Self::Flags(names) => {
                names.join(", ")
            }
            _ => String::new(),
        }
    }

    fn check(&self, text: &str) -> Result<()> {
        match self {
            Self::Integer { min, max } => integer(text, *min, *max).map(drop),
            Self::Number { min, max } => number(text, *min, *max).map(drop),
            Self::Boolean => boolean(text).map(drop),
            Self::Choice(choices) => choice(text, choices).map(drop),
            Self::Expression(variables) => Expression::parse(text, variables).map(drop),
            Self::ExpressionOrSize(variables) => match values::size(text) {
                Ok(_) => Ok(()),
                Err(_) => Expression::parse(text, variables).map(drop),
            },
            Self::Duration => values::duration(text).map(drop),
            Self::Size => values::size(text).map(drop),
            // What the source's rate is turns up later.
            Self::Rate => values::rate(text, rushes_core::FrameRate::new(25, 1)).map(drop),
            Self::Color => values::color(text).map(drop),
            Self::PixelFormats => values::pixel_formats(text).map(drop),
            Self::SampleFormats => values::sample_formats(text).map(drop),
            Self::SampleRates => values::sample_rates(text).map(drop),
            Self::ChannelLayouts => values::layouts(text).map(drop),
            Self::Flags(known) => flags(text, known).map(drop),
        }
    }
}

fn integer(text: &str, min: i64, max: i64) -> Result<i64> {
    let value = match text.parse() {
        Ok(value) => Some(value),
        Err(_) => super::number::nearest(evaluate(text)?),
    };
    value.filter(|value| (min..=max).contains(value)).ok_or_else(|| {
        let range = FilterOptionKind::Integer { min, max }.range();
        Error::usage(format!("{text} is out of range: {range}"))
    })
}

fn number(text: &str, min: f64, max: f64) -> Result<f64> {
    let value = evaluate(text)?;
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(Error::usage(format!("{text} is out of range: {min} to {max}")))
    }
}

fn boolean(text: &str) -> Result<bool> {
    match text {
        "1" | "true" | "y" | "yes" | "enable" | "enabled" | "on" => Ok(true),
        "0" | "false" | "n" | "no" | "disable" | "disabled" | "off" => Ok(false),
        _ => Err(Error::usage(format!("'{text}' is neither 0 nor 1"))),
    }
}

fn choice(text: &str, choices: &'static [(&'static str, i64)]) -> Result<&'static str> {
    let wanted = text.parse::<i64>().ok();
    choices
        .iter()
        .find(|(name, number)| *name == text || wanted == Some(*number))
        .map(|(name, _)| *name)
        .ok_or_else(|| {
            let known = FilterOptionKind::Choice(choices).range();
            Error::unsupported(format!("'{text}'"), known)
        })
}

fn flags(text: &str, known: &'static [&'static str]) -> Result<Vec<&'static str>> {
    let names = text.split(['+', '|']).map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let found = known.iter().copied().find(|known| *known == name);
            found.ok_or_else(|| Error::unsupported(format!("flag '{name}'"), known.join(", ")))
        })
        .collect()
}

/// The values that a chain gives to the options of a filter, each of which fits its option.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    filter: &'static str,
    options: &'static [FilterOption],
    given: Vec<Option<String>>,
}

impl Arguments {
    /// Assigns arguments to options: those without a key in the order of the options, as long as none has one.
    pub(super) fn new(entry: &FilterEntry, arguments: Vec<Argument>) -> Result<Self> {
        let FilterEntry { name: filter, options, places, left_out, .. } = *entry;
        let mut given = vec![None; options.len()];
        let mut place = Some(0);
        for Argument { key, value } in arguments {
            let index = match key {
                Some(key) => {
                    place = None;
                    find(filter, options, left_out, &key)?
                }
                None => {
                    let Some(index) = place.filter(|place| *place < places) else {
                        return Err(Error::usage(format!(
                            "'{value}' of filter '{filter}' stands behind all places: name its option; options: {}",
                            known(options)
                        )));
                    };
                    place = Some(index + 1);
                    index
                }
            };
            options[index]
                .kind
                .check(&value)
                .map_err(|error| in_option(filter, &options[index], error))?;
            given[index] = Some(value);
        }
        Ok(Self { filter, options, given })
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.options.iter().position(|option| option.names.contains(&name))
    }

    /// What was given for an option.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.given.get(self.index(name)?)?.as_deref()
    }

    /// What was given for an option, or its default.
    pub(super) fn text(&self, name: &str) -> &str {
        let default = || self.index(name).map_or("", |index| self.options[index].default);
        self.given(name).unwrap_or_else(default)
    }

    pub(super) fn integer(&self, name: &str) -> Result<i64> {
        integer(self.text(name), i64::MIN, i64::MAX)
    }

    pub(super) fn number(&self, name: &str) -> Result<f64> {
        evaluate(self.text(name))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<bool> {
        boolean(self.text(name))
    }

    /// The name of a choice, however it was written.
    pub(super) fn choice(&self, name: &str) -> Result<&'static str> {
        match self.index(name).map(|index| self.options[index].kind) {
            Some(FilterOptionKind::Choice(choices)) => choice(self.text(name), choices),
            _ => Err(Error::usage(format!("filter '{}' has no choice '{name}'", self.filter))),
        }
    }

    pub(super) fn flags(&self, name: &str) -> Result<Vec<&'static str>> {
        match self.index(name).map(|index| self.options[index].kind) {
            Some(FilterOptionKind::Flags(known)) => flags(self.text(name), known),
            _ => Err(Error::usage(format!("filter '{}' has no flags '{name}'", self.filter))),
        }
    }

    pub(super) fn expression(&self, name: &str) -> Result<Expression> {
        let variables = match self.index(name).map(|index| self.options[index].kind) {
            Some(
                FilterOptionKind::Expression(variables)
                | FilterOptionKind::ExpressionOrSize(variables),
            ) => variables,
            _ => &[],
        };
        Expression::parse(self.text(name), variables)
    }

    /// Microseconds, where a duration was given.
    pub(super) fn duration(&self, name: &str) -> Result<Option<i64>> {
        self.given(name).map(values::duration).transpose()
    }

    pub(super) fn pixel_formats(&self, name: &str) -> Result<Vec<NamedFormat>> {
        self.given(name).map_or_else(|| Ok(Vec::new()), values::pixel_formats)
    }
}

fn find(filter: &str, options: &[FilterOption], left_out: &[&str], key: &str) -> Result<usize> {
    if let Some(index) = options.iter().position(|option| option.names.contains(&key)) {
        return Ok(index);
    }
    let what = format!("option '{key}' of filter '{filter}'");
    if left_out.contains(&key) {
        return Err(Error::unsupported(what, known(options)));
    }
    Err(Error::usage(match known(options) {
        options if options.is_empty() => format!("unknown {what}, which has none"),
        options => format!("unknown {what}; options: {options}"),
    }))
}

fn known(options: &[FilterOption]) -> String {
    let names = options.iter().map(|option| option.names.join("/"));
    names.collect::<Vec<_>>().join(", ")
}

/// Says of which option an error is.
fn in_option(filter: &str, option: &FilterOption, error: Error) -> Error {
    let place = format!("option '{}' of filter '{filter}'", option.name());
    match error {
        Error::Usage(message) => Error::Usage(format!("{place}: {message}")),
        Error::Unsupported(unsupported) => Error::unsupported(
            format!("{} in {place}", unsupported.what()),
            unsupported.supported(),
        ),
        other => other,
    }
}
