//! `claims = "held"`: what lands was done under a lease, and under the latest one (S10).

use std::collections::BTreeSet;

use crate::model::Claim;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::rules::code::Code;
use crate::rules::gate::contributors::owner_of;
use crate::rules::gate::facts::CommitFact;
use crate::rules::gate::segment::Context;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::verdict::first_of;
use crate::rules::state::Ending;
use crate::rules::state::State;

/// How the key of a landed token begins that is a claim's pattern instead of a path: no path has this byte.
pub(crate) const LANDED_PATTERN: u8 = 0;

/// How many claims that came in the place of one are looked at: nobody replaces its ground that often within one request.
const SUCCESSORS_MAX: usize = 1_024;

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
        let Some(token) = token_of_work(context, &cited, path) else {
            bare.push(*path);
            continue;
        };
        let landed = landed_token(context, path);
        if landed > token {
            fenced.push(format!("`{}` landed under token {landed} since", String::from_utf8_lossy(path)));
        }
    }
    if !fenced.is_empty() {
        fenced.truncate(3);
        return RuleOutcome::broken("claims held", Code::ClaimFenced, NEEDED, fenced);
    }
    if let Some(first) = bare.first() {
        let mut found = vec![format!("no cited claim covers {}", first_of(first, bare.len()))];
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
    check_counts(state, id)?;
    let live = state.claims.get(id).map(|lease| (&lease.claim, lease.since, lease.held.map(|grant| grant.token)));
    let ended = || state.tombstones.get(id).map(|stone| (&stone.claim, stone.since, stone.token));
    let Some((claim, since, Some(token))) = live.or_else(ended) else {
        return Err(format!("{id} was never held"));
    };
    if since > context.pending.updated || token > context.pending.updated {
        return Err(format!("{id} was granted after the request"));
    }
    Ok(Cited { claim, token })
}

/// Returns the token under which the work on a path was done, if everybody who worked on it cites a claim of their own.
/// A co-author line does not make a holder; anybody can write one.
fn token_of_work(context: &Context<'_>, cited: &[Cited<'_>], path: &[u8]) -> Option<u64> {
    let of_holder = |holder: &PrincipalId| {
        let own = cited.iter().filter(|cited| cited.claim.holder == *holder && cited.claim.covers_path(path));
        own.map(|cited| cited.token).max()
    };
    // What nobody signed is the opener's.
    let opener = &context.pending.request.opener;
    let worker = |commit: &CommitFact| owner_of(context.segment.records, &commit.signer).unwrap_or(opener);
    // Whoever took one side's version over worked on the path like whoever wrote another: a claim of somebody else in the
    // range says nothing of what has landed there since.
    let working = context.work.answering(context.segment.facts, path).into_iter().map(worker);
    let tokens: Option<Vec<u64>> = working.map(of_holder).collect();
    tokens?.into_iter().min()
}

/// Returns the largest token under which a path landed on the ref, listed by itself or by the pattern of a claim.
fn landed_token(context: &Context<'_>, path: &[u8]) -> u64 {
    let tokens = &context.segment.records.landed_tokens;
    let target = &context.question.update.target;
    let itself = tokens.get(&(target.clone(), path.to_vec())).copied();
    let first = (target.clone(), vec![LANDED_PATTERN]);
    let patterns = tokens.iter_from(&first).take_while(|((on, key), _)| on == target && key[0] == LANDED_PATTERN);
    let covering = patterns.filter(|((_, key), _)| {
        let pattern = std::str::from_utf8(&key[1..]).ok().and_then(|text| Pattern::parse(text).ok());
        pattern.is_none_or(|pattern| pattern.matches_folded(path))
    });
    covering.map(|(_, token)| *token).chain(itself).max().unwrap_or(0)
}

/// Returns whether work under a claim still counts: it is held, or was given back.
pub(crate) fn counts(state: &State, id: &RecordId) -> bool {
    check_counts(state, id).is_ok()
}

/// Checks that work under a claim still counts, or says why not. One that its holder replaced counts as long as all that
/// came in its place: whoever loses the new ground has lost the old with it.
fn check_counts(state: &State, asked: &RecordId) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut ahead = vec![asked];
    while let Some(id) = ahead.pop() {
        if !seen.insert(id) {
            continue;
        }
        let replaced = if id == asked { String::new() } else { format!("{asked} was replaced, and ") };
        if seen.len() > SUCCESSORS_MAX {
            return Err(format!("{replaced}so were too many after it"));
        }
        let lost = if let Some(lease) = state.claims.get(id) {
            match lease.held {
                None => format!("{id} still waits"),
                Some(_) if lease.is_in_force() => continue,
                Some(_) => format!("{id} of {} was revoked", lease.claim.holder),
            }
        } else if let Some(stone) = state.tombstones.get(id) {
            let how = match &stone.ending {
                _ if stone.token.is_none() => "was never held",
                Ending::Released => continue,
                Ending::Replaced(successors) => {
                    ahead.extend(successors);
                    continue;
                }
                Ending::Taken => "was taken over",
                Ending::Expired => "expired and was removed",
                Ending::Revoked => "was revoked",
                Ending::HandedOver => "was handed over",
            };
            format!("{id} of {} {how}", stone.claim.holder)
        } else {
            format!("{id} is not known")
        };
        return Err(format!("{replaced}{lost}"));
    }
    Ok(())
}

/// Returns the tokens under which a change lands, for its record.
pub fn tokens(state: &State, claims: &[RecordId]) -> Vec<(RecordId, u64)> {
    let token_of = |id: &RecordId| {
        let live = state.claims.get(id).and_then(|lease| lease.held).map(|grant| grant.token);
        live.or_else(|| state.tombstones.get(id).and_then(|tombstone| tombstone.token))
    };
    claims.iter().filter_map(|id| Some((id.clone(), token_of(id)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordKind;
    use crate::rules::policy::cast::cast;
    use crate::rules::policy::cast::claim;
    use crate::rules::state::Left;
    use crate::rules::state::Tombstone;

    /// Says what is lost of the first of so many claims, each of which came in the place of the one before, the last of which
    /// was given back.
    fn lost_of_chain(length: usize) -> Option<String> {
        let mut state = cast();
        let ids: Vec<_> = (0..length)
            .map(|index| {
                let [.., a, b, c, d, e] = index.to_be_bytes();
                RecordId::from_random(RecordKind::Claim, [a, b, c, d, e])
            })
            .collect();
        for (index, of) in ids.iter().enumerate() {
            let claim = claim(of.clone(), state.time);
            let ending = ids.get(index + 1).map_or(Ending::Released, |next| Ending::Replaced(vec![next.clone()]));
            let (ended_time, left) = (state.time, Left::default());
            let stone = Tombstone { claim, since: 1, token: Some(1), ending, ended: 2, ended_time, left };
            state.tombstones.insert(of.clone(), stone);
        }
        check_counts(&state, &ids[0]).err()
    }

    #[test]
    fn ground_that_was_replaced_often_counts_and_too_often_does_not() {
        assert_eq!(lost_of_chain(1), None);
        assert_eq!(lost_of_chain(SUCCESSORS_MAX), None);
        let told = lost_of_chain(SUCCESSORS_MAX + 1).unwrap();
        assert!(told.ends_with(" was replaced, and so were too many after it"), "{told}");
    }
}
