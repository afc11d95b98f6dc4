//! Which paths a commit would change: the index against the last commit, without starting git. Directories that both have
//! in common, as the index itself remembers, are not looked into.

use std::collections::BTreeSet;
use std::path::Path;

use gix::index::Entry;
use gix::index::entry::Flags;
use gix::index::extension::Tree;

use super::GitError;
use super::Repository;
use super::index::Index;
use super::repository::from_library;
use super::tree_format::parse_tree;
use crate::disk;
use crate::model::ObjectId;

/// More than anybody merges at once.
const MERGE_HEADS_BYTES_MAX: u64 = 1 << 16;

/// The index with what is compared.
struct Comparison<'a> {
    repository: &'a Repository,
    index: &'a gix::index::File,
    changed: BTreeSet<Vec<u8>>,
}

impl Repository {
    /// Returns the paths at which an index differs from a tree, sorted; `None` is the empty tree. A move is a removal and an
    /// addition, and what is only intended to be added is not there.
    pub fn staged_paths(&self, index: &Path, tree: Option<ObjectId>) -> Result<Vec<Vec<u8>>, GitError> {
        let index = Index::read_file(self, index)?;
        let mut comparison = Comparison { repository: self, index: index.file(), changed: BTreeSet::new() };
        let entries = comparison.index.entries();
        comparison.compare(tree, comparison.index.tree(), b"", entries)?;
        Ok(comparison.changed.into_iter().collect())
    }

    /// Returns the commits that a merge in progress takes in; none where nobody merges.
    pub fn merge_heads(&self) -> Result<Vec<ObjectId>, GitError> {
        let raw = disk::read(&self.git_dir().join("MERGE_HEAD"), MERGE_HEADS_BYTES_MAX)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&raw).lines().filter_map(|line| line.parse().ok()).collect())
    }
}

impl<'a> Comparison<'a> {
    /// Compares the entries below a prefix with a tree.
    fn compare(
        &mut self,
        tree: Option<ObjectId>,
        known: Option<&Tree>,
        prefix: &[u8],
        entries: &'a [Entry],
    ) -> Result<(), GitError> {
        let is_known = known.is_some_and(|known| known.num_entries.is_some() && Some(from_library(&known.id)) == tree);
        if is_known {
            return Ok(());
        }
        let raw = tree.map(|id| self.repository.raw_tree(id)).transpose()?.unwrap_or_default();
        let recorded = parse_tree(&raw, self.repository.hash_kind()).map_err(|reason| GitError::Corrupt {
            id: tree.unwrap_or(ObjectId::null(self.repository.hash_kind())),
            reason,
        })?;
        let mut seen = BTreeSet::new();
        for old in &recorded {
            let path = [prefix, old.name].concat();
            if old.is_tree() {
                let below = [&path[..], b"/"].concat();
                let known = known.and_then(|known| known.children.iter().find(|child| child.name[..] == *old.name));
                self.compare(Some(old.id), known, &below, self.below(entries, &below))?;
                seen.insert(below);
                continue;
            }
            let same = |entry: &Entry| entry.mode.bits() == old.mode && from_library(&entry.id) == old.id;
            match self.at(entries, &path) {
                [entry] if entry.stage_raw() == 0 && same(entry) && !is_only_intended(entry) => {}
                _ => drop(self.changed.insert(path.clone())),
            }
            seen.insert(path);
        }
        for entry in entries.iter().filter(|entry| !is_only_intended(entry)) {
            let path: &[u8] = entry.path(self.index);
            let rest = &path[prefix.len()..];
            let own = match rest.iter().position(|byte| *byte == b'/') {
                Some(slash) => &path[..=prefix.len() + slash],
                None => path,
            };
            if !seen.contains(own) {
                self.changed.insert(path.to_vec());
            }
        }
        Ok(())
    }

    /// Returns the entries of one path: more than one after a conflict.
    fn at(&self, entries: &'a [Entry], path: &[u8]) -> &'a [Entry] {
        self.range(entries, |other| other < path, |other| other == path)
    }

    fn below(&self, entries: &'a [Entry], prefix: &[u8]) -> &'a [Entry] {
        self.range(entries, |other| other < prefix, |other| other.starts_with(prefix))
    }

    fn range(
        &self,
        entries: &'a [Entry],
        is_before: impl Fn(&[u8]) -> bool,
        is_in: impl Fn(&[u8]) -> bool,
    ) -> &'a [Entry] {
        let start = entries.partition_point(|entry| is_before(entry.path(self.index)));
        let length = entries[start..].partition_point(|entry| is_in(entry.path(self.index)));
        &entries[start..start + length]
    }
}

fn is_only_intended(entry: &Entry) -> bool {
    entry.flags.contains(Flags::INTENT_TO_ADD)
}

#[cfg(test)]
mod tests {
    use crate::git::sandbox::Sandbox;

    fn ours(sandbox: &Sandbox) -> Vec<String> {
        let repository = sandbox.open();
        let tip = repository.reference("refs/heads/main").unwrap();
        let tree = tip.map(|tip| repository.commit_links(tip).unwrap().tree);
        let paths = repository.staged_paths(&sandbox.work.join(".git/index"), tree).unwrap();
        paths.into_iter().map(|path| String::from_utf8(path).unwrap()).collect()
    }

    fn gits(sandbox: &Sandbox) -> Vec<String> {
        let base = if sandbox.open().reference("refs/heads/main").unwrap().is_some() { "--cached" } else { "--staged" };
        let said = sandbox.git(&["diff", base, "--name-only", "-z", "--no-renames"]);
        let mut paths: Vec<_> =
            said.split('\0').map(str::trim).filter(|path| !path.is_empty()).map(str::to_owned).collect();
        paths.sort();
        paths
    }

    #[test]
    fn answers_agree_with_git() {
        for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
            sandbox.write("first", "1");
            sandbox.git(&["add", "first"]);
            assert_eq!(ours(&sandbox), ["first"], "before the first commit");
            for path in ["a", "a.b/c", "a0", "b/c/d", "b/c/e", "b/f", "g/h"] {
                sandbox.write(path, path);
            }
            sandbox.git(&["add", "."]);
            sandbox.commit_file("z", "1");
            let steps: [&[&str]; 12] = [
                &["status"],
                &["rm", "-q", "--cached", "b/c/d"],
                &["mv", "b/f", "b/i"],
                &["update-index", "--chmod=+x", "a0"],
                &["rm", "-q", "g/h"],
                &["update-index", "--add", "--cacheinfo", "100644,e69de29bb2d1d6434b8b29ae775ad8c2e48c5391,g"],
                &["rm", "-qrf", "b"],
                &["reset", "-q", "--", "b"],
                &["write-tree"],
                &["rm", "-qrf", "--cached", "."],
                &["add", "-N", "a"],
                &["reset", "-q"],
            ];
            for step in steps {
                let name = sandbox.git(&["hash-object", "-w", "--stdin"]);
                let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
                let words: Vec<String> = step.iter().map(|word| word.replace(empty, name.trim())).collect();
                sandbox.git(&words.iter().map(String::as_str).collect::<Vec<_>>());
                assert_eq!(ours(&sandbox), gits(&sandbox), "{step:?}");
            }
        }
    }

    #[test]
    fn conflict_is_a_change() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.git(&["branch", "other"]);
        sandbox.commit_file("a", "2");
        sandbox.git(&["checkout", "-q", "other"]);
        sandbox.commit_file("a", "3");
        sandbox.git(&["-c", "alias.m=!git merge -q main || true", "m"]);
        assert_eq!(ours(&sandbox), ["a"]);
    }
}
