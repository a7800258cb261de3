//! Opus, against the reference decoder: `opusdec` of opus-tools, where it is installed.
#![cfg(feature = "opus")]
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

#[expect(dead_code, reason = "other tests ask what FFmpeg made of a file")]
mod corpus;
mod listen;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use listen::decode;
use rushes_codec::{EncoderOptions, encoder_for};
use rushes_container::{DemuxOptions, MuxOptions, Sink, Source, open_demuxer, open_muxer};
use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecId, Frame, MediaParameters, Packet, Track,
};

/// What the reference and we may differ by, of full scale: the order of float operations.
const TOLERANCE: f32 = 1e-5;

/// False, with a word about it, where there is no `opusdec`.
fn is_installed() -> bool {
    let found = Command::new("opusdec").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("SKIPPED: opusdec is not installed");
    }
    found
}

/// Compares what we make of a track with what `opusdec` does; `None` where they agree.
fn difference(name: &str, track: &Track, packets: &[Packet]) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.opus"));
    let mut track = track.clone();
    track.id = 1;
    let tracks = [track];
    let sink = Sink::create(&path).expect("a file");
    let mut muxer = match open_muxer("ogg", sink, &tracks, &MuxOptions::default()) {
        Ok(muxer) => muxer,
        Err(error) => return Some(format!("ogg does not take it: {error}")),
    };
    for packet in packets {
        let mut packet = packet.clone();
        packet.track = 0;
        if let Err(error) = muxer.write(&packet) {
            return Some(format!("ogg does not take it: {error}"));
        }
    }
    muxer.finish().expect("a file");
    let expected = reference(&path);
    let bytes = fs::read(&path).expect("written");
    fs::remove_file(&path).expect("written");
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default()).expect("ours");
    let track = demuxer.tracks()[0].clone();
    let packets: Vec<_> = std::iter::from_fn(|| demuxer.next_packet().expect("ours")).collect();
    let found: Vec<f32> = decode(&track.codec, track.time_base, &packets);
    if found.len() != expected.len() {
        return Some(format!("{} samples, opusdec has {}", found.len(), expected.len()));
    }
    let most = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    (most > TOLERANCE).then(|| format!("differs by {most:e}"))
}

/// The samples that `opusdec` gives, interleaved.
fn reference(path: &Path) -> Vec<f32> {
    let wav = path.with_extension("wav");
    let status = Command::new("opusdec")
        .args(["--quiet", "--float", "--rate", "48000"])
        .args([path, &wav])
        .stderr(Stdio::null())
        .status()
        .expect("installed");
    assert!(status.success(), "opusdec refuses {}", path.display());
    let bytes = fs::read(&wav).expect("written");
    fs::remove_file(&wav).expect("written");
    let data = bytes.windows(4).position(|four| four == b"data").expect("a WAVE file") + 8;
    bytes[data..].as_chunks().0.iter().map(|sample| f32::from_le_bytes(*sample)).collect()
}

#[test]
fn we_hear_what_opusdec_hears() {
    if !is_installed() {
        return;
    }
    let check = |layout: ChannelLayout, rate: u32, options: &[(&str, &str)]| {
        let mut settings =
            EncoderOptions::new(MediaParameters::Audio(AudioParameters::new(rate, layout)));
        for (name, value) in options {
            settings.options.insert((*name).to_owned(), (*value).to_owned());
        }
        settings.config.bit_rate = Some(24_000 * u64::from(layout.channels()));
        let entry = encoder_for(&CodecId::Opus).expect("listed");
        let mut encoder = entry.create(&settings).expect("valid");
        let channels = usize::from(layout.channels());
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let sample = |at: usize| {
            let (time, channel) = ((at / channels) as f32 / rate as f32, at % channels);
            // A tone that rises, and stops now and then.
            let tone = (time * (200.0 + time * 700.0) * (channel + 1) as f32).sin();
            if (time * 7.0).fract() < 0.8 { 0.5 * tone } else { 0.0 }
        };
        let samples: Vec<f32> = (0..rate as usize * channels).map(sample).collect();
        let frame = AudioFrame::from_interleaved(&samples, layout, rate).expect("divides");
        encoder.submit(&Frame::Audio(frame)).expect("valid");
        encoder.finish().expect("the end");
        let packets: Vec<_> =
            std::iter::from_fn(|| encoder.next_packet().expect("the end")).collect();
        let track = Track::new(1, encoder.parameters().clone(), encoder.time_base());
        let name = format!("ours-{layout}-{rate}-{}", options.len());
        let difference = difference(&name, &track, &packets);
        assert_eq!(difference, None, "{layout} at {rate} Hz, {options:?}");
    };
    let voice = [("application", "voip"), ("signal", "voice")];
    for rate in [8000, 16_000, 48_000] {
        check(ChannelLayout::MONO, rate, &voice);
        check(ChannelLayout::STEREO, rate, &voice);
        check(ChannelLayout::STEREO, rate, &[("frame_duration", "60")]);
    }
    check(
        ChannelLayout::STEREO,
        48_000,
        &[("application", "lowdelay"), ("frame_duration", "2.5"), ("vbr", "off")],
    );
    for channels in 3..=8 {
        let layout = if channels == 4 {
            ChannelLayout::from_mask(4, 0x33)
        } else {
            ChannelLayout::default_for(channels)
        };
        check(layout, 48_000, &[]);
    }
}

#[test]
fn the_corpus_sounds_as_opusdec_hears_it() {
    let Some(entries) = corpus::entries() else { return };
    if !is_installed() {
        return;
    }
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for entry in entries
        .iter()
        .filter(|entry| ["ogg", "webm", "matroska", "mp4"].contains(&entry.container.as_str()))
    {
        let Ok(mut demuxer) = open_demuxer(Source::bytes(entry.bytes()), &DemuxOptions::default())
        else {
            continue;
        };
        let found = demuxer.tracks().iter().position(|track| track.codec.codec == CodecId::Opus);
        let Some(index) = found else { continue };
        let track = demuxer.tracks()[index].clone();
        let mut packets = Vec::new();
        while let Ok(Some(packet)) = demuxer.next_packet() {
            if packet.track == index {
                packets.push(packet);
            }
        }
        let name = entry.path.replace('/', "-");
        // Without a header there is nothing to tell opusdec.
        if packets.is_empty() || !track.codec.private.starts_with(b"OpusHead") {
            continue;
        }
        checked += 1;
        if let Some(difference) = difference(&name, &track, &packets) {
            wrong.push(format!("{}: {difference}", entry.path));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 15, "only {checked} were checked");
}
