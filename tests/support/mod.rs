//! What tests share: worlds in memory, sandboxes on disk.

pub mod cache;
pub mod clock;
pub mod sandbox;
pub mod servers;
pub mod simulation;
#[cfg(feature = "model")]
pub(crate) mod tiny_model;
pub mod tokens;
pub mod world;
