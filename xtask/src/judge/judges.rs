//! The judges, and how each says that it has no complaint.

use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::Shell;

use super::makes::Made;
use super::script;
use crate::{root, setup, works};

/// Somebody else's reader.
pub(super) struct Judge {
    pub(super) name: &'static str,
    /// The program that must be there.
    program: &'static str,
    /// Extensions of the files that it reads, or whole endings; none for all.
    pub(super) kinds: &'static [&'static str],
    /// Files that it has something against whoever wrote them: starts of their names.
    pub(super) except: &'static [&'static str],
    /// What to run, and what its words must be like.
    ask: fn(&Path) -> Command,
    accepts: fn(&Heard) -> bool,
}

/// What a judge said.
pub(super) struct Heard {
    success: bool,
    out: String,
    err: String,
}

impl Heard {
    /// True where standard error has nothing but remarks on what the format leaves open.
    fn is_calm(&self) -> bool {
        let remarks = ["Estimating duration from bitrate", "Guessed Channel Layout"];
        self.err.lines().all(|line| remarks.iter().any(|remark| line.contains(remark)))
    }
}

/// What came of it.
pub(super) enum Verdict {
    /// Not a file for this judge.
    NotAsked,
    /// The judge is not installed.
    Absent,
    Good,
    /// What it said.
    Bad(String),
}

/// Exit status by which the scripts of `tests/judges` say that what they need is not installed.
const MISSING: i32 = 3;

const MATROSKA: &[&str] = &["mkv", "webm", "mka"];
/// Fragments that Media Source Extensions take; the page knows H.264 and AAC.
const FRAGMENTED: &[&str] = &["fragmented.mp4"];
const MP4: &[&str] = &["mp4", "m4a", "mov"];

