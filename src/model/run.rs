//! A command that was started, and what became of it.

use crate::model::Digest;
use crate::model::Order;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Timestamp;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunState {
    /// It was started, and no outcome is known.
    Started,
    Succeeded,
    Failed,
    /// Whoever started it says that it cannot be told any more.
    Unknown,
}

/// A run of what a request asked for. The request is spent by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub rev: u64,
    /// The id of the request.
    pub id: RecordId,
    pub runner: PrincipalId,
    pub action: RecordName,
    pub order: Order,
    pub delta: Digest,
    /// Random: by it who starts the command knows that this is its own start, and not that of a twin with the same key.
    pub nonce: Digest,
    /// Those whose approvals counted.
    pub approvals: Vec<PrincipalId>,
    /// The version of the policy that asked for them.
    pub policy: u64,
    pub state: RunState,
    /// The status with which the process ended.
    pub status: Option<u64>,
    /// The signal that ended it.
    pub signal: Option<u64>,
    pub seconds: Option<u64>,
    pub finished: Option<Timestamp>,
}

impl Run {
    /// Returns the run as it was when it was started.
    pub fn at_start(&self) -> Self {
        Self {
            rev: 1,
            state: RunState::Started,
            status: None,
            signal: None,
            seconds: None,
            finished: None,
            ..self.clone()
        }
    }
}
