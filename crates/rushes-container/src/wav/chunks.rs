//! The chunks around the sound: `ds64` (EBU Tech 3306), `LIST INFO` (RIFF 1.0), `bext` (EBU Tech 3285).

use rushes_core::{Error, Metadata, Result};

use crate::text;

/// Tag of `LIST INFO` and key of [`Metadata`]. The first row of a key is the one that is written.
const INFO: [(&[u8; 4], &str); 18] = [
    (b"INAM", "title"),
    (b"IART", "artist"),
    (b"IPRD", "album"),
    (b"ICRD", "date"),
    (b"IPRT", "track"),
    (b"ITRK", "track"),
    (b"IGNR", "genre"),
    (b"ICMT", "comment"),
    (b"ICOP", "copyright"),
    (b"ISFT", "encoder"),
    (b"ITCH", "encoded_by"),
    (b"ILNG", "language"),
    (b"IKEY", "keywords"),
    (b"ISBJ", "subject"),
    (b"IENG", "engineer"),
    (b"ISRC", "source"),
    (b"IMED", "medium"),
    (b"IMUS", "composer"),
];

/// The 64-bit sizes of RF64.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Ds64 {
    pub(super) riff_size: u64,
    pub(super) data_size: u64,
    pub(super) sample_count: u64,
}

impl Ds64 {
    /// Bytes of the payload, without a table.
    pub(super) const SIZE: u32 = 28;

    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let at = |offset: usize| {
            let bytes = bytes.get(offset..).and_then(<[u8]>::first_chunk);
            bytes
                .map(|bytes| u64::from_le_bytes(*bytes))
                .ok_or_else(|| Error::malformed("the chunk is too short for its three sizes"))
        };
        Ok(Self { riff_size: at(0)?, data_size: at(8)?, sample_count: at(16)? })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(28);
        bytes.extend(self.riff_size.to_le_bytes());
        bytes.extend(self.data_size.to_le_bytes());
        bytes.extend(self.sample_count.to_le_bytes());
        // An empty table of other chunks over 4 GiB.
        bytes.extend([0; 4]);
        bytes
    }
}

/// A whole chunk: kind, size, payload, padding.
pub(super) fn chunk(kind: [u8; 4], payload: &[u8]) -> Result<Vec<u8>> {
    let size = u32::try_from(payload.len()).map_err(|_| {
        let length = payload.len();
        Error::usage(format!("{length} bytes do not fit into one chunk of a wav file"))
    })?;
    let mut bytes = Vec::with_capacity(payload.len() + 9);
    bytes.extend(kind);
    bytes.extend(size.to_le_bytes());
    bytes.extend(payload);
    if !payload.len().is_multiple_of(2) {
        bytes.push(0);
    }
    Ok(bytes)
}

/// Reads the payload of a `LIST` chunk of type `INFO`. A list that ends early gives what there is.
pub(crate) fn read_info(mut bytes: &[u8], metadata: &mut Metadata) {
    while let Some((kind, rest)) = bytes.split_first_chunk::<4>()
        && let Some((size, rest)) = rest.split_first_chunk::<4>()
    {
        let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
        let value = text::field(&rest[..size.min(rest.len())]);
        let key = match INFO.iter().find(|(known, _)| *known == kind) {
            Some((_, key)) => (*key).to_owned(),
            None => text::field(kind),
        };
        if !value.is_empty() && !key.is_empty() && metadata.value(&key).is_none() {
            metadata.set(key, value);
        }
        let padded = size.saturating_add(size % 2);
        bytes = rest.get(padded..).unwrap_or_default();
    }
}

/// The `LIST INFO` chunk for these tags; empty where there is none that it has a place for.
pub(super) fn write_info(metadata: &Metadata) -> Result<Vec<u8>> {
    let mut payload = b"INFO".to_vec();
    for (key, value) in metadata.iter() {
        if let Some((kind, _)) = INFO.iter().find(|(_, known)| *known == key) {
            // The values end with a zero, which counts.
            let mut value = value.as_bytes().to_vec();
            value.push(0);
            payload.extend(chunk(**kind, &value)?);
        }
    }
    if payload.len() == 4 { Ok(Vec::new()) } else { chunk(*b"LIST", &payload) }
}

/// True where `LIST INFO` has a place for all these tags.
pub(super) fn has_place(metadata: &Metadata) -> bool {
    metadata.iter().all(|(key, _)| INFO.iter().any(|(_, known)| *known == key))
}

/// Reads the payload of a `bext` chunk, under the keys that FFmpeg uses. Fields that it lacks are left out.
pub(super) fn read_bext(bytes: &[u8], metadata: &mut Metadata) {
    let mut set = |key: &str, value: String| {
        if !value.is_empty() && metadata.value(key).is_none() {
            metadata.set(key, value);
        }
    };
    for (key, range) in [
        ("comment", 0..256),
        ("encoded_by", 256..288),
        ("originator_reference", 288..320),
        ("date", 320..330),
        ("creation_time", 330..338),
    ] {
        set(key, bytes.get(range).map(text::field).unwrap_or_default());
    }
    if let Some(time) = bytes.get(338..).and_then(<[u8]>::first_chunk) {
        set("time_reference", u64::from_le_bytes(*time).to_string());
    }
    set("coding_history", bytes.get(602..).map(text::field).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ds64_round_trips() {
        let sizes = Ds64 { riff_size: 1 << 40, data_size: (1 << 40) - 80, sample_count: 1 << 38 };
        let bytes = sizes.write();
        assert_eq!(bytes.len(), Ds64::SIZE as usize);
        assert_eq!(Ds64::read(&bytes).expect("valid"), sizes);
        for length in 0..24 {
            assert!(Ds64::read(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn info_round_trips() {
        let tags: Metadata = [("title", "Où"), ("artist", "x"), ("track", "3"), ("unknown", "y")]
            .into_iter()
            .collect();
        let bytes = write_info(&tags).expect("short");
        assert_eq!(&bytes[..4], b"LIST");
        assert!(bytes.len().is_multiple_of(2));
        let mut back = Metadata::new();
        read_info(&bytes[12..], &mut back);
        let expected: Vec<_> = tags.iter().take(3).collect();
        assert_eq!(back.iter().collect::<Vec<_>>(), expected);
        assert!(write_info(&Metadata::new()).expect("short").is_empty());
    }

    #[test]
    fn broken_lists_give_what_there_is() {
        let check = |bytes: &[u8], expected: Option<&str>| {
            let mut metadata = Metadata::new();
            read_info(bytes, &mut metadata);
            assert_eq!(metadata.value("title"), expected, "{bytes:?}");
        };
        check(b"INAM\x02\0\0\0ab", Some("ab"));
        check(b"INAM\xff\xff\xff\xffab", Some("ab"));
        check(b"INAM\x02\0\0", None);
        check(b"INAM\x03\0\0\0\xe9t\xe9", Some("\u{e9}t\u{e9}"));
        check(b"IART\x01\0\0\0x\0INAM\x01\0\0\0y", Some("y"));
    }

    #[test]
    fn bext_may_end_anywhere() {
        let mut bytes = vec![0; 602];
        bytes[256..266].copy_from_slice(b"Originator");
        bytes[320..330].copy_from_slice(b"2017-10-06");
        bytes[338] = 7;
        for length in 0..=bytes.len() {
            let mut metadata = Metadata::new();
            read_bext(&bytes[..length], &mut metadata);
            assert_eq!(metadata.value("date").is_some(), length >= 330);
            assert_eq!(metadata.value("time_reference").is_some(), length >= 346);
        }
    }
}
