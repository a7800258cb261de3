//! FLAC, ALAC, Vorbis, ADPCM and AC-3 of the corpus, against what FFmpeg hears in them.
#![cfg(any(
    feature = "ac3",
    feature = "adpcm",
    feature = "alac",
    feature = "flac",
    feature = "vorbis"
))]
#![expect(clippy::cast_precision_loss, reason = "counts of samples are small")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

mod corpus;
mod listen;

use listen::decode;
use md5::{Digest, Md5};
use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{CodecId, CodecParameters, Packet, Sample, TimeBase};
use serde_json::Value;

/// Streams that change the number of their channels, which FFmpeg was told to mix to that of the first frame.
const CHANGING: [&str; 2] = [
    "flac-test-files/uncommon/02_-_increasing_number_of_channels.flac",
    "flac-test-files/uncommon/03_-_decreasing_number_of_channels.flac",
];

/// Containers that such sound is in.
const CONTAINERS: [&str; 6] = ["flac", "matroska", "mp4", "ogg", "wav", "webm"];

/// What FFmpeg and we may differ by in codecs with loss: full scale is 1.
const TOLERANCE: f64 = 2e-4;

#[cfg(feature = "flac")]
#[test]
fn flac_is_exact() {
    check(&[CodecId::Flac], 45);
}

#[cfg(feature = "alac")]
#[test]
fn alac_is_exact() {
    check(&[CodecId::Alac], 2);
}

#[cfg(feature = "vorbis")]
#[test]
fn vorbis_sounds_the_same() {
    check(&[CodecId::Vorbis], 6);
}

#[cfg(feature = "adpcm")]
#[test]
fn adpcm_sounds_the_same() {
    check(&[CodecId::AdpcmIma, CodecId::AdpcmMs], 1);
}

#[cfg(feature = "ac3")]
#[test]
fn ac3_sounds_the_same() {
    check(&[CodecId::Ac3, CodecId::Eac3], 12);
}

/// Compares all tracks of these codecs, of which there are at least so many.
fn check(codecs: &[CodecId], least: usize) {
    let Some(entries) = corpus::entries() else { return };
    let codecs: Vec<_> = codecs.iter().map(CodecId::name).collect();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for entry in entries.iter().filter(|entry| !CHANGING.contains(&&*entry.path)) {
        if !CONTAINERS.contains(&&*entry.container) {
            continue;
        }
        let oracle = entry.oracle();
        // What FFmpeg complains of is damaged.
        let whole = |audio: &&Value| {
            let codec = audio["codec"].as_str().unwrap_or_default();
            let is_ours = codecs.iter().any(|ours| codec.starts_with(ours));
            let is_whole = audio["rc"] == 0 && audio["stderr"]["lines"] == 0;
            is_ours && is_whole && audio["samples_per_channel"].as_u64() > Some(0)
        };
        for audio in oracle["audio"].as_array().into_iter().flatten().filter(whole) {
            let Some((parameters, base, packets)) = track(entry.bytes(), &audio["stream"]) else {
                continue;
            };
            checked += 1;
            let compared = match (&parameters.codec, audio["pcm"].as_str()) {
                (CodecId::AdpcmIma | CodecId::AdpcmMs, _) | (_, Some("s16le")) => {
                    compare(&decode::<i16>(&parameters, base, &packets), 32_768.0, audio)
                }
                (_, Some("s32le")) => {
                    compare(&decode::<i32>(&parameters, base, &packets), 2_147_483_648.0, audio)
                }
                _ => compare(&decode::<f32>(&parameters, base, &packets), 1.0, audio),
            };
            wrong.extend(compared.err().map(|problem| format!("{}: {problem}", entry.path)));
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked >= least, "only {checked} tracks of {codecs:?} were checked");
}

/// A track of a file; `None` where it has none of this number, or cannot be read.
fn track(bytes: Vec<u8>, index: &Value) -> Option<(CodecParameters, TimeBase, Vec<Packet>)> {
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default()).ok()?;
    let index = usize::try_from(index.as_u64()?).ok()?;
    let track = demuxer.tracks().get(index)?;
    let (parameters, base) = (track.codec.clone(), track.time_base);
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet().ok()? {
        packets.extend((packet.track == index).then_some(packet));
    }
    Some((parameters, base, packets))
}

/// Says how interleaved samples differ from FFmpeg's.
fn compare<T: Sample + Bytes>(samples: &[T], scale: f64, audio: &Value) -> Result<(), String> {
    let channels = usize::try_from(audio["channels"].as_u64().expect("a number")).expect("few");
    let (count, expected) = (samples.len() / channels, &audio["samples_per_channel"]);
    // FFmpeg keeps the tail of a last frame that an edit list cuts.
    let is_lossless = audio["lossless"] == true;
    let missing = expected.as_u64().expect("a number").checked_sub(count as u64);
    if missing.is_none_or(|missing| missing >= if is_lossless { 1 } else { 2048 }) {
        return Err(format!("{count} samples, expected {expected}"));
    }
    if is_lossless {
        let mut md5 = Md5::new();
        samples.iter().for_each(|sample| sample.hash(&mut md5));
        let sum: String = md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        return if audio["pcm_md5"] == *sum { Ok(()) } else { Err("samples differ".to_owned()) };
    }
    for channel in 0..channels {
        let values = || samples.iter().skip(channel).step_by(channels).map(|s| s.level() / scale);
        let squares: f64 = values().map(|value| value * value).sum();
        let rms = (squares / count as f64).sqrt();
        let peak = values().fold(0.0, |peak: f64, value| peak.max(value.abs()));
        for (name, ours) in [("rms", rms), ("peak", peak)] {
            let theirs = audio[name][channel].as_f64().expect("a number");
            if (ours - theirs).abs() > TOLERANCE {
                return Err(format!("channel {channel}: {name} {ours}, expected {theirs}"));
            }
        }
    }
    Ok(())
}

/// Samples as FFmpeg writes and measures them.
trait Bytes: Copy {
    fn hash(self, md5: &mut Md5);

    fn level(self) -> f64;
}

macro_rules! bytes {
    ($($type:ty)*) => {
        $(
            impl Bytes for $type {
                fn hash(self, md5: &mut Md5) {
                    md5.update(self.to_le_bytes());
                }

                fn level(self) -> f64 {
                    self.into()
                }
            }
        )*
    };
}

bytes! { i16 i32 f32 }
