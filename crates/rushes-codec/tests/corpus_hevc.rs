//! All HEVC of the corpus, raw and in MP4, frame by frame against FFmpeg.
#![cfg(feature = "hevc")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use md5::{Digest, Md5};
use rushes_codec::{Decoder, DecoderOptions, decoder_for};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{
    ChromaLocation, CodecId, CodecParameters, Frame, Packet, Result, Timestamp, VideoFrame,
    VideoParameters,
};
use serde_json::Value;

/// Time, where known, and MD5 of a frame.
type Row = (Option<i64>, String);

/// What FFmpeg gives for a file, or our decoder.
#[derive(Debug, Default, PartialEq)]
struct Decoded {
    rows: Vec<Row>,
    /// Pixel format, size and colour of the first frame.
    shape: String,
}

#[test]
fn annex_b_streams_decode_to_ffmpegs_frames() {
    let Some(entries) = corpus::entries() else { return };
    let mut score = Score::default();
    for entry in entries.iter().filter(|entry| entry.container == "hevc") {
        // The times of a raw stream are what its reader makes up.
        let mut expected = expected(&entry.oracle());
        expected.rows.iter_mut().for_each(|row| row.0 = None);
        score.add(&entry.path, &expected, decode_stream(&entry.bytes()));
    }
    score.check(3);
}

#[test]
fn mp4_files_decode_to_ffmpegs_frames_and_times() {
    let Some(entries) = corpus::entries() else { return };
    let mut score = Score::default();
    for entry in entries.iter().filter(|entry| matches!(&*entry.container, "mp4" | "mov")) {
        let oracle = entry.oracle();
        let streams = oracle["probe"]["streams"].as_array();
        let hevc = |stream: &Value| stream["codec_name"] == "hevc";
        if streams.is_some_and(|streams| streams.iter().any(hevc)) {
            score.add(&entry.path, &expected(&oracle), decode_file(entry.bytes()));
        }
    }
    score.check(10);
}

#[derive(Default)]
struct Score {
    checked: usize,
    wrong: Vec<String>,
}

impl Score {
    fn add(&mut self, path: &str, expected: &Decoded, decoded: Result<Decoded>) {
        if expected.rows.is_empty() {
            return;
        }
        self.checked += 1;
        match decoded {
            Err(error) => self.wrong.push(format!("{path}: {error}")),
            Ok(decoded) if decoded == *expected => {}
            Ok(Decoded { rows, shape }) => {
                let pairs = rows.iter().zip(&expected.rows);
                self.wrong.push(format!(
                    "{path}: {} frames, {} expected, {} equal; {shape}, {} expected",
                    rows.len(),
                    expected.rows.len(),
                    pairs.filter(|(row, wanted)| row == wanted).count(),
                    expected.shape,
                ));
            }
        }
    }

    fn check(&self, least: usize) {
        let Self { checked, wrong } = self;
        assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(*checked >= least, "only {checked} were checked");
    }
}

/// FFmpeg's frames of the first video stream; none of the corpus' HEVC files is longer than what it lists.
fn expected(oracle: &Value) -> Decoded {
    let rows = oracle["video"][0]["frames"].as_array().into_iter().flatten();
    let rows = rows.map(|row| (row[0].as_i64(), row[2].as_str().unwrap_or_default().to_owned()));
    let streams = oracle["probe"]["streams"].as_array().into_iter().flatten();
    let mut shape = String::new();
    for stream in streams.filter(|stream| stream["codec_name"] == "hevc").take(1) {
        let name = |field: &str| stream[field].as_str().unwrap_or("unknown").to_owned();
        let (format, width, height) = (name("pix_fmt"), &stream["width"], &stream["height"]);
        let format = format.replace("yuvj", "yuv");
        let colors = ["color_space", "color_primaries", "color_transfer", "color_range"].map(name);
        let location = name("chroma_location").replace("unspecified", "unknown");
        shape = format!("{format} {width}x{height} {} {location}", colors.join(" "));
    }
    Decoded { rows: rows.collect(), shape }
}

fn shape(frame: &VideoFrame) -> String {
    let VideoFrame { format, width, height, color, .. } = frame;
    let (matrix, primaries) = (color.matrix.name(), color.primaries.name());
    let (transfer, range) = (color.transfer.name(), color.range.name());
    let location = match color.chroma_location {
        ChromaLocation::Left => "left",
        ChromaLocation::Center => "center",
        ChromaLocation::TopLeft => "topleft",
        _ => "unknown",
    };
    format!("{format} {width}x{height} {matrix} {primaries} {transfer} {range} {location}")
}

fn decode_file(bytes: Vec<u8>) -> Result<Decoded> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default())?;
    let track = demuxer.tracks().iter().position(|track| track.codec.codec == CodecId::Hevc);
    let track = track.expect("an HEVC track");
    let mut decoder = decoder(&demuxer.tracks()[track].codec)?;
    let mut decoded = Decoded::default();
    while let Some(packet) = demuxer.next_packet()? {
        if packet.track == track {
            decoder.submit(&packet)?;
            take(&mut *decoder, &mut decoded)?;
        }
    }
    decoder.finish()?;
    take(&mut *decoder, &mut decoded)?;
    Ok(decoded)
}

fn decode_stream(stream: &[u8]) -> Result<Decoded> {
    let mut decoder = decoder(&CodecParameters::video(CodecId::Hevc, VideoParameters::new(0, 0)))?;
    let mut decoded = Decoded::default();
    for unit in access_units(stream) {
        decoder.submit(&Packet::new(0, unit))?;
        take(&mut *decoder, &mut decoded)?;
    }
    decoder.finish()?;
    take(&mut *decoder, &mut decoded)?;
    Ok(decoded)
}

fn decoder(parameters: &CodecParameters) -> Result<Box<dyn Decoder>> {
    decoder_for(&CodecId::Hevc)?.create(parameters, &DecoderOptions::default())
}

fn take(decoder: &mut dyn Decoder, decoded: &mut Decoded) -> Result<()> {
    while let Some(frame) = decoder.next_frame()? {
        let Frame::Video(frame) = frame else { panic!("HEVC decodes to pictures") };
        if decoded.rows.is_empty() {
            decoded.shape = shape(&frame);
        }
        decoded.rows.push((frame.pts.map(Timestamp::ticks), digest(&frame)));
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

/// Cuts a stream where a picture begins: before the first NAL unit that is no slice segment, or the first one of a
/// picture, after a slice segment.
fn access_units(stream: &[u8]) -> Vec<&[u8]> {
    let codes: Vec<usize> = (0..stream.len().saturating_sub(5))
        .filter(|at| stream[*at..].starts_with(&[0, 0, 1]))
        .collect();
    let mut cuts = vec![0];
    let mut slices = false;
    for at in codes {
        let kind = stream[at + 3] >> 1 & 0x3f;
        let slice = kind < 32;
        let first = stream[at + 5] & 0x80 != 0;
        // Suffix messages and ends of sequences belong to the picture before them.
        if slices && (matches!(kind, 32..=35 | 39) || slice && first) {
            cuts.push(at);
            slices = false;
        }
        slices |= slice;
    }
    cuts.push(stream.len());
    cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect()
}
