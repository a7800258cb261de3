//! WebP (RFC 9649), with `image-webp` for VP8 and lossless pictures. Lossy pictures keep their planes.

mod chunks;
mod decode;
mod picture;

pub(crate) use decode::create;
