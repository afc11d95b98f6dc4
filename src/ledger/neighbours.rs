//! Clones of one user on one machine that write to the same remote pass one after the other, so that they lose no races to each
//! other.
//!
//! Nothing rests on it: whoever cannot have the pass, or has waited for it long enough, goes on without.

use std::path::PathBuf;
use std::time::Duration;

use crate::disk;
use crate::disk::Durability;
use crate::disk::FileLock;
use crate::git::GitError;
use crate::ledger::clone::CloneStore;
use crate::model::ObjectId;

/// How long neighbours may take before they are no longer waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const HEAD_LEN_MAX: u64 = 100;

/// The right to push before the other clones of this machine.
#[derive(Debug)]
pub(super) struct Pass {
    #[expect(dead_code, reason = "held until it is dropped")]
    lock: FileLock,
    /// Where whoever had it before has left the remote's ledger, if that is told.
    last: Option<ObjectId>,
    /// Where that is told.
    head_file: PathBuf,
}

impl CloneStore {
    /// Waits until no other clone of this machine pushes. `None` if that takes too long, or cannot be told.
    pub(super) fn pass(&self) -> Option<Pass> {
        let place = self.repository().meeting_place(self.asked()?)?;
        let lock = FileLock::acquire(&place, PATIENCE).ok()?;
        let head_file = place.with_extension("head");
        let told = disk::read(&head_file, HEAD_LEN_MAX).ok().flatten().unwrap_or_default();
        let last = std::str::from_utf8(&told).ok().and_then(|told| told.trim().parse().ok());
        Some(Pass { lock, last, head_file })
    }

    /// Returns whether a neighbour has moved the remote's ledger to where this clone has not been.
    pub(super) fn has_news(&self, pass: &Pass) -> bool {
        pass.last.is_some_and(|last| last.kind() == self.repository().hash_kind() && !self.repository().contains(last))
    }
}

impl Pass {
    /// Gives it to the next, and tells where the remote's ledger is now.
    pub(super) fn leave(self, head: ObjectId) -> Result<(), GitError> {
        disk::write(&self.head_file, format!("{head}\n").as_bytes(), 0o600, Durability::Cached)?;
        Ok(())
    }
}
