//! Where the ledger of a clone is decided, and what this process knows of that.

use std::cell::Cell;
use std::cell::RefCell;

use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::clone::CloneStore;
use crate::ledger::clone::LEDGER_REF;
use crate::ledger::store::Store;
use crate::ledger::tentative::Reach;
use crate::ledger::tracking::tracking_ref;
use crate::model::ObjectId;
use crate::rules::Update;

/// Whether those who wait on one machine share a push.
const GROUP_KEY: &str = "coord.group-push";

/// Where writes are decided.
pub(super) struct Source {
    /// The remote, if it is not here.
    remote: Option<String>,
    /// The name under which it is known what was verified there, if that is another one.
    verified_as: Option<String>,
    pub(super) reach: Cell<Reach>,
    /// What a visitor has verified: it has no branch of the ledger, and leaves none behind.
    pub(super) visited: Option<Cell<Option<ObjectId>>>,
    /// What the next push of the ledger takes along, all or nothing.
    pub(super) carried: RefCell<Option<Update>>,
    /// How often in a row the remote held a push back, and its ledger was where it had been.
    pub(super) held_back: Cell<u32>,
    /// Whether the end of a push was not told.
    pub(super) is_unsure: Cell<bool>,
    /// Whether the next fetch does without asking first: somebody else has probably moved the ledger.
    pub(super) has_moved: Cell<bool>,
}

impl Source {
    pub(super) fn here() -> Self {
        Self {
            remote: None,
            verified_as: None,
            reach: Cell::new(Reach::Asked),
            visited: None,
            carried: RefCell::new(None),
            held_back: Cell::new(0),
            is_unsure: Cell::new(false),
            has_moved: Cell::new(false),
        }
    }

    pub(super) fn at(remote: String) -> Self {
        Self { remote: Some(remote), ..Self::here() }
    }
}

impl CloneStore {
    /// Returns the remote that decides, if it is not decided here.
    pub fn remote(&self) -> Option<&str> {
        self.source.remote.as_deref()
    }

    /// Returns whether this is a visitor's store, which keeps nothing but objects.
    pub fn is_visit(&self) -> bool {
        self.source.visited.is_some()
    }

    /// Goes on from what was verified at the remote when it had another name.
    pub fn verified_as(mut self, name: String) -> Self {
        self.source.verified_as = Some(name);
        self
    }

    /// Remembers what was verified at the remote under the name that it has now.
    pub(crate) fn carry_verified_over(&self) -> Result<(), GitError> {
        let (Some(remote), Some(verified)) = (self.remote(), self.confirmed()?) else { return Ok(()) };
        let name = tracking_ref(remote);
        let before = self.repository().reference(&name)?;
        if before != Some(verified) {
            self.repository().swap_reference(&name, before, Some(verified), "coord: renamed")?;
        }
        Ok(())
    }

    pub(super) fn tracking_ref(&self) -> Option<String> {
        self.source.verified_as.as_deref().or(self.remote()).map(tracking_ref)
    }

    /// Lets the next push of the ledger take a code ref along.
    pub fn carry(&self, update: &Update) {
        self.source.carried.replace(Some(update.clone()));
    }

    /// Lets the next push of the ledger take no code ref along.
    pub fn carry_nothing(&self) {
        self.source.carried.replace(None);
    }

    /// Returns whether the next entry shares its push with those of others.
    pub(super) fn is_grouping(&self) -> bool {
        self.source.carried.borrow().is_none()
            && !self.is_visit()
            && self.repository().own_config(GROUP_KEY).as_deref() != Some("false")
    }

    /// Asks where the ledger's head is where it is decided. Nothing is fetched.
    pub(super) fn ask_source(&self) -> Result<Option<ObjectId>, GitError> {
        let Some(remote) = self.asked() else { return self.head() };
        let found = self.program().remote(self.repository(), remote).references(&[LEDGER_REF.to_owned()])?;
        Ok(found.first().map(|(_, head)| *head))
    }

    /// Moves the branch here to entries of our own that the remote has taken, and waits until they are on the disk.
    pub(super) fn follow_durably(&self, expected: ObjectId, head: ObjectId) -> Result<Swap, GitError> {
        self.repository().swap_reference_durably(LEDGER_REF, Some(expected), Some(head), "coord: append")
    }
}
