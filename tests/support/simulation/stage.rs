//! Who acts: each actor is a thread that runs real code from its top to its bottom, and one of them has the baton. Wherever
//! something is read or written that others can change, the generator says who goes on.

use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;

use crate::support::simulation::dice::Dice;
use crate::support::simulation::trace::Trace;
use crate::support::simulation::world::Sea;

/// How many turns a seed may take; one that needs more does not come to an end.
const TURNS_MAX: u64 = 400_000;

/// What an actor waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// For the baton only.
    Ready,
    /// Until the clock of the simulation, in milliseconds, has come so far.
    Until(u64),
    Done,
}

/// Everything that several actors see. Whoever has the baton is alone with it.
pub struct Inner {
    pub dice: Dice,
    /// Milliseconds since the beginning.
    pub clock: u64,
    pub trace: Trace,
    /// What went wrong first; then everybody stops.
    pub failure: Option<String>,
    pub sea: Sea,
    current: usize,
    actors: Vec<Waits>,
    turns: u64,
}

/// A simulation under way.
pub struct Stage {
    inner: Mutex<Inner>,
    turns: Vec<Condvar>,
}

impl Stage {
    pub fn new(dice: Dice, trace: Trace, sea: Sea, actors: usize) -> Self {
        let inner = Inner {
            dice,
            clock: 0,
            trace,
            failure: None,
            sea,
            current: 0,
            actors: vec![Waits::Ready; actors],
            turns: 0,
        };
        Self { inner: Mutex::new(inner), turns: (0..actors).map(|_| Condvar::new()).collect() }
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs actors until all of them are done.
    pub fn play(self: &Arc<Self>, actors: Vec<Box<dyn FnOnce() + Send>>) {
        let threads: Vec<_> = actors
            .into_iter()
            .enumerate()
            .map(|(me, act)| {
                let stage = Arc::clone(self);
                thread::Builder::new().stack_size(4 << 20).spawn(move || {
                    let leaving = Leaving { stage, me };
                    leaving.stage.wait_for_baton(leaving.stage.inner(), me);
                    act();
                })
            })
            .collect();
        for thread in threads {
            thread.expect("a thread can be started").join().ok();
        }
    }

    /// Lets somebody act with nobody else on the stage, as the first of the actors.
    pub fn alone(&self, act: impl FnOnce()) {
        let mut inner = self.inner();
        (inner.current, inner.actors[0]) = (0, Waits::Ready);
        drop(inner);
        act();
    }

    /// A place where somebody else may go on. Returns whether the simulation goes on at all.
    pub fn point(&self, me: usize) -> bool {
        let mut inner = self.inner();
        let passed = inner.dice.below(8);
        inner.clock += passed;
        if inner.dice.chance(550) {
            return inner.failure.is_none();
        }
        self.hand_over(inner, me, Waits::Ready)
    }

    /// Lets time pass for an actor.
    pub fn sleep(&self, me: usize, milliseconds: u64) -> bool {
        let inner = self.inner();
        let until = inner.clock + milliseconds;
        self.hand_over(inner, me, Waits::Until(until))
    }

    fn hand_over(&self, mut inner: MutexGuard<'_, Inner>, me: usize, waits: Waits) -> bool {
        inner.actors[me] = waits;
        inner.turns += 1;
        if inner.turns > TURNS_MAX {
            inner.fail("it does not come to an end".to_owned());
        }
        let Some(next) = inner.next() else { return false };
        inner.current = next;
        if next != me {
            self.turns[next].notify_one();
            if waits == Waits::Done {
                return false;
            }
            return self.wait_for_baton(inner, me);
        }
        inner.failure.is_none()
    }

    fn wait_for_baton(&self, mut inner: MutexGuard<'_, Inner>, me: usize) -> bool {
        while inner.current != me {
            inner = self.turns[me].wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.actors[me] = Waits::Ready;
        inner.failure.is_none()
    }
}

impl Inner {
    /// Notes that something is wrong. The first word stands.
    pub fn fail(&mut self, what: String) {
        self.trace.tell(self.clock, || format!("FAILED: {what}"));
        self.failure.get_or_insert(what);
    }

    /// Returns who goes on, if anybody is left. Where all sleep, time passes.
    fn next(&mut self) -> Option<usize> {
        if self.failure.is_some() {
            return self.actors.iter().position(|waits| *waits != Waits::Done);
        }
        loop {
            let clock = self.clock;
            let is_ready = |waits: &Waits| match waits {
                Waits::Ready => true,
                Waits::Until(until) => *until <= clock,
                Waits::Done => false,
            };
            let ready: Vec<usize> = (0..self.actors.len()).filter(|actor| is_ready(&self.actors[*actor])).collect();
            if let Some(next) = self.dice.pick(&ready) {
                return Some(*next);
            }
            let soonest = self.actors.iter().filter_map(|waits| match waits {
                Waits::Until(until) => Some(*until),
                _ => None,
            });
            self.clock = soonest.min()?;
        }
    }
}

/// Hands the baton on when an actor ends, however it ends.
struct Leaving {
    stage: Arc<Stage>,
    me: usize,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut inner = self.stage.inner();
        if thread::panicking() {
            inner.fail(format!("actor {} broke off", self.me));
        }
        self.stage.hand_over(inner, self.me, Waits::Done);
    }
}
