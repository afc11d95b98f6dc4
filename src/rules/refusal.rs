//! A "no" with its reasons.

use std::fmt;

use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Timestamp;
use crate::rules::code::Code;

/// Who stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub claim: RecordId,
    pub holder: PrincipalId,
    pub intent: String,
    /// The paths and resources, as written.
    pub ground: Vec<String>,
    /// `None` while it is queued itself.
    pub token: Option<u64>,
    pub expires: Timestamp,
}

/// A "no" with a stable code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    /// The path of the record within the ledger, where it is about one.
    pub record: Option<String>,
    pub message: String,
    pub obstacles: Vec<Obstacle>,
}

impl Refusal {
    /// Returns a refusal that is about no record and names no claims.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, record: None, message: message.into(), obstacles: Vec::new() }
    }

    /// Returns the refusal with the record that it is about.
    #[must_use]
    pub fn about(mut self, record: impl fmt::Display) -> Self {
        self.record.get_or_insert_with(|| record.to_string());
        self
    }

    /// Returns the refusal with the claims that stand in the way.
    #[must_use]
    pub fn with_obstacles(mut self, obstacles: Vec<Obstacle>) -> Self {
        self.obstacles = obstacles;
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// Returns `Err` with this code and message unless the condition holds.
pub(crate) fn ensure(holds: bool, code: Code, message: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::new(code, message())) }
}
