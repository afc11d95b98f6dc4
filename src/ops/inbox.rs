//! `inbox`: what waits for me, most binding first.

use crate::ledger::Outlook;
use crate::model::Answer;
use crate::model::FindingState;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::Right;
use crate::model::Timestamp;
use crate::ops::action;
use crate::ops::attest;
use crate::ops::context::Context;
use crate::ops::escalation;
use crate::ops::escalation::Escalation;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::identity;
use crate::ops::only_here::left_here;
use crate::ops::only_here::left_here::Left;
use crate::ops::only_here::left_here::SetAside;
use crate::ops::only_here::waiting::Waiting;
use crate::ops::suspicion::debts;
use crate::ops::suspicion::debts::Debt;
use crate::rules::Answered;
use crate::rules::Assent;
use crate::rules::Broken;
use crate::rules::Contributors;
use crate::rules::Enrolled;
use crate::rules::Lease;
use crate::rules::Noted;
use crate::rules::Objection;
use crate::rules::Pending;
use crate::rules::Proposed;
use crate::rules::Running;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::could_review;
use crate::rules::is_agreed;
use crate::rules::is_of_landed;
use crate::rules::is_overtaken;
use crate::rules::objections;
use crate::rules::takeable_from;
use crate::rules::waits_for;

/// How many of the caller's own requests are looked at in git, the oldest.
const OWN_LOOKED_AT_MAX: usize = 50;

/// Something that waits for the caller.
#[derive(Clone, Debug)]
pub enum Item {
    /// The ledger goes on with an entry that is dated ahead of this clock: nobody writes before that.
    Ahead(Waiting),
    /// Entries of the branch that are only here.
    OnlyHere(Left),
    /// Entries that were set aside until their signer synchronises with its key.
    SetAside(SetAside),
    /// A request that the caller could approve.
    Approve(Pending),
    /// A request of the caller whose ref has moved on to this commit: it lands no more as it is.
    Behind(Pending, ObjectId),
    /// A request of the caller to land before anybody approves, which nobody landed in time.
    Unused(Pending),
    /// A request that may land before anybody approves: its opener lands it, and others may yet stop it.
    Breaking(Pending),
    /// What landed through broken glass, and the caller could review.
    Glass(Box<Broken>),
    /// A request that waits for checks which the caller could attest.
    Attest(Pending, Vec<RecordName>),
    /// What landed, rests on somebody suspect, and the caller could review again.
    Review(Box<Debt>),
    /// A request of the caller, and the rejections and vetoes that stand against it.
    Answered(Pending, Vec<Objection>),
    /// A draft of the policy that waits for the caller's word.
    Agree(Proposed),
    /// A draft of the policy that the caller opened, and what stands against it.
    Opposed(Proposed, Vec<Objection>),
    /// A draft of the policy that the caller opened or agreed to, and that another version has overtaken.
    Overtaken(Proposed),
    /// A draft of the policy that the caller opened, and that may be activated.
    Activate(Proposed),
    /// A command that the caller started, and of which no outcome is known.
    Unfinished(Running),
    /// A request for an action that the caller could approve.
    Allow(Assent),
    /// A request of the caller for an action that it may run now.
    Run(Assent),
    /// A request of the caller for an action, and what stands against it.
    Declined(Assent, Vec<Objection>),
    /// A ref that another root member has taken as it is, and the caller has not.
    Adopt(RefName),
    /// A claim that is offered to the caller.
    Offered(Lease),
    /// A claim of the caller that has expired.
    Expired(Lease),
    /// A claim of the caller that others wait for.
    Awaited(Lease),
    /// A queued claim of the caller.
    Waiting(Lease),
    /// An open finding on the caller's ground.
    Finding(Noted),
    /// What moves no further until the caller sees to it.
    Escalated(Box<Escalation>),
}

