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
use crate::ops::failure::Failure;

/// As many links as the system follows.
const LINKS_MAX: usize = 40;
/// How many repositories around one another are looked at.
const NESTED_MAX: usize = 8;

/// A file of a repository.
pub(super) struct Spot {
    pub(super) repository: Repository,
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

/// Returns the file in each repository around it, the innermost first.
pub(super) fn spots(file: &Path) -> Result<Vec<Spot>, Failure> {
    let mut found = Vec::new();
    let mut from = file.parent().map(Path::to_owned);
    while let Some(directory) = from.take().filter(|_| found.len() < NESTED_MAX) {
        let Some(repository) = repository_around(&directory)? else { break };
        let is_below = |own: &Path| file.starts_with(own);
        let root = repository.work_dir().map(Path::to_owned);
        let inside = root.as_deref().and_then(|root| file.strip_prefix(root).ok());
        let is_dot_git = inside.is_some_and(|inside| inside.components().any(|part| is_git_directory(part)));
        let is_gits_own = is_below(repository.git_dir()) || is_below(repository.common_dir()) || is_dot_git;
        let path = inside.map(|inside| inside.display().to_string()).unwrap_or_default();
        from = root.as_deref().and_then(Path::parent).map(Path::to_owned);
        if is_gits_own || inside.is_some() {
            found.push(Spot { repository, path, is_gits_own });
        }
    }
    Ok(found)
}

/// Returns whether git would not have it in a tree, on any system.
fn is_git_directory(part: Component<'_>) -> bool {
    part.as_os_str().eq_ignore_ascii_case(".git")
}

fn repository_around(directory: &Path) -> Result<Option<Repository>, Failure> {
    let mut existing = directory;
    while !matches!(disk::stat(existing), Ok(Some((FileKind::Directory, _)))) {
        match existing.parent() {
            Some(parent) => existing = parent,
            None => return Ok(None),
        }
    }
    match Repository::discover(existing) {
        Ok(repository) => Ok(Some(repository)),
        // Nothing is coordinated in these.
        Err(GitError::NotARepository { .. } | GitError::ImplicitBare { .. } | GitError::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
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
