//! Damaged files: whatever is wrong with them, the answer is packets, frames and typed errors.

use rushes::{
    DecoderOptions, DemuxOptions, Error, ErrorKind, MediaKind, Source, TrackDecoder, open_demuxer,
};
use rushes_tests::{Random, data};

/// How much to do with what can still be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Depth {
    Demux,
    Decode,
}

/// Packets and frames that came out.
#[derive(Debug, Default, Eq, PartialEq)]
struct Survivors {
    packets: usize,
    frames: usize,
}

/// Reads all there is. Errors must be the file's fault, never the caller's or the system's.
fn read(bytes: &[u8], depth: Depth) -> Survivors {
    let mut survivors = Survivors::default();
    let mut demuxer = match open_demuxer(Source::bytes(bytes.to_vec()), &DemuxOptions::default()) {
        Ok(demuxer) => demuxer,
        Err(error) => {
            check(&error);
            return survivors;
        }
    };
    let mut decoders: Vec<Option<TrackDecoder>> = demuxer
        .tracks()
        .iter()
        .enumerate()
        .map(|(index, track)| {
            let decoded = matches!(track.kind(), MediaKind::Audio | MediaKind::Video);
            (decoded && depth == Depth::Decode)
                .then(|| TrackDecoder::new(index, track, &DecoderOptions::default()))?
                .inspect_err(check)
                .ok()
        })
        .collect();
    loop {
        match demuxer.next_packet() {
            Ok(None) => break,
            Err(error) => check(&error),
            Ok(Some(packet)) => {
                survivors.packets += 1;
                if let Some(decoder) = &mut decoders[packet.track] {
                    let _ = decoder.submit(&packet).inspect_err(check);
                    survivors.frames += take_frames(decoder);
                }
            }
        }
    }
    for decoder in decoders.iter_mut().flatten() {
        let _ = decoder.finish().inspect_err(check);
        survivors.frames += take_frames(decoder);
    }
    survivors
}

fn take_frames(decoder: &mut TrackDecoder) -> usize {
    let mut frames = 0;
    loop {
        match decoder.next_frame() {
            Ok(Some(_)) => frames += 1,
            Ok(None) => return frames,
            Err(error) => {
                check(&error);
                return frames;
            }
        }
    }
}

fn check(error: &Error) {
    assert!(
        matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unsupported | ErrorKind::Limit),
        "{:?}: {error}",
        error.kind()
    );
    assert!(!error.to_string().is_empty());
}

fn clip() -> Vec<u8> {
    std::fs::read(data("clip.mp4")).expect("part of the repository")
}

#[test]
fn the_whole_clip_survives_whole() {
    let whole = read(&clip(), Depth::Decode);
    assert_eq!(whole.packets, 60 + 88);
    assert!(whole.frames >= 60 + 86, "{whole:?}");
}

#[test]
fn truncated_at_any_byte() {
    let clip = clip();
    let whole = read(&clip, Depth::Demux);
    for end in (0..8192).chain((8192..clip.len()).step_by(61)) {
        let cut = read(&clip[..end], Depth::Demux);
        assert!(cut.packets <= whole.packets, "{end}: {cut:?}");
    }
}

#[test]
fn a_truncated_file_keeps_what_comes_before() {
    let clip = clip();
    let mut last = Survivors::default();
    for end in (0..=clip.len()).step_by(clip.len() / 24) {
        let cut = read(&clip[..end], Depth::Decode);
        assert!(cut.packets >= last.packets, "{end}: {cut:?} after {last:?}");
        last = cut;
    }
    assert!(last.packets > 100, "{last:?}");
}

#[test]
fn bits_flipped_anywhere() {
    let clip = clip();
    let mut random = Random::new(1);
    for round in 0..2000 {
        let mut bytes = clip.clone();
        // Half of the damage goes where the boxes are.
        let range = if round % 2 == 0 { clip.len() } else { 4096 };
        let at = random.below(range);
        bytes[at] ^= 1 << random.below(8);
        read(&bytes, if round % 10 == 0 { Depth::Decode } else { Depth::Demux });
    }
}

#[test]
fn wav_damaged_anywhere() {
    let tone = std::fs::read(data("tone.wav")).expect("part of the repository");
    assert!(read(&tone, Depth::Decode).frames > 0);
    for end in 0..tone.len() {
        read(&tone[..end], Depth::Decode);
    }
    for round in 0..1000 {
        let mut bytes = tone.clone();
        Random::new(round).damage(&mut bytes);
        read(&bytes, Depth::Decode);
    }
}
