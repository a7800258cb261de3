//! Tags around streams that have no place for any: `ID3`, APE, `Lyrics3`.

mod ape;
pub(crate) mod front;
pub(crate) mod tail;
