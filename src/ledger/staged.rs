//! Where writers of one clone meet before the remote decides: a line of entries on top of the branch, each made and signed by
//! who wrote it, that one of them pushes for all (group commit).
//!
//! The line is a reference of its own, so that nothing prunes it. It is nobody's answer: who pushed it follows the remote and
//! remembers what was verified there, and only then tells the others.

use std::path::PathBuf;
use std::time::Duration;

use crate::disk;
use crate::disk::Awaited;
use crate::disk::Durability;
use crate::disk::FileLock;
use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::clone::CloneStore;
use crate::ledger::clone::acquire;
use crate::ledger::line::Line;
use crate::ledger::notice::End;
use crate::ledger::notice::Notice;
use crate::ledger::notice::Place;
use crate::ledger::store::Store;
use crate::ledger::view::LedgerError;
use crate::model::ObjectId;

const STAGED_REF: &str = "refs/coord/staged";
/// What is told to those on a line, by its name.
const NOTICES: &str = "said";
const NOTICE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How long others may take to put their entries on the line.
const STAGING_PATIENCE: Duration = Duration::from_secs(30);
/// How long the remote may take with what others have put on the line before.
const TURN_PATIENCE: Duration = Duration::from_secs(100);

/// How waiting for the remote ended for an entry on the line.
#[derive(Debug)]
pub(super) enum Fate {
    /// Its writer pushes the line now.
    Turn(FileLock),
    /// Somebody pushed it, and it was verified at the remote, there, with the rest of the line up to an entry.
    Decided(Place, ObjectId),
    /// The line it was on is gone, or it is not on it any more.
    Ended(End),
}

/// Where on the line an entry was put.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) place: Place,
    /// The name of the line.
    pub(super) line: ObjectId,
}

/// The word of somebody who waits. While there is none, the line is an orphan's.
#[derive(Debug)]
pub(super) struct Waiting {
    #[expect(dead_code, reason = "held until it is dropped")]
    share: FileLock,
}

impl CloneStore {
    /// Takes the right to put an entry on the line, and gives word that somebody waits. What was left there by those who were
    /// killed is dropped: nobody waits for it.
    pub(super) fn enter_line(&self) -> Result<(FileLock, Waiting), GitError> {
        let lock = self.line_lock()?;
        let waiting = self.directory().join("waiting-line");
        if let Some(alone) = FileLock::attempt(&waiting)? {
            self.drop_line()?;
            for name in disk::list(&self.directory().join(NOTICES))? {
                disk::remove(&self.directory().join(NOTICES).join(name))?;
            }
            drop(alone);
        }
        Ok((lock, Waiting { share: FileLock::share(&waiting)? }))
    }

    /// Takes the right to change the line.
    pub(super) fn line_lock(&self) -> Result<FileLock, GitError> {
        disk::create_directories(&self.directory().join(NOTICES))?;
        acquire(&self.directory().join("staging"), STAGING_PATIENCE)
    }

    /// Returns the last entry on the line.
    pub(super) fn staged(&self) -> Result<Option<ObjectId>, GitError> {
        self.repository().reference(STAGED_REF)
    }

    /// Returns the line as it is now if it continues the branch: where it began, or where a part of it was decided.
    pub(super) fn line_on(&self, head: ObjectId) -> Result<Option<Line>, GitError> {
        let Some(line) = self.known_line()? else { return Ok(None) };
        if line.base == head {
            return Ok(Some(line));
        }
        let decided = self.notice(line.name)?.decided;
        let rest = decided.filter(|place| place.entry == head && place.height < line.height);
        // Whoever makes it anew tells first, and may be killed before it has done it.
        if rest.is_some() && !self.repository().is_ancestor(head, line.tip)? {
            return Ok(None);
        }
        Ok(rest.map(|place| Line { base: head, count: (line.height - place.height) as usize, ..line }))
    }

    /// Moves the end of the line. The caller has the right to.
    pub(super) fn set_line(&self, tip: ObjectId) -> Result<(), GitError> {
        // Whoever has the turn may take the line away at this moment, because it is decided.
        // What the remote is told of must be whole here: git would trust what the disk has of an object, and fetch no other.
        while self.repository().swap_reference_durably(STAGED_REF, self.staged()?, Some(tip), "coord: stage")?
            == Swap::Moved
        {}
        Ok(())
    }

