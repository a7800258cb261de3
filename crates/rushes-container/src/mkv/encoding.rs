//! What was done to the frames of a track before they were stored: RFC 9559, 5.1.4.1.31.

use std::io::Read;

use rushes_core::{Buffer, Error, Limits, Result};

use super::ebml::Element;
use super::ids;

/// Frames are encoded.
const SCOPE_FRAMES: u64 = 1;
/// The private data of the codec is encoded.
const SCOPE_PRIVATE: u64 = 2;

/// All encodings of a track, the last one that was applied first.
#[derive(Clone, Debug, Default)]
pub(super) struct Encodings {
    list: Vec<Encoding>,
    /// Why the track cannot be decoded.
    pub(super) unsupported: Option<String>,
}

#[derive(Clone, Debug)]
struct Encoding {
    order: u64,
    scope: u64,
    method: Method,
}

#[derive(Clone, Debug)]
enum Method {
    Zlib,
    Bzip2,
    /// Bytes that every frame starts with are left out.
    HeaderStripping(Buffer),
}

impl Encodings {
    /// Reads `ContentEncodings`.
    pub(super) fn read(element: &Element<'_>) -> Result<Self> {
        let mut encodings = Self::default();
        let mut children = element.children();
        while let Some(child) = children.next()? {
            if child.id == ids::CONTENT_ENCODING {
                encodings.read_one(&child)?;
            }
        }
        encodings.list.sort_by_key(|encoding| std::cmp::Reverse(encoding.order));
        Ok(encodings)
    }

