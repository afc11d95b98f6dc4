//! The budgets' harness and rows.
//!
//! Reading order: `run` (what is measured and in which order), `duel` (floor and subject in turn), `row` and `table`
//! (what comes out), then what is measured on: `sandbox`, `cast`, `writer`, `worlds`; the other modules are the rows,
//! one family each. `worker` is what this program does when it is started by itself as a floor or as one of many writers.

mod agent_hooks;
mod append;
mod cast;
mod causes;
mod client_hooks;
mod commands;
mod contention;
mod duel;
mod edits;
mod gate;
mod growth;
mod large;
mod machine;
mod overlap;
mod page;
mod peers;
mod phases;
mod receive;
mod remote;
mod resources;
mod row;
mod run;
mod sandbox;
mod statistics;
mod table;
mod verification;
mod watching;
mod worker;
mod worlds;
mod writer;

pub(crate) use run::main;
