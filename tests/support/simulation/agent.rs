//! Those who work: each gives commands one after the other, as the program would be started for them, and takes down what it was
//! told.

use std::sync::Arc;

use git_coord::git::GitError;
use git_coord::ledger::AppendError;
use git_coord::ledger::Appended;
use git_coord::ledger::Draft;
use git_coord::ledger::Edit;
use git_coord::ledger::Ledger;
use git_coord::ledger::LedgerError;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::Code;
use git_coord::rules::State;

use crate::support::simulation::dice::Dice;
use crate::support::simulation::oracle::MARK;
use crate::support::simulation::port::Port;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::world::HUB;
use crate::support::simulation::world::MIRROR;
use crate::support::simulation::world::Simulation;
use crate::support::world::Actor;

/// Somebody who works in a clone.
pub struct Agent {
    pub sim: Arc<Simulation>,
    pub me: usize,
    pub clone: usize,
    pub actor: Actor,
    pub dice: Dice,
    /// What it has open since the last command; a program that runs on keeps it.
    kept: Option<Ledger<Port>>,
    life: u64,
}

/// How an attempt to write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    Refused(Code),
    /// Nobody told.
    Unknown,
}

impl Agent {
    pub fn new(sim: &Arc<Simulation>, me: usize, (clone, name): (usize, &str), seed: u64) -> Self {
        Self {
            sim: Arc::clone(sim),
            me,
            clone,
            actor: Actor::named(name),
            dice: Dice::new(seed, 100 + me as u64),
            kept: None,
            life: 0,
        }
    }

    pub fn tell(&self, line: impl FnOnce() -> String) {
        let mut inner = self.sim.stage.inner();
        let (clock, name) = (inner.clock, self.actor.id.name().to_owned());
        inner.trace.tell(clock, || format!("{name}: {}", line()));
    }

    /// Returns what this clone's clock says.
    pub fn now(&self) -> Timestamp {
        let inner = self.sim.stage.inner();
        inner.sea.time(self.clone, inner.clock)
    }

    /// Waits until the next command. Returns whether there is to be one.
    pub fn rest(&mut self) -> bool {
        let milliseconds = match self.dice.below(12) {
            0 => self.dice.between(600_000, 2_600_000),
            1..=4 => self.dice.between(30_000, 300_000),
            _ => self.dice.between(10, 8_000),
        };
        self.sim.stage.sleep(self.me, milliseconds)
    }

    /// Opens the ledger for a command, or goes on with what is open.
    pub fn open(&mut self) -> Option<Ledger<Port>> {
        if let Some(kept) = self.kept.take()
            && self.dice.chance(500)
        {
            return Some(kept);
        }
        self.open_at(HUB)
    }

    fn open_at(&mut self, server: usize) -> Option<Ledger<Port>> {
        self.life += 1;
        let port = Port::new(&self.sim, self.me, self.clone, server, self.life);
        let now = self.now();
        match Ledger::open(port, now) {
            Ok(ledger) => Some(ledger),
            Err(error) => {
                self.take_down(&error, true);
                None
            }
        }
    }

    /// Ends a command.
    pub fn close(&mut self, ledger: Ledger<Port>) {
        if ledger.store().is_dead() {
            return;
        }
        self.check_view(&ledger);
        self.kept = Some(ledger);
    }

    /// What a process has verified is what everybody finds in it.
    fn check_view(&self, ledger: &Ledger<Port>) {
        let mut inner = self.sim.stage.inner();
        let chain = ledger.chain();
        let latest = inner.sea.latest_time(self.clone, inner.clock) + Span::SKEW_MAX;
        if chain.state.time > latest {
            inner.fail(format!("S4: {} believes an entry of {:?}, at {latest:?}", self.actor.id, chain.state.time));
        }
        match inner.past(chain.head) {
            Some(past) if past.chain.state == chain.state && past.chain.valid_tree == chain.valid_tree => {}
            Some(_) => inner.fail(format!("{} has another state at {}", self.actor.id, chain.head.short())),
            None if inner.failure.is_none() => {
                inner.fail(format!("{} has verified {}, which is no ledger", self.actor.id, chain.head.short()));
            }
            None => {}
        }
    }

    /// Takes what others have written, from the server or its mirror.
    pub fn look(&mut self) {
        let has_mirror = self.sim.stage.inner().sea.settings.has_mirror;
        let server = if has_mirror && self.dice.chance(400) { MIRROR } else { HUB };
        let opened = if server == MIRROR { self.open_at(MIRROR) } else { self.open() };
        let Some(mut ledger) = opened else { return };
        let now = self.now();
        match ledger.pull(now) {
            Ok(()) => {
                self.tell(|| format!("looks at {}", ledger.chain().head.short()));
                self.sim.stage.inner().sea.reach.deed("look");
            }
            Err(error) => self.take_down(&error, ledger.store().is_dead()),
        }
        if server == HUB {
            self.close(ledger);
        } else if !ledger.store().is_dead() {
            self.check_view(&ledger);
        }
    }

