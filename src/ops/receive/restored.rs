//! A server that was set back, by a backup or by hand: the way back for its ledger and its protected refs.

use crate::git::Program;
use crate::git::Repository;
use crate::ledger::CloneStore;
use crate::ledger::Ledger;
use crate::ledger::LedgerError;
use crate::ledger::Lost;
use crate::ledger::Store;
use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::ops::elsewhere::Elsewhere;
use crate::ops::facts::Reader;
use crate::ops::failure::Failure;
use crate::rules::Code;
use crate::rules::Movement;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Update;

/// Opens the ledger of a server. Where the branch has lost what was verified, it is opened as it was verified, if a push
/// brings that back.
pub(super) fn open(
    repository: &Repository,
    program: &Program,
    brought: Option<ObjectId>,
    now: Timestamp,
) -> Result<Option<Ledger<CloneStore>>, Failure> {
    let store = || CloneStore::local(repository.clone(), program.clone());
    let error = match Ledger::open(store()?, now) {
        Ok(ledger) => return Ok(Some(ledger)),
        Err(LedgerError::None) => return Ok(None),
        Err(error) => error,
    };
    let is_lost = match &error {
        LedgerError::Refused(_, refusal) => refusal.code == Code::LedgerFork,
        LedgerError::Lost(_) => true,
        _ => false,
    };
    if is_lost
        && let (Some(recalled), Some(new)) = (store()?.recall()?, brought)
        && repository.contains(recalled.head)
        && repository.is_ancestor(recalled.head, new)?
    {
        return Ok(Some(Ledger::open_at(store()?, recalled.head, now)?));
    }
    Err(closed(error))
}

/// Without a ledger nothing is protected: a server that had one does not do without it.
fn closed(error: LedgerError) -> Failure {
    match error {
        LedgerError::Lost(Lost::Gone { .. }) => {
            let message = "the ledger that was here is gone; nothing is taken until it is back";
            Refusal::new(Code::LedgerDelete, message).into()
        }
        other => other.into(),
    }
}

/// Returns whether a protected ref that is behind, or gone, comes back to where it last landed.
pub(super) fn is_return(repository: &Repository, state: &State, update: &Update) -> Result<bool, Failure> {
    let lands_there = |landed: &Landed| Some(landed.new) == update.new;
    if !state.landed.get(&update.target).is_some_and(lands_there) {
        return Ok(false);
    }
    let audience = state.charter.audience.as_str();
    let (movement, _) =
        Reader { repository, audience, elsewhere: Elsewhere::Refs(&[]) }.movement(update.old, update.new)?;
    Ok(matches!(movement, Movement::Forward | Movement::Create))
}
