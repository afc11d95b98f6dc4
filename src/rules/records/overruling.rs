//! How a veto ends without its author: by the word of as many root members as decide, in the ledger (S18).
//!
//! The word is of one change: whatever the request becomes, the veto stands again, and so it does once it is given anew.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::PrincipalId;
use crate::rules::code::Code;
use crate::rules::judge::Case;
use crate::rules::records::answered::Answered;
use crate::rules::records::hardware;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

/// Refuses the word of anybody but a root member, and of what is no veto of the same request.
pub(crate) fn check(case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
    let id = &case.signer()?.record.id;
    ensure(approval.overrules.is_empty() || case.before.policy.is_root(id), Code::RecordRight, || {
        format!("`{id}` is no root member, and overrules no veto")
    })?;
    let answers = case.before.approvals.get(&approval.request);
    let is_veto = |by: &PrincipalId| {
        let answered = answers.and_then(|answers| answers.get(by));
        answered.is_some_and(|answered| answered.approval.answer == Answer::Veto)
    };
    let missing = approval.overrules.iter().find(|by| *by == id || !is_veto(by));
    ensure(missing.is_none(), Code::RecordMissing, || {
        let by = missing.map(ToString::to_string).unwrap_or_default();
        format!("there is no veto of `{by}` on `{}` for another to overrule", approval.request)
    })
}

/// Returns the root members by whose word a veto is not to stand against a change. Their own word is not among them who
/// vetoed, nor one that was given before the veto, or with a key that is suspect since.
pub(crate) fn overrulers<'a>(
    state: &'a State,
    latest: &State,
    veto: &'a Answered,
    delta: &'a Digest,
) -> BTreeSet<PrincipalId> {
    let author = &veto.approval.principal;
    let words = state.answers(&veto.approval.request).filter(|word| {
        let approval = &word.approval;
        let is_of_it = approval.overrules.contains(author) && approval.delta == *delta && word.given > veto.given;
        is_of_it && hardware::is_met(latest, &approval.principal, word.signed)
    });
    let members = words
        .map(|word| (&word.approval.principal, word.given))
        .filter(|(member, given)| *member != author && latest.speaks_for_root(member, *given));
    members.map(|(member, _)| member.clone()).collect()
}

/// Returns whether as many root members as decide say that a veto is not to stand against a change.
pub(crate) fn is_overruled(state: &State, latest: &State, veto: &Answered, delta: &Digest) -> bool {
    let members = overrulers(state, latest, veto, delta);
    !members.is_empty() && latest.suffice_as_root(&members)
}
