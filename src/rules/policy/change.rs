//! How the rules change: a draft, a request for it, the word of the root members, and its activation (S20).
//!
//! One root member makes them tighter at once; see `tightening`.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::Policy;
use crate::model::PolicyRequest;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Right;
use crate::rules::code::Code;
use crate::rules::entry::Change;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::policy::lint::lint;
use crate::rules::policy::tightening::is_same;
use crate::rules::policy::tightening::is_tightening;
use crate::rules::policy::today::lint_for;
use crate::rules::records::approvals::stands_against;
use crate::rules::records::hardware;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Proposed;
use crate::rules::state::State;

/// How many drafts one principal may have open: every entry looks at them.
const OPEN_MAX: usize = 8;

/// Judges the policy itself: it becomes what was approved, or tighter by the word of one root member.
pub(crate) fn judge(case: &mut Case<'_>, operation: &Operation) -> Result<(), Refusal> {
    let Operation::Replace(Record::Policy(policy, digest)) = operation else {
        return Err(Refusal::new(Code::RecordFrozen, "a ledger has one policy"));
    };
    let signer = case.signer()?.record.id.clone();
    check_follows(case.before, policy)?;
    match closed_by(case) {
        Some(id) => activate(case, &id, *digest, &signer)?,
        None => tighten(case, policy, &signer)?,
    }
    lint_for(case.before, policy)?;
    case.next.policy = policy.as_ref().clone();
    case.next.policy_digest = *digest;
    case.next.lapse();
    Ok(())
}

/// Judges the draft of a policy. It comes and goes with its request.
pub(crate) fn judge_draft(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Draft(policy, digest)) => {
            let signer = case.signer()?.record.id.clone();
            if !case.before.policy.is_root(&signer) {
                case.require(Right::ProposePolicy, "propose policies")?;
            }
            check_follows(case.before, policy)?;
            lint(policy)?;
            let asks = |change: &Change| match &change.operation {
                Operation::Add(Record::PolicyRequest(request)) => request.id == *id && request.delta == *digest,
                _ => false,
            };
            ensure(case.entry.changes().iter().any(asks), Code::RecordMissing, || {
                format!("`{id}`, which asks for exactly this draft, comes in the same entry")
            })
        }
        Operation::Remove => {
            let path = RecordPath::Request(id.clone());
            ensure(removes(case, &path), Code::RecordField, || "a draft goes with its request".to_owned())
        }
        _ => Err(Refusal::new(Code::PolicyDraft, "a draft is not edited: another one is another request")),
    }
}

/// Judges a request to change the policy.
pub(crate) fn judge_request(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::PolicyRequest(request)) => open(case, request),
        Operation::Remove => close(case, id),
        _ => Err(Refusal::new(Code::PolicyDraft, "a request to change the policy is not edited: open another one")),
    }
}

fn open(case: &mut Case<'_>, request: &PolicyRequest) -> Result<(), Refusal> {
    let signer = &case.signer()?.record.id;
    ensure(!case.next.used.contains(&request.id), Code::RecordId, || "the id was used before".to_owned())?;
    ensure(request.opener == *signer, Code::RecordOwner, || {
        format!("`{signer}` signs a request of `{}`", request.opener)
    })?;
    let open = case.next.proposals.values().filter(|proposed| proposed.request.opener == *signer).count();
    ensure(open < OPEN_MAX, Code::RecordLimit, || format!("`{signer}` has {open} drafts open; close one first"))?;
    // The draft itself is judged as a change of this entry, and so is that it is the one that is asked for.
    let path = RecordPath::Draft(request.version, request.id.clone());
    let drafts = case.entry.changes().iter().filter(|change| change.path == path);
    let mut draft = drafts.filter_map(|change| match &change.operation {
        Operation::Add(Record::Draft(policy, _)) => Some(policy.as_ref().clone()),
        _ => None,
    });
    let policy = draft.next().ok_or_else(|| {
        Refusal::new(Code::RecordMissing, format!("`{path}` with the digest {} comes in the same entry", request.delta))
    })?;
    let proposed = Proposed {
        request: request.clone(),
        policy,
        opened: case.before.height,
        opened_time: case.entry.time(),
        signed: hardware::met_by(case.entry.key(), case.entry.user_verified()),
    };
    case.next.used.insert(request.id.clone(), ());
    case.next.proposals.insert(request.id.clone(), proposed);
    Ok(())
}

