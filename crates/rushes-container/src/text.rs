//! Text whose encoding nothing names.

/// UTF-8 where it is that, else Latin-1: many writers take what they have.
pub(crate) fn guess(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The same up to the first zero, without the blanks that fill a field.
pub(crate) fn field(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    guess(bytes).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(guess("h\u{e9}".as_bytes()), "h\u{e9}");
        assert_eq!(guess(b"h\xe9"), "h\u{e9}");
        assert_eq!(field(b"ab \0cd"), "ab");
        assert_eq!(field(b""), "");
    }
}
