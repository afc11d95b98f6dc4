//! A lock that is a file, held by the process that locked it and by nobody after it.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::DiskError;
use super::failed;

/// An exclusive lock that the kernel releases when its owner ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    file: File,
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
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => return Ok(Self { file }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed("lock", path)(error).into()),
        }
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let taken = file.lock().map(|()| file);
            // Nobody listens any more: dropping the file gives the lock back.
            sender.send(taken).ok();
        });
        match receiver.recv_timeout(patience) {
            Ok(Ok(file)) => Ok(Self { file }),
            Ok(Err(error)) => Err(failed("lock", path)(error).into()),
            Err(_) => Err(LockError::Busy { path: path.to_owned(), waited: patience }),
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing the file would do; saying it lets the next one in at once.
        self.file.unlock().ok();
    }
}

fn open(path: &Path) -> Result<File, DiskError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(failed("lock", path))
}
