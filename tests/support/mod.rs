//! What tests share: worlds in memory, sandboxes on disk.

pub mod world;
