//! Which vector instructions to use.

/// Vector instructions of the CPU. The environment variable `RUSHES_CPU` lowers the detected level (never raises it):
/// `scalar`, `sse4_2`, `avx2`, `avx512`, `neon`.
#[derive(Clone, Copy, Debug)]
pub struct Level(pub(crate) ());
