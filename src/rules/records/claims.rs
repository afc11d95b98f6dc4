//! Leases: granted, renewed, narrowed, given back, handed over, taken over.

use std::collections::BTreeSet;

use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::Right;
use crate::model::Span;
use crate::model::Standing;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::records::queue;
use crate::rules::refusal::Obstacle;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Ending;
use crate::rules::state::Grant;
use crate::rules::state::Lease;
use crate::rules::state::State;
use crate::rules::state::Tombstone;

/// How long the end of a claim is remembered that no open request cites.
pub(crate) const TOMBSTONE_SPAN: Span = Span::from_s(14 * 86_400);
/// How many ended claims are remembered at most that no open request cites.
pub(crate) const TOMBSTONES_MAX: usize = 10_000;

pub(crate) fn judge(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Remove => remove(case, id),
        Operation::Replace(Record::Claim(claim)) => change(case, id, claim),
        Operation::Add(Record::Claim(claim)) => add(case, claim),
        _ => unreachable!("the reader gives claims at claims' paths"),
    }
}

fn add(case: &mut Case<'_>, claim: &Claim) -> Result<(), Refusal> {
    let signer = case.signer()?.record.id.clone();
    check_unused(case, claim)?;
    ensure(claim.holder == signer, Code::RecordOwner, || format!("`{signer}` signs a claim of `{}`", claim.holder))?;
    case.require(Right::Claim, "claim")?;
    let fresh = claim.rev == 1 && claim.offered_to.is_none() && claim.revoked_by.is_none();
    ensure(fresh, Code::RecordRev, || "a claim begins at rev 1, neither offered nor revoked".to_owned())?;
    check_expiry(case, claim)?;
    check_quota(case, claim)?;
    let height = case.before.height;
    let obstacles = queue::obstacles(case.next, claim);
    let among_themselves = obstacles.iter().any(|lease| lease.since == height);
    ensure(!among_themselves, Code::ClaimOverlap, || "two claims of one entry conflict".to_owned())?;
    let mut held = Some(Grant { token: height, time: case.entry.time() });
    if !obstacles.is_empty() {
        let named = obstacles.iter().map(obstacle).collect::<Vec<_>>();
        if claim.contention == Contention::Refuse {
            let own = named.iter().all(|obstacle| obstacle.holder == signer);
            let message = if own { own_message(&named) } else { held_message(&named) };
            return Err(Refusal::new(Code::ClaimHeld, message).with_obstacles(named));
        }
        queue::check_no_circle(case.next, claim, &obstacles).map_err(|refusal| refusal.with_obstacles(named))?;
        held = None;
    }
    case.next.used.insert(claim.id.clone(), ());
    case.next.keep_claim(Lease { claim: claim.clone(), since: height, held });
    Ok(())
}

fn held_message(obstacles: &[Obstacle]) -> String {
    let first = &obstacles[0];
    let ground = first.ground.join("`, `");
    let more = match obstacles.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more stand in the way"),
    };
    match first.token {
        Some(token) => format!("`{ground}` is held by `{}` (token {token}){more}", first.holder),
        None => format!("`{}` waits for `{ground}` already{more}", first.holder),
    }
}

/// A path has one live token (P4), so whoever wants more ground replaces its claim by a wider one.
fn own_message(obstacles: &[Obstacle]) -> String {
    let ids = obstacles.iter().map(|obstacle| obstacle.claim.to_string()).collect::<Vec<_>>().join(", ");
    format!("it overlaps your own {ids}; remove that in the same entry and claim the ground of both")
}

/// Returns what a refusal says of a claim that stands in the way.
pub fn obstacle(lease: &Lease) -> Obstacle {
    let claim = &lease.claim;
    let paths = claim.paths.iter().map(ToString::to_string);
    Obstacle {
        claim: claim.id.clone(),
        holder: claim.holder.clone(),
        intent: claim.intent.as_str().to_owned(),
        ground: paths.chain(claim.resources.iter().map(ToString::to_string)).collect(),
        token: lease.held.map(|grant| grant.token),
        expires: claim.expires,
    }
}

fn check_unused(case: &Case<'_>, claim: &Claim) -> Result<(), Refusal> {
    if !case.next.used.contains(&claim.id) {
        return Ok(());
    }
    // Whoever writes back a claim that it lost is told so, not that the id is taken.
    let message = match case.next.tombstones.get(&claim.id).map(|tombstone| &tombstone.ending) {
        Some(Ending::Taken | Ending::Expired | Ending::Revoked | Ending::HandedOver) => {
            "the lease was lost; claim anew"
        }
        _ => return Err(Refusal::new(Code::RecordId, "the id was used before")),
    };
    Err(Refusal::new(Code::ClaimFenced, message))
}