/// Returns what waits for the caller, most binding first.
pub fn run(context: &Context) -> Result<Vec<Item>, Failure> {
    let me = identity::whoami(context)?;
    let state = context.state();
    let id = &me.record.id;
    // What may be lost altogether comes before what only waits.
    let mut items = Vec::new();
    if let Outlook::Waiting(commit, _) = context.ledger.outlook() {
        items.push(Item::Ahead(Waiting::read(&context.repository, commit, state)?));
    }
    items.extend(left_here::on_branch(context)?.map(Item::OnlyHere));
    items.extend(left_here::set_aside(context)?.into_iter().map(Item::SetAside));
    let could_review = |broken: &&Broken| {
        let pending = &broken.pending;
        could_review(broken, me) && (could_approve(context, me, pending) || is_apart(context, me, pending))
    };
    items.extend(state.broken.values().filter(could_review).map(|broken| Item::Glass(Box::new(broken.clone()))));
    let mut requests: Vec<_> = state.requests.values().collect();
    requests.sort_by_key(|pending| pending.opened);
    for pending in requests.iter().filter(|pending| pending.request.opener == *id) {
        let against = against(state, &pending.request.id);
        if !against.is_empty() {
            items.push(Item::Answered((*pending).clone(), against));
        }
    }
    let now = context.ledger_now();
    let mine = requests.iter().filter(|pending| pending.request.opener == *id);
    items.extend(mine.take(OWN_LOOKED_AT_MAX).filter_map(|pending| held_up(context, pending, now)));
    let breaking = requests.iter().filter(|pending| is_breaking(context, me, pending, now));
    items.extend(breaking.map(|pending| Item::Breaking((*pending).clone())));
    items.extend(
        requests
            .iter()
            .filter(|pending| pending.request.break_glass.is_none() && could_approve(context, me, pending))
            .map(|pending| Item::Approve((*pending).clone())),
    );
    for pending in &requests {
        let checks = attest::waiting_for(state, me, pending, context.ledger_now());
        if !checks.is_empty() {
            items.push(Item::Attest((*pending).clone(), checks));
        }
    }
    items.extend(action::waiting_for(context, me));
    items.extend(escalation::of(context, me).into_iter().map(|one| Item::Escalated(Box::new(one))));
    let mut proposals: Vec<_> = state.proposals.values().collect();
    proposals.sort_by_key(|proposed| proposed.opened);
    for proposed in proposals {
        let is_member = state.policy.is_root(id) || proposed.policy.is_root(id);
        let mine = state.approvals.get(&proposed.request.id).and_then(|answers| answers.get(id));
        if is_overtaken(state, proposed) {
            let agreed = mine.is_some_and(|mine| mine.approval.answer == Answer::Approve);
            if agreed || proposed.request.opener == *id {
                items.push(Item::Overtaken(proposed.clone()));
            }
            continue;
        }
        let answered = mine.is_some_and(Answered::is_opinion);
        let is_mine = proposed.request.opener == *id;
        let against = if is_mine { against(state, &proposed.request.id) } else { Vec::new() };
        if !against.is_empty() {
            items.push(Item::Opposed(proposed.clone(), against));
        }
        if is_agreed(state, proposed) && (is_member || is_mine) {
            items.push(Item::Activate(proposed.clone()));
        } else if is_member && !answered && !is_mine {
            items.push(Item::Agree(proposed.clone()));
        }
    }
    let owed = debts::owed(context)?.open.into_iter().filter(|debt| debt.reviewers.contains(id));
    items.extend(owed.map(|debt| Item::Review(Box::new(debt))));
    if state.policy.is_root(id) {
        let said = |target, new| state.adopters(target, new).any(|by| by == id);
        let unsaid = state.adopting.iter().filter(|(target, adopting)| !said(*target, adopting.new));
        items.extend(unsaid.map(|(target, _)| Item::Adopt(target.clone())));
    }
    let mut leases: Vec<_> = state.claims.values().collect();
    leases.sort_by_key(|lease| lease.since);
    for lease in leases {
        let mine = lease.claim.holder == *id;
        if lease.claim.offered_to.as_ref() == Some(id) {
            items.push(Item::Offered(lease.clone()));
        } else if mine && lease.held.is_none() {
            items.push(Item::Waiting(lease.clone()));
        } else if mine && now >= takeable_from(state, &lease.claim) {
            items.push(Item::Expired(lease.clone()));
        } else if mine && waits_for(state, lease) {
            items.push(Item::Awaited(lease.clone()));
        }
    }
    let open = state.findings.values().filter(|noted| noted.finding.state == FindingState::Open);
    let on_my_ground = |noted: &&Noted| {
        let mut mine = state.claims.values().filter(|lease| lease.claim.holder == *id);
        noted.finding.author != *id && mine.any(|lease| Pattern::any_overlap(&lease.claim.paths, &noted.finding.paths))
    };
    items.extend(open.filter(on_my_ground).cloned().map(Item::Finding));
    Ok(items)
}

