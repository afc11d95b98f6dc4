//! Commits by their links: first parents, what is new, what a revision expression means.
//!
//! Replacement references and grafts never count, and where a shallow clone hides the answer that is said instead of guessed.

use std::collections::HashMap;
use std::collections::HashSet;

use super::GitError;
use super::ObjectKind;
use super::Repository;
use super::error::failed;
use super::references::check_name;
use super::repository::from_library;
use crate::model::ObjectId;

/// What a commit points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitLinks {
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    /// Committer time in seconds since 1970, as the commit claims.
    pub seconds: i64,
}

impl Repository {
    /// Returns the tree, the parents and the claimed time of a commit.
    pub fn commit_links(&self, id: ObjectId) -> Result<CommitLinks, GitError> {
        let raw = self.commit(id)?;
        let corrupt = |_| GitError::Corrupt { id, reason: "it does not parse as a commit" };
        let commit = gix::objs::CommitRef::from_bytes(&raw, self.inner.object_hash()).map_err(corrupt)?;
        Ok(CommitLinks {
            tree: from_library(&commit.tree()),
            parents: commit.parents().map(|parent| from_library(&parent)).collect(),
            seconds: commit.committer().map_err(corrupt)?.seconds(),
        })
    }

    /// Returns the chain from `old` to `new` along first parents, both included, or `None` if `old` is not on it.
    pub fn first_parents(
        &self,
        old: ObjectId,
        new: ObjectId,
        count_max: usize,
    ) -> Result<Option<Vec<ObjectId>>, GitError> {
        let boundary: HashSet<ObjectId> = self.shallow_boundary()?.into_iter().collect();
        let mut chain = vec![new];
        let mut id = new;
        while id != old {
            if chain.len() >= count_max {
                return Err(GitError::TooLarge { what: "the number of commits", limit: count_max as u64 });
            }
            if boundary.contains(&id) {
                return Err(GitError::Shallow { id });
            }
            match self.commit_links(id)?.parents.first() {
                Some(parent) => id = *parent,
                None => return Ok(None),
            }
            chain.push(id);
        }
        chain.reverse();
        Ok(Some(chain))
    }

    /// Returns the commits that `include` reaches and none of `exclude` does, parents before children.
    pub fn new_commits(
        &self,
        exclude: &[ObjectId],
        include: ObjectId,
        count_max: usize,
    ) -> Result<Vec<ObjectId>, GitError> {
        let new = self.only_reached_from(include, exclude, count_max)?;
        Ok(parents_first(include, &new))
    }

    /// Returns what a revision expression means to git, followed to a commit. Full names and ids come first.
    pub fn resolve(&self, spec: &str) -> Result<Option<ObjectId>, GitError> {
        if let Ok(id) = spec.parse::<ObjectId>() {
            return if self.contains(id) { self.follow_to_commit(id) } else { Ok(None) };
        }
        if spec.starts_with("refs/") && check_name(spec).is_ok() {
            return match self.reference(spec)? {
                Some(id) => self.follow_to_commit(id),
                None => Ok(None),
            };
        }
        self.inner.refs.force_refresh_packed_buffer().ok();
        match self.inner.rev_parse_single(spec) {
            Ok(id) => self.follow_to_commit(from_library(&id)),
            Err(_) => Ok(None),
        }
    }

    fn follow_to_commit(&self, id: ObjectId) -> Result<Option<ObjectId>, GitError> {
        const TAG_DEPTH_MAX: usize = 16;
        let mut id = id;
        for _ in 0..TAG_DEPTH_MAX {
            match self.kind(id)? {
                ObjectKind::Commit => return Ok(Some(id)),
                ObjectKind::Tag => id = self.tag_target(id)?,
                ObjectKind::Tree | ObjectKind::Blob => return Ok(None),
            }
        }
        Ok(None)
    }

    fn tag_target(&self, id: ObjectId) -> Result<ObjectId, GitError> {
        let raw = self.tag(id)?;
        let tag = gix::objs::TagRefIter::from_bytes(&raw, self.inner.object_hash());
        Ok(from_library(&tag.target_id().map_err(failed("read a tag"))?))
    }
}

/// Orders commits so that each comes after those of its parents that are in the set.
fn parents_first(tip: ObjectId, commits: &HashMap<ObjectId, Vec<ObjectId>>) -> Vec<ObjectId> {
    let mut ordered = Vec::with_capacity(commits.len());
    let mut seen = HashSet::new();
    let mut pending = vec![(tip, 0)];
    while let Some((id, next)) = pending.pop() {
        let Some(parents) = commits.get(&id) else { continue };
        if next == 0 && !seen.insert(id) {
            continue;
        }
        match parents.get(next) {
            Some(parent) => {
                pending.push((id, next + 1));
                if !seen.contains(parent) {
                    pending.push((*parent, 0));
                }
            }
            None => ordered.push(id),
        }
    }
    ordered
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
