//! The entry that records a landing, written by whoever lands or by the hub.

use crate::format::WriteRecord;
use crate::format::ref_hash;
use crate::git::Repository;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Digest;
use crate::model::Landed;
use crate::model::LandedClaim;
use crate::model::ObjectId;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Timestamp;
use crate::ops::failure::Failure;
use crate::ops::gate::Decision;
use crate::ops::gate::Landable;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::counts;
use crate::rules::tokens;

/// What a landing records besides its segment.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) verdict: Digest,
    pub(crate) decided_at: u64,
    pub(crate) rights_head: ObjectId,
    pub(crate) now: Timestamp,
}

/// Returns whether what an object is, or points to, is in the history of a protected ref.
pub(crate) fn has_landed(repository: &Repository, state: &State, id: ObjectId) -> Result<bool, Failure> {
    // A protected tag may be an object of its own, on this side and on the other.
    let commit = |id: ObjectId| repository.resolve(&id.to_string());
    let Some(begun) = commit(id)? else { return Ok(false) };
    for other in state.landed.values().filter(|other| state.policy.protects(&other.target)) {
        if let Some(other) = commit(other.new)?
            && repository.is_ancestor(begun, other)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the entry that lands a segment on a state.
pub(crate) fn draft(
    state: &State,
    target: &RefName,
    landable: &Landable,
    circumstances: Circumstances,
) -> Result<Draft, Failure> {
    let landed = record(state, target, landable, circumstances)?;
    let request = request_of(state, landable)?;
    let mut edits = vec![Edit { path: RecordPath::Landed(ref_hash(target)), text: Some(landed.to_text()) }];
    if let Some(glass) = &request.break_glass {
        // It stays until others have reviewed what landed.
        let message = format!("Break the glass: land {} on {target}\n\n{}", landed.new.short(), glass.reason);
        return Ok(Draft { edits, message });
    }
    edits.push(Edit { path: RecordPath::Request(request.id.clone()), text: None });
    edits.extend(
        landed
            .approvals
            .iter()
            .map(|principal| Edit { path: RecordPath::Approval(request.id.clone(), principal.clone()), text: None }),
    );
    let message = format!("Land {} on {target}\n\n{}", landed.new.short(), request.title.as_str());
    Ok(Draft { edits, message })
}

fn request_of<'a>(state: &'a State, landable: &Landable) -> Result<&'a Request, Failure> {
    let pending = landable.request.as_ref().and_then(|id| state.requests.get(id));
    let missing = || Failure::from(Refusal::new(Code::LandedMissing, "no request fits the change"));
    pending.map(|pending| &pending.request).ok_or_else(missing)
}

/// Returns what is recorded of a segment that lands on a state: there is one truth about it.
pub(crate) fn record(
    state: &State,
    target: &RefName,
    landable: &Landable,
    circumstances: Circumstances,
) -> Result<Landed, Failure> {
    let request = request_of(state, landable)?;
    let facts = &landable.facts;
    let paths: Option<Vec<String>> =
        facts.changes.iter().map(|change| String::from_utf8(change.path.clone()).ok()).collect();
    let paths =
        paths.filter(|paths| paths.len() <= Landed::PATHS_MAX && paths.iter().map(String::len).sum::<usize>() < 32_768);
    // What was said of it before counts as its review.
    let used = state.answers(&request.id).filter(|_| request.break_glass.is_none());
    // Who may review what landed before anybody approved is told by what is recorded now.
    let authors = request.break_glass.is_some().then_some(&landable.authorship.contributors);
    let cited: Vec<_> = request.claims.iter().filter(|id| counts(state, id)).cloned().collect();
    Ok(Landed {
        rev: state.next_landed_rev(target),
        target: target.clone(),
        old: facts.old,
        new: facts.new,
        request: Some(request.id.clone()),
        delta: Some(facts.delta),
        approvals: used.map(|answered| answered.approval.principal.clone()).collect(),
        claims: tokens(state, &cited).into_iter().map(|(id, token)| LandedClaim { id, token }).collect(),
        signers: landable.authorship.signers.iter().cloned().collect(),
        elsewhere: landable.authorship.elsewhere.iter().cloned().collect(),
        contributors: authors.into_iter().flat_map(|authors| authors.principals.keys()).cloned().collect(),
        unknown_authors: authors.map_or(0, |authors| authors.unknown.len() as u64),
        paths,
        verdict: Some(circumstances.verdict),
        policy: state.policy.version,
        decided_at: circumstances.decided_at,
        rights_head: circumstances.rights_head,
        now: circumstances.now,
    })
}

/// Returns whether the record of a landing says what was decided at a height, and of nothing more than that.
pub(crate) fn is_true(state: &State, landed: &Landed, decision: &Decision, decided_at: u64) -> Result<bool, Failure> {
    let circumstances = Circumstances {
        verdict: decision.verdict.digest(),
        decided_at,
        rights_head: landed.rights_head,
        now: landed.now,
    };
    match decision.segments.as_slice() {
        [segment] => Ok(record(state, &landed.target, segment, circumstances)? == *landed),
        _ => Ok(false),
    }
}

/// Returns the entry by which a root member takes a ref as it is.
pub(crate) fn adoption(state: &State, target: &RefName, new: ObjectId, head: ObjectId, now: Timestamp) -> Draft {
    let landed = Landed {
        rev: state.next_landed_rev(target),
        policy: state.policy.version,
        ..Landed::adoption(target.clone(), new, state.height, head, now)
    };
    Draft {
        edits: vec![Edit { path: RecordPath::Landed(ref_hash(target)), text: Some(landed.to_text()) }],
        message: format!("Adopt {target} at {}", new.short()),
    }
}
