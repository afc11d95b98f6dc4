//! What lies in a work tree and is not committed: in its index, in its files, or new and not ignored.
//!
//! Git is not asked: to compare contents it would run the filters that a repository configures. In doubt a path is named:
//! a file that cannot be read, or is too large to, may be other than it was. A directory that cannot be read is passed over.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use gix::worktree::Stack;
use gix::worktree::stack::state::ignore::Source;

use super::GitError;
use super::Head;
use super::Repository;
use super::Worktree;
use super::checkout::checked_path;
use super::error::failed;
use super::index::Index;
use super::index::Staged;
use super::uncommitted::Looker;
use crate::disk;
use crate::disk::FileKind;
use crate::model::ObjectId;
use crate::model::Pattern;

/// More directories than one look goes into, and more new files than it names.
const DIRECTORIES_MAX: usize = 100_000;
const NEW_FILES_MAX: usize = 20_000;

/// A work tree as somebody works in it: what its branch has, what is staged, what is ignored.
pub struct Desk {
    repository: Repository,
    root: PathBuf,
    head: Head,
    tree: Option<ObjectId>,
    index: Index,
    ignored: Stack,
}

impl Desk {
    /// Looks at a work tree of a repository. What is in it is read when it is asked for.
    pub fn open(worktree: &Worktree) -> Result<Self, GitError> {
        worktree.check()?;
        let repository = Repository::open_git_dir(&worktree.path.join(".git"))?;
        Self::of(repository, worktree.path.clone(), &worktree.git_dir)
    }

    /// Looks at the work tree that a repository was found in; `None` if it has none.
    pub fn around(repository: &Repository) -> Result<Option<Self>, GitError> {
        let root = repository.work_dir().map(Path::to_owned);
        root.map(|root| Self::of(repository.clone(), root, repository.git_dir())).transpose()
    }

    fn of(repository: Repository, root: PathBuf, git_dir: &Path) -> Result<Self, GitError> {
        let head = repository.head()?;
        let tree = head.commit().map(|commit| repository.commit_links(commit)).transpose()?.map(|links| links.tree);
        let index = Index::read(&repository, git_dir)?;
        let ignored = ignored(&repository, &index)?;
        Ok(Self { repository, root, head, tree, index, ignored })
    }

    /// Returns the repository as it is seen from this work tree, with its configuration.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns the commit on which the work tree stands.
    pub fn commit(&self) -> Option<ObjectId> {
        self.head.commit()
    }

    /// Returns the full name of the branch on which the work tree stands.
    pub fn branch(&self) -> Option<&str> {
        match &self.head {
            Head::Branch { name, .. } => Some(name),
            Head::Detached(_) => None,
        }
    }

