//! Leases on paths and named resources.

use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Resource;
use crate::model::Text;
use crate::model::Timestamp;

/// Whether others may hold the same paths at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimMode {
    Exclusive,
    Shared,
}

/// What happens when the claim conflicts with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contention {
    /// It is refused.
    Refuse,
    /// It waits for its turn.
    Queue,
}

/// A lease on paths or resources, with an intent and an expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub rev: u64,
    pub id: RecordId,
    pub holder: PrincipalId,
    pub intent: Text,
    pub paths: Vec<Pattern>,
    pub resources: Vec<Resource>,
    pub mode: ClaimMode,
    pub contention: Contention,
    pub expires: Timestamp,
    pub task: Option<RecordName>,
    pub mission: Option<RecordName>,
    pub branch: Option<Text>,
    /// To whom the holder offers the claim; that principal may replace it by its own.
    pub offered_to: Option<PrincipalId>,
    /// Who has taken the claim away from its holder. It stands until somebody removes it; nothing lands under it.
    pub revoked_by: Option<PrincipalId>,
}

impl Claim {
    /// Returns whether both cannot be held at once: a common path or resource, unless both are shared.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        if self.mode == ClaimMode::Shared && other.mode == ClaimMode::Shared {
            return false;
        }
        self.shares_ground_with(other)
    }

    /// Returns whether some path or resource belongs to both.
    pub fn shares_ground_with(&self, other: &Self) -> bool {
        Pattern::any_overlap(&self.paths, &other.paths)
            || self.resources.iter().any(|mine| other.resources.contains(mine))
    }

    /// Returns the claim with the other's ground added to its own.
    pub fn widened_by(self, other: &Self) -> Self {
        let covered_by = |by: &[Pattern], path: &Pattern| by.iter().any(|wider| wider == path || wider.covers(path));
        let mut paths: Vec<_> = self.paths.into_iter().filter(|path| !covered_by(&other.paths, path)).collect();
        let more: Vec<_> = other.paths.iter().filter(|path| !covered_by(&paths, path)).cloned().collect();
        paths.extend(more);
        let mut resources = self.resources;
        let more: Vec<_> = other.resources.iter().filter(|name| !resources.contains(name)).cloned().collect();
        resources.extend(more);
        Self { paths, resources, ..self }
    }

    /// Returns whether the claim covers the path, as checkouts that fold case or normalisation see it.
    pub fn covers_path(&self, path: &[u8]) -> bool {
        self.paths.iter().any(|pattern| pattern.matches_folded(path))
    }
}
