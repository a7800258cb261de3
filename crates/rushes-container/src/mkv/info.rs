//! `EBML` and `Info`: what holds for the whole file (RFC 8794, 11.2; RFC 9559, 5.1.2).

use rushes_core::{Error, Metadata, Result};

use super::ebml::{Element, Elements};
use super::ids;

/// The header of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct DocType {
    pub(super) webm: bool,
}

impl DocType {
    /// Reads the data of the `EBML` element.
    pub(super) fn read(data: &[u8], offset: u64) -> Result<Self> {
        let mut webm = false;
        let mut children = Elements::new(data, offset);
        while let Some(child) = children.next()? {
            let (what, most) = match child.id {
                ids::DOC_TYPE => {
                    webm = child.string() == "webm";
                    continue;
                }
                ids::EBML_READ_VERSION => ("EBML of version", 1),
                ids::EBML_MAX_ID_LENGTH => ("identifiers with a length of", 4),
                ids::EBML_MAX_SIZE_LENGTH => ("sizes with a length of", 8),
                ids::DOC_TYPE_READ_VERSION => ("Matroska of version", 4),
                _ => continue,
            };
            let found = child.uint()?;
            if found > most {
                return Err(Error::unsupported(
                    format!("{what} {found}"),
                    format!("{most} at the most"),
                ));
            }
        }
        Ok(Self { webm })
    }
}

/// The `Info` element.
#[derive(Clone, Debug)]
pub(super) struct Info {
    /// Nanoseconds of a tick.
    pub(super) scale: u64,
    /// Length in ticks.
    pub(super) duration: Option<f64>,
    pub(super) metadata: Metadata,
}

impl Default for Info {
    fn default() -> Self {
        Self { scale: 1_000_000, duration: None, metadata: Metadata::new() }
    }
}

impl Info {
    /// Reads the data of the element.
    pub(super) fn read(data: &[u8], offset: u64) -> Result<Self> {
        let mut info = Self::default();
        let mut children = Elements::new(data, offset);
        while let Some(child) = children.next()? {
            match child.id {
                // Zero makes no sense; the default is what writers mean.
                ids::TIMESTAMP_SCALE => match child.uint()? {
                    0 => {}
                    scale => info.scale = scale,
                },
                ids::DURATION => {
                    info.duration =
                        Some(child.float()?).filter(|length| length.is_finite() && *length > 0.0);
                }
                ids::TITLE => set(&mut info.metadata, "title", &child),
                ids::MUXING_APP => set(&mut info.metadata, "encoder", &child),
                ids::DATE_UTC => {
                    info.metadata.set("creation_time", date(child.int()?));
                }
                _ => {}
            }
        }
        Ok(info)
    }

    /// Length in nanoseconds.
    pub(super) fn nanoseconds(&self) -> Option<i64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "float to integer casts saturate, and lengths are given as floats"
        )]
        self.duration.map(|length| (length * self.scale as f64).round() as i64)
    }
}

fn set(metadata: &mut Metadata, key: &str, element: &Element<'_>) {
    let value = element.string();
    if !value.is_empty() {
        metadata.set(key, value);
    }
}

/// A date of EBML, in nanoseconds from the start of 2001, as ISO 8601 has it.
fn date(nanoseconds: i64) -> String {
    // Days from the epoch of the algorithm, 0000-03-01, to 2001-01-01.
    const START: i64 = 730_791;
    const DAY: i64 = 86_400_000_000;
    let microseconds = nanoseconds.div_euclid(1000);
    let (days, time) = (microseconds.div_euclid(DAY) + START, microseconds.rem_euclid(DAY));
    // Howard Hinnant's algorithm for the civil calendar, with years that start in March.
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, fraction) = (time / 1_000_000, time % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let check =
            |seconds: i64, expected: &str| assert_eq!(date(seconds * 1_000_000_000), expected);
        check(0, "2001-01-01T00:00:00.000000Z");
        check(-1, "2000-12-31T23:59:59.000000Z");
        check(86_400 * (31 + 28), "2001-03-01T00:00:00.000000Z");
        check(86_400 * 365 * 3 + 86_400 * 59, "2004-02-29T00:00:00.000000Z");
        assert_eq!(date(i64::MIN).len(), 27);
        assert_eq!(date(1_234_567_890_123_456_789), "2040-02-14T23:31:30.123456Z");
    }

    #[test]
    fn headers_of_the_future_are_refused() {
        let read = |data: &[u8]| DocType::read(data, 0);
        assert!(!read(&[]).expect("all defaults").webm);
        assert!(read(b"\x42\x82\x84webm").expect("WebM").webm);
        assert!(!read(b"\x42\x82\x88matroska\x42\xf7\x81\x01").expect("Matroska").webm);
        for data in [[0x42, 0xf7, 0x81, 2], [0x42, 0xf2, 0x81, 5], [0x42, 0xf3, 0x81, 9]] {
            assert!(matches!(read(&data), Err(Error::Unsupported(_))));
        }
    }

    #[test]
    fn lengths_are_in_ticks() {
        let info = Info::read(&[0x44, 0x89, 0x84, 0x42, 0xc8, 0, 0], 0).expect("valid");
        assert_eq!(info.nanoseconds(), Some(100_000_000));
        let info = Info::read(&[0x44, 0x89, 0x84, 0x7f, 0xc0, 0, 0], 0).expect("not a number");
        assert_eq!(info.nanoseconds(), None);
    }
}
