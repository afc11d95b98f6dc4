//! What would wait silently: nobody who is asked can decide it, or nobody is asked at all. It goes to the humans who can
//! change that, and to those whose word is all that is missing.

use crate::model::Answer;
use crate::model::FindingState;
use crate::model::PrincipalKind;
use crate::model::RecordId;
use crate::model::Right;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::event::is_ready;
use crate::ops::explain;
use crate::ops::gate;
use crate::ops::inbox::against;
use crate::rules::Broken;
use crate::rules::Contributors;
use crate::rules::Cost;
use crate::rules::Enrolled;
use crate::rules::Failing;
use crate::rules::Noted;
use crate::rules::Objection;
use crate::rules::Pending;
use crate::rules::Price;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::is_reviewed;
use crate::rules::lacking;
use crate::rules::standing_vetoes;

/// How many requests are looked at, the oldest: each takes reading its change.
const LOOKED_AT_MAX: usize = 50;

/// Something that somebody has to see to, because it moves no further by itself.
#[derive(Clone, Debug)]
pub enum Escalation {
    /// Nobody enrolled today could give what a request lacks.
    Stuck { pending: Pending, lacking: Vec<String> },
    /// Nobody enrolled today could review what landed through broken glass.
    Unreviewable { broken: Box<Broken>, lacking: Vec<String> },
    /// Vetoes stand against a request: their authors withdraw them, or the root members overrule them.
    Vetoed { pending: Pending, vetoes: Vec<Objection>, since: Timestamp },
    /// Checks failed on what a request would land, by the word of services that say no more that they pass: as theirs, it stands
    /// until they take it back or a root member disowns it.
    Failed { pending: Pending, failing: Vec<Failing>, since: Timestamp },
    /// An open finding stops requests, and the caller may close it.
    Blocks { noted: Noted, requests: Vec<RecordId> },
    /// What was written of somebody counts for less until a second principal confirms it, and the caller may.
    Unconfirmed(Enrolled),
    /// A request has every approval that the ledger alone can count, and the caller may land it.
    Ready(Pending),
}

/// Returns what the caller has to see to.
pub(crate) fn of(context: &Context, me: &Enrolled) -> Vec<Escalation> {
    let state = context.state();
    let mut requests: Vec<_> = state.requests.values().collect();
    requests.sort_by_key(|pending| pending.opened);
    requests.truncate(LOOKED_AT_MAX);
    let answers_for_root = answers_for_root(state, me);
    let mut found = Vec::new();
    if answers_for_root {
        found.extend(requests.iter().filter_map(|pending| vetoed(state, pending)));
    }
    // Broken glass can be vetoed, but it waits for nobody's approval before it lands.
    requests.retain(|pending| pending.request.break_glass.is_none());
    if answers_for_root {
        found.extend(requests.iter().flat_map(|pending| by_its_cost(context, pending)));
        found.extend(state.broken.values().filter_map(|broken| unreviewable(state, me, broken)));
    }
    found.extend(blocking(state, me, &requests));
    let unconfirmed = state.principals.values().filter(|whom| state.waits_for_confirmation(whom));
    let confirmable = unconfirmed.filter(|whom| state.could_confirm(me, whom));
    found.extend(confirmable.cloned().map(Escalation::Unconfirmed));
    let ready = requests.iter().filter(|pending| lands(state, me, pending) && is_ready(state, pending));
    // What the ref has moved away from waits for its opener.
    let is_behind = |pending: &&&Pending| gate::tip_ahead(context, &pending.request).ok().flatten().is_some();
    let free = ready.filter(|pending| standing_vetoes(state, &pending.request).is_empty() && !is_behind(pending));
    found.extend(free.map(|pending| Escalation::Ready((*pending).clone())));
    found
}

/// Returns whether the caller is one of the humans to whom everything comes in the end: the root members, as far as they are
/// human; all of them, if none is.
fn answers_for_root(state: &State, me: &Enrolled) -> bool {
    let mut members = state.policy.root.members.iter().filter_map(|id| state.principal(id));
    let is_human = |enrolled: &Enrolled| enrolled.record.kind == PrincipalKind::Human;
    state.policy.is_root(&me.record.id) && (is_human(me) || !members.any(is_human))
}

