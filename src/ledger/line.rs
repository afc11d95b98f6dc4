//! What is remembered of the line of staged entries, so that not everybody who comes has to read and judge all of them.
//!
//! Like everything that is remembered it is no authority: what does not fit the line as it is is passed over.

use std::time::Duration;

use crate::disk;
use crate::disk::Durability;
use crate::git::GitError;
use crate::ledger::chain::Chain;
use crate::ledger::clone::CloneStore;
use crate::ledger::memo;
use crate::ledger::memo::Base;
use crate::ledger::store::Store;
use crate::ledger::tentative::entries_beyond;
use crate::model::ObjectId;

const FILE: &str = "staged";
/// Whether others than this clone write as well, and how long an attempt takes then.
const RIVALS_FILE: &str = "rivals";
/// For how many pushes a lost race is remembered.
const CAREFUL_PUSHES: u32 = 6;
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// More than three ids and two numbers.
const FRONT_LEN: u64 = 260;

/// The line as it was after the last entry came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The head of the branch that it continues.
    pub(super) base: ObjectId,
    pub(super) tip: ObjectId,
    /// Its name, drawn when it began: those who share it are taken away together, or decided in the order of their height.
    pub(super) first: ObjectId,
    /// The height of its last entry.
    pub(super) height: u64,
    /// How many entries are on it.
    pub(super) count: usize,
}

impl Line {
    /// Reads what stands first in the file; if that is torn, there is none.
    fn parse(text: &[u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(text).ok()?.split(' ');
        let (base, tip) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let (first, height) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Self { base, tip, first, height, count: fields.next()?.parse().ok()? })
    }
}

impl CloneStore {
    /// Returns the line as it is now; `None` if there is none.
    pub(super) fn known_line(&self) -> Result<Option<Line>, GitError> {
        let front = disk::read_front(&self.directory().join(FILE), FRONT_LEN)?;
        let line = front.split(|byte| *byte == b'\n').next().and_then(Line::parse);
        let tip = self.staged()?;
        Ok(line.filter(|line| Some(line.tip) == tip))
    }

    /// Returns the entries of a line after a head, oldest first.
    pub(super) fn line_after(&self, head: ObjectId, line: Line) -> Result<Vec<ObjectId>, GitError> {
        let mut entries = entries_beyond(self, line.tip, head)?;
        entries.reverse();
        Ok(entries)
    }

    /// Returns the chain that a line ends in.
    pub(super) fn chain_at(&self, line: Line) -> Result<Option<Chain>, GitError> {
        let Some(bytes) = disk::read(&self.directory().join(FILE), BYTES_MAX)? else { return Ok(None) };
        let Some(front) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let whole = self.recall()?.map(|recalled| recalled.whole);
        let chain = whole.and_then(|whole| memo::decode(whole, &bytes[front + 1..])).map(|(chain, _)| chain);
        Ok(chain.filter(|chain| chain.head == line.tip))
    }

    /// Remembers the line, and the chain that it ends in as far as that continues one that is remembered as a whole.
    pub(super) fn keep_line(&self, line: Line, chain: &Chain, base: Option<Base>) -> Result<(), GitError> {
        let Line { base: continued, tip, first, height, count } = line;
        let mut bytes = format!("{continued} {tip} {first} {height} {count}\n").into_bytes();
        bytes.extend(base.map(|base| memo::encode_recent(chain, base)).unwrap_or_default());
        disk::write(&self.directory().join(FILE), &bytes, 0o600, Durability::Cached)?;
        Ok(())
    }

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
            Some(_) => Ok(disk::remove(&self.directory().join(RIVALS_FILE))?),
            None => Ok(()),
        }
    }

    fn read_rivals(&self) -> Result<Option<(u32, Duration)>, GitError> {
        let front = disk::read_front(&self.directory().join(RIVALS_FILE), FRONT_LEN)?;
        let text = String::from_utf8_lossy(&front);
        let parsed =
            text.trim().split_once(' ').and_then(|(left, took)| Some((left.parse().ok()?, took.parse().ok()?)));
        Ok(parsed.map(|(left, took)| (left, Duration::from_millis(took))))
    }

    fn write_rivals(&self, left: u32, took: Duration) -> Result<(), GitError> {
        let text = format!("{left} {}\n", took.as_millis());
        disk::write(&self.directory().join(RIVALS_FILE), text.as_bytes(), 0o600, Durability::Cached)?;
        Ok(())
    }
}
