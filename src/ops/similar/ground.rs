//! Which paths two records share: an exact signal, whatever their words say.

use std::collections::BTreeSet;

use crate::model::DeltaEntry;
use crate::model::Pattern;
use crate::ops::context::Context;
use crate::ops::similar::records::Known;

/// So many shared paths are named.
const NAMED_MAX: usize = 5;
/// So many paths of a change are looked at: one that changes more is about everything.
const CHANGES_MAX: usize = 1_000;

/// What something that is to be made is about.
pub(crate) enum Ground<'a> {
    /// Paths as they are claimed, or named by a finding.
    Patterns(&'a [Pattern]),
    /// What a change changes.
    Changes(BTreeSet<&'a [u8]>),
}

impl<'a> Ground<'a> {
    /// Returns what these changes are about.
    pub(crate) fn of_changes(changes: &'a [DeltaEntry]) -> Self {
        Self::Changes(changes.iter().take(CHANGES_MAX).map(|change| change.path.as_slice()).collect())
    }

    /// Returns the paths of a record that belong to this ground as well, at most [`NAMED_MAX`].
    pub(super) fn shared_with(&self, context: &Context, known: &Known) -> Vec<String> {
        match known {
            Known::Claim(lease) => self.among_patterns(&lease.claim.paths),
            Known::Flight(flight) => self.among_patterns(&flight.ended.claim.paths),
            Known::Finding(noted) => self.among_patterns(&noted.finding.paths),
            Known::Request(pending) => {
                let request = &pending.request;
                let changes = context.reader().delta(request.base_tree, request.new_tree);
                // What was never fetched shares nothing that could be seen here.
                self.among_changes(&changes.unwrap_or_default())
            }
            Known::Decision(settled) => self.among_patterns(&settled.decision.paths),
            Known::Title { .. } => Vec::new(),
        }
    }

    fn among_patterns(&self, patterns: &[Pattern]) -> Vec<String> {
        let is_shared = |pattern: &&Pattern| match self {
            Self::Patterns(own) => own.iter().any(|own| own.overlaps(pattern)),
            Self::Changes(own) => own.iter().any(|path| pattern.matches_folded(path)),
        };
        patterns.iter().filter(is_shared).take(NAMED_MAX).map(ToString::to_string).collect()
    }

    fn among_changes(&self, changes: &[DeltaEntry]) -> Vec<String> {
        let is_shared = |change: &&DeltaEntry| match self {
            Self::Patterns(own) => own.iter().any(|pattern| pattern.matches_folded(&change.path)),
            Self::Changes(own) => own.contains(change.path.as_slice()),
        };
        let shared = changes.iter().take(CHANGES_MAX).filter(is_shared).take(NAMED_MAX);
        shared.map(|change| String::from_utf8_lossy(&change.path).into_owned()).collect()
    }
}
