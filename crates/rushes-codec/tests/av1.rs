//! Pictures through rav1e and back.
#![cfg(all(feature = "av1", feature = "rav1e"))]

use std::path::PathBuf;

use rushes_codec::{DecoderOptions, EncoderOptions, decoder_for, encoder_for};
use rushes_container::{DemuxOptions, MuxOptions, Sink, Source, open_demuxer, open_muxer};
use rushes_core::{
    ChromaLocation, CodecId, CodecParameters, ColorInfo, ColorPrimaries, ColorRange, ErrorKind,
    Frame, FrameRate, MatrixCoefficients, MediaParameters, Packet, PixelFormat, Plane, Ratio,
    TimeBase, Timestamp, Track, TransferFunction, VideoFrame, VideoParameters,
};

const SIZE: (u32, u32) = (70, 54);
/// A size of which every plane is whole squares of 4x4.
const WHOLE: (u32, u32) = (72, 56);

#[test]
fn all_formats_come_back_in_order_and_nearly_the_same() {
    let entry = encoder_for(&CodecId::Av1).expect("listed");
    assert_eq!(entry.pixel_formats.len(), 12);
    for (format, size) in entry.pixel_formats.iter().flat_map(|it| [(it, SIZE), (it, WHOLE)]) {
        let mut options = options(*format);
        let MediaParameters::Video(video) = &mut options.media else { panic!("video") };
        (video.width, video.height) = size;
        options.config.crf = Some(30.0);
        let coded = encode(&options, 6);
        assert_eq!(coded.packets.len(), 6, "{format}");
        let frames = decode(&coded.parameters, &coded.packets, 1);
        assert_eq!(frames.len(), 6, "{format}");
        for (index, frame) in frames.iter().enumerate() {
            let sent = picture(*format, size, index);
            assert_eq!(frame.pts, coded.packets[index].pts, "{format}");
            assert_eq!(frame.format, *format);
            assert_eq!((frame.width, frame.height), size);
            for plane in 0..format.planes().len() {
                let psnr = psnr(frame, &sent, plane);
                let least = if plane == 0 { 58.0 } else { 44.0 };
                assert!(psnr > least, "{format} {size:?} {index}, plane {plane}: {psnr} dB");
            }
        }
    }
}

#[test]
fn colour_and_aspect_are_in_the_stream() {
    let mut options = options(PixelFormat::Yuv420p);
    let MediaParameters::Video(video) = &mut options.media else { panic!("video") };
    video.color = ColorInfo::new(MatrixCoefficients::Smpte170M, ColorRange::Full);
    video.color.primaries = ColorPrimaries::Bt470Bg;
    video.color.transfer = TransferFunction::Smpte170M;
    video.color.chroma_location = ChromaLocation::Left;
    video.sample_aspect = Ratio::new(10, 7);
    let color = video.color;
    let mut coded = encode(&options, 1);
    // The decoder must not need what the container says.
    coded.parameters.media = MediaParameters::Video(VideoParameters::new(0, 0));
    let frames = decode(&coded.parameters, &coded.packets, 1);
    assert_eq!(frames[0].color, color);
    assert_eq!(Some(frames[0].sample_aspect), Ratio::new(10, 7));
}

#[test]
fn one_packet_may_show_a_picture_a_thousand_times() {
    let coded = encode(&options(PixelFormat::Yuv420p), 2);
    let mut packets = coded.packets;
    // Frame headers of one byte: `show_existing_frame`, of slot 0.
    let shows = [0x1a, 1, 0x88].repeat(1000);
    packets[0].data = [&packets[0].data[..], &shows].concat().into();
    for threads in [1, 8] {
        let frames = decode(&coded.parameters, &packets, threads);
        assert_eq!(frames.len(), 1002);
        assert!(frames[..1001].iter().all(|frame| frame.pts == packets[0].pts));
        assert_eq!(frames[1001].pts, packets[1].pts);
        assert_eq!(bytes(&frames[1000], 0), bytes(&frames[0], 0));
        assert_ne!(bytes(&frames[1001], 0), bytes(&frames[0], 0));
    }
}

#[test]
fn threads_do_not_change_the_output() {
    for rate in [None, Some(60_000)] {
        let run = |threads| {
            let mut options = options(PixelFormat::Yuv420p);
            options.config.threads = Some(threads);
            options.config.bit_rate = rate;
            options.options.insert("tiles".into(), "2".into());
            let coded = encode(&options, 10);
            let frames = decode(&coded.parameters, &coded.packets, threads);
            let bytes: Vec<u8> =
                frames.iter().flat_map(|frame| (0..3).flat_map(|at| bytes(frame, at))).collect();
            (coded.packets, bytes)
        };
        let one = run(1);
        for threads in [2, 8] {
            assert!(run(threads) == one, "{threads} threads");
        }
    }
}

