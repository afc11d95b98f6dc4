//! What can go wrong at the door to git, by what a caller can do about it.

use std::path::PathBuf;
use std::time::Duration;

use super::StandingLock;
use crate::disk::DiskError;
use crate::disk::LockError;
use crate::model::ObjectId;

/// Git could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("`{}` is not in a git repository", path.display())]
    NotARepository { path: PathBuf },
    #[error("`{}` belongs to another user and `safe.directory` does not name it", path.display())]
    Unsafe { path: PathBuf },
    #[error("`{}` is a bare repository that was not named explicitly", path.display())]
    ImplicitBare { path: PathBuf },
    #[error("{what} is not supported")]
    Unsupported { what: &'static str },
    #[error("object `{id}` is missing")]
    Missing { id: ObjectId },
    #[error("object `{id}` is corrupt: {reason}")]
    Corrupt { id: ObjectId, reason: &'static str },
    #[error("{what} exceeds the limit of {limit}")]
    TooLarge { what: &'static str, limit: u64 },
    #[error("history before `{id}` is not here because the clone is shallow")]
    Shallow { id: ObjectId },
    #[error("reference `{name}` is locked by another process")]
    RefLocked { name: String, lock: Option<StandingLock> },
    #[error("reference `{name}` cannot be used: {reason}")]
    BadReference { name: String, reason: &'static str },
    #[error("`{path}` cannot be a path in a tree")]
    BadPath { path: String },
    #[error("`{}` is still locked by another process after {} ms", path.display(), waited.as_millis())]
    IndexLocked { path: PathBuf, waited: Duration, lock: Option<StandingLock> },
    /// A git that was called found the lock of somebody else.
    #[error("git cannot do its work: `{}` is there", lock.path.display())]
    Locked { lock: StandingLock },
    #[error("`{}` is not the work tree it should be: {reason}", path.display())]
    BadWorktree { path: PathBuf, reason: &'static str },
    #[error("`{program}` failed with status {status}: {message}")]
    Program { program: String, status: i32, message: String },
    /// It is not the remote that is in the way: nothing may be written here.
    #[error("`{program}` may not write here: {message}")]
    ReadOnly { program: String, message: String },
    /// It is the disk that is in the way of git here: it is full, or it fails.
    #[error("`{program}` could not write here: {message}")]
    DiskInWay { program: String, message: String, is_full: bool },
    #[error("`{program}` did not finish within {} s", limit.as_secs())]
    TimedOut { program: String, limit: Duration },
    /// What would tell one ledger from another cannot be read, so none is trusted.
    #[error("`{}` does not tell any more which ledger is trusted here", path.display())]
    TrustLost {
        path: PathBuf,
        #[source]
        cause: Option<DiskError>,
    },
    /// A hook of the remote refused the push; what it said is text from a stranger.
    #[error("the remote declined: {said}")]
    Declined { said: String },
    #[error("no `git` program was found on the search path")]
    NoProgram,
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("cannot {action}: {detail}")]
    Git { action: &'static str, detail: String },
}

impl GitError {
    /// Returns what is said when a remote did something or did not, and nobody told which.
    pub fn nobody_told(action: &str) -> Self {
        Self::Program {
            program: "git".to_owned(),
            status: -1,
            message: format!("nobody told how the last {action} ended"),
        }
    }
}

impl From<LockError> for GitError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Busy { path, waited } => Self::IndexLocked { path, waited, lock: None },
            LockError::Disk(error) => error.into(),
        }
    }
}

/// Returns the translation of a failure of the git library into ours.
pub(super) fn failed(action: &'static str) -> impl FnOnce(gix::Error) -> GitError {
    move |error| GitError::Git { action, detail: detail(&error) }
}

/// Returns the causes of a library error on one line, the outermost first.
fn detail(error: &gix::Error) -> String {
    let causes: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
    causes.join(": ")
}
