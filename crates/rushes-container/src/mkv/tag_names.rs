//! Names of tags (RFC 9559, 5.1.8.1.2; the Matroska tag registry) and the keys of [`Metadata`](rushes_core::Metadata).

/// Key, and the name that is written for it, where that is not simply the key in capitals.
const NAMES: [(&str, &str); 2] = [("track", "PART_NUMBER"), ("performer", "LEAD_PERFORMER")];

/// Names that other writers use for a key.
const OTHER_NAMES: [(&str, &str); 2] = [("date", "DATE_RELEASED"), ("encoder", "ENCODED_USING")];

/// The name under which a key is stored.
pub(super) fn name_of(key: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == key);
    known.map_or_else(|| key.to_ascii_uppercase(), |(_, name)| (*name).to_owned())
}

#[cfg_attr(not(test), expect(dead_code, reason = "the demuxer that needs it is being written"))]
/// The key of a stored name.
pub(super) fn key_of(name: &str) -> String {
    let mut known = NAMES.iter().chain(&OTHER_NAMES);
    known
        .find(|(_, known)| known.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_ascii_lowercase(), |(key, _)| (*key).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back() {
        for key in
            ["title", "track", "performer", "date", "encoder", "replaygain_track_gain", "\u{e9}"]
        {
            assert_eq!(key_of(&name_of(key)), key);
        }
        assert_eq!(name_of("track"), "PART_NUMBER");
        assert_eq!(key_of("Date_Released"), "date");
    }
}
