//! Break-glass: a human lands before anybody approved, and others review it before the ref moves again.
//!
//! The request says so, and names one exact move. It stays, as a debt, until it is reviewed.

use std::collections::BTreeSet;

use crate::model::BreakGlass;
use crate::model::Landed;
use crate::model::PrincipalKind;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Right;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::gate::contributors::covering;
use crate::rules::gate::missions::missions_of;
use crate::rules::gate::segment::Context;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::judge::Case;
use crate::rules::records::glass_review::is_reviewed;
use crate::rules::records::glass_review::is_reviewed_within;
use crate::rules::records::hardware;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Pending;
use crate::rules::state::State;

/// What landed through broken glass, and waits for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub pending: Pending,
    pub landed: Landed,
    /// The height of the entry that landed it.
    pub height: u64,
    /// The missions that it belonged to then: claims tell of them, and those end.
    pub missions: BTreeSet<RecordName>,
}

/// Judges a request that asks to land without waiting.
pub(crate) fn check_request(case: &Case<'_>, request: &Request, glass: &BreakGlass) -> Result<(), Refusal> {
    check_breaker(case.before, request)?;
    let now = case.entry.time();
    ensure(glass.expires > now && glass.expires <= now + BreakGlass::LASTS_MAX, Code::GlassRefused, || {
        format!("`expires` is after the entry's date and at most {} later", BreakGlass::LASTS_MAX)
    })?;
    let last = case.before.landed.get(&request.target).filter(|_| case.before.policy.protects(&request.target));
    ensure(last.is_some_and(|last| last.new == request.base), Code::GlassRefused, || {
        format!("`base` is to be where `{}` last landed", request.target)
    })
}

/// Its opener has to be a human with the right to, now.
fn check_breaker(state: &State, request: &Request) -> Result<(), Refusal> {
    let id = &request.opener;
    let breaker = state.principal(id).filter(|breaker| !state.is_suspect(breaker));
    let may = breaker
        .is_some_and(|breaker| breaker.record.kind == PrincipalKind::Human && state.may(breaker, Right::BreakGlass));
    ensure(may, Code::GlassRefused, || format!("`{id}` is no human who may break the glass"))
}

/// It is by that one signature that it lands, so this has to meet what is asked for by then.
fn check_word(state: &State, pending: &Pending) -> Result<(), Refusal> {
    let request = &pending.request;
    check_breaker(state, request)?;
    ensure(hardware::is_met(state, &request.opener, pending.signed), Code::SignatureFlags, || {
        format!("`{}` was not asked for with the key that its opener's role asks for", request.id)
    })
}

/// Judges the record of a landing without approvals, as far as the state alone can tell.
pub(crate) fn check_landing(
    case: &Case<'_>,
    landed: &Landed,
    pending: &Pending,
    glass: &BreakGlass,
) -> Result<(), Refusal> {
    let request = &pending.request;
    check_word(case.before, pending)?;
    check_move(request, landed.old == Some(request.base) && landed.new == request.head)?;
    check_time(glass, landed.now.max(case.before.time))?;
    ensure(landed.contributors.contains(&request.opener), Code::LandedMismatch, || {
        format!("who had a hand in it is to be recorded, and `{}` had", request.opener)
    })?;
    ensure(landed.approvals.is_empty(), Code::LandedMismatch, || "it used up no approvals".to_owned())?;
    ensure(case.entry.changes().len() == 1, Code::LandedMismatch, || {
        format!("`{}` stays until it is reviewed", request.id)
    })
}

/// Returns what landed so, as it waits for review. Whose work it was, and of which missions, is known best now.
pub(crate) fn broken(case: &Case<'_>, mut pending: Pending, landed: Landed) -> Broken {
    let state = case.before;
    let paths = paths_of(&landed);
    let mut missions: BTreeSet<_> = missions_of(state, &pending, &paths).into_iter().cloned().collect();
    if landed.paths.is_none() {
        missions.extend(state.policy.protections.iter().filter_map(|protection| protection.mission.clone()));
    }
    let held: BTreeSet<_> = covering(state, &pending, &paths).map(|claim| claim.holder.clone()).collect();
    let more: Vec<_> = held.into_iter().filter(|holder| !pending.holders.contains(holder)).collect();
    pending.holders.extend(more);
    Broken { pending, landed, height: state.height, missions }
}

