//! Every encoder and decoder of this build, as the registry lists them: through every container, with any number of threads.

mod containers;
mod media;
mod threads;
