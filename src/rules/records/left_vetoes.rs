//! Vetoes that go on after their request has landed as something else.
//!
//! Root members overrule a veto for one change. Where its request has become another one since, and lands, what was vetoed is
//! still nobody's to land: its file goes with the request (S23), its word does not (S18). It ends as it would have ended in
//! its own request: by another word of its author on that change, or by as many root members as decide, in a request that asks
//! for it again.

use crate::model::Answer;
use crate::model::Approval;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Request;
use crate::rules::judge::Case;
use crate::rules::records::answered::Answered;
use crate::rules::records::attestations::Attestations;
use crate::rules::records::overruling::is_overruled;
use crate::rules::state::State;

/// A veto whose request has landed as another change than the one that was vetoed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftVeto {
    /// The ref of its request.
    pub target: RefName,
    pub veto: Answered,
}

impl LeftVeto {
    fn is_of(&self, request: &Request) -> bool {
        self.target == request.target && self.veto.approval.delta == request.delta
    }
}

/// Returns every answer to what is open, and the vetoes that were left behind.
pub(crate) fn said(state: &State) -> impl Iterator<Item = &Answered> {
    let answers = state.approvals.values().flat_map(|answers| answers.values());
    answers.chain(state.left_vetoes.values().map(|left| &left.veto))
}

/// Returns the veto that somebody left behind with a request.
pub(crate) fn left<'a>(state: &'a State, request: &RecordId, by: &PrincipalId) -> Option<&'a Answered> {
    state.left_vetoes.get(&(request.clone(), by.clone())).map(|left| &left.veto)
}

/// Returns whether an answer is a veto that was left behind, and of what a request asks for.
pub(crate) fn is_left_against(state: &State, approval: &Approval, request: &Request) -> bool {
    let key = (approval.request.clone(), approval.principal.clone());
    state.left_vetoes.get(&key).is_some_and(|left| left.is_of(request))
}

/// Keeps the vetoes of a request that lands, each for the change that it was of, unless it is overruled for that as well. What
/// was left behind before of the very change that lands was overruled, and ends with it.
pub(crate) fn keep(case: &mut Case<'_>, request: &Request) {
    let ended: Vec<_> = case.before.left_vetoes.iter().filter(|(_, left)| left.is_of(request)).collect();
    for (key, _) in ended {
        case.next.left_vetoes.remove(key);
    }
    for answered in case.before.answers(&request.id).filter(|answered| answered.approval.answer == Answer::Veto) {
        let Approval { principal, delta, .. } = &answered.approval;
        if *delta == request.delta || is_overruled(case.before, case.before, answered, delta) {
            continue;
        }
        let veto = Answered { attested: Attestations::default(), ..answered.clone() };
        let left = LeftVeto { target: request.target.clone(), veto };
        case.next.left_vetoes.insert((request.id.clone(), principal.clone()), left);
    }
}

/// Ends what its author left behind against the change of a request: who approves that, or takes back a veto of it, has thought
/// again. A veto of it ends nothing: one that is nobody's word, because its key was suspect, would take a true one along.
pub(crate) fn settle(case: &mut Case<'_>, approval: &Approval) {
    let Some(pending) = case.next.requests.get(&approval.request) else { return };
    let mine = case.before.left_vetoes.iter().filter(|((_, by), _)| *by == approval.principal);
    let settled: Vec<_> = mine.filter(|(_, left)| left.is_of(&pending.request)).map(|(key, _)| key.clone()).collect();
    for key in settled {
        case.next.left_vetoes.remove(&key);
    }
}
