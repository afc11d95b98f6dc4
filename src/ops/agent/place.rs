//! Where an edit would land: which repository has the file, and what the file is called there.
//!
//! A name can mean two files. Programs take `..` out of it before they ask the system, or leave it to the system, which
//! follows links first; and they write through a link at its end, or put a file in its place. All that it may mean is
//! looked at.

use std::collections::VecDeque;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::DiskError;
use crate::disk::FileKind;
use crate::git::GitError;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::ops::failure::Failure;

/// As many links as the system follows.
const LINKS_MAX: usize = 40;

/// A file of a repository.
pub(super) struct Spot {
    pub(super) repository: Repository,
    /// The whole name.
    pub(super) file: PathBuf,
    /// From the root of the work tree; empty if it is git's own.
    pub(super) path: String,
    pub(super) is_gits_own: bool,
}

/// Returns the files that a name may mean, without links on the way to them.
pub(super) fn readings(base: &Path, typed: &str) -> Result<Vec<PathBuf>, Failure> {
    let raw = base.join(typed);
    let mut found = Vec::new();
    for path in [without_dots(&raw), raw] {
        for last in [LastLink::Kept, LastLink::Followed] {
            let resolved = resolve(&path, last)?;
            if !found.contains(&resolved) {
                found.push(resolved);
            }
        }
    }
    Ok(found)
}

/// Returns the file in each repository around it, the innermost first. What belongs to the agent's home is looked for by
/// where that is, and not by what lies around the file: that may have been put there by whoever edits.
pub(super) fn spots(file: &Path, home: Option<&Repository>) -> Result<Vec<Spot>, Failure> {
    let is_of_git = |repository: &Repository| {
        [repository.git_dir(), repository.common_dir()].iter().any(|own| file.starts_with(own))
    };
    let at = |repository: Repository| {
        let inside = repository.work_dir().and_then(|root| file.strip_prefix(root).ok());
        let is_dot_git = inside.is_some_and(|inside| inside.components().any(|part| is_git_directory(part)));
        let is_gits_own = is_dot_git || is_of_git(&repository);
        let path = inside.map(|inside| inside.display().to_string());
        let is_in_it = is_gits_own || path.is_some();
        is_in_it.then(|| Spot { repository, file: file.to_owned(), path: path.unwrap_or_default(), is_gits_own })
    };
    if let Some(home) = home.filter(|home| is_of_git(home)) {
        return Ok(at(home.clone()).into_iter().collect());
    }
    let mut around = file.parent().map(repositories).transpose()?.unwrap_or_default();
    if let Some(home) = home.filter(|home| around.iter().all(|found| found.git_dir() != home.git_dir())) {
        around.push(home.clone());
    }
    Ok(around.into_iter().filter_map(at).collect())
}

/// Returns the repositories around a directory that may not be there yet, the innermost first. What only looks like a
/// repository hides none of those around it; a bare one counts if it has a ledger.
pub(super) fn repositories(directory: &Path) -> Result<Vec<Repository>, Failure> {
    let mut found: Vec<Repository> = Vec::new();
    let mut from = Some(directory.to_owned());
    while let Some(here) = from.take() {
        let mut seen = None;
        if matches!(disk::stat(&here), Ok(Some((FileKind::Directory, _)))) {
            seen = match Repository::discover(&here) {
                Ok(repository) => Some(repository),
                Err(GitError::ImplicitBare { path }) => {
                    Repository::open_git_dir(&path).ok().filter(|bare| !matches!(bare.reference(LEDGER_REF), Ok(None)))
                }
                Err(GitError::NotARepository { .. } | GitError::Unsupported { .. }) => None,
                Err(error) => return Err(error.into()),
            };
        }
        let root = seen.as_ref().and_then(Repository::work_dir).filter(|root| here.starts_with(root));
        from = root.unwrap_or(&here).parent().map(Path::to_owned);
        found.extend(seen.filter(|seen| found.iter().all(|known| known.git_dir() != seen.git_dir())));
    }
    Ok(found)
}

/// Returns whether git would not have it in a tree, on any system.
fn is_git_directory(part: Component<'_>) -> bool {
    part.as_os_str().eq_ignore_ascii_case(".git")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LastLink {
    Kept,
    Followed,
}

/// Returns a path as text alone makes it, with no `.` and no `..`.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// Returns where the system would arrive; what is not there yet is what it is called.
fn resolve(path: &Path, last: LastLink) -> Result<PathBuf, Failure> {
    let mut ahead: VecDeque<PathBuf> = path.components().map(|part| PathBuf::from(part.as_os_str())).collect();
    let (mut arrived, mut links) = (PathBuf::new(), 0);
    while let Some(part) = ahead.pop_front() {
        match part.components().next() {
            Some(Component::ParentDir) => {
                arrived.pop();
                continue;
            }
            None | Some(Component::CurDir) => continue,
            _ => {}
        }
        let next = arrived.join(&part);
        let is_followed = !ahead.is_empty() || last == LastLink::Followed;
        let is_link = is_followed && matches!(disk::stat(&next)?, Some((FileKind::Link, _)));
        if !is_link {
            arrived = next;
            continue;
        }
        links += 1;
        if links > LINKS_MAX {
            return Err(too_many_links(path).into());
        }
        let target = disk::link_target(&next)?;
        for part in target.components().rev() {
            ahead.push_front(PathBuf::from(part.as_os_str()));
        }
        if target.is_absolute() {
            arrived = PathBuf::new();
        }
    }
    Ok(arrived)
}

fn too_many_links(path: &Path) -> DiskError {
    DiskError { action: "follow the links of", path: path.to_owned(), source: io::Error::other("there are too many") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let root = disk::real_path(directory.path()).unwrap();
        for name in ["a/b", "c"] {
            disk::create_directories(&root.join(name)).unwrap();
        }
        (directory, root)
    }

    fn names(root: &Path, typed: &str) -> Vec<String> {
        let found = readings(root, typed).unwrap();
        found.iter().map(|path| path.strip_prefix(root).map_or("-".into(), |path| path.display().to_string())).collect()
    }

    #[test]
    fn plain_names_mean_one_file() {
        let (_kept, root) = root();
        for typed in ["a/new", "./a//new", "c/../a/new", "a/b/../new"] {
            assert_eq!(names(&root, typed), ["a/new"], "{typed}");
        }
        assert_eq!(names(&root, root.join("a/new").to_str().unwrap()), ["a/new"]);
        assert_eq!(names(&root, "../../../../../../../../etc/passwd"), ["-"]);
    }

    #[test]
    fn dots_behind_a_link_mean_two_files() {
        let (_kept, root) = root();
        disk::link(Path::new("a/b"), &root.join("link")).unwrap();
        assert_eq!(names(&root, "link/../x"), ["x", "a/x"]);
        assert_eq!(names(&root, "link/x"), ["a/b/x"]);
    }

    #[test]
    fn link_at_the_end_means_itself_and_what_it_leads_to() {
        let (_kept, root) = root();
        disk::link(Path::new("../c/new"), &root.join("a/link")).unwrap();
        assert_eq!(names(&root, "a/link"), ["a/link", "c/new"]);
        disk::link(Path::new("loop"), &root.join("loop")).unwrap();
        assert!(readings(&root, "loop").is_err());
    }
}
