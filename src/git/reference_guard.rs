//! Git's own lock of one reference, taken so that one of us that is killed keeps nobody waiting.
//!
//! The lock file is made as a second name of a file of ours that holds the new value already. Whoever of us comes next has
//! the kernel's word that no other of us is at it, and knows the lock that was left by its being that same file. A foreign
//! lock is only ever waited for.

use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::GitError;
use super::StandingLock;
use super::references::check_name;
use crate::disk;
use crate::disk::Durability;
use crate::disk::FileLock;
use crate::disk::LockError;

/// How the files begin whose second name is a lock; what follows names the reference.
const MARKER_PREFIX: &str = "swap-";
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Git's lock of one reference, given back when this is dropped.
#[derive(Debug)]
pub(super) struct ReferenceGuard {
    reference: PathBuf,
    lock: PathBuf,
    /// The other name of the lock.
    marker: PathBuf,
    #[expect(dead_code, reason = "held until it is dropped, after the lock and the marker are gone")]
    alone: FileLock,
}

impl ReferenceGuard {
    /// Takes the lock of a reference that is to be given this content, waiting at most `patience` for a foreign one.
    pub(super) fn acquire(
        name: &str,
        reference: PathBuf,
        directory: &Path,
        (content, durability): (&str, Durability),
        patience: Duration,
    ) -> Result<Self, GitError> {
        let locked = |lock| GitError::RefLocked { name: name.to_owned(), lock };
        disk::create_directories(directory)?;
        let alone = FileLock::acquire(&directory.join("swap"), patience).map_err(|error| match error {
            LockError::Busy { .. } => locked(None),
            LockError::Disk(error) => error.into(),
        })?;
        let mut lock = reference.clone().into_os_string();
        lock.push(".lock");
        let marker = directory.join(marker_name(name));
        let guard = Self { reference, lock: lock.into(), marker, alone };
        remove_all_left_over(directory)?;
        disk::write(&guard.marker, content.as_bytes(), 0o644, durability)?;
        let start = Instant::now();
        loop {
            // Others may remove the directory under our hands, because it was empty for a moment.
            if let Some(parent) = guard.lock.parent() {
                disk::create_directories(parent)?;
            }
            match disk::link_new(&guard.marker, &guard.lock) {
                Ok(true) => return Ok(guard),
                Err(error) if !error.is_not_found() || start.elapsed() >= patience => return Err(error.into()),
                Ok(false) if start.elapsed() >= patience => return Err(locked(Some(StandingLock::at(&guard.lock)))),
                _ => thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// Makes the lock the reference's file, and waits until that is on the disk. A disk that kept only the loss of its other
    /// name, which comes next, would leave a lock that nobody knows for one of ours.
    pub(super) fn commit(self) -> Result<(), GitError> {
        disk::rename(&self.lock, &self.reference)?;
        match self.reference.parent().map_or(Ok(()), disk::sync_directory) {
            // Git has packed it meanwhile and taken the directory away.
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn marker_name(reference: &str) -> String {
    format!("{MARKER_PREFIX}{}", reference.replace('%', "%25").replace('/', "%2F"))
}

/// Removes what those of us left that were killed, of whichever reference: git must not wait for it until one of us comes to
/// the same.
fn remove_all_left_over(directory: &Path) -> Result<(), GitError> {
    for file in disk::list(directory)? {
        let Some(name) = file.strip_prefix(MARKER_PREFIX) else { continue };
        let name = name.replace("%2F", "/").replace("%25", "%");
        let (marker, common_dir) = (directory.join(&file), directory.parent().unwrap_or(directory));
        if check_name(&name).is_ok() {
            remove_left_over(&marker, &common_dir.join(format!("{name}.lock")))?;
        }
        disk::remove(&marker)?;
    }
    Ok(())
}

/// Removes a lock of ours and its other name.
fn remove_left_over(marker: &Path, lock: &Path) -> Result<(), GitError> {
    if disk::is_same_file(marker, lock)? {
        disk::remove(lock)?;
    }
    Ok(disk::remove(marker)?)
}

impl Drop for ReferenceGuard {
    fn drop(&mut self) {
        // What cannot be removed is found by the next of us.
        remove_left_over(&self.marker, &self.lock).ok();
    }
}
