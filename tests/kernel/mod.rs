//! The kernel from outside: what the judge lets into a ledger, and what the gate lets onto a ref.
//!
//! Cases of the designs' lists are named in the comment of their test: `S2` and the like are rules of `semantics.md`,
//! `LEASE-2` and the like attacks of `docs/attacks.md`.

mod actions;
mod break_glass;
mod cells;
mod chain;
mod claims;
mod clocks;
mod cutting;
mod drafts;
mod enrolment;
mod equals;
mod findings;
mod flood;
mod gate_advice;
mod gate_approvals;
mod gate_check_roles;
mod gate_checks;
mod gate_findings;
mod gate_folds;
mod gate_independence;
mod gate_leases;
mod gate_objections;
mod gate_recommits;
mod gate_refs;
mod gate_work;
mod genesis;
mod glass_review;
mod ground;
mod hardware;
mod landings;
mod leases;
mod left_vetoes;
mod missions;
mod overruling;
mod pace;
mod policies;
mod principals;
mod properties;
mod prospects;
mod push;
mod reading;
mod requests;
mod retired;
mod runs;
mod second_keys;
mod shadows;
mod signatures;
mod tax;
mod templates;
mod two_words;
mod vouching;
mod widening;
mod worth;
