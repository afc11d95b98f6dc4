//! What is said against a request, and what that is worth now: by the rules of the gate.

use crate::model::Answer;
use crate::model::Approval;
use crate::model::Digest;
use crate::model::RecordId;
use crate::model::Request;
use crate::model::Standing;
use crate::rules::records::answered::Answered;
use crate::rules::records::approvals::is_of;
use crate::rules::records::approvals::is_standing_veto;
use crate::rules::records::left_vetoes;
use crate::rules::records::overruling::is_overruled;
use crate::rules::state::State;

/// A rejection or a veto.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// A veto may be of another request that asks for the same change.
    pub answered: Answered,
    pub force: Force,
}

/// What an objection is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// A veto that stops the request, or a rejection of what it asks for now.
    Stands,
    /// A rejection of what the request asked for before.
    Outdated,
    /// As many root members as decide said that the veto is not to stand.
    Overruled,
    /// Who said it was revoked, or its key is suspect since.
    Disowned,
}

impl Force {
    /// Returns the word by which programs know it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Outdated => "outdated",
            Self::Overruled => "overruled",
            Self::Disowned => "disowned",
        }
    }
}

impl Objection {
    /// Returns whether it counts now.
    pub fn stands(&self) -> bool {
        self.force == Force::Stands
    }

    /// Returns whether it is a veto; otherwise it is a rejection.
    pub fn is_veto(&self) -> bool {
        self.answered.approval.answer == Answer::Veto
    }
}

/// Returns what is said against a request of any kind, the oldest first.
pub fn objections(state: &State, id: &RecordId) -> Vec<Objection> {
    let Some((delta, rev)) = asked(state, id) else { return Vec::new() };
    let request = state.requests.get(id).map(|pending| &pending.request);
    let is_about = |answered: &&Answered| {
        let approval = &answered.approval;
        match approval.answer {
            Answer::Veto => approval.request == *id || is_of_same(state, approval, request, &delta),
            Answer::Reject => approval.request == *id,
            Answer::Approve | Answer::Attest | Answer::Overrule => false,
        }
    };
    let mut found: Vec<_> = left_vetoes::said(state)
        .filter(is_about)
        .map(|answered| Objection { answered: answered.clone(), force: force(state, answered, &delta, rev) })
        .collect();
    found.sort_by_key(|objection| (objection.answered.given, objection.answered.named()));
    found
}

/// Returns whether an answer to another request is of what a request asks for: a change of a ref, in any of its revisions, a
/// draft, or a command.
pub(crate) fn is_of_same(state: &State, approval: &Approval, request: Option<&Request>, delta: &Digest) -> bool {
    match request {
        Some(request) => is_of(state, approval, request),
        None => {
            let is_of_commits = state.requests.contains_key(&approval.request)
                || left_vetoes::left(state, &approval.request, &approval.principal).is_some();
            !is_of_commits && approval.delta == *delta
        }
    }
}

/// Returns which change a request asks for, and in which revision.
fn asked(state: &State, id: &RecordId) -> Option<(Digest, u64)> {
    let pending = state.requests.get(id).or_else(|| Some(&state.broken.get(id)?.pending));
    let landing = pending.map(|pending| (pending.request.delta, pending.request.rev));
    let draft = || state.proposals.get(id).map(|proposed| (proposed.request.delta, 1));
    let action = || state.petitions.get(id).map(|petition| (petition.request.delta, 1));
    landing.or_else(draft).or_else(action)
}

fn force(state: &State, answered: &Answered, delta: &Digest, rev: u64) -> Force {
    let approval = &answered.approval;
    let author = state.principal(&approval.principal);
    match approval.answer {
        Answer::Veto if !is_standing_veto(state, answered) => Force::Disowned,
        Answer::Veto if is_overruled(state, state, answered, delta) => Force::Overruled,
        Answer::Veto => Force::Stands,
        _ if author.is_some_and(|author| author.record.status == Standing::Revoked) => Force::Disowned,
        _ if answered.request_rev != rev => Force::Outdated,
        _ => Force::Stands,
    }
}
