//! git coord.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cli;
pub mod demo;
pub mod disk;
pub mod format;
pub mod git;
pub mod hook;
pub mod ledger;
pub mod mcp;
pub mod model;
pub mod ops;
pub mod overlap;
pub mod rules;
pub mod sign;
pub mod ui;
pub mod watch;
