//! What tests share: worlds in memory, sandboxes on disk.

pub mod cache;
pub mod sandbox;
pub mod servers;
pub mod tokens;
pub mod world;
