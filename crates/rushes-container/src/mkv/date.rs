//! Dates: nanoseconds since the start of 2001, UTC (RFC 8794, 7.6).

/// Seconds from 1970 to 2001.
const EPOCH: i64 = 978_307_200;

/// `2010-12-24T18:30:00.5Z` in nanoseconds since 2001; `None` for anything else. Without a zone the time counts as UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once(['T', ' '])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fields = |text: &str, separator: char| -> Option<[i64; 3]> {
        let mut fields = text.split(separator).map(|field| field.parse::<u32>().ok());
        let found = [fields.next()??, fields.next()??, fields.next()??].map(i64::from);
        fields.next().is_none().then_some(found)
    };
    let [year, month, day] = fields(date, '-')?;
    let [hour, minute, second] = fields(time, ':')?;
    let in_range = (1710..=2290).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = digits.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    // Days since 1970 in the Gregorian calendar, counting years from March so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - EPOCH;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
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
            ("2024-02-29", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-01T00:00:00+02:00", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
