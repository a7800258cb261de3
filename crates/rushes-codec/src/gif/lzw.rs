//! LZW as GIF has it: appendix F. Our own, since it must end whatever the codes are.

use rushes_core::{Error, Result};

const MOST_CODES: usize = 4096;

/// Strings, each of them a shorter one and a byte.
struct Table {
    prefix: [u16; MOST_CODES],
    last: [u8; MOST_CODES],
    first: [u8; MOST_CODES],
    length: [u16; MOST_CODES],
}

/// Fills `out` with what the codes stand for; the first byte is the least code size. What is too much is dropped.
pub(super) fn decode(data: &[u8], out: &mut [u8]) -> Result<()> {
    let (size, data) = data.split_first().ok_or_else(ends_early)?;
    let size = u32::from(*size);
    if !(1..=11).contains(&size) {
        return Err(Error::malformed(format!("codes of {size} bits")));
    }
    let (clear, end) = (1_usize << size, (1_usize << size) + 1);
    let mut table = Table {
        prefix: [0; MOST_CODES],
        last: [0; MOST_CODES],
        first: [0; MOST_CODES],
        length: [1; MOST_CODES],
    };
    for (code, byte) in (0..clear.min(256)).zip(0..=u8::MAX) {
        (table.last[code], table.first[code]) = (byte, byte);
    }
    let (mut next, mut width, mut before) = (end + 1, size + 1, None);
    let (mut window, mut count, mut bytes, mut written) = (0_u32, 0, data.iter(), 0);
    while written < out.len() {
        while count < width {
            window |= u32::from(*bytes.next().ok_or_else(ends_early)?) << count;
            count += 8;
        }
        let code = (window & ((1 << width) - 1)) as usize;
        window >>= width;
        count -= width;
        if code == clear {
            (next, width, before) = (end + 1, size + 1, None);
            continue;
        }
        if code == end {
            return Err(ends_early());
        }
        if let Some(before) = before.filter(|_| next < MOST_CODES) {
            // The string that is new now starts with the one before, and may be the one that is asked for.
            let first = table.first[if code == next { before } else { code }];
            table.prefix[next] = u16::try_from(before).unwrap_or(0);
            table.last[next] = first;
            table.first[next] = table.first[before];
            table.length[next] = table.length[before].saturating_add(1);
            next += 1;
            if next == 1 << width && width < 12 {
                width += 1;
            }
        }
        if code >= next || (before.is_none() && code >= clear) {
            return Err(Error::malformed("a code that has no meaning yet"));
        }
        written = table.put(code, out, written);
        before = Some(code);
    }
    Ok(())
}

impl Table {
    /// Writes the string of a code from its end on; where the next one goes.
    fn put(&self, mut code: usize, out: &mut [u8], start: usize) -> usize {
        let end = start + usize::from(self.length[code]);
        for at in (start..end).rev() {
            if let Some(target) = out.get_mut(at) {
                *target = self.last[code];
            }
            code = usize::from(self.prefix[code]);
        }
        end
    }
}

fn ends_early() -> Error {
    Error::malformed("the data end within the image")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_grow_with_their_codes() {
        // Clear, 1, 6 (1 1, new as it is used), 6, end.
        // 4, 1, 6 and 6 in three bits each, 5 in four.
        let codes = [2, 0x8c, 0x5d];
        let mut out = [0; 5];
        decode(&codes, &mut out).expect("whole");
        assert_eq!(out, [1; 5]);
        assert!(decode(&codes, &mut [0; 6]).is_err());
        for end in 0..codes.len() {
            assert!(decode(&codes[..end], &mut out).is_err());
        }
        // A code behind all that there are.
        assert!(decode(&[2, 0x3c, 0], &mut out).is_err());
    }
}
