//! Open bitstream units with and without temporal delimiters: AV1 specification, 7.5; AV1 Codec ISO Media File Format
//! Binding, 2.4.

use rushes_core::bitstream::av1::{Kind, Obus, av1c};
use rushes_core::{Buffer, Result};

/// A temporal delimiter with its size.
pub(crate) const DELIMITER: [u8; 2] = [0x12, 0];

/// The packet without temporal delimiters; a part of the same buffer where there is none, or only the usual one in front.
pub(super) fn without_delimiters(packet: &Buffer) -> Result<Buffer> {
    let mut position = 0;
    let mut start = 0;
    let mut kept: Option<Vec<u8>> = None;
    for obu in Obus::new(packet) {
        let obu = obu?;
        let end = position + obu.bytes.len();
        match (obu.kind, &mut kept) {
            (Kind::TemporalDelimiter, None) if position == start => start = end,
            (Kind::TemporalDelimiter, None) => kept = Some(packet[start..position].to_vec()),
            (Kind::TemporalDelimiter, Some(_)) | (_, None) => {}
            (_, Some(kept)) => kept.extend_from_slice(obu.bytes),
        }
        position = end;
    }
    Ok(match kept {
        Some(kept) => kept.into(),
        None => packet.slice(start..packet.len()).unwrap_or_default(),
    })
}

/// The units that private data holds.
pub(super) fn configuration(private: &Buffer) -> Result<Buffer> {
    if private.is_empty() {
        return Ok(Buffer::default());
    }
    let units = av1c::units(private)?;
    Ok(private.slice(private.len() - units.len()..private.len()).unwrap_or_default())
}

/// The packet as a temporal unit of a plain stream: behind a delimiter, each unit with its size. `entry` asks for the
/// units of private data in front, unless the packet has a sequence header.
pub(super) fn temporal_unit(packet: &Buffer, units: &[u8], entry: bool) -> Result<Buffer> {
    let mut unit = Vec::with_capacity(packet.len() + units.len() + 8);
    unit.extend(DELIMITER);
    let mut needs_units = entry;
    if entry {
        for obu in Obus::new(packet) {
            needs_units &= obu?.kind != Kind::SequenceHeader;
        }
    }
    if needs_units {
        Obus::new(units).try_for_each(|obu| obu.map(|obu| obu.put_sized(&mut unit)))?;
    }
    for obu in Obus::new(packet) {
        let obu = obu?;
        if obu.kind != Kind::TemporalDelimiter {
            obu.put_sized(&mut unit);
        }
    }
    Ok(unit.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 4] = [0x0a, 2, 5, 6];
    const FRAME: [u8; 4] = [0x32, 2, 7, 8];

    fn buffer(parts: &[&[u8]]) -> Buffer {
        parts.concat().into()
    }

    #[test]
    fn delimiters_go_wherever_they_are() {
        let expected = buffer(&[&HEADER, &FRAME]);
        for parts in [
            &[&HEADER[..], &FRAME][..],
            &[&DELIMITER, &HEADER, &FRAME],
            &[&DELIMITER, &DELIMITER, &HEADER, &FRAME],
            &[&HEADER, &DELIMITER, &FRAME],
            &[&DELIMITER, &HEADER, &DELIMITER, &FRAME, &DELIMITER],
        ] {
            assert_eq!(without_delimiters(&buffer(parts)).expect("valid"), expected, "{parts:?}");
        }
        let usual = buffer(&[&DELIMITER, &FRAME]);
        let stripped = without_delimiters(&usual).expect("valid");
        assert_eq!(stripped.as_ptr(), usual[2..].as_ptr());
        assert!(without_delimiters(&buffer(&[&[0x32, 9, 1]])).is_err());
    }

    #[test]
    fn temporal_units_have_a_delimiter_sizes_and_a_header_where_they_start() {
        let check = |packet: &[&[u8]], entry, expected: &[&[u8]]| {
            let unit = temporal_unit(&buffer(packet), &HEADER, entry).expect("valid");
            assert_eq!(unit, buffer(expected), "{packet:?}");
        };
        check(&[&FRAME], false, &[&DELIMITER, &FRAME]);
        check(&[&FRAME], true, &[&DELIMITER, &HEADER, &FRAME]);
        check(&[&DELIMITER, &HEADER, &FRAME], true, &[&DELIMITER, &HEADER, &FRAME]);
        check(&[&[0x30, 7, 8]], false, &[&DELIMITER, &FRAME]);
        assert!(temporal_unit(&buffer(&[&[0x32, 9]]), &[], true).is_err());
    }
}
