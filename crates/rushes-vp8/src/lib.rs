//! VP8 decoder: RFC 6386.

#![deny(unsafe_code)]
