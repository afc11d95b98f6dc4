//! What is remembered of a session, in a file of the clone: which claims were taken for it, and what it was told already.
//! Whoever loses it is told again, and keeps its claims until they expire.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::format::sha256;
use crate::git::Repository;
use crate::model::RecordId;
use crate::ops::failure::Failure;

const NOTES_BYTES_MAX: u64 = 1 << 20;
/// The folder beside what else is kept of the clone.
const FOLDER: &str = "agents";
const CLAIM: &str = "claim ";
const TOLD: &str = "told ";

/// What is remembered of one session.
pub(super) struct Notes {
    path: PathBuf,
    claims: BTreeSet<RecordId>,
    told: BTreeSet<String>,
}

impl Notes {
    /// Reads what is remembered of a session; nothing, if that cannot be read.
    pub(super) fn of(repository: &Repository, session: &str) -> Self {
        let digest = sha256(session.as_bytes()).to_string();
        let path = folder(repository).join(digest.rsplit(':').next().unwrap_or_default());
        let (claims, told) = read(&path);
        Self { path, claims, told }
    }

    /// Returns the claims that were taken for it.
    pub(super) fn claims(&self) -> &BTreeSet<RecordId> {
        &self.claims
    }

    /// Notes that a claim was taken for it, or is used by it.
    pub(super) fn add_claim(&mut self, id: &RecordId) -> Result<(), Failure> {
        if self.claims.insert(id.clone()) {
            self.append(&format!("{CLAIM}{id}"))?;
        }
        Ok(())
    }

    /// Notes what it is told. Returns whether that is new; where nothing can be noted it is not, for whoever is stopped
    /// until it was told would be stopped forever.
    pub(super) fn tell(&mut self, what: &str) -> bool {
        let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.told.insert(what.clone()) && self.append(&format!("{TOLD}{what}")).is_ok()
    }

    /// Returns which of these claims were taken for other sessions as well, of which some may still run.
    pub(super) fn shared(&self, repository: &Repository) -> BTreeSet<RecordId> {
        let folder = folder(repository);
        let names = disk::list(&folder).unwrap_or_default();
        let others = names.iter().map(|name| folder.join(name)).filter(|path| *path != self.path);
        let theirs: BTreeSet<RecordId> = others.flat_map(|path| read(&path).0).collect();
        self.claims.intersection(&theirs).cloned().collect()
    }

    /// Returns which claims were taken automatically in any session.
    pub(super) fn of_all(repository: &Repository) -> BTreeSet<RecordId> {
        let folder = folder(repository);
        let names = disk::list(&folder).unwrap_or_default();
        names.iter().flat_map(|name| read(&folder.join(name)).0).collect()
    }

    /// Notes for every session that uses one of these claims that another one is in its place.
    pub(super) fn replace(repository: &Repository, old: &[RecordId], new: &RecordId) {
        let folder = folder(repository);
        for path in disk::list(&folder).unwrap_or_default().iter().map(|name| folder.join(name)) {
            let claims = read(&path).0;
            if old.iter().any(|id| claims.contains(id)) && !claims.contains(new) {
                disk::append_line(&path, &format!("{CLAIM}{new}")).ok();
            }
        }
    }

    /// Forgets the session.
    pub(super) fn forget(self) -> Result<(), Failure> {
        Ok(disk::remove(&self.path)?)
    }

    /// Forgets the sessions that hold no claim any more and ended without a word.
    pub(super) fn sweep(&self, repository: &Repository, is_live: impl Fn(&RecordId) -> bool) {
        let folder = folder(repository);
        for path in disk::list(&folder).unwrap_or_default().iter().map(|name| folder.join(name)) {
            if path != self.path && !read(&path).0.iter().any(&is_live) {
                disk::remove(&path).ok();
            }
        }
    }

    fn append(&self, line: &str) -> Result<(), Failure> {
        disk::create_directories(self.path.parent().expect("it lies in a folder"))?;
        Ok(disk::append_line(&self.path, line)?)
    }
}

fn folder(repository: &Repository) -> PathBuf {
    repository.common_dir().join("coord").join(FOLDER)
}

fn read(path: &Path) -> (BTreeSet<RecordId>, BTreeSet<String>) {
    parse_notes(&disk::read(path, NOTES_BYTES_MAX).ok().flatten().unwrap_or_default())
}

/// Reads which claims were taken for a session, and what it was told. A line that says neither is passed over.
pub fn parse_notes(bytes: &[u8]) -> (BTreeSet<RecordId>, BTreeSet<String>) {
    let text = String::from_utf8_lossy(bytes);
    let claims = text.lines().filter_map(|line| RecordId::parse(line.strip_prefix(CLAIM)?).ok()).collect();
    let told = text.lines().filter_map(|line| line.strip_prefix(TOLD).map(str::to_owned)).collect();
    (claims, told)
}