fn vetoed(state: &State, pending: &Pending) -> Option<Escalation> {
    let mut vetoes = against(state, &pending.request.id);
    vetoes.retain(Objection::is_veto);
    let since = vetoes.iter().map(|veto| veto.answered.given_time).min()?;
    Some(Escalation::Vetoed { pending: pending.clone(), vetoes, since })
}

/// Asks the gate's own rules who could still say what is missing, or take back what is said. A change that is not here is not
/// asked about.
fn by_its_cost(context: &Context, pending: &Pending) -> Vec<Escalation> {
    let Ok(cost) = explain::cost_here(context, pending) else { return Vec::new() };
    [stuck(&cost, pending), failed(context, &cost, pending)].into_iter().flatten().collect()
}

fn stuck(cost: &Cost, pending: &Pending) -> Option<Escalation> {
    let approvals = cost.prices.iter().filter(|price| !price.is_enough()).map(|price: &Price| price.needed.clone());
    let checks = cost.checks.iter().filter(|check| check.could.is_empty()).map(|check| check.needed.clone());
    let lacking: Vec<_> = approvals.chain(checks).collect();
    (!lacking.is_empty()).then(|| Escalation::Stuck { pending: pending.clone(), lacking })
}

fn failed(context: &Context, cost: &Cost, pending: &Pending) -> Option<Escalation> {
    let (state, request) = (context.state(), &pending.request);
    let subject = Subject { now: context.ledger_now(), ..Subject::of(state, request.into(), &cost.contributors) };
    let rules = cost.checks.iter().map(|check| &check.rule);
    let failing = rules.flat_map(|rule| subject.failing(rule, request.new_tree, state.answers(&request.id)));
    let mut failing: Vec<_> = failing.filter(|failing| failing.remedy.is_stuck()).collect();
    failing.sort_by_key(|failing| (failing.given, failing.check.clone()));
    // Two protections may ask for one check.
    failing.dedup();
    let since = failing.first()?.given_time;
    Some(Escalation::Failed { pending: pending.clone(), failing, since })
}

/// Returns what landed through broken glass, where its ref would stand still for ever: until as many root members as decide have
/// said their word of it.
fn unreviewable(state: &State, me: &Enrolled, broken: &Broken) -> Option<Escalation> {
    let mut answers = state.answers(&broken.pending.request.id);
    let has_said = answers.any(|word| word.for_root && word.approval.principal == me.record.id);
    let lacking = lacking(state, broken);
    let is_stuck = !has_said && !lacking.is_empty() && !is_reviewed(state, broken);
    is_stuck.then(|| Escalation::Unreviewable { broken: Box::new(broken.clone()), lacking })
}

/// Returns the findings that stop one of these requests, as far as the ledger alone tells, and that the caller may close.
fn blocking(state: &State, me: &Enrolled, requests: &[&Pending]) -> Vec<Escalation> {
    let id = &me.record.id;
    let may_triage = state.may(me, Right::Triage);
    let open = state.findings.values().filter(|noted| noted.finding.state == FindingState::Open);
    let mut found = Vec::new();
    for noted in open.filter(|noted| may_triage || noted.finding.author == *id) {
        let stops = |pending: &&&Pending| {
            let about = noted.names(&pending.request) || noted.finding.commit == Some(pending.request.head);
            let blocks =
                || state.protections_for(pending, &[]).iter().any(|rules| rules.block_on.contains(&noted.peak));
            about && blocks() && !Contributors::of_request(pending).principals.contains_key(id)
        };
        let stopped: Vec<_> = requests.iter().filter(stops).map(|pending| pending.request.id.clone()).collect();
        if !stopped.is_empty() {
            found.push(Escalation::Blocks { noted: noted.clone(), requests: stopped });
        }
    }
    found
}

/// Returns whether a ready request is the caller's to land: its opener's, or of whoever may if the opener may not. A rejection
/// is a reason to wait.
fn lands(state: &State, me: &Enrolled, pending: &Pending) -> bool {
    let opener = state.principal(&pending.request.opener);
    let opener_may = opener.is_some_and(|opener| state.may(opener, Right::Land));
    let is_mine = pending.request.opener == me.record.id;
    let rev = pending.request.rev;
    let mut answers = state.answers(&pending.request.id).filter(|answered| answered.request_rev == rev);
    let is_rejected = answers.any(|answered| answered.approval.answer == Answer::Reject);
    state.may(me, Right::Land) && (is_mine || !opener_may) && !is_rejected
}
