//! Who made the same change on other branches: whoever commits it once more is not its only author (S16).

use std::collections::BTreeSet;

use crate::git::GitError;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::ops::facts::COMMITS_MAX;
use crate::ops::facts::Reader;
use crate::ops::facts::Station;
use crate::ops::facts::check_path_count;
use crate::ops::facts::readable;
use crate::ops::failure::Failure;
use crate::ops::request::HEADS;
use crate::ops::request::HEADS_HERE;
use crate::rules::Code;
use crate::rules::CommitFact;
use crate::rules::Refusal;
use crate::rules::State;

/// How many refs are looked at for the same result.
const REFERENCES_MAX: usize = 100_000;
/// Where the refs are whose tips tell who made the same change as well.
const TELLING: [&str; 4] = ["refs/heads/", "refs/remotes/", HEADS, HEADS_HERE];

/// Returns whether a ref of this name tells who made a change.
pub(crate) fn tells_of_authors(name: &str) -> bool {
    TELLING.iter().any(|prefix| name.starts_with(prefix))
}

/// What tells who made the same change on other branches.
#[derive(Clone, Copy)]
pub enum Elsewhere<'a> {
    /// The refs that are here, and those that the same push brings: they count before it is taken.
    Refs(&'a [ObjectId]),
    /// The record of a landing: refs come and go, and what was decided then does not change with them.
    Recorded(&'a [PrincipalId]),
    /// Both: where a record that nobody decided on is not to be believed alone.
    Both { arriving: &'a [ObjectId], recorded: &'a [PrincipalId] },
}

impl Reader<'_> {
    /// Returns where the refs are that tell who made a change. Heads of requests that nobody ever opened tell nothing:
    /// anybody could push any number of them.
    pub(super) fn telling_tips(&self, records: &State, arriving: &[ObjectId]) -> Result<BTreeSet<ObjectId>, Failure> {
        let mut tips: BTreeSet<ObjectId> = arriving.iter().copied().collect();
        let is_known = |name: &str| {
            let head = name.strip_prefix(HEADS).or_else(|| name.strip_prefix(HEADS_HERE));
            let id = head.map(|head| RecordId::parse(head.split('/').next().unwrap_or(head)));
            id.is_none_or(|id| id.is_ok_and(|id| records.used.contains(&id)))
        };
        for prefix in TELLING {
            let named = readable(self.repository.references(prefix))?;
            tips.extend(named.into_iter().filter(|(name, _)| is_known(name)).map(|(_, tip)| tip));
        }
        if tips.len() > REFERENCES_MAX {
            let message = format!("more than {REFERENCES_MAX} refs tell who made a change; remove those of no use");
            return Err(Refusal::new(Code::RecordLimit, message).into());
        }
        Ok(tips)
    }

    /// Returns the commits of other branches that end in the same tree, or in that of the request's own head: whoever
    /// signed there made this change as well, even if somebody else committed it once more (S16). What is built on the
    /// commit that lands came after it.
    pub(super) fn same_result(
        &self,
        old: ObjectId,
        to: Station,
        own_tree: ObjectId,
        mut tips: BTreeSet<ObjectId>,
    ) -> Result<Vec<CommitFact>, Failure> {
        tips.remove(&to.commit);
        let (mut seen, mut found, mut path_count) = (BTreeSet::new(), Vec::new(), 0);
        for tip in tips {
            // A tip that cannot be read as a commit says nothing about authors.
            let tree = self.repository.commit_links(tip).map(|links| links.tree);
            let ends_alike = tree.is_ok_and(|tree| tree == to.tree || tree == own_tree);
            if !ends_alike || self.repository.is_ancestor(to.commit, tip).unwrap_or(false) {
                continue;
            }
            let ids = match self.repository.new_commits(&[old], tip, COMMITS_MAX) {
                Err(GitError::TooLarge { .. }) => {
                    let message = format!("{} makes the same change in more than {COMMITS_MAX} commits", tip.short());
                    return Err(Refusal::new(Code::RecordLimit, message).into());
                }
                ids => ids.unwrap_or_default(),
            };
            for id in ids.into_iter().filter(|id| seen.insert(*id)) {
                // One commit that cannot be read hides no other.
                let Ok(commit) = self.commit(id) else { continue };
                path_count += commit.touched.len();
                check_path_count(path_count)?;
                found.push(commit);
            }
        }
        Ok(found)
    }
}
