//! What the traits promise, for every decoder and encoder of this build.

mod samples;

use std::collections::BTreeMap;

use rushes_codec::{
    Decoder, DecoderEntry, DecoderOptions, Encoder, EncoderEntry, EncoderOptions, decoders,
    encoder_for, encoders,
};
use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecId, CodecParameters, ErrorKind, Frame,
    FrameRate, MediaParameters, MpegAudioHeader, Packet, PixelFormat, Plane, PlaneLayout, Sample,
    SampleFormat, Timestamp, VideoFrame, VideoParameters,
};

const SIZE: (u32, u32) = (32, 16);
const RATE: u32 = 48_000;

#[test]
fn decoders_keep_their_word() {
    for entry in present(decoders()) {
        let name = entry.implementation.name;
        let (parameters, packets) = sample(&entry.implementation.codec);
        let make = |options: &DecoderOptions| entry.create(&parameters, options);
        let mut decoder = make(&DecoderOptions::default()).expect(name);
        assert!(decoder.next_frame().expect(name).is_none(), "{name}: a frame from nothing");

        let frames = decode(&mut *decoder, &packets);
        assert!(!frames.is_empty(), "{name}: no frames");
        assert!(frames.is_sorted_by_key(Frame::pts), "{name}: times are out of order");
        // The first packet of Vorbis has nothing to overlap with.
        let first = usize::from(entry.implementation.codec == CodecId::Vorbis);
        assert_eq!(frames[0].pts(), packets[first].pts, "{name}: the first time is another");
        for _ in 0..3 {
            assert!(decoder.next_frame().expect(name).is_none(), "{name}: frames after the end");
        }
        let error = decoder.submit(&packets[0]).expect_err("finished");
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");

        decoder.reset();
        let again = decode(&mut *decoder, &packets);
        assert_eq!(contents(&again), contents(&frames), "{name}: a reset changes the frames");

        // A reset in the middle forgets what came before it.
        decoder.reset();
        decoder.submit(&packets[0]).expect(name);
        decoder.reset();
        assert!(decoder.next_frame().expect(name).is_none(), "{name}: a frame survives a reset");
        let again = decode(&mut *decoder, &packets);
        assert_eq!(contents(&again), contents(&frames), "{name}: a reset leaves something behind");

        for threads in [1, 2, 7] {
            let mut options = DecoderOptions::default();
            options.threads = Some(threads);
            let again = decode(&mut *make(&options).expect(name), &packets);
            assert_eq!(contents(&again), contents(&frames), "{name}: {threads} threads differ");
        }
        let mut options = DecoderOptions::default();
        options.options = unknown();
        let error = make(&options).err().expect("an unknown option");
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");
    }
}

#[test]
fn decoders_survive_damage() {
    for entry in present(decoders()) {
        let name = entry.implementation.name;
        let (parameters, packets) = sample(&entry.implementation.codec);
        let mut decoder = entry.create(&parameters, &DecoderOptions::default()).expect(name);
        for cut in 0..packets[0].data.len() {
            // Malformed or not: what counts is that it returns, and that it is not the caller's fault.
            let cut = packets[0].data.slice(0..cut).expect("inside");
            if let Err(error) = decoder.submit(&Packet::new(0, cut)) {
                assert_ne!(error.kind(), ErrorKind::Usage, "{name}: {error}");
            }
            while decoder.next_frame().expect(name).is_some() {}
        }
        decoder.reset();
        assert!(!decode(&mut *decoder, &packets).is_empty(), "{name}: damage outlives a reset");
    }
}

#[test]
fn encoders_keep_their_word() {
    for entry in present(encoders()) {
        let name = entry.implementation.name;
        let (media, frames) = input(entry);
        let mut encoder = entry.create(&EncoderOptions::new(media.clone())).expect(name);
        assert_eq!(encoder.parameters().codec, entry.implementation.codec);
        let packets = encode(&mut *encoder, &frames);
        assert!(!packets.is_empty(), "{name}: no packets");
        assert!(packets.is_sorted_by_key(|packet| packet.dts), "{name}: times are out of order");
        assert!(packets[0].key, "{name}: the first packet is no key packet");
        for _ in 0..3 {
            assert!(encoder.next_packet().expect(name).is_none(), "{name}: packets after the end");
        }
        let error = encoder.submit(&frames[0]).expect_err("finished");
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");

        // The same input gives the same bytes.
        let mut encoder = entry.create(&EncoderOptions::new(media.clone())).expect(name);
        assert!(encode(&mut *encoder, &frames) == packets, "{name}: two runs differ");

        // Nothing in, nothing out.
        let mut encoder = entry.create(&EncoderOptions::new(media.clone())).expect(name);
        assert!(encode(&mut *encoder, &[]).is_empty(), "{name}: packets from nothing");
    }
}

