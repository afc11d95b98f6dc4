//! Which program a command of the local user's means: none that lies in a work tree, where others write.
//!
//! Whoever lands a file `bin/notify-send` must not be started because the user has `bin` of the repository on the search path.
//! So names are looked up here and not by the system, in the work trees and the search path as they are at that moment.

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::FileKind;
use crate::git::GitError;
use crate::git::Repository;

/// What of a search path lies outside all work trees of a clone.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    work: Vec<PathBuf>,
    /// Without links, so that none of them leads elsewhere a moment later.
    entries: Vec<PathBuf>,
}

impl Outside {
    /// Looks at the work trees of the clone with this git directory, as they are now.
    pub(crate) fn look(common_dir: &Path, search_path: &OsStr) -> Result<Self, GitError> {
        let trees = Repository::open_git_dir(common_dir)?.worktrees()?.into_iter().map(|worktree| worktree.path);
        // A work tree may be known by a name that is a link.
        let work = trees.flat_map(|path| disk::real_path(&path).into_iter().chain([path])).collect();
        Ok(Self::of(work, search_path))
    }

    fn of(work: Vec<PathBuf>, search_path: &OsStr) -> Self {
        let mut outside = Self { work, entries: Vec::new() };
        for entry in env::split_paths(search_path) {
            if !entry.is_absolute() || outside.lies_in_work(&entry) {
                continue;
            }
            let Ok(real) = disk::real_path(&entry) else { continue };
            let can_be_handed_on = env::join_paths([&real]).is_ok();
            if can_be_handed_on && !outside.entries.contains(&real) {
                outside.entries.push(real);
            }
        }
        outside
    }

    /// Returns the absolute path of a program, which is given by that or by its name, or why there is none.
    pub(crate) fn program(&self, written: &str) -> Result<PathBuf, String> {
        let refusal = |path: &Path| format!("`{}` lies in a work tree, where others write", path.display());
        let path = Path::new(written);
        if path.is_absolute() {
            return if self.lies_in_work(path) { Err(refusal(path)) } else { Ok(path.to_owned()) };
        }
        if written.is_empty() || written.contains(['/', '\0']) {
            return Err(format!("`{written}` is neither an absolute path nor a plain name"));
        }
        let mut found = self.entries.iter().map(|entry| entry.join(written)).filter(|file| is_program(file));
        match found.next() {
            Some(file) if self.lies_in_work(&file) => Err(refusal(&file)),
            Some(file) => Ok(file),
            None => {
                Err(format!("`{written}` is nowhere on the search path outside the work trees, where others write"))
            }
        }
    }

    /// Returns the search path that is left; `None` if nothing is, for an empty one means the current directory.
    pub(crate) fn search_path(&self) -> Option<OsString> {
        env::join_paths(&self.entries).ok().filter(|path| !path.is_empty())
    }

    /// Returns whether a path lies in a work tree, as it is written or where its links lead.
    fn lies_in_work(&self, path: &Path) -> bool {
        let real = disk::real_path(path).ok();
        let is_below = |path: &Path| self.work.iter().any(|root| path.starts_with(root));
        is_below(path) || real.is_some_and(|real| is_below(&real))
    }
}

/// Returns whether something can be started.
fn is_program(path: &Path) -> bool {
    let found = disk::real_path(path).ok().and_then(|real| disk::stat(&real).ok().flatten());
    found.is_some_and(|(kind, mode)| kind == FileKind::Regular && (cfg!(not(unix)) || mode & 0o111 != 0))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Durability;

    #[test]
    fn program_of_a_work_tree_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let root = disk::real_path(directory.path()).unwrap();
        let (work, own) = (root.join("work"), root.join("own"));
        for (file, mode) in [("work/bin/tell", 0o755), ("own/tell", 0o755), ("own/text", 0o644), ("own/-a b", 0o755)] {
            disk::write(&root.join(file), b"#!/bin/sh\n", mode, Durability::Cached).unwrap();
        }
        disk::link(&work.join("bin"), &root.join("leads-in")).unwrap();
        disk::link(&work.join("bin/tell"), &own.join("lent")).unwrap();
        disk::link(&own, &work.join("leads-out")).unwrap();
        let look = |entries: &[&Path]| Outside::of(vec![work.clone()], &env::join_paths(entries).unwrap());
        let inside =
            [&work.join("bin"), &root.join("leads-in"), &work.join("leads-out"), Path::new("own"), Path::new("")];
        let nothing = look(&inside);
        assert_eq!((nothing.search_path(), nothing.entries.len()), (None, 0));
        assert!(nothing.program("tell").unwrap_err().contains("nowhere on the search path"));
        let honest = look(&[&inside[..], &[&own, &own]].concat());
        assert_eq!(honest.search_path(), Some(own.clone().into()));
        assert_eq!(honest.program("tell"), Ok(own.join("tell")));
        assert_eq!(honest.program("-a b"), Ok(own.join("-a b")));
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        assert_eq!(honest.program(&path(own.join("tell"))), Ok(own.join("tell")));
        for wrong in ["text", "none", "lent", "", "..", "own/tell", "./tell"] {
            assert!(honest.program(wrong).is_err(), "{wrong}");
        }
        for wrong in [work.join("bin/tell"), root.join("leads-in/tell"), own.join("lent"), work.join("leads-out/tell")]
        {
            assert!(honest.program(&path(wrong.clone())).is_err(), "{}", wrong.display());
        }
    }
}
