//! The checksums of frames: RFC 9639, 9.1.8 and 9.3.

/// Checksums of a byte that is followed by as many zeros as the number of the table.
static CRC16: [[u16; 256]; 8] = tables();

/// The checksum over a frame; zero where it ends with its own.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    let (blocks, rest) = bytes.as_chunks::<8>();
    let crc = blocks.iter().fold(0_u16, |crc, block| {
        let [high, low] = crc.to_be_bytes();
        let [a, b, others @ ..] = *block;
        let bytes = [a ^ high, b ^ low].into_iter().chain(others).zip((0..8).rev());
        bytes.fold(0, |folded, (byte, zeros)| folded ^ CRC16[zeros][usize::from(byte)])
    });
    rest.iter().fold(crc, |crc, byte| {
        let [high, _] = crc.to_be_bytes();
        crc << 8 ^ CRC16[0][usize::from(high ^ byte)]
    })
}

/// The checksum over a header; zero where it ends with its own.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| crc << 1 ^ if crc & 0x80 == 0 { 0 } else { 0x07 })
    })
}

const fn tables() -> [[u16; 256]; 8] {
    let mut tables = [[0_u16; 256]; 8];
    let mut zeros = 0;
    while zeros < 8 {
        let mut byte = 0_u16;
        while byte < 256 {
            let mut crc = byte << 8;
            let mut bit = 0;
            while bit < 8 * (zeros + 1) {
                crc = crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x8005 };
                bit += 1;
            }
            tables[zeros][byte as usize] = crc;
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_catalogue() {
        // CRC-16/UMTS and CRC-8/SMBUS.
        assert_eq!(crc16(b"123456789"), 0xfee8);
        assert_eq!(crc8(b"123456789"), 0xf4);
        let mut bytes = (0..=40).collect::<Vec<u8>>();
        bytes.extend(crc16(&bytes).to_be_bytes());
        assert_eq!(crc16(&bytes), 0);
    }
}
