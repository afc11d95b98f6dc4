//! What the judge is asked about: one signed entry and the records that it changes.

use crate::format::commit::Payload;
use crate::model::Record;
use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::rules::state::Left;
use crate::sign::PublicKey;
use crate::sign::Verified;

/// What happens to one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    Remove,
    Replace(Record),
    Add(Record),
}

/// One changed file of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: RecordPath,
    pub operation: Operation,
}

/// A signed entry with its changes, ready to be judged.
#[derive(Clone, Debug)]
pub struct Entry {
    payload: Verified<Payload>,
    changes: Vec<Change>,
    time: Timestamp,
}

impl Entry {
    /// Returns the entry with its changes in the order in which they are judged (S5): removals, then changes, then
    /// additions, each by path. `None` if its date is outside of what records can name.
    pub fn new(payload: Verified<Payload>, mut changes: Vec<Change>) -> Option<Self> {
        let time = Timestamp::from_unix_s(payload.value().committer().time())?;
        changes.sort_by_key(|change| {
            let turn = match change.operation {
                Operation::Remove => 0,
                Operation::Replace(_) => 1,
                Operation::Add(_) => 2,
            };
            (turn, change.path.clone())
        });
        Some(Self { payload, changes, time })
    }

    /// Returns the key that signed it.
    pub fn key(&self) -> &PublicKey {
        self.payload.key()
    }

    /// Returns whether a hardware key vouches that it checked its user.
    pub fn user_verified(&self) -> bool {
        self.payload.user_verified()
    }

    /// Returns what was signed.
    pub fn payload(&self) -> &Payload {
        self.payload.value()
    }

    /// Returns its date.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// Returns its changes in the order in which they are judged.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns where the message says that released work went.
    pub(crate) fn left(&self) -> Left {
        let trailer = |key: &str| {
            let lines = self.payload().message().lines().rev();
            let value = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).next()?;
            Some(value.trim().chars().take(200).collect())
        };
        Left { branch: trailer("Coord-Branch"), commit: trailer("Coord-Commit"), note: trailer("Coord-Note") }
    }
}
