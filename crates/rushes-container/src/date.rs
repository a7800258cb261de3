//! Dates as tags write them: ISO 8601, `2010-12-24T18:30:00.5Z`.

/// Seconds since 1970, and the digits of the fraction behind them; `None` for what is no date with a time. Without a zone the
/// time counts as UTC.
pub(crate) fn parse(text: &str) -> Option<(i64, &str)> {
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
    let in_range = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Days since 1970 in the Gregorian calendar, counting years from March so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second, fraction))
}

/// Microseconds since 1970 as a date; `None` where the year has no four digits.
pub(crate) fn format(microseconds: i64) -> Option<String> {
    const DAY: i64 = 86_400_000_000;
    // Days since 0000-03-01 in eras of 400 years (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let days = microseconds.div_euclid(DAY) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let time = microseconds.rem_euclid(DAY);
    let (seconds, fraction) = (time / 1_000_000, time % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    (0..=9999).contains(&year).then(|| {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_parses() {
        let check = |microseconds, expected: Option<&str>| {
            assert_eq!(format(microseconds).as_deref(), expected, "{microseconds}");
        };
        check(0, Some("1970-01-01T00:00:00.000000Z"));
        check(-1, Some("1969-12-31T23:59:59.999999Z"));
        check(i64::MAX, None);
        check(i64::MIN, None);
        for seconds in (-60_000_000_000..250_000_000_000_i64).step_by(86_399 * 997) {
            let text = format(seconds * 1_000_000).expect("four digits");
            assert_eq!(parse(&text), Some((seconds, "000000")), "{text}");
        }
    }

    #[test]
    fn dates_parse() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some((0, "0"))),
            ("1969-12-31 23:59:59.50", Some((-1, "50"))),
            ("2024-02-29T12:34:56Z", Some((1_709_210_096, "0"))),
            ("2000-03-01T00:00:00.000000Z", Some((951_868_800, "000000"))),
            ("2024-02-29", None),
            ("21:23:15", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-01T00:00", None),
            ("2024-01-01T00:00:00.Z", None),
            ("2024-01-01T00:00:00+02:00", None),
            ("4294967295-01-01T00:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
