//! Puts a checkout right that its machine stopped at: what nobody waited for may be there in part, or as it was before.
//!
//! A file that holds nothing, or the beginning of what it should, or zeros in its place, was written by nobody: it is what a
//! disk has of a file whose bytes did not come in time. Anything else is a draft, and stays.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use super::GitError;
use super::Repository;
use super::TreeChange;
use super::Worktree;
use super::checkout::FILE_LIMIT_BYTES;
use super::checkout::checked_path;
use super::checkout::remove_empty_parents;
use super::index::Freshness;
use super::index::Index;
use super::tree_format::MODE_FILE;
use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;
use crate::model::ObjectId;

impl Repository {
    /// Brings each file of a work tree that has what one of the old trees says, or a part of it, to what the new one says,
    /// and makes an index anew that cannot be read. The caller holds the lock of the index.
    pub fn mend_checkout(&self, worktree: &Worktree, old: &[ObjectId], new: ObjectId) -> Result<(), GitError> {
        worktree.check()?;
        let mut wanted: BTreeMap<Vec<u8>, (Vec<ObjectId>, Option<ObjectId>)> = BTreeMap::new();
        for tree in old.iter().filter(|tree| self.contains(**tree)) {
            for change in self.tree_changes(None, Some(*tree))? {
                wanted.entry(change.path).or_default().0.extend(change.new.map(|(_, id)| id));
            }
        }
        for change in self.tree_changes(None, Some(new))? {
            wanted.entry(change.path).or_default().1 =
                change.new.filter(|(mode, _)| *mode == MODE_FILE).map(|(_, id)| id);
        }
        remove_unfinished(worktree, wanted.keys())?;
        for (path, (before, after)) in wanted {
            self.mend_file(worktree, &path, &before, after)?;
        }
        let index = worktree.git_dir.join("index");
        if Index::read(self, &worktree.git_dir).is_err() && matches!(disk::stat(&index)?, Some((FileKind::Regular, _)))
        {
            disk::remove(&index)?;
            let whole = self.tree_changes(None, Some(new))?.into_iter();
            let entry = |change: TreeChange| {
                let entry = change.new.map(|(mode, id)| (mode, id, Freshness::Unknown));
                (change.path, entry)
            };
            Index::read(self, &worktree.git_dir)?.replace(whole.map(entry).collect())?;
        }
        Ok(())
    }

    fn mend_file(
        &self,
        worktree: &Worktree,
        path: &[u8],
        before: &[ObjectId],
        after: Option<ObjectId>,
    ) -> Result<(), GitError> {
        let path = checked_path(path)?;
        if directory_of(worktree, &path)?.is_none() {
            return Ok(());
        }
        let target = worktree.path.join(&path);
        let content = match disk::stat(&target)? {
            None => None,
            Some((FileKind::Regular, _)) => disk::read(&target, FILE_LIMIT_BYTES)?,
            Some(_) => return Ok(()),
        };
        if let Some(content) = &content {
            let id = self.blob_id(content)?;
            if Some(id) == after {
                return Ok(());
            }
            let mut expected = before.iter().chain(&after);
            let is_torn = |id: &ObjectId| Ok::<_, GitError>(is_torn(content, &self.blob(*id, FILE_LIMIT_BYTES)?));
            if !before.contains(&id)
                && !expected.try_fold(false, |found, id| Ok::<_, GitError>(found || is_torn(id)?))?
            {
                return Ok(());
            }
        }
        match after {
            Some(id) => {
                Ok(disk::write(&target, &self.blob(id, FILE_LIMIT_BYTES)?, MODE_FILE & 0o777, Durability::Cached)?)
            }
            None if content.is_some() => {
                disk::remove(&target)?;
                remove_empty_parents(&worktree.path, &path);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Removes what the disk has of files that were being written beside these, wherever the name that they were to get was lost
/// alone. The caller holds the locks, and is the only writer.
fn remove_unfinished<'a>(worktree: &Worktree, paths: impl Iterator<Item = &'a Vec<u8>>) -> Result<(), GitError> {
    let mut places = BTreeSet::new();
    for path in paths {
        places.extend(directory_of(worktree, &checked_path(path)?)?);
    }
    for place in places {
        for file in disk::list(&place)?.into_iter().filter(|file| file.starts_with(disk::TEMPORARY_PREFIX)) {
            disk::remove(&place.join(file))?;
        }
    }
    Ok(())
}

/// Returns the directory that a path lies in; `None` if something else is in its way, such as a link.
fn directory_of(worktree: &Worktree, path: &Path) -> Result<Option<PathBuf>, GitError> {
    let mut directory = worktree.path.clone();
    for part in path.parent().into_iter().flat_map(Path::components) {
        directory.push(part);
        if !matches!(disk::stat(&directory)?, None | Some((FileKind::Directory, _))) {
            return Ok(None);
        }
    }
    Ok(Some(directory))
}

/// Returns whether a disk may have this of a file: its beginning, and zeros for the rest or for a part of it.
fn is_torn(content: &[u8], whole: &[u8]) -> bool {
    let same = content.iter().zip(whole).take_while(|(one, other)| one == other).count();
    content.len() <= whole.len() && content[same..].iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_types_is_torn() {
        let whole = b"format = 1\n";
        for torn in [&b""[..], b"form", b"\0\0\0", b"format\0\0\0\0\0", b"format = 1\n"] {
            assert!(is_torn(torn, whole), "{torn:?}");
        }
        for draft in [&b"format = 2\n"[..], b"# x", b"\0x", b"format = 1\n\n", b"format = 1\n\0"] {
            assert!(!is_torn(draft, whole), "{draft:?}");
        }
    }
}
