//! Pictures through the H.264 encoder and back: W3.

use ndarray::{Array4, s};
use rushes::{
    ColorInfo, ColorRange, ErrorKind, MatrixCoefficients, PixelFormat, Plane, Sink, VideoElement,
    VideoFrame, VideoInput, VideoOutput, Writer,
};
use rushes_tests::{SharedSink, pictures};

use crate::support::{make, psnr, read_video, reader};

fn write<T: VideoElement>(input: VideoInput, frames: &Array4<T>) -> Vec<u8> {
    let prepare = |writer: &mut Writer| writer.add_video(input).expect("video");
    make("mp4", prepare, |writer, video| writer.write_video(video, frames.view()).expect("writes"))
}

/// Pictures in 4:2:0 cannot keep the sharp colours of the jumping squares: soft ones show what else is lost.
fn soft(frames: usize, channels: usize, height: usize, width: usize) -> Array4<u8> {
    Array4::from_shape_fn((frames, channels, height, width), |(t, c, y, x)| {
        let value = match c {
            0 => 40 + x * 150 / width + 2 * t,
            1 => 200 - y * 150 / height,
            _ => 60 + (x + y) * 120 / (width + height),
        };
        u8::try_from(value).unwrap_or(u8::MAX)
    })
}

/// Default quality is good: at least 35 dB, colours included.
#[test]
fn default_quality() {
    let frames = soft(12, 3, 96, 128);
    let bytes = write(VideoInput::new(128, 96, 25), &frames);
    let (back, _) = read_video(&bytes, VideoOutput::unlimited());
    let quality = psnr(&back, &frames);
    assert!(quality >= 35.0, "{quality} dB");
    let moving = pictures(12, 3, 96, 128);
    let bytes = write(VideoInput::new(128, 96, 25), &moving);
    let (back, _) = read_video(&bytes, VideoOutput::unlimited());
    let quality = psnr(&back, &moving);
    assert!(quality >= 25.0, "{quality} dB of sharp colours");
}

/// W3: every input format is the same picture.
#[test]
fn input_formats() {
    let rgb = soft(4, 3, 48, 64);
    for format in [PixelFormat::Rgb24, PixelFormat::Bgr24, PixelFormat::Rgba] {
        let frames = Array4::from_shape_fn((4, format.channels(), 48, 64), |(t, c, y, x)| {
            match (format, c) {
                (PixelFormat::Bgr24, c) => rgb[[t, 2 - c, y, x]],
                // Alpha is left out, whatever it is.
                (_, 3) => u8::try_from(x).unwrap_or(u8::MAX),
                (_, c) => rgb[[t, c, y, x]],
            }
        });
        let bytes = write(VideoInput::new(64, 48, 25).format(format), &frames);
        let quality = psnr(&read_video(&bytes, VideoOutput::unlimited()).0, &rgb);
        assert!(quality >= 35.0, "{format}: {quality} dB");
    }

    let deep = rgb.mapv(|value| u16::from(value) * 257);
    let bytes = write(VideoInput::new(64, 48, 25).format(PixelFormat::Rgb48), &deep);
    let quality = psnr(&read_video(&bytes, VideoOutput::unlimited()).0, &rgb);
    assert!(quality >= 35.0, "rgb48: {quality} dB");

    let gray = rgb.slice(s![.., ..1, .., ..]).to_owned();
    let bytes = write(VideoInput::new(64, 48, 25).format(PixelFormat::Gray8), &gray);
    let (back, _) = read_video(&bytes, VideoOutput::unlimited());
    for channel in 0..3 {
        let back = back.slice(s![.., channel..=channel, .., ..]).to_owned();
        let quality = psnr(&back, &gray);
        assert!(quality >= 33.0, "gray8 in channel {channel}: {quality} dB");
    }

    // Luma and chroma in limited range, chroma given at every pixel.
    let yuv = Array4::from_shape_fn((4, 3, 48, 64), |(t, c, y, x)| {
        let value = match c {
            0 => 30 + 2 * x + y + t,
            1 => 90 + y,
            _ => 160 - x,
        };
        u8::try_from(value).unwrap_or(u8::MAX)
    });
    for format in [PixelFormat::Yuv444p, PixelFormat::Yuv420p, PixelFormat::Nv12] {
        let bytes = write(VideoInput::new(64, 48, 25).format(format), &yuv);
        let output = VideoOutput::unlimited().format(PixelFormat::Yuv444p);
        let quality = psnr(&read_video(&bytes, output).0, &yuv);
        assert!(quality >= 35.0, "{format}: {quality} dB");
    }
}