#[test]
fn settings_do_what_they_say() {
    let size = |change: fn(&mut EncoderOptions)| {
        let mut options = options(PixelFormat::Yuv420p);
        change(&mut options);
        let coded = encode(&options, 20);
        let keys = coded.packets.iter().filter(|packet| packet.key).count();
        (coded.packets.iter().map(|packet| packet.data.len()).sum::<usize>(), keys)
    };
    let (normal, keys) = size(|_| {});
    assert_eq!(keys, 1);
    assert!(size(|options| options.config.crf = Some(40.0)).0 > normal);
    assert!(size(|options| options.config.qscale = Some(200.0)).0 < normal);
    assert!(size(|options| options.config.bit_rate = Some(10_000)).0 < normal);
    assert_eq!(size(|options| options.config.gop_size = Some(5)).1, 4);
    assert_eq!(size(|options| options.config.gop_size = Some(0)).1, 20);
    assert_eq!(size(|options| options.config.max_b_frames = Some(0)).1, 1);
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    let refused = |kind: ErrorKind, change: fn(&mut EncoderOptions)| {
        let mut options = options(PixelFormat::Yuv420p);
        options.options.clear();
        change(&mut options);
        let entry = encoder_for(&CodecId::Av1).expect("listed");
        let error = entry.create(&options).err().expect("refused");
        assert_eq!(error.kind(), kind, "{error}");
    };
    fn video(options: &mut EncoderOptions) -> &mut VideoParameters {
        let MediaParameters::Video(video) = &mut options.media else { panic!("video") };
        video
    }
    refused(ErrorKind::Usage, |options| options.config.crf = Some(0.0));
    refused(ErrorKind::Usage, |options| options.config.crf = Some(256.0));
    refused(ErrorKind::Usage, |options| options.config.preset = Some("11".into()));
    refused(ErrorKind::Usage, |options| {
        options.config.crf = Some(9.0);
        options.config.bit_rate = Some(9000);
    });
    refused(ErrorKind::Usage, |options| {
        options.config.preset = Some("5".into());
        options.options.insert("speed".into(), "5".into());
    });
    refused(ErrorKind::Unsupported, |options| video(options).width = 15);
    refused(ErrorKind::Unsupported, |options| {
        video(options).pixel_format = Some(PixelFormat::Rgb24);
    });
}

#[test]
fn containers_keep_packets_and_variable_times() {
    let mut options = options(PixelFormat::Yuv420p);
    options.time_base = TimeBase::per_second(1000);
    options.config.gop_size = Some(4);
    let entry = encoder_for(&CodecId::Av1).expect("listed");
    let mut encoder = entry.create(&options).expect("valid");
    let mut packets = Vec::new();
    let times = [0, 40, 70, 130, 131, 200, 240, 280, 300];
    for (index, time) in times.into_iter().enumerate() {
        let mut frame = picture(PixelFormat::Yuv420p, SIZE, index);
        frame.pts = Some(Timestamp::new(time));
        encoder.submit(&Frame::Video(frame)).expect("goes forward");
        packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("a good frame")));
    }
    encoder.finish().expect("the end");
    packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("the end")));
    let pts = |packets: &[Packet]| -> Vec<_> {
        packets.iter().map(|packet| packet.pts.map(Timestamp::ticks)).collect()
    };
    assert_eq!(pts(&packets), times.map(Some));
    let frames = decode(encoder.parameters(), &packets, 1);
    for format in ["mp4", "mov", "mkv", "webm", "ivf", "obu"] {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("av1.{format}"));
        let track = Track::new(1, encoder.parameters().clone(), encoder.time_base());
        let sink = Sink::create(&path).expect("a place to write");
        let mut muxer = open_muxer(format, sink, &[track], &MuxOptions::default()).expect(format);
        packets.iter().for_each(|packet| muxer.write(packet).expect(format));
        muxer.finish().expect(format);

        let source = Source::open(&path).expect("written");
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect(format);
        let parameters = demuxer.tracks()[0].codec.clone();
        let base = demuxer.tracks()[0].time_base;
        let mut read = Vec::new();
        while let Some(packet) = demuxer.next_packet().expect(format) {
            read.push(packet);
        }
        assert_eq!(read.len(), packets.len(), "{format}");
        for (got, sent) in read.iter().zip(&packets) {
            assert_eq!(got.key, sent.key, "{format}");
            // Raw OBUs have no times.
            if format != "obu" {
                let got = base.time(got.pts.expect("a time")).seconds();
                let sent = encoder.time_base().time(sent.pts.expect("a time")).seconds();
                assert!((got - sent).abs() < 1e-6, "{format}: {got} is not {sent}");
            }
        }
        let again = decode(&parameters, &read, 2);
        assert_eq!(again.len(), frames.len(), "{format}");
        for (got, sent) in again.iter().zip(&frames) {
            assert!((0..3).all(|plane| bytes(got, plane) == bytes(sent, plane)), "{format}");
        }
    }
}