pub(super) const JUDGES: &[Judge] = &[
    Judge {
        name: "ffprobe",
        program: "ffprobe",
        kinds: &[],
        // "File may be invalid", of sizes that are unknown: of FFmpeg's as well.
        except: &["live.wav"],
        ask: |path| {
            let arguments = ["-v", "warning", "-count_packets", "-show_streams", "-of", "json"];
            command("ffprobe", &arguments, path)
        },
        accepts: |heard| heard.success && heard.is_calm() && heard.out.contains("codec_name"),
    },
    Judge {
        name: "ffmpeg, decoding",
        program: "ffmpeg",
        kinds: &[],
        // As for ffprobe.
        except: &["live.wav"],
        ask: |path| {
            let mut command = command("ffmpeg", &["-nostdin", "-v", "warning", "-i"], path);
            command.args(["-map", "0:v?", "-map", "0:a?", "-f", "null", "-"]);
            command
        },
        accepts: |heard| heard.success && heard.is_calm(),
    },
    Judge {
        name: "PyAV",
        program: "python3",
        kinds: &[],
        except: &[],
        ask: |path| command("python3", &[&script("pyav_facts.py").to_string_lossy()], path),
        accepts: |heard| heard.success && heard.err.is_empty(),
    },
    Judge {
        name: "mkvmerge",
        program: "mkvmerge",
        kinds: &[
            "mkv", "webm", "mka", "mp4", "m4a", "mov", "ogg", "opus", "flac", "aac", "mp3", "wav",
        ],
        except: &[],
        ask: |path| command("mkvmerge", &["-J"], path),
        accepts: |heard| {
            heard.success
                && heard.out.contains("\"recognized\": true")
                && heard.out.contains("\"errors\": []")
                && heard.out.contains("\"warnings\": []")
        },
    },
    Judge {
        name: "mkvinfo",
        program: "mkvinfo",
        kinds: MATROSKA,
        except: &[],
        ask: |path| command("mkvinfo", &["-v", "-v", "-o"], path),
        accepts: |heard| heard.success && heard.err.is_empty() && !complains(&heard.out),
    },
    Judge {
        name: "mediaconch",
        program: "mediaconch",
        kinds: MATROSKA,
        except: &[],
        ask: |path| command("mediaconch", &["-fs"], path),
        accepts: |heard| heard.success && heard.out.trim_start().starts_with("pass!"),
    },
    Judge {
        name: "webm_info",
        program: "webm_info",
        kinds: &["webm"],
        except: &[],
        ask: |path| command("webm_info", &["-all", "-i"], path),
        accepts: |heard| heard.success && !complains(&heard.err),
    },
    Judge {
        name: "MP4Box.js",
        program: "node",
        kinds: MP4,
        except: &[],
        ask: |path| {
            let mut command =
                command("node", &[&script("mp4box_facts.mjs").to_string_lossy()], path);
            if std::env::var_os("RUSHES_MP4BOX_DIR").is_none() {
                command.env("RUSHES_MP4BOX_DIR", mp4box_folder());
            }
            command
        },
        accepts: |heard| heard.success && heard.out.contains("\"samples\""),
    },
    Judge {
        name: "mediainfo",
        program: "mediainfo",
        kinds: &[],
        // Sizes that are unknown are "truncated" to it, in FFmpeg's files too.
        except: &["live.mkv", "live.wav"],
        ask: |path| command("mediainfo", &["--Output=JSON"], path),
        accepts: |heard| {
            heard.success
                && !heard.out.contains("IsTruncated")
                && !heard.out.contains("ConformanceErrors")
        },
    },
    Judge {
        name: "flac -t",
        program: "flac",
        kinds: &["flac"],
        except: &[],
        ask: |path| command("flac", &["-t", "-s", "-w"], path),
        accepts: |heard| heard.success && heard.err.is_empty(),
    },
    Judge {
        name: "ogginfo",
        program: "ogginfo",
        kinds: &["ogg", "opus"],
        except: &[],
        ask: |path| command("ogginfo", &[], path),
        accepts: |heard| heard.success && !complains(&heard.out),
    },
    Judge {
        name: "Chromium",
        program: "chromium",
        kinds: &["mp4", "webm"],
        // Debian's has no HEVC.
        except: &["hevc"],
        ask: |path| command("node", &[&script("browser.mjs").to_string_lossy()], path),
        accepts: |heard| heard.success,
    },
    Judge {
        name: "Chromium, Media Source Extensions",
        program: "chromium",
        kinds: FRAGMENTED,
        except: &["av1"],
        ask: |path| {
            let mut command = command("node", &[&script("browser.mjs").to_string_lossy()], path);
            command.arg("mse");
            command
        },
        accepts: |heard| heard.success,
    },
];

fn command(program: &str, arguments: &[&str], path: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).arg(path);
    command
}

fn complains(words: &str) -> bool {
    let words = words.to_lowercase();
    ["error", "warning", "invalid", "corrupt"].iter().any(|word| words.contains(word))
}

impl Judge {
    /// True where it can be asked at all.
    pub(super) fn is_here(&self) -> bool {
        setup::in_path(self.program)
    }

    /// Shows it a file.
    pub(super) fn judge(&self, shell: &Shell, file: &Made) -> Verdict {
        if !self.is_here() {
            return Verdict::Absent;
        }
        let mut command = (self.ask)(&file.path);
        command.current_dir(shell.current_dir());
        let output = match command.output() {
            Ok(output) if output.status.code() == Some(MISSING) => return Verdict::Absent,
            Ok(output) => output,
            Err(error) => return Verdict::Bad(error.to_string()),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let heard = Heard {
            success: output.status.success(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        if (self.accepts)(&heard) {
            return Verdict::Good;
        }
        // Most say what they mean on standard error; the others at the end of what they print.
        let words = if heard.err.trim().is_empty() { &heard.out } else { &heard.err };
        let lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines[lines.len().saturating_sub(6)..].join(" | ");
        Verdict::Bad(format!("{}: {last}", output.status))
    }
}

/// True where Python has it.
pub(super) fn has_pyav(shell: &Shell) -> bool {
    works(shell, "python3", &["-c", "import av"])
}

/// Where `MP4Box.js` is installed unless `RUSHES_MP4BOX_DIR` says otherwise.
pub(super) fn mp4box_folder() -> PathBuf {
    root().join("target/judges")
}
