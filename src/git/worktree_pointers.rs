//! The two files by which a linked work tree and its git directory know each other, where both may have moved together:
//! a clone that was moved, or is mounted elsewhere inside a container, has the same files at other paths.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::GitError;
use super::Repository;
use super::Worktree;
use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;

const POINTER_LIMIT_BYTES: u64 = 64 * 1024;
/// What a file of git's begins with that says where a git directory is.
const PREFIX: &[u8] = b"gitdir:";

impl Repository {
    /// Returns where a linked work tree is that moved along with the main one, whatever is recorded: its `.git` leads here.
    pub(super) fn moved_along(&self, recorded: &Path, git_dir: &Path) -> Result<Option<PathBuf>, GitError> {
        let is_main = self.git_dir() == self.common_dir();
        let main = if is_main { self.work_dir() } else { self.common_dir().parent() };
        let (Some(main), Some(name)) = (main, recorded.file_name()) else { return Ok(None) };
        let path = main.join(name);
        if path == recorded || !matches!(disk::stat(&path)?, Some((FileKind::Directory, _))) {
            return Ok(None);
        }
        Ok((pointed_to(&path)?.as_deref() == Some(git_dir)).then_some(path))
    }

    /// Lets the files by which a work tree inside the main one and its git directory know each other name the places where
    /// both are now, so that they still do wherever the clone is moved to. Git leaves the work tree on record while it does
    /// not see it, which is so wherever the clone is mounted at another path.
    pub fn tie_worktree(&self, worktree: &Worktree) -> Result<(), GitError> {
        let dot_git = worktree.path.join(".git");
        let way = match worktree.path.parent() {
            Some(main) if moves_as_one(main)? => relative(&worktree.path, &worktree.git_dir),
            _ => worktree.git_dir.clone(),
        };
        write_if_new(&dot_git, format!("gitdir: {}\n", way.display()))?;
        write_if_new(&worktree.git_dir.join("gitdir"), format!("{}\n", dot_git.display()))?;
        write_if_new(&worktree.git_dir.join("locked"), "the ledger of git coord\n".to_owned())
    }
}

/// Returns the git directory that the `.git` of a work tree leads to, if there is one.
pub(super) fn pointed_to(path: &Path) -> Result<Option<PathBuf>, GitError> {
    let dot_git = path.join(".git");
    let leads_to = match disk::stat(&dot_git)? {
        Some((FileKind::Regular, _)) => {
            let pointer = disk::read(&dot_git, POINTER_LIMIT_BYTES)?.unwrap_or_default();
            let Some(target) = pointer.strip_prefix(PREFIX) else { return Ok(None) };
            path.join(path_of(target))
        }
        Some((FileKind::Directory, _)) => dot_git,
        _ => return Ok(None),
    };
    Ok(if disk::stat(&leads_to)?.is_some() { Some(disk::real_path(&leads_to)?) } else { None })
}

/// Returns whether a work tree and its git directory are moved together: one is inside the other, or git itself wrote down
/// the way from one to the other, as it does for a submodule.
fn moves_as_one(main: &Path) -> Result<bool, GitError> {
    let dot_git = main.join(".git");
    if !matches!(disk::stat(&dot_git)?, Some((FileKind::Regular, _))) {
        return Ok(true);
    }
    let pointer = disk::read(&dot_git, POINTER_LIMIT_BYTES)?.unwrap_or_default();
    Ok(pointer.strip_prefix(PREFIX).is_some_and(|target| path_of(target).is_relative()))
}

/// Returns the path that a pointer of git's names.
pub(super) fn path_of(pointer: &[u8]) -> PathBuf {
    let path = pointer.trim_ascii();
    match gix::path::from_byte_slice(path) {
        Ok(path) => path.to_owned(),
        Err(_) => PathBuf::from(String::from_utf8_lossy(path).into_owned()),
    }
}

/// Returns the way from one directory to another, both absolute.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

fn write_if_new(path: &Path, text: String) -> Result<(), GitError> {
    if disk::read(path, POINTER_LIMIT_BYTES)?.as_deref() != Some(text.as_bytes()) {
        disk::write(path, text.as_bytes(), 0o644, Durability::Cached)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Program;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn tied_work_tree_is_found_wherever_the_clone_is_moved_to() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.git(&["branch", "coord"]);
        sandbox.git(&["branch", "other"]);
        let (repository, program) = (sandbox.open(), Program::find().unwrap());
        for name in ["coord", "other"] {
            let branch = format!("refs/heads/{name}");
            repository.add_worktree(&program, &sandbox.work.join(name), &branch).unwrap();
        }
        let tied = repository.worktree_on("refs/heads/coord").unwrap().unwrap();
        repository.tie_worktree(&tied).unwrap();
        let pointer = disk::read(&tied.path.join(".git"), 1_000).unwrap().unwrap();
        assert_eq!(pointer, b"gitdir: ../.git/worktrees/coord\n");
        let away = sandbox.work.parent().unwrap().join("away");
        disk::rename(&sandbox.work, &away).unwrap();
        let away = disk::real_path(&away).unwrap();
        for from in [away.clone(), away.join("coord")] {
            let moved = Repository::discover(&from).unwrap();
            let found = moved.worktree_on("refs/heads/coord").unwrap().unwrap();
            assert_eq!(found.path, away.join("coord"));
            found.check().unwrap();
            let left = moved.worktree_on("refs/heads/other").unwrap().unwrap();
            assert_eq!(
                left.path,
                sandbox.work.join("other"),
                "its own file names the old place: nothing proves the new one"
            );
        }
        disk::rename(&away, &sandbox.work).unwrap();
    }

    #[test]
    fn way_between_two_directories_is_the_shortest() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).display().to_string();
        assert_eq!(way("/a/b/.coord", "/a/b/.git/worktrees/x"), "../.git/worktrees/x");
        assert_eq!(way("/a/sub/.coord", "/a/.git/modules/sub/worktrees/x"), "../../.git/modules/sub/worktrees/x");
        assert_eq!(way("/a", "/b"), "../b");
    }
}
