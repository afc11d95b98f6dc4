//! Which files of a work tree differ from a tree. Git is not asked: to compare contents it would run the filters that a
//! repository configures.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use super::GitError;
use super::Repository;
use super::Worktree;
use super::index::Index;
use super::index::look_at;
use crate::disk;
use crate::disk::FileKind;
use crate::model::ObjectId;

/// More files than a ledger has, however much somebody has put there.
const FILE_COUNT_MAX: usize = 200_000;

impl Repository {
    /// Returns the paths in a work tree that may differ from a tree: changed, missing, or not in it. Files that their
    /// index entry vouches for are passed over; what is told otherwise is for the caller to compare.
    pub fn paths_that_may_differ(&self, worktree: &Worktree, tree: ObjectId) -> Result<Vec<String>, GitError> {
        let index = Index::read(self, &worktree.git_dir)?;
        let vouched = index.vouched();
        let mut recorded = BTreeMap::new();
        for change in self.tree_changes(None, Some(tree))? {
            if let Some((_, id)) = change.new {
                recorded.insert(String::from_utf8_lossy(&change.path).into_owned(), id);
            }
        }
        let present = files_below(&worktree.path)?;
        let is_untouched = |path: &String| {
            let (Some(id), Some((known, stat))) = (recorded.get(path), vouched.get(path)) else { return false };
            known == id && look_at(&worktree.path.join(path)).is_some_and(|now| *now == *stat)
        };
        let all: BTreeSet<&String> = recorded.keys().chain(&present).collect();
        Ok(all.into_iter().filter(|path| !is_untouched(path)).cloned().collect())
    }
}

/// Returns the paths of everything below a directory but its `.git` and directories themselves; links are not followed.
pub(super) fn files_below(root: &Path) -> Result<BTreeSet<String>, GitError> {
    let mut found = BTreeSet::new();
    let mut pending = vec![String::new()];
    while let Some(prefix) = pending.pop() {
        for name in disk::list(&root.join(&prefix))?.into_iter().filter(|name| !(prefix.is_empty() && name == ".git")) {
            let path = format!("{prefix}{name}");
            match disk::stat(&root.join(&path))? {
                Some((FileKind::Directory, _)) => pending.push(format!("{path}/")),
                Some(_) => drop(found.insert(path)),
                // It went while it was looked at.
                None => {}
            }
            if found.len() > FILE_COUNT_MAX {
                return Err(GitError::TooLarge { what: "the number of files", limit: FILE_COUNT_MAX as u64 });
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Program;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn only_what_differs_is_told_and_no_filter_is_run() {
        let sandbox = Sandbox::sha1();
        sandbox.write("b/c", "2");
        sandbox.git(&["add", "b/c"]);
        sandbox.commit_file("a", "1");
        sandbox.git(&["branch", "coord"]);
        let repository = sandbox.open();
        let path = sandbox.work.join(".coord");
        let worktree = repository.add_worktree(&Program::find().unwrap(), &path, "refs/heads/coord").unwrap();
        sandbox.git_in(&path, &["reset", "-q", "--hard"]);
        let trace = sandbox.work.join("trace");
        sandbox.git(&["config", "filter.x.clean", &format!("touch '{}'; cat", trace.display())]);
        sandbox.write(".git/info/attributes", "* filter=x\n");
        let tip = repository.reference("refs/heads/coord").unwrap().unwrap();
        let tree = repository.commit_links(tip).unwrap().tree;
        let differing = || repository.paths_that_may_differ(&worktree, tree).unwrap();
        sandbox.write(".coord/a", "2");
        sandbox.write(".coord/d/e", "new");
        disk::remove(&path.join("b/c")).unwrap();
        assert_eq!(differing(), ["a", "b/c", "d/e"]);
        assert!(disk::stat(&trace).unwrap().is_none());
        sandbox.git_in(&path, &["status"]);
        assert!(disk::stat(&trace).unwrap().is_some(), "git itself runs it");
    }

    #[test]
    fn file_that_its_index_entry_vouches_for_is_passed_over() {
        let sandbox = Sandbox::sha1();
        let tip = sandbox.commit_file("a", "1");
        let repository = sandbox.open();
        let worktree = repository.worktrees().unwrap().remove(0);
        let tree = repository.commit_links(tip).unwrap().tree;
        // Only an index that is younger than the file vouches for it.
        sandbox.git(&["-c", "alias.age=!touch -d @1000000000 a", "age"]);
        sandbox.git(&["update-index", "--refresh"]);
        assert!(repository.paths_that_may_differ(&worktree, tree).unwrap().is_empty());
        sandbox.write("a", "2");
        assert_eq!(repository.paths_that_may_differ(&worktree, tree).unwrap(), ["a"]);
    }
}
