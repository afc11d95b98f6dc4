//! Where writers of one clone meet before the remote decides: a line of entries on top of the branch, each made and signed by
//! who wrote it, that one of them pushes for all (group commit).
//!
//! The line is a reference of its own, so that nothing prunes it. It is nobody's answer: who pushed it follows the remote and
//! remembers what was verified there, and only that tells the others. What the remote said instead stands in a file.

use std::time::Duration;

use crate::disk;
use crate::disk::Awaited;
use crate::disk::Durability;
use crate::disk::FileLock;
use crate::format::commit;
use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::answer::Answer;
use crate::ledger::answer::Notice;
use crate::ledger::clone::CloneStore;
use crate::ledger::clone::acquire;
use crate::ledger::line::Line;
use crate::ledger::store::Store;
use crate::model::ObjectId;

const STAGED_REF: &str = "refs/coord/staged";
/// How long others may take to put their entries on the line.
const STAGING_PATIENCE: Duration = Duration::from_secs(30);
/// How long the remote may take with what others have put on the line before.
const TURN_PATIENCE: Duration = Duration::from_secs(150);
/// A longer line is nobody's any more.
const LINE_MAX: usize = 1024;
/// What was said of the last line that was taken away.
const ANSWER_FILE: &str = "answer";
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// How waiting for the remote ended for an entry on the line.
#[derive(Debug)]
pub(super) enum Fate {
    /// Its writer pushes the line now.
    Turn(FileLock),
    /// Somebody pushed it, and it was verified at the remote.
    Decided,
    /// The line it was on is gone.
    Answered(Answer),
}

/// Where on the line an entry is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) entry: ObjectId,
    /// The head of the branch that the line continued when the entry came.
    pub(super) base: ObjectId,
    /// The entry that the line began with.
    pub(super) first: ObjectId,
    pub(super) height: u64,
}

/// A place on the line. While nobody has one, the line is an orphan's.
#[derive(Debug)]
pub(super) struct Place {
    #[expect(dead_code, reason = "held until it is dropped")]
    share: FileLock,
}

impl CloneStore {
    /// Takes the right to put an entry on the line, and a place on it. What was left there by those who were killed is
    /// dropped: nobody waits for it.
    pub(super) fn enter_line(&self) -> Result<(FileLock, Place), GitError> {
        let lock = self.line_lock()?;
        let waiting = self.directory().join("waiting");
        if let Some(alone) = FileLock::attempt(&waiting)? {
            self.drop_line(Answer::Unsure)?;
            drop(alone);
        }
        Ok((lock, Place { share: FileLock::share(&waiting)? }))
    }

    fn line_lock(&self) -> Result<FileLock, GitError> {
        disk::create_directories(&self.directory())?;
        acquire(&self.directory().join("staging"), STAGING_PATIENCE)
    }

    /// Returns the last entry on the line.
    pub(super) fn staged(&self) -> Result<Option<ObjectId>, GitError> {
        self.repository().reference(STAGED_REF)
    }

    /// Returns the entries on the line after a head, oldest first; none if it does not continue that head.
    pub(super) fn line_after(&self, head: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let Some(tip) = self.staged()? else { return Ok(Vec::new()) };
        let mut line = self.walk_line(tip, head, head)?.unwrap_or_default();
        line.reverse();
        Ok(line)
    }

    /// Returns the commits from a tip down to, and without, another one, if it is met before the base and not far.
    fn walk_line(&self, tip: ObjectId, wanted: ObjectId, base: ObjectId) -> Result<Option<Vec<ObjectId>>, GitError> {
        let (mut path, mut current) = (Vec::new(), tip);
        while current != wanted {
            if current == base {
                return Ok(None);
            }
            path.push(current);
            let parent = match self.commit(current) {
                Ok(raw) => commit::parents(&raw).and_then(|parents| parents.first().copied()),
                // The line is not on the disk for certain before the remote has it.
                Err(GitError::Missing { .. } | GitError::Corrupt { .. }) => None,
                Err(error) => return Err(error),
            };
            match parent {
                Some(parent) if path.len() < LINE_MAX => current = parent,
                _ => return Ok(None),
            }
        }
        Ok(Some(path))
    }

    /// Puts an entry at the end of the line. The caller has the right to.
    pub(super) fn put_on_line(&self, entry: ObjectId) -> Result<(), GitError> {
        loop {
            let before = self.staged()?;
            if before.is_none() {
                // What was said of the last line is not about this one.
                disk::remove(&self.directory().join(ANSWER_FILE))?;
            }
            // Whoever has the turn may take the line away at this moment, because it is decided.
            if self.repository().swap_reference(STAGED_REF, before, Some(entry), "coord: stage")? == Swap::Done {
                return Ok(());
            }
        }
    }

    /// Takes the line away, and tells those who are on it why.
    pub(super) fn answer_line(&self, answer: Answer) -> Result<(), GitError> {
        let _lock = self.line_lock()?;
        self.drop_line(answer)
    }

