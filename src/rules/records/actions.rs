//! Requests to run a command that the policy names (S7): each for exactly one, never edited, spent by its run.

use crate::format::action_digest;
use crate::model::ActionRequest;
use crate::model::Answer;
use crate::model::Approval;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Right;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::records::approvals::check_may_answer;
use crate::rules::records::approvals::stands_against;
use crate::rules::records::assent::unnamed;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Petition;

/// How many requests for actions one principal may have open: every entry looks at them.
const OPEN_MAX: usize = 32;

pub(crate) fn judge(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::ActionRequest(request)) => open(case, request),
        Operation::Remove => close(case, id),
        _ => Err(Refusal::new(Code::RecordField, "a request for an action is not edited: open another one")),
    }
}

fn open(case: &mut Case<'_>, request: &ActionRequest) -> Result<(), Refusal> {
    let signer = &case.signer()?.record.id;
    ensure(!case.next.used.contains(&request.id), Code::RecordId, || "the id was used before".to_owned())?;
    ensure(request.opener == *signer, Code::RecordOwner, || {
        format!("`{signer}` signs a request of `{}`", request.opener)
    })?;
    case.require(Right::Request, "open requests")?;
    case.before.policy.action(&request.action).ok_or_else(|| unnamed(request.action.as_str()))?;
    let delta = action_digest(case.before.charter.audience.as_str(), &request.action, &request.order);
    ensure(request.delta == delta, Code::ApprovalDelta, || format!("what it asks for has the delta {delta}"))?;
    let open = case.next.petitions.values().filter(|petition| petition.request.opener == *signer).count();
    ensure(open < OPEN_MAX, Code::RecordLimit, || format!("`{signer}` has {open} actions open; close one first"))?;
    let petition = Petition { request: request.clone(), opened: case.before.height, opened_time: case.entry.time() };
    case.next.used.insert(request.id.clone(), ());
    case.next.petitions.insert(request.id.clone(), petition);
    Ok(())
}

fn close(case: &mut Case<'_>, id: &RecordId) -> Result<(), Refusal> {
    let petition = case.next.petitions.get(id).expect("the ledger removes what exists");
    let signer = &case.signer()?.record.id;
    // Who may start a run is judged with the run.
    let opener = &petition.request.opener;
    ensure(is_started(case, id) || opener == signer || case.before.is_revoked(opener), Code::RecordOwner, || {
        format!("`{id}` was opened by `{}`", petition.request.opener)
    })?;
    let delta = &petition.request.delta;
    let is_vetoed = case.before.answers(id).any(|answered| stands_against(case.before, answered, delta));
    ensure(!is_vetoed, Code::ApprovalVeto, || "a request under a veto is not removed (S18)".to_owned())?;
    case.next.petitions.remove(id);
    Ok(())
}

/// Returns whether the same entry starts what a request asks for.
fn is_started(case: &Case<'_>, id: &RecordId) -> bool {
    let path = RecordPath::Run(id.clone());
    case.entry.changes().iter().any(|change| change.path == path && matches!(change.operation, Operation::Add(_)))
}

/// Judges what somebody answers to a request for an action.
pub(crate) fn check_answer(case: &Case<'_>, petition: &Petition, approval: &Approval) -> Result<(), Refusal> {
    let request = &petition.request;
    ensure(approval.answer != Answer::Attest, Code::RecordField, || "checks are attested of trees".to_owned())?;
    check_may_answer(case, &case.signer()?.record.id, &request.opener, approval.answer)?;
    let names_commits = approval.base.or(approval.base_tree).or(approval.head).or(approval.new_tree).is_some();
    let fits = approval.delta == request.delta && !names_commits && approval.request_rev.is_none_or(|rev| rev == 1);
    ensure(fits, Code::ApprovalDelta, || format!("`{}` asks for the delta {}", request.id, request.delta))
}
