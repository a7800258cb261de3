//! The renderer on small pictures.

use super::*;

fn wanted(format: PixelFormat) -> Wanted {
    Wanted {
        format,
        width: None,
        height: None,
        kernel: ScaleKernel::Bicubic,
        raw_orientation: false,
        raw_aspect: false,
    }
}

/// A picture whose plane `p` counts up from `100 * p`, in samples of the format's width.
fn picture(format: PixelFormat, width: u32, height: u32) -> VideoFrame {
    let planes = format.planes().iter().zip(0_u16..).map(|(layout, index)| {
        let stride = layout.row_bytes(width);
        let bytes = stride * layout.height(height) as usize;
        let sample = |at: usize| 100 * index + u16::try_from(at).expect("small");
        let data: Vec<u8> = if format.bit_depth() > 8 {
            (0..bytes / 2).flat_map(|at| sample(at).to_le_bytes()).collect()
        } else {
            (0..bytes).map(|at| sample(at).to_le_bytes()[0]).collect()
        };
        Plane::new(data, stride)
    });
    let mut frame = VideoFrame::new(format, width, height, planes.collect()).expect("fits");
    frame.color = yuv_color(height);
    frame
}

fn render(wanted: Wanted, frame: &VideoFrame) -> (Pixels, (u32, u32)) {
    let mut renderer = Renderer::new(wanted.clone());
    let size = renderer.settle(frame, &Limits::default()).expect("within limits");
    let mut pixels = Pixels::of(wanted.format);
    pixels.resize(renderer.channels() * (size.0 * size.1) as usize);
    renderer.render(frame, &mut pixels, 0).expect("renders");
    (pixels, size)
}

fn bytes(pixels: Pixels) -> Vec<u8> {
    match pixels {
        Pixels::U8(bytes) => bytes,
        Pixels::U16(_) => panic!("8 bits"),
    }
}

/// R19: subsampled formats become full planes by repeating samples, at odd sizes too.
#[test]
fn r19_chroma_is_repeated() {
    let frame = picture(PixelFormat::Yuv420p, 3, 3);
    let (pixels, size) = render(wanted(PixelFormat::Yuv420p), &frame);
    assert_eq!(size, (3, 3));
    #[rustfmt::skip]
    let expected = [
        0, 1, 2, 3, 4, 5, 6, 7, 8,
        100, 100, 101, 100, 100, 101, 102, 102, 103,
        200, 200, 201, 200, 200, 201, 202, 202, 203,
    ];
    assert_eq!(bytes(pixels), expected);
}

/// R19: high depths are their own values in `u16`.
#[test]
fn r19_high_depths_are_kept() {
    let frame = picture(PixelFormat::Yuv422p10, 4, 1);
    let (pixels, _) = render(wanted(PixelFormat::Yuv422p10), &frame);
    let Pixels::U16(values) = pixels else { panic!("10 bits") };
    assert_eq!(values, [0, 1, 2, 3, 100, 100, 101, 101, 200, 200, 201, 201]);
}

/// Channels come in the order of the format's name, made in place or from packed pixels.
#[test]
fn channels_are_in_the_order_of_the_name() {
    let mut frame = picture(PixelFormat::Gbrp, 2, 1);
    frame.color = ColorInfo::default();
    let check = |format, expected: &[u8]| {
        assert_eq!(bytes(render(wanted(format), &frame).0), expected, "{format}");
    };
    // Green is 0 and 1, blue 100 and 101, red 200 and 201.
    check(PixelFormat::Rgb24, &[200, 201, 0, 1, 100, 101]);
    check(PixelFormat::Bgr24, &[100, 101, 0, 1, 200, 201]);
    check(PixelFormat::Rgba, &[200, 201, 0, 1, 100, 101, 255, 255]);
    check(PixelFormat::Gbrp, &[0, 1, 100, 101, 200, 201]);
    let (pixels, _) = render(wanted(PixelFormat::Rgb48), &frame);
    let Pixels::U16(values) = pixels else { panic!("16 bits") };
    assert_eq!(values[0], 200 * 257);
}

/// R33: turned and mirrored as the container says, or left alone.
#[test]
fn r33_pictures_are_turned() {
    let check = |turns, mirrored, size, expected: [u8; 6]| {
        let mut frame = picture(PixelFormat::Gray8, 3, 2);
        frame.color.range = ColorRange::Full;
        frame.rotation = Rotation::new(turns, mirrored);
        let (pixels, found) = render(wanted(PixelFormat::Gray8), &frame);
        assert_eq!((bytes(pixels), found), (expected.to_vec(), size), "{turns} {mirrored}");
        let raw = Wanted { raw_orientation: true, ..wanted(PixelFormat::Gray8) };
        assert_eq!(bytes(render(raw, &frame).0), [0, 1, 2, 3, 4, 5]);
    };
    check(0, false, (3, 2), [0, 1, 2, 3, 4, 5]);
    check(1, false, (2, 3), [3, 0, 4, 1, 5, 2]);
    check(2, false, (3, 2), [5, 4, 3, 2, 1, 0]);
    check(3, false, (2, 3), [2, 5, 1, 4, 0, 3]);
    check(0, true, (3, 2), [2, 1, 0, 5, 4, 3]);
    check(1, true, (2, 3), [5, 2, 4, 1, 3, 0]);
    check(2, true, (3, 2), [3, 4, 5, 0, 1, 2]);
    check(3, true, (2, 3), [0, 3, 1, 4, 2, 5]);
}

/// R33: pixels become square, unless a size is asked for.
#[test]
fn r33_pixels_become_square() {
    let size = |wanted: Wanted, turns| {
        let mut frame = picture(PixelFormat::Gray8, 90, 72);
        frame.sample_aspect = Ratio::new(16, 15).expect("not zero");
        frame.rotation = Rotation::new(turns, false);
        Renderer::new(wanted).settle(&frame, &Limits::default()).expect("within limits")
    };
    let gray = || wanted(PixelFormat::Gray8);
    assert_eq!(size(gray(), 0), (96, 72));
    assert_eq!(size(gray(), 1), (72, 96));
    assert_eq!(size(Wanted { raw_aspect: true, ..gray() }, 0), (90, 72));
    assert_eq!(size(Wanted { width: Some(50), height: Some(20), ..gray() }, 1), (50, 20));
    assert_eq!(size(Wanted { width: Some(50), ..gray() }, 0), (50, 72));
}

#[test]
fn pictures_beyond_the_limits_are_refused() {
    let frame = picture(PixelFormat::Gray8, 2, 2);
    let wanted =
        Wanted { width: Some(1 << 20), height: Some(1 << 20), ..wanted(PixelFormat::Gray8) };
    let error = Renderer::new(wanted).settle(&frame, &Limits::default()).expect_err("too large");
    assert_eq!(error.kind(), rushes_core::ErrorKind::Limit);
}
