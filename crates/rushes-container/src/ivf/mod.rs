//! IVF: the file of the VP8 and AV1 projects' own tools, of frames behind their length and time.

mod demux;
mod mux;

use rushes_core::{CodecId, Error, MediaKind, Result, TimeBase};

use self::demux::IvfDemuxer;
use self::mux::IvfMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "ivf",
        long_name: "IVF (On2)",
        extensions: &["ivf"],
        default_video: Some(CodecId::Av1),
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| (start.starts_with(b"DKIF\0\0")).then_some(Score::Certain),
        open: |input, options| Ok(Box::new(IvfDemuxer::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(IvfMuxer::create(sink, tracks, options)?))),
}];

/// Codecs and their codes; the first code of a codec is the one that is written.
const CODES: [([u8; 4], CodecId); 9] = [
    (*b"VP80", CodecId::Vp8),
    (*b"VP90", CodecId::Vp9),
    (*b"AV01", CodecId::Av1),
    (*b"H264", CodecId::H264),
    (*b"AVC1", CodecId::H264),
    (*b"HEVC", CodecId::Hevc),
    (*b"H265", CodecId::Hevc),
    (*b"hev1", CodecId::Hevc),
    (*b"MJPG", CodecId::Mjpeg),
];

/// The header of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Header {
    /// Bytes of the header.
    length: u16,
    code: [u8; 4],
    width: u16,
    height: u16,
    base: TimeBase,
    /// Frames of the file; 0 or anything else where the writer did not know.
    frames: u32,
}

impl Header {
    const SIZE: u16 = 32;

    fn read(bytes: &[u8; 32]) -> Result<Self> {
        let [b'D', b'K', b'I', b'F', v0, v1, l0, l1, c0, c1, c2, c3, rest @ ..] = *bytes else {
            return Err(Error::malformed("this is no IVF file").at(0));
        };
        let version = u16::from_le_bytes([v0, v1]);
        if version != 0 {
            return Err(Error::unsupported(format!("IVF version {version}"), "0"));
        }
        let [w0, w1, h0, h1, d0, d1, d2, d3, n0, n1, n2, n3, f0, f1, f2, f3, _, _, _, _] = rest;
        let denom = u32::from_le_bytes([d0, d1, d2, d3]);
        let numer = u32::from_le_bytes([n0, n1, n2, n3]);
        let base = TimeBase::new(numer, denom)
            .ok_or_else(|| Error::malformed(format!("{numer}/{denom} is no time base")).at(16))?;
        Ok(Self {
            length: u16::from_le_bytes([l0, l1]),
            code: [c0, c1, c2, c3],
            width: u16::from_le_bytes([w0, w1]),
            height: u16::from_le_bytes([h0, h1]),
            base,
            frames: u32::from_le_bytes([f0, f1, f2, f3]),
        })
    }

    fn write(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(b"DKIF\0\0");
        put(&self.length.to_le_bytes());
        put(&self.code);
        put(&self.width.to_le_bytes());
        put(&self.height.to_le_bytes());
        put(&self.base.denom().to_le_bytes());
        put(&self.base.numer().to_le_bytes());
        put(&self.frames.to_le_bytes());
        bytes
    }

    fn codec(&self) -> CodecId {
        let known = CODES.iter().find(|(code, _)| *code == self.code);
        known.map_or_else(
            || {
                let code = String::from_utf8_lossy(&self.code);
                CodecId::Unknown(MediaKind::Video, code.trim_end_matches('\0').to_owned())
            },
            |(_, codec)| codec.clone(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip() {
        let header = Header {
            length: 32,
            code: *b"VP90",
            width: 352,
            height: 288,
            base: TimeBase::new(1001, 30_000).expect("not zero"),
            frames: 7,
        };
        assert_eq!(Header::read(&header.write()).expect("valid"), header);
        assert_eq!(header.codec(), CodecId::Vp9);
        let mut bytes = header.write();
        bytes[4] = 1;
        assert!(matches!(Header::read(&bytes), Err(Error::Unsupported(_))));
        let mut bytes = header.write();
        bytes[16..20].fill(0);
        assert!(matches!(Header::read(&bytes), Err(Error::Malformed(_))));
        let unknown = Header { code: *b"XVID", ..header };
        assert_eq!(unknown.codec(), CodecId::Unknown(MediaKind::Video, "XVID".to_owned()));
    }
}
