//! Cyclic redundancy checks: of ISO/IEC 13239, with the highest bit of a byte first or the lowest.

/// Checksums of a byte that is followed by as many zeros as the number of the table.
type Tables = [[u32; 256]; 8];

static CRC32: Tables = tables(0x04c1_1db7);
static CRC16: Tables = tables(0x8005 << 16);
static CRC8: Tables = tables(0x07 << 24);
static CRC32_REFLECTED: [u32; 256] = reflected_table(0xedb8_8320);
static CRC16_REFLECTED: [u32; 256] = reflected_table(0xa001);

/// The checksum of Ogg pages, going on from `crc`, which is zero at first; of MPEG sections, which start with all ones.
pub(crate) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    fold(&CRC32, crc, bytes)
}

/// The checksum of FLAC frames, going on from `crc`, which is zero at first.
pub(crate) fn crc16(crc: u16, bytes: &[u8]) -> u16 {
    let [high, low, ..] = fold(&CRC16, u32::from(crc) << 16, bytes).to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// The checksum of the headers of FLAC frames.
pub(crate) fn crc8(bytes: &[u8]) -> u8 {
    fold(&CRC8, 0, bytes).to_be_bytes()[0]
}

/// The checksum of IEEE 802.3: of Matroska, and of PNG.
pub(crate) fn crc32_ieee(bytes: &[u8]) -> u32 {
    !fold_reflected(&CRC32_REFLECTED, u32::MAX, bytes)
}

/// CRC-16 of ANSI: of what encoders of MP3 say of themselves. It goes on from `crc`, which is zero at first.
pub(crate) fn crc16_ansi(crc: u16, bytes: &[u8]) -> u16 {
    let [low, high, ..] = fold_reflected(&CRC16_REFLECTED, crc.into(), bytes).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Checksums of fewer than 32 bits are the highest of the value.
fn fold(tables: &Tables, crc: u32, bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<8>();
    // Eight bytes at once: a table tells what each of them has become behind the others.
    let crc = blocks.iter().fold(crc, |crc, block| {
        let [a, b, c, d, others @ ..] = *block;
        let first = (crc ^ u32::from_be_bytes([a, b, c, d])).to_be_bytes();
        let bytes = first.iter().chain(&others).zip((0..8).rev());
        bytes.fold(0, |folded, (byte, table)| folded ^ tables[table][usize::from(*byte)])
    });
    rest.iter()
        .fold(crc, |crc, byte| crc << 8 ^ tables[0][usize::from(crc.to_be_bytes()[0] ^ byte)])
}

fn fold_reflected(table: &[u32; 256], crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| crc >> 8 ^ table[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

const fn tables(polynomial: u32) -> Tables {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut crc = byte << 24;
        let mut table = 0;
        while table < 8 {
            let mut bit = 0;
            while bit < 8 {
                crc = if crc >> 31 == 0 { crc << 1 } else { crc << 1 ^ polynomial };
                bit += 1;
            }
            tables[table][byte as usize] = crc;
            table += 1;
        }
        byte += 1;
    }
    tables
}

const fn reflected_table(polynomial: u32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ polynomial };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values() {
        let digits = b"123456789";
        assert_eq!(crc32(0, digits), 0x89a1_897f);
        assert_eq!(crc32(u32::MAX, digits), 0x0376_e6e7);
        assert_eq!(crc16(0, digits), 0xfee8);
        assert_eq!(crc8(digits), 0xf4);
        assert_eq!(crc32_ieee(digits), 0xcbf4_3926);
        assert_eq!(crc16_ansi(0, digits), 0xbb3d);
    }

    #[test]
    fn checksums_go_on() {
        let text: Vec<u8> = (0..=255).collect();
        for cut in 0..text.len() {
            let (front, back) = text.split_at(cut);
            assert_eq!(crc32(crc32(0, front), back), crc32(0, &text), "{cut}");
            assert_eq!(crc16(crc16(0, front), back), crc16(0, &text), "{cut}");
            assert_eq!(crc16_ansi(crc16_ansi(0, front), back), crc16_ansi(0, &text), "{cut}");
        }
    }
}
