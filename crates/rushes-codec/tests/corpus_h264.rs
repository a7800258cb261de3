//! All Annex B streams of the corpus, frame by frame against FFmpeg.
#![cfg(feature = "h264")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use md5::{Digest, Md5};
use rushes_codec::{Decoder, DecoderOptions, decoder_for};
use rushes_core::{
    CodecId, CodecParameters, Frame, Packet, PixelFormat, Result, Timestamp, VideoFrame,
    VideoParameters,
};
use serde_json::Value;

#[test]
fn annex_b_streams_decode_to_ffmpegs_frames() {
    let Some(entries) = corpus::entries() else { return };
    let mut wrong = Vec::new();
    let mut checked = 0;
    for entry in entries.iter().filter(|entry| entry.container == "h264") {
        let oracle = entry.oracle();
        let rows = oracle["video"][0]["frames"].as_array();
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else { continue };
        if !has_its_own_size(&oracle, &rows[0]) {
            continue;
        }
        let expected: Vec<_> = rows.iter().filter_map(|row| row[2].as_str()).collect();
        let frames = match decode(&entry.bytes()) {
            Ok(frames) => frames,
            Err(error) => {
                wrong.push(format!("{}: {error}", entry.path));
                continue;
            }
        };
        let capped = oracle["video"][0]["capped"].as_bool().unwrap_or(false);
        checked += 1;
        let count =
            if capped { frames.len() >= expected.len() } else { frames.len() == expected.len() };
        let equal = frames.iter().zip(&expected).filter(|(frame, wanted)| frame == wanted).count();
        if !count || equal != expected.len() {
            wrong.push(format!(
                "{}: {} frames, {} expected, {equal} equal",
                entry.path,
                frames.len(),
                expected.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 30, "only {checked} streams were checked");
}

/// False where FFmpeg's frame is not of the size that FFmpeg gives for the stream: unless told `-flags unaligned`, it
/// moves the left edge of cropped pictures to where its SIMD likes it.
fn has_its_own_size(oracle: &Value, row: &Value) -> bool {
    let stream = &oracle["probe"]["streams"][0];
    let format = stream["pix_fmt"].as_str().expect("a pixel format").replace("yuvj", "yuv");
    let format = PixelFormat::from_name(&format).expect("a known pixel format");
    let side = |name: &str| u32::try_from(stream[name].as_u64().expect("a side")).expect("small");
    row[1].as_u64() == Some(format.picture_bytes(side("width"), side("height")) as u64)
}

/// The MD5 of each frame in output order.
fn decode(stream: &[u8]) -> Result<Vec<String>> {
    let parameters = CodecParameters::video(CodecId::H264, VideoParameters::new(0, 0));
    let mut decoder =
        decoder_for(&CodecId::H264)?.create(&parameters, &DecoderOptions::default())?;
    let mut frames = Vec::new();
    for (index, unit) in access_units(stream).into_iter().enumerate() {
        let time = Timestamp::new(i64::try_from(index).expect("few"));
        decoder.submit(&Packet::new(0, unit).with_pts(time).with_dts(time))?;
        take(&mut *decoder, &mut frames)?;
    }
    decoder.finish()?;
    take(&mut *decoder, &mut frames)?;
    Ok(frames)
}

fn take(decoder: &mut dyn Decoder, frames: &mut Vec<String>) -> Result<()> {
    while let Some(frame) = decoder.next_frame()? {
        let Frame::Video(frame) = frame else { panic!("H.264 decodes to pictures") };
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

/// Cuts a stream where a picture or field begins: before the first NAL unit that is no slice, or the first slice of a
/// picture, after a slice.
fn access_units(stream: &[u8]) -> Vec<&[u8]> {
    let codes: Vec<usize> = (0..stream.len().saturating_sub(4))
        .filter(|at| stream[*at..].starts_with(&[0, 0, 1]))
        .collect();
    let mut cuts = vec![0];
    let mut slices = false;
    for at in codes {
        let slice = matches!(stream[at + 3] & 0x1f, 1..=5);
        let first = stream[at + 4] & 0x80 != 0;
        if slices && (!slice || first) {
            cuts.push(at);
            slices = false;
        }
        slices |= slice;
    }
    cuts.push(stream.len());
    cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect()
}
