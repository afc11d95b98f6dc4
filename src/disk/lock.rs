//! A lock that is a file, held by the process that locked it and by nobody after it.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;

use super::DiskError;
use super::failed;

/// How often somebody who waits looks whether it still must, at first and at last.
const LOOKS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(128));

/// A lock that the kernel releases when its owner ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

/// How waiting for a lock ended.
#[derive(Debug)]
pub enum Awaited<T> {
    Locked(FileLock),
    /// What the lock was wanted for is settled without it.
    Settled(T),
}

/// The lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("`{}` is still locked after {} ms", path.display(), waited.as_millis())]
    Busy { path: PathBuf, waited: Duration },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl FileLock {
    /// Takes the lock, waiting at most `patience`.
    ///
    /// The kernel wakes those who wait; polling would let the last owner come back before anybody else. Its wait has
    /// no end of its own, so it happens on a thread which is left behind when patience ends.
    pub fn acquire(path: &Path, patience: Duration) -> Result<Self, LockError> {
        let file = match Self::try_now(path)? {
            Tried::Locked(lock) => return Ok(lock),
            Tried::Busy(file) => file,
        };
        match lock_aside(file).recv_timeout(patience) {
            Ok(taken) => Ok(Self { file: taken.map_err(failed("lock", path))? }),
            Err(_) => Err(LockError::Busy { path: path.to_owned(), waited: patience }),
        }
    }

    /// Takes the lock, waiting at most `patience`, unless what it is wanted for is settled meanwhile: `look` is asked from
    /// time to time, once at least before any waiting.
    pub fn acquire_unless<T, E: From<LockError>>(
        path: &Path,
        patience: Duration,
        mut look: impl FnMut() -> Result<Option<T>, E>,
    ) -> Result<Awaited<T>, E> {
        let file = match Self::try_now(path).map_err(LockError::from)? {
            Tried::Locked(lock) => return Ok(Awaited::Locked(lock)),
            Tried::Busy(file) => file,
        };
        let (taken, start, mut pause) = (lock_aside(file), Instant::now(), LOOKS.0);
        loop {
            if let Some(settled) = look()? {
                return Ok(Awaited::Settled(settled));
            }
            let left = patience.saturating_sub(start.elapsed());
            match taken.recv_timeout(pause.min(left)) {
                Ok(Ok(file)) => return Ok(Awaited::Locked(Self { file })),
                Ok(Err(error)) => return Err(LockError::from(failed("lock", path)(error)).into()),
                Err(_) if left.is_zero() => {
                    return Err(LockError::Busy { path: path.to_owned(), waited: patience }.into());
                }
                Err(_) => pause = (pause * 2).min(LOOKS.1),
            }
        }
    }

    fn try_now(path: &Path) -> Result<Tried, DiskError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Tried::Locked(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(Tried::Busy(file)),
            Err(TryLockError::Error(error)) => Err(failed("lock", path)(error)),
        }
    }

    /// Takes the lock if nobody has it, not even a share.
    pub fn attempt(path: &Path) -> Result<Option<Self>, DiskError> {
        match Self::try_now(path)? {
            Tried::Locked(lock) => Ok(Some(lock)),
            Tried::Busy(_) => Ok(None),
        }
    }

    /// Takes a share of the lock, which excludes whoever wants it alone. It waits for somebody who has it alone.
    pub fn share(path: &Path) -> Result<Self, DiskError> {
        let file = open(path)?;
        file.lock_shared().map_err(failed("lock", path))?;
        Ok(Self { file })
    }
}

enum Tried {
    Locked(FileLock),
    Busy(File),
}

/// Waits for the lock on a thread.
fn lock_aside(file: File) -> mpsc::Receiver<io::Result<File>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let taken = file.lock().map(|()| file);
        // Nobody listens any more: dropping the file gives the lock back.
        sender.send(taken).ok();
    });
    receiver
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing the file would do; saying it lets the next one in at once.
        self.file.unlock().ok();
    }
}

/// Opens the file of a lock, making it if need be. A link in its place would have another file locked, or made.
fn open(path: &Path) -> Result<File, DiskError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32);
    let file = options.open(path).map_err(failed("lock", path))?;
    if !file.metadata().map_err(failed("lock", path))?.is_file() {
        return Err(failed("lock", path)(io::Error::other("not a regular file")));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::link;
    use crate::disk::stat;

    /// A lock that leads elsewhere is none, and nothing comes to be where it leads.
    #[test]
    fn links_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let (lock, elsewhere) = (directory.path().join("lock"), directory.path().join("elsewhere"));
        link(&elsewhere, &lock).unwrap();
        assert!(FileLock::acquire(&lock, Duration::ZERO).is_err());
        assert!(FileLock::attempt(&lock).is_err() && FileLock::share(&lock).is_err());
        assert!(stat(&elsewhere).unwrap().is_none());
        assert!(FileLock::attempt(directory.path()).is_err(), "a directory is none either");
        let plain = FileLock::acquire(&elsewhere, Duration::ZERO).unwrap();
        assert!(FileLock::attempt(&elsewhere).unwrap().is_none());
        drop(plain);
        assert!(FileLock::attempt(&elsewhere).unwrap().is_some());
    }
}