    /// Makes an entry. `build` is asked as often as it takes; what it withdraws is refused by itself.
    pub fn write(
        &mut self,
        deed: &'static str,
        ledger: &mut Ledger<Port>,
        build: impl FnMut(&State, Timestamp) -> Result<Vec<Edit>, Code>,
    ) -> Ended {
        self.write_as(deed, true, ledger, build)
    }

    /// As [`Self::write`], of something that may never count if so it is said.
    pub fn write_as(
        &mut self,
        deed: &'static str,
        may_count: bool,
        ledger: &mut Ledger<Port>,
        mut build: impl FnMut(&State, Timestamp) -> Result<Vec<Edit>, Code>,
    ) -> Ended {
        let number = self.sim.stage.inner().sea.oracle.begin(self.actor.id.name(), may_count);
        self.tell(|| format!("begins deed {number}, {deed}"));
        let now = self.now();
        let message = format!("{MARK}{number}: {deed}");
        let appended = ledger.append(&self.actor.author(), now, |state, time| {
            build(state, time).map(|edits| Draft { edits, message: message.clone() })
        });
        let ended = self.settle(number, ledger, appended);
        self.tell(|| format!("ends deed {number}, {deed}: {ended:?}"));
        if ended == Ended::Done {
            let mut inner = self.sim.stage.inner();
            inner.sea.reach.deed(deed);
            if inner.sea.disks[self.clone].skew != 0 {
                inner.sea.reach.fault(Fault::Skew);
            }
        }
        ended
    }

    fn settle(&self, number: u64, ledger: &Ledger<Port>, appended: Result<Appended, AppendError<Code>>) -> Ended {
        if ledger.store().is_dead() {
            return Ended::Unknown;
        }
        let code = match appended {
            Ok(appended) => {
                self.sim.stage.inner().acknowledged(self.clone, ledger.store().server, number, appended.commit);
                return Ended::Done;
            }
            // It has thought better of it by itself: no code of the program's was given.
            Err(AppendError::Draft(code)) => {
                self.sim.stage.inner().sea.reach.deed("withdraws");
                code
            }
            Err(AppendError::Refused(refusal)) => {
                self.sim.stage.inner().sea.reach.code(refusal.code);
                refusal.code
            }
            Err(AppendError::Ledger(LedgerError::Git(GitError::Declined { said }))) => {
                let told = Code::ALL.iter().find(|code| said.contains(&format!("({code})")));
                match told {
                    Some(code) => *code,
                    None => return Ended::Unknown,
                }
            }
            Err(AppendError::Ledger(error)) => {
                self.take_down(&error, false);
                return Ended::Unknown;
            }
            Err(AppendError::Contended(_)) => {
                self.sim.stage.inner().sea.reach.deed("gives up a race");
                Code::PushMoved
            }
            Err(other) => {
                self.sim.stage.inner().fail(format!("{}: {other}", self.actor.id));
                return Ended::Unknown;
            }
        };
        self.sim.stage.inner().refused(number);
        Ended::Refused(code)
    }

    /// Takes down why a ledger could not be read. What is found out about a server is true.
    fn take_down(&self, error: &LedgerError, is_dead: bool) {
        self.tell(|| format!("cannot: {error}"));
        let mut inner = self.sim.stage.inner();
        match error {
            LedgerError::Lost(_) => {
                inner.sea.reach.deed("finds the ledger lost");
                if !inner.sea.is_harmed() {
                    inner.fail(format!("{} raises an alarm, and nobody means harm: {error}", self.actor.id));
                }
            }
            LedgerError::Refused(fault, _) => {
                let code = fault.refusal.code;
                inner.sea.reach.code(code);
                inner.sea.reach.deed("refuses a head");
            }
            LedgerError::Diverged { .. } => inner.sea.reach.deed("finds two continuations"),
            LedgerError::Git(GitError::Program { .. } | GitError::TimedOut { .. }) => {
                inner.sea.reach.deed("does not get through");
            }
            LedgerError::Git(GitError::IndexLocked { .. }) => inner.sea.reach.deed("waits in vain for a lock"),
            // A server that showed one thing and gave another.
            LedgerError::Git(GitError::Missing { .. }) if inner.sea.is_harmed() => {
                inner.sea.reach.deed("misses an object")
            }
            LedgerError::Git(_) if is_dead || inner.failure.is_some() => {}
            other => inner.fail(format!("{}: {other}", self.actor.id)),
        }
    }

    /// The clock of the machine is set, now and then.
    pub fn maybe_set_clock(&mut self) {
        let mut inner = self.sim.stage.inner();
        let often = inner.sea.settings.clock_steps;
        if self.dice.chance(often) {
            let step = self.dice.below(240_000) as i64 - 120_000;
            let disk = &mut inner.sea.disks[self.clone];
            disk.skew += step;
            disk.skew_max = disk.skew_max.max(disk.skew);
            inner.sea.reach.fault(Fault::ClockStep);
        }
    }
}

/// Returns an end that a claim of half an hour would have.
pub fn half_an_hour_after(time: Timestamp) -> Timestamp {
    time + Span::from_s(1_800)
}
