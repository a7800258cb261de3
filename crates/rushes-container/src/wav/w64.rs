//! Sony's Wave64: WAVE with names of 16 bytes and sizes of 64 bits ("Sony Pictures Digital Wave 64", Sonic Foundry, 2002). Sizes
//! count the 24 bytes in front, and chunks start at multiples of 8.

use rushes_core::{Error, Result};

use super::chunks;
use super::demux::{FORMAT_BYTES, describe, opening};
use super::format::WaveFormat;
use crate::DemuxOptions;
use crate::blocks::{BlockDemuxer, Sound, check_metadata, format_comes_later, read_up_to, skip_to};
use crate::id3::Tags;
use crate::input::Input;

/// The name of the file, whose letters are small.
pub(super) const RIFF: [u8; 16] =
    name(*b"riff", [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00]);
const WAVE: [u8; 16] = name(*b"wave", TAIL);
const FMT: [u8; 16] = name(*b"fmt ", TAIL);
const DATA: [u8; 16] = name(*b"data", TAIL);
const LIST: [u8; 16] =
    name(*b"list", [0x2f, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00]);
const BEXT: [u8; 16] = name(*b"bext", TAIL);
const TAIL: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];

/// Bytes of the name and the size of a chunk.
const HEADER: u64 = 24;

const fn name(letters: [u8; 4], tail: [u8; 12]) -> [u8; 16] {
    let mut name = [0; 16];
    let mut at = 0;
    while at < 16 {
        name[at] = if at < 4 { letters[at] } else { tail[at - 4] };
        at += 1;
    }
    name
}

/// Reads everything but the sound.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<BlockDemuxer> {
    options.check_none("w64")?;
    let header: [u8; 40] = input.read_array()?;
    if header[..16] != RIFF || header[24..] != WAVE {
        return Err(Error::malformed("this is no Wave64 file").at(0));
    }
    let (mut format, mut sound, mut tags) = (None, None, Tags::default());
    while input.peek(24)?.len() == 24 {
        let offset = input.position();
        let chunk: [u8; 24] = input.read_array()?;
        let size = chunk[16..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let Some(length) = size.checked_sub(HEADER) else {
            return Err(Error::malformed(format!("a chunk of {size} bytes")).at(offset));
        };
        let within = |error: Error| error.at(offset);
        match (&chunk[..16], &format, &sound) {
            (kind, None, _) if kind == FMT => {
                let bytes = read_up_to(&mut input, length.min(FORMAT_BYTES))?;
                format = Some(WaveFormat::read(&bytes).map_err(within)?);
            }
            (kind, _, None) if kind == DATA => {
                sound = Some(Sound::here(&input, Some(length)));
                if !input.is_seekable() {
                    break;
                }
            }
            (kind, ..) if kind == LIST => {
                check_metadata(&input, length)?;
                let bytes = read_up_to(&mut input, length)?;
                if let Some(info) = bytes.strip_prefix(b"INFO") {
                    chunks::read_info(info, &mut tags.metadata);
                }
            }
            (kind, ..) if kind == BEXT => {
                check_metadata(&input, length)?;
                let bytes = read_up_to(&mut input, length)?;
                chunks::read_bext(&bytes, &mut tags.metadata);
            }
            _ => {}
        }
        let next = offset.checked_add(size).and_then(|end| end.checked_next_multiple_of(8));
        if !next.map_or(Ok(false), |next| skip_to(&mut input, next))? {
            break;
        }
    }
    let Some(sound) = sound else { return Err(Error::malformed("there is no 'data' chunk")) };
    let Some(format) = format else {
        let missing = Error::malformed("there is no 'fmt' chunk");
        return Err(if input.is_seekable() { missing } else { format_comes_later() });
    };
    let track = describe(&format)?;
    BlockDemuxer::new(input, opening("w64", &format, track, tags, sound))
}