/// A principal has a bounded number of live claims, and in a mission one that may be smaller.
fn check_quota(case: &Case<'_>, claim: &Claim) -> Result<(), Refusal> {
    let (policy, holder) = (&case.before.policy, &claim.holder);
    let held = || case.next.claims.values().map(|lease| &lease.claim).filter(|other| other.holder == *holder);
    let count = held().count() as u64;
    ensure(count < policy.claims.per_principal, Code::ClaimQuota, || {
        format!("`{holder}` has {count} live claims, the policy allows {}", policy.claims.per_principal)
    })?;
    let Some(mission) = &claim.mission else { return Ok(()) };
    let Some(most) = policy.missions.get(mission).and_then(|mission| mission.per_principal) else { return Ok(()) };
    let count = held().filter(|other| other.mission.as_ref() == Some(mission)).count() as u64;
    ensure(count < most, Code::ClaimQuota, || {
        format!("`{holder}` has {count} live claims of the mission `{mission}`, which allows {most}")
    })
}

fn check_expiry(case: &Case<'_>, claim: &Claim) -> Result<(), Refusal> {
    let (longest, _) = case.before.policy.ttls(claim.mission.as_ref());
    let now = case.entry.time();
    ensure(claim.expires > now, Code::ClaimTtl, || "`expires` is not after the entry's date".to_owned())?;
    ensure(claim.expires <= now + longest, Code::ClaimTtl, || {
        format!("`expires` is more than {longest} after the entry's date")
    })
}

fn change(case: &mut Case<'_>, id: &RecordId, after: &Claim) -> Result<(), Refusal> {
    let lease = case.next.claims.get(id).expect("the ledger replaces what exists").clone();
    let before = &lease.claim;
    let signer = case.signer()?;
    ensure(after.rev == before.rev + 1, Code::RecordRev, || {
        format!("`rev` is {}, {} follows", after.rev, before.rev + 1)
    })?;
    let revoked = Claim { rev: after.rev, revoked_by: Some(signer.record.id.clone()), ..before.clone() };
    if *after == revoked && before.revoked_by.is_none() && case.before.may(signer, Right::Revoke) {
        case.next.keep_claim(Lease { claim: revoked, ..lease });
        return Ok(());
    }
    let signer = &signer.record.id;
    ensure(before.holder == *signer && after.holder == *signer, Code::RecordOwner, || {
        format!("`{id}` is held by `{}`, `{signer}` signs", before.holder)
    })?;
    if let Some(by) = &before.revoked_by {
        return Err(Refusal::new(Code::ClaimFenced, format!("`{by}` revoked it; claim anew")));
    }
    ensure(after.revoked_by.is_none(), Code::RecordRight, || format!("`{signer}` may not revoke claims"))?;
    let widens = after.paths.iter().any(|path| !before.paths.iter().any(|old| old == path || old.covers(path)))
        || after.resources.iter().any(|resource| !before.resources.contains(resource))
        || (before.mode == ClaimMode::Shared && after.mode == ClaimMode::Exclusive);
    ensure(!widens, Code::RecordField, || "a claim is only ever narrowed; claim the rest by another".to_owned())?;
    ensure(
        after.contention == before.contention && after.task == before.task && after.mission == before.mission,
        Code::RecordField,
        || "`queue`, `task` and `mission` stay as they are".to_owned(),
    )?;
    if after.expires != before.expires {
        check_expiry(case, after)?;
    }
    case.next.keep_claim(Lease { claim: after.clone(), ..lease });
    Ok(())
}

fn remove(case: &mut Case<'_>, id: &RecordId) -> Result<(), Refusal> {
    let lease = case.next.claims.get(id).expect("the ledger removes what exists").clone();
    let ending = ending_of(case, &lease)?;
    let left = if ending == Ending::Released { case.entry.left() } else { Default::default() };
    case.next.drop_claim(id);
    let tombstone = Tombstone {
        token: lease.held.map(|grant| grant.token),
        claim: lease.claim,
        since: lease.since,
        ending,
        ended: case.before.height,
        ended_time: case.entry.time(),
        left,
    };
    case.next.tombstones.insert(id.clone(), tombstone);
    Ok(())
}

