//! The chunks around the sound.

use rushes_core::{Buffer, Error, Result};

use super::table::PacketTable;
use crate::blocks::{Sound, check_metadata, format_comes_later, read_up_to, skip_to};
use crate::id3::Tags;
use crate::input::Input;

/// Bytes of the edit count in front of the sound.
const EDIT_COUNT: u64 = 4;

/// What the chunks say.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) description: Option<Description>,
    pub(super) sound: Option<Sound>,
    pub(super) table: Option<PacketTable>,
    /// What the decoder needs, in Apple's wrapping.
    pub(super) cookie: Buffer,
    /// Tag and bitmap of the layout.
    pub(super) layout: Option<(u32, u32)>,
    pub(super) tags: Tags,
}

/// The chunk `desc`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Description {
    pub(super) sample_rate: u32,
    pub(super) format: [u8; 4],
    pub(super) flags: u32,
    /// Zero where they vary.
    pub(super) packet_bytes: u32,
    /// Zero where they vary.
    pub(super) packet_samples: u32,
    pub(super) channels: u16,
    pub(super) bits: u16,
}

impl Description {
    fn read(bytes: &[u8; 32]) -> Result<Self> {
        let word = |at: usize| {
            let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let [rate @ .., _, _, _, _, _, _, _, _] =
            bytes[..16].first_chunk::<16>().copied().unwrap_or([0; 16]);
        let rate = f64::from_be_bytes(rate).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "float to integer casts saturate, and NaN becomes zero"
        )]
        let sample_rate = rate as u32;
        let channels = u16::try_from(word(24)).unwrap_or(0);
        if sample_rate == 0 || channels == 0 {
            let message = format!("{} channels at {rate} Hz", word(24));
            return Err(Error::malformed(message));
        }
        Ok(Self {
            sample_rate,
            format: word(8).to_be_bytes(),
            flags: word(12),
            packet_bytes: word(16),
            packet_samples: word(20),
            channels,
            bits: u16::try_from(word(28)).unwrap_or(0),
        })
    }

    /// True where packets differ, so that only a table tells where they are.
    pub(super) const fn varies(&self) -> bool {
        self.packet_bytes == 0 || self.packet_samples == 0
    }
}

impl Header {
    /// Reads all chunks where the source seeks, else those before the sound.
    pub(super) fn read(input: &mut Input) -> Result<Self> {
        let signature: [u8; 8] = input.read_array()?;
        match signature {
            [b'c', b'a', b'f', b'f', 0, 1, _, _] => {}
            [b'c', b'a', b'f', b'f', high, low, ..] => {
                let version = u16::from_be_bytes([high, low]);
                return Err(Error::unsupported(format!("version {version} of CAF"), "version 1"));
            }
            _ => return Err(Error::malformed("this is no CAF file").at(0)),
        }
        let mut header = Self::default();
        while input.peek(12)?.len() == 12 {
            let offset = input.position();
            let kind: [u8; 4] = input.read_array()?;
            let size = i64::from_be_bytes(input.read_array()?);
            let name = String::from_utf8_lossy(&kind).into_owned();
            let within = |error: Error| error.at(offset).within(name.trim_end());
            let size = match u64::try_from(size) {
                Ok(size) => Some(size),
                // Sound of a writer that could not go back to fill the size in.
                Err(_) if size == -1 && &kind == b"data" => None,
                Err(_) => return Err(within(Error::malformed(format!("a chunk of {size} bytes")))),
            };
            let end = size.and_then(|size| input.position().checked_add(size));
            header.chunk(input, kind, size).map_err(within)?;
            let is_last = header.sound.is_some() && !input.is_seekable();
            let Some(end) = end.filter(|_| !is_last) else { break };
            if !skip_to(input, end)? {
                break;
            }
        }
        Ok(header)
    }

    fn chunk(&mut self, input: &mut Input, kind: [u8; 4], size: Option<u64>) -> Result<()> {
        let length = size.unwrap_or(0);
        match &kind {
            b"desc" if self.description.is_none() => {
                self.description = Some(Description::read(&input.read_array()?)?);
            }
            b"data" if self.sound.is_none() => {
                let is_known =
                    self.description.is_some_and(|known| !known.varies() || self.table.is_some());
                if !is_known && !input.is_seekable() {
                    return Err(format_comes_later());
                }
                input.skip(EDIT_COUNT)?;
                self.sound =
                    Some(Sound::here(input, size.map(|size| size.saturating_sub(EDIT_COUNT))));
            }
            b"pakt" if self.table.is_none() => {
                let limit = input.limits().index_bytes;
                if length > limit {
                    return Err(Error::limit("index_bytes", length, limit));
                }
                let description = self
                    .description
                    .ok_or_else(|| Error::malformed("packets in front of their description"))?;
                let bytes = read_up_to(input, length)?;
                self.table = Some(PacketTable::read(bytes, &description)?);
            }
            b"kuki" => {
                check_metadata(input, length)?;
                self.cookie = read_up_to(input, length)?;
            }
            b"chan" => {
                let [a, b, c, d, e, f, g, h] = input.read_array()?;
                let (tag, bitmap) = ([a, b, c, d], [e, f, g, h]);
                self.layout = Some((u32::from_be_bytes(tag), u32::from_be_bytes(bitmap)));
            }
            b"info" => {
                check_metadata(input, length)?;
                let bytes = read_up_to(input, length)?;
                read_info(bytes.get(4..).unwrap_or_default(), &mut self.tags);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Pairs of strings that end with a zero each.
fn read_info(bytes: &[u8], tags: &mut Tags) {
    let strings: Vec<_> = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    for pair in strings.chunks_exact(2) {
        let key = pair[0].to_lowercase();
        let key = match &*key {
            "tracknumber" | "track number" => "track",
            "year" | "recorded date" => "date",
            "comments" => "comment",
            "encoding application" => "encoder",
            key => key,
        };
        tags.set(key, &pair[1]);
    }
}
