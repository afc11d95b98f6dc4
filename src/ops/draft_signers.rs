//! Who could sign a draft, and what the judge would say if they did. Drafts that only make sense together are judged together.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Claim;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Right;
use crate::ops::context::Context;
use crate::ops::drafts::Drafted;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::rehearsal;
use crate::ops::request::known;
use crate::rules::Change;
use crate::rules::Code;
use crate::rules::Enrolled;
use crate::rules::Operation;
use crate::rules::Refusal;
use crate::rules::State;

/// What the judge would say.
type Finding = Result<(), Refusal>;

/// Judges a draft by itself. Returns whose it is, if that can be told, and what the judge would say if they signed it now.
pub(crate) fn judge_alone(context: &Context, change: &Change) -> Result<(Option<String>, Finding), Failure> {
    match owner_of(context, change) {
        Owner::One(owner) => {
            let finding = judge_by(context, identity::find(context.state(), &owner), vec![change.clone()])?;
            Ok((Some(owner), finding))
        }
        Owner::WhoeverMay(subject) => judge_as_either(context, &subject, change),
        Owner::WhoeverActs => {
            let acting = identity::whoami(context);
            let owner = acting.as_ref().ok().map(|acting| acting.record.id.to_string());
            let finding = judge_by(context, acting, vec![change.clone()])?;
            Ok((owner.filter(|_| finding.is_ok()), finding))
        }
    }
}

/// Judges drafts together that are about the same request, where one of them counts for nothing alone: the draft of a policy
/// comes with its request, and what a landing or an activation uses up goes with it.
pub(crate) fn judge_together(context: &Context, drafts: &mut [Drafted]) -> Result<(), Failure> {
    let mut groups: BTreeMap<RecordId, Vec<usize>> = BTreeMap::new();
    for (at, (_, change)) in drafts.iter().enumerate() {
        if let Some(id) = change.as_ref().and_then(request_of) {
            groups.entry(id).or_default().push(at);
        }
    }
    // A policy becomes active with the end of one of its requests, whichever is closed here.
    let policy = drafts.iter().position(|(_, change)| change.as_ref().is_some_and(|it| it.path == RecordPath::Policy));
    for (id, group) in &mut groups {
        let closes = |at: &usize| drafts[*at].1.as_ref().is_some_and(|change| change.operation == Operation::Remove);
        if context.state().proposals.contains_key(id) && group.iter().any(closes) {
            group.extend(policy);
        }
        if group.len() < 2 || group.iter().all(|at| drafts[*at].0.finding.is_ok()) {
            continue;
        }
        let changes: Vec<Change> = group.iter().filter_map(|at| drafts[*at].1.clone()).collect();
        let acting = identity::whoami(context).ok().map(|acting| acting.record.id.to_string());
        let owners = group.iter().filter_map(|at| drafts[*at].0.owner.clone());
        let candidates: BTreeSet<String> = acting.clone().into_iter().chain(owners).collect();
        // Whoever acts comes first; a draft of somebody else's is told as that.
        let (first, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|id| Some(id) == acting.as_ref());
        for owner in first.into_iter().chain(others) {
            if judge_by(context, identity::find(context.state(), &owner), changes.clone())?.is_ok() {
                for at in group.iter() {
                    drafts[*at].0.finding = Ok(());
                    drafts[*at].0.owner = Some(owner.clone());
                }
                break;
            }
        }
    }
    Ok(())
}

/// Returns the request that a draft is about, where it may take others along.
fn request_of(change: &Change) -> Option<RecordId> {
    match (&change.path, &change.operation) {
        (RecordPath::Draft(_, id) | RecordPath::Request(id) | RecordPath::Approval(id, _), _) => Some(id.clone()),
        (_, Operation::Add(Record::Landed(landed)) | Operation::Replace(Record::Landed(landed))) => {
            landed.request.clone()
        }
        _ => None,
    }
}

