//! From a head down the ledger's single-parent line, one commit after the other.

use crate::format::commit;
use crate::git::GitError;
use crate::ledger::chain::HeadFault;
use crate::ledger::chain::broken_link;
use crate::ledger::store::Store;
use crate::model::ObjectId;

/// The commits of a single-parent line, newest first.
pub(super) enum Line {
    /// Down to, and without, the commit that was looked for.
    From(Vec<ObjectId>),
    /// Down to, and with, a commit without parents.
    Root(Vec<ObjectId>),
    Broken(HeadFault),
}

/// Follows a head down to the commit that is wanted, or to the first one.
pub(super) fn line_to<S: Store>(store: &S, head: ObjectId, wanted: Option<ObjectId>) -> Result<Line, GitError> {
    let mut path = Vec::new();
    let mut current = head;
    loop {
        if Some(current) == wanted {
            return Ok(Line::From(path));
        }
        let raw = store.commit(current)?;
        path.push(current);
        match commit::parents(&raw).as_deref() {
            Some([]) => return Ok(Line::Root(path)),
            Some([parent]) => current = *parent,
            _ => return Ok(Line::Broken(HeadFault { commit: current, refusal: broken_link(&raw) })),
        }
    }
}

/// Returns a head and the commits before it, newest first, at most `most`.
pub(super) fn newest<S: Store>(store: &S, head: ObjectId, most: usize) -> Result<Vec<ObjectId>, GitError> {
    let mut line = vec![head];
    while line.len() < most {
        let raw = store.commit(line[line.len() - 1])?;
        match commit::parents(&raw).as_deref() {
            Some([parent]) => line.push(*parent),
            _ => break,
        }
    }
    Ok(line)
}
