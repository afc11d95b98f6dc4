//! What follows from the standing of a principal: what stays of it, what does not count any more, and what others have to
//! look at again. For people; nothing is decided by it.

use crate::model::Answer;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Standing;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::suspicion::debts;
use crate::rules::Answered;
use crate::rules::Enrolled;
use crate::rules::State;
use crate::rules::is_standing_veto;

/// What follows from the standing of a principal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// Its claims, which stay until they expire or somebody revokes them.
    pub claims: Vec<RecordId>,
    /// The open requests that it opened.
    pub requests: Vec<RecordId>,
    /// The open requests on which its approval does not count.
    pub approvals: Vec<RecordId>,
    /// The open requests that its veto does not stop any more.
    pub vetoes_ended: Vec<RecordId>,
    /// The open requests that its veto still stops.
    pub vetoes_kept: Vec<RecordId>,
    /// Whom it enrolled or confirmed, where its key is suspect.
    pub enrolled: Vec<PrincipalId>,
    /// How many landings and runs rest on it and are to be reviewed again.
    pub reviews: u64,
    /// How many root members can speak now, counted by operator, and how many it takes, where it is one of them.
    pub root: Option<(u64, u64)>,
}

impl Aftermath {
    /// Returns what follows for somebody who is suspended, revoked or suspect; nothing for anybody else.
    pub(crate) fn of(context: &Context, enrolled: &Enrolled) -> Result<Self, Failure> {
        let state = context.state();
        let id = &enrolled.record.id;
        let root = state.policy.is_root(id).then(|| (state.root_voices(), state.policy.root.threshold));
        let is_out = enrolled.record.status != Standing::Active;
        if !is_out && enrolled.record.suspect_since.is_none() {
            return Ok(Self { root, ..Self::default() });
        }
        let held = state.claims.values().filter(|lease| lease.claim.holder == *id && is_out);
        let opened = state.requests.values().map(|pending| &pending.request).filter(|request| request.opener == *id);
        let proposed = state.proposals.values().map(|proposed| &proposed.request);
        let proposed = proposed.filter(|request| request.opener == *id).map(|request| &request.id);
        let vetoes = answers(state, id, Answer::Veto);
        let (vetoes_kept, vetoes_ended): (Vec<_>, Vec<_>) = vetoes.partition(|veto| is_standing_veto(state, veto));
        let discounted = |answered: &&Answered| !state.stands_by(id, answered.given);
        let owed = debts::owed(context)?.open;
        Ok(Self {
            claims: held.map(|lease| lease.claim.id.clone()).collect(),
            requests: opened.map(|request| &request.id).chain(proposed).cloned().collect(),
            approvals: ids(answers(state, id, Answer::Approve).filter(discounted)),
            vetoes_ended: ids(vetoes_ended.into_iter()),
            vetoes_kept: ids(vetoes_kept.into_iter()),
            enrolled: vouched_for(state, enrolled),
            reviews: owed.iter().filter(|debt| debt.principal == *id).count() as u64,
            root,
        })
    }
}

/// Returns what a principal answers to open requests.
fn answers<'a>(state: &'a State, id: &'a PrincipalId, answer: Answer) -> impl Iterator<Item = &'a Answered> {
    let all = state.approvals.values().flat_map(|answers| answers.values());
    all.filter(move |answered| answered.approval.principal == *id && answered.approval.answer == answer)
}

fn ids<'a>(answered: impl Iterator<Item = &'a Answered>) -> Vec<RecordId> {
    answered.map(|answered| answered.approval.request.clone()).collect()
}

/// Returns whom somebody suspect vouched for: when it did, the state does not tell, so each is to be looked at.
fn vouched_for(state: &State, enrolled: &Enrolled) -> Vec<PrincipalId> {
    if enrolled.record.suspect_since.is_none() {
        return Vec::new();
    }
    let id = &enrolled.record.id;
    let others = state.principals.values().map(|other| &other.record).filter(|other| other.id != *id);
    let active = others.filter(|other| other.status == Standing::Active);
    let vouched = active.filter(|other| other.enrolled_by == *id || other.confirmed_by.as_ref() == Some(id));
    vouched.map(|other| other.id.clone()).collect()
}
