//! Whether others than this clone write as well, and how long an attempt takes then: remembered between commands, so that
//! clones which write at the same time do not keep each other from it.

use std::time::Duration;

use crate::disk;
use crate::disk::Durability;
use crate::git::GitError;
use crate::ledger::clone::CloneStore;

const FILE: &str = "rivals";
/// More than two numbers.
const LEN_MAX: u64 = 64;
/// For how many pushes a lost race is remembered.
const CAREFUL_PUSHES: u32 = 6;

impl CloneStore {
    /// Returns how long an attempt took when the last race was lost, if that was not long ago.
    pub(super) fn rivals(&self) -> Result<Option<Duration>, GitError> {
        Ok(self.read_rivals()?.map(|(_, took)| took))
    }

    /// Remembers that a race was lost, by an attempt that took so long.
    pub(super) fn met_rivals(&self, took: Duration) -> Result<(), GitError> {
        self.write_rivals(CAREFUL_PUSHES, took)
    }

    /// Remembers that a push was taken: after some of these the rivals are taken to be gone.
    pub(super) fn met_nobody(&self) -> Result<(), GitError> {
        match self.read_rivals()? {
            Some((left @ 2.., took)) => self.write_rivals(left - 1, took),
            Some(_) => Ok(disk::remove(&self.directory().join(FILE))?),
            None => Ok(()),
        }
    }

    fn read_rivals(&self) -> Result<Option<(u32, Duration)>, GitError> {
        let front = disk::read_front(&self.directory().join(FILE), LEN_MAX)?;
        let text = String::from_utf8_lossy(&front);
        let parsed =
            text.trim().split_once(' ').and_then(|(left, took)| Some((left.parse().ok()?, took.parse().ok()?)));
        Ok(parsed.map(|(left, took)| (left, Duration::from_millis(took))))
    }

    fn write_rivals(&self, left: u32, took: Duration) -> Result<(), GitError> {
        let text = format!("{left} {}\n", took.as_millis());
        disk::write(&self.directory().join(FILE), text.as_bytes(), 0o600, Durability::Cached)?;
        Ok(())
    }
}
