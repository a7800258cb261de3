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
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Choice(words) => words.contains(&value),
        }
    }
}

impl fmt::Display for OptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { min, max } => write!(f, "{min} to {max}"),
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

/// Options that were checked against what is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    given: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    /// Checks the options that were given.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown name and for a value out of range, with all that is known.
    pub(crate) fn new(given: &'a BTreeMap<String, String>, known: &[OptionSpec]) -> Result<Self> {
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
        Ok(Self { given })
    }

    /// True where an option that is false by default was set.
    #[cfg(any(feature = "aac", test))]
    pub(crate) fn boolean(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|value| value == "true")
    }

    /// The text that was given.
    #[cfg(feature = "openh264")]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
    }

    /// The number that was given.
    #[cfg(any(feature = "openh264", test))]
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.given.get(name).and_then(|value| value.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [OptionSpec; 3] = [
        OptionSpec {
            name: "slices",
            kind: OptionKind::Integer { min: 1, max: 8 },
            default: "1",
            help: "slices of a picture",
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
        let check = |name: &str, value: &str, expected: Result<(), &str>| {
            let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            let result =
                Options::new(&given, &KNOWN).map(|_| ()).map_err(|error| error.to_string());
            match expected {
                Ok(()) => assert_eq!(result, Ok(())),
                Err(start) => {
                    let message = result.expect_err("out of range");
                    assert_eq!(
                        message,
                        format!(
                            "{start}; known options: slices (1 to 8, default 1), \
                             fast (true or false, default false), \
                             usage (camera | screen, default camera)"
                        )
                    );
                }
            }
        };
        check("slices", "8", Ok(()));
        check("fast", "true", Ok(()));
        check("usage", "screen", Ok(()));
        check("slices", "9", Err("option slices does not take '9'"));
        check("slices", "x", Err("option slices does not take 'x'"));
        check("fast", "yes", Err("option fast does not take 'yes'"));
        check("usage", "", Err("option usage does not take ''"));
        check("speed", "1", Err("there is no option 'speed'"));
    }

    #[test]
    fn given_numbers_are_read() {
        let given = BTreeMap::from([("slices".to_owned(), "4".to_owned())]);
        let options = Options::new(&given, &KNOWN).expect("valid");
        assert_eq!(options.integer("slices"), Some(4));
        assert_eq!(options.integer("fast"), None);
        assert!(Options::new(&given, &[]).is_err());
    }
}
