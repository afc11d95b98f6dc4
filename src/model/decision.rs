//! A question that is settled.

use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Text;

/// What was decided about some paths. It is never edited and never taken away: another decision supersedes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub id: RecordId,
    pub author: PrincipalId,
    /// What was open, in one line.
    pub question: Text,
    /// What holds from now on. Whoever touches the paths reads it, so it is short.
    pub answer: Text,
    /// The paths that it binds; at least one pattern.
    pub paths: Vec<Pattern>,
    /// The request that it came from.
    pub request: Option<RecordId>,
    /// The finding that it answers.
    pub finding: Option<RecordId>,
    /// The decision whose place it takes.
    pub supersedes: Option<RecordId>,
}

impl Decision {
    /// The longest question in bytes.
    pub const QUESTION_BYTES_MAX: usize = 240;
    /// The longest answer in bytes.
    pub const ANSWER_BYTES_MAX: usize = 1_000;
}
