//! A ledger in a clone of a git repository.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::disk;
use crate::disk::Durability;
use crate::disk::FileLock;
use crate::disk::HeldFile;
use crate::git::GitError;
use crate::git::IndexLock;
use crate::git::Program;
use crate::git::Repository;
use crate::git::Swap;
use crate::git::TreeChange;
use crate::git::Worktree;
use crate::ledger::exchange::confirm_decided;
use crate::ledger::exchange::decide;
use crate::ledger::exchange::fetch_decided;
use crate::ledger::leftovers::remove_leftovers;
use crate::ledger::leftovers::remove_locks_of_landings;
use crate::ledger::memo;
use crate::ledger::shown::Shown;
use crate::ledger::source::Source;
use crate::ledger::store::Recalled;
use crate::ledger::store::Snapshot;
use crate::ledger::store::Store;
use crate::ledger::trusted;
use crate::ledger::trusted::Trust;
use crate::model::HashKind;
use crate::model::ObjectId;
use crate::rules::Bytes;

/// The branch that is the ledger.
pub const LEDGER_REF: &str = "refs/heads/coord";
/// Under which heads that were refused are kept.
const EVIDENCE_PREFIX: &str = "refs/coord/evidence/";
/// How long somebody else may take to make its entry.
const PATIENCE: Duration = Duration::from_secs(30);
const CACHE_BYTES_MAX: u64 = 1 << 30;
/// How many entries back a checkout may be that its machine stopped at.
const UNSURE_ENTRIES: usize = 8;
/// As much of a remembered chain as tells which one it is.
const FRONT_LEN: u64 = 64;

/// A clone, with what its ledger needs around the repository itself.
pub struct CloneStore {
    repository: Repository,
    program: Program,
    /// The checkout of the ledger; bare repositories have none.
    worktree: Option<Worktree>,
    pub(super) source: Source,
    /// Is told how far a line of entries is judged.
    progress: Option<Rc<dyn Fn(usize, usize)>>,
}

/// The locks under which an entry is made: against others of us first, then against git.
#[derive(Debug)]
pub struct CloneLock {
    index: Option<IndexLock>,
    #[expect(dead_code, reason = "held until it is dropped, after the index lock")]
    own: FileLock,
}

impl CloneStore {
    /// Returns the store of a repository whose ledger is decided here.
    pub fn local(repository: Repository, program: Program) -> Result<Self, GitError> {
        let worktree = repository.worktree_on(LEDGER_REF)?;
        Ok(Self { repository, program, worktree, source: Source::here(), progress: None })
    }

    /// Tells somebody how far a line of entries is judged.
    pub fn telling(self, progress: Rc<dyn Fn(usize, usize)>) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Returns the store of a repository whose ledger is decided at a remote.
    pub fn decided_at(remote: String, repository: Repository, program: Program) -> Result<Self, GitError> {
        Ok(Self { source: Source::at(remote), ..Self::local(repository, program)? })
    }

    /// Makes a visitor's store of it: the ledger is what the remote has, whatever branches are here, and nothing of it is
    /// kept but objects.
    pub fn visiting(mut self) -> Self {
        self.source.visited = Some(Cell::new(None));
        Self { worktree: None, ..self }
    }

    /// Returns the repository that the ledger lies in.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns the git that is called where the library cannot do it.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Returns the checkout of the ledger, if there is one.
    pub fn worktree(&self) -> Option<&Worktree> {
        self.worktree.as_ref()
    }

    /// Returns the directory of what is remembered: in the common git directory, outside of every work tree.
    pub fn directory(&self) -> PathBuf {
        self.repository.common_dir().join("coord")
    }

    /// Returns whose lock whoever lands here has.
    pub(crate) fn landing_turn(&self) -> PathBuf {
        self.directory().join("landing")
    }

    /// Returns whether the checkout was brought to a tree, nobody is at it or was killed while at it, and nobody has written
    /// its index since.
    pub(crate) fn is_shown(&self, valid_tree: ObjectId) -> Result<bool, GitError> {
        let Some(worktree) = &self.worktree else { return Ok(true) };
        let is_free = disk::stat(&worktree.git_dir.join("index.lock"))?.is_none();
        Ok(is_free && Shown::read(worktree)? == Some(Shown::now(worktree, valid_tree)?))
    }

    /// Takes the locks under which an entry is made, waiting so long for each.
    pub fn lock_within(&self, patience: Duration) -> Result<CloneLock, GitError> {
        self.lock_behind(self.door_within(patience)?, patience)
    }

