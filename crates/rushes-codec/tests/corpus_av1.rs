//! All AV1 of the corpus, in every container, frame by frame against FFmpeg with dav1d.
#![cfg(feature = "av1")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use md5::{Digest, Md5};
use rushes_codec::{Decoder, DecoderOptions, decoder_for};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{CodecId, Frame, Result, Timestamp, VideoFrame};
use serde_json::Value;

/// Time, where known, and MD5 of a frame.
type Row = (Option<i64>, String);

#[test]
fn files_decode_to_ffmpegs_frames_with_any_number_of_threads() {
    let Some(entries) = corpus::entries() else { return };
    let (mut checked, mut wrong) = (0, Vec::new());
    let containers = ["ivf", "obu", "avif", "mp4", "mov", "matroska", "webm"];
    for entry in entries.iter().filter(|entry| containers.contains(&&*entry.container)) {
        let oracle = entry.oracle();
        for video in oracle["video"].as_array().into_iter().flatten() {
            let index = video["stream"].as_u64().and_then(|index| usize::try_from(index).ok());
            let Some(index) = index.filter(|index| is_av1(&oracle, *index)) else { continue };
            let expected = expected(video);
            if expected.is_empty() {
                continue;
            }
            checked += 1;
            for threads in [1, 5] {
                match decode(entry.bytes(), index, threads, expected.len()) {
                    Ok(rows) if rows == expected => {}
                    Ok(rows) => wrong.push(format!(
                        "{} with {threads} threads: {} frames, {} expected, {} equal",
                        entry.path,
                        rows.len(),
                        expected.len(),
                        rows.iter().zip(&expected).filter(|(row, wanted)| row == wanted).count(),
                    )),
                    Err(error) => wrong.push(format!("{}: {error}", entry.path)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked >= 150, "only {checked} were checked");
}

fn is_av1(oracle: &Value, index: usize) -> bool {
    let streams = oracle["probe"]["streams"].as_array().into_iter().flatten();
    streams
        .filter(|stream| stream["index"].as_u64() == u64::try_from(index).ok())
        .any(|stream| stream["codec_name"] == "av1")
}

/// FFmpeg's frames of a stream. Raw streams have no times but what their reader makes up.
fn expected(video: &Value) -> Vec<Row> {
    let rows = video["frames"].as_array().into_iter().flatten();
    rows.map(|row| (row[0].as_i64(), row[2].as_str().unwrap_or_default().to_owned())).collect()
}

fn decode(bytes: Vec<u8>, track: usize, threads: u16, most: usize) -> Result<Vec<Row>> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default())?;
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    let parameters = &demuxer.tracks()[track].codec;
    let mut decoder = decoder_for(&CodecId::Av1)?.create(parameters, &options)?;
    let mut rows = Vec::new();
    while let Some(packet) = demuxer.next_packet()? {
        if packet.track == track && rows.len() < most {
            decoder.submit(&packet)?;
            take(&mut *decoder, &mut rows)?;
        }
    }
    decoder.finish()?;
    take(&mut *decoder, &mut rows)?;
    // FFmpeg's list of a long file is cut.
    rows.truncate(if most < 600 { usize::MAX } else { most });
    Ok(rows)
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
