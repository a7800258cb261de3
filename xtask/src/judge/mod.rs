//! What others say of the files that we write: every kind of file before every judge that reads it.

mod judges;
mod makes;

use std::collections::BTreeMap;
use std::path::Path;

use xshell::Shell;

use self::judges::{JUDGES, Verdict};
use crate::flags::JudgeFlags;
use crate::{Result, build_release, setup};

/// Debian's packages of the judges; Node.js runs `MP4Box.js` and the browser's script.
const PACKAGES: [(&str, &str); 10] = [
    ("ffmpeg", "ffmpeg"),
    ("mkvmerge", "mkvtoolnix"),
    ("mediainfo", "mediainfo"),
    ("mediaconch", "mediaconch"),
    ("webm_info", "libwebm-tools"),
    ("flac", "flac"),
    ("opusinfo", "opus-tools"),
    ("ogginfo", "vorbis-tools"),
    ("node", "nodejs"),
    ("chromium", "chromium"),
];

/// Installs what it can, makes the files, shows each to its judges, and prints a table.
pub(crate) fn run(shell: &Shell, flags: &JudgeFlags) -> Result {
    if !flags.no_install {
        install(shell);
    }
    let rushes = build_release(shell)?;
    let temporary = shell.create_temp_dir()?;
    let folder = flags.keep.as_deref().unwrap_or_else(|| temporary.path());
    std::fs::create_dir_all(folder)?;
    let files = makes::all(shell, &rushes, folder)?;
    let mut failures = Vec::new();
    let mut asked = 0;
    // One letter each, in the order of the judges; the legend below says which.
    for (letter, judge) in ('a'..).zip(JUDGES) {
        println!("{letter} {}", judge.name);
    }
    for file in &files {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        let mut row = String::new();
        for (letter, judge) in ('a'..).zip(JUDGES) {
            let verdict =
                if file.is_for(judge) { judge.judge(shell, file) } else { Verdict::NotAsked };
            row.push(match &verdict {
                Verdict::NotAsked => '·',
                Verdict::Absent => '-',
                Verdict::Good => letter,
                Verdict::Bad(_) => '✗',
            });
            asked += usize::from(!matches!(verdict, Verdict::NotAsked | Verdict::Absent));
            if let Verdict::Bad(words) = verdict {
                failures.push((name.to_string(), judge.name, words));
            }
        }
        println!("{row}  {name}: {}", file.what);
    }
    for (file, judge, words) in &failures {
        println!("✗ {file}, {judge}: {}", words.trim());
    }
    report_absent(&files);
    match failures.len() {
        0 => {
            println!("judge: {} files, {asked} verdicts, none against us", files.len());
            Ok(())
        }
        count => Err(format!("{count} of {asked} verdicts are against us").into()),
    }
}

fn report_absent(files: &[makes::Made]) {
    let mut absent = BTreeMap::new();
    for judge in JUDGES.iter().filter(|judge| !judge.is_here()) {
        let count = files.iter().filter(|file| file.is_for(judge)).count();
        absent.insert(judge.name, count);
    }
    for (judge, count) in absent {
        println!("SKIPPED {judge}, on {count} files: it is not installed");
    }
}

/// Whoever cannot be installed is skipped later, and named then.
fn install(shell: &Shell) {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(program, _)| !setup::in_path(program))
        .map(|(_, package)| *package)
        .collect();
    // One by one, so that one that is unknown does not keep the others away.
    for package in missing {
        if let Err(error) = setup::install(shell, &[package]) {
            println!("{package} could not be installed: {error}");
        }
    }
    if setup::in_path("python3") && !judges::has_pyav(shell) {
        let arguments =
            ["-m", "pip", "install", "--quiet", "--break-system-packages", "av==18.1.0"];
        let _ = shell.cmd("python3").args(arguments).run();
    }
    if setup::in_path("npm") && !judges::mp4box_folder().join("node_modules/mp4box").is_dir() {
        let folder = judges::mp4box_folder();
        let made = std::fs::create_dir_all(&folder);
        if made.is_ok() {
            let npm = shell.cmd("npm").args(["install", "--silent", "--prefix"]);
            let _ = npm.arg(folder).arg("mp4box@2.4.1").run();
        }
    }
}

/// A script of `tests/judges`.
fn script(name: &str) -> std::path::PathBuf {
    crate::root().join("tests/judges").join(name)
}

/// The extension of a file.
fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}
