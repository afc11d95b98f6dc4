//! The lock by which git and we keep each other from a work tree's index.
//!
//! It is git's own `index.lock`. Ours is a second name of a file that lies beside it, and may be removed by the next of us, who
//! has proof from another lock that its owner is gone; a foreign one is only ever waited for. That file was waited for when it
//! was made: whatever the power takes with it, a lock of ours is not found without what tells it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::iter;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::GitError;
use super::Repository;
use super::StandingLock;
use super::Worktree;
use crate::disk;
use crate::disk::Durability;

const MARKER: &[u8] = b"git-coord ";
/// The other name of every lock of ours.
const MARKER_FILE: &str = "coord-index-lock";
const CONTENT_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;

/// The index of one work tree, locked against git until this is dropped.
#[derive(Debug)]
pub struct IndexLock {
    path: PathBuf,
}

impl IndexLock {
    /// Takes the lock, waiting at most `patience` for a foreign one.
    ///
    /// The caller must hold the lock that all of our own writers take first: a lock file of ours that is found here is
    /// then left over from a process that ended, and is removed.
    pub fn acquire(worktree: &Worktree, patience: Duration) -> Result<Self, GitError> {
        worktree.check()?;
        let path = worktree.git_dir.join("index.lock");
        let marker = marker(worktree)?;
        let start = Instant::now();
        let mut pause_ms = 5;
        loop {
            if disk::link_new(&marker, &path)? {
                return Ok(Self { path });
            }
            if is_ours(&path, &marker)? {
                disk::remove(&path)?;
                continue;
            }
            if start.elapsed() >= patience {
                let lock = Some(StandingLock::at(&path));
                return Err(GitError::IndexLocked { path: worktree.path.clone(), waited: patience, lock });
            }
            // Two that wait in step would meet again and again.
            let jitter_ms = RandomState::new().hash_one(pause_ms) % pause_ms;
            let pause = Duration::from_millis(pause_ms + jitter_ms);
            thread::sleep(pause.min(patience.saturating_sub(start.elapsed())));
            pause_ms = (pause_ms * 2).min(100);
        }
    }

    /// Waits at most `patience` until nobody holds the lock. The caller must hold what [`Self::acquire`] says.
    pub fn wait_until_free(worktree: &Worktree, patience: Duration) -> Result<(), GitError> {
        // Whoever is killed leaves a lock that it has taken: it is only taken to see whose it is.
        if disk::stat(&worktree.git_dir.join("index.lock"))?.is_some() {
            drop(Self::acquire(worktree, patience)?);
        }
        Ok(())
    }
}

impl Repository {
    /// Returns the locks of ours that stand at the index of a work tree, but for the one whose git directory this is.
    pub fn index_locks_of_ours(&self, except: Option<&Path>) -> Result<Vec<PathBuf>, GitError> {
        let linked = self.common_dir().join("worktrees");
        let linked_dirs = disk::list(&linked)?.into_iter().map(|name| linked.join(name));
        let git_dirs = iter::once(self.common_dir().to_owned()).chain(linked_dirs);
        let mut found = Vec::new();
        for git_dir in git_dirs.filter(|git_dir| Some(git_dir.as_path()) != except) {
            let lock = git_dir.join("index.lock");
            if disk::is_same_file(&lock, &git_dir.join(MARKER_FILE))? {
                found.push(lock);
            }
        }
        Ok(found)
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        // A lock that cannot be removed is found by the next of us and removed then.
        disk::remove(&self.path).ok();
    }
}

/// Returns the file whose second name our locks are, which is made by the first of us.
fn marker(worktree: &Worktree) -> Result<PathBuf, GitError> {
    let marker = worktree.git_dir.join(MARKER_FILE);
    if disk::stat(&marker)?.is_none() {
        disk::write(&marker, &[MARKER, b"locks this\n"].concat(), 0o644, Durability::Synced)?;
    }
    Ok(marker)
}

/// Returns whether a lock file is one of ours. One that cannot be read is not.
fn is_ours(path: &Path, marker: &Path) -> Result<bool, GitError> {
    let says_so = matches!(disk::read(path, CONTENT_LIMIT_BYTES), Ok(Some(content)) if content.starts_with(MARKER));
    Ok(says_so || disk::is_same_file(path, marker)?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::git::sandbox::Sandbox;

    /// A lock that is there for a moment without its content would be taken for a foreign one after a kill, and stay.
    #[test]
    fn lock_is_never_seen_without_its_content() {
        const SIGHTINGS: usize = 500;
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        let worktree = sandbox.open().worktrees().unwrap().remove(0);
        let path = worktree.git_dir.join("index.lock");
        let expected = "git-coord locks this\n";
        let seen = AtomicUsize::new(0);
        let until = Instant::now() + Duration::from_secs(30);
        let is_over = || seen.load(Ordering::Relaxed) >= SIGHTINGS || Instant::now() > until;
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over() {
                    drop(IndexLock::acquire(&worktree, Duration::ZERO).unwrap());
                }
            });
            while !is_over() {
                if let Some(content) = disk::read(&path, CONTENT_LIMIT_BYTES).unwrap() {
                    assert_eq!(String::from_utf8(content).unwrap(), expected);
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        assert!(seen.load(Ordering::Relaxed) >= SIGHTINGS, "it was hardly ever seen");
        let left: Vec<_> = disk::list(&worktree.git_dir).unwrap();
        assert!(!left.iter().any(|name| name.starts_with(disk::TEMPORARY_PREFIX) || name == "index.lock"), "{left:?}");
    }
}
