//! Why a command ends early, and with which exit status.

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rushes::{Error, ErrorKind};

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input or the work failed.
    Media(Error),
    /// The same, with the file that it happened in.
    File(PathBuf, Error),
    /// The command line asks for something that makes no sense.
    Usage(String),
    /// Standard output cannot be written.
    Output(io::Error),
    /// We panicked, with this message.
    Bug(String),
}

/// Names the file in an error.
pub(crate) trait InFile<T> {
    /// The error with the path in front of its message.
    fn in_file(self, path: &Path) -> Result<T, Failure>;
}

impl<T> InFile<T> for Result<T, Error> {
    fn in_file(self, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::File(path.to_path_buf(), error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Media(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

impl Failure {
    /// The message, on one line whatever an operating system or a file name put into it; `None` where there is
    /// nothing to say: whoever read our output has had enough.
    pub(crate) fn message(&self) -> Option<String> {
        let message = match self {
            Self::Media(error) => error.to_string(),
            Self::File(path, error) => {
                let (path, message) = (path.display().to_string(), error.to_string());
                // Errors of the operating system name the path themselves.
                if message.starts_with(&path) { message } else { format!("{path}: {message}") }
            }
            Self::Usage(message) => message.clone(),
            Self::Output(error) if is_broken_pipe(error) => return None,
            Self::Output(error) => format!("standard output: {error}"),
            Self::Bug(message) => format!("a bug of rushes, please report it: {message}"),
        };
        Some(one_line(&message))
    }

    /// 1 where the input or the work failed, 2 where the command line asks for something that makes no sense; 101, as
    /// after any panic, for a bug.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Media(error) | Self::File(_, error) if error.kind() == ErrorKind::Usage => {
                ExitCode::from(2)
            }
            Self::Usage(_) => ExitCode::from(2),
            Self::Output(error) if is_broken_pipe(error) => ExitCode::SUCCESS,
            Self::Bug(_) => ExitCode::from(101),
            Self::Media(_) | Self::File(..) | Self::Output(_) => ExitCode::FAILURE,
        }
    }
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// The text that a panic was raised with.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// The text without line breaks and other control characters.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_line_and_name_the_file_once() {
        let check = |failure: Failure, expected: Option<&str>| {
            assert_eq!(failure.message().as_deref(), expected);
        };
        let malformed = || Error::malformed("bad\nbox\r\u{1b}[1m").at(3);
        check(malformed().into(), Some("bad box  [1m at byte 3"));
        check(Failure::File("a".into(), malformed()), Some("a: bad box  [1m at byte 3"));
        let io = |kind: io::ErrorKind| Error::io("a", kind.into());
        check(Failure::File("a".into(), io(io::ErrorKind::NotFound)), Some("a: entity not found"));
        check(io::Error::from(io::ErrorKind::BrokenPipe).into(), None);
    }
}
