//! What jobs from file to file check before they start.

use std::path::Path;

use rushes_core::{Error, IntoTime, Result, Time};

/// The part of a source that a job takes, and the first setting of the job that made no sense.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Where it starts; `None` for the start.
    pub(crate) from: Option<Time>,
    /// Where it ends; `None` for the end.
    pub(crate) to: Option<Time>,
    deferred: Option<Error>,
}

impl Part {
    pub(crate) fn start_at(&mut self, time: impl IntoTime) {
        match time.into_time() {
            Ok(time) => self.from = Some(time),
            Err(error) => self.defer(error),
        }
    }

    pub(crate) fn end_at(&mut self, time: impl IntoTime) {
        match time.into_time() {
            Ok(time) => self.to = Some(time),
            Err(error) => self.defer(error),
        }
    }

    /// Keeps an error for [`check`](Self::check), unless there is one.
    pub(crate) fn defer(&mut self, error: Error) {
        self.deferred.get_or_insert(error);
    }

    /// Tells the first setting that made no sense, when the work starts.
    pub(crate) fn check(&mut self) -> Result<()> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        match (self.from, self.to) {
            (Some(from), Some(to)) if to <= from => {
                Err(Error::usage("the end does not lie behind the start"))
            }
            _ => Ok(()),
        }
    }
}

/// Refuses a file that would be replaced while it is read.
pub(crate) fn refuse_overwriting(input: &Path, output: &Path) -> Result<()> {
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => Err(Error::usage(format!(
            "'{}' is both input and output: it would be lost",
            input.display()
        ))),
        _ => Ok(()),
    }
}