fn close(case: &mut Case<'_>, id: &RecordId) -> Result<(), Refusal> {
    let proposed = proposed(case.before, id)?;
    let signer = &case.signer()?.record.id;
    // What another version has overtaken is nobody's any more, and a veto of it stops nothing.
    let is_stale = is_overtaken(case.before, proposed);
    let is_free = is_stale || case.before.is_revoked(&proposed.request.opener);
    ensure(activates(case) || is_free || proposed.request.opener == *signer, Code::RecordOwner, || {
        format!("`{id}` was opened by `{}`", proposed.request.opener)
    })?;
    let path = RecordPath::Draft(proposed.request.version, id.clone());
    ensure(removes(case, &path), Code::RecordField, || format!("`{path}` goes with its request"))?;
    ensure(is_stale || !is_vetoed(case.before, proposed), Code::ApprovalVeto, || {
        "a request under a veto is not removed (S18)".to_owned()
    })?;
    case.next.proposals.remove(id);
    Ok(())
}

/// Judges what somebody answers to a request to change the policy: who decides about it, and on what.
pub(crate) fn check_answer(case: &Case<'_>, proposed: &Proposed, approval: &Approval) -> Result<(), Refusal> {
    let signer = case.signer()?;
    let (id, request) = (&signer.record.id, &proposed.request);
    ensure(approval.answer != Answer::Attest, Code::RecordRight, || {
        "a draft of the policy has no tree that checks could run on".to_owned()
    })?;
    let is_member = case.before.policy.is_root(id) || proposed.policy.is_root(id);
    if !(is_member || approval.answer == Answer::Veto && case.before.may(signer, Right::Veto)) {
        let message = format!("`{id}` is no root member, neither now nor under the draft");
        return Err(Refusal::new(Code::RecordRight, message));
    }
    ensure(approval.answer != Answer::Approve || request.opener != *id, Code::ApprovalSelf, || {
        format!("`{id}` opened the request: that is its word already")
    })?;
    let names_commits = approval.base.or(approval.base_tree).or(approval.head).or(approval.new_tree).is_some();
    let fits = approval.delta == request.delta && !names_commits && approval.request_rev.is_none_or(|rev| rev == 1);
    ensure(fits, Code::ApprovalDelta, || format!("`{}` asks for the draft {}", request.id, request.delta))
}

fn activate(case: &Case<'_>, id: &RecordId, digest: Digest, signer: &PrincipalId) -> Result<(), Refusal> {
    let proposed = proposed(case.before, id)?;
    ensure(proposed.request.delta == digest, Code::PolicyDraft, || {
        format!("`{id}` asks for {}, this is {digest}", proposed.request.delta)
    })?;
    let belongs = |change: &Change| match &change.path {
        RecordPath::Policy => true,
        RecordPath::Draft(_, of) | RecordPath::Request(of) | RecordPath::Approval(of, _) => of == id,
        _ => false,
    };
    ensure(case.entry.changes().iter().all(belongs), Code::EntryMixed, || {
        "an activation stands alone in its entry".to_owned()
    })?;
    let is_member = case.before.policy.is_root(signer) || proposed.policy.is_root(signer);
    ensure(is_member || proposed.request.opener == *signer, Code::RecordRight, || {
        format!("`{signer}` is no root member and did not open `{id}`")
    })?;
    ensure(case.before.stands_by(signer, case.before.height), Code::PolicyThreshold, || {
        format!("the key of `{signer}` is suspect")
    })?;
    check_word(case.before, proposed)
}

/// Returns whether the root members have agreed to a draft, so that it can be activated.
pub fn is_agreed(state: &State, proposed: &Proposed) -> bool {
    check_word(state, proposed).is_ok() && !is_overtaken(state, proposed) && !is_vetoed(state, proposed)
}

/// Returns whether another version has become the policy meanwhile, so that a draft never will.
pub fn is_overtaken(state: &State, proposed: &Proposed) -> bool {
    check_follows(state, &proposed.policy).is_err()
}

/// Returns whether a veto stands against a draft, in whatever request it was proposed (S18).
fn is_vetoed(state: &State, proposed: &Proposed) -> bool {
    let same = state.proposals.values().filter(|other| other.request.delta == proposed.request.delta);
    let mut answers = same.flat_map(|other| state.answers(&other.request.id));
    answers.any(|answered| stands_against(state, answered, &proposed.request.delta))
}