#[test]
fn times_do_not_go_back_between_key_frames() {
    let mut options = options(PixelFormat::Yuv420p);
    options.config.gop_size = Some(3);
    let mut coded = encode(&options, 6);
    for (packet, time) in coded.packets.iter_mut().zip([0, 7, 5, 2, 4, 3]) {
        packet.pts = Some(Timestamp::new(time));
    }
    let frames = decode(&coded.parameters, &coded.packets, 1);
    let times: Vec<_> = frames.iter().filter_map(|frame| Some(frame.pts?.ticks())).collect();
    assert_eq!(times, [0, 7, 7, 2, 4, 4]);
}

struct Coded {
    parameters: CodecParameters,
    packets: Vec<Packet>,
}

fn options(format: PixelFormat) -> EncoderOptions {
    let mut video = VideoParameters::new(SIZE.0, SIZE.1);
    video.frame_rate = FrameRate::new(30_000, 1001);
    video.pixel_format = Some(format);
    let mut options = EncoderOptions::new(MediaParameters::Video(video));
    options.options.insert("speed".into(), "9".into());
    options
}

fn encode(options: &EncoderOptions, count: usize) -> Coded {
    let entry = encoder_for(&CodecId::Av1).expect("listed");
    let mut encoder = entry.create(options).expect("valid settings");
    let MediaParameters::Video(video) = &options.media else { panic!("video") };
    let (format, size) = (video.pixel_format.expect("set"), (video.width, video.height));
    let mut packets = Vec::new();
    for index in 0..count {
        encoder.submit(&Frame::Video(picture(format, size, index))).expect("a good frame");
        packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("a good frame")));
    }
    encoder.finish().expect("the end");
    packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("the end")));
    Coded { parameters: encoder.parameters().clone(), packets }
}

fn decode(parameters: &CodecParameters, packets: &[Packet], threads: u16) -> Vec<VideoFrame> {
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    let entry = decoder_for(&CodecId::Av1).expect("listed");
    let mut decoder = entry.create(parameters, &options).expect("valid");
    let mut frames = Vec::new();
    let mut take = |frame| {
        let Frame::Video(frame) = frame else { panic!("video decodes to pictures") };
        frames.push(frame);
    };
    for packet in packets {
        decoder.submit(packet).expect("a good packet");
        std::iter::from_fn(|| decoder.next_frame().expect("a good packet")).for_each(&mut take);
    }
    decoder.finish().expect("the end");
    std::iter::from_fn(|| decoder.next_frame().expect("the end")).for_each(take);
    frames
}

/// A moving pattern, with rows further apart than they are long.
fn picture(format: PixelFormat, size: (u32, u32), index: usize) -> VideoFrame {
    let scale = 1_usize << (format.bit_depth() - 8);
    let planes = format.planes().iter().enumerate().map(|(number, layout)| {
        let (width, height) = (layout.width(size.0) as usize + 3, layout.height(size.1) as usize);
        let sample = |at: usize| {
            let (x, y) = (at % width + index * 2, at / width + index);
            ((x * (number + 1) + y * 2) % 200 + 20) * scale + index % scale
        };
        let samples = (0..width * height).map(sample);
        let bytes: Vec<u8> = if layout.pixel_bytes == 1 {
            samples.map(|sample| u8::try_from(sample).expect("8 bits")).collect()
        } else {
            let wide = |sample| u16::try_from(sample).expect("12 bits").to_le_bytes();
            samples.flat_map(wide).collect()
        };
        Plane::new(bytes, width * layout.pixel_bytes)
    });
    VideoFrame::new(format, size.0, size.1, planes.collect()).expect("fits")
}

fn bytes(frame: &VideoFrame, plane: usize) -> Vec<u8> {
    frame.rows(plane).flatten().copied().collect()
}

/// PSNR of a plane; of chroma without what is more than whole squares of 4x4, in which rav1e counts errors.
fn psnr(got: &VideoFrame, sent: &VideoFrame, plane: usize) -> f64 {
    let bytes = got.format.planes()[plane].pixel_bytes;
    let samples = |frame: &VideoFrame| -> Vec<f64> {
        let rows: Vec<_> = frame.rows(plane).collect();
        let whole = |count: usize| if plane == 0 { count } else { count / 4 * 4 };
        let sample = |sample: &[u8]| {
            f64::from(u16::from(sample[0]) | u16::from(*sample.get(1).unwrap_or(&0)) << 8)
        };
        let row = |row: &&[u8]| {
            row.chunks_exact(bytes).take(whole(row.len() / bytes)).map(sample).collect::<Vec<_>>()
        };
        rows.iter().take(whole(rows.len())).flat_map(row).collect()
    };
    let (got_samples, sent_samples) = (samples(got), samples(sent));
    let error: f64 =
        got_samples.iter().zip(&sent_samples).map(|(got, sent)| (got - sent).powi(2)).sum();
    let most = f64::from((1_u32 << got.format.bit_depth()) - 1);
    #[expect(clippy::cast_precision_loss, reason = "few samples")]
    let mean = error / sent_samples.len() as f64;
    10.0 * (most * most / mean.max(1e-9)).log10()
}
