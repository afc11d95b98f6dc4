//! Whether two work trees have the same at a path: then nothing of either can be lost, however both came by it.

use std::path::Path;

use crate::disk;
use crate::disk::DiskError;
use crate::disk::FileKind;

/// Larger files are not compared: in doubt they differ.
const COMPARED_BYTES_MAX: u64 = 4 << 20;
/// What of the mode of a file is recorded.
const EXECUTABLE: u32 = 0o100;

/// Returns whether two work trees are known to have the same at a path.
pub(super) fn have_same(one: &Path, other: &Path, path: &str) -> bool {
    is_same(&one.join(path), &other.join(path)).unwrap_or(false)
}

fn is_same(one: &Path, other: &Path) -> Result<bool, DiskError> {
    let content = |path: &Path| disk::read(path, COMPARED_BYTES_MAX);
    Ok(match (disk::stat(one)?, disk::stat(other)?) {
        (None, None) => true,
        (Some((FileKind::Regular, mode)), Some((FileKind::Regular, other_mode))) => {
            mode & EXECUTABLE == other_mode & EXECUTABLE && content(one)? == content(other)?
        }
        (Some((FileKind::Link, _)), Some((FileKind::Link, _))) => disk::link_target(one)? == disk::link_target(other)?,
        _ => false,
    })
}
