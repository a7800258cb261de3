//! One error type for all crates, in categories that a caller can act on.

use std::fmt;

/// Result with the [`Error`] of `rushes`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. The variant says who can mend it: [`kind`](Self::kind) is the same without the details.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system, or the caller's own source or sink, refused.
    #[error("{context}: {source}")]
    Io {
        /// What was being done, with the path where there is one.
        context: String,
        /// The error below.
        source: std::io::Error,
    },
    /// The input breaks its format's rules.
    #[error(transparent)]
    Malformed(#[from] Box<Malformed>),
    /// The input is fine, but this build cannot do that.
    #[error(transparent)]
    Unsupported(#[from] Box<Unsupported>),
    /// A bound of [`Limits`](crate::Limits) was reached.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The caller asked for something that makes no sense, in words.
    #[error("{0}")]
    Usage(String),
    /// A GPU or its driver refused.
    #[error(transparent)]
    Device(#[from] Box<DeviceError>),
}

/// The category of an [`Error`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// See [`Error::Io`].
    Io,
    /// See [`Error::Malformed`].
    Malformed,
    /// See [`Error::Unsupported`].
    Unsupported,
    /// See [`Error::Limit`].
    Limit,
    /// See [`Error::Usage`].
    Usage,
    /// See [`Error::Device`].
    Device,
}

impl ErrorKind {
    /// Lower-case name, as the command line prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Usage => "usage",
            Self::Device => "device",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error {
    /// An input or output error, with what was being done.
    pub fn io(context: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { context: context.into(), source }
    }

    /// The input breaks its format's rules; add where with [`at`](Self::at) and [`within`](Self::within).
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed(Box::new(Malformed {
            message: message.into(),
            offset: None,
            path: String::new(),
        }))
    }

    /// This build cannot do `what`; `supported` names what it can do instead, or is empty.
    pub fn unsupported(what: impl Into<String>, supported: impl Into<String>) -> Self {
        Self::Unsupported(Box::new(Unsupported { what: what.into(), supported: supported.into() }))
    }

    /// The limit `name` was reached: `wanted` where at most `limit` are allowed.
    #[must_use]
    pub const fn limit(name: &'static str, wanted: u64, limit: u64) -> Self {
        Self::Limit(LimitExceeded { name, wanted, limit })
    }

    /// The caller's mistake, in words.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The category.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::Io,
            Self::Malformed(_) => ErrorKind::Malformed,
            Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Limit(_) => ErrorKind::Limit,
            Self::Usage(_) => ErrorKind::Usage,
            Self::Device(_) => ErrorKind::Device,
        }
    }

    /// True for a source that has no data now but may have some later (`WouldBlock`).
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Names the byte offset of a malformed input, unless it is known already.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        if let Self::Malformed(malformed) = &mut self {
            malformed.offset.get_or_insert(offset);
        }
        self
    }

    /// Puts a step (`moov`, `trak[1]`) in front of the path of a malformed input.
    #[must_use]
    pub fn within(mut self, step: impl fmt::Display) -> Self {
        if let Self::Malformed(malformed) = &mut self {
            malformed.path = if malformed.path.is_empty() {
                step.to_string()
            } else {
                format!("{step}/{}", malformed.path)
            };
        }
        self
    }
}

/// Where and how an input breaks its format's rules.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Malformed {
    message: String,
    offset: Option<u64>,
    path: String,
}

impl Malformed {
    /// Byte offset in the source, where known.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// Path of the element, such as `moov/trak[1]/mdia/minf/stbl/stts`; empty where unknown.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        self.offset.map_or(Ok(()), |offset| write!(f, " at byte {offset}"))
    }
}

/// What this build cannot do, and what it can.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Unsupported {
    what: String,
    supported: String,
}

impl Unsupported {
    /// What was asked for.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What is supported instead; may be empty.
    #[must_use]
    pub fn supported(&self) -> &str {
        &self.supported
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not supported", self.what)?;
        if self.supported.is_empty() {
            Ok(())
        } else {
            write!(f, "; supported: {}", self.supported)
        }
    }
}

/// Which bound of [`Limits`](crate::Limits) was reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("limit {name} reached: {wanted} wanted, {limit} allowed; raise Limits::{name}")]
pub struct LimitExceeded {
    name: &'static str,
    wanted: u64,
    limit: u64,
}

impl LimitExceeded {
    /// The field of [`Limits`](crate::Limits).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How much the input asked for.
    #[must_use]
    pub const fn wanted(&self) -> u64 {
        self.wanted
    }

    /// How much is allowed.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }
}

/// A driver call that failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{call} failed: {status} ({code})")]
pub struct DeviceError {
    call: String,
    status: String,
    code: u32,
}

impl DeviceError {
    /// The driver function `call` returned `code`, which its header names `status`.
    pub fn new(call: impl Into<String>, status: impl Into<String>, code: u32) -> Self {
        Self { call: call.into(), status: status.into(), code }
    }

    /// The driver's status number.
    #[must_use]
    pub const fn code(&self) -> u32 {
        self.code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_and_where() {
        let check = |error: Error, expected: &str| assert_eq!(error.to_string(), expected);
        check(
            Error::malformed("count 9 exceeds the box").at(40).at(7).within("stts").within("moov"),
            "moov/stts: count 9 exceeds the box at byte 40",
        );
        check(
            Error::unsupported("codec 'vvc1'", "h264"),
            "codec 'vvc1' is not supported; supported: h264",
        );
        check(
            Error::limit("tracks", 9, 5),
            "limit tracks reached: 9 wanted, 5 allowed; raise Limits::tracks",
        );
    }
}
