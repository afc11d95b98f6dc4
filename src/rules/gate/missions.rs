//! Which missions a change belongs to: their rules come on top of those of everybody.

use std::collections::BTreeSet;

use crate::model::Policy;
use crate::model::Protection;
use crate::model::RecordName;
use crate::rules::gate::contributors::claim_of;
use crate::rules::gate::contributors::covering;
use crate::rules::state::Pending;
use crate::rules::state::State;

/// Returns the rules that a policy has for a request that changes these paths.
pub(crate) fn governing<'a>(
    policy: &'a Policy,
    records: &State,
    pending: &Pending,
    paths: &[&[u8]],
) -> Vec<&'a Protection> {
    let target = &pending.request.target;
    // Where no mission asks for anything, nobody has to look through the claims.
    if policy.protections.iter().all(|protection| protection.mission.is_none()) {
        return policy.protections_within(target, &BTreeSet::new());
    }
    policy.protections_within(target, &missions_of(records, pending, paths))
}

/// Returns the missions of a change: its request's, and those of the claims that the request cites or that covered what it
/// changes since its base landed. So leaving the mission out of the request loosens nothing.
pub(crate) fn missions_of<'a>(records: &'a State, pending: &'a Pending, paths: &[&[u8]]) -> BTreeSet<&'a RecordName> {
    let cited = pending.request.claims.iter().filter_map(|id| claim_of(records, id));
    let held = (!paths.is_empty()).then(|| covering(records, pending, paths)).into_iter().flatten();
    let of_claims = cited.chain(held).filter_map(|claim| claim.mission.as_ref());
    of_claims.chain(&pending.request.mission).collect()
}

impl State {
    /// Returns the rules that govern a request that changes these paths, as far as they are known.
    pub fn protections_for<'a>(&'a self, pending: &Pending, paths: &[&[u8]]) -> Vec<&'a Protection> {
        governing(&self.policy, self, pending, paths)
    }
}
