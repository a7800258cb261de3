//! ISO/IEC 14496-12, 12.1.3 and 12.2.3, and "Sound Sample Descriptions" of the QuickTime File Format: the bodies of
//! video and audio sample entries.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox, PlainBox};

/// A box whose payload is kept as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RawBox {
    pub(crate) kind: FourCc,
    pub(crate) payload: Vec<u8>,
}

/// Body of a video sample entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VisualEntry {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Pixels per inch, fixed point 16.16.
    pub(crate) resolution: (u32, u32),
    pub(crate) frames_per_sample: u16,
    /// Length and up to 31 characters.
    pub(crate) compressor: [u8; 32],
    /// Bits per pixel; above 32 for grey.
    pub(crate) depth: u16,
    /// Number of a colour table; -1 for none.
    pub(crate) color_table: i16,
    pub(crate) extensions: Vec<RawBox>,
}

/// Body of an audio sample entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AudioEntry {
    pub(crate) channels: u16,
    pub(crate) sample_bits: u16,
    /// -2 in QuickTime files with variable packet sizes; zero in ISO files.
    pub(crate) compression_id: i16,
    /// Samples per second, fixed point 16.16.
    pub(crate) sample_rate: u32,
    pub(crate) version: SoundVersion,
    pub(crate) extensions: Vec<RawBox>,
}

/// What QuickTime adds to an audio sample entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SoundVersion {
    /// Nothing. The number is zero, or one in ISO files with version 1 of `stsd`.
    Plain(u16),
    /// Sizes of compressed packets.
    One {
        samples_per_packet: u32,
        bytes_per_packet: u32,
        bytes_per_frame: u32,
        bytes_per_sample: u32,
    },
    /// Formats beyond 16 bits.
    Two {
        /// Bits of an `f64`, so that equality is that of the bytes.
        sample_rate: u64,
        channels: u32,
        bits: u32,
        /// 1 float, 2 big-endian, 4 signed integer, 8 packed, 16 aligned high, 32 planar.
        flags: u32,
        bytes_per_packet: u32,
        samples_per_packet: u32,
    },
}

impl RawBox {
    /// A box as raw bytes.
    pub(crate) fn plain<B: PlainBox>(value: &B) -> Self {
        let mut w = BoxWriter::new();
        value.write(&mut w);
        Self { kind: B::KIND, payload: w.into_bytes() }
    }

    /// A full box as raw bytes.
    pub(crate) fn full<B: FullBox>(value: &B) -> Self {
        let mut w = BoxWriter::new();
        w.u8(value.version());
        w.u24(value.flags());
        value.write(&mut w);
        Self { kind: B::KIND, payload: w.into_bytes() }
    }
}

/// The boxes in `bytes`, as far as they are whole.
pub(crate) fn read_boxes(bytes: &[u8]) -> Vec<RawBox> {
    let mut r = BoxReader::new(bytes, 0);
    let mut boxes = Vec::new();
    while let Ok(Some((kind, mut child))) = r.child() {
        boxes.push(RawBox { kind, payload: child.rest().to_vec() });
    }
    boxes
}

impl VisualEntry {
    /// Pictures of this size, all else as usual.
    pub(crate) const fn new(width: u16, height: u16) -> Self {
        Self {
            width,
            height,
            resolution: (72 << 16, 72 << 16),
            frames_per_sample: 1,
            compressor: [0; 32],
            depth: 24,
            color_table: -1,
            extensions: Vec::new(),
        }
    }

    pub(crate) fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.skip(16)?;
        let (width, height, resolution) = (r.u16()?, r.u16()?, (r.u32()?, r.u32()?));
        r.skip(4)?;
        let (frames_per_sample, compressor) = (r.u16()?, r.array()?);
        let (depth, color_table) = (r.u16()?, r.i16()?);
        // A palette follows where the depth needs one and no standard table is named.
        if color_table == 0 && matches!(depth & 0x1f, 1 | 2 | 4 | 8) && depth <= 32 {
            r.skip(6)?;
            let last = r.u16()?;
            r.skip((usize::from(last) + 1) * 8)?;
        }
        let extensions = read_extensions(r)?;
        Ok(Self {
            width,
            height,
            resolution,
            frames_per_sample,
            compressor,
            depth,
            color_table,
            extensions,
        })
    }

    pub(crate) fn write(&self, w: &mut BoxWriter) {
        w.zeros(16);
        w.u16(self.width);
        w.u16(self.height);
        w.u32(self.resolution.0);
        w.u32(self.resolution.1);
        w.zeros(4);
        w.u16(self.frames_per_sample);
        w.bytes(&self.compressor);
        w.u16(self.depth);
        w.i16(self.color_table);
        write_extensions(&self.extensions, w);
    }
}

impl AudioEntry {
    /// Reads the body. `quicktime` says whether a version above zero means QuickTime's fields.
    pub(crate) fn read(r: &mut BoxReader<'_>, quicktime: bool) -> Result<Self> {
        let number = r.u16()?;
        r.skip(6)?;
        let (channels, sample_bits, compression_id) = (r.u16()?, r.u16()?, r.i16()?);
        r.skip(2)?;
        let sample_rate = r.u32()?;
        let version = match number {
            1 if quicktime => SoundVersion::One {
                samples_per_packet: r.u32()?,
                bytes_per_packet: r.u32()?,
                bytes_per_frame: r.u32()?,
                bytes_per_sample: r.u32()?,
            },
            2 if quicktime => {
                r.skip(4)?;
                let (sample_rate, channels) = (r.u64()?, r.u32()?);
                r.skip(4)?;
                SoundVersion::Two {
                    sample_rate,
                    channels,
                    bits: r.u32()?,
                    flags: r.u32()?,
                    bytes_per_packet: r.u32()?,
                    samples_per_packet: r.u32()?,
                }
            }
            number => SoundVersion::Plain(number),
        };
        let extensions = read_extensions(r)?;
        Ok(Self { channels, sample_bits, compression_id, sample_rate, version, extensions })
    }

