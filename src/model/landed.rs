//! Protected ref updates that the gate let through.

use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Timestamp;

/// A claim under which landed work was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandedClaim {
    pub id: RecordId,
    pub token: u64,
}

/// The record of the last landing on one protected ref, with the inputs of its decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    pub rev: u64,
    pub target: RefName,
    /// `None` where the ref did not exist.
    pub old: Option<ObjectId>,
    pub new: ObjectId,
    /// `None` for the first record of a ref, which takes it as it is.
    pub request: Option<RecordId>,
    pub delta: Option<Digest>,
    /// The principals whose approvals were used up.
    pub approvals: Vec<PrincipalId>,
    pub claims: Vec<LandedClaim>,
    /// The principals who signed commits of the change.
    pub signers: Vec<PrincipalId>,
    /// The principals who signed the same change on branches that were known then.
    pub elsewhere: Vec<PrincipalId>,
    /// Everybody who had a hand in it, told of what landed before anybody approved: none of them reviews it.
    pub contributors: Vec<PrincipalId>,
    /// How many of its authors nobody knows, told of the same.
    pub unknown_authors: u64,
    /// The changed paths, unless there were too many to list.
    pub paths: Option<Vec<String>>,
    pub verdict: Option<Digest>,
    pub policy: u64,
    /// The ledger height at which it was decided.
    pub decided_at: u64,
    /// The head from which rights, keys and policy were read.
    pub rights_head: ObjectId,
    /// The acceptor's clock.
    pub now: Timestamp,
}

impl Landed {
    /// A landing lists its changed paths up to this many.
    pub const PATHS_MAX: usize = 500;

    /// Returns the record by which a root member takes a ref as it is, under the first policy, as nobody has before.
    pub fn adoption(target: RefName, new: ObjectId, decided_at: u64, rights_head: ObjectId, now: Timestamp) -> Self {
        Self {
            rev: 1,
            target,
            old: None,
            new,
            request: None,
            delta: None,
            approvals: Vec::new(),
            claims: Vec::new(),
            signers: Vec::new(),
            elsewhere: Vec::new(),
            contributors: Vec::new(),
            unknown_authors: 0,
            paths: None,
            verdict: None,
            policy: 1,
            decided_at,
            rights_head,
            now,
        }
    }
}
