//! Video chains.

use rushes_convert::{FilterChain, VideoFilter, VideoSpec};
use rushes_core::{FrameRate, Limits, PixelFormat, Plane, Ticks, Timestamp, VideoFrame};

use crate::judge::{Made, Wanted, ffmpeg, field};

pub(crate) const RATE: u32 = 25;

/// A picture that moves: gradients and a little texture, each frame its own.
pub(crate) fn picture(format: PixelFormat, width: u32, height: u32, number: usize) -> VideoFrame {
    let high = format.bit_depth() > 8;
    let shift = match format {
        PixelFormat::P010 => 6,
        _ => 0,
    };
    let planes = format.planes().iter().enumerate().map(|(index, layout)| {
        let stride = layout.row_bytes(width);
        let samples = stride / if high { 2 } else { 1 };
        let mut bytes = Vec::new();
        for y in 0..layout.height(height) as usize {
            for x in 0..samples {
                let value = 40 + index * 20 + (x * 3 + y * 2 + number * 11) % 130 + (x * y) % 7;
                if high {
                    let value = (value << (format.bit_depth() - 8)) << shift;
                    bytes.extend(u16::try_from(value).expect("16 bits").to_le_bytes());
                } else {
                    bytes.push(u8::try_from(value).expect("8 bits"));
                }
            }
        }
        Plane::new(bytes, stride)
    });
    let mut frame = VideoFrame::new(format, width, height, planes.collect()).expect("planes fit");
    frame.pts = Some(Timestamp::new(i64::try_from(number).expect("few frames")));
    frame.duration = Some(Ticks::new(1));
    frame
}

pub(crate) fn bytes(frame: &VideoFrame) -> Vec<u8> {
    let planes = 0..frame.format.planes().len();
    planes.flat_map(|plane| frame.rows(plane).flatten().copied().collect::<Vec<u8>>()).collect()
}

pub(crate) fn start(chain: &str, frame: &VideoFrame) -> rushes_core::Result<VideoFilter> {
    let rate = FrameRate::new(RATE, 1);
    let base = rate.expect("not zero").time_base();
    let spec = VideoSpec::of(frame, base).frame_rate(rate);
    FilterChain::video(chain)?.start_video(spec, &Limits::default())
}

/// All that a chain makes of frames.
pub(crate) fn run(filter: &mut VideoFilter, frames: &[VideoFrame]) -> Vec<VideoFrame> {
    let mut out = Vec::new();
    for frame in frames {
        filter.push(frame.clone()).expect("takes it");
        while let Some(frame) = filter.next_frame().expect("goes on") {
            out.push(frame);
        }
    }
    filter.finish();
    while let Some(frame) = filter.next_frame().expect("goes on") {
        out.push(frame);
    }
    out
}

type Source = (PixelFormat, u32, u32);

