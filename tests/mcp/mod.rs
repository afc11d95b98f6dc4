//! Agents' tools: the real binary, driven over pipes as clients drive it.

pub mod client;
mod ending;
mod garbage;
mod opening;
mod real_clients;
mod resources;
mod tools;
mod waits;
