//! What would be lost or in the way if a work tree followed its branch. Git is not asked: to compare contents it would run
//! the filters that a repository configures.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use super::GitError;
use super::Repository;
use super::TreeChange;
use super::Worktree;
use super::checkout::checked_path;
use super::differences::files_below;
use super::index::Assurance;
use super::index::Index;
use super::index::Staged;
use super::index::look_at;
use super::tree_format::MODE_EXECUTABLE;
use super::tree_format::MODE_GITLINK;
use super::tree_format::MODE_LINK;
use crate::disk;
use crate::disk::FileKind;
use crate::model::ObjectId;

const FILE_LIMIT_BYTES: u64 = 256 * 1024 * 1024;

/// For whom a file is compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Looker {
    /// Somebody who has told git of some files not to look at them.
    Person,
    /// Git, which is to replace the file, and then looks at it whatever it was told.
    Git,
}

type Recorded = BTreeMap<Vec<u8>, (u32, ObjectId)>;

impl Repository {
    /// Returns a path that keeps a work tree from following its branch from one tree to another: something that is not
    /// committed, or lies where something new would. In doubt it names one: a file whose content git would convert may be
    /// named until git has looked at it.
    pub fn obstacle_to_follow(
        &self,
        worktree: &Worktree,
        old: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<Option<String>, GitError> {
        worktree.check()?;
        let recorded: Recorded =
            self.tree_changes(None, old)?.into_iter().filter_map(|change| Some((change.path, change.new?))).collect();
        let staged = Index::read(self, &worktree.git_dir)?.staged();
        let changes = self.tree_changes(old, Some(new))?;
        // Git looks at what it is to replace, whatever it was told.
        let replaced: BTreeSet<&[u8]> = changes.iter().map(|change| &change.path[..]).collect();
        let mut found = None;
        for path in recorded.keys().chain(staged.keys()).collect::<BTreeSet<_>>() {
            let looker = if replaced.contains(&path[..]) { Looker::Git } else { Looker::Person };
            if !self.is_committed(&worktree.path, path, recorded.get(path), staged.get(path), looker)? {
                found = Some(path.clone());
                break;
            }
        }
        if found.is_none() {
            found = first_in_the_way(&worktree.path, &recorded, &changes)?;
        }
        Ok(found.map(|path| String::from_utf8_lossy(&path).into_owned()))
    }

    /// Returns whether one path is as its tree has it, in the index and on the disk.
    pub(super) fn is_committed(
        &self,
        root: &Path,
        path: &[u8],
        recorded: Option<&(u32, ObjectId)>,
        staged: Option<&Staged>,
        looker: Looker,
    ) -> Result<bool, GitError> {
        let (Some((mode, id)), Some(staged)) = (recorded, staged) else { return Ok(false) };
        if staged.is_conflict || (staged.mode, staged.id) != (*mode, *id) {
            return Ok(false);
        }
        let file = root.join(checked_path(path)?);
        match (&staged.assurance, looker) {
            (Assurance::Excused, Looker::Person) => return Ok(true),
            // It may be left out on purpose, and nothing is lost.
            (Assurance::Excused, Looker::Git) if disk::stat(&file)?.is_none() => return Ok(true),
            (Assurance::Vouched, _) if look_at(&file).is_some_and(|now| *now == staged.stat) => return Ok(true),
            _ => {}
        }
        let content = match (*mode, disk::stat(&file)?) {
            // What is inside is another repository's.
            (MODE_GITLINK, _) => return Ok(true),
            (MODE_LINK, Some((FileKind::Link, _))) => disk::link_target(&file)?.into_os_string().into_encoded_bytes(),
            (mode, Some((FileKind::Regular, bits))) if mode != MODE_LINK => {
                let is_executable = bits & 0o100 != 0;
                let counts = self.config("core.filemode").as_deref() != Some("false");
                if counts && is_executable != (mode == MODE_EXECUTABLE) {
                    return Ok(false);
                }
                disk::read(&file, FILE_LIMIT_BYTES)?.unwrap_or_default()
            }
            _ => return Ok(false),
        };
        Ok(self.blob_id(&content)? == *id)
    }
}

/// Returns the first path at which something new would come to lie on something that nobody committed.
fn first_in_the_way(root: &Path, recorded: &Recorded, changes: &[TreeChange]) -> Result<Option<Vec<u8>>, GitError> {
    for change in changes.iter().filter(|change| change.old.is_none() && change.new.is_some()) {
        let separators = change.path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for above in separators.map(|(at, _)| &change.path[..at]) {
            let is_directory =
                matches!(disk::stat(&root.join(checked_path(above)?))?, None | Some((FileKind::Directory, _)));
            if !is_directory && !recorded.contains_key(above) {
                return Ok(Some(above.to_vec()));
            }
        }
        let place = root.join(checked_path(&change.path)?);
        match disk::stat(&place)? {
            None => {}
            Some((FileKind::Directory, _)) => {
                for below in files_below(&place)? {
                    let path = [&change.path[..], b"/", below.as_bytes()].concat();
                    if !recorded.contains_key(&path) {
                        return Ok(Some(path));
                    }
                }
            }
            Some(_) => return Ok(Some(change.path.clone())),
        }
    }
    Ok(None)
}

#[cfg(test)]
#[path = "uncommitted_tests.rs"]
mod tests;