    pub(crate) fn write(&self, w: &mut BoxWriter) {
        w.u16(match self.version {
            SoundVersion::Plain(number) => number,
            SoundVersion::One { .. } => 1,
            SoundVersion::Two { .. } => 2,
        });
        w.zeros(6);
        w.u16(self.channels);
        w.u16(self.sample_bits);
        w.i16(self.compression_id);
        w.zeros(2);
        w.u32(self.sample_rate);
        match self.version {
            SoundVersion::Plain(_) => {}
            SoundVersion::One {
                samples_per_packet,
                bytes_per_packet,
                bytes_per_frame,
                bytes_per_sample,
            } => {
                [samples_per_packet, bytes_per_packet, bytes_per_frame, bytes_per_sample]
                    .iter()
                    .for_each(|value| w.u32(*value));
            }
            SoundVersion::Two {
                sample_rate,
                channels,
                bits,
                flags,
                bytes_per_packet,
                samples_per_packet,
            } => {
                // Size of the fixed part of the whole entry, and a constant of the format.
                w.u32(72);
                w.u64(sample_rate);
                w.u32(channels);
                w.u32(0x7f00_0000);
                [bits, flags, bytes_per_packet, samples_per_packet]
                    .iter()
                    .for_each(|value| w.u32(*value));
            }
        }
        write_extensions(&self.extensions, w);
    }
}

/// The boxes at the end of a sample entry. Bytes that are no box end the list: writers leave all sorts of padding here,
/// and the codec's own boxes come first.
fn read_extensions(r: &mut BoxReader<'_>) -> Result<Vec<RawBox>> {
    let mut extensions = Vec::new();
    loop {
        match r.child() {
            Ok(Some((kind, mut child))) => {
                extensions.push(RawBox { kind, payload: child.rest().to_vec() });
            }
            Ok(None) => return Ok(extensions),
            Err(_) if !extensions.is_empty() => return Ok(extensions),
            Err(error) => return Err(error),
        }
    }
}

fn write_extensions(extensions: &[RawBox], w: &mut BoxWriter) {
    for extension in extensions {
        w.boxed(extension.kind, |w| w.bytes(&extension.payload));
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn check<T: Debug + PartialEq>(
        body: &[u8],
        expected: &T,
        fixed: usize,
        read: impl Fn(&mut BoxReader<'_>) -> Result<T>,
        write: impl Fn(&T, &mut BoxWriter),
    ) {
        assert_eq!(read(&mut BoxReader::new(body, 0)).expect("whole"), *expected);
        let mut w = BoxWriter::new();
        write(expected, &mut w);
        assert_eq!(w.into_bytes(), body);
        for cut in 0..fixed {
            read(&mut BoxReader::new(&body[..cut], 0)).expect_err("cut");
        }
    }

    fn extension() -> Vec<RawBox> {
        vec![RawBox { kind: FourCc(*b"pasp"), payload: vec![0, 0, 0, 1, 0, 0, 0, 2] }]
    }

    const PASP: &[u8] = b"\0\0\0\x10pasp\0\0\0\x01\0\0\0\x02";

    #[test]
    fn visual_round_trip() {
        let head = b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x40\0\xb4\0\x48\0\0\0\x48\0\0\0\0\0\0\
            \0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x18\xff\xff";
        let entry = VisualEntry { extensions: extension(), ..VisualEntry::new(320, 180) };
        let body = [head, PASP].concat();
        check(&body, &entry, head.len(), VisualEntry::read, VisualEntry::write);
    }

    #[test]
    fn audio_round_trip() {
        let check_version = |number: u8, fields: &[u8], version| {
            let entry = AudioEntry {
                channels: 2,
                sample_bits: 16,
                compression_id: -2,
                sample_rate: 44_100 << 16,
                version,
                extensions: extension(),
            };
            let head = b"\0\0\0\0\0\0\0\x02\0\x10\xff\xfe\0\0\xac\x44\0\0";
            let body = [&[0, number], &head[..], fields, PASP].concat();
            let read = |r: &mut BoxReader<'_>| AudioEntry::read(r, true);
            check(&body, &entry, 20 + fields.len(), read, AudioEntry::write);
        };
        check_version(0, b"", SoundVersion::Plain(0));
        let one = SoundVersion::One {
            samples_per_packet: 1,
            bytes_per_packet: 2,
            bytes_per_frame: 3,
            bytes_per_sample: 4,
        };
        check_version(1, b"\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04", one);
        let two = SoundVersion::Two {
            sample_rate: 48_000_f64.to_bits(),
            channels: 6,
            bits: 24,
            flags: 12,
            bytes_per_packet: 18,
            samples_per_packet: 1,
        };
        let fields = b"\0\0\0\x48\x40\xe7\x70\0\0\0\0\0\0\0\0\x06\x7f\0\0\0\
            \0\0\0\x18\0\0\0\x0c\0\0\0\x12\0\0\0\x01";
        check_version(2, fields, two);
    }

    #[test]
    fn padding_behind_the_extensions_is_no_error() {
        let mut w = BoxWriter::new();
        VisualEntry { extensions: extension(), ..VisualEntry::new(2, 2) }.write(&mut w);
        w.bytes(b"\0\0\0\0\0\0\0\0\0");
        let entry = VisualEntry::read(&mut BoxReader::new(&w.into_bytes(), 0)).expect("padded");
        assert_eq!(entry.extensions, extension());
    }
}
