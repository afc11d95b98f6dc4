//! A clone as one of its processes sees it: the store that the ledger's own code runs over. Whatever others can change is a place
//! where somebody else may go on, and where the process may be killed.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::MutexGuard;
use std::time::Duration;

use git_coord::format::commit;
use git_coord::git::GitError;
use git_coord::git::PushRequest;
use git_coord::git::PushResult;
use git_coord::git::Swap;
use git_coord::git::TreeChange;
use git_coord::ledger::Exchange;
use git_coord::ledger::Recalled;
use git_coord::ledger::Snapshot;
use git_coord::ledger::Store;
use git_coord::ledger::Traffic;
use git_coord::ledger::confirm_decided;
use git_coord::ledger::decide;
use git_coord::ledger::fetch_decided;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;

use crate::support::simulation::network;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::settings::Broken;
use crate::support::simulation::stage::Inner;
use crate::support::simulation::world::Disk;
use crate::support::simulation::world::Simulation;

/// How long somebody waits for a lock, in milliseconds.
const PATIENCE: u64 = 30_000;

/// One process of a clone.
pub struct Port {
    pub sim: Arc<Simulation>,
    /// The actor that runs it.
    pub me: usize,
    pub clone: usize,
    /// The server that it asks.
    pub server: usize,
    pub life: u64,
    traffic: Traffic,
    is_dead: Cell<bool>,
}

/// The lock of a clone.
pub struct Held {
    sim: Arc<Simulation>,
    clone: usize,
    owner: (usize, u64),
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut inner = self.sim.stage.inner();
        let lock = &mut inner.sea.disks[self.clone].lock;
        if *lock == Some(self.owner) {
            *lock = None;
        }
    }
}

pub fn broken_off() -> GitError {
    GitError::Git { action: "go on", detail: "the process was killed".to_owned() }
}

impl Port {
    pub fn new(sim: &Arc<Simulation>, me: usize, clone: usize, server: usize, life: u64) -> Self {
        let traffic = Traffic::default();
        Self { sim: Arc::clone(sim), me, clone, server, life, traffic, is_dead: Cell::new(false) }
    }

    /// Returns whether the process was killed.
    pub fn is_dead(&self) -> bool {
        self.is_dead.get()
    }

    fn check_alive(&self) -> Result<(), GitError> {
        if self.is_dead.get() { Err(broken_off()) } else { Ok(()) }
    }

    /// A place where others may go on, and where the process may be killed before it does what it is about to do.
    pub fn step(&self, what: &str) -> Result<MutexGuard<'_, Inner>, GitError> {
        self.check_alive()?;
        if !self.sim.stage.point(self.me) {
            self.is_dead.set(true);
            return Err(broken_off());
        }
        let mut inner = self.sim.stage.inner();
        let crashes = inner.sea.settings.crashes;
        if inner.sea.is_stormy && crashes > 0 && inner.dice.chance(crashes) {
            self.is_dead.set(true);
            inner.sea.reach.fault(Fault::Crash);
            let lock = &mut inner.sea.disks[self.clone].lock;
            // Locks die with their process.
            if *lock == Some((self.me, self.life)) {
                *lock = None;
            }
            let clock = inner.clock;
            inner.trace.tell(clock, || format!("{} is killed before {what}", self.me));
            return Err(broken_off());
        }
        Ok(inner)
    }

    pub fn nap(&self, milliseconds: u64) -> Result<(), GitError> {
        self.check_alive()?;
        if self.sim.stage.sleep(self.me, milliseconds) {
            return Ok(());
        }
        self.is_dead.set(true);
        Err(broken_off())
    }

    fn is_broken(&self, broken: Broken) -> bool {
        self.sim.stage.inner().sea.settings.broken == Some(broken)
    }

    fn disk<'a>(&self, inner: &'a mut Inner) -> &'a mut Disk {
        &mut inner.sea.disks[self.clone]
    }

    /// Moves a pin: it never goes back or aside (I7).
    fn check_pin(&self, inner: &mut Inner, before: Option<ObjectId>, after: ObjectId, what: &str) {
        if let Some(before) = before
            && !inner.sea.descends(after, before)
        {
            inner.fail(format!(
                "I7: what clone {} {what} goes from {} to {}",
                self.clone,
                before.short(),
                after.short()
            ));
        }
    }
}

impl Store for Port {
    type Door = ();
    type Lock = Held;

