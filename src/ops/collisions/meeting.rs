//! Whether the commits of one work tree have what another brings: whoever builds on somebody's work does not collide with it.

use std::collections::BTreeMap;

use crate::git::Repository;
use crate::model::ObjectId;
use crate::ops::failure::Failure;

const MEETINGS_MAX: usize = 1_024;

/// The trees where pairs of commits meet, as far as they were looked for.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    known: BTreeMap<(ObjectId, ObjectId), Option<ObjectId>>,
}

impl Meetings {
    /// Returns whether a commit has at a path what each of the others brought there, as far as there are any.
    pub(super) fn has_all(
        &mut self,
        repository: &Repository,
        one: Option<ObjectId>,
        others: &[ObjectId],
        path: &str,
    ) -> Result<bool, Failure> {
        for other in others {
            if !self.has(repository, one, *other, path)? {
                return Ok(false);
            }
        }
        Ok(!others.is_empty())
    }

    /// Returns whether what one commit has at a path is what another brought there, or both have the same.
    fn has(
        &mut self,
        repository: &Repository,
        one: Option<ObjectId>,
        other: ObjectId,
        path: &str,
    ) -> Result<bool, Failure> {
        let Some(one) = one else { return Ok(false) };
        let at = |tree: Option<ObjectId>| tree.map(|tree| repository.tree_entry(tree, path)).transpose();
        let brought = at(Some(repository.commit_links(other)?.tree))?;
        Ok(at(self.base(repository, one, other)?)? == brought
            || at(Some(repository.commit_links(one)?.tree))? == brought)
    }

    /// Returns the tree that both have in common, if that can be told.
    fn base(&mut self, repository: &Repository, one: ObjectId, other: ObjectId) -> Result<Option<ObjectId>, Failure> {
        let pair = (one.min(other), one.max(other));
        if let Some(known) = self.known.get(&pair) {
            return Ok(*known);
        }
        if self.known.len() >= MEETINGS_MAX {
            self.known.clear();
        }
        let base = repository.merge_base(one, other).ok().flatten();
        let tree = base.map(|base| repository.commit_links(base)).transpose()?.map(|links| links.tree);
        self.known.insert(pair, tree);
        Ok(tree)
    }
}
