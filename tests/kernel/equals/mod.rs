//! Nobody is above the gate: what the security role, a maintainer and the root member try is refused as if anybody did
//! (POL-10). What they may do at once only ever makes the rules tighter. `tests/server/equals.rs` has what takes a push.

mod approvals;
mod law;
mod policies;
mod stage;
mod tree;
mod words;
