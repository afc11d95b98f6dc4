//! Where the ledger of a clone is decided, and what this process knows of that.

use std::cell::Cell;

use crate::disk;
use crate::git::GitError;
use crate::git::PushRequest;
use crate::git::PushResult;
use crate::git::Remote;
use crate::git::Swap;
use crate::ledger::clone::CloneStore;
use crate::ledger::clone::LEDGER_REF;
use crate::ledger::exchange::Exchange;
use crate::ledger::exchange::Traffic;
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
    pub(super) traffic: Traffic,
}

impl Source {
    pub(super) fn here() -> Self {
        Self {
            remote: None,
            verified_as: None,
            reach: Cell::new(Reach::Asked),
            visited: None,
            traffic: Traffic::default(),
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
        self.source.traffic.carry(update);
    }

    /// Lets the next push of the ledger take no code ref along.
    pub fn carry_nothing(&self) {
        self.source.traffic.carry_nothing();
    }

    /// Returns whether the next entry shares its push with those of others.
    pub(super) fn is_grouping(&self) -> bool {
        self.source.traffic.carried.borrow().is_none()
            && !self.is_visit()
            && self.repository().own_config(GROUP_KEY).as_deref() != Some("false")
    }

    /// Begins to talk to the remote that is asked.
    fn there(&self) -> Result<Remote, GitError> {
        let remote = self.asked().ok_or(GitError::Unsupported { what: "asking a remote where there is none" })?;
        Ok(self.program().remote(self.repository(), remote))
    }

    /// Moves the branch here to entries of our own that the remote has taken, and waits until they are on the disk.
    pub(super) fn follow_durably(&self, expected: ObjectId, head: ObjectId) -> Result<Swap, GitError> {
        self.repository().swap_reference_durably(LEDGER_REF, Some(expected), Some(head), "coord: append")
    }
}

impl Exchange for CloneStore {
    fn traffic(&self) -> &Traffic {
        &self.source.traffic
    }

    fn push(&self, request: &PushRequest<'_>) -> Result<Vec<PushResult>, GitError> {
        self.there()?.push(request)
    }

    fn settle(&self) -> Result<(), GitError> {
        Ok(disk::sync_filesystem(self.repository().common_dir())?)
    }

    fn ask(&self) -> Result<Option<ObjectId>, GitError> {
        let found = self.there()?.references(&[LEDGER_REF.to_owned()])?;
        Ok(found.first().map(|(_, head)| *head))
    }

    fn fetch_unasked(&self) -> Result<Option<ObjectId>, GitError> {
        self.asked().map_or(Ok(None), |remote| self.fetch_moved(remote))
    }

    fn fetch(&self, head: ObjectId) -> Result<(), GitError> {
        let call = self.there()?;
        call.fetch(&[LEDGER_REF.to_owned()])?;
        if self.repository().is_partial() {
            // What git fetched for somebody else before came without what is decided on.
            let verified = self.confirmed()?.filter(|verified| self.repository().contains(*verified));
            call.fetch_left_out(head, verified)?;
        }
        Ok(())
    }

    fn contains(&self, id: ObjectId) -> bool {
        self.repository().contains(id)
    }

    fn is_ancestor(&self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, GitError> {
        self.repository().is_ancestor(ancestor, descendant)
    }

    fn swap_branch(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        if let Some(visited) = &self.source.visited {
            visited.set(Some(new));
            return Ok(Swap::Done);
        }
        self.repository().swap_reference_durably(LEDGER_REF, expected, Some(new), "coord: append")
    }

    fn swap_confirmed(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        let Some(name) = self.tracking_ref() else { return Ok(Swap::Moved) };
        self.repository().swap_reference(&name, expected, Some(new), "coord: verified")
    }
}
