//! Clones that share one ledger over connections that fail, in processes that are killed: nothing that was acknowledged is
//! lost, nothing is granted twice, and every command ends.

mod arena;
mod blow;
mod shared;
mod stalled;
mod storm;
