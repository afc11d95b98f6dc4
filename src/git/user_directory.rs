//! Directories of ours that belong to the user and not to a repository. Nobody else may enter them.

use std::path::PathBuf;

use super::process;
use crate::disk;

/// Returns the directory for what ends with the user's session, or with the machine's where sessions have none.
pub(super) fn of_session(name: &str) -> Option<PathBuf> {
    let runtime = absolute("XDG_RUNTIME_DIR").filter(|path| matches!(disk::stat(path), Ok(Some(_))));
    made(runtime.or_else(state)?, name)
}

/// Returns the directory for what all sessions of the user share.
pub(super) fn of_user(name: &str) -> Option<PathBuf> {
    made(state()?, name)
}

fn made(base: PathBuf, name: &str) -> Option<PathBuf> {
    let directory = base.join("git-coord").join(name);
    if matches!(disk::stat(&directory), Ok(Some((disk::FileKind::Link, _)))) {
        return None;
    }
    disk::create_private_directory(&directory).ok()?;
    disk::foreign_owner(&directory).ok()?.is_none().then_some(directory)
}

fn state() -> Option<PathBuf> {
    absolute("XDG_STATE_HOME").or_else(|| {
        // Whoever works with the home of somebody else leaves nothing there.
        let home = absolute("HOME").filter(|home| matches!(disk::foreign_owner(home), Ok(None)))?;
        Some(home.join(".local/state"))
    })
}

fn absolute(variable: &str) -> Option<PathBuf> {
    process::variable(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
