//! One settings file before and after. Its program writes it as well: what it has written meanwhile is not lost.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::FileKind;
use crate::disk::Replaced;
use crate::ops::failure::Failure;

/// More than any settings file has.
pub(super) const FILE_BYTES_MAX: u64 = 4 << 20;
const NEW_FILE_MODE: u32 = 0o644;

/// One file before and after; `None` is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: PathBuf,
    pub before: Option<Vec<u8>>,
    pub after: Option<Vec<u8>>,
    mode: u32,
}

impl Change {
    /// Reads a file that is to stay as it is, until somebody says what it is to be.
    pub(super) fn none(path: PathBuf) -> Result<Self, Failure> {
        let (before, mode) = match disk::stat(&path)? {
            None => (None, NEW_FILE_MODE),
            Some((FileKind::Regular, mode)) => (disk::read(&path, FILE_BYTES_MAX)?, mode),
            Some(_) => return Err(Failure::Settings { path, reason: "it is not a file".to_owned() }),
        };
        Ok(Self { path, after: before.clone(), before, mode })
    }

    /// Refuses what somebody has protected: replacing a file asks for no right to it.
    pub(super) fn check_writable(&self) -> Result<(), Failure> {
        if self.before.is_some() && self.mode & 0o200 == 0 {
            let reason = "nobody may write it".to_owned();
            return Err(Failure::Settings { path: self.path.clone(), reason });
        }
        Ok(())
    }

    /// Writes it, if the file still is as it was read.
    pub(super) fn write(&self, roots: [&Path; 2]) -> Result<Replaced, Failure> {
        let replaced = disk::replace(&self.path, self.before.as_deref(), self.after.as_deref(), self.mode)?;
        if replaced == Replaced::Done && self.after.is_none() {
            // What was made for it goes with it, if nothing else is there.
            let is_within = |path: &&Path| roots.iter().any(|root| path.starts_with(root)) && !roots.contains(path);
            let mut folder = self.path.parent();
            while let Some(path) = folder.filter(is_within) {
                disk::remove_empty_directory(path);
                folder = path.parent();
            }
        }
        Ok(replaced)
    }
}
