//! One integration binary: a file a subject.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod agents;
mod cli;
mod crashes;
mod demo;
mod differential;
mod docs;
mod faults;
mod forges;
mod fuzzing;
mod hook_managers;
mod kernel;
mod layouts;
mod linearizability;
mod mcp;
mod overlap;
mod protocol;
mod real_servers;
mod schema;
mod seeded_bugs;
mod server;
mod shared_checkout;
mod simulation;
mod support;
mod tidy;
mod vectors;
