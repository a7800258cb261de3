//! Runs FFmpeg on raw files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed when it is dropped.
struct Folder(PathBuf);

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Folder {
    fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rushes-filters-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What FFmpeg makes of raw data with one chain.
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    /// The lines of `showinfo` or `ashowinfo`.
    pub(crate) lines: Vec<String>,
}

/// A chain for FFmpeg to run.
pub(crate) struct Wanted<'a> {
    /// `-vf` or `-af`.
    pub(crate) option: &'a str,
    pub(crate) chain: &'a str,
    /// Raw format of the output.
    pub(crate) raw: String,
}

/// What FFmpeg makes of raw data with each of these chains, in one run: it takes long to start. `None` where there is no FFmpeg.
pub(crate) fn ffmpeg(input: &[u8], before: &[&str], wanted: &[Wanted<'_>]) -> Option<Vec<Made>> {
    let folder = Folder::new();
    let from = folder.path("in.raw");
    fs::write(&from, input).expect("written");
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let mut command = Command::new("ffmpeg");
    command
        .args(["-nostdin", "-nostats", "-hide_banner", "-y"])
        .args(before)
        .args(["-i", &path(&from)]);
    let show = |option: &str| if option == "-vf" { "showinfo" } else { "ashowinfo" };
    for (index, Wanted { option, chain, raw }) in wanted.iter().enumerate() {
        let chain = format!("{chain},{}@c{index}", show(option));
        command.args([*option, &chain, "-fps_mode", "passthrough", "-f", raw]);
        command.arg(path(&folder.path(&format!("{index}.raw"))));
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            assert!(
                std::env::var_os("RUSHES_REQUIRE_JUDGES").is_none(),
                "RUSHES_REQUIRE_JUDGES is set, but ffmpeg is not installed"
            );
            let _ = writeln!(io::stderr(), "SKIPPED: ffmpeg is not installed");
            return None;
        }
        Err(error) => panic!("ffmpeg: {error}"),
    };
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    let of = |index: usize, option: &str| {
        let name = format!("[{}@c{index} ", show(option));
        let lines = log.split(['\n', '\r']);
        let lines = lines.filter_map(|line| line.find(&name).map(|at| &line[at..]));
        let lines = lines.filter(|line| line.contains(" pts:"));
        Made {
            bytes: fs::read(folder.path(&format!("{index}.raw"))).expect("made"),
            lines: lines.map(str::to_owned).collect(),
        }
    };
    Some(wanted.iter().enumerate().map(|(index, wanted)| of(index, wanted.option)).collect())
}

/// The word behind a key such as `pts:`.
pub(crate) fn field<'a>(line: &'a str, key: &str) -> &'a str {
    let at = line.find(&format!(" {key}")).expect(key) + key.len() + 1;
    line[at..].split_whitespace().next().unwrap_or_default()
}
