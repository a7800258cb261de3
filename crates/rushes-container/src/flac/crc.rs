//! The checksums of FLAC frames (RFC 9639, 9.1.8 and 9.3).

const CRC8: [u8; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let mut crc = index as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

/// Checksums of a byte that is followed by as many zeros as the number of the table.
const CRC16: [[u16; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let mut crc = (index as u16) << 8;
        let mut table = 0;
        while table < 8 {
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x8005 };
                bit += 1;
            }
            tables[table][index] = crc;
            table += 1;
        }
        index += 1;
    }
    tables
};

/// The checksum of a frame header; zero for one that ends with its checksum.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| CRC8[usize::from(crc ^ byte)])
}

/// The checksum of a frame, going on from `crc`; zero for one that ends with its checksum.
pub(super) fn crc16(crc: u16, bytes: &[u8]) -> u16 {
    let (blocks, rest) = bytes.as_chunks::<8>();
    // Eight bytes at once: a table tells what each of them has become behind the others.
    let crc = blocks.iter().fold(crc, |crc, block| {
        let [high, low] = crc.to_be_bytes();
        let [a, b, others @ ..] = *block;
        let folded = CRC16[7][usize::from(a ^ high)] ^ CRC16[6][usize::from(b ^ low)];
        others
            .iter()
            .zip((0..6).rev())
            .fold(folded, |folded, (byte, table)| folded ^ CRC16[table][usize::from(*byte)])
    });
    rest.iter().fold(crc, |crc, byte| crc << 8 ^ CRC16[0][usize::from(crc.to_be_bytes()[0] ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values() {
        assert_eq!(crc8(b"123456789"), 0xf4);
        assert_eq!(crc16(0, b"123456789"), 0xfee8);
        let text: Vec<u8> = (0..=255).collect();
        for cut in 0..text.len() {
            assert_eq!(crc16(crc16(0, &text[..cut]), &text[cut..]), crc16(0, &text), "{cut}");
        }
    }
}
