//! What machines check before something lands.

use crate::model::Pattern;
use crate::model::RecordName;
use crate::model::Span;

/// A check that has to have passed on exactly the tree that lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRule {
    pub name: RecordName,
    /// The roles of the services whose word it takes.
    pub from: Vec<RecordName>,
    /// The rule asks only if a changed path matches one of these; empty means always.
    pub paths: Vec<Pattern>,
    /// How old an attestation may be.
    pub max_age: Option<Span>,
}

impl CheckRule {
    /// Returns whether the rule asks about a change of these paths.
    pub fn asks<'a>(&self, paths: impl IntoIterator<Item = &'a [u8]>) -> bool {
        self.paths.is_empty() || paths.into_iter().any(|path| self.names(path))
    }

    /// Returns whether one of its patterns names a path, or one that a file system may take for it.
    pub fn names(&self, path: &[u8]) -> bool {
        self.paths.iter().any(|pattern| pattern.matches_in_any_form(path))
    }
}
