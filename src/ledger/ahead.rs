//! Reads a line of entries, and verifies their signatures on every core ahead of whoever judges one after the other.
//!
//! A signature says the same whoever else is judged: what is verified early is no other than what would have been later.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use crate::git::GitError;
use crate::ledger::chain::ReadEntry;
use crate::ledger::store::Store;
use crate::model::HashKind;
use crate::model::ObjectId;

/// How many entries are verified ahead: as many again are being judged, and no more are in memory.
const AHEAD: usize = 512;
/// For fewer entries than this no thread is worth its start.
const WORTH_A_THREAD: usize = 16;

/// An entry whose signature somebody verifies.
struct Pending {
    commit: ObjectId,
    raw: Result<Vec<u8>, GitError>,
    read: OnceLock<ReadEntry>,
}

impl Pending {
    fn verify(&self, kind: HashKind) {
        if let Ok(raw) = &self.raw {
            self.read.get_or_init(|| ReadEntry::of(self.commit, raw, kind));
        }
    }

    fn finish(self, kind: HashKind) -> Result<ReadEntry, GitError> {
        let Self { commit, raw, read } = self;
        let raw = raw?;
        Ok(read.into_inner().unwrap_or_else(|| ReadEntry::of(commit, &raw, kind)))
    }
}

/// Hands over the entries of a line, oldest first, until somebody has enough. What cannot be read is an error when it is
/// its turn, and not before.
pub(super) fn read_each<S: Store, E: From<GitError>>(
    store: &S,
    line: &[ObjectId],
    mut take: impl FnMut(ReadEntry) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let kind = store.hash_kind();
    // To ask how many cores there are takes longer than to verify a short line.
    let is_worth_threads = line.len() > WORTH_A_THREAD;
    let cores = if is_worth_threads { thread::available_parallelism().map_or(1, usize::from) } else { 1 };
    let mut verified: Vec<Pending> = Vec::new();
    // The last turn has nothing more to verify, and judges what the one before has verified.
    for batch in line.chunks(AHEAD).chain([&[][..]]) {
        let read = |commit: &ObjectId| Pending { commit: *commit, raw: store.commit(*commit), read: OnceLock::new() };
        let pending: Vec<Pending> = batch.iter().map(read).collect();
        let next = AtomicUsize::new(0);
        let verify = || {
            while let Some(entry) = pending.get(next.fetch_add(1, Ordering::Relaxed)) {
                entry.verify(kind);
            }
        };
        let flow = thread::scope(|scope| {
            for _ in 1..cores.min(pending.len().div_ceil(WORTH_A_THREAD)) {
                scope.spawn(verify);
            }
            let flow = hand_over(verified.drain(..).map(|entry| entry.finish(kind)), &mut take);
            if matches!(flow, Ok(ControlFlow::Continue(()))) {
                verify();
            } else {
                // Nobody asks for these any more.
                next.store(pending.len(), Ordering::Relaxed);
            }
            flow
        })?;
        if flow.is_break() {
            break;
        }
        verified = pending;
    }
    Ok(())
}

fn hand_over<E: From<GitError>>(
    entries: impl Iterator<Item = Result<ReadEntry, GitError>>,
    take: &mut impl FnMut(ReadEntry) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, E> {
    for entry in entries {
        if take(entry?)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::memory::MemoryStore;

    const ABSENT: usize = AHEAD + 100;

    fn line(store: &MemoryStore, count: usize) -> Vec<ObjectId> {
        (0..count).map(|number| (&store).write_commit(format!("tree {number}\n").as_bytes()).unwrap()).collect()
    }

    fn take_until(store: &MemoryStore, line: &[ObjectId], most: usize) -> (Vec<ObjectId>, Result<(), GitError>) {
        let mut taken = Vec::new();
        let read = read_each(&store, line, |entry| {
            taken.push(entry.commit());
            Ok(if taken.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        (taken, read)
    }

    #[test]
    fn every_entry_is_handed_over_once_and_in_order() {
        let store = MemoryStore::default();
        for count in [0, 1, WORTH_A_THREAD + 1, AHEAD, AHEAD + 1, 3 * AHEAD + 7] {
            let line = line(&store, count);
            let (taken, read) = take_until(&store, &line, usize::MAX);
            assert!(taken == line && read.is_ok(), "{count}");
        }
    }

    #[test]
    fn whoever_has_enough_gets_no_more() {
        let store = MemoryStore::default();
        let line = line(&store, 2 * AHEAD);
        for most in [1, AHEAD, AHEAD + 1] {
            let (taken, read) = take_until(&store, &line, most);
            assert!(taken == line[..most] && read.is_ok(), "{most}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_when_it_is_its_turn() {
        let store = MemoryStore::default();
        let mut line = line(&store, 2 * AHEAD);
        line[ABSENT] = ObjectId::null(HashKind::Sha256);
        let (taken, read) = take_until(&store, &line, usize::MAX);
        assert!(taken == line[..ABSENT] && matches!(read, Err(GitError::Missing { .. })));
        let (taken, read) = take_until(&store, &line, ABSENT);
        assert!(taken == line[..ABSENT] && read.is_ok(), "nobody came that far");
    }
}
