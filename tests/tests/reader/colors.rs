//! Colours against the formula of Rec. ITU-T H.273, computed here from the decoder's own planes: R12, R19, R34.

use std::path::PathBuf;

use ndarray::ArrayView3;
use rushes::{
    ColorRange, DecoderOptions, Frame, FrameReader, MatrixCoefficients, PixelFormat, Reader,
    VideoFrame, VideoOutput,
};
use rushes_tests::corpus;

use crate::media::{CLIP, NASA};

/// Frames that are compared, of those that a file has.
const FRAMES: usize = 12;

/// What the equations of H.273, 8.3, need: the luma weights of red and blue, and how the samples are scaled.
struct Formula {
    kr: f64,
    kb: f64,
    /// Black, and the distances from black to white and from neutral to the most of a colour.
    black: f64,
    luma: f64,
    neutral: f64,
    chroma: f64,
}

impl Formula {
    fn of(frame: &VideoFrame) -> Self {
        // Of a stream that does not say, FFmpeg assumes BT.601 and limited range.
        let (kr, kb) = match frame.color.matrix {
            MatrixCoefficients::Bt709 => (0.2126, 0.0722),
            MatrixCoefficients::Bt2020Ncl => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        let step = f64::from(1_u32 << (frame.format.bit_depth() - 8));
        let neutral = 128.0 * step;
        match frame.color.range {
            ColorRange::Full => {
                let most = 256.0 * step - 1.0;
                Self { kr, kb, black: 0.0, luma: most, neutral, chroma: most }
            }
            _ => Self {
                kr,
                kb,
                black: 16.0 * step,
                luma: 219.0 * step,
                neutral,
                chroma: 224.0 * step,
            },
        }
    }

    /// Red, green and blue, where white is one.
    fn rgb(&self, [y, u, v]: [u16; 3]) -> [f64; 3] {
        let luma = (f64::from(y) - self.black) / self.luma;
        let cb = (f64::from(u) - self.neutral) / self.chroma;
        let cr = (f64::from(v) - self.neutral) / self.chroma;
        let red = luma + 2.0 * (1.0 - self.kr) * cr;
        let blue = luma + 2.0 * (1.0 - self.kb) * cb;
        let green = (luma - self.kr * red - self.kb * blue) / (1.0 - self.kr - self.kb);
        [red, green, blue].map(|value| value.clamp(0.0, 1.0))
    }
}

/// Luma and chroma of a pixel, chroma taken from the sample that covers it.
fn sample(frame: &VideoFrame, x: usize, y: usize) -> [u16; 3] {
    [0, 1, 2].map(|plane| {
        let layout = frame.format.planes()[plane];
        let rows = frame.planes().expect("in host memory");
        let (x, y) = (x >> layout.shift_x, y >> layout.shift_y);
        let bytes = layout.pixel_bytes;
        let row = rows[plane].row(y, (x + 1) * bytes).expect("inside");
        match row[x * bytes..] {
            [low] => u16::from(low),
            [low, high] => u16::from_le_bytes([low, high]),
            _ => panic!("samples have one byte or two"),
        }
    })
}

/// The first frames as they are decoded.
fn native(path: &PathBuf) -> Vec<VideoFrame> {
    let mut reader = FrameReader::open(path).expect("opens");
    let track = reader.default_video().expect("video");
    reader.select(track, &DecoderOptions::default()).expect("a decoder");
    let mut frames = Vec::new();
    while let Some(found) = reader.next_frame().expect("reads") {
        if let Frame::Video(frame) = found.frame {
            frames.push(frame);
        }
        if frames.len() == FRAMES {
            break;
        }
    }
    frames
}

/// The first frames as an array.
fn chunk(path: &PathBuf, format: PixelFormat) -> rushes::VideoChunk {
    let mut reader = Reader::open(path).expect("opens");
    let video = reader.add_video(VideoOutput::new(FRAMES).format(format)).expect("video");
    reader.fill_buffer().expect("fills");
    reader.pop_chunks().take_video(video).expect("a chunk")
}

/// The largest distance from the formula, in steps of the array's type. Some pixels of each row are enough: with a
/// distance that is prime to all block sizes, every place in a vector is met.
fn worst<T: Copy + Into<f64>>(
    frame: &VideoFrame,
    array: &ArrayView3<'_, T>,
    white: f64,
    wanted: impl Fn([u16; 3]) -> Vec<f64>,
) -> f64 {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut worst = 0.0_f64;
    for y in 0..height {
        for x in (y % 7..width).step_by(7) {
            for (channel, value) in wanted(sample(frame, x, y)).into_iter().enumerate() {
                let found: f64 = array[[channel, y, x]].into();
                worst = worst.max((found - value * white).abs());
            }
        }
    }
    worst
}

fn check_rgb(path: &PathBuf) {
    let frames = native(path);
    assert!(!frames.is_empty());
    let (rgb, bgr) = (chunk(path, PixelFormat::Rgb24), chunk(path, PixelFormat::Bgr24));
    let deep = chunk(path, PixelFormat::Rgb48);
    let (rgb, bgr) = (rgb.array::<u8>().expect("u8"), bgr.array::<u8>().expect("u8"));
    let deep = deep.array::<u16>().expect("u16");
    assert_eq!(rgb.shape(), deep.shape());
    assert_eq!(rgb.shape()[0], frames.len());
    for (index, frame) in frames.iter().enumerate() {
        let formula = Formula::of(frame);
        let to_rgb = |yuv| formula.rgb(yuv).to_vec();
        let array = rgb.index_axis(ndarray::Axis(0), index);
        let distance = worst(frame, &array, 255.0, to_rgb);
        assert!(distance <= 1.0, "{}: frame {index} is off by {distance}", path.display());

        let mut turned = bgr.index_axis(ndarray::Axis(0), index);
        turned.invert_axis(ndarray::Axis(0));
        assert!(array == turned, "bgr24 is rgb24 the other way round");

        let array = deep.index_axis(ndarray::Axis(0), index);
        let distance = worst(frame, &array, 65_535.0, to_rgb);
        assert!(distance <= 2.0, "{}: frame {index} is off by {distance} of 65535", path.display());
    }
}

fn check_planes(path: &PathBuf, format: PixelFormat) {
    let frames = native(path);
    let chunk = chunk(path, format);
    assert_eq!(chunk.format(), format);
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame.format, format, "the source's own format");
        let wanted = |yuv: [u16; 3]| yuv.map(f64::from).to_vec();
        let distance = if format.bit_depth() > 8 {
            let array = chunk.array::<u16>().expect("u16");
            worst(frame, &array.index_axis(ndarray::Axis(0), index), 1.0, wanted)
        } else {
            let array = chunk.array::<u8>().expect("u8");
            worst(frame, &array.index_axis(ndarray::Axis(0), index), 1.0, wanted)
        };
        assert_eq!(distance, 0.0, "frame {index} of {}", path.display());
    }
}