    fn read_one(&mut self, element: &Element<'_>) -> Result<()> {
        let (mut order, mut scope, mut kind) = (0, SCOPE_FRAMES, 0);
        let (mut algorithm, mut settings) = (0, &[][..]);
        let mut children = element.children();
        while let Some(child) = children.next()? {
            match child.id {
                ids::CONTENT_ENCODING_ORDER => order = child.uint()?,
                ids::CONTENT_ENCODING_SCOPE => scope = child.uint()?,
                ids::CONTENT_ENCODING_TYPE => kind = child.uint()?,
                ids::CONTENT_COMPRESSION => {
                    let mut children = child.children();
                    while let Some(child) = children.next()? {
                        match child.id {
                            ids::CONTENT_COMP_ALGO => algorithm = child.uint()?,
                            ids::CONTENT_COMP_SETTINGS => settings = child.data,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let method = match (kind, algorithm) {
            (0, 0) => Method::Zlib,
            (0, 1) => Method::Bzip2,
            (0, 3) => Method::HeaderStripping(Buffer::from(settings)),
            (0, 2) => return self.give_up("LZO compression".to_owned()),
            (0, other) => return self.give_up(format!("compression method {other}")),
            (1, _) => return self.give_up("encryption".to_owned()),
            (other, _) => return self.give_up(format!("content encoding {other}")),
        };
        self.list.push(Encoding { order, scope, method });
        Ok(())
    }

    fn give_up(&mut self, reason: String) -> Result<()> {
        self.unsupported.get_or_insert(reason);
        Ok(())
    }

    /// True where frames are stored as they are, or as nobody here can undo.
    pub(super) fn is_plain(&self) -> bool {
        self.list.is_empty() || self.unsupported.is_some()
    }

    /// True where frames are stored as they are.
    pub(super) fn is_none(&self) -> bool {
        self.list.is_empty() && self.unsupported.is_none()
    }

    /// A frame as the codec wants it.
    pub(super) fn decode_frame(&self, frame: Buffer, limits: &Limits) -> Result<Buffer> {
        self.decode(frame, SCOPE_FRAMES, limits)
    }

    /// Private data as the codec wants it.
    pub(super) fn decode_private(&self, private: Buffer, limits: &Limits) -> Result<Buffer> {
        if private.is_empty() { Ok(private) } else { self.decode(private, SCOPE_PRIVATE, limits) }
    }

    fn decode(&self, mut data: Buffer, scope: u64, limits: &Limits) -> Result<Buffer> {
        if self.is_plain() {
            return Ok(data);
        }
        for encoding in self.list.iter().filter(|encoding| encoding.scope & scope != 0) {
            data = encoding.method.decode(&data, limits)?;
        }
        Ok(data)
    }
}

impl Method {
    fn decode(&self, data: &Buffer, limits: &Limits) -> Result<Buffer> {
        let most = usize::try_from(limits.alloc_bytes).unwrap_or(usize::MAX);
        match self {
            Self::HeaderStripping(header) => {
                let mut whole = Vec::with_capacity(header.len() + data.len());
                whole.extend_from_slice(header);
                whole.extend_from_slice(data);
                Ok(whole.into())
            }
            Self::Zlib => {
                use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
                decompress_to_vec_zlib_with_limit(data, most).map(Buffer::from).map_err(|error| {
                    if error.status == TINFLStatus::HasMoreOutput {
                        Error::limit(
                            "alloc_bytes",
                            limits.alloc_bytes.saturating_add(1),
                            limits.alloc_bytes,
                        )
                    } else {
                        Error::malformed("broken zlib compression of a frame")
                    }
                })
            }
            Self::Bzip2 => {
                let mut whole = Vec::new();
                let limit = limits.alloc_bytes.saturating_add(1);
                bzip2::read::BzDecoder::new(&data[..])
                    .take(limit)
                    .read_to_end(&mut whole)
                    .map_err(|_| Error::malformed("broken bzip2 compression of a frame"))?;
                limits.check_alloc(whole.len() as u64)?;
                Ok(whole.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn encodings(bytes: &[u8]) -> Encodings {
        Encodings::read(&Element { id: ids::CONTENT_ENCODINGS, data: bytes, offset: 0 })
            .expect("valid")
    }

    /// A `ContentEncoding` of this order and algorithm.
    fn encoding(order: u8, algorithm: u8, settings: &[u8]) -> Vec<u8> {
        let mut compression = vec![0x42, 0x54, 0x81, algorithm, 0x42, 0x55];
        compression.push(0x80 | u8::try_from(settings.len()).expect("short"));
        compression.extend(settings);
        let mut body = vec![0x50, 0x31, 0x81, order, 0x50, 0x34];
        body.push(0x80 | u8::try_from(compression.len()).expect("short"));
        body.extend(compression);
        let mut all = vec![0x62, 0x40, 0x80 | u8::try_from(body.len()).expect("short")];
        all.extend(body);
        all
    }

    #[test]
    fn encodings_are_undone_in_order() {
        let zlib = miniz_oxide::deflate::compress_to_vec_zlib(b"cdef", 6);
        let both = [encoding(0, 3, b"ab"), encoding(1, 0, b"")].concat();
        let limits = Limits::default();
        let frame = encodings(&both).decode_frame(zlib.clone().into(), &limits).expect("valid");
        assert_eq!(&*frame, b"abcdef");
        let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        writer.write_all(b"hello").expect("memory");
        let packed = writer.finish().expect("memory");
        let bzip2 = encodings(&encoding(0, 1, b""));
        assert_eq!(&*bzip2.decode_frame(packed.clone().into(), &limits).expect("valid"), b"hello");
        for length in 0..packed.len() {
            let cut = packed[..length].to_vec();
            assert!(bzip2.decode_frame(cut.into(), &limits).is_err(), "{length}");
        }
        let zip = encodings(&encoding(0, 0, b""));
        for length in 0..zlib.len() {
            assert!(zip.decode_frame(zlib[..length].to_vec().into(), &limits).is_err(), "{length}");
        }
        // Private data is out of the scope.
        assert_eq!(&*zip.decode_private(b"x".to_vec().into(), &limits).expect("as it is"), b"x");
    }

    #[test]
    fn bombs_meet_the_limit() {
        let mut limits = Limits::default();
        limits.alloc_bytes = 1000;
        let zlib = miniz_oxide::deflate::compress_to_vec_zlib(&[0; 100_000], 6);
        let error = encodings(&encoding(0, 0, b"")).decode_frame(zlib.into(), &limits);
        assert!(matches!(error, Err(Error::Limit(_))), "{error:?}");
        let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        writer.write_all(&[0; 100_000]).expect("memory");
        let packed = writer.finish().expect("memory");
        let error = encodings(&encoding(0, 1, b"")).decode_frame(packed.into(), &limits);
        assert!(matches!(error, Err(Error::Limit(_))), "{error:?}");
    }

    #[test]
    fn what_cannot_be_undone_is_named() {
        let lzo = encodings(&encoding(0, 2, b""));
        assert_eq!(lzo.unsupported.as_deref(), Some("LZO compression"));
        let encrypted = encodings(&[0x62, 0x40, 0x84, 0x50, 0x33, 0x81, 1]);
        assert_eq!(encrypted.unsupported.as_deref(), Some("encryption"));
        assert!(encrypted.is_plain());
    }
}
