//! Brings changed files of a work tree, and their index entries, to what a moved branch now says.
//!
//! Only the paths that changed are touched, only regular files are written, no link is followed, and what a person has
//! written meanwhile is a draft that stays as it is.

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use super::GitError;
use super::Repository;
use super::TreeChange;
use super::Worktree;
use super::index::Freshness;
use super::index::Index;
use super::index::NewEntry;
use super::index::look_at;
use super::tree_format::MODE_EXECUTABLE;
use super::tree_format::MODE_FILE;
use super::tree_format::is_legal_name;
use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;
use crate::model::ObjectId;

pub(super) const FILE_LIMIT_BYTES: u64 = 256 * 1024 * 1024;

/// What is in the work tree at the path of a change.
enum Present {
    Nothing,
    File(ObjectId),
    /// Something that is not a regular file, or lies behind a link.
    Foreign,
}

impl Repository {
    /// Applies changes of the branch to a work tree whose index lock the caller holds. Returns the paths of drafts that were
    /// left alone: files that have neither the old nor the new content.
    ///
    /// Applying the same changes once more finishes what was interrupted.
    pub fn apply_changes(&self, worktree: &Worktree, changes: &[TreeChange]) -> Result<Vec<String>, GitError> {
        worktree.check()?;
        let index = Index::read(self, &worktree.git_dir)?;
        let mut entries = HashMap::new();
        let mut kept = Vec::new();
        // What goes makes room for what comes: a file may have become a directory of the same name.
        let (removals, additions): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.new.is_none());
        for change in removals.into_iter().chain(additions) {
            let (entry, is_draft) = self.apply_change(worktree, change)?;
            // What somebody has staged stays staged.
            let staged = index.at(&change.path);
            if !is_draft || staged == change.old || staged == change.new {
                entries.insert(change.path.clone(), entry);
            }
            if is_draft {
                kept.push(String::from_utf8_lossy(&change.path).into_owned());
            }
        }
        index.replace(entries)?;
        kept.sort();
        Ok(kept)
    }

    /// Returns the new index entry, and whether a draft was left in the work tree.
    fn apply_change(&self, worktree: &Worktree, change: &TreeChange) -> Result<(NewEntry, bool), GitError> {
        let path = checked_path(&change.path)?;
        let target = worktree.path.join(&path);
        let present = self.present(&worktree.path, &path)?;
        let has = |side: Option<(u32, ObjectId)>| match present {
            Present::Nothing => side.is_none(),
            Present::File(id) => side.is_some_and(|(_, blob)| blob == id),
            Present::Foreign => false,
        };
        let Some((mode, id)) = change.new else {
            let is_draft = !has(change.old) && !has(None);
            if !is_draft {
                disk::remove(&target)?;
                remove_empty_parents(&worktree.path, &path);
            }
            return Ok((None, is_draft));
        };
        let is_file = mode == MODE_FILE || mode == MODE_EXECUTABLE;
        if !is_file || !(has(change.old) || has(change.new)) {
            return Ok((Some((mode, id, Freshness::Unknown)), true));
        }
        if !has(change.new) || change.old.is_some_and(|(old_mode, _)| old_mode != mode) {
            let content = self.blob(id, FILE_LIMIT_BYTES)?;
            disk::write(&target, &content, mode & 0o777, Durability::Cached)?;
        }
        // Looked at first and read afterwards: whoever writes in between is noticed in the content or by git in the stat.
        let stat = look_at(&target);
        let freshness = match (stat, self.present(&worktree.path, &path)?) {
            (Some(stat), Present::File(now)) if now == id => Freshness::Clean(stat),
            _ => Freshness::Unknown,
        };
        Ok((Some((mode, id, freshness)), false))
    }

    /// Brings the index up to a tree where the files are there already. A stock `git commit` reads its index before it locks
    /// it, and may write back what it was before an entry of ours.
    ///
    /// What differs in the file too is a draft, and stays staged as it is.
    pub fn reconcile_index(&self, worktree: &Worktree, tree: ObjectId) -> Result<(), GitError> {
        let mut entries = HashMap::new();
        for path in self.staged_paths(&worktree.git_dir.join("index"), Some(tree))? {
            let place = checked_path(&path)?;
            let recorded =
                std::str::from_utf8(&path).ok().map(|path| self.tree_entry(tree, path)).transpose()?.flatten();
            let stat = look_at(&worktree.path.join(&place));
            let entry = match (recorded, self.present(&worktree.path, &place)?) {
                (Some((mode, id)), Present::File(now)) if now == id => {
                    Some((mode, id, stat.map_or(Freshness::Unknown, Freshness::Clean)))
                }
                (None, Present::Nothing) => None,
                _ => continue,
            };
            entries.insert(path, entry);
        }
        if entries.is_empty() { Ok(()) } else { Index::read(self, &worktree.git_dir)?.replace(entries) }
    }

    fn present(&self, root: &Path, path: &Path) -> Result<Present, GitError> {
        let mut directory = root.to_owned();
        for part in path.parent().into_iter().flat_map(Path::components) {
            directory.push(part);
            match disk::stat(&directory)? {
                Some((FileKind::Directory, _)) => {}
                Some(_) => return Ok(Present::Foreign),
                None => return Ok(Present::Nothing),
            }
        }
        let target = root.join(path);
        match disk::stat(&target)? {
            None => Ok(Present::Nothing),
            Some((FileKind::Regular, _)) => match disk::read(&target, FILE_LIMIT_BYTES)? {
                Some(content) => Ok(Present::File(self.blob_id(&content)?)),
                None => Ok(Present::Nothing),
            },
            // An empty directory is nothing to git.
            Some((FileKind::Directory, _)) if disk::list(&target)?.is_empty() => {
                disk::remove_empty_directory(&target);
                Ok(Present::Nothing)
            }
            Some(_) => Ok(Present::Foreign),
        }
    }
}

/// Returns a path that cannot lead out of the work tree or into its `.git`.
pub(super) fn checked_path(path: &[u8]) -> Result<PathBuf, GitError> {
    let bad = || GitError::BadPath { path: String::from_utf8_lossy(path).into_owned() };
    if !path.split(|byte| *byte == b'/').all(is_legal_name) || path.contains(&0) {
        return Err(bad());
    }
    gix::path::from_byte_slice(path).map(Path::to_owned).map_err(|_| bad())
}

pub(super) fn remove_empty_parents(root: &Path, path: &Path) {
    for directory in path.ancestors().skip(1).filter(|directory| *directory != Path::new("")) {
        disk::remove_empty_directory(&root.join(directory));
    }
}

#[cfg(test)]
#[path = "checkout_tests.rs"]
mod tests;
