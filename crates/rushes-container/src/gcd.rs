//! Reducing fractions.

/// The greatest common divisor; one where both are zero.
pub(crate) const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors() {
        for (a, b, expected) in [(48_000, 44_100, 300), (7, 0, 7), (0, 7, 7), (0, 0, 1), (5, 3, 1)]
        {
            assert_eq!(gcd(a, b), expected, "{a} {b}");
        }
    }
}
