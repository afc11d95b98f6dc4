//! The ledger worktree's own hooks: a raw entry is judged before git signs it.

use crate::git::Head;
use crate::git::Repository;
use crate::hook::Answer;
use crate::ledger::LEDGER_REF;
use crate::ops::Surroundings;
use crate::ops::drafts;
use crate::ui::words_of;

/// Returns whether a directory is in the ledger's own checkout.
pub(crate) fn is_ledger(repository: &Repository) -> bool {
    matches!(repository.head(), Ok(Head::Branch { name, .. }) if name == LEDGER_REF)
}

/// Judges what is staged. A refused commit leaves the draft in place.
pub(crate) fn pre_commit(surroundings: Surroundings) -> Answer {
    let refusal = match drafts::check_staged(surroundings) {
        Ok(Ok(())) => return Answer::go_on(),
        Ok(Err(refusal)) => refusal.into(),
        Err(failure) => failure,
    };
    let mut said = vec!["git coord: this entry would not count".to_owned()];
    said.extend(words_of(&refusal).human());
    Answer::stop(said)
}
