//! An append where a remote decides: whoever waits on one machine shares one push (group commit).
//!
//! Every writer makes, judges and signs its own entry on top of those that wait already, so nobody needs another's key. Whoever
//! has the turn pushes the whole line; after a lost race everybody makes its entry anew on what the remote has now. Nobody is
//! refused because of an entry that is not decided yet.

use std::thread;
use std::time::Duration;
use std::time::Instant;

use tracing::debug_span;

use crate::disk::FileLock;
use crate::git::GitError;
use crate::git::Swap;
use crate::ledger::answer::Answer;
use crate::ledger::append::AppendError;
use crate::ledger::append::Appended;
use crate::ledger::append::Author;
use crate::ledger::append::Draft;
use crate::ledger::attempts::Attempts;
use crate::ledger::backoff::Backoff;
use crate::ledger::chain::Chain;
use crate::ledger::chain::Step;
use crate::ledger::clone::CloneStore;
use crate::ledger::line::Line;
use crate::ledger::memo;
use crate::ledger::staged::Fate;
use crate::ledger::staged::Spot;
use crate::ledger::store::Store;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::rules::State;

/// How long is waited at least and at most for those who want to get on the line, where others write as well.
const GATHERING: (Duration, Duration) = (Duration::from_millis(30), Duration::from_millis(1000));

/// The status of a program that somebody else has run.
const NO_STATUS: i32 = -1;

/// What became of a line that was pushed.
enum Pushed {
    Done,
    /// The remote has what others wrote, and the branch here followed it.
    Moved,
    /// One entry of several was refused: each is pushed alone.
    Separate,
    /// Others were faster too often.
    GivenUp,
}

impl Ledger<CloneStore> {
    /// Appends an entry where the ledger is decided. `build` makes it from the state and the time at which it will stand; it is
    /// asked again whenever somebody else was faster.
    ///
    /// Success means that the entry is in the ledger there, and valid. Any failure leaves the ledger as it was, unless the
    /// remote had taken the entry without our getting to know of it; the next command finds it.
    pub fn append_decided<E>(
        &mut self,
        author: &Author<'_>,
        now: Timestamp,
        mut build: impl FnMut(&State, Timestamp) -> Result<Draft, E>,
    ) -> Result<Appended, AppendError<E>> {
        if self.store().asked().is_none() || !author.signer.is_immediate() {
            return self.append(author, now, build);
        }
        if !self.store().is_grouping() {
            let _turn = self.store().turn()?;
            return self.append(author, now, build);
        }
        match self.append_in_group(author, now, &mut build)? {
            Some(appended) => Ok(appended),
            None => {
                let _turn = self.store().turn()?;
                self.append(author, now, build)
            }
        }
    }