    fn drop_line(&self, answer: Answer) -> Result<(), GitError> {
        if let Some(tip) = self.staged()? {
            self.tell(tip, answer)?;
            self.repository().swap_reference(STAGED_REF, Some(tip), None, "coord: drop")?;
        }
        Ok(())
    }

    /// Tells what became of the line up to an entry that the branch has reached. Who came later stays on the line.
    pub(super) fn leave_line(&self, decided: Line) -> Result<(), GitError> {
        self.write_notice(&Notice::new(decided, Answer::Decided))?;
        self.repository().swap_reference(STAGED_REF, Some(decided.tip), None, "coord: decided").map(|_| ())
    }

    /// Returns the line as it is now if it continues the branch: where it began, or where a part of it was decided.
    pub(super) fn line_on(&self, head: ObjectId) -> Result<Option<Line>, GitError> {
        let Some(line) = self.known_line()? else { return Ok(None) };
        if line.base == head {
            return Ok(Some(line));
        }
        let notice = self.notice()?.filter(|notice| (notice.tip, notice.first) == (head, line.first));
        let decided = notice.filter(|notice| notice.answer == Answer::Decided && notice.height < line.height);
        let rest = decided.map(|notice| line.height - notice.height);
        Ok(rest.map(|count| Line { base: head, count: count as usize, ..line }))
    }

    fn notice(&self) -> Result<Option<Notice>, GitError> {
        let said = disk::read(&self.directory().join(ANSWER_FILE), ANSWER_BYTES_MAX)?;
        Ok(said.and_then(|said| Notice::parse(&said)))
    }

    fn tell(&self, tip: ObjectId, answer: Answer) -> Result<(), GitError> {
        // Without what is remembered of the line everybody finds out for itself.
        let unknown = Line { base: tip, tip, first: tip, height: 0, count: 0 };
        self.write_notice(&Notice::new(self.known_line()?.unwrap_or(unknown), answer))
    }

    fn write_notice(&self, notice: &Notice) -> Result<(), GitError> {
        let path = self.directory().join(ANSWER_FILE);
        disk::write(&path, notice.to_text().as_bytes(), 0o600, Durability::Cached)?;
        Ok(())
    }

    /// Takes the right to push, waiting for those who have it.
    pub(super) fn turn(&self) -> Result<FileLock, GitError> {
        disk::create_directories(&self.directory())?;
        acquire(&self.directory().join("turn"), TURN_PATIENCE)
    }

    /// Waits until an entry on the line is decided, or it is its writer's turn to push.
    pub(super) fn await_turn(&self, spot: Spot) -> Result<Fate, GitError> {
        let answer = self.directory().join(ANSWER_FILE);
        let mut before = None;
        let look = || {
            // Many may wait: a look at one file is all that it costs while nothing is said.
            let now = disk::look(&answer)?;
            if before == Some(now) {
                return Ok(None);
            }
            before = Some(now);
            self.fate_of(spot)
        };
        match FileLock::acquire_unless(&self.directory().join("turn"), TURN_PATIENCE, look)? {
            Awaited::Settled(fate) => Ok(fate),
            // Whoever had it before may have pushed this entry as well.
            Awaited::Locked(lock) => Ok(self.fate_of(spot)?.unwrap_or(Fate::Turn(lock))),
        }
    }

    /// Returns what became of an entry, if anything did.
    fn fate_of(&self, spot: Spot) -> Result<Option<Fate>, GitError> {
        match self.notice()?.filter(|notice| notice.first == spot.first) {
            Some(Notice { answer: Answer::Decided, height, .. }) if height < spot.height => return Ok(None),
            Some(Notice { answer: Answer::Decided, .. }) => return Ok(Some(Fate::Decided)),
            Some(Notice { answer, .. }) => return Ok(Some(Fate::Answered(answer))),
            // Nothing was said, or it was about another line: then this one is as it was, or was spoken of before.
            None => {}
        }
        let tip = self.staged()?;
        // What was decided is remembered before the line goes, so this is read after it.
        if self.is_decided(spot.entry, spot.base)? {
            return Ok(Some(Fate::Decided));
        }
        let is_waiting = tip.map_or(Ok(false), |tip| self.is_on(tip, spot.entry, spot.base))?;
        Ok((!is_waiting).then_some(Fate::Answered(Answer::Unsure)))
    }

    /// Returns whether an entry is at the remote for certain.
    pub(super) fn is_decided(&self, entry: ObjectId, base: ObjectId) -> Result<bool, GitError> {
        self.confirmed()?.map_or(Ok(false), |decided| self.is_on(decided, entry, base))
    }

    fn is_on(&self, tip: ObjectId, entry: ObjectId, base: ObjectId) -> Result<bool, GitError> {
        Ok(self.walk_line(tip, entry, base)?.is_some())
    }
}
