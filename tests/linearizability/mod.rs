//! Claims as a history of calls and answers: is there one order in which a ledger, one call after the other, would have
//! answered just so?
//!
//! `history` says what is recorded, `promise` what a ledger of claims promises, `order` which call surely came before which,
//! `search` looks for an order, and `check` puts them together. `handmade` has histories that no ledger may have, each with
//! a legal twin; `recorder` and `drive` record the real program by a `clock` that is set by hand, and `recorded` holds it to
//! the promise. `stress` does so while work lands.

mod brute_force;
mod check;
mod drive;
mod handmade;
mod history;
mod order;
mod promise;
mod recorded;
mod recorder;
mod search;
mod stress;
mod world_line;
