//! The reader, row by row of its specification: R1 to R36 as far as they exist. Bodies run on the project's own clip, and on a
//! file of the corpus where it is there.

mod chunks;
mod colors;
mod filters;
mod flow;
mod formats;
mod information;
mod media;
mod outputs;
mod seek;
mod sources;
mod threads;
