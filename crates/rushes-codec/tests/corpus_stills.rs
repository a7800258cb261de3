//! All pictures of the corpus, alone and as covers, against FFmpeg: JPEG, PNG, GIF, WebP.
#![cfg(all(feature = "jpeg", feature = "png", feature = "gif", feature = "webp"))]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use md5::{Digest, Md5};
use rushes_codec::{DecoderOptions, decoder_for};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{Frame, Result, VideoFrame};
use serde_json::Value;

#[test]
fn pictures_decode_to_ffmpegs_planes() {
    let Some(entries) = corpus::entries() else { return };
    let (mut checked, mut wrong) = (0, Vec::new());
    for entry in &entries {
        let oracle = entry.oracle();
        let streams = oracle["probe"]["streams"].as_array().into_iter().flatten();
        let codecs: Vec<_> =
            streams.map(|stream| stream["codec_name"].as_str().unwrap_or_default()).collect();
        for video in oracle["video"].as_array().into_iter().flatten() {
            let index = video["stream"].as_u64().and_then(|index| usize::try_from(index).ok());
            let index = index.expect("streams are numbered");
            let ours = matches!(codecs[index], "mjpeg" | "png" | "apng" | "gif" | "webp");
            // What FFmpeg complains about is no reference.
            if !ours
                || video["rc"].as_i64() != Some(0)
                || !video["stderr"]["lines"].is_null_or_zero()
            {
                continue;
            }
            let expected: Vec<String> = video["frames"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|frame| frame[2].as_str().unwrap_or_default().to_owned())
                .collect();
            if expected.is_empty() {
                continue;
            }
            checked += 1;
            match decode(entry.bytes(), index) {
                Ok(frames) if frames == expected => {}
                Ok(frames) => wrong.push(format!(
                    "{}: {} frames, {} expected, {} equal",
                    entry.path,
                    frames.len(),
                    expected.len(),
                    frames.iter().zip(&expected).filter(|(got, wanted)| got == wanted).count()
                )),
                Err(error) => wrong.push(format!("{} ({}): {error}", entry.path, entry.container)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked >= 8, "only {checked} were checked");
}

trait Lines {
    fn is_null_or_zero(&self) -> bool;
}

impl Lines for Value {
    fn is_null_or_zero(&self) -> bool {
        self.is_null() || self.as_u64() == Some(0)
    }
}

fn decode(bytes: Vec<u8>, index: usize) -> Result<Vec<String>> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default())?;
    let parameters = demuxer.tracks()[index].codec.clone();
    let entry = decoder_for(&parameters.codec)?;
    let mut decoder = entry.create(&parameters, &DecoderOptions::default())?;
    let mut sums = Vec::new();
    while let Some(packet) = demuxer.next_packet()? {
        if packet.track == index {
            decoder.submit(&packet)?;
            while let Some(Frame::Video(frame)) = decoder.next_frame()? {
                sums.push(sum(&frame));
            }
        }
    }
    decoder.finish()?;
    while let Some(Frame::Video(frame)) = decoder.next_frame()? {
        sums.push(sum(&frame));
    }
    Ok(sums)
}

/// MD5 of the planes without padding.
fn sum(frame: &VideoFrame) -> String {
    let mut hasher = Md5::new();
    for plane in 0..frame.format.planes().len() {
        frame.rows(plane).for_each(|row| hasher.update(row));
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
