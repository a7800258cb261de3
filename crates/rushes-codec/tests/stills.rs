//! Pictures of the encoders that code each for itself, through every container that takes them, and back.
#![cfg(all(feature = "gif", feature = "jpeg", feature = "png"))]

use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use rushes_codec::{DecoderOptions, EncoderOptions, decoder_for, encoder_for};
use rushes_container::{
    DemuxOptions, MuxOptions, Sink, Source, check_tracks, muxer_formats, open_demuxer, open_muxer,
};
use rushes_core::{
    CodecId, CodecParameters, ColorRange, Frame, FrameRate, MediaParameters, Packet, PixelFormat,
    Plane, TimeBase, Track, VideoFrame, VideoParameters,
};

const SIZE: (u32, u32) = (45, 31);

#[test]
fn pictures_come_back_from_every_container() {
    let check_all = |codec: CodecId, least: usize| {
        let mut checked = 0;
        for format in encoder_for(&codec).expect("listed").pixel_formats {
            let (parameters, base, _) = encode(&codec, *format, &[]);
            let track = Track::new(0, parameters, base);
            for container in muxer_formats().map(|format| format.name) {
                // Matroska takes raw pictures of any format, though it has no place for the name of it.
                let unnamed = codec == CodecId::RawVideo && container != "y4m";
                if !unnamed && check_tracks(container, std::slice::from_ref(&track)).is_ok() {
                    let count = if matches!(container, "jpeg" | "png") { 1 } else { 3 };
                    check(&codec, *format, container, count);
                    checked += 1;
                }
            }
        }
        assert!(checked >= least, "{codec}: only {checked}");
    };
    check_all(CodecId::Mjpeg, 6 * 5);
    check_all(CodecId::Png, 6 * 3);
    check_all(CodecId::Gif, 2);
    check_all(CodecId::RawVideo, 15);
}

fn check(codec: &CodecId, format: PixelFormat, container: &str, count: usize) {
    let what = format!("{format} as {codec} in {container}");
    let sent: Vec<_> = (0..count).map(|index| picture(format, index)).collect();
    let (parameters, base, packets) = encode(codec, format, &sent);
    let decoded = decode(&parameters, &packets);
    let file = mux(container, &parameters, base, &packets);

    let mut demuxer = open_demuxer(Source::bytes(file), &DemuxOptions::default()).expect(&what);
    let parameters = demuxer.tracks()[0].codec.clone();
    assert_eq!(parameters.codec, *codec, "{what}");
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet().expect(&what) {
        packets.push(packet);
    }
    let read = decode(&parameters, &packets);
    assert_eq!(read.len(), count, "{what}");
    for ((read, decoded), sent) in read.iter().zip(&decoded).zip(&sent) {
        assert_eq!((read.format, read.width, read.height), (decoded.format, SIZE.0, SIZE.1));
        for plane in 0..read.format.planes().len() {
            assert!(read.rows(plane).eq(decoded.rows(plane)), "{what}: plane {plane}");
        }
        match codec {
            // A palette is made for the picture, and comes back in other pixels.
            CodecId::Gif => {}
            CodecId::Mjpeg => {
                assert_eq!(read.color.range, ColorRange::Full, "{what}");
                for plane in 0..format.planes().len() {
                    let error = error(read, sent, plane);
                    assert!(error < 65.0, "{what}: plane {plane} is {error} off, squared");
                }
            }
            _ => {
                for plane in 0..format.planes().len() {
                    assert!(read.rows(plane).eq(sent.rows(plane)), "{what}: plane {plane} differs");
                }
            }
        }
    }
}

/// The mean squared error; 65 is 30 dB.
fn error(got: &VideoFrame, sent: &VideoFrame, plane: usize) -> f64 {
    let pairs = got.rows(plane).flatten().zip(sent.rows(plane).flatten());
    let errors: Vec<_> = pairs.map(|(got, sent)| f64::from(got.abs_diff(*sent)).powi(2)).collect();
    errors.iter().sum::<f64>() / errors.len() as f64
}

fn encode(
    codec: &CodecId,
    format: PixelFormat,
    frames: &[VideoFrame],
) -> (CodecParameters, TimeBase, Vec<Packet>) {
    let mut video = VideoParameters::new(SIZE.0, SIZE.1);
    video.pixel_format = Some(format);
    video.frame_rate = FrameRate::new(25, 1);
    video.color.range = ColorRange::Full;
    let options = EncoderOptions::new(MediaParameters::Video(video));
    let entry = encoder_for(codec).expect("listed");
    let mut encoder = entry.create(&options).expect("valid settings");
    let mut packets = Vec::new();
    for frame in frames {
        encoder.submit(&Frame::Video(frame.clone())).expect("a good frame");
        packets.push(encoder.next_packet().expect("a good frame").expect("a packet for a frame"));
    }
    assert!(packets.iter().all(|packet| packet.key));
    (encoder.parameters().clone(), encoder.time_base(), packets)
}

fn decode(parameters: &CodecParameters, packets: &[Packet]) -> Vec<VideoFrame> {
    let entry = decoder_for(&parameters.codec).expect("listed");
    let mut decoder = entry.create(parameters, &DecoderOptions::default()).expect("valid");
    let mut frames = Vec::new();
    for packet in packets {
        decoder.submit(packet).expect("a good packet");
        while let Some(Frame::Video(frame)) = decoder.next_frame().expect("a good packet") {
            frames.push(frame);
        }
    }
    frames
}

fn mux(format: &str, parameters: &CodecParameters, base: TimeBase, packets: &[Packet]) -> Vec<u8> {
    let memory = Memory::default();
    let track = Track::new(0, parameters.clone(), base);
    let sink = Sink::rewritable(memory.clone());
    let mut muxer =
        open_muxer(format, sink, &[track], &MuxOptions::default()).expect("takes the codec");
    for packet in packets {
        muxer.write(packet).expect("a good packet");
    }
    muxer.finish().expect("the end");
    memory.0.lock().expect("no panic").get_ref().clone()
}

/// A file in memory that outlives its muxer.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").read(buffer)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Memory {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.lock().expect("no panic").seek(to)
    }
}

/// A moving pattern, with rows further apart than they are long.
fn picture(format: PixelFormat, index: usize) -> VideoFrame {
    let planes = format.planes().iter().map(|layout| {
        let (row, rows) = (layout.row_bytes(SIZE.0), layout.height(SIZE.1) as usize);
        let stride = row + 5;
        let value = |at: usize| {
            let (x, y) = (at % stride + index * 2, at / stride + index);
            // Samples of more than 8 bits that are little-endian keep to 10 of them.
            if layout.pixel_bytes == 2 && at % 2 == 1 {
                3
            } else {
                u8::try_from((x * 2 + y * 3) % 200).expect("below 200") + 20
            }
        };
        Plane::new((0..stride * rows).map(value).collect::<Vec<_>>(), stride)
    });
    VideoFrame::new(format, SIZE.0, SIZE.1, planes.collect()).expect("fits")
}
