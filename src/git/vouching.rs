//! Tells the index how files look that are as recorded. Git replaces no file that looks otherwise than the index says, and to
//! find out that it is the same all the same it would run the filters that a repository configures.

use std::collections::HashMap;
use std::time::Duration;

use super::GitError;
use super::IndexLock;
use super::Repository;
use super::Worktree;
use super::checkout::checked_path;
use super::index::Freshness;
use super::index::Index;
use super::index::NewEntry;
use super::index::look_at;
use super::uncommitted::Looker;
use crate::model::ObjectId;

impl Repository {
    /// Lets the index of a work tree vouch for the files that are not touched but by their date, of those that differ
    /// between two trees. Of nothing else is anything changed. For the caller holds what [`IndexLock::acquire`] says.
    pub fn vouch_for_untouched(
        &self,
        worktree: &Worktree,
        old: Option<ObjectId>,
        new: ObjectId,
        patience: Duration,
    ) -> Result<(), GitError> {
        if self.untouched(worktree, old, new)?.is_empty() {
            return Ok(());
        }
        let _lock = IndexLock::acquire(worktree, patience)?;
        let entries = self.untouched(worktree, old, new)?;
        Index::read(self, &worktree.git_dir)?.replace_whole(entries)
    }

    /// Returns the entries that look stale and are not.
    fn untouched(
        &self,
        worktree: &Worktree,
        old: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<HashMap<Vec<u8>, NewEntry>, GitError> {
        let staged = Index::read(self, &worktree.git_dir)?.staged();
        let mut found = HashMap::new();
        for change in self.tree_changes(old, Some(new))? {
            let (Some((mode, id)), Some(entry)) = (change.old, staged.get(&change.path)) else { continue };
            // As it looked before it is read: if it changes meanwhile, it looks otherwise.
            let Some(now) = look_at(&worktree.path.join(checked_path(&change.path)?)) else { continue };
            if *now != entry.stat
                && self.is_committed(&worktree.path, &change.path, Some(&(mode, id)), Some(entry), Looker::Git)?
            {
                found.insert(change.path, Some((mode, id, Freshness::Clean(now))));
            }
        }
        Ok(found)
    }
}
