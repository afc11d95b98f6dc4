//! Ground beside one's own: a path has one live token (P4), so two claims of one holder that overlap become one.

use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::RecordId;
use crate::rules::Lease;
use crate::rules::State;
use crate::rules::obstacles;

/// Returns a claim that the holder of this one has in another mode, and that it would have to wait for.
pub(crate) fn in_another_mode(state: &State, claim: &Claim) -> Option<Claim> {
    let found = obstacles(state, claim).into_iter().filter(Lease::is_in_force).map(|lease| lease.claim);
    found.into_iter().find(|own| own.holder == claim.holder && own.mode != claim.mode)
}

/// Returns the claim with the ground of the holder's own claims that it overlaps, and these, which the same entry removes.
///
/// A claim that would have to wait replaces none: its holder would give up what it has. Nor does one of another mode,
/// which would shut out those who share, or let them in.
pub(crate) fn joined(state: &State, claim: Claim) -> (Claim, Vec<RecordId>) {
    let asked = claim.clone();
    let mut wide = claim;
    let mut replaced = Vec::new();
    // What is added may overlap more of the holder's own.
    loop {
        let found = obstacles(state, &wide).into_iter().find(|lease| {
            let own = &lease.claim;
            own.holder == asked.holder
                && lease.is_in_force()
                && own.mode == ClaimMode::Exclusive
                && asked.mode == ClaimMode::Exclusive
                && own.offered_to.is_none()
                && !replaced.contains(&own.id)
        });
        let Some(lease) = found else { break };
        let own = lease.claim;
        wide = wide.widened_by(&own);
        wide.expires = wide.expires.max(own.expires);
        wide.task = wide.task.or(own.task);
        wide.mission = wide.mission.or(own.mission);
        wide.branch = wide.branch.or(own.branch);
        replaced.push(own.id);
    }
    // Nobody waits for what was revoked: whoever claims removes it.
    let is_awaited = |lease: &Lease| lease.claim.revoked_by.is_none() && !replaced.contains(&lease.claim.id);
    let waits = obstacles(state, &wide).iter().any(is_awaited);
    if waits && asked.contention == Contention::Queue { (asked, Vec::new()) } else { (wide, replaced) }
}
