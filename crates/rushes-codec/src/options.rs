//! Options of decoders and encoders, by name.

use std::collections::BTreeMap;
use std::fmt;

use rushes_core::{Error, Result};

/// An option of a decoder or encoder.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct OptionSpec {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: OptionKind,
    /// Its default, as text.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum OptionKind {
    /// A whole number in a range.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A number in a range.
    Number {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl OptionKind {
    fn accepts(self, value: &str) -> bool {
        match self {
            Self::Integer { min, max } => {
                value.parse().is_ok_and(|value: i64| (min..=max).contains(&value))
            }
            Self::Number { min, max } => {
                value.parse().is_ok_and(|value: f64| (min..=max).contains(&value))
            }
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Choice(words) => words.contains(&value),
        }
    }
}

impl fmt::Display for OptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { min, max } => write!(f, "{min} to {max}"),
            Self::Number { min, max } => write!(f, "{min:?} to {max:?}"),
            Self::Boolean => f.write_str("true or false"),
            Self::Choice(words) => f.write_str(&words.join(" | ")),
        }
    }
}

impl fmt::Display for OptionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, default {})", self.name, self.kind, self.default)
    }
}

/// Checks options against what is known of them.
///
/// # Errors
/// [`Error::Usage`] for an unknown name and for a value out of range, with all that is known.
pub(crate) fn check(given: &BTreeMap<String, String>, known: &[OptionSpec]) -> Result<()> {
    for (name, value) in given {
        let problem = match known.iter().find(|spec| spec.name == name) {
            Some(spec) if spec.kind.accepts(value) => continue,
            Some(_) => format!("option {name} does not take '{value}'"),
            None => format!("there is no option '{name}'"),
        };
        let known: Vec<_> = known.iter().map(OptionSpec::to_string).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::usage(format!("{problem}; known options: {known}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [OptionSpec; 4] = [
        OptionSpec {
            name: "slices",
            kind: OptionKind::Integer { min: 1, max: 8 },
            default: "1",
            help: "slices of a picture",
        },
        OptionSpec {
            name: "strength",
            kind: OptionKind::Number { min: 0.0, max: 2.0 },
            default: "1.0",
            help: "how much",
        },
        OptionSpec { name: "fast", kind: OptionKind::Boolean, default: "false", help: "be quick" },
        OptionSpec {
            name: "usage",
            kind: OptionKind::Choice(&["camera", "screen"]),
            default: "camera",
            help: "what is filmed",
        },
    ];

    #[test]
    fn values_are_checked_and_messages_list_what_is_known() {
        let case = |name: &str, value: &str, expected: Result<(), &str>| {
            let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            let result = check(&given, &KNOWN).map_err(|error| error.to_string());
            match expected {
                Ok(()) => assert_eq!(result, Ok(())),
                Err(start) => {
                    let message = result.expect_err("out of range");
                    assert_eq!(
                        message,
                        format!(
                            "{start}; known options: slices (1 to 8, default 1), \
                             strength (0.0 to 2.0, default 1.0), \
                             fast (true or false, default false), \
                             usage (camera | screen, default camera)"
                        )
                    );
                }
            }
        };
        case("slices", "8", Ok(()));
        case("strength", "0.5", Ok(()));
        case("strength", "2", Ok(()));
        case("fast", "true", Ok(()));
        case("usage", "screen", Ok(()));
        case("slices", "9", Err("option slices does not take '9'"));
        case("slices", "x", Err("option slices does not take 'x'"));
        case("strength", "2.1", Err("option strength does not take '2.1'"));
        case("strength", "NaN", Err("option strength does not take 'NaN'"));
        case("fast", "yes", Err("option fast does not take 'yes'"));
        case("usage", "", Err("option usage does not take ''"));
        case("speed", "1", Err("there is no option 'speed'"));
    }
}
