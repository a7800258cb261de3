//! How `rushes` is built, and what holds everywhere.

pub mod architecture;
pub mod chunks;
pub mod time;
