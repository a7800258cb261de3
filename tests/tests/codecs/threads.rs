//! One result for any number of threads, on pictures large enough for tiles, slices and frames to be worked on side by side.

use std::path::Path;
use std::process::Command;

use rushes::codec::{Decoder, EncoderOptions};
use rushes::{
    AudioParameters, ChannelLayout, CodecParameters, DecoderOptions, DemuxOptions, EncoderEntry,
    Frame, FrameRate, MediaParameters, Packet, Source, Timestamp, VideoParameters, decoders,
    encoders, open_demuxer,
};
use rushes_tests::{Random, skipped};

use crate::containers::FAST;
use crate::media::{picture, samples, sound};

const THREADS: [u16; 3] = [1, 2, 8];
const SIZE: (u32, u32) = (640, 368);
const PICTURES: i64 = 5;
/// Options that make an encoder split pictures among threads.
const SPLITTING: [(&str, &[(&str, &str)]); 1] = [("openh264", &[("slices", "4")])];

/// What comes out, so that it can be compared.
type Contents = Vec<(Option<Timestamp>, bool, Vec<u8>)>;
/// What comes out of a decoder, or why nothing does.
type Decoded = Vec<((Option<Timestamp>, Vec<u8>), Option<String>)>;

#[test]
fn encoders_give_the_same_bytes_and_decoders_the_same_frames() {
    for entry in encoders().iter().filter(|entry| entry.implementation.missing.is_none()) {
        let name = entry.implementation.name;
        let splitting = SPLITTING.iter().filter(|(splits, _)| *splits == name).map(|split| split.1);
        for options in std::iter::once(&[][..]).chain(splitting) {
            let mut first: Option<(CodecParameters, Vec<Packet>)> = None;
            for threads in THREADS {
                let made = encode(entry, threads, options);
                match &first {
                    None => first = Some(made),
                    Some(first) => {
                        let same = contents(&made.1) == contents(&first.1);
                        assert!(same, "{name}: {threads} threads give other bytes, {options:?}");
                        assert_eq!(made.0.private, first.0.private, "{name}: private data");
                    }
                }
            }
            let (parameters, packets) = first.expect("made");
            check_decoders(&parameters, &packets, name);
        }
    }
}

/// Streams that we do not encode, or not with such tools.
#[test]
fn decoders_give_the_same_frames_of_others_streams() {
    const STREAMS: [(&str, &str, &[&str]); 12] = [
        ("h264", "a.mp4", &["-c:v", "libx264", "-bf", "3", "-preset", "medium"]),
        ("h264", "s.mp4", &["-c:v", "libx264", "-x264-params", "slices=4:keyint=4"]),
        ("h264", "o.mkv", &["-c:v", "libx264", "-x264-params", "keyint=7:open-gop=1:bframes=3"]),
        ("h264", "i.mp4", &["-c:v", "libx264", "-flags", "+ilme+ildct", "-x264-params", "tff=1"]),
        ("hevc", "a.mkv", &["-c:v", "libx265", "-x265-params", "log-level=error:wpp=1:slices=2"]),
        (
            "hevc",
            "g.mp4",
            &["-c:v", "libx265", "-x265-params", "log-level=error:keyint=6:open-gop=0"],
        ),
        ("vp9", "a.webm", &["-c:v", "libvpx-vp9", "-tile-columns", "1", "-cpu-used", "8"]),
        ("vp9", "g.webm", &["-c:v", "libvpx-vp9", "-g", "6", "-cpu-used", "8"]),
        ("vp8", "b.webm", &["-c:v", "libvpx", "-slices", "4", "-cpu-used", "8"]),
        ("vp8", "g.webm", &["-c:v", "libvpx", "-g", "6", "-deadline", "good", "-cpu-used", "5"]),
        ("av1", "c.mkv", &["-c:v", "libaom-av1", "-tiles", "2x2", "-cpu-used", "8"]),
        ("mjpeg", "d.mkv", &["-c:v", "mjpeg", "-q:v", "4"]),
    ];
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        assert!(std::env::var_os("RUSHES_REQUIRE_JUDGES").is_none(), "ffmpeg is required");
        return skipped("ffmpeg is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (codec, name, arguments) in STREAMS {
        let path = folder.path().join(name);
        if let Err(error) = make(&path, arguments) {
            skipped(&format!("{codec}: {error}"));
            continue;
        }
        let source = Source::open(&path).expect("it is there");
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        let parameters = demuxer.tracks()[0].codec.clone();
        assert_eq!(parameters.codec.name(), codec);
        let mut packets = Vec::new();
        while let Some(packet) = demuxer.next_packet().expect("whole") {
            packets.push(packet);
        }
        check_decoders(&parameters, &packets, name);
        // What is broken is told of the same packets, and the same pictures are missing.
        let mut random = Random::new(7);
        for packet in packets.iter_mut().skip(1).step_by(9) {
            let mut data = packet.data.to_vec();
            random.damage(&mut data);
            packet.data = data.into();
        }
        check_decoders(&parameters, &packets, &format!("{name}, damaged"));
    }
}

