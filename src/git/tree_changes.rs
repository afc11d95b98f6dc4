//! What differs between two trees, leaf by leaf.
//!
//! Renames are not guessed: an approval is about bytes at paths. Every tree on the way is read strictly, so a malformed one is
//! an error and never "no change".

use std::cmp::Ordering;

use super::GitError;
use super::Repository;
use super::tree_format::TreeEntry;
use super::tree_format::compare;
use super::tree_format::parse_tree;
use crate::model::ObjectId;

const CHANGE_COUNT_MAX: usize = 200_000;
const TREE_COUNT_MAX: usize = 1_000_000;
const DEPTH_MAX: usize = 4_096;
const PATH_BYTES_MAX: usize = 256 * 1024 * 1024;

/// One file, link or submodule that differs between two trees: its mode and object before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeChange {
    pub path: Vec<u8>,
    pub old: Option<(u32, ObjectId)>,
    pub new: Option<(u32, ObjectId)>,
}

/// Two trees at the same path that are still to be compared.
struct Pair {
    prefix: Vec<u8>,
    depth: usize,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
}

struct Walk {
    pending: Vec<Pair>,
    changes: Vec<TreeChange>,
    path_bytes: usize,
}

impl Repository {
    /// Returns every leaf that differs between two trees, sorted by the bytes of its path. `None` is the empty tree.
    pub fn tree_changes(&self, old: Option<ObjectId>, new: Option<ObjectId>) -> Result<Vec<TreeChange>, GitError> {
        let mut walk = Walk { pending: Vec::new(), changes: Vec::new(), path_bytes: 0 };
        if old != new {
            walk.pending.push(Pair { prefix: Vec::new(), depth: 0, old, new });
        }
        let mut tree_count = 0;
        while let Some(pair) = walk.pending.pop() {
            tree_count += 1;
            if tree_count > TREE_COUNT_MAX {
                return Err(GitError::TooLarge { what: "the number of trees", limit: TREE_COUNT_MAX as u64 });
            }
            self.compare_trees(&pair, &mut walk)?;
        }
        walk.changes.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(walk.changes)
    }

    fn compare_trees(&self, pair: &Pair, walk: &mut Walk) -> Result<(), GitError> {
        let old_raw = pair.old.map(|id| self.raw_tree(id)).transpose()?.unwrap_or_default();
        let new_raw = pair.new.map(|id| self.raw_tree(id)).transpose()?.unwrap_or_default();
        let old_entries = self.parse(pair.old, &old_raw)?;
        let new_entries = self.parse(pair.new, &new_raw)?;
        let (mut old_at, mut new_at) = (0, 0);
        loop {
            let (old, new) = (old_entries.get(old_at), new_entries.get(new_at));
            let order = match (old, new) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => compare(old, new),
            };
            let old = old.filter(|_| order != Ordering::Greater);
            let new = new.filter(|_| order != Ordering::Less);
            old_at += usize::from(old.is_some());
            new_at += usize::from(new.is_some());
            walk.note(pair, old, new)?;
        }
    }

    fn parse<'a>(&self, id: Option<ObjectId>, raw: &'a [u8]) -> Result<Vec<TreeEntry<'a>>, GitError> {
        let id = id.unwrap_or(ObjectId::null(self.hash_kind()));
        parse_tree(raw, self.hash_kind()).map_err(|reason| GitError::Corrupt { id, reason })
    }
}

impl Walk {
    /// Takes in one name, which is a tree on both sides or a leaf on both sides, or absent on one.
    fn note(&mut self, pair: &Pair, old: Option<&TreeEntry<'_>>, new: Option<&TreeEntry<'_>>) -> Result<(), GitError> {
        let side = |entry: &TreeEntry<'_>| (entry.mode, entry.id);
        if old.map(side) == new.map(side) {
            return Ok(());
        }
        let entry = old.or(new).expect("a name comes from one side at least");
        let mut path = pair.prefix.clone();
        path.extend_from_slice(entry.name);
        self.path_bytes += path.len();
        if self.path_bytes > PATH_BYTES_MAX {
            return Err(GitError::TooLarge { what: "the length of all changed paths", limit: PATH_BYTES_MAX as u64 });
        }
        if entry.is_tree() {
            if pair.depth == DEPTH_MAX {
                return Err(GitError::TooLarge { what: "the depth of a tree", limit: DEPTH_MAX as u64 });
            }
            path.push(b'/');
            let id = |entry: &TreeEntry<'_>| entry.id;
            self.pending.push(Pair { prefix: path, depth: pair.depth + 1, old: old.map(id), new: new.map(id) });
            return Ok(());
        }
        if self.changes.len() == CHANGE_COUNT_MAX {
            return Err(GitError::TooLarge { what: "the number of changes", limit: CHANGE_COUNT_MAX as u64 });
        }
        self.changes.push(TreeChange { path, old: old.map(side), new: new.map(side) });
        Ok(())
    }
}

#[cfg(test)]
#[path = "tree_changes_tests.rs"]
mod tests;
