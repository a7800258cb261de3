//! The file that is written: under another name until it is whole.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use rushes::{Error, Sink, muxer_formats};

use crate::failure::Failure;

/// The output of a job. What was there before stays until [`keep`](Self::keep) replaces it; an output that is dropped
/// instead leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Output {
    /// Where the user wants it.
    path: PathBuf,
    /// Where it is written; `None` for a device or a pipe, which is written as it is.
    temporary: Option<PathBuf>,
    format: &'static str,
}

impl Output {
    /// Plans an output. Nothing is created yet.
    pub(crate) fn new(
        inputs: &[PathBuf],
        path: &Path,
        format: Option<&str>,
    ) -> Result<Self, Failure> {
        let format = match format {
            Some(name) => format_named(name)?,
            None => format_for(path)?,
        };
        // The file behind a link is what is meant to be replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let is_output = |input: &PathBuf| input.canonicalize().is_ok_and(|input| input == path);
        if inputs.iter().any(is_output) {
            let path = path.display();
            return Err(Failure::Usage(format!("{path} is both input and output")));
        }
        let special = path.metadata().is_ok_and(|file| !file.is_file());
        let temporary = (!special).then(|| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.with_file_name(format!(".{name}.{}.part", std::process::id()))
        });
        Ok(Self { path, temporary, format })
    }

    /// Name of the format.
    pub(crate) const fn format(&self) -> &'static str {
        self.format
    }

    /// Creates the file.
    pub(crate) fn sink(&mut self) -> Result<Sink, Error> {
        let failed = |error| Error::io(self.path.display().to_string(), error);
        let mut options = OpenOptions::new();
        match &self.temporary {
            Some(temporary) => {
                options.read(true).write(true).create(true).truncate(true);
                Ok(Sink::rewritable(options.open(temporary).map_err(failed)?))
            }
            None => Ok(Sink::forward(options.write(true).open(&self.path).map_err(failed)?)),
        }
    }

    /// True if anything has been written.
    pub(crate) fn has_content(&self) -> bool {
        let file = self.temporary.as_ref().and_then(|temporary| temporary.metadata().ok());
        file.is_some_and(|file| file.len() > 0)
    }

    /// Puts the file where the user wants it, in place of what was there.
    pub(crate) fn keep(mut self) -> Result<(), Failure> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        let kept = match self.path.metadata() {
            Ok(before) => fs::set_permissions(&temporary, before.permissions()),
            Err(_) => Ok(()),
        };
        kept.and_then(|()| fs::rename(&temporary, &self.path)).map_err(|error| {
            // The error is what counts, whether or not the rest can be removed.
            let _ = fs::remove_file(&temporary);
            Error::io(self.path.display().to_string(), error).into()
        })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // It may never have been created.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn format_named(name: &str) -> Result<&'static str, Failure> {
    let format = muxer_formats().find(|format| format.name == name);
    format.map(|format| format.name).ok_or_else(|| unknown(&format!("format '{name}'")))
}

fn format_for(path: &Path) -> Result<&'static str, Failure> {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let writes =
        |extensions: &[&str]| extensions.iter().any(|known| known.eq_ignore_ascii_case(extension));
    let format = muxer_formats().find(|format| writes(format.extensions));
    format.map(|format| format.name).ok_or_else(|| {
        unknown(&format!("the name '{}' says no format; add --format NAME", path.display()))
    })
}

fn unknown(what: &str) -> Failure {
    let known: Vec<&str> = muxer_formats().map(|format| format.name).collect();
    Failure::Usage(format!("{what}; known: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_was_there_stays_until_the_new_file_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.wav");
        fs::write(&path, "old").expect("written");
        let write = |keep: bool| {
            let mut output = Output::new(&["in.wav".into()], &path, None).expect("a format");
            let Ok(Sink::Rewritable(mut sink)) = output.sink() else {
                panic!("a file can be rewritten");
            };
            sink.write_all(b"new").expect("written");
            if keep {
                output.keep().expect("replaced");
            }
        };
        let content = || fs::read_to_string(&path).expect("it is there");
        write(false);
        assert_eq!(content(), "old");
        write(true);
        assert_eq!(content(), "new");
        assert_eq!(folder.path().read_dir().expect("listed").count(), 1);
    }

    #[test]
    fn formats_come_from_the_name() {
        let check = |path: &str, format: Option<&str>, expected: Option<&str>| {
            let output = Output::new(&["in".into()], Path::new(path), format);
            assert_eq!(output.ok().map(|output| output.format()), expected, "{path}");
        };
        check("a.wav", None, Some("wav"));
        check("A.WAV", None, Some("wav"));
        check("a.nonsense", Some("wav"), Some("wav"));
        check("a.nonsense", None, None);
        check("wav", None, None);
        check("a.wav", Some("nonsense"), None);
    }
}
