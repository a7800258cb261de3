//! ISO/IEC 14496-12, 4.2: the header of a box, read from the input.

use rushes_core::{Error, Result};

use super::boxes::FourCc;
use crate::input::Input;

/// Where a box is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BoxHeader {
    pub(super) kind: FourCc,
    /// Offset of the header.
    pub(super) start: u64,
    /// Offset of the payload.
    pub(super) payload: u64,
    /// Offset behind the box; `None` for a last box that runs to the end of the file.
    pub(super) end: Option<u64>,
}

impl BoxHeader {
    /// Reads the header at the position; `None` at the end of the input. `parent_end` is where the box around it ends.
    pub(super) fn read(input: &mut Input, parent_end: Option<u64>) -> Result<Option<Self>> {
        let start = input.position();
        let left = parent_end.map_or(u64::MAX, |end| end.saturating_sub(start));
        let available = usize::try_from(left.min(16)).unwrap_or(16);
        let bytes = input.peek(available)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let Some((header, rest)) = bytes.split_first_chunk::<8>() else {
            // QuickTime ends some lists of boxes with a 32-bit zero; writers pad with less than a header, too.
            if parent_end.is_some() || bytes.iter().all(|byte| *byte == 0) {
                let end = start + bytes.len() as u64;
                input.seek(end)?;
                return Ok(None);
            }
            return Err(Error::malformed("the input ends within the header of a box").at(start));
        };
        let [a, b, c, d, kind @ ..] = *header;
        let kind = FourCc(kind);
        let (header_length, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, None),
            1 => {
                let Some(large) = rest.first_chunk::<8>() else {
                    return Err(Error::malformed("the box ends within its large size").at(start));
                };
                (16, Some(u64::from_be_bytes(*large)))
            }
            size => (8, Some(u64::from(size))),
        };
        let end = match size {
            None if parent_end.is_some() => {
                let message = format!("box '{kind}' inside another has size zero");
                return Err(Error::malformed(message).at(start));
            }
            None => None,
            Some(size) => {
                let end = start.checked_add(size).filter(|_| size >= header_length);
                let Some(end) = end else {
                    let message = format!("box '{kind}' has an impossible size of {size} bytes");
                    return Err(Error::malformed(message).at(start));
                };
                if parent_end.is_some_and(|parent| end > parent) {
                    let message = format!(
                        "box '{kind}' of {size} bytes is larger than the {left} bytes left in the box around it"
                    );
                    return Err(Error::malformed(message).at(start));
                }
                Some(end)
            }
        };
        let payload = start + header_length;
        input.seek(payload)?;
        Ok(Some(Self { kind, start, payload, end }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DemuxOptions, Source};

    #[test]
    fn sizes_are_checked() {
        let check =
            |bytes: &'static [u8], parent_end, expected: std::result::Result<Option<u64>, &str>| {
                let mut input =
                    Input::new(Source::bytes(bytes), &DemuxOptions::default()).expect("opens");
                let found = BoxHeader::read(&mut input, parent_end)
                    .map(|header| header.and_then(|header| header.end))
                    .map_err(|error| error.to_string());
                assert_eq!(found, expected.map_err(str::to_owned), "{bytes:x?}");
            };
        check(b"\0\0\0\x0cmdatabcd", None, Ok(Some(12)));
        check(b"\0\0\0\0mdatabcd", None, Ok(None));
        check(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x11", None, Ok(Some(17)));
        check(b"", None, Ok(None));
        check(b"\0\0\0\0", None, Ok(None));
        check(b"\0\0\0\x08", None, Err("the input ends within the header of a box at byte 0"));
        check(
            b"\0\0\0\x07mdat",
            None,
            Err("box 'mdat' has an impossible size of 7 bytes at byte 0"),
        );
        check(b"\0\0\0\0stts", Some(8), Err("box 'stts' inside another has size zero at byte 0"));
        check(
            b"\0\0\0\x01mdat\x40\0\0\0\0\0\0\0",
            Some(16),
            Err(
                "box 'mdat' of 4611686018427387904 bytes is larger than the 16 bytes left in the box around it at byte 0",
            ),
        );
    }
}
