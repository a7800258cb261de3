//! Tells formats by their first bytes, never by file names.

/// How sure a probe is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub(crate) enum Score {
    /// The bytes fit, but could be something else.
    Likely,
    /// Nothing else starts like this.
    Certain,
}

/// Starts of formats that we cannot read, for the message that says so.
const SIGNATURES: [(usize, &[u8], &str); 29] = [
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (0, b"OggS", "Ogg"),
    (0, b"fLaC", "FLAC"),
    (0, b"ID3", "an ID3 tag"),
    (0, b"\xff\xf1", "AAC (ADTS)"),
    (0, b"\xff\xf9", "AAC (ADTS)"),
    (8, b"AVI ", "AVI"),
    (8, b"WEBP", "WebP"),
    (8, b"AIFF", "AIFF"),
    (0, b"RIFF", "RIFF"),
    (0, b"FLV", "Flash Video"),
    (0, b"DKIF", "IVF"),
    (0, b"YUV4MPEG2", "YUV4MPEG2"),
    (0, b"\0\0\x01\xba", "MPEG program stream"),
    (0, b"\0\0\0\x01", "H.264 or H.265 byte stream"),
    (0, b"\0\0\x01", "MPEG video or H.26x byte stream"),
    (0, b"\x30\x26\xb2\x75", "ASF or WMV"),
    (0, b"#!AMR", "AMR"),
    (0, b"caff", "CAF"),
    (0, b".snd", "AU"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (0, b"GIF8", "GIF"),
    (0, b"%PDF", "PDF"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"\x7fELF", "an ELF program"),
    (0, b"<?xml", "XML"),
    (0, b"<!DOCTYPE", "HTML"),
];

/// What the first bytes of an input that we cannot read look like.
pub(crate) fn nature(start: &[u8]) -> String {
    if let Some(name) = signature(start) {
        return name.to_owned();
    }
    // Two packets of a transport stream in a row.
    if start.first() == Some(&0x47) && start.get(188) == Some(&0x47) {
        return "MPEG transport stream".to_owned();
    }
    if start.iter().all(|byte| *byte == 0) {
        return "only zeros".to_owned();
    }
    // A character that was cut in two at the end is still text.
    let text = match str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..);
    if text && start.iter().all(printable) {
        return "text".to_owned();
    }
    let first: Vec<String> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("unknown data that starts with {}", first.join(" "))
}

/// True for the first bytes of a format that has a signature.
pub(crate) fn is_known(start: &[u8]) -> bool {
    signature(start).is_some()
}

fn signature(start: &[u8]) -> Option<&'static str> {
    let fits = |(at, signature, _): &&(usize, &[u8], &str)| {
        start.get(*at..).is_some_and(|rest| rest.starts_with(signature))
    };
    SIGNATURES.iter().find(fits).map(|(_, _, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::nature;

    #[test]
    fn natures() {
        let check = |start: &[u8], expected: &str| assert_eq!(nature(start), expected);
        check(b"OggS\0", "Ogg");
        check(b"RIFF\0\0\0\0AVI LIST", "AVI");
        check(b"RIFF\0\0\0\0XYZ ", "RIFF");
        check(b"Dear reader,\n", "text");
        check(&[0; 9], "only zeros");
        check(b"\x01\x02\xff", "unknown data that starts with 01 02 ff");
        let mut stream = [0; 400];
        (stream[0], stream[188]) = (0x47, 0x47);
        check(&stream, "MPEG transport stream");
    }
}
