//! The work trees of a repository, the main one and the linked ones.

use std::path::Path;
use std::path::PathBuf;

use super::GitError;
use super::Program;
use super::Repository;
use super::worktree_pointers::path_of;
use super::worktree_pointers::pointed_to;
use crate::disk;
use crate::disk::FileKind;
use crate::model::ObjectId;

const POINTER_LIMIT_BYTES: u64 = 64 * 1024;

/// One checkout of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// Its root, as git has recorded it; it may be gone.
    pub path: PathBuf,
    /// Its own git directory, where its index and its `HEAD` are.
    pub git_dir: PathBuf,
    /// The full name of the branch that it is on.
    pub branch: Option<String>,
}

/// The work trees of a repository.
#[derive(Debug, Default)]
pub struct WorktreeList {
    pub found: Vec<Worktree>,
    /// The git directories of those of which cannot be read where they are, and why.
    pub unreadable: Vec<(PathBuf, GitError)>,
}

impl Repository {
    /// Returns all work trees, the main one first unless the repository is bare, then by the name git gave them. As git has
    /// it, those are passed over of which cannot be read where they are.
    pub fn worktrees(&self) -> Result<Vec<Worktree>, GitError> {
        Ok(self.list_worktrees()?.found)
    }

    /// Returns all work trees, and what is in the way of reading where others are.
    pub fn list_worktrees(&self) -> Result<WorktreeList, GitError> {
        let mut list = self.linked_worktrees()?;
        list.found.splice(..0, self.main_worktree()?);
        Ok(list)
    }

    fn main_worktree(&self) -> Result<Option<Worktree>, GitError> {
        let git_dir = self.common_dir().to_owned();
        let path = if self.git_dir() == git_dir {
            self.work_dir().map(Path::to_owned)
        } else {
            Self::open_git_dir(&git_dir)?.work_dir().map(Path::to_owned)
        };
        let Some(path) = path else { return Ok(None) };
        Ok(Some(Worktree { path, branch: branch_of(&git_dir)?, git_dir }))
    }

    fn linked_worktrees(&self) -> Result<WorktreeList, GitError> {
        let mut list = WorktreeList::default();
        let linked = self.common_dir().join("worktrees");
        for git_dir in disk::list(&linked)?.into_iter().map(|name| linked.join(name)) {
            match self.linked_worktree(&git_dir) {
                Ok(worktree) => list.found.extend(worktree),
                Err(error) => list.unreadable.push((git_dir, error)),
            }
        }
        Ok(list)
    }

    fn linked_worktree(&self, git_dir: &Path) -> Result<Option<Worktree>, GitError> {
        // A sibling that is being made or removed right now has half of its files.
        let Some(pointer) = disk::read(&git_dir.join("gitdir"), POINTER_LIMIT_BYTES)? else { return Ok(None) };
        let dot_git = git_dir.join(path_of(&pointer));
        let Some(path) = dot_git.parent() else { return Ok(None) };
        // Only what leads there is spelt out: that the directory itself was replaced by a link must be seen.
        let path = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if disk::stat(parent)?.is_some() => disk::real_path(parent)?.join(name),
            _ => path.to_owned(),
        };
        let path = self.moved_along(&path, git_dir)?.unwrap_or(path);
        Ok(Some(Worktree { path, branch: branch_of(git_dir)?, git_dir: git_dir.to_owned() }))
    }

    /// Returns the work tree that is on a branch, given by its full name.
    pub fn worktree_on(&self, branch: &str) -> Result<Option<Worktree>, GitError> {
        let is_wanted = |worktree: &Worktree| worktree.branch.as_deref() == Some(branch);
        // The main one is only looked at when it is the one: that may take opening the repository once more.
        if branch_of(self.common_dir())?.as_deref() == Some(branch)
            && let Some(main) = self.main_worktree()?
        {
            return Ok(Some(main));
        }
        Ok(self.linked_worktrees()?.found.into_iter().find(is_wanted))
    }

    /// Adds a linked work tree on a branch that exists, given by its full name, and returns it. It is empty, and has no
    /// index: whoever is stopped here leaves nothing locked.
    pub fn add_worktree(&self, program: &Program, path: &Path, branch: &str) -> Result<Worktree, GitError> {
        let bad = |reason| GitError::BadReference { name: branch.to_owned(), reason };
        let short = branch.strip_prefix("refs/heads/").ok_or_else(|| bad("a work tree can only be on a branch"))?;
        if self.reference(branch)?.is_none() {
            // Git would make one up from a remote's branch of that name.
            return Err(bad("it does not exist"));
        }
        // Twice: an attempt that was stopped left its own record of this path behind, locked by git.
        let arguments = ["worktree", "add", "--no-checkout", "--force", "--force", "--end-of-options"];
        program.at(self).args(arguments).arg(path).arg(short).run()?.success()?;
        self.worktree_on(branch)?.ok_or(GitError::BadWorktree { path: path.to_owned(), reason: "git did not list it" })
    }
}

