//! How long to wait before trying again what others won, and when to give up: bounded, and different for everybody, so that
//! those who lost together do not come back together.

use std::time::Duration;

use crate::ledger::store::Store;

/// An attempt takes no less than this, for what follows from it.
const ATTEMPT_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);
const ATTEMPTS_MAX: u32 = 64;
const PATIENCE: Duration = Duration::from_secs(60);

/// A series of attempts that lost.
#[derive(Debug)]
pub(super) struct Backoff {
    /// When it began, by the store's clock.
    start: Duration,
    lost: u32,
}

impl Backoff {
    pub(super) fn new<S: Store>(store: &S) -> Self {
        Self { start: store.uptime(), lost: 0 }
    }

    /// How many attempts were lost.
    pub(super) fn lost(&self) -> u32 {
        self.lost
    }

    /// Counts a lost attempt that took so long. Returns how long to pause before the next one; `None` if there is to be none.
    pub(super) fn lose<S: Store>(&mut self, store: &S, took: Duration) -> Option<Duration> {
        self.lost += 1;
        if self.lost >= ATTEMPTS_MAX || store.uptime() - self.start > PATIENCE {
            return None;
        }
        // Whoever lost often is one of many; beyond that, waiting longer than others would only be unfair.
        let widest = took.max(ATTEMPT_MIN).saturating_mul(1 << self.lost.min(3));
        Some(widest.min(PAUSE_MAX).mul_f64(store.draw()))
    }
}

/// Returns a number from 0 to 1. Without randomness everybody waits as long; that is slower and not wrong.
pub(super) fn random_part() -> f64 {
    let mut bytes = [0; 2];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::memory::MemoryStore;

    #[test]
    fn pauses_are_bounded_and_differ() {
        let mut pauses = Vec::new();
        let store = &MemoryStore::default();
        let mut backoff = Backoff::new(&store);
        while let Some(pause) = backoff.lose(&store, Duration::from_millis(40)) {
            pauses.push(pause);
        }
        assert_eq!(pauses.len() as u32, ATTEMPTS_MAX - 1);
        assert_eq!(backoff.lost(), ATTEMPTS_MAX);
        assert!(pauses[0] <= Duration::from_millis(80));
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_millis(320)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        assert!(Backoff::new(&store).lose(&store, Duration::from_secs(60)).unwrap() <= PAUSE_MAX);
    }
}
