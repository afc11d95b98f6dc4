//! What is only here while a remote decides: entries that are left here instead of going there, and which those are.

use std::collections::BTreeSet;

use crate::format::commit;
use crate::git::GitError;
use crate::ledger::clone::CloneStore;
use crate::ledger::store::Store;
use crate::ledger::view::Ledger;
use crate::model::ObjectId;

/// Whether the remote that decides is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Asked,
    LeftAlone,
}

/// What lies beyond the last head that was verified where the ledger is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    Nothing,
    /// These entries, newest first.
    Entries(Vec<ObjectId>),
    /// Nothing was ever verified there.
    Everything,
}

impl CloneStore {
    /// Asks nothing of the remote from now on: entries are left here, and what is known of the remote stays as it is.
    pub fn leave_remote_alone(&self) {
        self.source.reach.set(Reach::LeftAlone);
    }

    /// Returns the remote that is asked before an entry counts, if there is one.
    pub(crate) fn asked(&self) -> Option<&str> {
        self.remote().filter(|_| self.source.reach.get() == Reach::Asked)
    }
}

impl Ledger<CloneStore> {
    /// Returns what is only here. Where there is nothing, that takes one look at a reference.
    pub fn beyond(&self) -> Result<Beyond, GitError> {
        let (store, head) = (self.store(), self.chain().head);
        if store.remote().is_none() {
            return Ok(Beyond::Nothing);
        }
        match store.confirmed()? {
            None => Ok(Beyond::Everything),
            Some(confirmed) if confirmed == head => Ok(Beyond::Nothing),
            Some(confirmed) => {
                let entries = entries_beyond(store, head, confirmed)?;
                Ok(if entries.is_empty() { Beyond::Nothing } else { Beyond::Entries(entries) })
            }
        }
    }
}

/// Returns the entries of a line that another lacks, newest first. No more of either is read than lies between them.
pub fn entries_beyond<S: Store>(store: &S, head: ObjectId, other: ObjectId) -> Result<Vec<ObjectId>, GitError> {
    let (mut ours, mut theirs) = (Walk::from(head), Walk::from(other));
    loop {
        for meeting in [ours.last(), theirs.last()] {
            if ours.seen.contains(&meeting) && theirs.seen.contains(&meeting) {
                return Ok(ours.path.into_iter().take_while(|id| *id != meeting).collect());
            }
        }
        let (one, another) = (ours.step(store)?, theirs.step(store)?);
        if !one && !another {
            return Ok(ours.path);
        }
    }
}

/// A line that is followed back.
struct Walk {
    path: Vec<ObjectId>,
    seen: BTreeSet<ObjectId>,
}

impl Walk {
    fn from(head: ObjectId) -> Self {
        Self { path: vec![head], seen: BTreeSet::from([head]) }
    }

    fn last(&self) -> ObjectId {
        self.path[self.path.len() - 1]
    }

    /// Goes back by one entry; returns whether there was one.
    fn step<S: Store>(&mut self, store: &S) -> Result<bool, GitError> {
        let raw = store.commit(self.last())?;
        let Some([parent]) = commit::parents(&raw).as_deref().and_then(|parents| parents.first_chunk::<1>().copied())
        else {
            return Ok(false);
        };
        self.seen.insert(parent);
        self.path.push(parent);
        Ok(true)
    }
}
