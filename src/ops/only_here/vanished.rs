//! Records that were only here, and that the ledger knows nothing of since it was brought together with the remote's: they
//! were lost, or set aside until their signer comes with its key. Nobody gave them back.

use std::collections::BTreeSet;

use crate::model::FindingState;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::ops::context::Context;
use crate::ops::event::Event;
use crate::ops::event::event;
use crate::ops::failure::Failure;
use crate::ops::only_here::waiting;
use crate::ops::only_here::waiting::Written;
use crate::ops::standing::Guarantee;
use crate::rules::Lease;
use crate::rules::Obstacle;
use crate::rules::State;
use crate::rules::obstacle;

/// Returns whether a state never knew a record, not even one that ended.
pub(crate) fn is_unknown(id: &RecordId, state: &State) -> bool {
    !state.used.contains(id)
}

/// Returns what became of records that an earlier state had and a later one never knew.
pub(crate) fn look(context: &Context, before: &State, after: &State) -> Result<Vec<Event>, Failure> {
    // What is still there is told from what is not without a look at every id that was ever used.
    let claims = before.claims.iter().filter(|(id, _)| !after.claims.contains_key(*id));
    let claims: Vec<_> = claims.filter(|(id, _)| is_unknown(id, after)).collect();
    let gone = before.findings.iter().filter(|(id, _)| !after.findings.contains_key(*id));
    let open = gone.filter(|(_, noted)| noted.finding.state == FindingState::Open);
    let findings: Vec<_> = open.filter(|(id, _)| is_unknown(id, after)).collect();
    if claims.is_empty() && findings.is_empty() {
        return Ok(Vec::new());
    }
    // Entries are set aside before the branch moves.
    let set_aside = set_aside(context)?;
    let mut events = Vec::new();
    let mut tell = |id: &RecordId, whose: String, [lost, aside]: [&'static str; 2], holders: Vec<Obstacle>| {
        let is_aside = set_aside.contains(id);
        let mut told = event(if is_aside { aside } else { lost }, id, Some(whose), after.head_height());
        if is_aside {
            told.guarantee = Some(Guarantee::Tentative);
        } else {
            told.holders = holders;
        }
        events.push(told);
    };
    for (id, lease) in claims {
        let holder = lease.claim.holder.to_string();
        tell(id, holder, ["claim.lost", "claim.set-aside"], holders(lease, after));
    }
    for (id, noted) in findings {
        tell(id, noted.finding.author.to_string(), ["finding.lost", "finding.set-aside"], Vec::new());
    }
    Ok(events)
}

/// Returns who holds now what a claim was about, so that it could not be granted.
fn holders(lost: &Lease, state: &State) -> Vec<Obstacle> {
    let lost = &lost.claim;
    let standing = state.claims.values().filter(|lease| lease.held.is_some() && lease.claim.conflicts_with(lost));
    standing.map(obstacle).collect()
}

/// Returns the records of entries that were set aside.
fn set_aside(context: &Context) -> Result<BTreeSet<RecordId>, Failure> {
    let mut found = BTreeSet::new();
    for commit in waiting::commits(context.ledger.store())? {
        if !context.repository.contains(commit) {
            continue;
        }
        for (path, _) in Written::read(&context.repository, commit)?.edits {
            match path {
                RecordPath::Claim(id) | RecordPath::Finding(id) => found.extend([id]),
                _ => {}
            }
        }
    }
    Ok(found)
}
