//! What a watcher tells.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// Where to look again. It may come twice, and it may come for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// These paths, or what they name, may have changed, come or gone.
    Changed(BTreeSet<PathBuf>),
    /// Anything may have changed: events were lost, or there were too many to name.
    Rescan,
}
