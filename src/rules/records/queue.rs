//! Who waits for whom.

use std::collections::BTreeSet;

use crate::model::Claim;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Grant;
use crate::rules::state::Lease;
use crate::rules::state::State;

/// Returns the live claims, held and queued (S8), that a new claim conflicts with, in the order of their making.
pub fn obstacles(state: &State, claim: &Claim) -> Vec<Lease> {
    let mut found: Vec<_> =
        on_ground_of(state, claim).filter(|lease| lease.claim.conflicts_with(claim)).cloned().collect();
    found.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
    found
}

/// Returns whether a queued claim waits for this one.
pub fn waits_for(state: &State, lease: &Lease) -> bool {
    on_ground_of(state, &lease.claim)
        .any(|other| other.held.is_none() && precedes(lease, other) && other.claim.conflicts_with(&lease.claim))
}

/// Returns the claims that a queued one waits for.
pub fn waited_for<'a>(state: &'a State, queued: &Lease) -> Vec<&'a Lease> {
    let earlier = on_ground_of(state, &queued.claim).filter(|other| precedes(other, queued));
    earlier.filter(|other| other.claim.conflicts_with(&queued.claim)).collect()
}

/// Refuses a queued claim by which its holder would wait for somebody who waits for it.
pub(crate) fn check_no_circle(state: &State, claim: &Claim, obstacles: &[Lease]) -> Result<(), Refusal> {
    let mut reached: BTreeSet<PrincipalId> = BTreeSet::new();
    let mut open: Vec<PrincipalId> = obstacles.iter().map(|lease| lease.claim.holder.clone()).collect();
    while let Some(holder) = open.pop() {
        ensure(holder != claim.holder, Code::ClaimDeadlock, || {
            "waiting for this would wait for oneself; release something first".to_owned()
        })?;
        if !reached.insert(holder.clone()) {
            continue;
        }
        let waiting = state.claims.values().filter(|lease| lease.held.is_none() && lease.claim.holder == holder);
        for lease in waiting {
            open.extend(waited_for(state, lease).into_iter().map(|other| other.claim.holder.clone()));
        }
    }
    Ok(())
}

/// Grants every queued claim that nothing earlier conflicts with any more.
pub(crate) fn promote(state: &mut State, height: u64, time: Timestamp) {
    // What was revoked while it waited is not handed out any more.
    let waits = |lease: &&Lease| lease.held.is_none() && lease.claim.revoked_by.is_none();
    let mut queued: Vec<_> = state.claims.values().filter(waits).cloned().collect();
    queued.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
    for lease in queued {
        if waited_for(state, &lease).is_empty() {
            let held = Some(Grant { token: height, time });
            state.keep_claim(Lease { held, ..lease });
        }
    }
}

fn on_ground_of<'a>(state: &'a State, claim: &Claim) -> impl Iterator<Item = &'a Lease> {
    state.near(&claim.paths, &claim.resources)
}

fn precedes(earlier: &Lease, later: &Lease) -> bool {
    (earlier.since, &earlier.claim.id) < (later.since, &later.claim.id)
}
