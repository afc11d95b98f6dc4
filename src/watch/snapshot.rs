//! What a polled directory held when it was last read, and what is different now.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::mem;
use std::path::PathBuf;

use super::survey::Listing;
use super::survey::Stamp;

/// The entries of one directory at one reading.
#[derive(Debug)]
pub(super) struct Snapshot {
    entries: BTreeMap<PathBuf, Stamp>,
    /// What was different at this reading. Two writes within one tick of the file system's clock look the same, so
    /// these are reported once more at the next reading, by which time the clock has moved on.
    fresh: BTreeSet<PathBuf>,
}

impl Snapshot {
    pub(super) fn new(listing: Listing) -> Self {
        Self { entries: listing.entries.into_iter().collect(), fresh: BTreeSet::new() }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.entries.keys()
    }

    /// Takes a new reading and returns the paths that are not what they were.
    pub(super) fn advance(&mut self, listing: Listing) -> Changes {
        let now: BTreeMap<PathBuf, Stamp> = listing.entries.into_iter().collect();
        let mut changes = Changes::default();
        for (path, stamp) in &now {
            let before = self.entries.get(path);
            if before == Some(stamp) {
                continue;
            }
            if stamp.is_directory() || before.is_some_and(Stamp::is_directory) {
                changes.structure.insert(path.clone());
            } else {
                changes.content.insert(path.clone());
            }
        }
        changes.structure.extend(self.entries.keys().filter(|path| !now.contains_key(*path)).cloned());
        let again = mem::replace(&mut self.fresh, changes.content.clone());
        changes.content.extend(again.into_iter().filter(|path| now.contains_key(path)));
        self.entries = now;
        changes
    }
}

/// The difference between two readings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub content: BTreeSet<PathBuf>,
    pub structure: BTreeSet<PathBuf>,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::survey;
    use super::*;

    #[test]
    fn what_changed_is_reported_once_more_and_then_no_longer() {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("file");
        let read = || survey::list(directory.path(), 10).unwrap().unwrap();
        let mut snapshot = Snapshot::new(read());
        fs::write(&file, "1").unwrap();
        for expected in [BTreeSet::from([file.clone()]), BTreeSet::from([file]), BTreeSet::new()] {
            assert_eq!(snapshot.advance(read()), Changes { content: expected, structure: BTreeSet::new() });
        }
    }

    #[test]
    fn directories_and_names_that_are_gone_are_structure() {
        let directory = TempDir::new().unwrap();
        let (file, inside) = (directory.path().join("file"), directory.path().join("inside"));
        fs::write(&file, "1").unwrap();
        let read = || survey::list(directory.path(), 10).unwrap().unwrap();
        let mut snapshot = Snapshot::new(read());
        fs::remove_file(&file).unwrap();
        fs::create_dir(&inside).unwrap();
        assert_eq!(snapshot.advance(read()).structure, BTreeSet::from([file, inside.clone()]));
        fs::write(inside.join("deeper"), "1").unwrap();
        assert_eq!(snapshot.advance(read()), Changes::default());
    }
}