impl Worktree {
    /// Returns where the branch was that is being rebased here: until that is done, its commits are on no branch that is
    /// checked out.
    pub fn rebased_from(&self) -> Result<Option<ObjectId>, GitError> {
        for folder in ["rebase-merge", "rebase-apply"] {
            let found = disk::read(&self.git_dir.join(folder).join("orig-head"), POINTER_LIMIT_BYTES)?;
            let id = found.and_then(|bytes| String::from_utf8_lossy(&bytes).trim().parse().ok());
            if id.is_some() {
                return Ok(id);
            }
        }
        Ok(None)
    }

    /// Refuses a work tree whose directory was replaced by a link, or whose `.git` leads elsewhere.
    pub fn check(&self) -> Result<(), GitError> {
        let bad = |reason| GitError::BadWorktree { path: self.path.clone(), reason };
        match disk::stat(&self.path)? {
            Some((FileKind::Directory, _)) => {}
            Some(_) => return Err(bad("it is not a directory")),
            None => return Err(bad("it does not exist")),
        }
        if pointed_to(&self.path)? != Some(disk::real_path(&self.git_dir)?) {
            return Err(bad("its `.git` does not lead to this repository"));
        }
        Ok(())
    }
}

fn branch_of(git_dir: &Path) -> Result<Option<String>, GitError> {
    let head = disk::read(&git_dir.join("HEAD"), POINTER_LIMIT_BYTES)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&head);
    Ok(text.strip_prefix("ref:").map(|name| name.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Durability;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn linked_worktree_is_added_listed_and_found_by_its_branch() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.git(&["branch", "coord"]);
        let repository = sandbox.open();
        let path = sandbox.work.join(".coord");
        let added = repository.add_worktree(&Program::find().unwrap(), &path, "refs/heads/coord").unwrap();
        assert_eq!(added.path, path);
        added.check().unwrap();
        let listed = repository.worktrees().unwrap();
        assert_eq!(listed[0].path, sandbox.work);
        assert_eq!(listed[0].branch.as_deref(), Some("refs/heads/main"));
        assert_eq!(listed[1], added);
        let inside = Repository::discover(&path).unwrap();
        assert_eq!(inside.common_dir(), repository.common_dir());
        assert_eq!(inside.git_dir(), added.git_dir);
        assert_eq!(inside.worktrees().unwrap(), listed);
        assert_eq!(repository.worktree_on("refs/heads/absent").unwrap(), None);
        let refused = repository.add_worktree(&Program::find().unwrap(), &sandbox.work.join("x"), "refs/heads/absent");
        assert!(matches!(refused, Err(GitError::BadReference { .. })));
    }

    /// One that is damaged is in nobody else's way.
    #[test]
    fn worktree_of_which_nothing_can_be_read_is_passed_over() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.git(&["worktree", "add", "-q", "-b", "sound", "../sound"]);
        sandbox.git(&["worktree", "add", "-q", "-b", "torn", "../torn"]);
        let repository = sandbox.open();
        let git_dir = repository.common_dir().join("worktrees/torn");
        assert_eq!(
            (repository.worktrees().unwrap().len(), repository.list_worktrees().unwrap().unreadable.len()),
            (3, 0)
        );
        disk::remove(&git_dir.join("gitdir")).unwrap();
        disk::create_directories(&git_dir.join("gitdir")).unwrap();
        let list = repository.list_worktrees().unwrap();
        assert_eq!(
            list.found.iter().map(|tree| tree.branch.as_deref().unwrap()).collect::<Vec<_>>(),
            ["refs/heads/main", "refs/heads/sound"]
        );
        assert_eq!(list.unreadable.iter().map(|(git_dir, _)| git_dir.clone()).collect::<Vec<_>>(), [git_dir]);
        assert!(repository.worktree_on("refs/heads/sound").unwrap().is_some());
    }

    #[test]
    fn worktree_that_leads_elsewhere_is_refused() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.git(&["branch", "coord"]);
        let repository = sandbox.open();
        let path = sandbox.work.join(".coord");
        let added = repository.add_worktree(&Program::find().unwrap(), &path, "refs/heads/coord").unwrap();
        let elsewhere = format!("gitdir: {}\n", sandbox.work.join(".git").display());
        disk::write(&path.join(".git"), elsewhere.as_bytes(), 0o644, Durability::Cached).unwrap();
        assert!(matches!(added.check(), Err(GitError::BadWorktree { .. })));
        disk::rename(&path, &sandbox.work.join("moved")).unwrap();
        disk::link(&sandbox.work.join("moved"), &path).unwrap();
        assert!(matches!(added.check(), Err(GitError::BadWorktree { .. })));
    }
}
