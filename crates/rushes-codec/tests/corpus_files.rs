//! All H.264, VP8 and VP9 of the corpus that is in containers, frame by frame against FFmpeg.
#![cfg(any(feature = "h264-high444", feature = "vp8", feature = "vp9"))]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use md5::{Digest, Md5};
use rushes_codec::{Decoder, DecoderOptions, decoder_for};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{CodecId, Frame, Result, VideoFrame};
use serde_json::Value;

#[cfg(feature = "h264-high444")]
#[test]
fn h264_decodes_to_ffmpegs_frames() {
    check(&CodecId::H264, 60, &[]);
}

#[cfg(feature = "vp8")]
#[test]
fn vp8_decodes_to_ffmpegs_frames() {
    check(&CodecId::Vp8, 40, &[]);
}

#[cfg(feature = "vp9")]
#[test]
fn vp9_decodes_to_ffmpegs_frames() {
    check(&CodecId::Vp9, 80, &[]);
}

/// Decodes each track of the codec that FFmpeg decodes without a word of complaint; `known` are the files that are known to
/// differ.
fn check(codec: &CodecId, least: usize, known: &[&str]) {
    let Some(entries) = corpus::entries() else { return };
    let mut wrong = Vec::new();
    let mut checked = 0;
    // Raw streams have no times, and tests of their own.
    for entry in entries.iter().filter(|entry| !matches!(&*entry.container, "h264" | "hevc")) {
        let oracle = entry.oracle();
        let Some((stream, expected, capped)) = expected(&oracle, codec) else { continue };
        checked += 1;
        let problem = match decode(entry.bytes(), codec, stream) {
            Err(error) => error.to_string(),
            Ok(mut frames) => {
                if capped {
                    frames.truncate(expected.len());
                }
                if frames == expected {
                    continue;
                }
                let equal = frames.iter().zip(&expected).filter(|(one, other)| one == other);
                let (count, wanted) = (frames.len(), expected.len());
                format!("{count} frames, {wanted} expected, {} equal", equal.count())
            }
        };
        if !known.contains(&&*entry.path) {
            wrong.push(format!("{}: {problem}", entry.path));
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked >= least, "only {checked} were checked");
}

/// The stream of the codec, and FFmpeg's frames of it; whether these are only the first ones.
fn expected(oracle: &Value, codec: &CodecId) -> Option<(usize, Vec<String>, bool)> {
    let streams = oracle["probe"]["streams"].as_array()?;
    let videos = oracle["video"].as_array()?;
    let fitting = |video: &&Value| {
        let stream = video["stream"].as_u64().and_then(|index| usize::try_from(index).ok());
        let stream = stream.and_then(|index| streams.get(index));
        let quiet = video["stderr"]["lines"].as_u64().unwrap_or(0) == 0;
        quiet && stream.is_some_and(|stream| stream["codec_name"] == codec.name())
    };
    let video = videos.iter().find(fitting)?;
    let rows = video["frames"].as_array().filter(|rows| !rows.is_empty())?;
    let digests = rows.iter().filter_map(|row| row[2].as_str().map(str::to_owned)).collect();
    let stream = usize::try_from(video["stream"].as_u64()?).ok()?;
    Some((stream, digests, video["capped"].as_bool().unwrap_or(false)))
}

fn decode(bytes: Vec<u8>, codec: &CodecId, track: usize) -> Result<Vec<String>> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default())?;
    let parameters = &demuxer.tracks()[track].codec;
    let mut decoder = decoder_for(codec)?.create(parameters, &DecoderOptions::default())?;
    let mut frames = Vec::new();
    while let Some(packet) = demuxer.next_packet()? {
        if packet.track == track {
            decoder.submit(&packet)?;
            take(&mut *decoder, &mut frames)?;
        }
    }
    decoder.finish()?;
    take(&mut *decoder, &mut frames)?;
    Ok(frames)
}

fn take(decoder: &mut dyn Decoder, frames: &mut Vec<String>) -> Result<()> {
    while let Some(frame) = decoder.next_frame()? {
        let Frame::Video(frame) = frame else { panic!("video decodes to pictures") };
        frames.push(digest(&frame));
    }
    Ok(())
}

/// MD5 of the planes without padding, as FFmpeg's `framemd5` makes it.
fn digest(frame: &VideoFrame) -> String {
    let mut md5 = Md5::new();
    for plane in 0..frame.format.planes().len() {
        frame.rows(plane).for_each(|row| md5.update(row));
    }
    md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
