//! Pictures through OpenH264 and back.
#![cfg(all(feature = "h264", feature = "openh264"))]

use rushes_codec::{DecoderOptions, EncoderOptions, decoder_for, encoder_for};
use rushes_core::{
    CodecId, CodecParameters, ColorInfo, ColorPrimaries, ColorRange, ErrorKind, Frame, FrameRate,
    MatrixCoefficients, MediaParameters, Packet, PixelFormat, Plane, Ratio, TransferFunction,
    VideoFrame, VideoParameters,
};

const SIZE: (usize, usize) = (176, 130);

#[test]
fn pictures_come_back_in_order_and_nearly_the_same() {
    let (parameters, packets) = encode(&options(), 30);
    assert_eq!(packets.len(), 30);
    assert!(packets[0].key);
    let frames = decode(&parameters, &packets);
    assert_eq!(frames.len(), 30);
    for (index, frame) in frames.iter().enumerate() {
        let sent = picture(index);
        assert_eq!(frame.pts, packets[index].pts);
        assert_eq!((frame.width, frame.height), (sent.width, sent.height));
        for plane in 0..3 {
            let error: u64 = rows(frame, plane)
                .zip(rows(&sent, plane))
                .map(|(got, sent)| u64::from(got.abs_diff(sent)).pow(2))
                .sum();
            let pixels = rows(&sent, plane).count() as u64;
            // 38 dB.
            assert!(error * 95 < pixels * 1000, "picture {index}, plane {plane}: {error}");
        }
    }
}

#[test]
fn colour_and_aspect_are_in_the_stream() {
    let mut options = options();
    let MediaParameters::Video(video) = &mut options.media else { panic!("video") };
    video.color = ColorInfo::new(MatrixCoefficients::Smpte170M, ColorRange::Full);
    video.color.primaries = ColorPrimaries::Bt470Bg;
    video.color.transfer = TransferFunction::Smpte170M;
    video.sample_aspect = Ratio::new(12, 11);
    let color = video.color;
    let (mut parameters, packets) = encode(&options, 1);
    // The decoder must not need what the container says.
    parameters.media = MediaParameters::Video(VideoParameters::new(0, 0));
    let frames = decode(&parameters, &packets);
    assert_eq!(frames[0].color.or(color), frames[0].color);
    assert_eq!(color.or(frames[0].color), frames[0].color);
    assert_eq!(Some(frames[0].sample_aspect), Ratio::new(12, 11));
}

#[test]
fn threads_do_not_change_the_output() {
    for rate in [None, Some(200_000)] {
        let run = |threads| {
            let mut options = options();
            options.config.threads = Some(threads);
            options.config.bit_rate = rate;
            options.options.insert("slices".into(), "3".into());
            encode(&options, 8)
        };
        let (parameters, packets) = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == (parameters.clone(), packets.clone()), "{threads} threads");
        }
        assert_eq!(decode(&parameters, &packets).len(), 8);
    }
}

#[test]
fn settings_do_what_they_say() {
    let size = |change: fn(&mut EncoderOptions)| {
        let mut options = options();
        change(&mut options);
        let (_, packets) = encode(&options, 12);
        let keys = packets.iter().filter(|packet| packet.key).count();
        (packets.iter().map(|packet| packet.data.len()).sum::<usize>(), keys)
    };
    let (standard, keys) = size(|_| ());
    assert_eq!(keys, 1);
    assert!(size(|options| options.config.crf = Some(35.0)).0 < standard);
    assert!(size(|options| options.config.crf = Some(15.0)).0 > standard);
    assert_eq!(size(|options| options.config.gop_size = Some(0)).1, 12);
    assert_eq!(size(|options| options.config.gop_size = Some(5)).1, 3);
    let baseline = size(|options| {
        options.options.insert("profile".into(), "baseline".into());
    });
    assert!(baseline.0 > standard);
}

#[test]
fn sizes_that_cannot_be_stored_are_refused() {
    let kind = |width, height| {
        let media = MediaParameters::Video(VideoParameters::new(width, height));
        let entry = encoder_for(&CodecId::H264).expect("listed");
        entry.create(&EncoderOptions::new(media)).err().map(|error| error.kind())
    };
    for (width, height) in [(175, 144), (176, 143), (0, 0), (8, 8), (4096, 2160), (3840, 3840)] {
        assert_eq!(kind(width, height), Some(ErrorKind::Unsupported), "{width}x{height}");
    }
    for (width, height) in [(16, 16), (18, 1000), (2160, 3840)] {
        assert_eq!(kind(width, height), None, "{width}x{height}");
    }
}

fn options() -> EncoderOptions {
    let (width, height) = SIZE;
    let side = |side: usize| u32::try_from(side).expect("small");
    let mut video = VideoParameters::new(side(width), side(height));
    video.frame_rate = FrameRate::new(30_000, 1001);
    EncoderOptions::new(MediaParameters::Video(video))
}

fn encode(options: &EncoderOptions, count: usize) -> (CodecParameters, Vec<Packet>) {
    let entry = encoder_for(&CodecId::H264).expect("listed");
    let mut encoder = entry.create(options).expect("valid settings");
    let mut packets = Vec::new();
    for index in 0..count {
        encoder.submit(&Frame::Video(picture(index))).expect("a good frame");
        packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("a good frame")));
    }
    encoder.finish().expect("the end");
    packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("the end")));
    (encoder.parameters().clone(), packets)
}

fn decode(parameters: &CodecParameters, packets: &[Packet]) -> Vec<VideoFrame> {
    let entry = decoder_for(&CodecId::H264).expect("listed");
    let mut decoder = entry.create(parameters, &DecoderOptions::default()).expect("valid");
    let mut frames = Vec::new();
    let mut next = |frame| {
        let Frame::Video(frame) = frame else { panic!("video decodes to pictures") };
        frames.push(frame);
    };
    for packet in packets {
        decoder.submit(packet).expect("a good packet");
        // The parameter set says that nothing is reordered: no picture waits.
        next(decoder.next_frame().expect("a good packet").expect("a frame for each packet"));
    }
    decoder.finish().expect("the end");
    assert!(decoder.next_frame().expect("the end").is_none());
    frames
}

/// A moving pattern, with rows further apart than they are long.
fn picture(index: usize) -> VideoFrame {
    let plane = |width: usize, height: usize, slope: usize| {
        let stride = width + 5;
        let value = |at: usize| {
            let (x, y) = (at % stride + index * 2, at / stride + index);
            u8::try_from((x * slope + y * 2 + x * y / 64) % 200).expect("below 200") + 20
        };
        Plane::new((0..stride * height).map(value).collect::<Vec<_>>(), stride)
    };
    let (width, height) = SIZE;
    let planes = vec![
        plane(width, height, 1),
        plane(width / 2, height / 2, 0),
        plane(width / 2, height / 2, 1),
    ];
    let side = |side: usize| u32::try_from(side).expect("small");
    VideoFrame::new(PixelFormat::Yuv420p, side(width), side(height), planes).expect("fits")
}

fn rows(frame: &VideoFrame, plane: usize) -> impl Iterator<Item = u8> {
    frame.rows(plane).flatten().copied()
}
