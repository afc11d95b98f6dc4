//! What is known while a question is looked into, for whoever must answer when time is up.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use crate::ops::agent::Denial;
use crate::ops::agent::Outcome;
use crate::ops::agent::Remark;
use crate::rules::Unclaimed;

/// What is known of a question so far, on whichever thread.
#[derive(Clone, Debug, Default)]
pub struct Meanwhile(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    path: Option<String>,
    /// What becomes of work that nobody claimed, by the strictest of the ledgers that rule a file of the call.
    rule: Option<Unclaimed>,
}

impl Meanwhile {
    /// Notes which file is looked at.
    pub(super) fn looks_at(&self, path: &str) {
        self.known().path = Some(path.to_owned());
    }

    /// Notes what the policy says, once that is known of every file.
    pub(super) fn is_ruled_by(&self, rule: Unclaimed) {
        self.known().rule = Some(rule);
    }

    /// Returns the answer where there is no time for a better one: where work waits for a claim, or nobody knows whether it
    /// does, it is a no.
    pub fn outcome(&self, limit: Duration) -> Outcome {
        let known = self.known();
        let path = known.path.clone();
        let mut outcome = Outcome::default();
        match known.rule {
            Some(rule) if !rule.waits_for_claim() => outcome.remarks.push(Remark::OutOfTime { path, limit }),
            _ => outcome.denial = Some(Denial::OutOfTime { path, limit }),
        }
        outcome
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_is_a_no_where_work_waits_for_a_claim() {
        let limit = Duration::from_secs(40);
        let answer = |rule: Option<Unclaimed>| {
            let meanwhile = Meanwhile::default();
            meanwhile.looks_at("a");
            if let Some(rule) = rule {
                meanwhile.clone().is_ruled_by(rule);
            }
            let outcome = meanwhile.outcome(limit);
            (outcome.denial.is_some(), outcome.remarks.len())
        };
        for rule in [None, Some(Unclaimed::Taken), Some(Unclaimed::Stopped)] {
            assert_eq!(answer(rule), (true, 0), "{rule:?}");
        }
        for rule in [Unclaimed::Free, Unclaimed::Told] {
            assert_eq!(answer(Some(rule)), (false, 1), "{rule:?}");
        }
    }
}
