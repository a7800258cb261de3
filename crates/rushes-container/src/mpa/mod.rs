//! MPEG audio, layers 1 to 3, as a stream of frames: ISO/IEC 11172-3 and 13818-3; with the tags that people put around it.

mod header;
mod info;
mod info_frame;
mod mux;
mod open;

use rushes_core::{CodecId, MpegAudioHeader};

use self::mux::Mp3Muxer;
use crate::framed::FrameHeader;
use crate::probe::{self, Score};
use crate::registry::{Entry, FormatReader};
use crate::tags::tail;
use crate::{Format, id3};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "mp3",
        long_name: "MP3 (MPEG audio, layers 1 to 3)",
        extensions: &["mp3", "mp2", "mp1", "mpa", "m2a", "mpga"],
        default_video: None,
        default_audio: Some(CodecId::Mp3),
    },
    reader: Some(FormatReader {
        probe,
        open: |input, options| Ok(Box::new(open::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(Mp3Muxer::create(sink, tracks, options)?))),
}];

/// Frames in a row that no other data happens to look like.
const SURE: usize = 3;

/// Tells streams of frames, behind tags or a little of anything else.
fn probe(start: &[u8]) -> Option<Score> {
    if id3::Header::read(start).is_some() {
        // What is behind the tag may be out of sight.
        return Some(Score::Likely);
    }
    let zeros = start.iter().take_while(|byte| **byte == 0).count();
    let sound = &start[zeros..];
    let chain = Chain::follow(sound);
    if chain.frames >= SURE || (chain.frames == 2 && chain.whole) {
        return Some(Score::Likely);
    }
    // Containers hold such frames as well, a few at a time.
    let foreign = probe::is_known(start) && chain.frames == 0;
    let found = !foreign
        && (1..=sound.len() / 2).any(|at| {
            let chain = Chain::follow(&sound[at..]);
            chain.frames > SURE && chain.whole
        });
    found.then_some(Score::Likely)
}

/// Frames that follow one another.
struct Chain {
    frames: usize,
    /// Nothing else is behind them, as far as can be seen, but the start of a frame or a tag.
    whole: bool,
}

impl Chain {
    fn follow(bytes: &[u8]) -> Self {
        let mut chain = Self { frames: 0, whole: false };
        let Some(first) = MpegAudioHeader::read(bytes) else { return chain };
        let free = if first.bit_rate().is_none() { first.free(bytes) } else { None };
        let mut rest = bytes;
        while let Some(header) = MpegAudioHeader::read(rest).filter(|other| first.is_like(other)) {
            let Some(size) = FrameHeader::frame_bytes(&header, free) else { return chain };
            chain.frames += 1;
            match rest.get(size..) {
                Some(behind) => rest = behind,
                None => {
                    chain.whole = true;
                    return chain;
                }
            }
        }
        chain.whole = rest.len() < MpegAudioHeader::SIZE || tail::is_tag(rest);
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(header: [u8; 4], count: usize) -> Vec<u8> {
        let size = MpegAudioHeader::read(&header).and_then(|header| header.frame_bytes());
        let mut frame = header.to_vec();
        frame.resize(size.expect("a bit rate"), 0x55);
        frame.repeat(count)
    }

    #[test]
    fn streams_of_frames_probe() {
        let check = |bytes: &[u8], expected: bool| {
            assert_eq!(probe(bytes).is_some(), expected, "{:02x?}", &bytes[..bytes.len().min(8)]);
        };
        let mp3 = [0xff, 0xfb, 0x90, 0x00];
        check(&frames(mp3, 3), true);
        check(&frames(mp3, 2), true);
        check(&frames(mp3, 1), false);
        check(&frames(mp3, 5)[..1000], true);
        check(&[vec![0; 100], frames(mp3, 3)].concat(), true);
        check(&[frames(mp3, 2), b"TAG and so on".to_vec()].concat(), true);
        check(&[frames(mp3, 2), b"else".to_vec()].concat(), false);
        check(&frames([0xff, 0xfd, 0xa8, 0x00], 4), true);
        check(&frames([0xff, 0xff, 0xb0, 0x00], 4), true);
        // Junk in front needs more frames behind.
        check(&[b"junk".to_vec(), frames(mp3, 3)].concat(), false);
        check(&[b"junk".to_vec(), frames(mp3, 4)].concat(), true);
        check(b"ID3\x03\0\0\0\0\x02\x01TIT2", true);
        // ADTS, a JPEG, a WAVE file and an AVI file with such sound inside.
        check(&[0xff, 0xf1, 0x50, 0x80, 0x04, 0x3f, 0xfc].repeat(100), false);
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", false);
        check(&[b"RIFF\0\0\0\0WAVEfmt ".to_vec(), frames(mp3, 6)].concat(), false);
        check(&[b"RIFF\0\0\0\0AVI LIST".to_vec(), frames(mp3, 6)].concat(), false);
        check(&[], false);
        check(&[0; 64], false);
        check(&[0xff; 64], false);
    }
}