    /// Waits at the door: whoever gives the lock back stands behind those who wait there, so nobody is passed over for long.
    fn door_within(&self, patience: Duration) -> Result<FileLock, GitError> {
        disk::create_directories(&self.directory())?;
        acquire(&self.directory().join("door"), patience)
    }

    fn lock_behind(&self, door: FileLock, patience: Duration) -> Result<CloneLock, GitError> {
        let own = acquire(&self.directory().join("lock"), patience)?;
        drop(door);
        remove_locks_of_landings(&self.repository, self.worktree.as_ref(), &self.landing_turn())?;
        let index = match &self.worktree {
            Some(worktree) if disk::stat(&worktree.path)?.is_some() => Some(IndexLock::acquire(worktree, patience)?),
            _ => None,
        };
        Ok(CloneLock { index, own })
    }
}

impl Store for CloneStore {
    type Door = FileLock;
    type Lock = CloneLock;

    fn judged(&self, done: usize, total: usize) {
        if let Some(progress) = &self.progress {
            progress(done, total);
        }
    }

    fn hash_kind(&self) -> HashKind {
        self.repository.hash_kind()
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        if let Some(visited) = &self.source.visited {
            return Ok(visited.get());
        }
        self.repository.reference(LEDGER_REF)
    }

    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.repository.commit(id).map_err(|error| match error {
            // Nothing is lost: this clone was made without it.
            GitError::Missing { id } if self.repository.is_shallow().unwrap_or(false) => GitError::Shallow { id },
            other => other,
        })
    }

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        self.repository.blob(id, limit_bytes)
    }

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError> {
        self.repository.tree_changes(old, Some(new))
    }

    fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        self.repository.write_blob(content)
    }

    fn edit_tree(&self, base: Option<ObjectId>, edits: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError> {
        self.repository.edit_tree(base, edits)
    }

    fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError> {
        self.repository.write_commit(raw)
    }

    fn wait_at_door(&self) -> Result<FileLock, GitError> {
        self.door_within(self.program.left_of(PATIENCE))
    }

    fn lock(&self, door: FileLock) -> Result<CloneLock, GitError> {
        self.lock_behind(door, self.program.left_of(PATIENCE))
    }

    fn swap_head(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        if self.asked().is_some() {
            // What the remote is told of must be whole here: git would trust what the disk has of it, and fetch no other.
            disk::sync_filesystem(self.repository.common_dir())?;
        }
        decide(self, expected, new)
    }

    fn fetch_source(&self) -> Result<Option<ObjectId>, GitError> {
        fetch_decided(self)
    }

    fn source(&self) -> Option<&str> {
        self.asked()
    }

    fn confirmed(&self) -> Result<Option<ObjectId>, GitError> {
        if let Some(visited) = &self.source.visited {
            return Ok(visited.get());
        }
        self.tracking_ref().map_or(Ok(None), |name| self.repository.reference(&name))
    }

    fn confirm(&self, head: ObjectId) -> Result<(), GitError> {
        if let Some(visited) = &self.source.visited {
            visited.set(Some(head));
            return Ok(());
        }
        confirm_decided(self, head)
    }

    fn is_unsure(&self) -> bool {
        self.source.traffic.is_unsure()
    }

    fn follow(&self, expected: Option<ObjectId>, head: ObjectId) -> Result<Swap, GitError> {
        if let Some(visited) = &self.source.visited {
            visited.set(Some(head));
            return Ok(Swap::Done);
        }
        self.repository.swap_reference(LEDGER_REF, expected, Some(head), "coord: follow the remote")
    }

    fn show(&self, lock: &CloneLock, head: ObjectId, valid_tree: ObjectId) -> Result<(), GitError> {
        let (Some(worktree), Some(_)) = (&self.worktree, &lock.index) else { return Ok(()) };
        let before = Shown::read(worktree)?;
        let shown = before.as_ref().map(|before| before.tree).filter(|tree| self.repository.contains(*tree));
        let is_unsure = before.as_ref().is_none_or(|before| before.boot != disk::boot());
        if is_unsure {
            // What was shown last may have come to the disk in part, or not at all.
            let mut trees: Vec<ObjectId> = before.iter().map(|before| before.tree).collect();
            let mut last = self.repository.commit_links(head)?;
            while let Some(parent) = last.parents.first().filter(|_| trees.len() < UNSURE_ENTRIES) {
                last = self.repository.commit_links(*parent)?;
                trees.push(last.tree);
            }
            self.repository.mend_checkout(worktree, &trees, valid_tree)?;
        }
        let index = Shown::look_at_index(worktree)?;
        let is_foreign = is_unsure || before.as_ref().is_none_or(|before| before.index != index);
        let head_tree = self.repository.commit_links(head)?.tree;
        let mut changes = Vec::new();
        if shown != Some(valid_tree) {
            changes = self.repository.tree_changes(shown, Some(valid_tree))?;
        }
        // A void head shows what does not count: take it back, so that the next entry restores what does (S2).
        if head_tree != valid_tree {
            let garbage = self.repository.tree_changes(Some(head_tree), Some(valid_tree))?;
            let known: BTreeSet<_> = changes.iter().map(|change| change.path.clone()).collect();
            changes.extend(garbage.into_iter().filter(|change| !known.contains(&change.path)));
            changes.sort_by(|one, other| one.path.cmp(&other.path));
        }
        remove_leftovers(worktree, &changes)?;
        if !changes.is_empty() {
            self.repository.apply_changes(worktree, &changes)?;
        }
        if is_foreign {
            self.repository.reconcile_index(worktree, valid_tree)?;
        }
        let after = Shown::now(worktree, valid_tree)?;
        if before.as_ref() != Some(&after) {
            after.write(worktree)?;
        }
        Ok(())
    }

    fn recall(&self) -> Result<Option<Recalled>, GitError> {
        if self.is_visit() {
            return Ok(None);
        }
        let path = self.directory().join("verified");
        let head = match trusted::read_head(&path)? {
            Trust::Nothing => return Ok(None),
            Trust::Torn => None,
            Trust::Head(head) => Some(head),
        };
        let whole: Arc<dyn Bytes> = match HeldFile::open(&self.directory().join("chain"), CACHE_BYTES_MAX)? {
            Some(file) => Arc::new(file),
            None => Arc::new(Vec::new()),
        };
        // Between two reads another process may have written both anew; then the second does not continue the first.
        let read =
            || Ok::<_, GitError>(disk::read(&self.directory().join("recent"), CACHE_BYTES_MAX)?.unwrap_or_default());
        let mut recent = read()?;
        if memo::is_torn(&recent) {
            // Somebody may be writing it.
            recent = read()?;
        }
        if let Some(head) = head {
            return Ok(Some(Recalled { head, whole, recent }));
        }
        // Torn, by a power cut say: what was trusted is known from what was verified at the remote, and where nothing is decided
        // there only as far as the chain was remembered.
        let confirmed = if self.remote().is_some() { self.confirmed()? } else { None };
        let head = confirmed.or_else(|| Some(memo::decode(Arc::clone(&whole), &recent)?.0.head));
        let head = head.ok_or_else(|| GitError::TrustLost { path: path.clone(), cause: None })?;
        trusted::write_head(&path, head).ok();
        Ok(Some(Recalled { head, whole, recent }))
    }

    fn remember(&self, snapshot: &Snapshot) -> Result<(), GitError> {
        if self.is_visit() {
            return Ok(());
        }
        disk::create_directories(&self.directory())?;
        let whole = self.directory().join("chain");
        let continues = || {
            Ok::<_, GitError>(memo::base_of(&disk::read_front(&whole, FRONT_LEN)?) == memo::base_of(&snapshot.chain))
        };
        if !memo::is_recent(&snapshot.chain) {
            // What tells how far the ledger is trusted when the power has taken the last word of that.
            disk::write(&whole, &snapshot.chain, 0o600, Durability::Whole)?;
        } else if continues()? {
            disk::overwrite(&self.directory().join("recent"), &snapshot.chain, 0o600)?;
        }
        // Where a remote decides, the last head that is trusted is the last one that was verified there (S12).
        if self.remote().is_some() && self.confirmed()? != Some(snapshot.head) {
            return Ok(());
        }
        trusted::write_head(&self.directory().join("verified"), snapshot.head)
    }

    fn keep_evidence(&self, head: ObjectId) -> Result<(), GitError> {
        if !self.is_visit() && self.repository.contains(head) {
            let name = format!("{EVIDENCE_PREFIX}{head}");
            self.repository.swap_reference(&name, None, Some(head), "coord: evidence")?;
        }
        Ok(())
    }
}

pub(super) fn acquire(path: &Path, patience: Duration) -> Result<FileLock, GitError> {
    Ok(FileLock::acquire(path, patience)?)
}

impl Bytes for HeldFile {
    fn size(&self) -> usize {
        self.size()
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Option<()> {
        self.read_at(at, into).ok()
    }
}
