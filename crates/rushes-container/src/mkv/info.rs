//! `EBML` and `Info`: what holds for the whole file (RFC 8794, 11.2; RFC 9559, 5.1.2).

use rushes_core::{Error, Metadata, Result};

use super::date;
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
                    if let Some(date) = date::format(child.int()?) {
                        info.metadata.set("creation_time", date);
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
