//! How a veto ends without its author: by the word of as many root members as decide, in the ledger (S18).
//!
//! The word is of one change and of one veto: whatever the request becomes, the veto stands again, and so it does once it is
//! given anew.

use std::collections::BTreeSet;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::NamedVeto;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::rules::code::Code;
use crate::rules::judge::Case;
use crate::rules::records::answered::Answered;
use crate::rules::records::hardware;
use crate::rules::records::left_vetoes;
use crate::rules::records::objections::is_of_same;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::State;

/// Refuses the word of anybody but a root member, and of what is no veto of the change that is answered, or no longer the
/// one that was meant: whoever overrules has read what is said against the change.
pub(crate) fn check(case: &Case<'_>, approval: &Approval) -> Result<(), Refusal> {
    let id = &case.signer()?.record.id;
    ensure(approval.overrules.is_empty() || case.before.policy.is_root(id), Code::RecordRight, || {
        format!("`{id}` is no root member, and overrules no veto")
    })?;
    approval.overrules.iter().try_for_each(|named| check_one(case, approval, named))
}

fn check_one(case: &Case<'_>, approval: &Approval, named: &NamedVeto) -> Result<(), Refusal> {
    let by = &named.principal;
    let veto = veto_by(case.before, &named.request, by).filter(|_| approval.principal != *by);
    let asked = case.next.requests.get(&approval.request).map(|pending| &pending.request);
    let is_of_it = |veto: &&Answered| {
        named.request == approval.request || is_of_same(case.before, &veto.approval, asked, &approval.delta)
    };
    let veto = veto.filter(is_of_it);
    let missing = || format!("there is no veto of `{by}` on `{}` for another to overrule", named.request);
    let veto = veto.ok_or_else(|| Refusal::new(Code::RecordMissing, missing()))?;
    ensure(veto.entry == named.entry, Code::RecordMissing, || {
        format!("the veto of `{by}` on `{}` is not that of {}: {} gave it anew", named.request, named.entry, veto.entry)
    })
}

fn veto_by<'a>(state: &'a State, request: &RecordId, by: &PrincipalId) -> Option<&'a Answered> {
    let answered = state.approvals.get(request).and_then(|answers| answers.get(by));
    let open = answered.filter(|answered| answered.approval.answer == Answer::Veto);
    open.or_else(|| left_vetoes::left(state, request, by))
}

/// Returns the veto that is meant, if it was neither withdrawn nor given anew.
pub fn named_veto<'a>(state: &'a State, named: &NamedVeto) -> Option<&'a Answered> {
    veto_by(state, &named.request, &named.principal).filter(|veto| veto.entry == named.entry)
}

/// Returns the root members by whose word a veto is not to stand against a change, in whatever request they said so. Their
/// own word is not among them who vetoed, nor one with a key that is suspect since.
pub(crate) fn overrulers<'a>(
    state: &'a State,
    latest: &State,
    veto: &'a Answered,
    delta: &'a Digest,
) -> BTreeSet<PrincipalId> {
    let named = veto.named();
    let words = state.approvals.values().flat_map(|answers| answers.values()).filter(|word| {
        let approval = &word.approval;
        let is_of_it = approval.delta == *delta && approval.overrules.contains(&named);
        is_of_it && hardware::is_met(latest, &approval.principal, word.signed)
    });
    let members = words
        .map(|word| (&word.approval.principal, word.given))
        .filter(|(member, given)| **member != named.principal && latest.speaks_for_root(member, *given));
    members.map(|(member, _)| member.clone()).collect()
}

/// Returns whether as many root members as decide say that a veto is not to stand against a change.
pub(crate) fn is_overruled(state: &State, latest: &State, veto: &Answered, delta: &Digest) -> bool {
    let members = overrulers(state, latest, veto, delta);
    !members.is_empty() && latest.suffice_as_root(&members)
}
