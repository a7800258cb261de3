//! AAC as a stream of ADTS frames: ISO/IEC 13818-7, 6.2, and ISO/IEC 14496-3, 1.A.3; with the tags that people put around it.

mod mux;
mod open;

use rushes_core::CodecId;

use self::mux::AdtsMuxer;
use crate::Format;
use crate::bitstream::AdtsHeader;
use crate::framed::FrameHeader;
use crate::probe::{self, Score};
use crate::registry::{Entry, FormatReader};
use crate::tags::tail;

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "aac",
        long_name: "AAC in ADTS frames",
        extensions: &["aac", "adts"],
        default_video: None,
        default_audio: Some(CodecId::Aac),
    },
    reader: Some(FormatReader {
        probe,
        open: |input, options| Ok(Box::new(open::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(AdtsMuxer::create(sink, tracks, options)?))),
}];

impl FrameHeader for AdtsHeader {
    const FORMAT: &'static str = "aac";
    const WHAT: &'static str = "AAC";
    const SIZE: usize = Self::SIZE;
    const TICKS: u32 = 28_224_000;

    fn read(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.is_like(other)
    }

    fn frame_bytes(&self, _free: Option<usize>) -> Option<usize> {
        Some(self.frame_bytes())
    }

    fn ticks(&self) -> u64 {
        // All sample rates divide the time base.
        u64::from(self.samples()) * u64::from(Self::TICKS / self.sample_rate())
    }
}

/// Frames in a row that no other data happens to look like.
const SURE: usize = 3;

/// Tells streams of frames, also behind a little of anything else.
fn probe(start: &[u8]) -> Option<Score> {
    let is_stream = |bytes: &[u8]| match chain(bytes) {
        (frames, _) if frames >= SURE => true,
        // A few are enough where they are all there is.
        (frames, whole) => frames > 1 && whole,
    };
    if is_stream(start) {
        return Some(Score::Likely);
    }
    // Containers hold such frames as well.
    let found = !probe::is_known(start) && (1..start.len()).any(|at| is_stream(&start[at..]));
    found.then_some(Score::Likely)
}

/// Frames that follow one another, and whether nothing else is behind them, as far as can be seen, but a tag.
fn chain(bytes: &[u8]) -> (usize, bool) {
    let Some(first) = AdtsHeader::read(bytes) else { return (0, false) };
    let (mut frames, mut rest) = (0, bytes);
    while frames < SURE {
        let header = AdtsHeader::read(rest).filter(|header| header.is_like(&first));
        // Tags between frames carry times in live streams.
        let tag = || tail::length(rest).and_then(|length| usize::try_from(length).ok());
        let Some(length) = header.map(|header| header.frame_bytes()).or_else(tag) else { break };
        frames += usize::from(header.is_some());
        match rest.get(length..) {
            Some(behind) => rest = behind,
            // The rest is out of sight.
            None => return (frames, true),
        }
    }
    (frames, rest.len() < AdtsHeader::SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: [u8; 10] = [0xff, 0xf1, 0x50, 0x80, 0x01, 0x5f, 0xfc, 0x21, 0x10, 0x05];

    #[test]
    fn streams_of_frames_probe() {
        let check = |bytes: &[u8], expected: bool| {
            assert_eq!(probe(bytes).is_some(), expected, "{bytes:02x?}");
        };
        check(&FRAME.repeat(3), true);
        check(&FRAME.repeat(2), true);
        check(&FRAME.repeat(500)[..4096], true);
        check(&FRAME.repeat(2)[..17], true);
        check(&FRAME, false);
        check(&[b"junk", &*FRAME.repeat(2)].concat(), true);
        check(&[&*FRAME.repeat(2), b"TAG and so on"].concat(), true);
        check(&[&*FRAME.repeat(2), b"something else"].concat(), false);
        check(&[&FRAME, &b"ID3\x04\0\0\0\0\0\x01x"[..], &*FRAME.repeat(2)].concat(), true);
        check(&[b"RIFF\0\0\0\0AVI LIST", &*FRAME.repeat(9)].concat(), false);
        check(&[0xff, 0xfb, 0x90, 0x00].repeat(100), false);
        check(&[0xff; 64], false);
        check(&[], false);
    }
}