/// R34: BT.709 in limited range, as the stream says.
#[test]
fn rgb_of_the_clip() {
    check_rgb(&(CLIP.file)().expect("committed"));
}

/// R34 on real files: BT.709, BT.601 in full and limited range, and one that does not say.
#[test]
fn rgb_of_the_corpus() {
    let names =
        ["nasa_13013.mp4", "bt601_full_range.mp4", "bt601_limited_range.mp4", "h264_10bits.mp4"];
    for path in names.iter().filter_map(|name| corpus(&format!("torchcodec/{name}"))) {
        check_rgb(&path);
    }
}

/// R19: chroma is brought to full planes by repeating its samples.
#[test]
fn yuv_planes() {
    check_planes(&(CLIP.file)().expect("committed"), PixelFormat::Yuv420p);
    if let Some(path) = (NASA.file)() {
        check_planes(&path, PixelFormat::Yuv420p);
    }
    if let Some(path) = corpus("torchcodec/h264_10bits.mp4") {
        check_planes(&path, PixelFormat::Yuv420p10);
    }
}

/// R19: gray is one channel; of which range, the chunk says.
#[test]
fn gray_is_luma() {
    let path = (CLIP.file)().expect("committed");
    let frames = native(&path);
    let chunk = chunk(&path, PixelFormat::Gray8);
    let array = chunk.array::<u8>().expect("u8");
    assert_eq!(array.shape(), [FRAMES, 1, CLIP.height, CLIP.width]);
    for (index, frame) in frames.iter().enumerate() {
        let gray = |yuv: [u16; 3]| {
            let luma = f64::from(yuv[0]);
            match chunk.color().range {
                ColorRange::Full => vec![((luma - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0)],
                _ => vec![luma],
            }
        };
        let distance = worst(frame, &array.index_axis(ndarray::Axis(0), index), 1.0, gray);
        assert!(distance <= 1.0, "frame {index} is off by {distance}");
    }
}

/// An array of the other type is refused with a sentence, not a panic.
#[test]
fn types_must_fit_the_format() {
    let path = (CLIP.file)().expect("committed");
    let eight = chunk(&path, PixelFormat::Rgb24);
    assert_eq!(eight.array::<u16>().expect_err("is u8").kind(), rushes::ErrorKind::Usage);
    let sixteen = chunk(&path, PixelFormat::Rgb48);
    let error = sixteen.into_array::<u8>().expect_err("is u16");
    assert!(error.to_string().contains("u16"), "{error}");
}
