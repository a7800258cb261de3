//! A-law and mu-law: ITU-T G.711 (11/1988), tables 1 and 2, with 16-bit linear values.

/// The linear value of an A-law code.
pub(crate) fn a_law_to_linear(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = i16::from(code & 0x0f) << 4;
    let magnitude = match code >> 4 & 7 {
        0 => step + 0x8,
        segment => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// The linear value of a mu-law code.
pub(crate) fn mu_law_to_linear(code: u8) -> i16 {
    let code = !code;
    let step = i16::from(code & 0x0f) << 3;
    let magnitude = ((step + 0x84) << (code >> 4 & 7)) - 0x84;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

/// The A-law code of the interval that the value lies in.
pub(crate) fn linear_to_a_law(sample: i16) -> u8 {
    let (sign, magnitude) = if sample >= 0 { (0x80, sample) } else { (0, !sample) };
    let value = magnitude.unsigned_abs() >> 4;
    // Two linear segments, then one for each further bit.
    let bits = 16 - (value >> 5).leading_zeros();
    let code = match bits {
        0 => low_byte(value),
        bits => low_byte(value >> bits) & 0x0f | low_byte_of(bits + 1) << 4,
    };
    (sign | code) ^ 0x55
}

/// The mu-law code of the interval that the value lies in.
pub(crate) fn linear_to_mu_law(sample: i16) -> u8 {
    const BIAS: u16 = 0x84;
    let (sign, magnitude) = if sample >= 0 { (0, sample) } else { (0x80, !sample) };
    let value = (magnitude.unsigned_abs() + BIAS).min(0x7fff);
    let segment = (value >> 7).ilog2();
    let step = low_byte(value >> (segment + 3)) & 0x0f;
    !(sign | low_byte_of(segment) << 4 | step)
}

const fn low_byte(value: u16) -> u8 {
    value.to_le_bytes()[0]
}

const fn low_byte_of(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_those_of_the_standard() {
        let check = |code, a_law: i16, mu_law: i16| {
            assert_eq!(a_law_to_linear(code), a_law, "A-law {code:#x}");
            assert_eq!(mu_law_to_linear(code), mu_law, "mu-law {code:#x}");
        };
        check(0x00, -5504, -32_124);
        check(0x80, 5504, 32_124);
        check(0x55, -8, -716);
        check(0xd5, 8, 716);
        check(0xff, 848, 0);
        check(0x7f, -848, 0);
        check(0x2a, -32_256, -5372);
    }

    #[test]
    fn codes_survive_and_values_stay_in_their_interval() {
        let check = |decode: fn(u8) -> i16, encode: fn(i16) -> u8| {
            for code in 0..=255 {
                assert_eq!(decode(encode(decode(code))), decode(code), "{code:#x}");
            }
            let mut before = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let decoded = decode(encode(sample));
                assert!(decoded >= before, "{sample} falls back");
                before = decoded;
                // Intervals are a sixteenth of the least value of their segment, and never below 16.
                let half = ((i32::from(sample).abs() + 0x84) / 32).max(8);
                assert!((i32::from(decoded) - i32::from(sample)).abs() <= half + 1, "{sample}");
            }
        };
        check(a_law_to_linear, linear_to_a_law);
        check(mu_law_to_linear, linear_to_mu_law);
    }
}
