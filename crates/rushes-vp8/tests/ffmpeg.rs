//! Streams that libvpx encodes in many ways, against the frames that FFmpeg decodes from them.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use rushes_vp8::{Decoder, Options};

/// Sizes, and options of the encoder.
#[rustfmt::skip]
const STREAMS: &[(&str, &str)] = &[
    ("1x1", "-b:v 20k"),
    ("2x3", "-b:v 20k"),
    ("16x16", "-b:v 40k -slices 8"),
    ("15x17", "-b:v 80k"),
    ("175x143", "-b:v 300k -profile:v 0 -slices 2"),
    ("175x143", "-b:v 300k -profile:v 1"),
    ("175x143", "-b:v 300k -profile:v 2 -slices 4"),
    ("175x143", "-b:v 300k -profile:v 3 -slices 8"),
    ("64x200", "-b:v 30k -profile:v 1 -sharpness 7"),
    ("200x64", "-b:v 30k -profile:v 3 -sharpness 3"),
    ("176x144", "-b:v 100k -auto-alt-ref 1 -lag-in-frames 16 -arnr-maxframes 7 -arnr-strength 5"),
    ("176x144", "-b:v 60k -error-resilient default"),
    ("176x144", "-b:v 200k -error-resilient default+partitions -slices 8"),
    ("176x144", "-b:v 1M -sharpness 5 -g 10"),
    ("176x144", "-b:v 40k -static-thresh 1000 -noise-sensitivity 4 -deadline realtime -cpu-used -5"),
    ("176x144", "-b:v 5M -qmin 0 -qmax 4"),
    ("176x144", "-b:v 10k -qmin 60 -qmax 63 -deadline realtime -cpu-used 8"),
    ("176x144", "-b:v 150k -ts-parameters ts_number_layers=3:ts_target_bitrate=50,100,150:ts_rate_decimator=4,2,1:ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3"),
    ("641x33", "-b:v 400k -deadline best"),
    ("352x288", "-b:v 500k -max-intra-rate 200"),
];

#[test]
#[cfg_attr(miri, ignore = "needs another program")]
fn frames_are_ffmpegs() {
    let Some(folder) = folder() else { return };
    for (index, (size, arguments)) in STREAMS.iter().enumerate() {
        let file = folder.join(format!("{index}.ivf"));
        let source = format!(
            "testsrc2=size=352x288:rate=25,rotate=n/30,noise=alls=9:allf=t+u,scale={}",
            size.replace('x', ":")
        );
        let mut command = ffmpeg();
        command.args(["-f", "lavfi", "-i", &source, "-frames:v", "25", "-pix_fmt", "yuv420p"]);
        command.args(["-c:v", "libvpx"]).args(arguments.split(' ')).arg(&file);
        run(&mut command);
        let expected = decoded(&file);
        let data = fs::read(&file).expect("just written");
        for threads in [1, 2] {
            let mut options = Options::new().expect("RUSHES_CPU names a level");
            options.threads = threads;
            let found = pixels(&mut Decoder::new(options), &data);
            assert!(found == expected, "{size} {arguments}, {threads} threads");
        }
    }
    sizes_change(&folder);
}

/// All streams through one decoder, which gets a new size with each.
fn sizes_change(folder: &std::path::Path) {
    let mut decoder = Decoder::new(Options::new().expect("RUSHES_CPU names a level"));
    for (index, stream) in STREAMS.iter().enumerate() {
        let file = folder.join(format!("{index}.ivf"));
        let data = fs::read(&file).expect("written before");
        assert!(pixels(&mut decoder, &data) == decoded(&file), "{stream:?}");
    }
}

/// Pixels of all pictures, one behind the other.
fn pixels(decoder: &mut Decoder, mut data: &[u8]) -> Vec<u8> {
    let mut pixels = Vec::new();
    data = &data[32..];
    while let Some((header, rest)) = data.split_at_checked(12) {
        let size = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let (frame, next) = rest.split_at(size);
        data = next;
        let Some(picture) = decoder.decode(frame).expect("whole") else { continue };
        for plane in 0..3 {
            let half = 1 + u32::from(plane > 0);
            let width = picture.width().div_ceil(half) as usize;
            let height = picture.height().div_ceil(half) as usize;
            let (samples, stride) = picture.plane(plane);
            let rows = samples.chunks(stride).take(height);
            rows.for_each(|row| pixels.extend_from_slice(&row[..width]));
        }
    }
    pixels
}

/// What FFmpeg's own decoder makes of a file.
fn decoded(file: &std::path::Path) -> Vec<u8> {
    let mut command = ffmpeg();
    command.args(["-c:v", "vp8", "-i"]).arg(file);
    command.args(["-fps_mode", "passthrough", "-f", "rawvideo", "-"]);
    run(&mut command)
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]);
    command
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it ran before");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Where streams go; `None` without FFmpeg.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn folder() -> Option<PathBuf> {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        assert!(env::var_os("RUSHES_REQUIRE_JUDGES").is_none(), "ffmpeg is required");
        println!("SKIPPED: ffmpeg is not installed");
        return None;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vp8");
    fs::create_dir_all(&folder).expect("a folder for tests");
    Some(folder)
}
