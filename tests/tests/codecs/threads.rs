//! One result for any number of threads, on pictures large enough for tiles, slices and frames to be worked on side by side.

use rushes::codec::EncoderOptions;
use rushes::{
    AudioParameters, ChannelLayout, CodecParameters, DecoderOptions, EncoderEntry, Frame,
    FrameRate, MediaParameters, Packet, Timestamp, VideoParameters, decoders, encoders,
};

use crate::media::{picture, samples, sound};

const THREADS: [u16; 3] = [1, 2, 8];
const SIZE: (u32, u32) = (640, 368);
const PICTURES: i64 = 5;
/// Options that make an encoder split pictures among threads.
const SPLITTING: [(&str, &[(&str, &str)]); 1] = [("openh264", &[("slices", "4")])];

/// Options of encoders that are slow without.
const FAST: [(&str, (&str, &str)); 1] = [("rav1e", ("speed", "10"))];

/// What comes out, so that it can be compared.
type Contents = Vec<(Option<Timestamp>, bool, Vec<u8>)>;

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

fn check_decoders(parameters: &CodecParameters, packets: &[Packet], what: &str) {
    let here = decoders().iter().filter(|entry| entry.implementation.missing.is_none());
    for entry in here.filter(|entry| entry.implementation.codec == parameters.codec) {
        let name = entry.implementation.name;
        let mut first: Option<Contents> = None;
        for threads in THREADS {
            let mut options = DecoderOptions::default();
            options.threads = Some(threads);
            let mut decoder = match entry.create(parameters, &options) {
                Ok(decoder) => decoder,
                // A second decoder of a codec may be there for what the first cannot do.
                Err(rushes::Error::Unsupported(_)) => break,
                Err(error) => panic!("{name}: {error}"),
            };
            let mut frames = Vec::new();
            for packet in packets {
                decoder.submit(packet).expect(name);
                while let Some(frame) = decoder.next_frame().expect(name) {
                    frames.push(frame_contents(&frame));
                }
            }
            decoder.finish().expect(name);
            while let Some(frame) = decoder.next_frame().expect(name) {
                frames.push(frame_contents(&frame));
            }
            assert!(!frames.is_empty(), "{name}: nothing of {what}");
            match &first {
                None => first = Some(frames),
                Some(first) => {
                    assert!(frames == *first, "{name}: {threads} threads decode {what} otherwise");
                }
            }
        }
    }
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

fn frame_contents(frame: &Frame) -> (Option<Timestamp>, bool, Vec<u8>) {
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
    (frame.pts(), false, bytes)
}