/// Returns the paths of what landed; none where they were too many to list, and any of them may be meant.
pub(crate) fn paths_of(landed: &Landed) -> Vec<&[u8]> {
    landed.paths.iter().flatten().map(String::as_bytes).collect()
}

fn check_move(request: &Request, is_exact: bool) -> Result<(), Refusal> {
    ensure(is_exact, Code::GlassRefused, || {
        let (base, head) = (request.base.short(), request.head.short());
        format!("`{}` is for {base} → {head} and nothing else", request.id)
    })
}

fn check_time(glass: &BreakGlass, now: Timestamp) -> Result<(), Refusal> {
    ensure(now <= glass.expires, Code::GlassRefused, || "it has expired".to_owned())
}

/// Returns what is asked instead of everything that takes somebody else.
pub(crate) fn rule(context: &Context<'_>, glass: &BreakGlass) -> RuleOutcome {
    let (question, facts, request) = (context.question, context.segment.facts, &context.pending.request);
    let is_exact = facts.old == Some(request.base) && facts.new == request.head;
    let checked = check_word(question.rights, context.pending)
        .and_then(|()| check_word(question.latest, context.pending))
        .and_then(|()| check_move(request, is_exact))
        .and_then(|()| check_time(glass, question.now.max(context.segment.records.time)));
    let needed = "a human who may, for exactly this, within the time";
    match checked {
        Ok(()) => RuleOutcome::satisfied("break-glass", needed, format!("`{}`: {}", request.opener, glass.reason)),
        Err(refusal) => RuleOutcome::broken("break-glass", refusal.code, needed, vec![refusal.message]),
    }
}

/// Returns what stops everything on a ref: the last landing broke the glass, and nobody has reviewed it.
pub(crate) fn debt_rule(context: &Context<'_>) -> Option<RuleOutcome> {
    let (question, records) = (context.question, context.segment.records);
    let broken = unreviewed_within(question.rights, question.latest, records, &question.update.target)?;
    Some(debt(broken))
}

fn debt(broken: &Broken) -> RuleOutcome {
    let Request { id, opener, delta, .. } = &broken.pending.request;
    let needed = "what landed through broken glass is reviewed";
    let found = vec![format!("`{id}` by `{opener}` landed at height {}, and is not", broken.height)];
    let next = format!("git coord show {id}, then git coord approve {id} --delta {delta}");
    RuleOutcome::broken("break-glass", Code::GlassUnreviewed, needed, found).with_next([next])
}

/// Refuses to land on a ref whose last landing waits for review.
pub(crate) fn check_reviewed(state: &State, target: &RefName) -> Result<(), Refusal> {
    match unreviewed_on(state, target) {
        None => Ok(()),
        Some(broken) => {
            let id = &broken.pending.request.id;
            let message = format!("`{id}` landed there through broken glass, and nobody else has reviewed it");
            Err(Refusal::new(Code::GlassUnreviewed, message))
        }
    }
}

/// Judges what becomes of a request that has landed so: anybody may take away what is reviewed.
pub(crate) fn judge_debt(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    ensure(*operation == Operation::Remove, Code::GlassRefused, || format!("`{id}` has landed; it is not edited"))?;
    let broken = case.before.broken.get(id).expect("the ledger removes what exists");
    ensure(is_reviewed(case.before, broken), Code::GlassUnreviewed, || {
        format!("`{id}` stays until others have reviewed what landed")
    })?;
    case.next.broken.remove(id);
    Ok(())
}

/// Returns what landed on a ref through broken glass and is not reviewed.
pub fn unreviewed_on<'a>(state: &'a State, target: &RefName) -> Option<&'a Broken> {
    unreviewed_within(state, state, state, target)
}

fn unreviewed_within<'a>(rights: &State, latest: &State, records: &'a State, target: &RefName) -> Option<&'a Broken> {
    let mut on_it = records.broken.values().filter(|broken| broken.landed.target == *target);
    on_it.find(|broken| !is_reviewed_within(rights, latest, records, broken))
}