#[test]
fn encoders_refuse_what_they_cannot_honour() {
    for entry in present(encoders()) {
        let name = entry.implementation.name;
        let (media, frames) = input(entry);
        let refused = |change: fn(&mut EncoderOptions)| {
            let mut options = EncoderOptions::new(media.clone());
            change(&mut options);
            let error = entry.create(&options).err().expect("refused");
            assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");
        };
        refused(|options| options.options = unknown());
        // Some do have levels, though not this one.
        refused(|options| options.config.compression_level = Some(-7));
        refused(|options| options.config.max_b_frames = Some(2));
        refused(|options| options.config.preset = Some("no such preset".into()));
        refused(|options| options.media = MediaParameters::Other);

        let mut encoder = entry.create(&EncoderOptions::new(media)).expect(name);
        let other_kind = if matches!(frames[0], Frame::Video(_)) { audio(0) } else { video(0) };
        let error = encoder.submit(&other_kind).expect_err("the other kind of frame");
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");
        for frame in &frames {
            encoder.submit(frame).expect(name);
        }
        let error = encoder.submit(&frames[0]).expect_err("a time that goes back");
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}: {error}");
    }
}

#[test]
fn missing_entries_say_how_to_get_them() {
    for entry in decoders().iter().filter(|entry| entry.implementation.missing.is_some()) {
        let (parameters, _) = sample(&entry.implementation.codec);
        let error = entry.create(&parameters, &DecoderOptions::default()).err().expect("missing");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("add the feature"), "{error}");
    }
    for entry in encoders().iter().filter(|entry| entry.implementation.missing.is_some()) {
        let options = EncoderOptions::new(MediaParameters::Other);
        let error = entry.create(&options).err().expect("missing");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("add the feature"), "{error}");
    }
}

trait Listed {
    fn is_present(&self) -> bool;
}

impl Listed for DecoderEntry {
    fn is_present(&self) -> bool {
        self.implementation.missing.is_none()
    }
}

impl Listed for EncoderEntry {
    fn is_present(&self) -> bool {
        self.implementation.missing.is_none()
    }
}

fn present<E: Listed>(entries: &[E]) -> impl Iterator<Item = &E> {
    entries.iter().filter(|entry| entry.is_present())
}

fn unknown() -> BTreeMap<String, String> {
    BTreeMap::from([("no such option".to_owned(), "1".to_owned())])
}

fn decode(decoder: &mut dyn Decoder, packets: &[Packet]) -> Vec<Frame> {
    let mut frames = Vec::new();
    for packet in packets {
        decoder.submit(packet).expect("a good packet");
        while let Some(frame) = decoder.next_frame().expect("a good packet") {
            frames.push(frame);
        }
    }
    decoder.finish().expect("the end");
    while let Some(frame) = decoder.next_frame().expect("the end") {
        frames.push(frame);
    }
    frames
}

fn encode(encoder: &mut dyn Encoder, frames: &[Frame]) -> Vec<Packet> {
    let mut packets = Vec::new();
    for frame in frames {
        encoder.submit(frame).expect("a good frame");
        while let Some(packet) = encoder.next_packet().expect("a good frame") {
            packets.push(packet);
        }
    }
    encoder.finish().expect("the end");
    while let Some(packet) = encoder.next_packet().expect("the end") {
        packets.push(packet);
    }
    packets
}

/// Times and bytes of frames.
fn contents(frames: &[Frame]) -> Vec<(Option<Timestamp>, Vec<u8>)> {
    let bytes = |frame: &Frame| match frame {
        Frame::Video(frame) => {
            let planes = 0..frame.format.planes().len();
            planes.flat_map(|plane| frame.rows(plane).flatten().copied()).collect()
        }
        Frame::Audio(frame) => {
            (0..usize::from(frame.layout.channels())).flat_map(|c| channel(frame, c)).collect()
        }
        _ => Vec::new(),
    };
    frames.iter().map(|frame| (frame.pts(), bytes(frame))).collect()
}

fn channel(frame: &AudioFrame, channel: usize) -> Vec<u8> {
    macro_rules! bytes {
        ($type:ty) => {
            frame
                .plane::<$type>(channel)
                .into_iter()
                .flatten()
                .flat_map(|sample| sample.to_le_bytes())
                .collect()
        };
    }
    match frame.format() {
        SampleFormat::U8 => bytes!(u8),
        SampleFormat::S16 => bytes!(i16),
        SampleFormat::S32 => bytes!(i32),
        SampleFormat::S64 => bytes!(i64),
        SampleFormat::F32 => bytes!(f32),
        _ => bytes!(f64),
    }
}

