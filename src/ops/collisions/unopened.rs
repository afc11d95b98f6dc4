//! Work trees that cannot be looked at: tried again less and less often, and told once, unless they were only half made.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

/// After how long it is tried a second time; each time it is waited twice as long as before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A second and a half: nothing is half made for so long.
const FAILURES_TO_TELL: u32 = 6;

/// The work trees that could not be looked at, by their git directories.
#[derive(Debug, Default)]
pub(super) struct Unopened {
    trials: BTreeMap<PathBuf, Trial>,
}

#[derive(Debug)]
struct Trial {
    failures: u32,
    next: Instant,
}

impl Unopened {
    /// Returns whether to look at a work tree now.
    pub(super) fn is_due(&self, key: &Path, now: Instant) -> bool {
        self.trials.get(key).is_none_or(|trial| now >= trial.next)
    }

    /// Returns when the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.trials.values().map(|trial| trial.next).min()
    }

    /// Notes that one could not be looked at, and returns whether that is to be told.
    pub(super) fn note(&mut self, key: &Path, now: Instant) -> bool {
        let trial = self.trials.entry(key.to_owned()).or_insert(Trial { failures: 0, next: now });
        trial.next = now + LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow(trial.failures.min(10)));
        trial.failures = trial.failures.saturating_add(1);
        trial.failures == FAILURES_TO_TELL
    }

    /// Notes that one was looked at.
    pub(super) fn forget(&mut self, key: &Path) {
        self.trials.remove(key);
    }

    /// Forgets those that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl Fn(&Path) -> bool) {
        self.trials.retain(|key, _| is_there(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_become_rare_and_are_told_once() {
        let (mut unopened, key) = (Unopened::default(), Path::new("/c/.git/worktrees/bob"));
        let begun = Instant::now();
        let (mut now, mut told) = (begun, Vec::new());
        while now < begun + Duration::from_secs(60) {
            assert!(unopened.is_due(key, now));
            if unopened.note(key, now) {
                told.push(now - begun);
            }
            assert!(!unopened.is_due(key, now), "not at every look");
            now = unopened.next().unwrap();
        }
        assert_eq!(told, [Duration::from_millis(1_550)]);
        assert_eq!(unopened.trials[key].failures, 13);
        unopened.forget(key);
        assert!(unopened.is_due(key, now) && unopened.next().is_none());
    }
}