/// Returns as what the signer ends the claim, if it may.
fn ending_of(case: &Case<'_>, lease: &Lease) -> Result<Ending, Refusal> {
    let claim = &lease.claim;
    let signer = case.signer()?;
    if claim.revoked_by.is_some() {
        return Ok(Ending::Revoked);
    }
    let added = case.entry.changes().iter().filter_map(|change| match &change.operation {
        Operation::Add(Record::Claim(new)) => Some(new),
        _ => None,
    });
    let successors: Vec<_> = added
        .filter(|new| new.holder == signer.record.id && new.shares_ground_with(claim))
        .map(|new| new.id.clone())
        .collect();
    let replaces = !successors.is_empty();
    if claim.holder == signer.record.id {
        // Were it released, the ground could be lost and the work go on under the tombstone.
        return Ok(if replaces { Ending::Replaced(successors) } else { Ending::Released });
    }
    if claim.offered_to.as_ref() == Some(&signer.record.id) && replaces {
        return Ok(Ending::HandedOver);
    }
    let holder = case.before.principal(&claim.holder);
    let holder_is_out = holder.is_some_and(|holder| holder.record.status == Standing::Revoked);
    let now = case.entry.time();
    let expired_in_queue = lease.held.is_none() && now >= claim.expires;
    if holder_is_out || expired_in_queue {
        return Ok(Ending::Expired);
    }
    if now >= takeable_from(case.before, claim) {
        let awaited = queue::waits_for(case.before, lease);
        if awaited {
            return Ok(Ending::Expired);
        }
        if replaces {
            return Ok(Ending::Taken);
        }
    } else if replaces {
        let named = vec![obstacle(lease)];
        return Err(Refusal::new(Code::ClaimHeld, held_message(&named)).with_obstacles(named));
    }
    // A checkout that lacks a claim looks as if somebody had deleted it: whoever may revoke says so first (S6).
    let first =
        if case.before.may(signer, Right::Revoke) { "; set `revoked-by` by an entry of its own first" } else { "" };
    Err(Refusal::new(Code::RecordOwner, format!("`{}` is held by `{}`{first}", claim.id, claim.holder)))
}

/// Returns from when on somebody else may take the claim over.
pub fn takeable_from(state: &State, claim: &Claim) -> Timestamp {
    claim.expires + state.policy.claims.grace
}

/// Forgets ended claims that nothing needs any more, and the landed tokens that only they made matter.
pub(crate) fn forget(state: &mut State) {
    let horizon = state.time - TOMBSTONE_SPAN;
    let crowded = state.tombstones.len() > TOMBSTONES_MAX;
    let oldest = if crowded { state.tombstones.values().map(|tombstone| tombstone.ended).min() } else { None };
    let is_old = |tombstone: &Tombstone| tombstone.ended_time < horizon || Some(tombstone.ended) == oldest;
    // Looking at all of them with every entry would cost more than keeping them a while.
    if !crowded && !state.height.is_multiple_of(64) {
        return;
    }
    let kept = needed_by_requests(state);
    let gone: Vec<_> = state
        .tombstones
        .values()
        .filter(|stone| is_old(stone))
        .map(|stone| stone.claim.id.clone())
        .filter(|id| !kept.contains(id))
        .collect();
    for id in gone {
        state.tombstones.remove(&id);
    }
    let held = state.claims.values().filter_map(|lease| lease.held.map(|grant| grant.token));
    let ended = state.tombstones.values().filter_map(|tombstone| tombstone.token);
    let least = held.chain(ended).min().unwrap_or(u64::MAX);
    let settled: Vec<_> =
        state.landed_tokens.iter().filter(|(_, token)| **token <= least).map(|(key, _)| key.clone()).collect();
    for key in settled {
        state.landed_tokens.remove(&key);
    }
}

/// Returns the claims that open requests cite, and those that came in their place, on which they depend.
fn needed_by_requests(state: &State) -> BTreeSet<RecordId> {
    let mut kept = BTreeSet::new();
    let mut ahead: Vec<_> =
        state.requests.values().flat_map(|pending| pending.request.claims.iter().cloned()).collect();
    while let Some(id) = ahead.pop() {
        if let Some(Ending::Replaced(successors)) = state.tombstones.get(&id).map(|stone| &stone.ending)
            && !kept.contains(&id)
        {
            ahead.extend(successors.iter().cloned());
        }
        kept.insert(id);
    }
    kept
}

/// Returns the live claims that share ground with these patterns, in the order of their making.
pub fn leases_on<'a>(state: &'a State, patterns: &[Pattern]) -> Vec<&'a Lease> {
    let touches = |lease: &&Lease| Pattern::any_overlap(&lease.claim.paths, patterns);
    let mut leases: Vec<_> = state.near(patterns, &[]).filter(touches).collect();
    leases.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
    leases
}

/// Returns whether a renewal for the usual time is worth an entry: liveness is not history, so a claim is renewed once per
/// half of that time at most.
pub fn is_due(state: &State, claim: &Claim, now: Timestamp) -> bool {
    let (_, ttl) = state.policy.ttls(claim.mission.as_ref());
    claim.expires.since(now).seconds().saturating_mul(2) <= ttl.seconds()
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
