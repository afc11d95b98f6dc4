//! What was decided, where something here was not: who judges for others leaves out what is only here (S11), and is not kept
//! from knowing the rest by it.

use std::rc::Rc;

use crate::ledger::AppendError;
use crate::ledger::Beyond;
use crate::ledger::CloneStore;
use crate::ledger::Ledger;
use crate::ledger::LedgerError;
use crate::ledger::Store;
use crate::model::ObjectId;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::join::wrong_pin;
use crate::ops::remote;
use crate::rules::State;

/// The ledger as it was decided.
pub(crate) struct Decided<'a> {
    here: &'a State,
    /// The ledger without what is only here, where something is.
    aside: Option<Rc<Ledger<CloneStore>>>,
    /// How many entries are only here, and do not count in it.
    pub(crate) left_out: usize,
}

impl Decided<'_> {
    pub(crate) fn state(&self) -> &State {
        self.aside.as_ref().map_or(self.here, |ledger| ledger.state())
    }
}

impl Context {
    /// Returns the ledger as it was decided, without what is only here.
    pub(crate) fn decided(&self) -> Result<Decided<'_>, Failure> {
        let here = self.state();
        let left_out = match self.ledger.beyond()? {
            Beyond::Nothing => return Ok(Decided { here, aside: None, left_out: 0 }),
            Beyond::Entries(entries) => entries.len(),
            Beyond::Everything => return Err(Failure::NothingDecided),
        };
        let store = self.ledger.store();
        let Some(head) = store.confirmed()? else { return Err(Failure::NothingDecided) };
        let known = self.aside.borrow().as_ref().filter(|ledger| ledger.chain().head == head).map(Rc::clone);
        let aside = match known {
            Some(known) => known,
            None => Rc::new(self.open_aside(head)?),
        };
        self.aside.replace(Some(Rc::clone(&aside)));
        Ok(Decided { here, aside: Some(aside), left_out })
    }

    /// Takes what others have written. Where the branch here cannot follow, because something is only here, what was
    /// decided is judged beside it, and the branch stays as it is until it is synchronised.
    pub(crate) fn pull_decided(&mut self) -> Result<(), Failure> {
        let now = self.now();
        match self.ledger.pull(now) {
            Err(LedgerError::Diverged { there }) => self.take_aside(there),
            pulled => self.take_pulled(pulled),
        }
    }

    /// Takes what was decided, if the remote answers. Returns why what is known here is all that there is to decide from.
    pub fn look_at_decided(&mut self) -> Result<Option<Failure>, Failure> {
        let pulled = self.pull_decided();
        Self::unless_away(pulled)
    }

    fn take_aside(&mut self, there: ObjectId) -> Result<(), Failure> {
        let ledger = self.open_aside(there)?;
        if ledger.pin() != self.ledger.pin() {
            return Err(wrong_pin(ledger.pin()));
        }
        // As far as it was judged: what is dated ahead of this clock is for later.
        let confirmed = self.ledger.store().confirm(ledger.chain().head);
        confirmed.map_err(|error| self.explain(AppendError::Ledger(error.into())))?;
        self.aside.replace(Some(Rc::new(ledger)));
        self.take_pulled(Ok(()))
    }

    fn open_aside(&self, head: ObjectId) -> Result<Ledger<CloneStore>, Failure> {
        let store = remote::store_at(self.ledger.store().remote(), &self.repository, &self.program)?;
        Ok(Ledger::open_at(store.telling(self.surroundings.progress.clone()), head, self.now())?)
    }
}
