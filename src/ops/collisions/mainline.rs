//! Where work lands: what is there is everybody's.

use std::collections::BTreeSet;

use crate::git::GitError;
use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::ops::context::Context;
use crate::ops::failure::Failure;

const NAMES: [&str; 3] = ["main", "master", "trunk"];

/// The heads of the branches on which work lands, here and as remotes were last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mainline {
    /// Each with the full name of its branch, if it is one of this clone.
    tips: BTreeSet<(Option<String>, ObjectId)>,
}

impl Mainline {
    pub(super) fn of(context: &Context) -> Result<Self, Failure> {
        let repository = &context.repository;
        let mut tips = BTreeSet::new();
        for name in NAMES {
            let own = format!("refs/heads/{name}");
            if let Some(tip) = repository.reference(&own)? {
                tips.insert((Some(own), tip));
            }
            for remote in repository.remotes() {
                // What somebody called a remote need not be the name of a reference.
                let tracking = repository.reference(&format!("refs/remotes/{remote}/{name}"));
                tips.extend(tracking.ok().flatten().map(|tip| (None, tip)));
            }
        }
        tips.extend(context.state().landed.values().map(|landed| (None, landed.new)));
        Ok(Self { tips })
    }

    /// Returns the paths matched by a pattern that a commit brings and the main line does not have. Where histories have
    /// nothing in common, or where they are cut off, nothing is said.
    pub(super) fn unlanded(
        &self,
        repository: &Repository,
        (commit, branch): (ObjectId, Option<&str>),
        patterns: &[Pattern],
    ) -> Result<BTreeSet<String>, GitError> {
        let tree = repository.commit_links(commit)?.tree;
        let mut found: Option<BTreeSet<String>> = None;
        // The branch itself has everything: what counts is what others have.
        for (_, tip) in self.tips.iter().filter(|(name, _)| name.is_none() || name.as_deref() != branch) {
            if *tip == commit {
                return Ok(BTreeSet::new());
            }
            if !repository.contains(*tip) {
                continue;
            }
            let Ok(Some(base)) = repository.merge_base(commit, *tip) else { continue };
            let from = repository.commit_links(base)?.tree;
            let mut landed = repository.tree_lookup(repository.commit_links(*tip)?.tree);
            let mut ahead = BTreeSet::new();
            for change in repository.tree_changes(Some(from), Some(tree))? {
                let Ok(path) = String::from_utf8(change.path) else { continue };
                let is_asked = patterns.iter().any(|pattern| pattern.matches(path.as_bytes()));
                // It may have landed in other commits.
                if is_asked && landed.file_entry(&path)? != change.new.map(|(_, id)| id) {
                    ahead.insert(path);
                }
            }
            found = Some(match found {
                Some(found) => found.intersection(&ahead).cloned().collect(),
                None => ahead,
            });
        }
        Ok(found.unwrap_or_default())
    }

    /// Returns what the main line had at a path when the work of a commit on it began: what it has now, if that is the same
    /// as in the commit, as far as that landed; else what both have in common.
    pub(super) fn landed_before(
        &self,
        repository: &Repository,
        (commit, branch): (ObjectId, Option<&str>),
        path: &str,
    ) -> Result<Option<ObjectId>, GitError> {
        let at = |commit| repository.file_entry(repository.commit_links(commit)?.tree, path);
        let own = at(commit)?;
        let mut newest: Option<ObjectId> = None;
        for (_, tip) in self.tips.iter().filter(|(name, _)| name.is_none() || name.as_deref() != branch) {
            if !repository.contains(*tip) {
                continue;
            }
            if at(*tip)? == own {
                return Ok(own);
            }
            let Ok(Some(base)) = repository.merge_base(commit, *tip) else { continue };
            let is_newer = newest.is_none_or(|newest| repository.is_ancestor(newest, base).unwrap_or(false));
            newest = if is_newer { Some(base) } else { newest };
        }
        newest.map_or(Ok(None), at)
    }
}
