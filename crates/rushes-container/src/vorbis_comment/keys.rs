//! Names of comments, and the keys that all containers share. The first of several names is the one that is written.

/// Names that differ from their key in more than case. FFmpeg and players agree on these.
const NAMES: [(&str, &str); 11] = [
    ("TRACKNUMBER", "track"),
    ("TRACK", "track"),
    ("DISCNUMBER", "disc"),
    ("DISC", "disc"),
    ("ALBUMARTIST", "album_artist"),
    ("ALBUM ARTIST", "album_artist"),
    ("ALBUMARTISTSORT", "album_artist-sort"),
    ("ALBUMSORT", "album-sort"),
    ("ARTISTSORT", "artist-sort"),
    ("TITLESORT", "title-sort"),
    ("COMPOSERSORT", "composer-sort"),
];

/// The key of a comment.
pub(super) const COMMENT: &str = "comment";
/// The key of a comment called DESCRIPTION beside one called COMMENT.
pub(super) const DESCRIPTION: &str = "description";
/// Keys that mean something in other containers only.
const FOREIGN: [&str; 6] = [
    "handler_name",
    "vendor_id",
    "major_brand",
    "minor_version",
    "compatible_brands",
    "creation_time",
];

/// The key for a name.
pub(super) fn key_of(name: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    known.map_or_else(|| name.to_lowercase(), |(_, key)| (*key).to_owned())
}

/// The name for a key; `None` for a key that is not to be written, or that no comment can be called.
pub(super) fn name_of(key: &str) -> Option<String> {
    if FOREIGN.contains(&key) {
        return None;
    }
    let known = NAMES.iter().find(|(_, known)| *known == key);
    let name = known.map_or_else(|| key.to_uppercase(), |(name, _)| (*name).to_owned());
    let allowed =
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b' '..=b'}') && byte != b'=');
    allowed.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip() {
        for key in
            ["title", "track", "disc", "album_artist", "artist-sort", "comment", "language", "mood"]
        {
            let name = name_of(key).expect("allowed");
            assert_eq!(name, name.to_uppercase());
            assert_eq!(key_of(&name), key);
        }
        for key in ["", "a=b", "é", "handler_name"] {
            assert_eq!(name_of(key), None, "{key}");
        }
    }
}