    /// Takes the line away. The caller has the right to.
    pub(super) fn drop_line(&self) -> Result<(), GitError> {
        if let Some(tip) = self.staged()? {
            self.repository().swap_reference(STAGED_REF, Some(tip), None, "coord: drop")?;
        }
        Ok(())
    }

    /// Returns what the others are told when whoever has the turn gives up. While an end of a push is not known, nobody makes
    /// an entry again that may have arrived.
    pub(super) fn given_up(&self) -> End {
        if self.is_unsure() {
            return End::of(&GitError::nobody_told("push"));
        }
        End::Again
    }

    /// Returns what an error that ends a push means for the others.
    pub(super) fn ended_by(&self, error: &LedgerError) -> End {
        match error {
            LedgerError::Git(error) if End::of(error) != End::Again => End::of(error),
            _ => self.given_up(),
        }
    }

    /// Takes the line away, and tells those who are on it why.
    pub(super) fn end_line(&self, end: End) -> Result<(), GitError> {
        let _lock = self.line_lock()?;
        if let Some(line) = self.known_line()? {
            let notice = Notice { end: Some(end), ..self.notice(line.name)? };
            self.say(line.name, &notice)?;
        }
        self.drop_line()
    }

    /// Tells that the line is decided up to its end as it was when it was pushed. Who came later stays on it.
    pub(super) fn leave_line(&self, decided: Line) -> Result<(), GitError> {
        let place = Place { entry: decided.tip, height: decided.height };
        self.say(decided.name, &Notice { decided: Some(place), ..self.notice(decided.name)? })?;
        self.repository().swap_reference(STAGED_REF, Some(decided.tip), None, "coord: decided").map(|_| ())
    }

    /// Returns what was told to those on a line so far.
    pub(super) fn notice(&self, line: ObjectId) -> Result<Notice, GitError> {
        let said = disk::read(&self.notice_file(line), NOTICE_BYTES_MAX)?;
        Ok(said.and_then(|said| Notice::parse(&said)).unwrap_or_default())
    }

    pub(super) fn say(&self, line: ObjectId, notice: &Notice) -> Result<(), GitError> {
        disk::write(&self.notice_file(line), notice.to_text().as_bytes(), 0o600, Durability::Cached)?;
        Ok(())
    }

    fn notice_file(&self, line: ObjectId) -> PathBuf {
        self.directory().join(NOTICES).join(line.to_string())
    }

    /// Takes the right to push, waiting for those who have it.
    pub(super) fn turn(&self) -> Result<FileLock, GitError> {
        disk::create_directories(&self.directory())?;
        acquire(&self.directory().join("turn"), TURN_PATIENCE)
    }

    /// Waits until an entry on the line is decided, or it is its writer's turn to push.
    pub(super) fn await_turn(&self, spot: Spot) -> Result<Fate, GitError> {
        let file = self.notice_file(spot.line);
        let mut before = None;
        let look = || {
            // Many may wait: a look at one file is all that it costs while nothing is said.
            let now = disk::look(&file)?;
            if before == Some(now) {
                return Ok(None);
            }
            before = Some(now);
            self.fate_of(spot)
        };
        match FileLock::acquire_unless(&self.directory().join("turn"), TURN_PATIENCE, look)? {
            Awaited::Settled(fate) => Ok(fate),
            // Whoever had it before may have pushed this entry as well, or taken it away without a word.
            Awaited::Locked(lock) => match self.fate_of(spot)? {
                Some(fate) => Ok(fate),
                None if self.known_line()?.is_some_and(|line| line.name == spot.line) => Ok(Fate::Turn(lock)),
                None => Ok(Fate::Ended(End::Again)),
            },
        }
    }

    /// Returns what became of an entry, if anything did.
    pub(super) fn fate_of(&self, spot: Spot) -> Result<Option<Fate>, GitError> {
        let notice = self.notice(spot.line)?;
        let Some(place) = notice.place_of(spot.place) else { return Ok(Some(Fate::Ended(End::Again))) };
        if let Some(decided) = notice.decided.filter(|decided| decided.height >= place.height) {
            return Ok(Some(Fate::Decided(place, decided.entry)));
        }
        Ok(notice.end.map(Fate::Ended))
    }
}
