//! The compare-and-swap of one reference, under git's own lock file for it.
//!
//! The library's own transaction is not used: it judges the old value by a copy of `packed-refs` that it read before it had
//! the lock, and takes "must not exist" as met by a reference that already has the new value.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::GitError;
use super::ObjectKind;
use super::Repository;
use super::error::failed;
use super::reference_guard::ReferenceGuard;
use super::references::Target;
use super::references::check_name;
use super::references::is_per_worktree;
use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;
use crate::model::ObjectId;

const PATIENCE: Duration = Duration::from_secs(2);
const PACKED_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;

/// Whether a reference was swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    Done,
    /// It did not hold the expected value; nothing was changed.
    Moved,
}

impl Repository {
    /// Sets a reference to a new value if it still holds the expected one. `None` is "does not exist".
    ///
    /// A lock that another process holds is waited for, two seconds at most. When the power goes it has the old or the new
    /// value.
    pub fn swap_reference(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: Option<ObjectId>,
        reflog: &str,
    ) -> Result<Swap, GitError> {
        self.swap(name, expected, new, reflog, Durability::Cached)
    }

    /// As [`Self::swap_reference`], and waits until it is on the disk: every object written so far before the reference that
    /// names them. Neither git nor its library waits for that.
    pub fn swap_reference_durably(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: Option<ObjectId>,
        reflog: &str,
    ) -> Result<Swap, GitError> {
        self.swap(name, expected, new, reflog, Durability::Synced)
    }

    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: Option<ObjectId>,
        reflog: &str,
        durability: Durability,
    ) -> Result<Swap, GitError> {
        self.check_swap(name, new)?;
        let content = new.map_or(String::new(), |id| format!("{id}\n"));
        let directory = self.common_dir().join("coord");
        // Without its content git could not read it, nor any reference beside it.
        let whole = if durability == Durability::Synced { Durability::Cached } else { Durability::Whole };
        let lock = ReferenceGuard::acquire(name, self.reference_path(name), &directory, (&content, whole), PATIENCE)?;
        let current = match self.read_reference(name)? {
            Some(Target::Symbolic(_)) => return Err(bad(name, "it is symbolic")),
            Some(Target::Object(id)) => Some(id),
            None => None,
        };
        if current != expected {
            return Ok(Swap::Moved);
        }
        if current == new {
            return Ok(Swap::Done);
        }
        if durability == Durability::Synced {
            // With the objects goes the content that the reference will have: it lies ready.
            disk::sync_filesystem(self.common_dir())?;
        }
        match new {
            Some(id) => self.set(name, current, id, reflog, lock)?,
            None => self.delete(name, lock)?,
        }
        // A reference that has a value again was waited for with its lock.
        if durability == Durability::Synced
            && new.is_none()
            && let Some(directory) = self.reference_path(name).parent()
            && disk::stat(directory)?.is_some()
        {
            disk::sync_directory(directory)?;
        }
        Ok(Swap::Done)
    }

    fn check_swap(&self, name: &str, new: Option<ObjectId>) -> Result<(), GitError> {
        check_name(name)?;
        if !name.starts_with("refs/") || is_per_worktree(name) {
            return Err(bad(name, "it is not shared by all work trees"));
        }
        if self.is_quarantined() {
            return Err(GitError::Unsupported { what: "moving a reference while a push is being judged" });
        }
        if let Some(id) = new {
            let kind = self.kind(id)?;
            if name.starts_with("refs/heads/") && kind != ObjectKind::Commit {
                return Err(bad(name, "a branch can only hold a commit"));
            }
        }
        Ok(())
    }

    fn set(
        &self,
        name: &str,
        old: Option<ObjectId>,
        new: ObjectId,
        reflog: &str,
        lock: ReferenceGuard,
    ) -> Result<(), GitError> {
        if old.is_none() {
            self.check_available(name)?;
        }
        self.append_reflog(name, old, new, reflog)?;
        lock.commit()
    }

    /// Refuses a name that is a directory of existing references, or has one as its directory.
    fn check_available(&self, name: &str) -> Result<(), GitError> {
        for (end, _) in name.match_indices('/').filter(|(end, _)| *end > "refs".len()) {
            if self.read_reference(&name[..end])?.is_some() {
                return Err(bad(name, "a part of its name is a reference"));
            }
        }
        if !self.references(&format!("{name}/"))?.is_empty() {
            return Err(bad(name, "there are references below its name"));
        }
        let path = self.reference_path(name);
        if matches!(disk::stat(&path)?, Some((FileKind::Directory, _))) {
            remove_empty_directories(&path)?;
        }
        Ok(())
    }

    fn append_reflog(&self, name: &str, old: Option<ObjectId>, new: ObjectId, message: &str) -> Result<(), GitError> {
        let path = self.common_dir().join("logs").join(name);
        if disk::stat(&path)?.is_none() && !self.wants_reflog(name) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            disk::create_directories(parent)?;
        }
        let old = old.unwrap_or(ObjectId::null(new.kind()));
        let seconds = gix::date::Time::now_utc().seconds;
        let message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = format!("{old} {new} git coord <git-coord> {seconds} +0000\t{message}");
        Ok(disk::append_line(&path, &line)?)
    }

    fn wants_reflog(&self, name: &str) -> bool {
        let is_usual = ["refs/heads/", "refs/remotes/", "refs/notes/"].iter().any(|prefix| name.starts_with(prefix));
        match self.config("core.logAllRefUpdates").map(|value| value.to_lowercase()).as_deref() {
            Some("always") => true,
            Some("false" | "no" | "off" | "0") => false,
            Some(_) => is_usual,
            None => is_usual && !self.is_bare(),
        }
    }

    /// Removes a reference everywhere: first its packed line, then the file, so that no older value shows in between.
    fn delete(&self, name: &str, lock: ReferenceGuard) -> Result<(), GitError> {
        if self.read_packed(name)?.is_some() {
            self.delete_packed(name)?;
        }
        disk::remove(&self.common_dir().join("logs").join(name))?;
        disk::remove(&self.reference_path(name))?;
        drop(lock);
        Ok(())
    }

    fn delete_packed(&self, name: &str) -> Result<(), GitError> {
        let path = self.common_dir().join("packed-refs");
        let patience = gix::lock::acquire::Fail::AfterDurationWithBackoff(PATIENCE);
        let mut lock = gix::lock::File::acquire_to_update_resource(&path, patience, None, 0)
            .map_err(lock_failure("packed-refs"))?;
        let old = disk::read(&path, PACKED_LIMIT_BYTES)?.unwrap_or_default();
        let new = without_reference(&old, name);
        let write_failure =
            |error: std::io::Error| GitError::Git { action: "write packed references", detail: error.to_string() };
        lock.with_mut(|file| file.write_all(&new).and_then(|()| file.sync_all())).map_err(write_failure)?;
        lock.commit().map(|_| ()).map_err(|failure| write_failure(failure.error))
    }
}

