//! Where events wait until it has been quiet for a while. Bounded: too many become one `Rescan`.

use std::collections::BTreeSet;
use std::mem;
use std::path::PathBuf;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use super::hint::Hint;

const PATHS_MAX: usize = 4_096;
const HOLD_BACK_FACTOR: u32 = 10;
const DEBOUNCE_MAX: Duration = Duration::from_secs(3_600);

/// Collects what the event thread reports until the reader takes it.
#[derive(Debug)]
pub(super) struct Inbox {
    debounce: Duration,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

/// Directories that may have come, gone or been replaced, so that their watches must be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Suspects {
    Paths(BTreeSet<PathBuf>),
    All,
}

/// What an event says about the path beyond "changed".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Content or metadata of something that stays where it is.
    Content,
    /// A name came, went or was given to something else.
    Structure,
}

#[derive(Debug, Default)]
struct Waiting {
    changed: BTreeSet<PathBuf>,
    rescan: bool,
    suspects: BTreeSet<PathBuf>,
    all_suspect: bool,
    /// When the first and the last of what waits here arrived.
    arrivals: Option<(Instant, Instant)>,
}

impl Inbox {
    pub(super) fn new(debounce: Duration) -> Self {
        Self { debounce: debounce.min(DEBOUNCE_MAX), waiting: Mutex::default(), arrived: Condvar::new() }
    }

    /// Notes that these paths may have changed.
    pub(super) fn note(&self, paths: impl IntoIterator<Item = PathBuf>, nature: Nature) {
        let mut waiting = self.lock();
        let was_empty = waiting.arrivals.is_none();
        for path in paths {
            if nature == Nature::Structure {
                waiting.suspects.insert(path.clone());
            }
            waiting.changed.insert(path);
            waiting.arrive();
        }
        if waiting.changed.len() > PATHS_MAX || waiting.suspects.len() > PATHS_MAX {
            waiting.lose_track();
        }
        // During a burst the reader sleeps until it is quiet, unless a watch may need care at once.
        if was_empty || !waiting.suspects.is_empty() {
            self.arrived.notify_all();
        }
    }

    /// Notes that events were lost.
    pub(super) fn note_loss(&self) {
        let mut waiting = self.lock();
        waiting.lose_track();
        waiting.arrive();
        self.arrived.notify_all();
    }

    /// Notes that there is more than can be named, while the watches themselves are fine.
    pub(super) fn note_rescan(&self) {
        let mut waiting = self.lock();
        waiting.rescan = true;
        waiting.arrive();
        self.arrived.notify_all();
    }

    pub(super) fn take_suspects(&self) -> Suspects {
        let mut waiting = self.lock();
        let paths = mem::take(&mut waiting.suspects);
        if mem::take(&mut waiting.all_suspect) { Suspects::All } else { Suspects::Paths(paths) }
    }

    /// Returns what waits if it is due.
    pub(super) fn take_due(&self, now: Instant) -> Option<Hint> {
        let mut waiting = self.lock();
        if self.due_at(&waiting).is_none_or(|due| now < due) {
            return None;
        }
        waiting.arrivals = None;
        let changed = mem::take(&mut waiting.changed);
        Some(if mem::take(&mut waiting.rescan) { Hint::Rescan } else { Hint::Changed(changed) })
    }

    /// Sleeps until something is due or suspect, at most until the moment given.
    pub(super) fn wait(&self, until: Instant) {
        let waiting = self.lock();
        if waiting.all_suspect || !waiting.suspects.is_empty() {
            return;
        }
        let until = self.due_at(&waiting).map_or(until, |due| due.min(until));
        let patience = until.saturating_duration_since(Instant::now());
        // Waking too early is harmless: the reader looks and comes back.
        drop(self.arrived.wait_timeout(waiting, patience));
    }

    fn due_at(&self, waiting: &Waiting) -> Option<Instant> {
        let (first, last) = waiting.arrivals?;
        Some((last + self.debounce).min(first + self.debounce * HOLD_BACK_FACTOR))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // The state is whole between any two statements, so a panic elsewhere does not spoil it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn arrive(&mut self) {
        let now = Instant::now();
        let first = self.arrivals.map_or(now, |(first, _)| first);
        self.arrivals = Some((first, now));
    }

    fn lose_track(&mut self) {
        self.changed.clear();
        self.suspects.clear();
        self.rescan = true;
        self.all_suspect = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBOUNCE: Duration = Duration::from_secs(1);

    fn path(index: usize) -> PathBuf {
        PathBuf::from(format!("/d/{index}"))
    }

    #[test]
    fn nothing_is_due_before_it_has_been_quiet() {
        let inbox = Inbox::new(DEBOUNCE);
        inbox.note([path(1)], Nature::Content);
        let now = Instant::now();
        assert_eq!(inbox.take_due(now), None);
        inbox.note([path(2)], Nature::Content);
        let due = inbox.take_due(Instant::now() + DEBOUNCE);
        assert_eq!(due, Some(Hint::Changed(BTreeSet::from([path(1), path(2)]))));
        assert_eq!(inbox.take_due(Instant::now() + DEBOUNCE * 20), None);
    }

    #[test]
    fn constant_noise_does_not_hold_a_hint_back_for_ever() {
        let inbox = Inbox::new(DEBOUNCE);
        let start = Instant::now();
        inbox.note([path(1)], Nature::Content);
        inbox.lock().arrivals = Some((start, start + DEBOUNCE * 10));
        assert_eq!(inbox.take_due(start + DEBOUNCE * 9), None);
        assert!(inbox.take_due(start + DEBOUNCE * 10).is_some());
    }

    #[test]
    fn more_paths_than_can_be_named_become_one_rescan() {
        let inbox = Inbox::new(DEBOUNCE);
        inbox.note((0..PATHS_MAX).map(path), Nature::Content);
        assert!(!inbox.lock().rescan);
        inbox.note([path(PATHS_MAX)], Nature::Content);
        assert_eq!(inbox.take_suspects(), Suspects::All);
        assert_eq!(inbox.take_due(Instant::now() + DEBOUNCE), Some(Hint::Rescan));
    }

    #[test]
    fn lost_events_become_a_rescan_and_make_every_watch_suspect() {
        let inbox = Inbox::new(Duration::ZERO);
        inbox.note([path(1)], Nature::Structure);
        inbox.note_loss();
        assert_eq!(inbox.take_suspects(), Suspects::All);
        assert_eq!(inbox.take_due(Instant::now()), Some(Hint::Rescan));
        assert_eq!(inbox.take_suspects(), Suspects::Paths(BTreeSet::new()));
    }
}
