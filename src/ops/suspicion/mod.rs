//! What rests on somebody whose key turned out to be suspect then, until somebody else has reviewed it again (KEY-2).
//!
//! Reading order: `resting` (how a landing rests on somebody) with `withdrawn`, `rereview` (who may say that it stands), and
//! `debts`, which gathers them from the ledger; `run_debts` does the same for runs.

pub mod debts;
pub(crate) mod rereview;
pub mod resting;
pub(crate) mod run_debts;
pub(crate) mod withdrawn;