/// A track of the codec, and its packets.
fn sample(codec: &CodecId) -> (CodecParameters, Vec<Packet>) {
    let at = |index: usize| Timestamp::new(i64::try_from(index).expect("few"));
    let video = samples::video::tracks();
    if let Some(track) = video.into_iter().find(|(parameters, _)| parameters.codec == *codec) {
        return track;
    }
    match codec {
        CodecId::Av1 => {
            let mut parameters = CodecParameters::video(CodecId::Av1, VideoParameters::new(32, 16));
            parameters.private = hex(AV1_PRIVATE).into();
            let packet = |(index, data): (usize, &&str)| {
                Packet::new(0, hex(data)).with_pts(at(index)).with_key(index == 0)
            };
            (parameters, AV1_PACKETS.iter().enumerate().map(packet).collect())
        }
        CodecId::Aac | CodecId::Gif | CodecId::Mjpeg | CodecId::Png | CodecId::RawVideo => {
            // One feature brings the decoder and the encoder.
            let entry = encoder_for(codec).expect("listed");
            let (media, frames) = input(entry);
            match entry.create(&EncoderOptions::new(media)) {
                Ok(mut encoder) => {
                    let packets = encode(&mut *encoder, &frames);
                    (encoder.parameters().clone(), packets)
                }
                Err(_) => (CodecParameters::other(codec.clone()), Vec::new()),
            }
        }
        CodecId::Ac3 | CodecId::Eac3 => {
            let bytes = hex(if *codec == CodecId::Ac3 { AC3 } else { EAC3 });
            let audio = AudioParameters::new(RATE, ChannelLayout::MONO);
            let packet = |index| Packet::new(0, bytes.clone()).with_pts(at(index)).with_key(true);
            (CodecParameters::audio(codec.clone(), audio), (0..3).map(packet).collect())
        }
        CodecId::Alac => samples::alac(),
        CodecId::Flac => samples::flac(),
        CodecId::Opus => samples::opus(),
        CodecId::Vorbis => samples::vorbis(),
        CodecId::Apng => {
            let mut parameters = CodecParameters::video(CodecId::Apng, VideoParameters::new(4, 2));
            parameters.private = hex(APNG_PRIVATE).into();
            let packet = |(index, data): (usize, &&str)| {
                Packet::new(0, hex(data)).with_pts(at(index)).with_key(index == 0)
            };
            (parameters, APNG_PACKETS.iter().enumerate().map(packet).collect())
        }
        CodecId::WebP => {
            let parameters = CodecParameters::video(CodecId::WebP, VideoParameters::new(12, 10));
            (parameters, vec![Packet::new(0, hex(WEBP)).with_pts(at(0)).with_key(true)])
        }
        CodecId::Mp1 | CodecId::Mp2 | CodecId::Mp3 => {
            // Zeros behind the header are silence.
            let header = match codec {
                CodecId::Mp1 => [0xff, 0xff, 0x44, 0x00],
                CodecId::Mp2 => [0xff, 0xfd, 0x84, 0x00],
                _ => [0xff, 0xfb, 0x94, 0x00],
            };
            let size = MpegAudioHeader::read(&header).and_then(|header| header.frame_bytes());
            let mut bytes = header.to_vec();
            bytes.resize(size.expect("a bit rate"), 0);
            let audio = AudioParameters::new(RATE, ChannelLayout::STEREO);
            let packet = |index| Packet::new(0, bytes.clone()).with_pts(at(index)).with_key(true);
            (CodecParameters::audio(codec.clone(), audio), (0..3).map(packet).collect())
        }
        codec => {
            let audio = AudioParameters::new(RATE, ChannelLayout::STEREO);
            let bytes: Vec<u8> = (0..=255).collect();
            let packet = |index| Packet::new(0, bytes.clone()).with_pts(at(index)).with_key(true);
            (CodecParameters::audio(codec.clone(), audio), (0..3).map(packet).collect())
        }
    }
}

/// Media that the encoder takes, and frames of it.
fn input(entry: &EncoderEntry) -> (MediaParameters, Vec<Frame>) {
    if let Some(format) = entry.pixel_formats.first() {
        let mut media = VideoParameters::new(SIZE.0, SIZE.1);
        media.frame_rate = FrameRate::new(25, 1);
        media.pixel_format = Some(*format);
        let frames = (0..3).map(|index| video_of(*format, index)).collect();
        return (MediaParameters::Video(media), frames);
    }
    let mut media = AudioParameters::new(RATE, ChannelLayout::STEREO);
    media.sample_format = entry.sample_formats.first().copied();
    let block: fn(i64) -> Frame = match media.sample_format {
        Some(SampleFormat::U8) => block_of::<u8>,
        Some(SampleFormat::S16) => block_of::<i16>,
        Some(SampleFormat::S32) => block_of::<i32>,
        Some(SampleFormat::S64) => block_of::<i64>,
        Some(SampleFormat::F64) => block_of::<f64>,
        _ => audio,
    };
    (MediaParameters::Audio(media), (0..3).map(|index| block(index * 1000)).collect())
}

