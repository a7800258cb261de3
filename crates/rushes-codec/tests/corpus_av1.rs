//! All AV1 of the corpus, in every container, frame by frame against FFmpeg with dav1d.
#![cfg(feature = "av1")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use std::collections::BTreeSet;

use md5::{Digest, Md5};
use rushes_codec::{Decoder, DecoderOptions, decoder_for};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{CodecId, Error, Frame, Result, Timestamp, VideoFrame};
use serde_json::Value;

/// Time, where known, and MD5 of a frame.
type Row = (Option<i64>, String);

#[test]
fn files_decode_to_ffmpegs_frames_with_any_number_of_threads() {
    let Some(entries) = corpus::entries() else { return };
    let (mut checked, mut guessed, mut wrong) = (0, BTreeSet::new(), Vec::new());
    let containers = ["ivf", "obu", "avif", "mp4", "mov", "matroska", "webm"];
    for entry in entries.iter().filter(|entry| containers.contains(&&*entry.container)) {
        let oracle = entry.oracle();
        for video in oracle["video"].as_array().into_iter().flatten() {
            let index = video["stream"].as_u64().and_then(|index| usize::try_from(index).ok());
            let Some(index) = index.filter(|index| is_av1(&oracle, *index)) else { continue };
            let expected = expected(video);
            if expected.is_empty() || is_encrypted(entry.bytes(), index) {
                continue;
            }
            checked += 1;
            let mut first = None;
            for threads in [1, 5] {
                let (mut rows, errors) = decode(entry.bytes(), index, threads, expected.len());
                if entry.container == "obu" {
                    // Raw streams have no times, and each reader counts in a unit of its own.
                    rows.iter_mut().zip(&expected).for_each(|(row, wanted)| row.0 = wanted.0);
                }
                let first = first.get_or_insert_with(|| rows.clone());
                if rows != expected && !errors.is_empty() && rows == *first {
                    // Behind an error FFmpeg shows what it guesses; we show nothing until the next key frame.
                    guessed.insert(entry.path.clone());
                } else if rows != expected {
                    let equal = rows.iter().zip(&expected).filter(|(row, wanted)| row == wanted);
                    wrong.push(format!(
                        "{} with {threads} threads: {} frames, {} expected, {} equal; {errors:?}",
                        entry.path,
                        rows.len(),
                        expected.len(),
                        equal.count(),
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(guessed.len() <= 3, "too many are damaged: {guessed:?}");
    assert!(checked >= 150, "only {checked} were checked");
}

fn is_av1(oracle: &Value, index: usize) -> bool {
    let streams = oracle["probe"]["streams"].as_array().into_iter().flatten();
    streams
        .filter(|stream| stream["index"].as_u64() == u64::try_from(index).ok())
        .any(|stream| stream["codec_name"] == "av1")
}

/// Of an encrypted track FFmpeg shows what its decoder makes of the rubbish.
fn is_encrypted(bytes: Vec<u8>, track: usize) -> bool {
    let demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default());
    demuxer.is_ok_and(|demuxer| demuxer.tracks()[track].unsupported.is_some())
}

/// FFmpeg's frames of a stream. Raw streams have no times but what their reader makes up.
fn expected(video: &Value) -> Vec<Row> {
    let rows = video["frames"].as_array().into_iter().flatten();
    rows.map(|row| (row[0].as_i64(), row[2].as_str().unwrap_or_default().to_owned())).collect()
}

/// All frames, and what went wrong: damaged files are decoded as far as they go.
fn decode(bytes: Vec<u8>, track: usize, threads: u16, most: usize) -> (Vec<Row>, Vec<Error>) {
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    if let Err(error) = decode_to(bytes, track, threads, most, &mut rows, &mut errors) {
        errors.push(error);
    }
    // FFmpeg's list of a long file is cut.
    rows.truncate(if most < 600 { usize::MAX } else { most });
    (rows, errors)
}

fn decode_to(
    bytes: Vec<u8>,
    track: usize,
    threads: u16,
    most: usize,
    rows: &mut Vec<Row>,
    errors: &mut Vec<Error>,
) -> Result<()> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default())?;
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    let parameters = &demuxer.tracks()[track].codec;
    let mut decoder = decoder_for(&CodecId::Av1)?.create(parameters, &options)?;
    let mut end = Ok(());
    while end.is_ok() {
        match demuxer.next_packet() {
            Ok(None) => break,
            Ok(Some(packet)) if packet.track == track && rows.len() < most => {
                errors.extend(decoder.submit(&packet).err());
                take(&mut *decoder, rows)?;
            }
            Ok(Some(_)) => {}
            Err(error) => end = Err(error),
        }
    }
    errors.extend(decoder.finish().err());
    take(&mut *decoder, rows)?;
    end
}

fn take(decoder: &mut dyn Decoder, rows: &mut Vec<Row>) -> Result<()> {
    while let Some(frame) = decoder.next_frame()? {
        let Frame::Video(frame) = frame else { panic!("AV1 decodes to pictures") };
        rows.push((frame.pts.map(Timestamp::ticks), digest(&frame)));
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