    fn hash_kind(&self) -> HashKind {
        HashKind::Sha256
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        let mut inner = self.step("reading the branch")?;
        Ok(self.disk(&mut inner).branch)
    }

    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.check_alive()?;
        if !self.sim.stage.inner().sea.disks[self.clone].commits.contains(&id) {
            return Err(GitError::Missing { id });
        }
        (&*self.sim.pool).commit(id)
    }

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        (&*self.sim.pool).blob(id, limit_bytes)
    }

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError> {
        (&*self.sim.pool).tree_changes(old, new)
    }

    fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        self.check_alive()?;
        (&*self.sim.pool).write_blob(content)
    }

    fn edit_tree(&self, base: Option<ObjectId>, edits: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError> {
        self.check_alive()?;
        (&*self.sim.pool).edit_tree(base, edits)
    }

    fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError> {
        let mut inner = self.step("writing an entry")?;
        let id = (&*self.sim.pool).write_commit(raw)?;
        if let Some([parent]) = commit::parents(raw).as_deref() {
            inner.sea.parents.insert(id, Some(*parent));
        }
        self.disk(&mut inner).commits.insert(id);
        Ok(id)
    }

    fn wait_at_door(&self) -> Result<(), GitError> {
        Ok(())
    }

    fn lock(&self, (): ()) -> Result<Held, GitError> {
        let owner = (self.me, self.life);
        let mut until = None;
        loop {
            let mut inner = self.step("taking the lock")?;
            let (clock, disk) = (inner.clock, self.disk(&mut inner));
            if disk.lock.is_none() {
                disk.lock = Some(owner);
                return Ok(Held { sim: Arc::clone(&self.sim), clone: self.clone, owner });
            }
            if clock > *until.get_or_insert(clock + PATIENCE) {
                return Err(GitError::IndexLocked {
                    path: PathBuf::from("lock"),
                    waited: Duration::from_millis(PATIENCE),
                    lock: None,
                });
            }
            drop(inner);
            self.nap(7)?;
        }
    }

    fn swap_head(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        if self.is_broken(Broken::AcknowledgesAndForgets) && self.sim.stage.inner().dice.chance(100) {
            let swap = self.swap_branch(expected, new)?;
            self.confirm(new)?;
            return Ok(swap);
        }
        decide(self, expected, new)
    }

    fn fetch_source(&self) -> Result<Option<ObjectId>, GitError> {
        fetch_decided(self)
    }

    fn source(&self) -> Option<&str> {
        Some(["hub", "mirror"][self.server])
    }

    fn confirmed(&self) -> Result<Option<ObjectId>, GitError> {
        let mut inner = self.step("reading what was verified there")?;
        Ok(self.disk(&mut inner).confirmed[self.server])
    }

    fn confirm(&self, head: ObjectId) -> Result<(), GitError> {
        confirm_decided(self, head)
    }

    fn is_unsure(&self) -> bool {
        self.traffic.is_unsure()
    }

    fn follow(&self, expected: Option<ObjectId>, head: ObjectId) -> Result<Swap, GitError> {
        self.swap_branch(expected, head)
    }

    fn show(&self, _: &Held, _head: ObjectId, _valid_tree: ObjectId) -> Result<(), GitError> {
        self.step("updating the checkout").map(|_| ())
    }

    fn recall(&self) -> Result<Option<Recalled>, GitError> {
        let mut inner = self.step("reading what is remembered")?;
        let disk = self.disk(&mut inner);
        let Some(head) = disk.verified else { return Ok(None) };
        Ok((&*disk.memory).recall()?.map(|recalled| Recalled { head, ..recalled }))
    }

    fn remember(&self, snapshot: &Snapshot) -> Result<(), GitError> {
        let mut inner = self.step("remembering the state")?;
        (&*self.disk(&mut inner).memory).remember(snapshot)?;
        drop(inner);
        if self.confirmed()? != Some(snapshot.head) {
            return Ok(());
        }
        let mut inner = self.step("remembering the head")?;
        // Somebody of the same clone may have remembered a later one meanwhile; what was verified there is the pin.
        self.disk(&mut inner).verified = Some(snapshot.head);
        Ok(())
    }

    fn keep_evidence(&self, head: ObjectId) -> Result<(), GitError> {
        let mut inner = self.step("keeping evidence")?;
        self.disk(&mut inner).evidence.insert(head);
        Ok(())
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(self.sim.stage.inner().clock)
    }

    fn pause(&self, pause: Duration) {
        self.nap(pause.as_millis() as u64).ok();
    }

    fn draw(&self) -> f64 {
        self.sim.stage.inner().dice.below(1_000) as f64 / 1_000.0
    }
}

impl Exchange for Port {
    fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    fn push(&self, request: &PushRequest<'_>) -> Result<Vec<PushResult>, GitError> {
        network::push(self, request)
    }

    fn ask(&self) -> Result<Option<ObjectId>, GitError> {
        network::ask(self).map(|refs| refs.head)
    }

    fn fetch_unasked(&self) -> Result<Option<ObjectId>, GitError> {
        let is_tried = self.sim.stage.inner().dice.chance(700);
        if is_tried { network::fetch(self) } else { Ok(None) }
    }

    fn fetch(&self, _head: ObjectId) -> Result<(), GitError> {
        network::fetch(self).map(|_| ())
    }

    fn contains(&self, id: ObjectId) -> bool {
        self.sim.stage.inner().sea.disks[self.clone].commits.contains(&id)
    }

    fn is_ancestor(&self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, GitError> {
        self.check_alive()?;
        if self.is_broken(Broken::PinsAnything) {
            return Ok(true);
        }
        Ok(self.sim.stage.inner().sea.descends(descendant, ancestor))
    }

    fn swap_branch(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        let mut inner = self.step("moving the branch")?;
        let before = self.disk(&mut inner).branch;
        if before != expected {
            return Ok(Swap::Moved);
        }
        self.check_pin(&mut inner, before, new, "has as its branch");
        self.disk(&mut inner).branch = Some(new);
        Ok(Swap::Done)
    }

    fn swap_confirmed(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        let mut inner = self.step("moving the pin")?;
        let before = self.disk(&mut inner).confirmed[self.server];
        if before != expected {
            return Ok(Swap::Moved);
        }
        self.check_pin(&mut inner, before, new, "has verified");
        if inner.sea.settings.broken == Some(Broken::ForgetsThePin) {
            return Ok(Swap::Done);
        }
        self.disk(&mut inner).confirmed[self.server] = Some(new);
        Ok(Swap::Done)
    }
}
