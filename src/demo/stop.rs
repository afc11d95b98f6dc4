//! Why the story ends before its end.

use crate::disk::DiskError;
use crate::ops::Failure;

/// Why the story ends before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something happened otherwise than it is told.
    Otherwise(Mismatch),
    /// A command could not be run at all.
    Failure(Failure),
}

/// What was expected, and what was seen instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The command, with who typed it.
    pub(super) step: String,
    pub(super) expected: String,
    pub(super) seen: Vec<String>,
}

impl From<Mismatch> for Stop {
    fn from(mismatch: Mismatch) -> Self {
        Self::Otherwise(mismatch)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<DiskError> for Stop {
    fn from(error: DiskError) -> Self {
        Self::Failure(error.into())
    }
}
