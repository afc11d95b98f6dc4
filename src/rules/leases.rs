//! `claims = "held"`: what lands was done under a lease, and under the latest one (S10).

use crate::model::Claim;
use crate::model::RecordId;
use crate::rules::code::Code;
use crate::rules::segment::Context;
use crate::rules::state::Ending;
use crate::rules::verdict::RuleOutcome;

const NEEDED: &str = "a cited claim on every changed path, held or properly released";

/// A cited claim under which work may land.
struct Cited<'a> {
    claim: &'a Claim,
    token: u64,
}

pub(crate) fn held(context: &Context<'_>) -> RuleOutcome {
    let mut cited = Vec::new();
    let mut lost = Vec::new();
    for id in &context.pending.request.claims {
        match look_up(context, id) {
            Ok(found) => cited.push(found),
            Err(why) => lost.push(why),
        }
    }
    let mut bare = Vec::new();
    let mut fenced = Vec::new();
    for path in &context.paths {
        let covering = cited.iter().filter(|cited| cited.claim.covers_path(path));
        let Some(token) = covering.map(|cited| cited.token).max() else {
            bare.push(*path);
            continue;
        };
        let key = (context.question.update.target.clone(), path.to_vec());
        let landed = context.segment.records.landed_tokens.get(&key).copied().unwrap_or(0);
        if landed > token {
            fenced.push(format!("`{}` landed under token {landed} since", String::from_utf8_lossy(path)));
        }
    }
    if !fenced.is_empty() {
        fenced.truncate(3);
        return RuleOutcome::broken("claims held", Code::ClaimFenced, NEEDED, fenced);
    }
    if let Some(first) = bare.first() {
        let mut found = vec![format!("`{}` is covered by none ({} such paths)", String::from_utf8_lossy(first), bare.len())];
        // Whoever cites a lost lease is told that it was lost, not that it has none.
        let code = if lost.is_empty() { Code::ClaimOverlap } else { Code::ClaimFenced };
        found.extend(lost);
        let next = format!("git coord claim {}", String::from_utf8_lossy(first));
        let again = format!("git coord request --update {}", context.pending.request.id);
        return RuleOutcome::broken("claims held", code, NEEDED, found).with_next([next, again]);
    }
    let mut outcome = RuleOutcome::satisfied("claims held", NEEDED, "no path changed");
    if !cited.is_empty() {
        outcome.found = cited.iter().map(describe).collect();
    }
    outcome
}

fn describe(cited: &Cited<'_>) -> String {
    let patterns: Vec<_> = cited.claim.paths.iter().map(ToString::to_string).collect();
    format!("{} by {}, token {}", patterns.join(", "), cited.claim.holder, cited.token)
}

/// Returns a cited claim, or why nothing lands under it.
fn look_up<'a>(context: &'a Context<'_>, id: &RecordId) -> Result<Cited<'a>, String> {
    let state = context.segment.records;
    let (claim, since, token) = if let Some(lease) = state.claims.get(id) {
        let token = lease.held.ok_or_else(|| format!("{id} still waits"))?.token;
        (&lease.claim, lease.since, token)
    } else if let Some(tombstone) = state.tombstones.get(id) {
        let token = tombstone.token.ok_or_else(|| format!("{id} was never held"))?;
        if tombstone.ending != Ending::Released {
            let how = match tombstone.ending {
                Ending::Taken => "was taken over",
                Ending::Expired => "expired and was removed",
                Ending::Revoked => "was revoked",
                Ending::HandedOver => "was handed over",
                Ending::Released => unreachable!("it is handled above"),
            };
            return Err(format!("{id} of {} {how}", tombstone.claim.holder));
        }
        (&tombstone.claim, tombstone.since, token)
    } else {
        return Err(format!("{id} is not known"));
    };
    if since > context.pending.opened || token > context.pending.opened {
        return Err(format!("{id} was granted after the request"));
    }
    if !context.contributors.principals.contains_key(&claim.holder) {
        return Err(format!("{} of {id} did not contribute", claim.holder));
    }
    Ok(Cited { claim, token })
}

/// Returns the tokens under which a change lands, for its record.
pub fn tokens(state: &crate::rules::state::State, claims: &[RecordId]) -> Vec<(RecordId, u64)> {
    let token_of = |id: &RecordId| {
        let live = state.claims.get(id).and_then(|lease| lease.held).map(|grant| grant.token);
        live.or_else(|| state.tombstones.get(id).and_then(|tombstone| tombstone.token))
    };
    claims.iter().filter_map(|id| Some((id.clone(), token_of(id)?))).collect()
}