    /// Returns `None` if the entry has to be pushed alone.
    fn append_in_group<E>(
        &mut self,
        author: &Author<'_>,
        now: Timestamp,
        build: &mut impl FnMut(&State, Timestamp) -> Result<Draft, E>,
    ) -> Result<Option<Appended>, AppendError<E>> {
        let (mut attempts, mut backoff) = (Attempts::default(), Backoff::new());
        let (mut turn, mut is_pulled) = (None::<FileLock>, false);
        loop {
            let (lock, place) = debug_span!("wait for the line").in_scope(|| self.store().enter_line())?;
            // Whoever had the turn meanwhile has moved the branch.
            self.catch_up(now)?;
            self.check_nothing_waits()?;
            if let Some(appended) = attempts.arrived(self)? {
                return Ok(Some(appended));
            }
            if self.chain().void_tree.is_some() {
                return Ok(None);
            }
            let staged = self.stage(author, now, build);
            drop(lock);
            let Staged { spot, made } = match staged {
                // What stands in the way here may be gone where it is decided.
                Err(AppendError::Refused(_) | AppendError::Draft(_)) if !is_pulled => {
                    is_pulled = true;
                    self.pull(now)?;
                    continue;
                }
                other => other?,
            };
            if made.is_some() {
                attempts.add(self.store(), spot)?;
            }
            let fate = match turn.take() {
                Some(held) => Fate::Turn(held),
                None => debug_span!("wait for the remote's answer").in_scope(|| self.store().await_turn(spot))?,
            };
            let is_decided = match fate {
                Fate::Decided => true,
                Fate::Turn(held) => {
                    self.gather()?;
                    let pushed = self.push_line(&mut backoff, now)?;
                    turn = Some(held);
                    match pushed {
                        // Another line may have taken the place of the one that this entry was on.
                        Pushed::Done => self.store().is_decided(spot.entry, spot.base)?,
                        Pushed::Moved => {
                            attempts.doubt(self.store().is_unsure());
                            false
                        }
                        Pushed::Separate => return Ok(None),
                        Pushed::GivenUp => return Err(AppendError::Contended(backoff.lost())),
                    }
                }
                Fate::Answered(Answer::Separate) => return Ok(None),
                Fate::Answered(Answer::Unreachable { program, message }) => {
                    return Err(GitError::Program { program, status: NO_STATUS, message }.into());
                }
                Fate::Answered(answer) => {
                    attempts.doubt(answer == Answer::Unsure);
                    false
                }
            };
            drop(place);
            match made {
                Some(made) if is_decided => return Ok(Some(self.reach(made, now))),
                // Whoever was refused because of entries on the line asks again when they are decided.
                None if is_decided => {}
                _ if turn.is_some() => {}
                _ => {
                    backoff.lose(Duration::ZERO).ok_or(AppendError::Contended(backoff.lost()))?;
                }
            }
        }
    }

