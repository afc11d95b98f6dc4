//! A work tree, who works in it, and what is changed there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::git::Desk;
use crate::git::Worktree;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::ops::collisions::change::How;
use crate::ops::collisions::change::Side;
use crate::ops::collisions::mainline::Mainline;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;

/// One work tree of the clone.
pub(super) struct Place {
    pub(super) desk: Desk,
    /// Where the branch was that is being rebased here.
    rebased_from: Option<ObjectId>,
    root: PathBuf,
    principal: Option<PrincipalId>,
}

impl Place {
    pub(super) fn open(context: &Context, worktree: &Worktree) -> Result<Self, Failure> {
        // It begins before the work tree leaves its branch, and ends after it is back there.
        let before = worktree.rebased_from()?;
        let desk = Desk::open(worktree)?;
        let rebased_from = before.or(worktree.rebased_from()?).filter(|commit| desk.repository().contains(*commit));
        let named = identity::joined_here(desk.repository());
        let enrolled = named.and_then(|named| identity::find(context.state(), &named).ok());
        let principal = enrolled.map(|enrolled| enrolled.record.id.clone());
        Ok(Self { desk, rebased_from, root: worktree.path.clone(), principal })
    }

    /// Returns the commit that has what was committed here. While that is rebased, it is not the one that is checked out.
    pub(super) fn commit(&self) -> Option<ObjectId> {
        self.rebased_from.or(self.desk.commit())
    }

    /// Returns all commits that have what was committed here: while that is rebased, more may be committed on the way.
    pub(super) fn commits(&self) -> Vec<ObjectId> {
        let checked_out = self.desk.commit().filter(|commit| Some(*commit) != self.rebased_from);
        self.rebased_from.into_iter().chain(checked_out).collect()
    }

    /// Returns what is changed here on paths that a pattern matches, and not on the main line.
    pub(super) fn changed(
        &mut self,
        mainline: &Mainline,
        patterns: &[Pattern],
    ) -> Result<BTreeMap<String, How>, Failure> {
        let mut changed = self.unlanded(mainline, patterns)?;
        changed.extend(self.desk.uncommitted(patterns)?.into_iter().map(|path| (path, How::Uncommitted)));
        Ok(changed)
    }

    /// Returns what is committed here and not on the main line.
    pub(super) fn unlanded(&self, mainline: &Mainline, patterns: &[Pattern]) -> Result<BTreeMap<String, How>, Failure> {
        let mut unlanded = BTreeMap::new();
        for commit in self.commits() {
            let paths = mainline.unlanded(self.desk.repository(), (commit, self.desk.branch()), patterns)?;
            unlanded.extend(paths.into_iter().map(|path| (path, How::Unlanded)));
        }
        Ok(unlanded)
    }

    /// Returns what had landed of a path when work on it was begun here, if that can be told.
    pub(super) fn begun_on(&self, mainline: &Mainline, path: &str) -> Option<ObjectId> {
        let commit = (self.commit()?, self.desk.branch());
        mainline.landed_before(self.desk.repository(), commit, path).ok().flatten()
    }

    /// Returns this work tree as one that has changed a path.
    pub(super) fn side(&self, context: &Context, path: &str, how: How) -> Side {
        let covers = |own: &Pattern| own.matches_folded(path.as_bytes());
        let own = context.state().claims.values().filter(|lease| Some(&lease.claim.holder) == self.principal.as_ref());
        let claim = own.filter(|lease| lease.is_in_force()).find(|lease| lease.claim.paths.iter().any(covers));
        let branch = self.desk.branch();
        Side {
            worktree: self.root.clone(),
            branch: branch.map(|branch| branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned()),
            principal: self.principal.clone(),
            how,
            claim: claim.map(|lease| lease.claim.id.clone()),
        }
    }
}
