//! A ledger that was verified is not where it was any more (P3).

use crate::git::GitError;
use crate::ledger::descent::Line;
use crate::ledger::descent::line_to;
use crate::ledger::store::Store;
use crate::ledger::view::LedgerError;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::RefName;

/// How often an answer of the remote may be out of date when it comes.
const OVERTAKEN_MAX: u32 = 64;

/// What was verified is gone. Nobody goes on without it, and nobody puts it back unasked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// `landed` is where protected refs last landed, as far as that is here: they may have gone back as well.
    #[error("the remote `{remote}` went back: `{verified}` was verified there, now it has `{found}`")]
    RolledBack { remote: String, verified: ObjectId, found: ObjectId, landed: Vec<(RefName, ObjectId)> },
    #[error("the remote `{remote}` has another ledger: `{verified}` was verified there, now it has `{found}`")]
    Replaced { remote: String, verified: ObjectId, found: ObjectId },
    #[error("the remote `{remote}` has no ledger any more: `{verified}` was verified there")]
    Deleted { remote: String, verified: ObjectId, landed: Vec<(RefName, ObjectId)> },
    /// The branch here was moved by somebody else, back or aside.
    #[error("the ledger here was moved off what was verified: `{verified}` was, now the branch is at `{found}`")]
    Left { verified: ObjectId, found: ObjectId },
    /// The branch here. `is_here` says whether the verified head itself still is; `remote` may have it.
    #[error("the ledger that was here is gone")]
    Gone { verified: Option<ObjectId>, is_here: bool, remote: Option<String> },
}

impl Lost {
    /// Returns it with where protected refs last landed.
    pub(crate) fn with_landed(mut self, refs: Vec<(RefName, ObjectId)>) -> Self {
        if let Self::RolledBack { landed, .. } | Self::Deleted { landed, .. } = &mut self {
            *landed = refs;
        }
        self
    }
}

/// Refuses to take a store without a ledger for one that never had any: it remembers one, or was given its pin.
pub fn check_never_had_one<S: Store>(store: &S, pin: Option<Digest>) -> Result<(), LedgerError> {
    let verified = match store.recall()? {
        Some(recalled) => Some(recalled.head),
        None => store.confirmed()?,
    };
    if verified.is_none() && pin.is_none() {
        return Ok(());
    }
    let is_here = verified.is_some_and(|verified| store.commit(verified).is_ok());
    Err(Lost::Gone { verified, is_here, remote: store.source().map(str::to_owned) }.into())
}

/// Returns the ledger's head where it is decided, after fetching it if that is elsewhere. It contains what was verified
/// there before.
pub fn fetch_source<S: Store>(store: &S) -> Result<Option<ObjectId>, LedgerError> {
    let (mut known, mut times) = (store.confirmed()?, OVERTAKEN_MAX);
    loop {
        let found = store.fetch_source()?;
        let (Some(remote), Some(verified)) = (store.source(), store.confirmed()?) else { return Ok(found) };
        if let Some(found) = found {
            match line_to(store, found, Some(verified))? {
                Line::From(_) => return Ok(Some(found)),
                // What cannot be followed to its beginning is no ledger, and does not tell whether it is another one (S1).
                Line::Broken(fault) => {
                    store.keep_evidence(found).ok();
                    return Err(LedgerError::refused(fault));
                }
                Line::Root(_) => {}
            }
        }
        if times == 0 || !is_overtaken(store, known, found, verified)? {
            return Err(lost(store, remote.to_owned(), verified, found)?.into());
        }
        (known, times) = (Some(verified), times - 1);
    }
}

/// Returns whether an answer holds what was verified before it was asked for, and is behind what somebody of us has verified
/// since: it was true when it was given.
fn is_overtaken<S: Store>(
    store: &S,
    known: Option<ObjectId>,
    found: Option<ObjectId>,
    verified: ObjectId,
) -> Result<bool, GitError> {
    let Some(found) = found else { return Ok(known.is_none()) };
    let keeps_known = known.map_or(Ok(true), |known| contains(store, found, known))?;
    Ok(keeps_known && contains(store, verified, found)?)
}

/// Returns what became of what was verified at a remote that does not have it any more.
fn lost<S: Store>(store: &S, remote: String, verified: ObjectId, found: Option<ObjectId>) -> Result<Lost, GitError> {
    let Some(found) = found else { return Ok(Lost::Deleted { remote, verified, landed: Vec::new() }) };
    // Evidence is worth keeping even if it cannot be kept.
    for head in [found, verified] {
        store.keep_evidence(head).ok();
    }
    Ok(if contains(store, verified, found)? {
        Lost::RolledBack { remote, verified, found, landed: Vec::new() }
    } else {
        Lost::Replaced { remote, verified, found }
    })
}

fn contains<S: Store>(store: &S, head: ObjectId, wanted: ObjectId) -> Result<bool, GitError> {
    Ok(matches!(line_to(store, head, Some(wanted))?, Line::From(_)))
}
