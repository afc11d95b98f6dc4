//! Why hook files were not planned or written.

use std::path::PathBuf;

use crate::disk::DiskError;

use super::hook_name::HookName;
use super::hook_name::Side;

/// Hook files could not be planned, written or looked at.
#[derive(Debug, thiserror::Error)]
pub enum HookFileError {
    #[error("cannot install `{hook}` on a {side}")]
    WrongSide { hook: HookName, side: Side },
    #[error("cannot call `{}` from a hook: the path is not absolute, or cannot be written in a script", path.display())]
    BinaryPath { path: PathBuf },
    #[error("cannot write `{}`: it was changed after the plan was made", path.display())]
    Changed { path: PathBuf },
    #[error(transparent)]
    Disk(#[from] DiskError),
}
