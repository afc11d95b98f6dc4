//! What is said about an edit.

use std::path::PathBuf;
use std::time::Duration;

use crate::format::PayloadFault;
use crate::model::PrincipalId;
use crate::model::Timestamp;
use crate::ops::collisions::Change;
use crate::ops::failure::Failure;
use crate::ops::standing::Guarantee;
use crate::rules::Lease;

/// Why a file is not to be edited.
#[derive(Debug)]
pub enum Denial {
    /// What the program said was not understood.
    NotUnderstood(PayloadFault),
    /// Somebody else holds it.
    Held { path: String, leases: Vec<(Lease, Guarantee)>, now: Timestamp },
    /// The policy asks for a claim, and nobody holds one here.
    Unclaimed { path: String, caller: Option<PrincipalId> },
    /// It lies in the work tree of another principal.
    OthersWorktree { path: String, principal: String },
    /// It is git's, not part of the work.
    GitsOwn { path: PathBuf },
    /// No claim could ever name it.
    Unnameable { path: String },
    /// Others have it in hand, and the agent would not hear of it otherwise.
    InHand(Vec<Change>),
    /// It cannot be told, or no claim was to be had.
    Failed { path: String, failure: Failure },
    /// It could not be told in time, where work waits for a claim.
    OutOfTime { path: Option<String>, limit: Duration },
}

/// What an agent is told beside.
#[derive(Debug)]
pub enum Remark {
    /// It was claimed for this session.
    Claimed(Lease),
    /// Nobody has claimed it, while others are at work.
    Unclaimed(String),
    /// Others wait for it.
    Awaited { path: String, by: PrincipalId },
    /// Others have it in hand as well.
    InHand(Change),
    /// The claim could not be renewed.
    NotRenewed(Failure),
    /// The remote was not asked whether somebody holds it elsewhere.
    NotAsked(Failure),
    /// It could not be told in time.
    OutOfTime { path: Option<String>, limit: Duration },
}

/// What is said about an edit.
#[derive(Debug, Default)]
pub struct Outcome {
    pub denial: Option<Denial>,
    pub remarks: Vec<Remark>,
}