/// The chains give what FFmpeg gives: times, sizes, format, and samples within what is allowed for each.
fn check(chains: &[(&str, u16)], source: Source) {
    let (format, width, height) = source;
    let frames: Vec<_> = (0..12).map(|number| picture(format, width, height, number)).collect();
    let input: Vec<u8> = frames.iter().flat_map(bytes).collect();
    let size = format!("{width}x{height}");
    let rate = RATE.to_string();
    let before = ["-f", "rawvideo", "-pix_fmt", format.name(), "-s", &size, "-r", &rate];
    let wanted: Vec<Wanted<'_>> = chains
        .iter()
        .map(|(chain, _)| Wanted { option: "-vf", chain, raw: "rawvideo".to_owned() })
        .collect();
    let made = ffmpeg(&input, &before, &wanted);
    let mut wrong = Vec::new();
    for (index, (chain, allowed)) in chains.iter().enumerate() {
        let mut filter = start(chain, &frames[0]).expect(chain);
        let ours = run(&mut filter, &frames);
        filter.reset();
        let again = run(&mut filter, &frames);
        assert!(
            ours.iter().map(bytes).eq(again.iter().map(bytes)),
            "{chain}: a reset leaves traces"
        );
        if let Some(made) = made.as_ref().and_then(|made| made.get(index))
            && let Err(why) = compare(&ours, made, *allowed)
        {
            wrong.push(format!("{chain} of {format} {size}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(ours: &[VideoFrame], made: &Made, allowed: u16) -> Result<(), String> {
    let describe = |frame: &VideoFrame| {
        let pts = frame.pts.map_or(i64::MIN, Timestamp::ticks);
        format!("{pts} {}x{} {}", frame.width, frame.height, frame.format)
    };
    let mine: Vec<String> = ours.iter().map(describe).collect();
    let wanted: Vec<String> = made
        .lines
        .iter()
        .map(|line| {
            ["pts:", "s:", "fmt:"].map(|key| field(line, key).replace("yuvj", "yuv")).join(" ")
        })
        .collect();
    if mine != wanted {
        return Err(format!("{mine:?}, but FFmpeg gives {wanted:?}"));
    }
    let mine: Vec<u8> = ours.iter().flat_map(bytes).collect();
    if mine.len() != made.bytes.len() {
        return Err(format!("{} bytes, but FFmpeg gives {}", mine.len(), made.bytes.len()));
    }
    let wide = ours.first().is_some_and(|frame| frame.format.bit_depth() > 8);
    let values = |bytes: &[u8]| -> Vec<u16> {
        if wide {
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
        } else {
            bytes.iter().map(|byte| u16::from(*byte)).collect()
        }
    };
    let differences = values(&mine).into_iter().zip(values(&made.bytes));
    let worst = differences.map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
    if worst > allowed { Err(format!("{worst} off, {allowed} allowed")) } else { Ok(()) }
}

/// The chains, all of which must match within the same.
fn check_all(chains: &[&str], source: Source, allowed: u16) {
    let chains: Vec<(&str, u16)> = chains.iter().map(|chain| (*chain, allowed)).collect();
    check(&chains, source);
}

const YUV: Source = (PixelFormat::Yuv420p, 64, 48);
const ODD: Source = (PixelFormat::Yuv420p, 45, 33);
const RGB: Source = (PixelFormat::Rgb24, 50, 37);

#[test]
fn geometry_is_exact() {
    let chains = [
        "null",
        "copy",
        "hflip",
        "vflip",
        "hflip,vflip",
        "transpose",
        "transpose=clock",
        "transpose=2",
        "transpose=dir=clock_flip",
        "transpose=1:landscape",
        "transpose=1:portrait",
        "crop=32:24",
        "crop=iw/2:ih/2:0:0",
        "crop=w=21:h=13:x=5:y=7",
        "crop=21:13:5:7:exact=1",
        "crop=iw-4:ih-4:n:2*n",
        "crop=oh*4/3:ih/2",
        "crop=32:24:t*10",
        "crop=ow:32:keep_aspect=0:w=16",
        "pad=100:80:10:20",
        "pad=iw+20:ih+10:-1:-1:red",
        "pad=w=101:h=81:x=3:y=5:color=#3060c0",
        "pad=iw+8:ih+6:4:2:white",
        "crop=30:30,transpose=1,hflip",
    ];
    for source in [YUV, ODD, RGB] {
        check_all(&chains, source, 0);
    }
    for source in [YUV, RGB] {
        check_all(&["pad=2*iw:ih+3:x=(ow-iw)/2"], source, 0);
    }
    let chains =
        ["hflip", "vflip", "transpose=clock", "crop=20:16:9:5", "pad=80:60:7:9:orange@0.5"];
    // FFmpeg's `pad` cannot draw these as they are, and makes them planar.
    for format in [PixelFormat::Rgb48, PixelFormat::Rgba64] {
        check_all(&chains[..4], (format, 46, 34), 0);
    }
    for format in [
        PixelFormat::Gray8,
        PixelFormat::Rgba,
        PixelFormat::Argb,
        PixelFormat::Yuv420p10,
        PixelFormat::Nv12,
        PixelFormat::Gbrp,
        PixelFormat::Yuva420p,
    ] {
        check_all(&chains, (format, 46, 34), 0);
    }
    // FFmpeg paints with all 16 bits, where 10 count: within two steps of 64.
    check_all(&chains[..4], (PixelFormat::P010, 46, 34), 0);
    check_all(&chains[4..], (PixelFormat::P010, 46, 34), 128);
    for format in [PixelFormat::Yuv422p, PixelFormat::Yuv411p] {
        check_all(&["vflip", "crop=20:16:9:5"], (format, 46, 34), 0);
    }
    // FFmpeg's `crop` makes these planar.
    check_all(&["vflip"], (PixelFormat::Yuyv422, 46, 34), 0);
}

#[test]
fn times_are_exact() {
    let chains = [
        "fps=10",
        "fps=30",
        "fps=30000/1001",
        "fps=ntsc",
        "fps=source_fps*2",
        "fps=10:round=up",
        "fps=10:round=down",
        "fps=10:round=zero",
        "fps=7:round=inf",
        "fps=10:eof_action=pass",
        "fps=25:start_time=0.2",
        "fps=10:start_time=-0.3",
        "trim=end=0.2",
        "trim=start=0.2",
        "trim=0.1:0.3",
        "trim=start_frame=3:end_frame=7",
        "trim=duration=0.16",
        "trim=start=0.1:duration=0.2",
        "trim=start_pts=2:end_pts=5",
        "trim=start_frame=11",
        "reverse",
        "reverse,hflip",
        "trim=end=0.3,reverse",
        "setpts=PTS-STARTPTS",
        "setpts=2*PTS",
        "trim=0.2,setpts=PTS-STARTPTS",
        "setpts=N*3+1",
        "setpts=PTS+10/TB",
        "setpts=N/FR/TB",
        "trim=start_frame=2:end=0.1",
        "fps=10,reverse",
        "setpts='if(gt(N,3),PTS*2,PTS)'",
        "trim=start='0\\:00\\:00.2'",
    ];
    check_all(&chains, (PixelFormat::Gray8, 16, 12), 0);
}

/// Only sizes: kernels have tests of their own.
#[test]
fn sizes_are_those_of_ffmpeg() {
    let chains = [
        "scale=32:24",
        "scale=iw/2:-2",
        "scale=-1:20",
        "scale=-4:21",
        "scale=50:-1",
        "scale=w=40:h=0",
        "scale=32x20",
        "scale=size=qcif",
        "scale=s=20x30",
        "scale=-1:-1",
        "scale='min(iw,40)':'trunc(ow/a/2)*2'",
        "scale=oh*2:20",
        "scale=40:40:force_original_aspect_ratio=decrease",
        "scale=40:40:force_original_aspect_ratio=increase",
        "scale=40:40:force_original_aspect_ratio=1:force_divisible_by=8",
        "scale",
        "scale=iw*1.5:ih*1.5",
        "scale=2*iw:-2,crop=20:20",
    ];
    for source in [YUV, ODD] {
        check_all(&chains, source, 255);
    }
}

/// FFmpeg's bicubic is a little sharper than Catmull-Rom, and its conversions of colour round more than ours.
#[test]
fn colours_and_kernels_are_near() {
    let chains = [
        ("format=rgb24", 4),
        ("format=gray", 1),
        ("format=rgb24|yuv420p", 0),
        ("format=nv12", 0),
        ("format=yuvj420p", 2),
        ("scale=out_range=full", 2),
        ("scale=in_range=full:out_range=tv", 2),
        ("hflip,format=rgb24", 4),
        ("crop=32:32,format=rgba", 4),
    ];
    check(&chains, YUV);
    // One plane: where chroma lies is a matter of its own.
    let chains = [
        ("scale=32:24:flags=area", 2),
        ("scale=32:24:flags=bilinear", 3),
        ("scale=128:96:flags=bilinear", 3),
        ("scale=32:24:flags=bicubic", 6),
        ("scale=32:24:flags=lanczos", 6),
        ("scale=32:24", 6),
    ];
    check(&chains, (PixelFormat::Gray8, 64, 48));
    let chains = [
        ("format=bgr24", 0),
        ("format=gbrp,hflip", 0),
        ("format=yuv444p", 2),
        ("format=rgba", 0),
        ("format=gray", 2),
    ];
    check(&chains, RGB);
}
