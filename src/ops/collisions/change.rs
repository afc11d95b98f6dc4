//! A change in a work tree that others cannot see yet, and whose it is.

use std::path::PathBuf;

use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::ops::collisions::mainline::Mainline;
use crate::ops::collisions::meeting::Meetings;
use crate::ops::collisions::place::Place;
use crate::ops::context::Context;
use crate::ops::failure::Failure;

/// More than anybody reads.
const CHANGES_MAX: usize = 100;

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is in the files or in the index.
    Uncommitted,
    /// It is committed, and not on the main line.
    Unlanded,
}

/// One work tree, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The root of the work tree.
    pub worktree: PathBuf,
    /// The branch that it is on, without `refs/heads/`.
    pub branch: Option<String>,
    /// Who joined there.
    pub principal: Option<PrincipalId>,
    pub how: How,
    /// The claim of that principal on the path.
    pub claim: Option<RecordId>,
}

/// A path that is changed in another work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub side: Side,
    /// What of the path had landed when that work was begun: what is changed after it has landed is other work.
    pub begun_on: Option<ObjectId>,
}

/// Returns what other work trees of this clone have changed on these paths and not landed, at most a hundred of it, sorted
/// by path. What the work tree builds on from which it is asked is not among it.
pub fn on(context: &Context, patterns: &[Pattern]) -> Result<Vec<Change>, Failure> {
    let repository = &context.repository;
    let mut found = Vec::new();
    let all = repository.worktrees()?;
    let is_other = |git_dir: &PathBuf| git_dir != repository.git_dir();
    let mut others = all.iter().filter(|tree| is_other(&tree.git_dir) && tree.branch.as_deref() != Some(LEDGER_REF));
    let Some(first) = others.next() else { return Ok(found) };
    let mainline = Mainline::of(context)?;
    let here = repository.head()?.commit();
    let mut meetings = Meetings::default();
    for worktree in [first].into_iter().chain(others) {
        // What is half made, or cannot be read, is nothing to warn of.
        let Ok(mut place) = Place::open(context, worktree) else { continue };
        let Ok(changed) = place.changed(&mainline, patterns) else { continue };
        for (path, how) in changed {
            let is_seen = how == How::Unlanded && meetings.has_all(repository, here, &place.commits(), &path)?;
            if !is_seen {
                let side = place.side(context, &path, how);
                let begun_on = place.begun_on(&mainline, &path);
                found.push(Change { path, side, begun_on });
            }
        }
    }
    found.sort_by(|one, other| (&one.path, &one.side.worktree).cmp(&(&other.path, &other.side.worktree)));
    found.truncate(CHANGES_MAX);
    Ok(found)
}
