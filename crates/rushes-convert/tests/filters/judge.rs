//! Runs FFmpeg on raw files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed when it is dropped.
pub(crate) struct Folder(PathBuf);

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Folder {
    pub(crate) fn new() -> Self {
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

/// What FFmpeg makes of raw data: its bytes, and the lines of `showinfo` or `ashowinfo`. `None` where there is no FFmpeg.
pub(crate) fn ffmpeg(
    folder: &Folder,
    input: &[u8],
    before: &[&str],
    after: &[&str],
) -> Option<(Vec<u8>, Vec<String>)> {
    let (from, to) = (folder.path("in.raw"), folder.path("out.raw"));
    fs::write(&from, input).expect("written");
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-y", "-threads", "1"]).args(before);
    command.args(["-i", &path(&from)]).args(after).arg(path(&to));
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
    assert!(output.status.success(), "{after:?}: {log}");
    let lines = log.lines().filter(|line| line.contains("showinfo") && line.contains(" pts:"));
    Some((fs::read(&to).expect("made"), lines.map(str::to_owned).collect()))
}

/// The word behind a key such as `pts:`.
pub(crate) fn field<'a>(line: &'a str, key: &str) -> &'a str {
    let at = line.find(&format!(" {key}")).expect(key) + key.len() + 1;
    line[at..].split_whitespace().next().unwrap_or_default()
}
