//! The samples whose rate can be changed.

use rushes_core::Sample;

use self::sealed::Engines;

/// A sample whose rate can be changed: `f32` or `f64`.
pub trait RateSample: Sample + Engines {}

impl RateSample for f32 {}
impl RateSample for f64 {}

#[expect(private_bounds, private_interfaces, reason = "nobody else implements or calls it")]
mod sealed {
    use super::super::Engine;
    use super::super::blocks::Blocks;
    use super::super::real::Real;

    /// The part of an engine that is for this type.
    pub trait Engines: Real {
        fn blocks(engine: &mut Engine) -> Option<&mut Blocks<Self>>;
    }

    impl Engines for f32 {
        fn blocks(engine: &mut Engine) -> Option<&mut Blocks<Self>> {
            match engine {
                Engine::F32(blocks) => blocks.as_deref_mut(),
                Engine::F64(_) => None,
            }
        }
    }

    impl Engines for f64 {
        fn blocks(engine: &mut Engine) -> Option<&mut Blocks<Self>> {
            match engine {
                Engine::F64(blocks) => blocks.as_deref_mut(),
                Engine::F32(_) => None,
            }
        }
    }
}
