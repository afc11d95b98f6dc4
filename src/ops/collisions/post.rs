//! One work tree that is followed: what is changed there, kept up to date by hints of where to look again.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Look;
use crate::git::Worktree;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::ops::collisions::change::How;
use crate::ops::collisions::mainline::Mainline;
use crate::ops::collisions::place::Place;
use crate::ops::context::Context;
use crate::ops::failure::Failure;

/// More changed paths of one work tree than are remembered.
const CHANGED_MAX: usize = 20_000;
/// What says which files are ignored, or who works here: after a change of it everything is looked at again.
const TELLING: [&str; 2] = [".gitignore", "config.worktree"];

/// A work tree, and what was changed in it when it was looked at.
pub(super) struct Post {
    pub(super) worktree: Worktree,
    pub(super) place: Place,
    index: Option<Look>,
    uncommitted: BTreeSet<String>,
    unlanded: BTreeSet<String>,
    /// Whether a hint could not be followed.
    is_doubtful: bool,
}

impl Post {
    /// Looks at everything.
    pub(super) fn open(context: &Context, worktree: &Worktree, mainline: &Mainline) -> Result<Self, Failure> {
        // Before its content: what changes in between is seen at the next look.
        let index = index_of(worktree)?;
        let mut place = Place::open(context, worktree)?;
        let everything = [Pattern::everything()];
        let mut uncommitted = place.desk.uncommitted(&everything)?;
        let mut unlanded: BTreeSet<String> = place.unlanded(mainline, &everything)?.into_keys().collect();
        for paths in [&mut uncommitted, &mut unlanded] {
            if let Some(first) = paths.iter().nth(CHANGED_MAX).cloned() {
                paths.split_off(&first);
            }
        }
        Ok(Self { worktree: worktree.clone(), place, index, uncommitted, unlanded, is_doubtful: false })
    }

    /// Returns whether what was read when it was opened still holds.
    pub(super) fn is_current(&self) -> bool {
        let commit = self.place.desk.repository().head().ok().and_then(|head| head.commit());
        let has_index = index_of(&self.worktree).is_ok_and(|index| index == self.index);
        !self.is_doubtful && has_index && commit == self.place.desk.commit() && self.worktree.check().is_ok()
    }

    /// Has everything looked at again.
    pub(super) fn doubt(&mut self) {
        self.is_doubtful = true;
    }

    pub(super) fn commit(&self) -> Option<ObjectId> {
        self.place.commit()
    }

    pub(super) fn commits(&self) -> Vec<ObjectId> {
        self.place.commits()
    }

    /// Returns how far the change of a path has come here, if it is changed.
    pub(super) fn how(&self, path: &str) -> Option<How> {
        if self.uncommitted.contains(path) {
            return Some(How::Uncommitted);
        }
        self.unlanded.contains(path).then_some(How::Unlanded)
    }

    /// Returns every path that is changed here.
    pub(super) fn changed(&self) -> impl Iterator<Item = &String> {
        self.uncommitted.union(&self.unlanded)
    }

    /// Returns whether a hint is about who works here or what is ignored.
    pub(super) fn is_told_anew(&self, hint: &Path) -> bool {
        let is_here = || hint.starts_with(&self.worktree.path) || hint.starts_with(&self.worktree.git_dir);
        let is_telling = hint.file_name().is_some_and(|name| TELLING.iter().any(|telling| name == *telling));
        is_telling && is_here() || hint.ends_with("info/exclude")
    }

    /// Returns the path of a hint within this work tree.
    pub(super) fn within(&self, hint: &Path) -> Option<String> {
        let inside = hint.strip_prefix(&self.worktree.path).ok()?.to_str()?;
        let is_gits = inside == ".git" || inside.starts_with(".git/");
        (!inside.is_empty() && !is_gits).then(|| inside.to_owned())
    }

    /// Looks again at what is at a path and below it. Returns the paths that may be other than they were, and the
    /// directories that may be new.
    pub(super) fn look(&mut self, path: &str) -> Result<(BTreeSet<String>, Vec<PathBuf>), Failure> {
        let desk = &mut self.place.desk;
        let below = format!("{path}/");
        let known: Vec<String> = self.uncommitted.range(below.clone()..).cloned().collect();
        let known = known.into_iter().take_while(|other| other.starts_with(&below));
        let mut touched: BTreeSet<String> = known.chain([path.to_owned()]).collect();
        let directories = desk.directories_below(path)?;
        if (!directories.is_empty() || desk.has_entries_below(path))
            && let Ok(pattern) = Pattern::parse(&format!("{}/", Pattern::escape(path)))
        {
            touched.extend(desk.uncommitted(&[pattern])?);
        }
        for path in &touched {
            remember(&mut self.uncommitted, path, desk.is_uncommitted(path)?, CHANGED_MAX);
        }
        Ok((touched, directories))
    }
}

/// Notes whether a path is changed. What is known to be stays known, however much there is.
fn remember(changed: &mut BTreeSet<String>, path: &str, is_changed: bool, most: usize) {
    if !is_changed {
        changed.remove(path);
    } else if changed.len() < most {
        changed.insert(path.to_owned());
    }
}

fn index_of(worktree: &Worktree) -> Result<Option<Look>, Failure> {
    Ok(disk::look(&worktree.git_dir.join("index"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_changed_stays_known_when_there_is_no_room() {
        let mut changed = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        remember(&mut changed, "a", true, 2);
        remember(&mut changed, "new", true, 2);
        assert_eq!(changed.iter().collect::<Vec<_>>(), ["a", "b"]);
        remember(&mut changed, "b", false, 2);
        remember(&mut changed, "new", true, 2);
        assert_eq!(changed.iter().collect::<Vec<_>>(), ["a", "new"]);
    }
}
