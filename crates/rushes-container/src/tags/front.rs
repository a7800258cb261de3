//! Tags in front of the sound: `ID3v2`, one after another.

use rushes_core::{Error, Result};

use crate::id3::{self, Tags};
use crate::input::Input;
use crate::probe;

/// Reads the tags in front of the sound, and returns where they end.
pub(crate) fn read(input: &mut Input, tags: &mut Tags) -> Result<u64> {
    while let Some(header) = id3::Header::read(input.peek(id3::Header::SIZE)?) {
        let limit = input.limits().metadata_bytes;
        if header.size > limit {
            return Err(Error::limit("metadata_bytes", header.size, limit));
        }
        input.skip(id3::Header::SIZE as u64)?;
        let body = input.read_payload(header.size).map_err(|error| error.within("ID3"))?;
        id3::read_v2(header, &body, tags);
    }
    Ok(input.position())
}

/// The error for an input without frames, which says what there is instead.
pub(crate) fn no_sound(input: &mut Input, sound: u64, what: &str) -> Error {
    let start = input.seek(sound).and_then(|()| input.peek(64));
    match start {
        Ok([]) => Error::malformed("there is no sound behind the tags").at(sound),
        Ok(start) if sound > 0 && probe::is_known(start) => {
            let found = probe::nature(start);
            Error::unsupported(format!("{found} behind an ID3 tag"), what)
        }
        Ok(start) => {
            let found = probe::nature(start);
            Error::malformed(format!("no frames of {what}; there is {found}")).at(sound)
        }
        Err(error) => error,
    }
}