/// Returns why a request of the caller lands no more as it is, if so.
fn held_up(context: &Context, pending: &Pending, now: Timestamp) -> Option<Item> {
    let request = &pending.request;
    let tip = match &request.break_glass {
        Some(glass) if now > glass.expires => return Some(Item::Unused(pending.clone())),
        // It is for one exact move.
        Some(_) => {
            let last = context.state().landed.get(&request.target)?;
            (last.new != request.base).then_some(last.new)
        }
        // What is not here is not asked about.
        None => gate::tip_ahead(context, request).ok().flatten(),
    };
    tip.map(|tip| Item::Behind(pending.clone(), tip))
}

/// Returns whether a request may land before anybody approves it, and the caller lands it, could stop it, or could say that it
/// is right.
fn is_breaking(context: &Context, me: &Enrolled, pending: &Pending, now: Timestamp) -> bool {
    let (state, request, id) = (context.state(), &pending.request, &me.record.id);
    let is_in_time = request.break_glass.as_ref().is_some_and(|glass| now <= glass.expires);
    if !is_in_time || held_up(context, pending, now).is_some() {
        return false;
    }
    let mut said = state.answers(&request.id).filter(|said| said.approval.principal == *id && said.is_opinion());
    let has_said = said.any(|said| said.request_rev == request.rev);
    let could_stop = state.may(me, Right::Veto) && !has_said;
    request.opener == *id || could_stop || could_approve(context, me, pending)
}

/// Returns the rejections and vetoes that stand against a request.
pub(crate) fn against(state: &State, id: &RecordId) -> Vec<Objection> {
    objections(state, id).into_iter().filter(Objection::stands).collect()
}

/// Returns whether the caller is one of another operator than who broke the glass, and has not reviewed that: such a one is
/// needed in any case, also where the policy asks for no approval.
fn is_apart(context: &Context, me: &Enrolled, pending: &Pending) -> bool {
    let state = context.state();
    let mut answers = state.answers(&pending.request.id);
    let breaker = state.principal(&pending.request.opener);
    breaker.is_some_and(|breaker| state.are_of_other_operators(me, breaker))
        && state.may(me, Right::Approve)
        && !answers.any(|word| word.approval.principal == me.record.id && is_said(state, pending, word))
}

/// Returns whether an answer is one to what is asked now: of what landed through broken glass, a rejection before it did is none.
fn is_said(state: &State, pending: &Pending, answered: &Answered) -> bool {
    state.broken.get(&pending.request.id).is_none_or(|broken| is_of_landed(broken, answered))
}

fn could_approve(context: &Context, me: &Enrolled, pending: &Pending) -> bool {
    let state = context.state();
    let id = &me.record.id;
    let answered = state
        .answers(&pending.request.id)
        .filter(|answered| answered.approval.principal == *id && answered.request_rev == pending.request.rev)
        .any(|answered| answered.is_opinion() && is_said(state, pending, answered));
    if answered || !state.may(me, Right::Approve) {
        return false;
    }
    let contributors = Contributors::of_request(pending);
    let subject = Subject { now: context.ledger_now(), ..Subject::of(state, (&pending.request).into(), &contributors) };
    let protections = state.protections_for(pending, &[]);
    protections.iter().flat_map(|protection| &protection.approvals).any(|rule| subject.could_count(rule, id).is_ok())
}
