//! `.coord` at the root of a tree: the ledger's own checkout lies there, in every clone.

use crate::model::DeltaEntry;
use crate::model::fold_name;
use crate::rules::code::Code;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::verdict::first_of;

/// The name, at the root of a work tree, of the ledger's checkout or of the link to it.
const NAME: &[u8] = b".coord";

/// Refuses a change that puts something there: a checkout of it would take the place of the ledger's own, and what looks
/// like a policy or a claim would be read by people though it is none. Taking out what is there already is free.
pub(crate) fn rule(changes: &[DeltaEntry]) -> Option<RuleOutcome> {
    let mut put = changes.iter().filter(|change| change.new.is_some() && is_taken(&change.path));
    let first = put.next()?;
    let found = vec![first_of(&first.path, 1 + put.count())];
    let needed = "`.coord` is the ledger's own checkout, never code";
    Some(RuleOutcome::broken("paths", Code::WorktreeReplaced, needed, found))
}

/// Returns whether a path lies there, in a checkout that folds names as well.
pub(crate) fn is_taken(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').next().is_some_and(|first| fold_name(first) == NAME)
}
