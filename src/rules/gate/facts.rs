//! Raw readings of the code repository, from which the gate decides. Collected by others; judged here.

use std::collections::BTreeMap;

use crate::model::DeltaEntry;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RefName;
use crate::sign::PublicKey;

/// A wish to move a ref. `None` means that the ref does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub target: RefName,
    pub old: Option<ObjectId>,
    pub new: Option<ObjectId>,
}

/// How the new commit stands to the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// The old commit is on the first-parent line of the new one.
    Forward,
    /// The old commit is an ancestor, but not along first parents.
    Sideways,
    /// The old commit is no ancestor.
    Rewind,
    Create,
    Delete,
    /// A tag or another object that is no commit.
    NoCommit,
}

/// Who signed a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitSigner {
    Unsigned,
    Signed(PublicKey),
    Bad(String),
}

/// One new commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFact {
    pub id: ObjectId,
    pub signer: CommitSigner,
    /// Whether a hardware key vouches that it checked its user.
    pub user_verified: bool,
    pub co_authors: Vec<String>,
    /// Whether it has more than one parent.
    pub is_merge: bool,
    /// The paths that it changed against each of its parents, with the mode and the object that it left there, if any.
    pub touched: BTreeMap<Vec<u8>, Option<(u32, ObjectId)>>,
}

/// A head of a request, now or earlier, other than the one that lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherHead {
    pub head: ObjectId,
    /// What the request's present head changes since it left the history of the ref.
    pub delta: Option<Digest>,
    /// The commits in which it does, or in which a head of before did, without the paths; `None` if they are not known any
    /// more.
    pub commits: Option<Vec<CommitFact>>,
}

/// Who came to the same result on other branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SameResult {
    /// The commits of branches that end in the same tree, or in that of the request's own head.
    Found(Vec<CommitFact>),
    /// Those who were found when it landed.
    Recorded(Vec<PrincipalId>),
    /// The commits that are found now, and those who were found when it landed.
    Both(Vec<CommitFact>, Vec<PrincipalId>),
}

/// A consecutive part of an update that lands as one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFacts {
    pub old: Option<ObjectId>,
    pub new: ObjectId,
    pub old_tree: ObjectId,
    pub new_tree: ObjectId,
    pub delta: Digest,
    pub changes: Vec<DeltaEntry>,
    /// The mode and the object that land at each changed path, if any.
    pub result: BTreeMap<Vec<u8>, Option<(u32, ObjectId)>>,
    /// Every commit that the change makes reachable.
    pub commits: Vec<CommitFact>,
    pub other_heads: Vec<OtherHead>,
    pub same_result: SameResult,
    /// The commits of the request's heads that have landed since these were named, without the paths.
    pub landed_since: Vec<CommitFact>,
    /// Added paths that differ from another path of the new tree by case or normalisation only.
    pub twins: Vec<Vec<u8>>,
}
