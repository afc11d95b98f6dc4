//! The index of a work tree: entries of some paths replaced, the rest carried over, written at once.
//!
//! The caller holds the lock of the index; this only reads and replaces the file.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use gix::index::entry::Flags;
use gix::index::entry::Mode;
use gix::index::entry::Stat;

use super::GitError;
use super::Repository;
use super::error::failed;
use super::repository::from_library;
use super::repository::to_library;
use crate::disk;
use crate::disk::Durability;
use crate::model::ObjectId;

/// How much a new entry may claim about the file in the work tree.
pub(super) enum Freshness {
    /// The file has the content of the entry, as of this look at it.
    Clean(Box<Stat>),
    /// The file may differ, so git must compare the content.
    Unknown,
}

/// What the entry of one path becomes; `None` removes it.
pub(super) type NewEntry = Option<(u32, ObjectId, Freshness)>;

/// What is known of the file of an entry without reading it.
pub(super) enum Assurance {
    /// It is as recorded as long as it looks as it did.
    Vouched,
    /// A person told git not to look.
    Excused,
    Unsure,
}

/// What would be committed at one path.
pub(super) struct Staged {
    pub(super) mode: u32,
    pub(super) id: ObjectId,
    /// One of the sides of a conflict.
    pub(super) is_conflict: bool,
    /// How the file looked when git last saw it as recorded.
    pub(super) stat: Stat,
    pub(super) assurance: Assurance,
}

/// The index of one work tree, read into memory.
pub(super) struct Index {
    path: PathBuf,
    file: gix::index::File,
}

impl Index {
    /// Reads the index in a git directory; none is an empty one.
    pub(super) fn read(repository: &Repository, git_dir: &Path) -> Result<Self, GitError> {
        Self::read_file(repository, &git_dir.join("index"))
    }

    /// Reads an index file; none is an empty one.
    pub(super) fn read_file(repository: &Repository, path: &Path) -> Result<Self, GitError> {
        let path = path.to_owned();
        let kind = repository.inner.object_hash();
        let file = gix::index::File::at_or_default(path.as_path(), kind, false, gix::index::decode::Options::default())
            .map_err(failed("read the index"))?;
        if file.is_sparse() {
            return Err(GitError::Unsupported { what: "a sparse index" });
        }
        Ok(Self { path, file })
    }

    /// Returns the mode and object of one path; none if it is not there, or only as a conflict.
    pub(super) fn at(&self, path: &[u8]) -> Option<(u32, ObjectId)> {
        let entry = self.file.entry_by_path(path.into())?;
        Some((entry.mode.bits(), from_library(&entry.id)))
    }

    pub(super) fn file(&self) -> &gix::index::File {
        &self.file
    }

    /// Returns the entries that say how their file looks, as far as that says anything: a file that changed in the moment
    /// in which the index was written looks as it did.
    pub(super) fn vouched(&self) -> HashMap<String, (ObjectId, Stat)> {
        let written = self.file.timestamp();
        let special = Flags::ASSUME_VALID | Flags::SKIP_WORKTREE | Flags::INTENT_TO_ADD;
        let entries = self.file.entries().iter();
        let is_older = |entry: &gix::index::Entry| {
            let seconds = written.unix_seconds() - i64::from(entry.stat.mtime.secs);
            let age_ns = seconds * 1_000_000_000 + i64::from(written.nanoseconds()) - i64::from(entry.stat.mtime.nsecs);
            // Some who write an index leave the nanoseconds out.
            if entry.stat.mtime.nsecs == 0 { seconds > 0 } else { age_ns > disk::Look::MOMENT_NS }
        };
        let sure = entries.filter(|entry| is_older(entry) && !entry.flags.intersects(special));
        sure.map(|entry| (entry.path(&self.file).to_string(), (from_library(&entry.id), entry.stat))).collect()
    }

    /// Returns what would be committed.
    pub(super) fn staged(&self) -> BTreeMap<Vec<u8>, Staged> {
        let entries = self.file.entries().iter();
        entries.map(|entry| (entry.path(&self.file).to_vec(), self.staged_entry(entry))).collect()
    }

    /// Returns what an entry says.
    pub(super) fn staged_entry(&self, entry: &gix::index::Entry) -> Staged {
        let written_at = self.file.timestamp().unix_seconds();
        Staged {
            mode: entry.mode.bits(),
            id: from_library(&entry.id),
            is_conflict: entry.stage_raw() != 0,
            stat: entry.stat,
            assurance: if entry.flags.intersects(Flags::ASSUME_VALID | Flags::SKIP_WORKTREE) {
                Assurance::Excused
            } else if i64::from(entry.stat.mtime.secs) < written_at {
                Assurance::Vouched
            } else {
                Assurance::Unsure
            },
        }
    }

    /// Replaces the entries of these paths and writes the index of a checkout that is mended after a power cut.
    pub(super) fn replace(self, entries: HashMap<Vec<u8>, NewEntry>) -> Result<(), GitError> {
        self.replace_as(entries, Durability::Cached)
    }

    /// Replaces the entries of these paths and writes the index of a work tree of the user's, whole whatever the power does.
    pub(super) fn replace_whole(self, entries: HashMap<Vec<u8>, NewEntry>) -> Result<(), GitError> {
        self.replace_as(entries, Durability::Whole)
    }

    fn replace_as(mut self, mut entries: HashMap<Vec<u8>, NewEntry>, durability: Durability) -> Result<(), GitError> {
        let written_at = self.file.timestamp().unix_seconds();
        self.file.remove_entries(|_, path, entry| {
            if entries.contains_key(path.as_ref() as &[u8]) {
                return true;
            }
            // A file that changed in the second in which the old index was written looks unchanged. Git sees that as long
            // as the index is not newer; ours will be.
            if i64::from(entry.stat.mtime.secs) >= written_at {
                entry.stat.size = 0;
            }
            false
        });
        for (path, entry) in entries.drain() {
            let Some((mode, id, freshness)) = entry else { continue };
            let stat = match freshness {
                Freshness::Clean(stat) => *stat,
                Freshness::Unknown => Stat::default(),
            };
            let mode = Mode::from_bits(mode)
                .ok_or(GitError::Unsupported { what: "an index entry that is neither file, link nor submodule" })?;
            self.file.dangerously_push_entry(stat, to_library(id), Flags::empty(), mode, path.as_slice().into());
        }
        self.file.sort_entries();
        self.write(durability)
    }

    fn write(mut self, durability: Durability) -> Result<(), GitError> {
        // The cached trees are those of the old entries.
        self.file.remove_tree();
        let mut bytes = Vec::new();
        let options = gix::index::write::Options { extensions: gix::index::write::Extensions::None, skip_hash: false };
        self.file.write_to(&mut bytes, options).map_err(failed("write the index"))?;
        Ok(disk::write(&self.path, &bytes, 0o644, durability)?)
    }
}

/// Returns how a file looks to git's index, or `None` if it cannot be told.
pub(super) fn look_at(path: &Path) -> Option<Box<Stat>> {
    let found = gix::index::fs::Metadata::from_path_no_follow(path).ok()?;
    Stat::from_fs(&found).ok().map(Box::new)
}
