//! What the checkout was brought to last, and how its index looked then: whoever writes the index besides us may have
//! written back what it was before.

use crate::disk;
use crate::disk::Look;
use crate::git::GitError;
use crate::git::Worktree;
use crate::model::ObjectId;

/// The file beside the checkout's index.
const SHOWN: &str = "coord-shown";
const SHOWN_BYTES_MAX: u64 = 400;

/// The state in which we left a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) tree: ObjectId,
    pub(super) index: Option<Look>,
    /// Since when the machine ran then: after another start of it, nothing of this is sure.
    pub(super) boot: String,
}

impl Shown {
    /// Returns how a checkout is now, if it is brought to this tree.
    pub(super) fn now(worktree: &Worktree, tree: ObjectId) -> Result<Self, GitError> {
        Ok(Self { tree, index: Self::look_at_index(worktree)?, boot: disk::boot() })
    }

    pub(super) fn look_at_index(worktree: &Worktree) -> Result<Option<Look>, GitError> {
        Ok(disk::look(&worktree.git_dir.join("index"))?)
    }

    /// Reads how a checkout was left; `None` if that is not known.
    pub(super) fn read(worktree: &Worktree) -> Result<Option<Self>, GitError> {
        let text = disk::read(&worktree.git_dir.join(SHOWN), SHOWN_BYTES_MAX)?;
        let Some(text) = text.and_then(|text| String::from_utf8(text).ok()) else { return Ok(None) };
        let mut words = text.split_whitespace();
        let tree = words.next().and_then(|tree| tree.parse().ok());
        let index = words.next().and_then(|look| look.parse().ok());
        let boot = words.next().unwrap_or_default().to_owned();
        Ok(tree.map(|tree| Self { tree, index, boot }))
    }

    pub(super) fn write(&self, worktree: &Worktree) -> Result<(), GitError> {
        let look = self.index.map_or("-".to_owned(), |look| look.to_string());
        let text = format!("{} {look} {}\n", self.tree, self.boot);
        // Torn, it is another tree, another index or another start of the machine, and the checkout is looked through.
        Ok(disk::overwrite(&worktree.git_dir.join(SHOWN), text.as_bytes(), 0o600)?)
    }
}
