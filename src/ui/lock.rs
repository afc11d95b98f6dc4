//! What is to be done about a lock file of git's that is in the way.

use crate::git::StandingLock;
use crate::ui::report::plain;
use crate::ui::report::span_words;

/// Returns the next step: a lock is taken away by whoever knows that nobody works under it.
pub(super) fn lock_hint(lock: &StandingLock) -> String {
    let file = plain(&lock.path.display().to_string());
    let age = lock.age.map_or(String::new(), |age| format!(" {} ago", span_words(age)));
    format!(
        "Run the same command again; if no git runs here any more, one that was killed left `{file}`{age}: remove it."
    )
}
