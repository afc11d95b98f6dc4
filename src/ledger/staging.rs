//! A ledger's store whose branch moves in memory only: entries are tried on top of a head before anybody sees them.

use std::cell::Cell;

use crate::git::GitError;
use crate::git::Swap;
use crate::git::TreeChange;
use crate::ledger::clone::CloneStore;
use crate::ledger::store::Recalled;
use crate::ledger::store::Snapshot;
use crate::ledger::store::Store;
use crate::model::HashKind;
use crate::model::ObjectId;

/// A clone whose branch is where somebody says, and moves nowhere else.
pub struct Staging {
    store: CloneStore,
    head: Cell<ObjectId>,
}

impl Staging {
    /// Returns the clone with its branch at this head.
    pub fn new(store: CloneStore, head: ObjectId) -> Self {
        Self { store, head: Cell::new(head) }
    }
}

impl Store for Staging {
    type Door = ();
    type Lock = ();

    fn hash_kind(&self) -> HashKind {
        self.store.hash_kind()
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        Ok(Some(self.head.get()))
    }

    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.store.commit(id)
    }

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        self.store.blob(id, limit_bytes)
    }

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError> {
        self.store.tree_changes(old, new)
    }

    fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        self.store.write_blob(content)
    }

    fn edit_tree(&self, base: Option<ObjectId>, edits: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError> {
        self.store.edit_tree(base, edits)
    }

    fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError> {
        self.store.write_commit(raw)
    }

    fn wait_at_door(&self) -> Result<(), GitError> {
        Ok(())
    }

    fn lock(&self, (): ()) -> Result<(), GitError> {
        // Nobody else sees this branch.
        Ok(())
    }

    fn swap_head(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        if expected != Some(self.head.get()) {
            return Ok(Swap::Moved);
        }
        self.head.set(new);
        Ok(Swap::Done)
    }

    fn fetch_source(&self) -> Result<Option<ObjectId>, GitError> {
        self.head()
    }

    fn follow(&self, expected: Option<ObjectId>, head: ObjectId) -> Result<Swap, GitError> {
        self.swap_head(expected, head)
    }

    fn show(&self, (): &(), _head: ObjectId, _valid_tree: ObjectId) -> Result<(), GitError> {
        Ok(())
    }

    fn recall(&self) -> Result<Option<Recalled>, GitError> {
        self.store.recall()
    }

    fn remember(&self, _snapshot: &Snapshot) -> Result<(), GitError> {
        // It may yet be refused.
        Ok(())
    }

    fn judged(&self, done: usize, total: usize) {
        self.store.judged(done, total);
    }

    fn keep_evidence(&self, head: ObjectId) -> Result<(), GitError> {
        self.store.keep_evidence(head)
    }
}
