//! What was tried, how it ended, and whether enough of it was reached to mean anything.

use std::collections::BTreeMap;

/// What the outcome of a trial is called whose point never came: the command took another way.
pub(super) const NOT_REACHED: &str = "not reached";

/// How many trials ended how.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) points: BTreeMap<String, usize>,
    pub(super) outcomes: BTreeMap<(String, String), usize>,
    pub(super) trials: usize,
    /// How often waiting for the disk was made to fail.
    pub(super) failed_syncs: usize,
    /// What is not as it should be, is not ours to mend, and had exactly the shape that is known: each with its reason.
    pub(super) known: BTreeMap<&'static str, usize>,
    pub(super) wrong: Vec<String>,
}

impl Tally {
    pub(super) fn merge(&mut self, other: Self) {
        self.points.extend(other.points);
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (reason, count) in other.known {
            *self.known.entry(reason).or_default() += count;
        }
        self.trials += other.trials;
        self.failed_syncs += other.failed_syncs;
        self.wrong.extend(other.wrong);
    }

    pub(super) fn count(&mut self, what: &str, outcome: &str) {
        *self.outcomes.entry((what.to_owned(), outcome.to_owned())).or_default() += 1;
    }

    /// Prints what was tried, and fails if anything was wrong, or if nothing was tried.
    #[track_caller]
    pub(super) fn conclude(&self, what: &str) {
        eprintln!("{what}: {} trials; points {:?}", self.trials, self.points);
        for ((fault, outcome), count) in &self.outcomes {
            eprintln!("  {fault}: {outcome}: {count}");
        }
        for (reason, count) in &self.known {
            eprintln!("  known, not counted as wrong: {reason}: {count}");
        }
        let shown: Vec<&str> = self.wrong.iter().take(12).map(String::as_str).collect();
        assert!(shown.is_empty(), "{} of {} went wrong:\n{}", self.wrong.len(), self.trials, shown.join("\n\n"));
        assert!(self.trials > 0, "nothing was tried");
    }

    /// Fails if one of the faults never struck, or hardly anything did: a tracer that strikes nothing finds nothing.
    #[track_caller]
    pub(super) fn assert_struck(&self, faults: &[(&str, &str)]) {
        let count = |is_it: &dyn Fn(&str, &str) -> bool| -> usize {
            let outcomes = self.outcomes.iter().filter(|((fault, outcome), _)| is_it(fault, outcome));
            outcomes.map(|(_, count)| count).sum()
        };
        for (name, _) in faults {
            assert!(count(&|fault, outcome| fault == *name && outcome != NOT_REACHED) > 0, "`{name}` never struck");
        }
        let missed = count(&|_, outcome| outcome == NOT_REACHED);
        assert!(missed * 10 < self.trials, "{missed} of {} points were never reached", self.trials);
        assert!(self.failed_syncs > 0, "waiting for the disk never failed");
    }
}