/// Sizes that are no multiple of a block come back as they went in.
#[test]
fn sizes_between_blocks() {
    for (width, height) in [(34, 18), (16, 16), (18, 34), (130, 50), (64, 36), (270, 480)] {
        let frames = soft(3, 3, height, width);
        let [w, h] = [width, height].map(|side| u32::try_from(side).expect("small"));
        let bytes = write(VideoInput::new(w, h, 25), &frames);
        let (back, _) = read_video(&bytes, VideoOutput::unlimited());
        assert_eq!(back.shape(), frames.shape(), "{width}x{height}");
        let quality = psnr(&back, &frames);
        assert!(quality >= 33.0, "{width}x{height}: {quality} dB");
    }
}

/// H.264 in 4:2:0 cannot hold an odd side (its cropping counts in chroma samples): that is told, with a way out.
#[test]
fn odd_sizes_are_refused_with_what_can_be_done() {
    for (width, height) in [(33, 18), (34, 17), (1, 1)] {
        let sink = Sink::rewritable(SharedSink::default());
        let mut writer = Writer::new(sink, "mp4").expect("known");
        writer.add_video(VideoInput::new(width, height, 25)).expect("told by open");
        let error = writer.open().expect_err("odd");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("even"), "{error}");
    }
}

/// W3: the encoder's own size and frame rate.
#[test]
fn the_encoder_may_have_another_size_and_rate() {
    let frames = soft(30, 3, 48, 64);
    let input = VideoInput::new(64, 48, 30).encoder_size(96, 32).encoder_frame_rate(10);
    let bytes = write(input, &frames);
    let (back, times) = read_video(&bytes, VideoOutput::unlimited());
    assert_eq!(back.shape(), [10, 3, 32, 96]);
    let seconds: Vec<f64> = times.iter().map(|time| time.seconds()).collect();
    for (index, time) in seconds.iter().enumerate() {
        let wanted = f64::from(u32::try_from(index).expect("few")) / 10.0;
        assert!((time - wanted).abs() < 1e-9, "{seconds:?}");
    }
}

/// RGB and gray that an encoder gets are full range, whatever the luma and chroma are that they are made from.
#[test]
fn white_of_limited_luma_is_white_in_png() {
    let color = ColorInfo::new(MatrixCoefficients::Bt709, ColorRange::Limited);
    for format in [PixelFormat::Rgb24, PixelFormat::Gray8] {
        for tagged in [ColorInfo::default(), color] {
            let plane = |value, size| Plane::new(vec![value; size * size], size);
            let planes = vec![plane(235, 16), plane(128, 8), plane(128, 8)];
            let mut frame = VideoFrame::new(PixelFormat::Yuv420p, 16, 16, planes).expect("fits");
            frame.color = tagged;
            let input = VideoInput::new(16, 16, 25).format(PixelFormat::Yuv420p).color(color);
            let input = input.encoder("png").encoder_format(format);
            let bytes = make(
                "png",
                |writer| writer.add_video(input).expect("video"),
                |writer, video| {
                    let base = rushes::TimeBase::per_second(25).expect("not zero");
                    writer.write_video_frame(video, &frame, base).expect("writes");
                },
            );
            let (back, _) = read_video(&bytes, VideoOutput::unlimited());
            assert!(back.iter().all(|value| *value == 255), "{format}: {}", back[[0, 0, 0, 0]]);
        }
    }
}

/// W6: colour, pixel shape and rotation are in the file, and colours are right under each matrix and range.
#[test]
fn colours_are_tagged_and_right() {
    let frames = soft(3, 3, 48, 64);
    for matrix in [MatrixCoefficients::Smpte170M, MatrixCoefficients::Bt709] {
        for range in [ColorRange::Limited, ColorRange::Full] {
            let input = VideoInput::new(64, 48, 25).color(ColorInfo::new(matrix, range));
            let bytes = write(input, &frames);
            let color = reader(&bytes).tracks()[0].codec.as_video().expect("video").color;
            assert_eq!((color.matrix, color.range), (matrix, range));
            let quality = psnr(&read_video(&bytes, VideoOutput::unlimited()).0, &frames);
            assert!(quality >= 35.0, "{matrix:?} {range:?}: {quality} dB");
        }
    }
    // What nobody says is written down all the same.
    let bytes = write(VideoInput::new(64, 48, 25), &frames);
    let color = reader(&bytes).tracks()[0].codec.as_video().expect("video").color;
    assert_eq!(color.range, ColorRange::Limited);
    assert_ne!(color.matrix, MatrixCoefficients::Unspecified);

    let input = VideoInput::new(64, 48, 25)
        .sample_aspect(rushes::Ratio::new(4, 3).expect("not zero"))
        .rotation(rushes::Rotation::new(1, false));
    let bytes = write(input, &frames);
    let reader = reader(&bytes);
    let video = reader.tracks()[0].codec.as_video().expect("video").clone();
    assert_eq!(video.sample_aspect, rushes::Ratio::new(4, 3));
    assert_eq!(video.rotation, rushes::Rotation::new(1, false));
}
