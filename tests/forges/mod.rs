//! Forges: no hooks of ours run there. A job asks the gate before a merge, another records what landed, an audit finds what
//! went round both.

mod audit;
mod checkers;
mod checks;
mod explained;
mod forge;
mod gate;
mod jobs;
mod levels;
mod record;
mod workflow;
