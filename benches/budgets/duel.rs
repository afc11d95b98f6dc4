//! Floor and subject measured in turn, so that whatever slows the machine down slows both.

use std::time::Duration;
use std::time::Instant;

use crate::budgets::statistics::median;
use crate::budgets::statistics::quantile;

/// How many rounds are thrown away: caches warm up, files are paged in.
const WARM_UP: usize = 2;

/// Times of a floor and of a subject, taken in turn, in microseconds.
pub(crate) struct Duel {
    floor: Vec<f64>,
    subject: Vec<f64>,
}

impl Duel {
    /// Runs floor and subject in turn. Each says how long it took, so that what it prepares is not counted.
    pub(crate) fn run(
        count: usize,
        mut floor: impl FnMut() -> Duration,
        mut subject: impl FnMut() -> Duration,
    ) -> Self {
        let mut duel = Self { floor: Vec::new(), subject: Vec::new() };
        for round in 0..count + WARM_UP {
            let (one, other) = (floor(), subject());
            if round >= WARM_UP {
                duel.floor.push(one.as_secs_f64() * 1e6);
                duel.subject.push(other.as_secs_f64() * 1e6);
            }
        }
        duel
    }

    /// Takes times that were measured in turn elsewhere.
    pub(crate) fn of(pairs: impl Iterator<Item = (Duration, Duration)>) -> Self {
        let (floor, subject) = pairs.map(|(one, other)| (one.as_secs_f64() * 1e6, other.as_secs_f64() * 1e6)).unzip();
        Self { floor, subject }
    }

    pub(crate) fn count(&self) -> usize {
        self.floor.len()
    }

    pub(crate) fn floor_us(&self) -> f64 {
        median(&self.floor)
    }

    pub(crate) fn subject_us(&self) -> f64 {
        median(&self.subject)
    }

    /// Returns the subject's 90th percentile.
    pub(crate) fn subject_p90_us(&self) -> f64 {
        quantile(&self.subject, 0.9)
    }

    /// Returns the median of subject to floor, pair by pair.
    pub(crate) fn ratio(&self) -> f64 {
        let ratios: Vec<f64> = self.subject.iter().zip(&self.floor).map(|(subject, floor)| subject / floor).collect();
        median(&ratios)
    }
}

/// Returns how long some work takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}
