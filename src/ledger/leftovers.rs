//! What a writer leaves that is killed: in the checkout in the middle of a file, and at the work tree that it was landing in.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::FileLock;
use crate::git::GitError;
use crate::git::Repository;
use crate::git::TreeChange;
use crate::git::Worktree;

/// Removes the locks of somebody who was killed while landing: git does not wait for the index of that work tree. Of those who
/// land here nobody is at work if their turn is free.
pub(super) fn remove_locks_of_landings(
    repository: &Repository,
    checkout: Option<&Worktree>,
    turn: &Path,
) -> Result<(), GitError> {
    let git_dir = checkout.map(|checkout| checkout.git_dir.as_path());
    if repository.index_locks_of_ours(git_dir)?.is_empty() {
        return Ok(());
    }
    let Some(_turn) = FileLock::attempt(turn)? else { return Ok(()) };
    // Only now can nobody be at them any more.
    for lock in repository.index_locks_of_ours(git_dir)? {
        disk::remove(&lock)?;
    }
    Ok(())
}

/// Removes what a writer left that was killed in the middle of a file. Whoever holds the locks is the only writer here.
/// What it was at is among the changes once more: it did not come to say that they are shown.
pub(super) fn remove_leftovers(worktree: &Worktree, changes: &[TreeChange]) -> Result<(), GitError> {
    let fixed = ["", "claims", "decisions", "findings", "requests", "approvals", "principals", "landed"];
    let mut places: BTreeSet<PathBuf> = fixed.iter().map(|name| worktree.path.join(name)).collect();
    let paths = changes.iter().filter_map(|change| std::str::from_utf8(&change.path).ok());
    places.extend(paths.filter_map(|path| Some(worktree.path.join(Path::new(path).parent()?))));
    places.insert(worktree.git_dir.clone());
    for place in places {
        for file in disk::list(&place)?.into_iter().filter(|file| file.starts_with(disk::TEMPORARY_PREFIX)) {
            disk::remove(&place.join(file))?;
        }
    }
    Ok(())
}
