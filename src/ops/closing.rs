//! What closes a request: it goes with its answers, and one for new rules with its draft.

use crate::ledger::Edit;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::rules::State;

/// Returns what is removed with a request, whatever it asks for.
pub(crate) fn closing(state: &State, id: &RecordId) -> Vec<Edit> {
    let answers = state.answers(id).map(|answered| answered.approval.principal.clone());
    let answers = answers.map(|principal| RecordPath::Approval(id.clone(), principal));
    let draft = state.proposals.get(id).map(|proposed| RecordPath::Draft(proposed.request.version, id.clone()));
    let paths = answers.chain(draft).chain([RecordPath::Request(id.clone())]);
    paths.map(|path| Edit { path, text: None }).collect()
}
