//! git coord.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod disk;
pub mod format;
pub mod git;
pub mod ledger;
pub mod model;
pub mod overlap;
pub mod rules;
pub mod sign;
pub mod watch;
