//! The frame that holds no sound but what an encoder says of the stream: the tags of Xing and LAME ("Mp3 Info Tag rev 1"), the
//! `VBRI` tag of Fraunhofer. Neither is in a standard.

use rushes_core::MpegAudioHeader;

/// Samples by which every decoder lags behind, which encoders do not count.
pub(super) const DECODER_DELAY: u32 = 528 + 1;

/// What an encoder says of the stream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Info {
    /// Frames of the stream, without this one.
    pub(super) frames: Option<u32>,
    /// Bytes of the stream.
    pub(super) bytes: Option<u32>,
    pub(super) gaps: Option<Gaps>,
    /// Who wrote the stream; empty where nobody says.
    pub(super) encoder: String,
    /// All frames have the same bit rate.
    pub(super) constant: bool,
}

/// Samples that the encoder and the decoder add, and that are to be cut.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Gaps {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Info {
    /// Reads the first frame of a stream; `None` where it is a frame like the others.
    pub(super) fn read(header: &MpegAudioHeader, frame: &[u8]) -> Option<Self> {
        if header.layer() != 3 {
            return None;
        }
        let start = MpegAudioHeader::SIZE + header.side_bytes();
        // Most encoders leave the checksum out of account.
        let behind_checksum = if header.has_checksum() { start + 2 } else { start };
        let xing = [start, behind_checksum].into_iter().find_map(|at| Self::xing(frame.get(at..)?));
        let info = xing.or_else(|| Self::vbri(frame.get(MpegAudioHeader::SIZE + 32..)?))?;
        (info.frames.is_some() || info.bytes.is_some()).then_some(info)
    }

    fn xing(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let mut info = match &r.take()? {
            b"Xing" => Self::default(),
            b"Info" => Self { constant: true, ..Self::default() },
            _ => return None,
        };
        let flags = r.number()?;
        let mut field = |flag: u32| if flags & flag == 0 { Some(0) } else { r.number() };
        info.frames = field(1).filter(|frames| *frames > 0);
        info.bytes = field(2).filter(|bytes| *bytes > 0);
        if flags & 4 != 0 && r.take::<100>().is_none() {
            return Some(info);
        }
        if flags & 8 != 0 && r.number().is_none() {
            return Some(info);
        }
        info.lame(&mut r);
        Some(info)
    }

    /// The part that LAME added, and FFmpeg after it. Others leave it out or fill it with anything.
    fn lame(&mut self, r: &mut Reader<'_>) -> Option<()> {
        let encoder: [u8; 9] = r.take()?;
        if ![&b"LAME"[..], b"Lavf", b"Lavc"].iter().any(|name| encoder.starts_with(name)) {
            return None;
        }
        let name = encoder.split(|byte| *byte == 0).next().unwrap_or_default();
        self.encoder = String::from_utf8_lossy(name).trim_end().to_owned();
        // Revision, filter, gains, flags, bit rate.
        r.take::<12>()?;
        let [a, b, c] = r.take()?;
        let gaps = u32::from_be_bytes([0, a, b, c]);
        self.gaps = Some(Gaps {
            start: (gaps >> 12) + DECODER_DELAY,
            // The decoder's delay takes from the padding what it adds at the start.
            end: (gaps & 0xfff).saturating_sub(DECODER_DELAY),
        });
        Some(())
    }

    fn vbri(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        if r.take()? != *b"VBRI" || r.take()? != [0, 1] {
            return None;
        }
        // Delay, which decoders do not apply, and quality.
        r.take::<4>()?;
        let bytes = r.number().filter(|bytes| *bytes > 0);
        let frames = r.number().filter(|frames| *frames > 0);
        Some(Self { frames, bytes, ..Self::default() })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEREO: [u8; 4] = [0xff, 0xfb, 0x90, 0x00];

    fn frame(header: [u8; 4], offset: usize, body: &[u8]) -> Vec<u8> {
        let mut bytes = header.to_vec();
        bytes.resize(offset, 0);
        bytes.extend(body);
        bytes.resize(417.max(bytes.len()), 0);
        bytes
    }

    fn read(frame: &[u8]) -> Option<Info> {
        Info::read(&MpegAudioHeader::read(frame).expect("a header"), frame)
    }

    fn lame(name: &[u8; 9], gaps: [u8; 3]) -> Vec<u8> {
        let mut body = b"Info\0\0\0\x0f\0\0\0\x3d\0\0\x10\0".to_vec();
        body.extend([0; 104]);
        body.extend(name);
        body.extend([0; 12]);
        body.extend(gaps);
        body
    }

    #[test]
    fn frames_and_bytes() {
        let check = |header, offset, body: &[u8], expected: Option<(Option<u32>, Option<u32>)>| {
            let found = read(&frame(header, offset, body)).map(|info| (info.frames, info.bytes));
            assert_eq!(found, expected, "{body:?}");
        };
        check(STEREO, 36, b"Xing\0\0\0\x03\0\0\0\x07\0\0\x01\0", Some((Some(7), Some(256))));
        check(STEREO, 36, b"Xing\0\0\0\x02\0\0\x01\0", Some((None, Some(256))));
        check(STEREO, 36, b"Xing\0\0\0\x01\0\0\0\x07", Some((Some(7), None)));
        check([0xff, 0xfb, 0x90, 0xc0], 21, b"Info\0\0\0\x01\0\0\0\x07", Some((Some(7), None)));
        check([0xff, 0xf3, 0x90, 0xc0], 13, b"Info\0\0\0\x01\0\0\0\x07", Some((Some(7), None)));
        check([0xff, 0xfa, 0x90, 0x00], 38, b"Xing\0\0\0\x01\0\0\0\x07", Some((Some(7), None)));
        check([0xff, 0xfa, 0x90, 0x00], 36, b"Xing\0\0\0\x01\0\0\0\x07", Some((Some(7), None)));
        check(
            STEREO,
            36,
            b"VBRI\0\x01\x0d\xb1\0\x64\0\0\x01\0\0\0\0\x07",
            Some((Some(7), Some(256))),
        );
        check(STEREO, 36, b"VBRI\0\x02\x0d\xb1\0\x64\0\0\x01\0\0\0\0\x07", None);
        // Nothing said is nothing meant.
        check(STEREO, 36, b"Xing\0\0\0\0", None);
        check(STEREO, 36, b"Xing\0\0\0\x01\0\0\0\0", None);
        check(STEREO, 37, b"Xing\0\0\0\x01\0\0\0\x07", None);
        check([0xff, 0xfd, 0xa8, 0x00], 36, b"Xing\0\0\0\x01\0\0\0\x07", None);
    }

    #[test]
    fn gaps_of_known_encoders() {
        let check = |name, gaps, expected: Option<(u32, u32)>| {
            let info = read(&frame(STEREO, 36, &lame(name, gaps))).expect("a tag");
            assert_eq!(info.frames, Some(61));
            assert_eq!(info.gaps.map(|gaps| (gaps.start, gaps.end)), expected);
        };
        check(b"LAME3.100", [0x24, 0x04, 0xa0], Some((576 + 529, 1184 - 529)));
        check(b"Lavc58.54", [0x24, 0x00, 0x00], Some((1105, 0)));
        check(b"GOGO3.13\0", [0x24, 0x04, 0xa0], None);
        let info = read(&frame(STEREO, 36, &lame(b"Lavf\0\0\0\0\0", [0, 0, 0]))).expect("a tag");
        assert_eq!((info.encoder.as_str(), info.constant), ("Lavf", true));
    }

    #[test]
    fn tags_may_end_anywhere() {
        let whole = frame(STEREO, 36, &lame(b"LAME3.100", [0x24, 0x04, 0xa0]));
        for length in 4..=whole.len() {
            let info = read(&whole[..length]);
            assert_eq!(info.is_some(), length >= 48, "{length}");
            let gaps = info.and_then(|info| info.gaps);
            assert_eq!(gaps.is_some(), length >= 36 + 120 + 9 + 12 + 3, "{length}");
        }
    }
}