    /// Returns the paths matched by a pattern at which something is not committed, sorted.
    pub fn uncommitted(&mut self, patterns: &[Pattern]) -> Result<BTreeSet<String>, GitError> {
        let mut found = BTreeSet::new();
        let (files, globs): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| is_one_file(pattern));
        for file in files {
            if self.is_uncommitted(file.as_str())? {
                found.insert(file.to_string());
            }
        }
        if globs.is_empty() {
            return Ok(found);
        }
        let is_asked = |path: &[u8]| globs.iter().any(|glob| glob.matches(path));
        let staged = self.index.staged();
        let index = self.repository.git_dir().join("index");
        for path in self.repository.staged_paths(&index, self.tree)?.into_iter().filter(|path| is_asked(path)) {
            found.insert(String::from_utf8_lossy(&path).into_owned());
        }
        for (path, entry) in staged.iter().filter(|(path, _)| is_asked(path)) {
            // What is staged was compared with the branch above: the file is compared with what is staged.
            if !self.is_as_recorded(path, Some(&(entry.mode, entry.id)), Some(entry)) {
                found.insert(String::from_utf8_lossy(path).into_owned());
            }
        }
        for beginning in beginnings(&globs) {
            let new = |path: &str| is_asked(path.as_bytes()) && !staged.contains_key(path.as_bytes());
            self.walk(&beginning, |path, kind| {
                if kind != FileKind::Directory && new(path) && found.len() < NEW_FILES_MAX {
                    found.insert(path.to_owned());
                }
            })?;
        }
        Ok(found)
    }

    /// Returns whether something is not committed at one path.
    pub fn is_uncommitted(&mut self, path: &str) -> Result<bool, GitError> {
        let place = self.root.join(checked_path(path.as_bytes())?);
        let staged = self.index.staged_at(path.as_bytes());
        let recorded = self.tree.map(|tree| self.repository.tree_entry(tree, path)).transpose()?.flatten();
        if staged.is_some() || recorded.is_some() {
            return Ok(!self.is_as_recorded(path.as_bytes(), recorded.as_ref(), staged.as_ref()));
        }
        let is_file = matches!(kind_at(&place), Some(FileKind::Regular | FileKind::Link));
        Ok(is_file && !self.is_within_another(path) && !self.is_ignored(path, FileKind::Regular)?)
    }

    /// Returns whether git leaves a file out that is there, or may come to be: it is ignored and nobody has staged it.
    pub fn leaves_out(&mut self, path: &str) -> Result<bool, GitError> {
        Ok(self.index.staged_at(path.as_bytes()).is_none() && self.is_ignored(path, FileKind::Regular)?)
    }

    /// Returns whether one path is known to be as its tree has it.
    fn is_as_recorded(&self, path: &[u8], recorded: Option<&(u32, ObjectId)>, staged: Option<&Staged>) -> bool {
        self.repository.is_committed(&self.root, path, recorded, staged, Looker::Person).unwrap_or(false)
    }

    /// Returns whether something is staged, or was, below a path.
    pub fn has_entries_below(&self, path: &str) -> bool {
        let file = self.index.file();
        let below = [path.as_bytes(), b"/"].concat();
        let at = file.entries().partition_point(|entry| *entry.path(file) < below[..]);
        file.entries().get(at).is_some_and(|entry| entry.path(file).starts_with(&below))
    }

    /// Returns every directory in which something that is not ignored may be written, the work tree's root first.
    pub fn directories(&mut self) -> Result<Vec<PathBuf>, GitError> {
        self.directories_below("")
    }

    /// Returns a directory of the work tree and those below it in which something that is not ignored may be written;
    /// none if it is ignored itself, or no directory.
    pub fn directories_below(&mut self, directory: &str) -> Result<Vec<PathBuf>, GitError> {
        let mut found = Vec::new();
        let is_directory = kind_at(&self.root.join(directory)) == Some(FileKind::Directory);
        if !is_directory || !directory.is_empty() && self.is_within_another(&format!("{directory}/x")) {
            return Ok(found);
        }
        if !directory.is_empty() && self.is_ignored(directory, FileKind::Directory)? {
            return Ok(found);
        }
        let root = self.root.clone();
        self.walk(directory, |path, kind| {
            if kind == FileKind::Directory {
                found.push(if path.is_empty() { root.clone() } else { root.join(path) });
            }
        })?;
        Ok(found)
    }

    /// Visits a directory and what is below it, except for what is ignored, what belongs to a repository of its own, and
    /// directories that cannot be read.
    fn walk(&mut self, directory: &str, mut visit: impl FnMut(&str, FileKind)) -> Result<(), GitError> {
        let mut waiting = vec![directory.to_owned()];
        let mut count = 0;
        while let Some(directory) = waiting.pop() {
            count += 1;
            if count > DIRECTORIES_MAX {
                return Err(GitError::TooLarge { what: "the number of directories", limit: DIRECTORIES_MAX as u64 });
            }
            let Ok(names) = disk::list(&self.root.join(&directory)) else { continue };
            // Whoever has a `.git` below the root keeps account of what is in it.
            if !directory.is_empty() && names.iter().any(|name| name == ".git") {
                continue;
            }
            visit(&directory, FileKind::Directory);
            for name in names.iter().filter(|name| *name != ".git") {
                let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
                let Some(kind) = kind_at(&self.root.join(&path)) else { continue };
                if kind == FileKind::Other || self.is_ignored(&path, kind)? {
                    continue;
                }
                match kind {
                    FileKind::Directory => waiting.push(path),
                    _ => visit(&path, kind),
                }
            }
        }
        Ok(())
    }

    /// Returns whether a path lies within a repository of its own, in a `.git`, behind a link, or where nobody may look.
    fn is_within_another(&self, path: &str) -> bool {
        if path.split('/').any(|name| name == ".git") {
            return true;
        }
        path.match_indices('/').any(|(at, _)| {
            let above = self.root.join(&path[..at]);
            let is_anothers = || !matches!(disk::stat(&above.join(".git")), Ok(None));
            kind_at(&above) != Some(FileKind::Directory) || is_anothers()
        })
    }

    fn is_ignored(&mut self, path: &str, kind: FileKind) -> Result<bool, GitError> {
        use gix::index::entry::Mode;

        let mode = if kind == FileKind::Directory { Mode::DIR } else { Mode::FILE };
        let found = self.ignored.at_path(Path::new(path), Some(mode), &self.repository.inner.objects);
        if let Ok(found) = found {
            return Ok(found.is_excluded());
        }
        // Where it cannot be read what is ignored nothing is, as git has it. Of a look that failed something is left over.
        self.ignored = ignored(&self.repository, &self.index)?;
        Ok(false)
    }
}

impl Head {
    /// Returns the commit, unless the branch has none yet.
    pub fn commit(&self) -> Option<ObjectId> {
        match self {
            Self::Branch { commit, .. } => *commit,
            Self::Detached(commit) => Some(*commit),
        }
    }
}

impl Index {
    /// Returns what would be committed at one path.
    fn staged_at(&self, path: &[u8]) -> Option<Staged> {
        let entry = self.file().entry_by_path(path.into())?;
        Some(self.staged_entry(entry))
    }
}

/// Returns what is at a place, if it can be told.
fn kind_at(place: &Path) -> Option<FileKind> {
    disk::stat(place).ok().flatten().map(|(kind, _)| kind)
}

fn ignored(repository: &Repository, index: &Index) -> Result<Stack, GitError> {
    let from = Source::WorktreeThenIdMappingIfNotSkipped;
    let stack = repository.inner.excludes(index.file(), None, from).map_err(failed("read what is ignored"))?;
    Ok(stack.detach())
}

/// Returns whether a pattern is the name of one file and nothing else.
fn is_one_file(pattern: &Pattern) -> bool {
    pattern.is_literal() && !pattern.as_str().contains('\\')
}

/// Returns the directories below which everything lies that one of the patterns matches; none is in another.
fn beginnings(patterns: &[&Pattern]) -> BTreeSet<String> {
    let mut found = BTreeMap::new();
    for pattern in patterns {
        let text = pattern.as_str();
        let plain = &text[..text.find(['*', '?', '[', '{', '\\']).unwrap_or(text.len())];
        let directory = plain.rfind('/').map_or("", |end| &plain[..end]);
        found.insert(directory.to_owned(), ());
    }
    let all: BTreeSet<String> = found.into_keys().collect();
    let is_below = |one: &str, other: &str| other.is_empty() || one.starts_with(&format!("{other}/"));
    let is_outermost = |one: &String| !all.iter().any(|other| one != other && is_below(one, other));
    all.iter().filter(|one| is_outermost(one)).cloned().collect()
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
