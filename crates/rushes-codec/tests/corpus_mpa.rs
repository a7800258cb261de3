//! The streams of MPEG audio of the corpus, against what FFmpeg hears in them.
#![cfg(feature = "mp3")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;

use rushes_codec::{DecoderOptions, decoder_for};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{AudioFrame, Error, Frame, Packet, Result, Ticks};
use serde_json::Value;

/// Streams of half sample rates, two of them with intensity stereo, where FFmpeg 5.1 is 28 to 56 dB away from the
/// samples that come with the conformance suite. We are 101 dB away, which is the rounding to 16 bits.
const FFMPEG_IS_WRONG: [&str; 3] =
    ["minimp3/M2L3_compl24.bit", "minimp3/l3-test45.bit", "minimp3/l3-test46.bit"];

/// What FFmpeg and we may differ by: full scale is 1.
const TOLERANCE: f64 = 2e-4;

#[test]
fn streams_sound_as_ffmpeg_hears_them() {
    let Some(entries) = corpus::entries() else { return };
    let mut wrong = Vec::new();
    let mut checked = 0;
    for entry in entries.iter().filter(|entry| entry.container == "mp3") {
        let oracle = entry.oracle();
        let audio = &oracle["audio"][0];
        // What FFmpeg complains of is damaged.
        if audio["rc"] != 0 || audio["stderr"]["lines"] != 0 {
            continue;
        }
        let (frames, result) = match decode(entry.bytes()) {
            Ok(decoded) => decoded,
            // A fuzzed AV1 file that FFmpeg takes for sound.
            Err(Error::Unsupported(_)) => continue,
            Err(error) => {
                wrong.push(format!("{}: {error}", entry.path));
                continue;
            }
        };
        let samples: usize = frames.iter().map(AudioFrame::len).sum();
        let Some(layout) = frames.first().map(|frame| frame.layout) else {
            wrong.push(format!("{}: {result:?}", entry.path));
            continue;
        };
        // FFmpeg was told to keep the channels of the first frame.
        if frames.iter().any(|frame| frame.layout != layout) {
            continue;
        }
        checked += 1;
        // FFmpeg also plays what is left of a last frame that is cut off.
        let expected = audio["samples_per_channel"].as_u64().expect("a number");
        if samples as u64 > expected || expected - samples as u64 > 1152 {
            wrong.push(format!(
                "{}: {samples} samples, expected {expected}; {result:?}",
                entry.path
            ));
            continue;
        }
        // What FFmpeg makes of a damaged frame is noise; a frame that we leave out moves all behind it.
        if result.is_err() || FFMPEG_IS_WRONG.contains(&&*entry.path) {
            continue;
        }
        for channel in 0..usize::from(layout.channels()) {
            let values: Vec<f64> = frames
                .iter()
                .filter_map(|frame| frame.plane::<f32>(channel))
                .flatten()
                .map(|value| f64::from(*value))
                .collect();
            let peak = values.iter().fold(0.0, |peak: f64, value| peak.max(value.abs()));
            for (name, ours) in [("rms", rms(&values)), ("peak", peak)] {
                let theirs = audio[name][channel].as_f64().expect("a number");
                if (ours - theirs).abs() > TOLERANCE * theirs.max(1.0) {
                    wrong.push(format!(
                        "{} {channel}: {name} {ours}, expected {theirs}",
                        entry.path
                    ));
                }
            }
            if channel == 0 {
                wrong.extend(blocks(&values, &audio["block_rms_2048_ch0"]).map(|(block, a, b)| {
                    format!("{}: block {block} {a}, expected {b}", entry.path)
                }));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 25, "only {checked} streams were checked");
}

/// The sound of a file without its gaps, and the first error.
fn decode(bytes: Vec<u8>) -> Result<(Vec<AudioFrame>, Result<()>)> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default())?;
    let parameters = demuxer.tracks()[0].codec.clone();
    let entry = decoder_for(&parameters.codec)?;
    let mut decoder = entry.create(&parameters, &DecoderOptions::default())?;
    let (mut packets, mut frames, mut problem) = (Vec::new(), Vec::new(), Ok(()));
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) if packet.track == 0 => packets.push(packet),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => problem = problem.and(Err(error)),
        }
    }
    // FFmpeg takes the first frames for junk until two in a row agree on stereo or joint stereo.
    let mode = |packet: &Packet| packet.data[3] & 0xc0;
    let junk = packets.windows(2).take_while(|two| mode(&two[0]) != mode(&two[1])).count();
    for packet in &packets[junk..] {
        problem = problem.and(decoder.submit(packet));
        while let Some(Frame::Audio(mut frame)) = decoder.next_frame()? {
            let samples = |ticks: Ticks| {
                let samples = ticks.count() * u64::from(frame.sample_rate) / 14_112_000;
                usize::try_from(samples).expect("few")
            };
            let (start, end) = (samples(packet.trim.start), samples(packet.trim.end));
            frame.trim(start, end);
            frames.push(frame);
        }
    }
    Ok((frames, problem))
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples are small")]
fn rms(values: &[f64]) -> f64 {
    let squares: f64 = values.iter().map(|value| value * value).sum();
    (squares / values.len() as f64).sqrt()
}

/// Blocks of 2048 samples that are louder or quieter than FFmpeg's.
fn blocks<'a>(
    values: &'a [f64],
    expected: &'a Value,
) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    let expected = expected.as_array().into_iter().flatten().filter_map(Value::as_f64);
    values.chunks_exact(2048).map(rms).zip(expected).enumerate().filter_map(
        |(block, (ours, theirs))| {
            ((ours - theirs).abs() > TOLERANCE).then_some((block, ours, theirs))
        },
    )
}
