//! The writer, row by row of its specification: W1 to W14 as far as they exist. Files are written to memory and read
//! back.

mod chunking;
mod errors;
mod filters;
mod pictures;
mod settings;
mod sinks;
mod sound;
mod support;
mod times;