/// Returns `packed-refs` without one reference and the line of its peeled value.
fn without_reference(packed: &[u8], name: &str) -> Vec<u8> {
    let mut kept = Vec::with_capacity(packed.len());
    let mut is_dropping = false;
    for line in packed.split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b"^") {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let named = text.iter().position(|byte| *byte == b' ').map(|space| &text[space + 1..]);
            is_dropping = !line.starts_with(b"#") && named == Some(name.as_bytes());
        }
        if !is_dropping {
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn remove_empty_directories(path: &Path) -> Result<(), GitError> {
    for name in disk::list(path)? {
        let below = path.join(name);
        if matches!(disk::stat(&below)?, Some((FileKind::Directory, _))) {
            remove_empty_directories(&below)?;
        }
    }
    disk::remove_empty_directory(path);
    Ok(())
}

fn lock_failure(name: &str) -> impl FnOnce(gix::Error) -> GitError {
    move |error| match error {
        error if error.is_retryable() => GitError::RefLocked { name: name.to_owned(), lock: None },
        error => failed("lock a reference")(error),
    }
}

fn bad(name: &str, reason: &'static str) -> GitError {
    GitError::BadReference { name: name.to_owned(), reason }
}

#[cfg(test)]
#[path = "reference_lock_tests.rs"]
mod tests;
