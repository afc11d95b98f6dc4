//! What a writer leaves in the checkout that is killed in the middle of a file.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::git::GitError;
use crate::git::TreeChange;
use crate::git::Worktree;

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
