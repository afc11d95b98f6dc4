//! Why a directory cannot be watched.

use std::io;
use std::path::PathBuf;

/// A directory can be watched neither natively nor by polling.
///
/// A directory that does not exist is no error: it is watched as soon as it does.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("cannot watch `{}`: the path is not absolute", path.display())]
    NotAbsolute { path: PathBuf },
    #[error("cannot watch `{}`: it is not a directory", path.display())]
    NotADirectory { path: PathBuf },
    #[error("cannot look at `{}`", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}