/// The record of a principal is written by itself and by those who may enroll or suspend it.
fn judge_as_either(
    context: &Context,
    subject: &PrincipalId,
    change: &Change,
) -> Result<(Option<String>, Finding), Failure> {
    let state = context.state();
    let acting = identity::whoami(context).ok().filter(|acting| acting.record.id != *subject);
    let mut said = None;
    if let Some(acting) = acting {
        let finding = rehearsal::judge_as(context, acting, vec![change.clone()])?;
        if finding.is_ok() || decides_about_others(state, acting) {
            said = Some((acting.record.id.to_string(), finding));
        }
    }
    if let Some((owner, Ok(()))) = said {
        return Ok((Some(owner), Ok(())));
    }
    let finding = judge_by(context, identity::find(state, subject.as_str()), vec![change.clone()])?;
    match said {
        // What neither may sign is told to whoever could have been meant to.
        Some((owner, refused)) if finding.is_err() => Ok((Some(owner), refused)),
        _ => Ok((Some(subject.to_string()), finding)),
    }
}

fn decides_about_others(state: &State, acting: &Enrolled) -> bool {
    state.policy.is_root(&acting.record.id) || state.may(acting, Right::Enroll)
}

fn judge_by(context: &Context, signer: Result<&Enrolled, Failure>, changes: Vec<Change>) -> Result<Finding, Failure> {
    match signer {
        Ok(signer) => rehearsal::judge_as(context, signer, changes),
        Err(failure) => Ok(Err(Refusal::new(Code::KeyUnknown, failure.to_string()))),
    }
}

/// Whose draft it is.
enum Owner {
    One(String),
    /// This principal, or whoever acts and may write its record.
    WhoeverMay(PrincipalId),
    WhoeverActs,
}

fn owner_of(context: &Context, change: &Change) -> Owner {
    let found = match &change.operation {
        Operation::Remove => owner_of_removed(context.state(), &change.path),
        Operation::Add(Record::Principal(principal)) => Some(principal.enrolled_by.to_string()),
        Operation::Replace(Record::Principal(principal)) => return Owner::WhoeverMay(principal.id.clone()),
        Operation::Add(record) | Operation::Replace(record) => owner_of_record(record),
    };
    found.map_or(Owner::WhoeverActs, Owner::One)
}

fn owner_of_record(record: &Record) -> Option<String> {
    Some(match record {
        Record::Claim(claim) => signer_of(claim).to_string(),
        Record::Decision(decision) => decision.author.to_string(),
        Record::Finding(finding) => finding.author.to_string(),
        Record::Request(request) => request.opener.to_string(),
        Record::PolicyRequest(request) => request.opener.to_string(),
        Record::ActionRequest(request) => request.opener.to_string(),
        Record::Run(run) => run.runner.to_string(),
        Record::Approval(approval) => approval.principal.to_string(),
        Record::Charter(_)
        | Record::Readme
        | Record::Policy(..)
        | Record::Draft(..)
        | Record::Landed(_)
        | Record::Principal(_) => return None,
    })
}

/// A revocation is signed by who revokes, in both of its steps.
fn signer_of(claim: &Claim) -> &PrincipalId {
    claim.revoked_by.as_ref().unwrap_or(&claim.holder)
}

fn owner_of_removed(state: &State, place: &RecordPath) -> Option<String> {
    Some(match place {
        RecordPath::Claim(id) => signer_of(&state.claims.get(id)?.claim).to_string(),
        RecordPath::Finding(id) => state.findings.get(id)?.finding.author.to_string(),
        RecordPath::Request(id) => match (state.proposals.get(id), state.petitions.get(id)) {
            (Some(proposed), _) => proposed.request.opener.to_string(),
            (_, Some(petition)) => petition.request.opener.to_string(),
            (None, None) => known(state, id).ok()?.request.opener.to_string(),
        },
        RecordPath::Approval(_, principal) => principal.to_string(),
        _ => return None,
    })
}
