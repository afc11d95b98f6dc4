//! Where letters lie: those under way, and the dead ones; and the log beside them. All of it bounded.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::disk::HeldFile;
use crate::format::format_time;
use crate::git::Repository;
use crate::ops::failure::Failure;
use crate::ops::reactions::letter::Letter;

const LETTER_BYTES_MAX: u64 = 1024 * 1024;
const LOG_BYTES_MAX: usize = 1024 * 1024;
/// More dead letters than are kept; those that come later are only in the log.
const DEAD_MAX: usize = 256;
const ID_DIGITS: usize = 16;

/// The folders of one clone.
#[derive(Clone, Debug)]
pub(super) struct PostBox {
    root: PathBuf,
}

/// Which letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pile {
    /// Accepted, and perhaps started.
    UnderWay,
    Dead,
}

/// Returns the dead letters of a clone, by id.
pub fn letters(repository: &Repository) -> Result<Vec<Letter>, Failure> {
    PostBox::of(repository).list(Pile::Dead)
}

/// Returns where it is written down what was started and what became of it.
pub fn log_file(repository: &Repository) -> PathBuf {
    PostBox::of(repository).root.join("reactions.log")
}

impl PostBox {
    pub(super) fn of(repository: &Repository) -> Self {
        Self { root: repository.common_dir().join("coord") }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self, pile: Pile) -> PathBuf {
        self.root.join("reactions").join(if pile == Pile::Dead { "dead" } else { "under-way" })
    }

    pub(super) fn put(&self, pile: Pile, letter: &Letter) -> Result<(), Failure> {
        let path = self.folder(pile).join(&letter.id);
        Ok(disk::write(&path, letter.encode().as_bytes(), 0o600, Durability::Cached)?)
    }

    pub(super) fn take_away(&self, pile: Pile, letter: &Letter) -> Result<(), Failure> {
        Ok(disk::remove(&self.folder(pile).join(&letter.id))?)
    }

    /// Lays a letter with the dead ones, unless there are very many.
    pub(super) fn bury(&self, letter: &Letter) -> Result<(), Failure> {
        self.log(&format!("{} {} {} is dead: {}", format_time(letter.time), letter.id, letter.reaction, letter.reason));
        if self.ids(Pile::Dead)?.len() < DEAD_MAX {
            self.put(Pile::Dead, letter)?;
        }
        self.take_away(Pile::UnderWay, letter)
    }

    /// Returns the letters of a pile. What is no letter, or no file of this user's, is passed over.
    pub(super) fn list(&self, pile: Pile) -> Result<Vec<Letter>, Failure> {
        let folder = self.folder(pile);
        let read = |id: &String| {
            let path = folder.join(id);
            let bytes = disk::read(&path, LETTER_BYTES_MAX).ok()??;
            let is_own = disk::foreign_owner(&path).is_ok_and(|owner| owner.is_none());
            Letter::decode(id, std::str::from_utf8(&bytes).ok()?).filter(|_| is_own)
        };
        let most = if pile == Pile::Dead { DEAD_MAX } else { usize::MAX };
        Ok(self.ids(pile)?.iter().filter_map(read).take(most).collect())
    }

    /// Returns the names in a pile that a letter could have: beside them lies what is still being written.
    fn ids(&self, pile: Pile) -> Result<Vec<String>, Failure> {
        let is_digit = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
        let mut ids = disk::list(&self.folder(pile))?;
        ids.retain(|id| id.len() == ID_DIGITS && id.bytes().all(is_digit));
        Ok(ids)
    }

    /// Writes a line of the log; an old log makes room for a new one. Nothing fails because it cannot be written.
    pub(super) fn log(&self, line: &str) {
        let path = self.root.join("reactions.log");
        if HeldFile::open(&path, u64::MAX).ok().flatten().is_some_and(|log| log.size() > LOG_BYTES_MAX) {
            disk::rename(&path, &self.root.join("reactions.log.1")).ok();
        }
        disk::append_line(&path, line).ok();
    }
}
