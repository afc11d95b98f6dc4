//! What is remembered of the line of staged entries, so that not everybody who comes has to read and judge all of them.
//!
//! Like everything that is remembered it is no authority: what does not fit the line as it is is passed over.

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
    pub(super) name: ObjectId,
    /// The height of its last entry.
    pub(super) height: u64,
    /// How many entries are on it.
    pub(super) count: usize,
}

impl Line {
    /// Returns a name for a line that begins with an entry. That entry may have begun a line before, byte for byte the same;
    /// what was said of that line is not about this one.
    pub(super) fn draw_name(entry: ObjectId) -> ObjectId {
        let mut bytes = entry.as_bytes().to_vec();
        getrandom::fill(&mut bytes).ok();
        ObjectId::from_bytes(&bytes).unwrap_or(entry)
    }

    /// Reads what stands first in the file; if that is torn, there is none.
    fn parse(text: &[u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(text).ok()?.split(' ');
        let (base, tip) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let (name, height) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Self { base, tip, name, height, count: fields.next()?.parse().ok()? })
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
        let Line { base: continued, tip, name, height, count } = line;
        let mut bytes = format!("{continued} {tip} {name} {height} {count}\n").into_bytes();
        bytes.extend(base.map(|base| memo::encode_recent(chain, base)).unwrap_or_default());
        disk::write(&self.directory().join(FILE), &bytes, 0o600, Durability::Cached)?;
        Ok(())
    }
}