/// Refuses what the root members have not agreed to: those of now and, where the draft changes them, those of then as well.
fn check_word(state: &State, proposed: &Proposed) -> Result<(), Refusal> {
    let members = speakers(state, proposed);
    for (root, whose) in [(&state.policy.root, "of now"), (&proposed.policy.root, "of the draft")] {
        ensure(state.suffice_for(root, &members), Code::PolicyThreshold, || {
            let count = members.iter().filter(|id| root.members.contains(*id)).count();
            format!("the root members {whose} have to be {} of different operators, {count} agree", root.threshold)
        })?;
    }
    Ok(())
}

/// Returns whose word for a draft counts: its opener's, and that of whoever approved it, as far as they are root members now
/// or under it.
pub(crate) fn speakers(state: &State, proposed: &Proposed) -> BTreeSet<PrincipalId> {
    let opener = (&proposed.request.opener, proposed.opened);
    let approved = state.answers(&proposed.request.id);
    let approved = approved.filter(|answered| answered.approval.answer == Answer::Approve);
    let approved = approved.filter(|answered| hardware::is_met(state, &answered.approval.principal, answered.signed));
    // Whoever only overrules a veto of its own request has said no word against it.
    let changed_its_mind = state
        .answers(&proposed.request.id)
        .any(|answered| answered.approval.principal == *opener.0 && answered.approval.answer != Answer::Overrule);
    let opener = Some(opener).filter(|(id, _)| !changed_its_mind && hardware::is_met(state, id, proposed.signed));
    let words = approved.map(|answered| (&answered.approval.principal, answered.given)).chain(opener);
    let is_member = |id: &PrincipalId| state.policy.is_root(id) || proposed.policy.is_root(id);
    words.filter(|(id, given)| is_member(id) && state.stands_by(id, *given)).map(|(id, _)| id.clone()).collect()
}

fn tighten(case: &Case<'_>, policy: &Policy, signer: &PrincipalId) -> Result<(), Refusal> {
    ensure(case.entry.changes().len() == 1, Code::EntryMixed, || "a change of the rules stands alone".to_owned())?;
    ensure(!is_same(&case.before.policy, policy), Code::RecordField, || "it changes no rule".to_owned())?;
    ensure(is_tightening(&case.before.policy, policy), Code::PolicyThreshold, || {
        "what does not only take away needs a request that the root members approve: `git coord policy propose`"
            .to_owned()
    })?;
    ensure(case.before.speaks_for_root(signer, case.before.height), Code::PolicyThreshold, || {
        format!("`{signer}` is no root member")
    })?;
    // Asking for other keys silences who has none.
    let after = State { policy: policy.clone(), ..case.before.clone() };
    ensure(after.root_voices() >= case.before.root_voices(), Code::PolicyThreshold, || {
        "it silences a root member, whose key is not what its role would ask for".to_owned()
    })
}

/// Refuses a policy that does not follow the active one.
fn check_follows(state: &State, policy: &Policy) -> Result<(), Refusal> {
    let (active, version) = (state.policy.version, policy.version);
    ensure(version > active, Code::PolicyRollback, || {
        format!("version {active} is active: what was in version {version} comes back as version {}", active + 1)
    })?;
    ensure(version == active + 1, Code::PolicyVersion, || format!("version {} follows, not {version}", active + 1))?;
    ensure(policy.parent == Some(state.policy_digest), Code::PolicyParent, || {
        format!("`parent` is to be the digest of version {active}, {}", state.policy_digest)
    })
}

/// Returns the request to change the policy that an entry closes.
fn closed_by(case: &Case<'_>) -> Option<RecordId> {
    let closed = case.entry.changes().iter().filter(|change| change.operation == Operation::Remove);
    let mut closed = closed.filter_map(|change| match &change.path {
        RecordPath::Request(id) if case.before.proposals.contains_key(id) => Some(id.clone()),
        _ => None,
    });
    closed.next()
}

/// Returns whether an entry changes the policy; that is judged by itself.
fn activates(case: &Case<'_>) -> bool {
    case.entry.changes().iter().any(|change| change.path == RecordPath::Policy)
}

fn removes(case: &Case<'_>, path: &RecordPath) -> bool {
    case.entry.changes().iter().any(|change| change.path == *path && change.operation == Operation::Remove)
}

fn proposed<'a>(state: &'a State, id: &RecordId) -> Result<&'a Proposed, Refusal> {
    state.proposals.get(id).ok_or_else(|| Refusal::new(Code::RecordMissing, format!("`{id}` is not open")))
}
