//! Chunks: 5.3, and the checksum of annex D.

use rushes_core::{Error, Result};

pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) kind: [u8; 4],
    pub(super) payload: &'a [u8],
}

/// Takes the chunk at the start, which must be whole and right.
pub(super) fn take<'a>(bytes: &mut &'a [u8]) -> Result<Option<Chunk<'a>>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let whole = bytes.split_first_chunk::<8>().and_then(|([a, b, c, d, kind @ ..], rest)| {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (payload, rest) = rest.split_at_checked(length)?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        Some((Chunk { kind: *kind, payload }, u32::from_be_bytes(*sum), rest))
    });
    let Some((chunk, sum, rest)) = whole else {
        return Err(Error::malformed("the data end within a chunk"));
    };
    if checksum(&[&chunk.kind, chunk.payload]) != sum {
        let kind = String::from_utf8_lossy(&chunk.kind).into_owned();
        return Err(Error::malformed("the checksum of a chunk is wrong").within(kind));
    }
    *bytes = rest;
    Ok(Some(chunk))
}

/// Appends a chunk whose payload is in two parts.
pub(super) fn push(kind: [u8; 4], payload: [&[u8]; 2], out: &mut Vec<u8>) -> Result<()> {
    let length = u32::try_from(payload[0].len() + payload[1].len())
        .map_err(|_| Error::unsupported("a chunk of more than 4 GiB", ""))?;
    out.extend(length.to_be_bytes());
    out.extend(kind);
    out.extend(payload[0]);
    out.extend(payload[1]);
    out.extend(checksum(&[&kind, payload[0], payload[1]]).to_be_bytes());
    Ok(())
}

/// CRC-32 of ISO 3309, of parts one behind another.
fn checksum(parts: &[&[u8]]) -> u32 {
    let mut sum = u32::MAX;
    for byte in parts.iter().copied().flatten() {
        sum = TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ sum >> 8;
    }
    !sum
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut value = index;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ value >> 1 } else { value >> 1 };
            bit += 1;
        }
        table[index as usize] = value;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_taken_whole() {
        let mut bytes = Vec::new();
        push(*b"IEND", [b"", b""], &mut bytes).expect("small");
        // As every PNG ends.
        assert_eq!(bytes, *b"\0\0\0\0IEND\xae\x42\x60\x82");
        push(*b"abCD", [b"12", b"3"], &mut bytes).expect("small");
        let mut rest = &bytes[..];
        assert_eq!(take(&mut rest).expect("right").expect("there").kind, *b"IEND");
        assert_eq!(take(&mut rest).expect("right").expect("there").payload, b"123");
        assert!(take(&mut rest).expect("right").is_none());
        for end in 1..12 {
            assert!(take(&mut &bytes[..end]).is_err());
        }
        bytes[4] ^= 1;
        assert!(take(&mut &bytes[..]).is_err());
    }
}
