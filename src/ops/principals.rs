//! `principals`: who is there, and the file by which stock git verifies.

use crate::model::Standing;
use crate::ops::context::Context;
use crate::rules::Enrolled;
use crate::rules::State;
use crate::rules::Unvouched;

/// A principal as it is told of.
#[derive(Clone, Debug)]
pub struct Listed {
    pub enrolled: Enrolled,
    /// What its role has and it has not, because nobody vouched for it.
    pub unvouched: Unvouched,
}

impl Listed {
    /// Returns what is told of a principal.
    pub fn of(state: &State, enrolled: &Enrolled) -> Self {
        Self { enrolled: enrolled.clone(), unvouched: state.unvouched(enrolled) }
    }
}

/// Returns everybody, active ones first, then by id.
pub fn list(context: &Context) -> Vec<Listed> {
    let state = context.state();
    let mut all: Vec<_> = state.principals.values().map(|enrolled| Listed::of(state, enrolled)).collect();
    let place = |listed: &Listed| (listed.enrolled.record.status, listed.enrolled.record.id.clone());
    all.sort_by_key(place);
    all
}

/// Returns the allowed-signers file: one line a principal that ever signed, in the namespace of commits.
pub fn allowed_signers(context: &Context) -> String {
    signers_in(context.state())
}

/// Returns the allowed-signers file of a state.
///
/// Revoked principals are in it too, because what they signed before stays signed; who may act is the ledger's to say.
/// Ids and keys are of a grammar without quotes, commas or line feeds, so nothing can be smuggled into the options.
pub fn signers_in(state: &State) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (key, owner) in &state.keys {
        let revoked = state.principal(owner).is_some_and(|enrolled| enrolled.record.status == Standing::Revoked);
        let note = if revoked { " # revoked" } else { "" };
        lines.push(format!("{owner}@coord.invalid namespaces=\"git\" {}{note}\n", key.to_openssh()));
    }
    lines.sort();
    lines.concat()
}
