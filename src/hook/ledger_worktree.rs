//! The ledger worktree's own hooks: a raw entry is judged before git signs it.

use crate::git::Head;
use crate::git::Repository;
use crate::hook::Answer;
use crate::ledger::LEDGER_REF;
use crate::ops::Failure;
use crate::ops::Surroundings;
use crate::ops::drafts;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::ui::words_of;

/// The checkout is shared by all work trees and signs with the main one's key, unless git is told otherwise.
const OTHER_KEY: &str =
    "hint: Name your worktree's key: git -C .coord -c user.signingKey=\"$(git config user.signingKey)\" commit -S";

/// A checkout that is behind looks as if its user had removed or reverted what others have written since.
const STALE: &str = "hint: If that is not your change, the checkout is behind: run git coord status, then commit again";

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
    if let Failure::Refused(Refusal { code: Code::RecordOwner | Code::RecordRev, .. }) = &refusal {
        said.push(STALE.to_owned());
    }
    if let Failure::Refused(Refusal { code: Code::RecordOwner | Code::KeyUnknown, .. }) = &refusal {
        said.push(OTHER_KEY.to_owned());
    }
    Answer::stop(said)
}
