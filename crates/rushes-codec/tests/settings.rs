//! Every setting that encoders share, on every encoder of this build: it changes what comes out, or is refused by name.

use rushes_codec::{CodecConfig, EncoderEntry, EncoderOptions, encoders};
use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, ErrorKind, Frame, FrameRate, MediaParameters,
    Packet, PixelFormat, Plane, PlaneLayout, Result, Sample, SampleFormat, Timestamp, VideoFrame,
    VideoParameters,
};

const SIZE: (u32, u32) = (64, 48);
const RATE: u32 = 48_000;
const FRAMES: u8 = 9;

/// A field of [`CodecConfig`] with a value of it.
type Setting = (&'static str, fn(&mut CodecConfig));

/// Values that differ from the defaults of all.
const SETTINGS: [Setting; 7] = [
    ("bit_rate", |config| config.bit_rate = Some(96_000)),
    ("compression_level", |config| config.compression_level = Some(1)),
    ("qscale", |config| config.qscale = Some(3.0)),
    ("gop_size", |config| config.gop_size = Some(4)),
    ("max_b_frames", |config| config.max_b_frames = Some(0)),
    ("crf", |config| config.crf = Some(40.0)),
    ("preset", |config| config.preset = Some("9".into())),
];

/// What encoders honour; those that are not named have no settings.
const HONOURED: [(&str, &[&str]); 8] = [
    ("openh264", &["bit_rate", "gop_size", "max_b_frames", "crf", "preset"]),
    ("rav1e", &["bit_rate", "qscale", "gop_size", "max_b_frames", "crf", "preset"]),
    ("aac", &["bit_rate", "qscale"]),
    ("mjpeg", &["qscale", "crf"]),
    ("png", &["compression_level"]),
    ("opus", &["bit_rate", "compression_level"]),
    ("flac", &["compression_level"]),
    ("mp3", &["bit_rate", "qscale"]),
];

#[test]
fn a_setting_is_honoured_or_refused_by_name() {
    for entry in present() {
        let name = entry.implementation.name;
        let honoured = HONOURED.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, all)| all);
        let plain = encode(entry, |_| {}).expect(name);
        for (field, set) in SETTINGS {
            let set = |config: &mut CodecConfig| {
                set(config);
                if name == "openh264" && field == "preset" {
                    config.preset = Some("fast".into());
                }
            };
            match encode(entry, set) {
                // OpenH264 has no B-frames, and so does what was asked for anyway.
                Ok(packets) => {
                    assert!(honoured.contains(&field), "{name} takes {field}");
                    let same = (name, field) == ("openh264", "max_b_frames");
                    assert_eq!(packets == plain, same, "{name} ignores {field}");
                }
                Err(error) => {
                    assert!(!honoured.contains(&field), "{name}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");
                    assert!(error.to_string().contains(&format!("no {field}")), "{name}: {error}");
                }
            }
        }
    }
}

#[test]
fn threads_are_taken_and_change_nothing() {
    for entry in present() {
        let run = |threads| encode(entry, |config| config.threads = threads);
        let name = entry.implementation.name;
        let plain = run(None).expect(name);
        for threads in [1, 2, 7] {
            assert!(run(Some(threads)).expect(name) == plain, "{name}: {threads} threads differ");
        }
    }
}

fn present() -> impl Iterator<Item = &'static EncoderEntry> {
    encoders().iter().filter(|entry| entry.implementation.missing.is_none())
}

fn encode(entry: &EncoderEntry, set: impl Fn(&mut CodecConfig)) -> Result<Vec<Packet>> {
    let (media, frames) = input(entry);
    let mut options = EncoderOptions::new(media);
    set(&mut options.config);
    let mut encoder = entry.create(&options)?;
    let mut packets = Vec::new();
    for frame in &frames {
        encoder.submit(frame)?;
        packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("a good frame")));
    }
    encoder.finish()?;
    packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("the end")));
    Ok(packets)
}

/// Media that the encoder takes, and frames with some texture.
fn input(entry: &EncoderEntry) -> (MediaParameters, Vec<Frame>) {
    if let Some(format) = entry.pixel_formats.first() {
        let mut media = VideoParameters::new(SIZE.0, SIZE.1);
        media.frame_rate = FrameRate::new(25, 1);
        media.pixel_format = Some(*format);
        let frames = (0..FRAMES).map(|index| picture(*format, index)).collect();
        return (MediaParameters::Video(media), frames);
    }
    let mut media = AudioParameters::new(RATE, ChannelLayout::STEREO);
    media.sample_format = entry.sample_formats.first().copied();
    let block = match media.sample_format {
        Some(SampleFormat::U8) => block(|sample| sample.to_be_bytes()[0] ^ 0x80),
        Some(SampleFormat::S16) => block(|sample| sample),
        Some(SampleFormat::S32) => block(|sample| i32::from(sample) << 16),
        Some(SampleFormat::S64) => block(|sample| i64::from(sample) << 48),
        Some(SampleFormat::F64) => block(|sample| f64::from(sample) / 32768.0),
        _ => block(|sample| f32::from(sample) / 32768.0),
    };
    (MediaParameters::Audio(media), vec![block])
}

/// A fifth of a second of a falling tone with noise.
fn block<T: Sample>(make: fn(i16) -> T) -> Frame {
    let mut noise = 1_u32;
    let sample = |at: u16| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let time = f32::from(at) / 48_000.0;
        let tone = (time * (9000.0 - 12_000.0 * time)).sin() * 9000.0;
        #[expect(clippy::cast_possible_truncation, reason = "12000 at most")]
        let tone = tone as i16;
        make(tone + i16::from(noise.to_be_bytes()[0]) * 8)
    };
    let samples: Vec<T> = (0..9600 * 2).map(sample).collect();
    let frame = AudioFrame::new(samples, ChannelLayout::STEREO, RATE).expect("divides");
    Frame::Audio(frame)
}

fn picture(format: PixelFormat, index: u8) -> Frame {
    let mut noise = u32::from(index);
    let mut plane = |layout: &PlaneLayout| {
        let (row, height) = (layout.row_bytes(SIZE.0), layout.height(SIZE.1) as usize);
        let sample = |at: usize| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let slope = at % row * 2 + at / row + usize::from(index) * 5;
            u8::try_from(slope % 128).expect("few") + noise.to_be_bytes()[0] / 8
        };
        Plane::new((0..row * height).map(sample).collect::<Vec<_>>(), row)
    };
    let planes = format.planes().iter().map(&mut plane).collect();
    let mut frame = VideoFrame::new(format, SIZE.0, SIZE.1, planes).expect("fits");
    frame.pts = Some(Timestamp::new(i64::from(index)));
    Frame::Video(frame)
}
