//! What somebody observed.

use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Span;
use crate::model::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    Bug,
    Risk,
    Note,
    Question,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingState {
    Open,
    Resolved,
    Dismissed,
}

/// Something observed about paths, a commit or a request. It can stop a landing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rev: u64,
    pub id: RecordId,
    pub author: PrincipalId,
    pub kind: FindingKind,
    pub severity: Severity,
    pub text: Text,
    pub paths: Vec<Pattern>,
    pub commit: Option<ObjectId>,
    pub request: Option<RecordId>,
    /// After this span the finding counts half as much for what is shown first. Blocking does not decay.
    pub half_life: Option<Span>,
    pub state: FindingState,
    pub mission: Option<RecordName>,
}
