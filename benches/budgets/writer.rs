//! A store in which worlds are made quickly: real objects, no waiting for the disk, nothing remembered by itself.

use std::cell::Cell;
use std::cell::RefCell;
use std::sync::Arc;

use git_coord::git::GitError;
use git_coord::git::Repository;
use git_coord::git::Swap;
use git_coord::git::TreeChange;
use git_coord::ledger::Recalled;
use git_coord::ledger::Snapshot;
use git_coord::ledger::Store;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;

/// The objects of a repository with a head that only this process knows.
pub(crate) struct Writer {
    repository: Repository,
    head: Cell<Option<ObjectId>>,
    snapshot: RefCell<Option<Snapshot>>,
}

impl Writer {
    pub(crate) fn new(repository: Repository, head: Option<ObjectId>, snapshot: Option<Snapshot>) -> Self {
        Self { repository, head: Cell::new(head), snapshot: RefCell::new(snapshot) }
    }

    pub(crate) fn set_head(&self, head: ObjectId) {
        self.head.set(Some(head));
    }
}

impl Store for Writer {
    type Door = ();
    type Lock = ();

    fn hash_kind(&self) -> HashKind {
        self.repository.hash_kind()
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        Ok(self.head.get())
    }

    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.repository.commit(id)
    }

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        self.repository.blob(id, limit_bytes)
    }

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError> {
        self.repository.tree_changes(old, Some(new))
    }

    fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        self.repository.write_blob(content)
    }

    fn edit_tree(&self, base: Option<ObjectId>, edits: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError> {
        self.repository.edit_tree(base, edits)
    }

    fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError> {
        self.repository.write_commit(raw)
    }

    fn wait_at_door(&self) -> Result<(), GitError> {
        Ok(())
    }

    fn lock(&self, (): ()) -> Result<(), GitError> {
        Ok(())
    }

    fn swap_head(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        if self.head.get() != expected {
            return Ok(Swap::Moved);
        }
        self.head.set(Some(new));
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
        let snapshot = self.snapshot.borrow().clone();
        Ok(snapshot.map(|Snapshot { head, chain }| Recalled { head, whole: Arc::new(chain), recent: Vec::new() }))
    }

    fn remember(&self, _snapshot: &Snapshot) -> Result<(), GitError> {
        Ok(())
    }

    fn keep_evidence(&self, _head: ObjectId) -> Result<(), GitError> {
        Ok(())
    }
}
