//! The clips of the benches, made by FFmpeg once and kept in the target folder.
//!
//! Pictures: a zoom into the Mandelbrot set mixed with a moving test picture, softened and with a little noise, so that there is
//! motion, texture and grain; it is no camera, and favours nobody in particular. Sound: chords that change, with noise
//! and clicks, in stereo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process;
use crate::Result;

/// Sizes of pictures: name, width and height, and pictures of the clip before it is repeated.
pub(super) const SIZES: [(&str, u32, u32, u32); 2] =
    [("360p", 640, 360, 250), ("1080p", 1920, 1080, 60)];
/// Samples per second of the sounds.
pub(super) const RATE: u32 = 48_000;
/// Seconds of the sounds.
const SECONDS: u32 = 300;

/// Where clips are kept.
pub(super) struct Clips {
    folder: PathBuf,
    /// Divides lengths.
    part: u32,
}

/// How a clip is encoded for a decoder to be timed.
#[derive(Clone, Copy)]
pub(super) struct Recipe {
    pub(super) codec: &'static str,
    /// What tells it from other clips of the codec; empty for the first.
    pub(super) variant: &'static str,
    /// Of the file.
    extension: &'static str,
    /// Of the encoder.
    arguments: &'static [&'static str],
    /// The decoder of FFmpeg that is timed.
    pub(super) peer: &'static str,
    /// How often the pictures are repeated at 360p, so that the work is long beside the start of a process.
    repeats: u32,
}

const fn recipe(
    codec: &'static str,
    extension: &'static str,
    arguments: &'static [&'static str],
    peer: &'static str,
    repeats: u32,
) -> Recipe {
    Recipe { codec, variant: "", extension, arguments, peer, repeats }
}

impl Recipe {
    const fn variant(self, variant: &'static str) -> Self {
        Self { variant, ..self }
    }

    /// Codec and variant.
    fn name(&self) -> String {
        let dash = if self.variant.is_empty() { "" } else { "-" };
        format!("{}{dash}{}", self.codec, self.variant)
    }
}