fn make(path: &Path, arguments: &[&str]) -> Result<(), String> {
    let (width, height) = SIZE;
    let source = format!("testsrc2=size={width}x{height}:rate=25:duration=1.6,format=yuv420p");
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-y", "-v", "error", "-f", "lavfi", "-i", &source])
        .args(arguments)
        .arg(path)
        .output()
        .map_err(|error| error.to_string())?;
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(words.trim().to_owned()) }
}

fn check_decoders(parameters: &CodecParameters, packets: &[Packet], what: &str) {
    let here = decoders().iter().filter(|entry| entry.implementation.missing.is_none());
    for entry in here.filter(|entry| entry.implementation.codec == parameters.codec) {
        let name = entry.implementation.name;
        let mut first: Option<Decoded> = None;
        for threads in THREADS {
            let mut options = DecoderOptions::default();
            options.threads = Some(threads);
            let mut decoder = match entry.create(parameters, &options) {
                Ok(decoder) => decoder,
                // A second decoder of a codec may be there for what the first cannot do.
                Err(rushes::Error::Unsupported(_)) => break,
                Err(error) => panic!("{name}: {error}"),
            };
            let frames = decode(&mut *decoder, packets);
            let good = frames.iter().filter(|(.., failed)| failed.is_none()).count();
            assert!(good > 0, "{name}: nothing of {what}");
            match &first {
                None => first = Some(frames),
                Some(first) => {
                    assert!(frames == *first, "{name}: {threads} threads decode {what} otherwise");
                }
            }
        }
    }
}

/// Frames and errors; packets are prepared where the decoder likes that.
fn decode(decoder: &mut dyn Decoder, packets: &[Packet]) -> Decoded {
    let mut decoded = Vec::new();
    let mut take = |decoder: &mut dyn Decoder, result: rushes::Result<()>| {
        let mut result = result.map(|()| None);
        loop {
            match result {
                Ok(None) => {}
                Ok(Some(frame)) => decoded.push((frame_contents(&frame), None)),
                Err(error) => decoded.push((Default::default(), Some(error.to_string()))),
            }
            result = decoder.next_frame();
            if matches!(result, Ok(None)) {
                break;
            }
        }
    };
    let mut prepared = 0;
    for (index, packet) in packets.iter().enumerate() {
        prepared = prepared.max(index);
        while prepared < packets.len().min(index + decoder.look_ahead()) {
            assert!(decoder.prepare(&packets[prepared]), "it asked for packets");
            prepared += 1;
        }
        let result = decoder.submit(packet);
        take(decoder, result);
    }
    let result = decoder.finish();
    take(decoder, result);
    decoded
}

fn encode(
    entry: &EncoderEntry,
    threads: u16,
    options: &[(&str, &str)],
) -> (CodecParameters, Vec<Packet>) {
    let name = entry.implementation.name;
    let (media, frames) = input(entry);
    let mut settings = EncoderOptions::new(media);
    settings.config.threads = Some(threads);
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    settings.options = options.collect();
    for (_, (option, value)) in FAST.iter().filter(|(fast, _)| *fast == name) {
        settings.options.insert((*option).to_owned(), (*value).to_owned());
    }
    let mut encoder = entry.create(&settings).expect(name);
    let mut packets = Vec::new();
    for frame in &frames {
        encoder.submit(frame).expect(name);
        while let Some(packet) = encoder.next_packet().expect(name) {
            packets.push(packet);
        }
    }
    encoder.finish().expect(name);
    while let Some(packet) = encoder.next_packet().expect(name) {
        packets.push(packet);
    }
    (encoder.parameters().clone(), packets)
}

fn input(entry: &EncoderEntry) -> (MediaParameters, Vec<Frame>) {
    if let Some(format) = entry.pixel_formats.first() {
        let mut video = VideoParameters::new(SIZE.0, SIZE.1);
        video.frame_rate = FrameRate::new(25, 1);
        video.pixel_format = Some(*format);
        let frames = (0..PICTURES).map(|at| Frame::Video(picture(*format, SIZE.0, SIZE.1, at)));
        return (MediaParameters::Video(video), frames.collect());
    }
    let rate = if entry.sample_rates.is_empty() || entry.sample_rates.contains(&48_000) {
        48_000
    } else {
        entry.sample_rates[0]
    };
    let format = *entry.sample_formats.first().expect("pictures or sound");
    let mut audio = AudioParameters::new(rate, ChannelLayout::STEREO);
    audio.sample_format = Some(format);
    let frame = sound(format, ChannelLayout::STEREO, rate, 30_000);
    (MediaParameters::Audio(audio), vec![Frame::Audio(frame)])
}

fn contents(packets: &[Packet]) -> Contents {
    let content = |packet: &Packet| (packet.pts, packet.key, packet.data.to_vec());
    packets.iter().map(content).collect()
}

fn frame_contents(frame: &Frame) -> (Option<Timestamp>, Vec<u8>) {
    let bytes = match frame {
        Frame::Video(frame) => {
            let planes = 0..frame.format.planes().len();
            planes.flat_map(|plane| frame.rows(plane).flatten().copied()).collect()
        }
        Frame::Audio(frame) => {
            let channels = 0..usize::from(frame.layout.channels());
            let values = channels.flat_map(|channel| samples(frame, channel));
            values.flat_map(f64::to_le_bytes).collect()
        }
        _ => Vec::new(),
    };
    (frame.pts(), bytes)
}
