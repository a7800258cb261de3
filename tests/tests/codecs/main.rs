//! Every encoder and decoder of this build, as the registry lists them: through every container, with any number of threads.

mod containers;
mod judges;
mod media;
mod threads;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
