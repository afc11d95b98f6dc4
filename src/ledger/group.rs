//! An append where a remote decides: whoever waits on one machine shares one push (group commit).
//!
//! Every writer makes, judges and signs its own entry on top of those that wait already. Whoever has the turn pushes the whole
//! line; after a lost race it makes the line anew on what the remote has now, with the keys that are at hand. Nobody is
//! refused because of an entry that is not decided yet.

use std::time::Duration;

use tracing::debug_span;

use crate::git::GitError;
use crate::ledger::append::AppendError;
use crate::ledger::append::Appended;
use crate::ledger::append::Author;
use crate::ledger::append::Draft;
use crate::ledger::backoff::Backoff;
use crate::ledger::chain::Chain;
use crate::ledger::chain::Step;
use crate::ledger::clone::CloneStore;
use crate::ledger::line::Line;
use crate::ledger::notice::End;
use crate::ledger::notice::Place;
use crate::ledger::pusher::Pushed;
use crate::ledger::rebuild::Proxy;
use crate::ledger::staged::Fate;
use crate::ledger::staged::Spot;
use crate::ledger::store::Store;
use crate::ledger::tentative::entries_beyond;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::rules::State;

/// How long somebody steps aside at first and at last, for whoever has the turn to make the line anew.
const STEPS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));
/// How long somebody steps aside in all.
const ASIDE_MAX: Duration = Duration::from_secs(30);
/// The status of a program that somebody else has run.
const NO_STATUS: i32 = -1;

/// Where an entry was put on the line.
struct Staged {
    spot: Spot,
    /// The chain that it ends; `None` if it is refused because of the entries that wait, the last of which is at the spot.
    made: Option<Chain>,
}

impl Ledger<CloneStore> {
    /// Appends an entry where the ledger is decided. `build` makes it from the state and the time at which it will stand; it is
    /// asked again whenever somebody else was faster. `proxy` is for entries of others that wait on this machine.
    ///
    /// Success means that the entry is in the ledger there, and valid. Any failure leaves the ledger as it was, unless the
    /// remote had taken the entry without our getting to know of it; the next command finds it.
    pub fn append_decided<E>(
        &mut self,
        author: &Author<'_>,
        now: Timestamp,
        mut build: impl FnMut(&State, Timestamp) -> Result<Draft, E>,
        proxy: &Proxy<'_>,
    ) -> Result<Appended, AppendError<E>> {
        if self.store().asked().is_none() || !author.signer.is_immediate() {
            return self.append(author, now, build);
        }
        if self.store().is_grouping()
            && let Some(appended) = self.append_in_group(author, now, &mut build, proxy)?
        {
            return Ok(appended);
        }
        let _turn = self.store().turn()?;
        self.append(author, now, build)
    }

    /// Returns `None` if the entry has to be pushed alone.
    fn append_in_group<E>(
        &mut self,
        author: &Author<'_>,
        now: Timestamp,
        build: &mut impl FnMut(&State, Timestamp) -> Result<Draft, E>,
        proxy: &Proxy<'_>,
    ) -> Result<Option<Appended>, AppendError<E>> {
        let (mut backoff, mut is_pulled, mut has_waited) = (Backoff::new(self.store()), false, false);
        let (mut step, mut aside) = (STEPS.0, Duration::ZERO);
        loop {
            let (lock, waiting) = debug_span!("wait for the line").in_scope(|| self.store().enter_line())?;
            // Whoever had the turn meanwhile has moved the branch.
            self.catch_up(now)?;
            self.check_nothing_waits()?;
            if self.chain().void_tree.is_some() {
                return Ok(None);
            }
            if self.is_line_adrift()? {
                drop(lock);
                // Whoever only steps aside keeps no line alive on which nobody is left.
                drop(waiting);
                self.store().pause(step);
                aside += step;
                step = (step * 2).min(STEPS.1);
                if aside < ASIDE_MAX {
                    continue;
                }
                return Ok(None);
            }
            let mut staged = self.stage(author, now, build);
            if has_waited && let Ok(Staged { made: None, .. }) = &staged {
                // What was in the way is decided by now, or this tells what is.
                let decided = self.make(self.chain(), author, now, build);
                let refused = decided.and_then(|signed| self.write(self.chain(), signed)).map(|_| ());
                staged = refused.and(staged);
            }
            drop(lock);
            let Staged { spot, made } = match staged {
                // What stands in the way here may be gone where it is decided.
                Err(AppendError::Refused(_) | AppendError::Draft(_)) if !is_pulled => {
                    is_pulled = true;
                    self.pull(now)?;
                    self.check_can_follow()?;
                    continue;
                }
                other => other?,
            };
            let mut fate = debug_span!("wait for the remote's answer").in_scope(|| self.store().await_turn(spot))?;
            if let Fate::Turn(_turn) = &fate {
                match self.push_line(author, proxy, &mut backoff, now) {
                    Ok(Pushed::Told) => {}
                    Ok(Pushed::GivenUp) => {
                        self.store().end_line(self.store().given_up())?;
                        self.check_can_follow()?;
                        return Err(self.contended(&backoff));
                    }
                    Err(error) => {
                        // Nothing is pushed later that was refused now.
                        self.store().end_line(self.store().ended_by(&error)).ok();
                        return Err(error.into());
                    }
                }
                fate = self.store().fate_of(spot)?.unwrap_or(Fate::Ended(End::Again));
            }
            drop(waiting);
            match fate {
                Fate::Decided(place, last) => match made {
                    Some(made) => match self.reach(made, place, last, now)? {
                        Some(appended) => return Ok(Some(appended)),
                        None => {
                            backoff.lose(self.store(), Duration::ZERO).ok_or_else(|| self.contended(&backoff))?;
                        }
                    },
                    // Whoever was refused because of entries on the line asks again now that they are decided.
                    None => has_waited = true,
                },
                Fate::Ended(End::Separate) => return Ok(None),
                Fate::Ended(End::Unreachable { program, message }) => {
                    return Err(GitError::Program { program, status: NO_STATUS, message }.into());
                }
                Fate::Ended(End::Again) | Fate::Turn(_) => {
                    backoff.lose(self.store(), Duration::ZERO).ok_or_else(|| self.contended(&backoff))?;
                }
            }
        }
    }

