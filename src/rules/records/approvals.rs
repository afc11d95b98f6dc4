//! What principals answer to requests.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::Request;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::pace;
use crate::rules::policy::change;
use crate::rules::records::actions;
use crate::rules::records::answered::Answered;
use crate::rules::records::glass_review;
use crate::rules::records::hardware;
use crate::rules::records::left_vetoes;
use crate::rules::records::overruling;
use crate::rules::records::overruling::is_overruled;
use crate::rules::records::overruling::overrulers;
use crate::rules::records::requests::landed_by;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

pub(crate) fn judge(
    case: &mut Case<'_>,
    request: &RecordId,
    principal: &PrincipalId,
    operation: &Operation,
) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Approval(approval)) | Operation::Replace(Record::Approval(approval)) => {
            answer(case, approval)
        }
        Operation::Remove => withdraw(case, request, principal),
        _ => unreachable!("the reader gives approvals at approvals' paths"),
    }
}

fn answer(case: &mut Case<'_>, approval: &Approval) -> Result<(), Refusal> {
    let signer = case.signer()?;
    let id = &signer.record.id;
    ensure(approval.principal == *id, Code::RecordOwner, || {
        format!("`{id}` signs an answer of `{}`", approval.principal)
    })?;
    ensure(approval.role == signer.record.role, Code::PrincipalRole, || {
        format!("`{id}` has the role `{}`, not `{}`", signer.record.role, approval.role)
    })?;
    ensure(approval.policy <= case.before.policy.version, Code::RecordField, || {
        format!("there is no policy {} yet", approval.policy)
    })?;
    overruling::check(case, approval)?;
    check_keeps_veto(case, approval)?;
    let (of, next) = (&approval.request, &case.next);
    let mut for_root = false;
    let request_rev = match (next.proposals.get(of), next.petitions.get(of), next.broken.get(of)) {
        (Some(proposed), _, _) => change::check_answer(case, proposed, approval).map(|()| 1),
        (_, Some(petition), _) => actions::check_answer(case, petition, approval).map(|()| 1),
        (_, _, Some(broken)) => {
            let request = &broken.pending.request;
            for_root = glass_review::check_answer(case, broken, approval)?;
            check_subject(request, approval).map(|()| request.rev)
        }
        (None, None, None) => check_landing(case, approval),
    }?;
    let id = id.clone();
    let within_hour = match approval.answer {
        Answer::Approve => pace::count_approval(case.next, &id, case.entry.time()),
        Answer::Reject | Answer::Veto | Answer::Attest | Answer::Overrule => 0,
    };
    let mut answers = case.next.approvals.get(&approval.request).cloned().unwrap_or_default();
    let mut answered = Answered {
        approval: approval.clone(),
        entry: Digest::new(case.entry.payload().digest()),
        request_rev,
        given: case.before.height,
        given_time: case.entry.time(),
        within_hour,
        signed: hardware::met_by(case.entry.key(), case.entry.user_verified()),
        for_root,
        // Another answer says nothing of trees, and takes back nothing that was said of them.
        attested: answers.get(&id).map(|before| before.attested.clone()).unwrap_or_default(),
    };
    let said = answered.clone();
    answered.attested.take_in(&said)?;
    answers.insert(id, answered);
    case.next.approvals.insert(approval.request.clone(), answers);
    if approval.answer == Answer::Approve {
        left_vetoes::settle(case, approval);
    }
    Ok(())
}

/// Refuses to put what says nothing of the change in the place of one's own veto, which would end without a word. Who approves
/// or rejects it has thought again, and says so.
fn check_keeps_veto(case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
    let Approval { request, principal, answer, .. } = approval;
    let mine = case.before.approvals.get(request).and_then(|answers| answers.get(principal));
    let is_vetoed = mine.is_some_and(|mine| is_standing_veto(case.before, mine));
    ensure(!(is_vetoed && matches!(answer, Answer::Attest | Answer::Overrule)), Code::ApprovalVeto, || {
        format!("the veto of `{principal}` on `{request}` would end without a word: withdraw it first")
    })
}

/// Judges what somebody answers to a request to land. Returns the `rev` that it is of.
fn check_landing(case: &Case<'_>, approval: &Approval) -> Result<u64, Refusal> {
    let signer = case.signer()?;
    let id = &signer.record.id;
    let pending = case.next.requests.get(&approval.request);
    let pending = pending.ok_or_else(|| {
        let used = case.next.used.contains(&approval.request);
        let code = if used { Code::ApprovalConsumed } else { Code::RecordMissing };
        Refusal::new(code, format!("`{}` is not open", approval.request))
    })?;
    check_may_answer(case, id, &pending.request.opener, approval.answer)?;
    check_subject(&pending.request, approval)?;
    Ok(pending.request.rev)
}

/// Whoever answers has the right to, and did not ask.
pub(crate) fn check_may_answer(
    case: &Case<'_>,
    id: &PrincipalId,
    opener: &PrincipalId,
    answer: Answer,
) -> Result<(), Refusal> {
    let right = match answer {
        Answer::Approve => Some((Right::Approve, "approve")),
        Answer::Reject => Some((Right::Approve, "reject")),
        Answer::Veto => Some((Right::Veto, "veto")),
        Answer::Attest => Some((Right::Attest, "attest checks")),
        // A root member's word takes no right of its role.
        Answer::Overrule => None,
    };
    if matches!(answer, Answer::Approve | Answer::Attest) {
        ensure(opener != id, Code::ApprovalSelf, || format!("`{id}` opened the request"))?;
    }
    match right {
        Some((right, doing)) => case.require(right, doing),
        None => Ok(()),
    }
}

