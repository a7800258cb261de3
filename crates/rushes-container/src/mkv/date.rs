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

/// Nanoseconds since 2001 as a date; those below a microsecond are cut off.
pub(super) fn format(nanoseconds: i64) -> Option<String> {
    date::format(nanoseconds.div_euclid(1000) + EPOCH * 1_000_000)
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

    #[test]
    fn dates_are_written() {
        let check = |seconds: i64, expected: &str| {
            assert_eq!(format(seconds * 1_000_000_000).as_deref(), Some(expected))
        };
        check(0, "2001-01-01T00:00:00.000000Z");
        check(-1, "2000-12-31T23:59:59.000000Z");
        check(86_400 * (31 + 28), "2001-03-01T00:00:00.000000Z");
        check(86_400 * 365 * 3 + 86_400 * 59, "2004-02-29T00:00:00.000000Z");
        assert_eq!(format(i64::MIN).map(|text| text.len()), Some(27));
        let text = format(1_234_567_890_123_456_789);
        assert_eq!(text.as_deref(), Some("2040-02-14T23:31:30.123456Z"));
    }
}