    /// Takes what the branch has gained; what others of us have judged is only read.
    fn catch_up(&mut self, now: Timestamp) -> Result<(), LedgerError> {
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

    /// Takes in an entry that was decided, and what came after it.
    fn reach(&mut self, made: Chain, now: Timestamp) -> Appended {
        let appended = Appended::at(&made);
        let before = self.chain().head;
        if self.refresh(now).is_err() || self.chain().head == before {
            // The branch here could not follow; it stays to be synchronised.
            self.take(made);
        }
        appended
    }

    /// Puts an entry on the line. The caller has the right to.
    fn stage<E>(
        &self,
        author: &Author<'_>,
        now: Timestamp,
        build: &mut impl FnMut(&State, Timestamp) -> Result<Draft, E>,
    ) -> Result<Staged, AppendError<E>> {
        let (chain, first) = debug_span!("take in the line").in_scope(|| self.chain_of_line(now))?;
        let base = self.chain().head;
        let count = (chain.state.height - self.state().height) as usize;
        let made = self.make(&chain, author, now, build).and_then(|signed| self.write(&chain, signed));
        let made = match made {
            // What stands in the way is not decided yet.
            Err(AppendError::Refused(_) | AppendError::Draft(_)) if count > 0 => {
                let spot =
                    Spot { entry: chain.head, base, first: first.unwrap_or(chain.head), height: chain.state.height };
                return Ok(Staged { spot, made: None });
            }
            other => other?,
        };
        self.store().put_on_line(made.head)?;
        let (entry, height) = (made.head, made.state.height);
        let first = first.unwrap_or(entry);
        if let Some(remembered) = self.base() {
            self.store().keep_line(Line { base, tip: entry, first, height, count: count + 1 }, &made, remembered)?;
        }
        Ok(Staged { spot: Spot { entry, base, first, height }, made: Some(made) })
    }

    /// Returns the chain that the line ends in, and the entry that the line began with. A line of ours has nothing but
    /// entries that count.
    fn chain_of_line(&self, now: Timestamp) -> Result<(Chain, Option<ObjectId>), GitError> {
        if let Some(line) = self.store().line_on(self.chain().head)?
            && let Some(chain) = self.store().chain_at(line)?
            && chain.pin == self.chain().pin
        {
            return Ok((chain, Some(line.first)));
        }
        let mut chain = self.chain().clone();
        let line = self.store().line_after(chain.head)?;
        let first = line.first().copied();
        for id in line {
            match chain.step(self.store(), id, now)? {
                Ok(Step::Taken(next, None)) => chain = *next,
                _ => return Ok((self.chain().clone(), None)),
            }
        }
        Ok((chain, first))
    }

    /// Returns the line as it is now, on top of the branch.
    fn waiting(&self, base: ObjectId) -> Result<Option<Line>, GitError> {
        if let Some(line) = self.store().line_on(base)? {
            return Ok(Some(line));
        }
        let Some(tip) = self.store().staged()? else { return Ok(None) };
        let entries = self.store().line_after(base)?;
        let (first, height) = (entries.first().copied().unwrap_or(tip), self.state().height + entries.len() as u64);
        Ok(Some(Line { base, tip, first, height, count: entries.len() }))
    }

    /// Where others than this clone write as well, waits as long as an attempt takes before the next one: those who wait here
    /// get on the line, and those elsewhere get their turn. Nobody waits who is alone.
    fn gather(&self) -> Result<(), GitError> {
        if let Some(took) = self.store().rivals()? {
            debug_span!("gather").in_scope(|| thread::sleep(took.clamp(GATHERING.0, GATHERING.1)));
        }
        Ok(())
    }

    /// Pushes the line. The caller has the turn.
    fn push_line(&mut self, backoff: &mut Backoff, now: Timestamp) -> Result<Pushed, LedgerError> {
        loop {
            // Those who had the turn before have moved the branch.
            self.refresh(now)?;
            let before = self.chain().head;
            let Some(line) = self.waiting(before)? else { return Ok(Pushed::Moved) };
            let count = line.count;
            let start = Instant::now();
            let pushed = debug_span!("push").in_scope(|| self.store().push_to_source(line.tip));
            let took = start.elapsed();
            match pushed {
                Ok(Swap::Done) => {
                    self.store().met_nobody().ok();
                    // It is decided, whatever becomes of what is kept of it here; the next command brings that up to date.
                    self.follow_line(line, now).ok();
                    return Ok(Pushed::Done);
                }
                Ok(Swap::Moved) => {
                    self.store().met_rivals(took)?;
                    let Some(pause) = backoff.lose(took) else {
                        self.store().answer_line(Answer::Again)?;
                        return Ok(Pushed::GivenUp);
                    };
                    // Nobody makes anything anew before the pause is over: it would only be too late again.
                    debug_span!("back off").in_scope(|| thread::sleep(pause));
                    let pulled = debug_span!("pull").in_scope(|| self.pull(now));
                    if pulled.is_err() || self.chain().head != before {
                        // What this process has judged, the others only read.
                        self.remember().ok();
                        let answer = if self.store().is_unsure() { Answer::Unsure } else { Answer::Again };
                        self.store().answer_line(answer)?;
                        return pulled.map(|()| Pushed::Moved);
                    }
                    // Nothing moved: the same bytes go once more (S13).
                }
                Err(GitError::Declined { .. }) if count > 1 => {
                    self.store().answer_line(Answer::Separate)?;
                    return Ok(Pushed::Separate);
                }
                Err(error) => {
                    self.store().answer_line(Answer::of(&error))?;
                    return Err(error.into());
                }
            }
        }
    }

    /// Brings the branch here, and what people look at, up to a line that the remote has taken.
    fn follow_line(&mut self, line: Line, now: Timestamp) -> Result<(), LedgerError> {
        let lock = self.store().lock()?;
        let before = self.chain().head;
        let tip = line.tip;
        let advanced = self.advance_to(tip, now);
        // Whoever was faster here has committed by hand: that stays to be synchronised.
        self.store().follow_durably(before, tip)?;
        // Only now do the others leave: what they were told stands in the branch.
        self.store().confirm(tip)?;
        self.store().leave_line(line)?;
        advanced?;
        self.show(&lock).ok();
        self.remember()
    }
}

/// Where an entry was put on the line.
struct Staged {
    spot: Spot,
    /// The chain that it ends; `None` if it is refused because of the entries that wait, the last of which is at the spot.
    made: Option<Chain>,
}