    /// Takes in an entry that was decided together with those up to the last one, and what came after it. `None` if it is
    /// nowhere after all.
    fn reach(
        &mut self,
        made: Chain,
        place: Place,
        last: ObjectId,
        now: Timestamp,
    ) -> Result<Option<Appended>, LedgerError> {
        let before = self.chain().clone();
        let contains =
            |store: &CloneStore, head| Ok::<_, GitError>(entries_beyond(store, place.entry, head)?.is_empty());
        let is_reached =
            self.catch_up(now).is_ok() && (self.chain().head == last || contains(self.store(), self.chain().head)?);
        if !is_reached {
            // The branch here could not follow; it stays to be synchronised.
            let Some(decided) = self.store().confirmed()? else { return Ok(None) };
            if !contains(self.store(), decided)? {
                return Ok(None);
            }
            if made.head == place.entry {
                self.take(made);
            } else {
                self.take(before);
                self.advance_to(place.entry, now)?;
            }
        }
        let seconds = self.store().repository().commit_links(place.entry)?.seconds;
        let time = Timestamp::from_unix_s(seconds).unwrap_or(self.state().time);
        Ok(Some(Appended { commit: place.entry, height: place.height, time }))
    }

    /// Puts an entry on the line. The caller has the right to.
    fn stage<E>(
        &self,
        author: &Author<'_>,
        now: Timestamp,
        build: &mut impl FnMut(&State, Timestamp) -> Result<Draft, E>,
    ) -> Result<Staged, AppendError<E>> {
        let (chain, line) = debug_span!("take in the line").in_scope(|| self.chain_of_line(now))?;
        let made = self.make(&chain, author, now, build).and_then(|signed| self.write(&chain, signed));
        let made = match (made, line) {
            // What stands in the way is not decided yet.
            (Err(AppendError::Refused(_) | AppendError::Draft(_)), Some(line)) => {
                let place = Place { entry: line.tip, height: line.height };
                return Ok(Staged { spot: Spot { place, line: line.name }, made: None });
            }
            (other, _) => other?,
        };
        let place = Place { entry: made.head, height: made.height() };
        let name = line.map_or_else(|| Line::draw_name(made.head), |line| line.name);
        let count = line.map_or(0, |line| line.count) + 1;
        let line = Line { base: self.chain().head, tip: place.entry, name, height: place.height, count };
        self.store().keep_line(line, &made, self.base())?;
        self.store().set_line(made.head)?;
        Ok(Staged { spot: Spot { place, line: name }, made: Some(made) })
    }

    /// Returns whether the branch has moved under the line: whoever has the turn makes it anew.
    fn is_line_adrift(&self) -> Result<bool, GitError> {
        Ok(self.store().known_line()?.is_some() && self.store().line_on(self.chain().head)?.is_none())
    }

    /// Returns the chain that the line ends in, and the line if there is one.
    fn chain_of_line(&self, now: Timestamp) -> Result<(Chain, Option<Line>), GitError> {
        let Some(line) = self.store().line_on(self.chain().head)? else { return Ok((self.chain().clone(), None)) };
        if let Some(chain) = self.store().chain_at(line)?
            && chain.pin == self.chain().pin
        {
            return Ok((chain, Some(line)));
        }
        let mut chain = self.chain().clone();
        for id in self.store().line_after(chain.head, line)? {
            match chain.step(self.store(), id, now)? {
                // A line of ours has nothing but entries that count.
                Ok(Step::Taken(next, None)) => chain = *next,
                _ => return Ok((self.chain().clone(), None)),
            }
        }
        Ok((chain, Some(line)))
    }
}
