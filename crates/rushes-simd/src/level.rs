//! Which vector instructions to use.

use std::env;
use std::fmt;

use rushes_core::{Error, Result};

/// Vector instructions of the CPU. The environment variable `RUSHES_CPU` lowers the detected level (never raises it):
/// `scalar`, `sse4_2`, `avx2`, `avx512`, `neon`; a level of another architecture changes nothing.
///
/// Results are the same at every level.
#[derive(Clone, Copy)]
pub struct Level(Option<fearless_simd::Level>);

/// `dispatch!(level, simd => with_vectors(simd), without())`: the first for each level that has vectors, in code compiled
/// for it, with `simd` as its token. What is to gain by it must be `#[inline(always)]`.
#[macro_export]
macro_rules! dispatch {
    ($level:expr, $simd:ident => $vectors:expr, $scalar:expr) => {{
        #[allow(unused_imports, reason = "there are architectures without vectors")]
        use $crate::fearless_simd::{Level as L, Simd as _};
        match $level.vectors() {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Some(L::Sse4_2($simd)) => $simd.vectorize(
                #[inline(always)]
                || $vectors,
            ),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Some(L::Avx2($simd)) => $simd.vectorize(
                #[inline(always)]
                || $vectors,
            ),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Some(L::Avx512($simd)) => $simd.vectorize(
                #[inline(always)]
                || $vectors,
            ),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Some(L::Neon($simd)) => $simd.vectorize(
                #[inline(always)]
                || $vectors,
            ),
            _ => $scalar,
        }
    }};
}

/// Every level there is, from the lowest to the highest; `neon` has no order with the others.
const NAMES: [&str; 5] = ["scalar", "sse4_2", "avx2", "avx512", "neon"];

impl Level {
    /// No vector instructions beyond those that the compiler finds by itself.
    pub const SCALAR: Self = Self(None);

    /// The best level of this machine that `RUSHES_CPU` allows.
    ///
    /// # Errors
    /// [`Error::Usage`] for a value of `RUSHES_CPU` that names no level.
    pub fn detect() -> Result<Self> {
        let best = Self::best();
        match env::var("RUSHES_CPU") {
            Err(env::VarError::NotPresent) => Ok(best),
            Err(env::VarError::NotUnicode(name)) => Err(unknown(&name.to_string_lossy())),
            Ok(name) if name.is_empty() => Ok(best),
            Ok(name) => best.lowered(&name),
        }
    }

    /// Every level of this machine, the lowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        NAMES.into_iter().filter_map(Self::from_name).collect()
    }

    /// The level of this name, if this machine has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "scalar" {
            return Some(Self::SCALAR);
        }
        vector_level(name).map(|level| Self(Some(level)))
    }

    /// `scalar`, `sse4_2`, `avx2`, `avx512` or `neon`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Some(fearless_simd::Level::Sse4_2(_)) => "sse4_2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Some(fearless_simd::Level::Avx2(_)) => "avx2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Some(fearless_simd::Level::Avx512(_)) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Some(fearless_simd::Level::Neon(_)) => "neon",
            _ => "scalar",
        }
    }

    /// The token of the vector instructions, for [`dispatch!`](crate::dispatch); `None` for scalar code.
    #[must_use]
    pub const fn vectors(self) -> Option<fearless_simd::Level> {
        self.0
    }

    /// Does work whose loops the compiler may turn into this level's instructions. What is to gain by it must be
    /// `#[inline(always)]`.
    #[inline(always)]
    pub fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
        crate::dispatch!(self, _simd => work(), work())
    }

    fn best() -> Self {
        Self::available().pop().unwrap_or(Self::SCALAR)
    }

    fn lowered(self, name: &str) -> Result<Self> {
        if !NAMES.contains(&name) {
            return Err(unknown(name));
        }
        // A level that the machine lacks is above the best one, or of another architecture.
        Ok(Self::from_name(name).unwrap_or(self))
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn vector_level(name: &str) -> Option<fearless_simd::Level> {
    use fearless_simd::Simd;

    let best = fearless_simd::Level::new();
    match name {
        "sse4_2" => best.as_sse4_2().map(Simd::level),
        "avx2" => best.as_avx2().map(Simd::level),
        "avx512" => best.as_avx512().map(Simd::level),
        _ => None,
    }
}

#[cfg(target_arch = "aarch64")]
fn vector_level(name: &str) -> Option<fearless_simd::Level> {
    use fearless_simd::Simd;

    (name == "neon").then(|| fearless_simd::Level::new().as_neon().map(Simd::level)).flatten()
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn vector_level(_name: &str) -> Option<fearless_simd::Level> {
    None
}

fn unknown(name: &str) -> Error {
    Error::usage(format!("RUSHES_CPU '{name}' is not a level; levels: {}", NAMES.join(", ")))
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Level({})", self.name())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Level {}

/// The level of a test; `None` where the machine lacks it, which is printed.
///
/// # Panics
/// Where the machine lacks the level and `RUSHES_REQUIRE_CPU` names it: then the test must fail.
#[must_use]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub fn for_test(name: &str) -> Option<Level> {
    let level = Level::from_name(name);
    if level.is_none() {
        let required = env::var("RUSHES_REQUIRE_CPU").unwrap_or_default();
        assert!(!required.split(',').any(|wanted| wanted == name), "this machine lacks {name}");
        println!("SKIPPED: this machine lacks {name}");
    }
    level
}

/// One test per level: `each_level!(check)` calls `check(Level)`.
#[macro_export]
macro_rules! each_level {
    ($check:ident) => {
        $crate::each_level!($check: scalar sse4_2 avx2 avx512 neon);
    };
    ($check:ident: $($level:ident)*) => {
        mod $check {
            $(
                #[test]
                fn $level() {
                    if let Some(level) = $crate::for_test(stringify!($level)) {
                        super::$check(level);
                    }
                }
            )*
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_lowered_never_raised() {
        let best = Level::best();
        assert_eq!(best.lowered("scalar").expect("a level"), Level::SCALAR);
        for name in NAMES {
            let lowered = Level::SCALAR.lowered(name).expect("a level");
            assert!(lowered == Level::SCALAR || Level::available().contains(&lowered));
            assert_eq!(
                best.lowered(name).expect("a level").name() == name,
                Level::from_name(name).is_some()
            );
        }
        assert!(best.lowered("mmx").is_err());
    }

    #[test]
    fn names_round_trip() {
        for level in Level::available() {
            assert_eq!(Level::from_name(level.name()), Some(level));
        }
    }
}