/// An answer is to the request as it stands: what it names of it must fit. What checks ran on may be another tree: that to
/// which a forge merges the request.
fn check_subject(request: &Request, approval: &Approval) -> Result<(), Refusal> {
    let fits = approval.delta == request.delta
        && approval.request_rev.is_none_or(|rev| rev == request.rev)
        && approval.base.is_none_or(|id| id == request.base)
        && approval.base_tree.is_none_or(|id| id == request.base_tree)
        && approval.head.is_none_or(|id| id == request.head)
        && approval.new_tree.is_none_or(|id| approval.answer == Answer::Attest || id == request.new_tree);
    ensure(fits, Code::ApprovalDelta, || {
        format!("`{}` is now at rev {} with the delta {}", request.id, request.rev, request.delta)
    })
}

/// Returns whether an answer is a veto of somebody whose word counts: nobody else could withdraw what a revoked principal
/// left, and what was said with a suspect key is nobody's word. A root member's yields to revocation only, which takes
/// the threshold: one of them alone does not silence another (S15).
pub(crate) fn is_standing_veto(state: &State, answered: &Answered) -> bool {
    answered.approval.answer == Answer::Veto && !is_disowned(state, &answered.approval.principal, answered.given)
}

/// Returns whether what somebody said against a change at a height is nobody's word any more.
pub(crate) fn is_disowned(state: &State, author: &PrincipalId, given: u64) -> bool {
    state.principal(author).is_some_and(|enrolled| {
        let suspect = enrolled.record.suspect_since.is_some_and(|since| given >= since);
        enrolled.record.status == Standing::Revoked || suspect && !state.policy.is_root(author)
    })
}

/// Returns the vetoes that stop a request: its own, whatever they were of, and those of the same change of the same ref
/// in any other request (S18). Whose word still counts, the latest state says.
pub(crate) fn vetoes_against<'a>(
    state: &'a State,
    latest: &'a State,
    request: &'a Request,
) -> impl Iterator<Item = &'a Approval> {
    let vetoes = vetoes_on(state, latest, request);
    vetoes.filter(move |veto| !is_overruled(state, latest, veto, &request.delta)).map(|answered| &answered.approval)
}

/// Returns whether an answer is a veto that stands against a change: nobody has disowned it, nor overruled it.
pub(crate) fn stands_against(state: &State, answered: &Answered, delta: &Digest) -> bool {
    is_standing_veto(state, answered) && !is_overruled(state, state, answered, delta)
}

/// Returns the vetoes that stand against a request to land.
pub fn standing_vetoes<'a>(state: &'a State, request: &'a Request) -> Vec<&'a Answered> {
    let vetoes = vetoes_on(state, state, request);
    vetoes.filter(|veto| !is_overruled(state, state, veto, &request.delta)).collect()
}

/// Returns the vetoes of a request's change that are not to stand, each with the root members by whose word.
pub fn overruled_vetoes<'a>(state: &'a State, request: &'a Request) -> Vec<(&'a Answered, BTreeSet<PrincipalId>)> {
    let vetoes = vetoes_on(state, state, request);
    let overruled = vetoes.filter(|veto| is_overruled(state, state, veto, &request.delta));
    overruled.map(|veto| (veto, overrulers(state, state, veto, &request.delta))).collect()
}

/// As [`vetoes_against`], with those that are overruled.
pub(crate) fn vetoes_on<'a>(
    state: &'a State,
    latest: &'a State,
    request: &'a Request,
) -> impl Iterator<Item = &'a Answered> {
    let vetoes = left_vetoes::said(state).filter(|answered| is_standing_veto(latest, answered));
    vetoes.filter(move |answered| is_of(state, &answered.approval, request))
}

/// Returns whether an answer is of a request, whatever it was of, or of the same change of the same ref under another one, be
/// that open or a veto that it left behind.
pub(crate) fn is_of(state: &State, approval: &Approval, request: &Request) -> bool {
    let elsewhere = state.requests.get(&approval.request).filter(|other| other.request.target == request.target);
    approval.request == request.id
        || elsewhere.is_some_and(|other| [approval.delta, other.request.delta].contains(&request.delta))
        || left_vetoes::is_left_against(state, approval, request)
}

fn withdraw(case: &mut Case<'_>, request: &RecordId, principal: &PrincipalId) -> Result<(), Refusal> {
    let signer = &case.signer()?.record.id;
    let next = &*case.next;
    let is_open = next.requests.contains_key(request)
        || next.proposals.contains_key(request)
        || next.petitions.contains_key(request)
        || next.broken.contains_key(request);
    // A request that goes in the same entry has gone by now: removals are judged first, those of requests before answers.
    let closes = !is_open || landed_by(case, request);
    ensure(principal == signer || closes, Code::RecordOwner, || {
        format!("the answer is of `{principal}`, `{signer}` signs")
    })?;
    let mut answers = case.next.approvals.get(request).cloned().unwrap_or_default();
    let taken = answers.remove(principal).filter(|taken| taken.approval.answer == Answer::Veto && !closes);
    if let Some(veto) = taken {
        left_vetoes::settle(case, &veto.approval);
    }
    if answers.is_empty() {
        case.next.approvals.remove(request);
    } else {
        case.next.approvals.insert(request.clone(), answers);
    }
    Ok(())
}
