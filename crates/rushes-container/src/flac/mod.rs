//! FLAC (RFC 9639).

mod picture;

pub(crate) use picture::Picture;
