//! What passes between a clone and the remote where its ledger is decided. It is told from how a push or a fetch is made, so
//! that the same lines run over the git program and in the simulation.

use std::cell::Cell;
use std::cell::RefCell;

use crate::git::GitError;
use crate::git::PushRequest;
use crate::git::PushResult;
use crate::git::Swap;
use crate::ledger::publish::push_to_source;
use crate::ledger::store::Store;
use crate::ledger::tentative::entries_beyond;
use crate::model::ObjectId;
use crate::rules::Update;

/// What this process knows of what it sent to where the ledger is decided.
#[derive(Debug, Default)]
pub struct Traffic {
    /// What the next push of the ledger takes along, all or nothing.
    pub(super) carried: RefCell<Option<Update>>,
    /// How often in a row the remote held a push back, and its ledger was where it had been.
    pub(super) held_back: Cell<u32>,
    /// Whether the end of a push was not told.
    pub(super) is_unsure: Cell<bool>,
    /// Whether the next fetch does without asking first: somebody else has probably moved the ledger.
    pub(super) has_moved: Cell<bool>,
}

impl Traffic {
    /// Lets the next push of the ledger take a code ref along.
    pub fn carry(&self, update: &Update) {
        self.carried.replace(Some(update.clone()));
    }

    /// Lets the next push of the ledger take no code ref along.
    pub fn carry_nothing(&self) {
        self.carried.replace(None);
    }

    /// Returns whether the end of a push was not told.
    pub fn is_unsure(&self) -> bool {
        self.is_unsure.get()
    }

    /// Takes it that somebody else has moved the ledger: the next fetch does not ask first.
    pub(super) fn expect_elsewhere(&self) {
        self.has_moved.set(true);
    }
}

/// A store whose ledger may be decided at a remote: how that is asked, and the references that tell what is known of it.
pub trait Exchange: Store {
    /// Returns what this process knows of what it sent.
    fn traffic(&self) -> &Traffic;

    /// Pushes, and returns what was said about each reference. Rejections are results and not errors.
    fn push(&self, request: &PushRequest<'_>) -> Result<Vec<PushResult>, GitError>;

    /// Waits until what was written here is on the disk. An object that the remote has and that a power cut tore here would
    /// stand in the way: git takes one that is there for whole, and nothing brings it anew.
    fn settle(&self) -> Result<(), GitError> {
        Ok(())
    }

    /// Asks the remote where the ledger's head is. Nothing is fetched.
    fn ask(&self) -> Result<Option<ObjectId>, GitError>;

    /// Fetches the ledger without asking first where it is. `None` if that did not work, for whatever reason.
    fn fetch_unasked(&self) -> Result<Option<ObjectId>, GitError>;

    /// Fetches the ledger up to a head that the remote has.
    fn fetch(&self, head: ObjectId) -> Result<(), GitError>;

    /// Returns whether an object is here.
    fn contains(&self, id: ObjectId) -> bool;

    /// Returns whether a commit is another one or in its history.
    fn is_ancestor(&self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, GitError>;

    /// Moves the branch here, durably, if it still points to what is expected.
    fn swap_branch(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError>;

    /// Moves the reference that holds the last head which was verified at the remote.
    fn swap_confirmed(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError>;
}

/// Moves the ledger to an entry of ours: first where it is decided, if that is elsewhere, and then here.
pub fn decide<S: Exchange>(store: &S, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
    if push_to_source(store, new)? == Swap::Moved {
        return Ok(Swap::Moved);
    }
    let swap = store.swap_branch(expected, new)?;
    if store.source().is_none() {
        return Ok(swap);
    }
    // The remote has it; whoever was faster here followed the remote, or stays to be synchronised.
    store.confirm(new)?;
    Ok(Swap::Done)
}

/// Returns the ledger's head where it is decided, after fetching it if that is elsewhere.
pub fn fetch_decided<S: Exchange>(store: &S) -> Result<Option<ObjectId>, GitError> {
    if store.source().is_none() {
        return known_head(store);
    }
    if store.traffic().has_moved.take()
        && let Some(head) = store.fetch_unasked()?
    {
        return Ok(Some(head));
    }
    let Some(head) = store.ask()? else { return Ok(None) };
    // An object that is here may be all that a killed fetch brought: git looks whether the rest is.
    if !store.contains(head) || store.confirmed()? != Some(head) {
        store.fetch(head)?;
    }
    Ok(Some(head))
}

/// Remembers that a head was verified where the ledger is decided, and contains the one that was before.
pub fn confirm_decided<S: Exchange>(store: &S, head: ObjectId) -> Result<(), GitError> {
    if store.source().is_none() {
        return Ok(());
    }
    let before = store.confirmed()?;
    // Whoever was faster may have verified a later one.
    let is_later = before.map_or(Ok(true), |before| store.is_ancestor(before, head))?;
    if is_later && before != Some(head) {
        store.swap_confirmed(before, head)?;
        // A push that was to move it from where it was before comes too late from now on.
        store.traffic().is_unsure.set(false);
    }
    Ok(())
}

/// Returns the latest head that is known without asking: the branch here may not have followed yet what was verified at the
/// remote.
fn known_head<S: Store>(store: &S) -> Result<Option<ObjectId>, GitError> {
    let (Some(head), Some(confirmed)) = (store.head()?, store.confirmed()?) else { return store.head() };
    let is_behind = head != confirmed && entries_beyond(store, head, confirmed)?.is_empty();
    Ok(Some(if is_behind { confirmed } else { head }))
}
