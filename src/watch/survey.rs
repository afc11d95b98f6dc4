//! Looks at directories: which one it is, what is in it.

use std::io;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use walkdir::DirEntry;
use walkdir::WalkDir;

use super::error::WatchError;

/// What tells one file from another, and one content from the next, without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    identity: Identity,
    /// Of files only: a directory is read by itself.
    content: Option<(u64, Option<SystemTime>)>,
}

/// Which file or directory it is. Freed numbers are used again, so equal ones prove nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    number: u64,
}

/// The names in a directory, and whether there were more than the limit.
#[derive(Debug)]
pub(super) struct Listing {
    pub entries: Vec<(PathBuf, Stamp)>,
    pub is_complete: bool,
}

impl Stamp {
    pub(super) fn is_directory(&self) -> bool {
        self.content.is_none()
    }
}

/// Returns which directory is at a path, following links; `None` if nothing is there.
pub(super) fn identify(path: &Path) -> Result<Option<Identity>, WatchError> {
    let Some(entry) = WalkDir::new(path).max_depth(0).follow_links(true).into_iter().next() else { return Ok(None) };
    match entry.and_then(|entry| examine(&entry)) {
        Ok(stamp) if stamp.is_directory() => Ok(Some(stamp.identity)),
        Ok(_) => Err(WatchError::NotADirectory { path: path.to_owned() }),
        Err(error) => absent_or(path, error),
    }
}

/// Returns what is directly in a directory, links not followed; `None` if there is no directory.
pub(super) fn list(path: &Path, entries_max: usize) -> Result<Option<Listing>, WatchError> {
    let mut entries = Vec::new();
    for entry in WalkDir::new(path).min_depth(1).max_depth(1) {
        let entry = match entry {
            Ok(entry) => entry,
            // What goes away while we look is reported by its own event or the next look.
            Err(error) if error.depth() > 0 && is_absence(&error) => continue,
            Err(error) => return absent_or(path, error),
        };
        if entries.len() == entries_max {
            return Ok(Some(Listing { entries, is_complete: false }));
        }
        match examine(&entry) {
            Ok(stamp) => entries.push((entry.into_path(), stamp)),
            Err(error) if is_absence(&error) => {}
            Err(error) => return absent_or(path, error),
        }
    }
    Ok(Some(Listing { entries, is_complete: true }))
}

/// Looks at one entry, following a link only where the walk does.
fn examine(entry: &DirEntry) -> walkdir::Result<Stamp> {
    let metadata = entry.metadata()?;
    #[cfg(unix)]
    let identity = Identity { device: metadata.dev(), number: metadata.ino() };
    #[cfg(not(unix))]
    let identity = {
        let age = metadata.created().ok().and_then(|created| created.duration_since(SystemTime::UNIX_EPOCH).ok());
        Identity { device: 0, number: age.map_or(0, |age| age.as_nanos() as u64) }
    };
    let content = (!metadata.is_dir()).then(|| (metadata.len(), metadata.modified().ok()));
    Ok(Stamp { identity, content })
}

fn is_absence(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
}

fn absent_or<T>(path: &Path, error: walkdir::Error) -> Result<Option<T>, WatchError> {
    if is_absence(&error) {
        return Ok(None);
    }
    Err(WatchError::Unreadable { path: path.to_owned(), source: error.into() })
}