fn audio(pts: i64) -> Frame {
    block_of::<f32>(pts)
}

fn block_of<T: Sample>(pts: i64) -> Frame {
    let samples = vec![T::default(); 2000];
    let mut frame = AudioFrame::new(samples, ChannelLayout::STEREO, RATE).expect("divides");
    frame.pts = Some(Timestamp::new(pts));
    Frame::Audio(frame)
}

fn video(index: i64) -> Frame {
    video_of(PixelFormat::Yuv420p, index)
}

fn video_of(format: PixelFormat, index: i64) -> Frame {
    let shade = u8::try_from(index).expect("few") * 40;
    let plane = |layout: &PlaneLayout| {
        let bytes = layout.row_bytes(SIZE.0) * layout.height(SIZE.1) as usize;
        let samples: Vec<u8> = (0..=96).map(|at| shade + at).cycle().take(bytes).collect();
        Plane::new(samples, layout.row_bytes(SIZE.0))
    };
    let planes = format.planes().iter().map(plane).collect();
    let mut frame = VideoFrame::new(format, SIZE.0, SIZE.1, planes).expect("fits");
    frame.pts = Some(Timestamp::new(index));
    Frame::Video(frame)
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}

/// Three pictures of 32x16 pixels by libaom, Main profile.
const AV1_PRIVATE: &str = "81000c000a0a000000021ffcdaf98040";
const AV1_PACKETS: [&str; 3] = [
    "0a0a000000021ffcdaf98040328a01140034000000a0088080f27f917baa9fdf0f191d4728eb5a3e7b2b0313328dc2a\
     ee091d264f84e57ff2c5db3ebf0211f48248ecc4c1d13c7f3e2b6692b884d8f9f28420a8b70b123963d978207010c3f\
     b065ec52caae3284f4691b8004221299b29ed3cbb58442d73f5087401eaca381795f2f35fd074ee8ef082b2770ddd5a\
     d2bac35e07b260a576484",
    "32133301e040000006d70000028000008000d7bdc0",
    "32133302e082000006e4000002c000008000d89f40",
];
/// An animation of three frames that leave one another in different ways.
const APNG_PRIVATE: &str = "0000000d49484452000000040000000208060000007fa87d63000000086163544c0000000300000000ceedba\
     c0";
const APNG_PACKETS: [&str; 3] = [
    "0000001a6663544c00000000000000040000000200000000000000000001000a00007588d713000000114944\
     415478da63105030f88f8c19d00500af260af99086dc3a",
    "0000001a6663544c00000001000000020000000100000001000000010001000a02014092dacd000000126664\
     41540000000278da63f8cfc0d000c2000efd02ffa91ea26d",
    "0000001a6663544c00000003000000040000000200000000000000000001000a0001746adeb8000000146664\
     41540000000478da6360f8cfe08082d10500aa9609f999d7bcda",
];

/// A lossy picture of 12x10 pixels.
const WEBP: &str = "5249464644000000574542505650382038000000f001009d012a0c000a0004006825b0027400dd8c43c8e000\
     00fedcefbeea7d9096e54f8f70319eb58a0c01b27ad676f9136fbd554f5bc000";

/// A tone in mono, at 32 kbit/s by FFmpeg.
const AC3: &str = "0b7790d500402f8429028d13c7f24477cf9f3a4cb9f3d86fb3a54badeeb7ea4cbfb41041f84200dc59a2b039\
     82a0d12c32403b2613d8e2d8dd58532fcd5cea8c900d4ec16b216a7e970935e521b453240115fa08677d2091\
     802d0b00a4eec900dc95aee84a2aed0b5ffe95bb62324038fa33c965477c50aae7ba9de14c80736d";
const EAC3: &str = "0b77003f3287c000000628014689e3f9223be7cf9d265cf9ec37d9d2a5d6f75bf52106f0880371668ac0e60a\
     8344a26491d9184ec716c6eac2997e6ae75cb200d4f60eb216a7e970935e521b419924227fa10cefa4123005\
     a160149c2c923732b7ba128abb42d7ffa56ed996521c768de4b2a3be285573dd4ef03b248000312d";
