//! Dates: nanoseconds since the start of 2001, UTC (RFC 8794, 7.6).

use crate::date;

/// Seconds from 1970 to 2001.
const EPOCH: i64 = 978_307_200;

/// `2010-12-24T18:30:00.5Z` in nanoseconds since 2001; `None` for anything else, and beyond some 292 years around it.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (seconds, fraction) = date::parse(text)?;
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = digits.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (seconds - EPOCH).checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_parse() {
        for (text, expected) in [
            ("2001-01-01T00:00:00Z", Some(0)),
            ("2001-01-01T00:00:00.000001Z", Some(1000)),
            ("2000-12-31 23:59:59.5", Some(-500_000_000)),
            ("2024-02-29T12:34:56Z", Some((1_709_210_096 - EPOCH) * 1_000_000_000)),
            ("1000-01-01T00:00:00Z", None),
            ("2024-02-29", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
