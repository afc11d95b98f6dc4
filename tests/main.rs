//! One integration binary: a file a subject.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod hook_managers;
mod kernel;
mod schema;
mod support;
mod vectors;
