//! What becomes of work on paths that nobody claimed, as the policy says: one rule for whoever edits and whoever commits.

use crate::model::PrincipalId;
use crate::model::Requirement;
use crate::rules::State;

/// What becomes of work on paths that nobody claimed, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unclaimed {
    /// It goes on.
    Free,
    /// It goes on, and whoever works is told.
    Told,
    /// It is claimed for whoever works.
    Taken,
    /// It is stopped until somebody has claimed it.
    Stopped,
}

impl Unclaimed {
    /// Returns whether the work waits for a claim: whoever cannot tell whether one is to be had lets it not go on.
    pub fn waits_for_claim(self) -> bool {
        self >= Self::Taken
    }
}

/// Returns what becomes of somebody's work on paths that nobody claimed.
pub fn unclaimed(state: &State, caller: Option<&PrincipalId>) -> Unclaimed {
    match state.policy.claims.require {
        Requirement::Off => Unclaimed::Free,
        // Alone, nobody needs to be told.
        Requirement::Warn if state.claims.values().all(|lease| Some(&lease.claim.holder) == caller) => Unclaimed::Free,
        Requirement::Warn => Unclaimed::Told,
        // Whoever is nobody here can claim nothing.
        Requirement::Auto if caller.is_none() => Unclaimed::Free,
        Requirement::Auto => Unclaimed::Taken,
        Requirement::Deny => Unclaimed::Stopped,
    }
}