/// Every codec that FFmpeg can encode.
#[rustfmt::skip]
pub(super) const RECIPES: &[Recipe] = &[
    recipe("h264", "mp4", &["-c:v", "libx264", "-preset", "medium", "-crf", "23"], "h264", 12),
    recipe("hevc", "mp4", &["-c:v", "libx265", "-preset", "fast", "-crf", "25", "-x265-params", "log-level=error"], "hevc", 12),
    recipe("av1", "mp4", &["-c:v", "libsvtav1", "-preset", "8", "-crf", "35"], "libdav1d", 12),
    recipe("vp9", "webm", &["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "6", "-b:v", "0", "-crf", "35", "-tile-columns", "2"], "vp9", 12),
    recipe("vp8", "webm", &["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "6", "-b:v", "2M"], "vp8", 12),
    // The normal loop filter and six taps, which the realtime settings leave out.
    recipe("vp8", "webm", &["-c:v", "libvpx", "-deadline", "good", "-cpu-used", "4", "-b:v", "2M"], "vp8", 12).variant("good"),
    recipe("mjpeg", "mkv", &["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"], "mjpeg", 6),
    recipe("png", "mkv", &["-c:v", "png", "-pix_fmt", "rgb24"], "png", 1),
    recipe("gif", "gif", &["-c:v", "gif"], "gif", 1),
    recipe("aac", "m4a", &["-c:a", "aac", "-b:a", "128k"], "aac", 1),
    recipe("mp3", "mp3", &["-c:a", "libmp3lame", "-b:a", "128k"], "mp3float", 1),
    recipe("mp2", "mp2", &["-c:a", "mp2", "-b:a", "192k"], "mp2float", 1),
    recipe("flac", "flac", &["-c:a", "flac"], "flac", 1),
    recipe("alac", "m4a", &["-c:a", "alac"], "alac", 1),
    recipe("vorbis", "ogg", &["-c:a", "libvorbis", "-b:a", "128k"], "vorbis", 1),
    recipe("opus", "ogg", &["-c:a", "libopus", "-b:a", "96k"], "opus", 1),
    recipe("ac3", "mka", &["-c:a", "ac3", "-b:a", "192k"], "ac3", 1),
    recipe("adpcm_ima_wav", "wav", &["-c:a", "adpcm_ima_wav"], "adpcm_ima_wav", 1),
    recipe("adpcm_ms", "wav", &["-c:a", "adpcm_ms"], "adpcm_ms", 1),
    recipe("pcm_s16le", "wav", &["-c:a", "pcm_s16le"], "pcm_s16le", 1),
    recipe("pcm_mulaw", "wav", &["-c:a", "pcm_mulaw"], "pcm_mulaw", 1),
];

impl Clips {
    /// In the target folder; lengths are a tenth where they shall be short.
    pub(super) fn new(target: &Path, short: bool) -> Result<Self> {
        let folder = target.join(if short { "clips-short" } else { "clips" });
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, part: if short { 10 } else { 1 } })
    }

    /// Raw pictures at 25 per second, 4:2:0, as Y4M.
    pub(super) fn pictures(
        &self,
        (name, width, height, count): (&str, u32, u32, u32),
    ) -> Result<PathBuf> {
        let count = (count / self.part).max(5).to_string();
        let graph = format!(
            "mandelbrot=size={width}x{height}:rate=25[a];testsrc2=size={width}x{height}:rate=25[b];\
             [a][b]blend=all_mode=average,gblur=sigma=0.7,noise=alls=5:allf=t+u,format=yuv420p"
        );
        self.made(&format!("{name}.y4m"), |command| {
            command.args(["-f", "lavfi", "-i", &graph, "-frames:v", &count]);
        })
    }

    /// Samples as WAV of 16 bits.
    pub(super) fn sound(&self) -> Result<PathBuf> {
        let seconds = self.seconds();
        let tone = |base: u32| {
            format!(
                "0.2*sin(2*PI*t*{base}*(1+floor(mod(t,8))/8))+0.1*sin(2*PI*t*{base}*3.01)\
                 +0.05*(random({base})-0.5)*exp(-6*mod(t,0.5))+0.3*gt(0.0004,mod(t,1.7))"
            )
        };
        let graph = format!("aevalsrc='{}|{}':s={RATE}:d={seconds}", tone(220), tone(277));
        self.made("sound.wav", |command| {
            command.args(["-f", "lavfi", "-i", &graph, "-c:a", "pcm_s16le"]);
        })
    }

    /// Seconds of the sounds.
    pub(super) fn seconds(&self) -> u32 {
        SECONDS / self.part
    }

    /// The clip of a codec of pictures at a size.
    pub(super) fn encoded_pictures(
        &self,
        recipe: &Recipe,
        size: (&str, u32, u32, u32),
    ) -> Result<PathBuf> {
        let source = self.pictures(size)?;
        let name = format!("{}-{}", recipe.name(), size.0);
        let once = self.made(&format!("{name}-once.{}", recipe.extension), |command| {
            command.arg("-i").arg(&source).args(recipe.arguments);
        })?;
        if recipe.repeats == 1 {
            return Ok(once);
        }
        let repeats = (recipe.repeats - 1).to_string();
        self.made(&format!("{name}.{}", recipe.extension), |command| {
            command.args(["-stream_loop", &repeats, "-i"]).arg(&once).args(["-c", "copy"]);
        })
    }

    /// The clip of a codec of sound.
    pub(super) fn encoded_sound(&self, recipe: &Recipe) -> Result<PathBuf> {
        let source = self.sound()?;
        self.made(&format!("{}.{}", recipe.name(), recipe.extension), |command| {
            command.arg("-i").arg(&source).args(recipe.arguments);
        })
    }

    /// A path for what is compared and thrown away.
    pub(super) fn scratch(&self, name: &str) -> PathBuf {
        self.folder.join(format!("scratch-{name}"))
    }

    /// A file that is there, or that FFmpeg makes.
    fn made(&self, name: &str, arguments: impl FnOnce(&mut Command)) -> Result<PathBuf> {
        let path = self.folder.join(name);
        if path.is_file() {
            return Ok(path);
        }
        println!("making {name}");
        let unfinished = self.folder.join(format!("unfinished-{name}"));
        let mut command = ffmpeg();
        command.arg("-y");
        arguments(&mut command);
        process::run(command.arg(&unfinished))?;
        fs::rename(unfinished, &path)?;
        Ok(path)
    }
}

/// FFmpeg without chatter.
pub(super) fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-v", "error"]);
    command
}
