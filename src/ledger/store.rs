//! What the chain needs of storage. Three implementations: a clone of a git repository, staging on top of
//! one, and memory for tests.

use std::sync::Arc;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::git::GitError;
use crate::git::Swap;
use crate::git::TreeChange;
use crate::ledger::backoff::random_part;
use crate::model::HashKind;
use crate::model::ObjectId;
use crate::rules::Bytes;

/// What is remembered of a ledger between two commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last head that was verified: no ledger without it is accepted (P3).
    pub head: ObjectId,
    /// The chain at that head or an earlier one, encoded, or only what has changed since a whole one was.
    pub chain: Vec<u8>,
}

/// What is recalled of a ledger. Never an authority.
#[derive(Clone)]
pub struct Recalled {
    /// The last head that was verified: no ledger without it is accepted (P3).
    pub head: ObjectId,
    /// A whole chain at that head or an earlier one, encoded; empty if none was kept.
    pub whole: Arc<dyn Bytes>,
    /// What has changed since, if it continues the whole.
    pub recent: Vec<u8>,
}

/// A content-addressed store with one reference that moves by compare-and-swap.
pub trait Store {
    /// Held by whoever stands at the door: the next to have the lock.
    type Door;
    /// Held while an entry is made, against others of us and against git.
    type Lock;

    fn hash_kind(&self) -> HashKind;

    /// Returns what the ledger's reference points to.
    fn head(&self) -> Result<Option<ObjectId>, GitError>;

    /// Returns the raw bytes of a commit, after its hash was checked.
    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError>;

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError>;

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError>;

    fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError>;

    /// Writes the tree that differs from the base in these files; `None` removes.
    fn edit_tree(&self, base: Option<ObjectId>, edits: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError>;

    fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError>;

    /// Waits a bounded time to stand at the door, where nobody is overtaken.
    fn wait_at_door(&self) -> Result<Self::Door, GitError>;

    /// Takes the lock under which entries are made, waiting a bounded time for the one who has it.
    fn lock(&self, door: Self::Door) -> Result<Self::Lock, GitError>;

    /// Moves the reference, durably, if it still points to what is expected.
    fn swap_head(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError>;

    /// Returns the ledger's head where it is decided, after fetching it if that is elsewhere. Nothing is said of whether it
    /// contains what was there before.
    fn fetch_source(&self) -> Result<Option<ObjectId>, GitError>;

    /// Returns where the ledger is decided, if that is elsewhere.
    fn source(&self) -> Option<&str> {
        None
    }

    /// Returns the last head that was verified where the ledger is decided, if that is elsewhere.
    fn confirmed(&self) -> Result<Option<ObjectId>, GitError> {
        Ok(None)
    }

    /// Remembers that a head was verified where the ledger is decided, and contains the one that was before.
    fn confirm(&self, _head: ObjectId) -> Result<(), GitError> {
        Ok(())
    }

    /// Returns whether something was sent to where the ledger is decided and nobody told what became of it.
    fn is_unsure(&self) -> bool {
        false
    }

    /// Moves the reference here to a verified head from where the ledger is decided.
    fn follow(&self, expected: Option<ObjectId>, head: ObjectId) -> Result<Swap, GitError>;

    /// Brings what people look at to the tree of the last valid entry. `head` is what the reference points to.
    fn show(&self, lock: &Self::Lock, head: ObjectId, valid_tree: ObjectId) -> Result<(), GitError>;

    /// Returns what was remembered last, if anything.
    fn recall(&self) -> Result<Option<Recalled>, GitError>;

    fn remember(&self, snapshot: &Snapshot) -> Result<(), GitError>;

    /// Is told how many entries of a line are judged, so that somebody who waits can be shown. It decides nothing.
    fn judged(&self, _done: usize, _total: usize) {}

    /// Keeps a head that was refused, so that it can be shown.
    fn keep_evidence(&self, head: ObjectId) -> Result<(), GitError>;

    /// Returns how long it is since some moment, always the same one. Nobody sets this clock; no decision rests on it.
    fn uptime(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    /// Waits before something is tried again.
    fn pause(&self, pause: Duration) {
        thread::sleep(pause);
    }

    /// Draws a number from 0 to 1, so that those who lost together do not come back together.
    fn draw(&self) -> f64 {
        random_part()
    }
}
