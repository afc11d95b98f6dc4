//! Whoever has the turn pushes the line for all who wait: until it is decided, or others were faster too often.

use std::time::Duration;

use tracing::debug_span;

use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::append::Author;
use crate::ledger::backoff::Backoff;
use crate::ledger::clone::CloneStore;
use crate::ledger::exchange::Exchange;
use crate::ledger::line::Line;
use crate::ledger::memo;
use crate::ledger::neighbours::Pass;
use crate::ledger::notice::End;
use crate::ledger::publish::push_to_source;
use crate::ledger::rebuild::Proxy;
use crate::ledger::rebuild::Signers;
use crate::ledger::store::Store;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::ledger::view::Outlook;
use crate::model::Timestamp;

/// How long is waited at least and at most for those who want to get on the line, where others write as well.
const GATHERING: (Duration, Duration) = (Duration::from_millis(30), Duration::from_millis(500));
/// What became of a line that was pushed.
pub(super) enum Pushed {
    /// Those on it know.
    Told,
    /// Others were faster too often, or the ledger goes on with what cannot be judged yet.
    GivenUp,
}

impl Ledger<CloneStore> {
    /// Takes what the branch has gained; what others of us have judged is only read.
    pub(super) fn catch_up(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        let head = self.store().head()?.ok_or(LedgerError::None)?;
        if head != self.chain().head
            && let Some(recalled) = self.store().recall()?
            && let Some(chain) = memo::recalled_chain(&recalled)
            && (chain.head, chain.pin) == (head, self.chain().pin)
        {
            self.take(chain);
        }
        self.refresh(now)
    }

    /// Where others than this clone write as well, waits as long as an attempt takes before the next one: those who wait here
    /// get on the line, and those elsewhere get their turn. Nobody waits who is alone.
    fn gather(&self) -> Result<(), GitError> {
        if let Some(took) = self.store().rivals()? {
            debug_span!("gather").in_scope(|| self.store().pause(took.clamp(GATHERING.0, GATHERING.1)));
        }
        Ok(())
    }

    /// Pushes the line until it is decided. The caller has the turn, and ends the line after an error.
    pub(super) fn push_line(
        &mut self,
        author: &Author<'_>,
        proxy: &Proxy<'_>,
        backoff: &mut Backoff,
        now: Timestamp,
    ) -> Result<Pushed, LedgerError> {
        let mut signers = Signers::new();
        self.gather()?;
        let mut pass = self.wait_for_neighbours();
        if pass.as_ref().is_some_and(|pass| self.store().has_news(pass)) {
            self.store().traffic().expect_elsewhere();
            self.take_in(now)?;
        }
        loop {
            // Those who had the turn before have moved the branch.
            self.catch_up(now)?;
            let line = match self.store().line_on(self.chain().head)? {
                Some(line) => Some(line),
                None => debug_span!("make the line anew")
                    .in_scope(|| self.rebuild_line(author, proxy, &mut signers, now))?,
            };
            let Some(line) = line else { return Ok(Pushed::Told) };
            let start = self.store().uptime();
            let pushed = debug_span!("push").in_scope(|| push_to_source(self.store(), line.tip));
            let took = self.store().uptime() - start;
            match pushed {
                Ok(Swap::Done) => {
                    if let Some(pass) = pass {
                        pass.leave(line.tip).ok();
                    }
                    self.store().met_nobody().ok();
                    // It is decided, whatever becomes of what is kept of it here; the next command brings that up to date.
                    if self.follow_line(line, now).is_err() {
                        self.store().leave_line(line).ok();
                    }
                    return Ok(Pushed::Told);
                }
                Ok(Swap::Moved) => {
                    self.store().met_rivals(took)?;
                    let Some(pause) = backoff.lose(self.store(), took) else { return Ok(Pushed::GivenUp) };
                    // Nothing is made anew before the pause is over: it would only be too late again. Whoever got no pass
                    // waits for none a second time.
                    let has_neighbours = pass.take().is_some();
                    debug_span!("back off").in_scope(|| self.store().pause(pause));
                    pass = has_neighbours.then(|| self.wait_for_neighbours()).flatten();
                    // If nothing moved, the same bytes go once more (S13).
                    self.take_in(now)?;
                    if self.outlook() != Outlook::Current {
                        return Ok(Pushed::GivenUp);
                    }
                }
                // An earlier one may still arrive.
                Err(GitError::Declined { .. }) if self.store().is_unsure() => {
                    return Err(GitError::nobody_told("push").into());
                }
                Err(GitError::Declined { .. }) if line.count > 1 => {
                    self.store().end_line(End::Separate)?;
                    return Ok(Pushed::Told);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn wait_for_neighbours(&self) -> Option<Pass> {
        debug_span!("wait for neighbours").in_scope(|| self.store().pass())
    }

    /// Takes in what others have pushed. What this process has judged, the others on the line only read.
    fn take_in(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        debug_span!("pull").in_scope(|| self.pull(now))?;
        self.remember().ok();
        Ok(())
    }

    /// Brings the branch here, and what people look at, up to a line that the remote has taken.
    fn follow_line(&mut self, line: Line, now: Timestamp) -> Result<(), LedgerError> {
        let lock = self.store().lock(self.store().wait_at_door()?)?;
        let moved = self.store().follow_durably(self.chain().head, line.tip)? == Swap::Moved;
        self.store().confirm(line.tip)?;
        if moved && self.store().head()? != Some(line.tip) {
            // Whoever was faster here has written what is only here: that stays to be synchronised, and nothing is remembered
            // that the branch does not have.
            return self.store().leave_line(line).map_err(Into::into);
        }
        match self.store().chain_at(line)? {
            Some(chain) if chain.pin == self.chain().pin => self.take(chain),
            _ => self.advance_to(line.tip, now)?,
        }
        self.remember().ok();
        // Only now do the others leave: what they are told stands in the branch.
        self.store().leave_line(line)?;
        self.show(&lock)?;
        Ok(())
    }
}
