//! Entries that are in this clone and not yet where the ledger is decided: what becomes of them, and what is told of them.
//!
//! Reading order: `offline` (what becomes of one while the remote is away), `replay` (what becomes of them once it is there),
//! `waiting` (those whose signer's key is not at hand), `vanished` (records that are nowhere now), `left_here` (what is told
//! of all that), and `decided` (the ledger without them).

pub(crate) mod decided;
pub mod left_here;
pub(crate) mod offline;
pub(crate) mod replay;
pub(crate) mod vanished;
pub mod waiting;
