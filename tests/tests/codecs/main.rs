//! Every encoder and decoder of this build, as the registry lists them: with any number of threads.

mod media;
mod threads;
