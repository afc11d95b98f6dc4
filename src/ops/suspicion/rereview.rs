//! Who may say of a landing that rests on somebody suspect that it stands, and what becomes of it where nobody could.

use crate::model::ApprovalRule;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Protection;
use crate::model::Right;
use crate::ops::past::Landing;
use crate::ops::suspicion::resting::Part;
use crate::ops::suspicion::resting::parts;
use crate::rules::Contributors;
use crate::rules::Enrolled;
use crate::rules::Pending;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::governing;
use crate::rules::needs_human;

/// Returns the request that landed, as it was just before.
pub(crate) fn pending(landing: &Landing) -> Option<&Pending> {
    landing.records.requests.get(landing.landed.request.as_ref()?)
}

/// Whose word it takes, so that a landing counts as reviewed again. One word may meet several.
#[derive(Clone, Copy)]
pub(crate) enum Demand<'a> {
    /// That of anybody who could have approved it under one of its rules.
    Some,
    /// That of somebody who could have approved it under this rule.
    Rule(&'a ApprovalRule),
    /// A human's, for what runs by itself.
    Human,
    /// That of somebody of another operator than who broke the glass.
    OtherOperator,
}

/// Returns what such a change is asked for by the rules of today.
pub(crate) fn demands<'a>(state: &'a State, landing: &'a Landing) -> Vec<Demand<'a>> {
    let mut found = vec![Demand::Some];
    found.extend(rules_of(state, landing).map(Demand::Rule));
    let Some(pending) = pending(landing) else { return found };
    let paths = landing.landed.paths.as_ref().map(|paths| paths.iter().map(String::as_bytes).collect::<Vec<_>>());
    if needs_human(paths.as_deref(), &protections_of(state, landing)) {
        found.push(Demand::Human);
    }
    if pending.request.break_glass.is_some() {
        found.push(Demand::OtherOperator);
    }
    found
}

/// Returns the rules that ask for approvals of such a change.
fn rules_of<'a>(state: &'a State, landing: &'a Landing) -> impl Iterator<Item = &'a ApprovalRule> {
    let listed = landing.landed.paths.as_ref();
    let asks = move |rule: &&ApprovalRule| listed.is_none_or(|paths| rule.asks(paths.iter().map(String::as_bytes)));
    protections_of(state, landing).into_iter().flat_map(|protection| &protection.approvals).filter(asks)
}

fn protections_of<'a>(state: &'a State, landing: &'a Landing) -> Vec<&'a Protection> {
    let paths: Vec<&[u8]> = landing.landed.paths.iter().flatten().map(String::as_bytes).collect();
    // What its missions were is known from the ledger before it landed.
    let of = |pending| governing(&state.policy, &landing.records, pending, &paths);
    pending(landing).map(of).unwrap_or_default()
}

/// Returns whether somebody's word on a landing, that it stands, meets a demand: who may triage, and could have approved it; a
/// root member where a ref was taken as it was.
pub(crate) fn may_review(
    state: &State,
    landing: &Landing,
    suspect: &PrincipalId,
    by: &PrincipalId,
    demand: Demand<'_>,
) -> bool {
    let landed = &landing.landed;
    let may = state.principal(by).is_some_and(|enrolled| state.may(enrolled, Right::Triage)) && by != suspect;
    let Some(pending) = pending(landing) else { return may && state.policy.is_root(by) };
    let mut contributors = Contributors::of_landed(pending, landed);
    if !only_vouched(landing, suspect) {
        contributors.principals.entry(suspect.clone()).or_insert("is suspect");
    }
    let paths: Vec<&[u8]> = landed.paths.iter().flatten().map(String::as_bytes).collect();
    let subject = Subject { paths: &paths, ..Subject::of(state, (&pending.request).into(), &contributors) };
    let could_approve = |rule: &ApprovalRule| subject.could_count(rule, by).is_ok();
    let mut rules = rules_of(state, landing).peekable();
    let is_apart = || contributors.unknown.is_empty() && !contributors.principals.contains_key(by);
    let mut some = || if rules.peek().is_none() { is_apart() } else { rules.any(could_approve) };
    may && match demand {
        Demand::Some => some(),
        Demand::Rule(rule) => could_approve(rule),
        Demand::Human => some() && state.principal(by).is_some_and(|by| by.record.kind == PrincipalKind::Human),
        Demand::OtherOperator => {
            let both = state.principal(by).zip(state.principal(&pending.request.opener));
            some() && both.is_some_and(|(by, breaker)| state.are_of_other_operators(by, breaker))
        }
    }
}

/// Returns whether somebody is a service that did no more than attest or record: whoever reviews has to be somebody else, but
/// of no other vendor than a machine that has none.
fn only_vouched(landing: &Landing, id: &PrincipalId) -> bool {
    let is_service = |enrolled: &Enrolled| enrolled.record.kind == PrincipalKind::Service;
    let vouched = |part: &Part| matches!(part, Part::Attestation | Part::Recording);
    landing.records.principal(id).is_some_and(is_service) && parts(landing, id, 0).iter().all(vouched)
}

/// Returns whether one of those whose word it takes is nobody enrolled who is trusted: it would wait for ever.
pub(crate) fn is_stuck(
    state: &State,
    landing: &Landing,
    suspect: &PrincipalId,
    is_trusted: impl Fn(&PrincipalId) -> bool,
) -> bool {
    let could = |demand: Demand<'_>| {
        let mut trusted = state.principals.keys().filter(|id| is_trusted(id));
        trusted.any(|id| may_review(state, landing, suspect, id, demand))
    };
    !demands(state, landing).into_iter().all(could)
}

/// Returns whether somebody is one of those whose threshold settles what nobody could review: a root member, though it signed
/// some of it, but not who asked for it.
pub(crate) fn may_settle(state: &State, landing: &Landing, suspect: &PrincipalId, by: &PrincipalId) -> bool {
    let asked = pending(landing).is_some_and(|pending| pending.request.opener == *by);
    state.policy.is_root(by) && by != suspect && !asked
}
