//! To which account a file belongs.

use std::path::Path;

use super::DiskError;
use super::failed;
use super::metadata;

#[cfg(unix)]
use std::os::unix::fs::MetadataExt;

/// Returns the number of the account that something belongs to, if it is not the one that runs this.
#[cfg(unix)]
pub fn foreign_owner(path: &Path) -> Result<Option<u32>, DiskError> {
    let Some(found) = metadata(path)? else { return Ok(None) };
    // What one makes is one's own: a file that has no name, and is gone at once.
    let made = tempfile::tempfile().and_then(|file| file.metadata());
    let own = made.map_err(failed("find out who owns", path))?.uid();
    Ok((found.uid() != own).then_some(found.uid()))
}

/// Returns nothing: accounts have no numbers here.
#[cfg(not(unix))]
pub fn foreign_owner(_path: &Path) -> Result<Option<u32>, DiskError> {
    Ok(None)
}
