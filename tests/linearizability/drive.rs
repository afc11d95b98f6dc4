//! Agents that claim, renew, give back, take over and look, at the same time and on the same ground.

use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::thread;
use std::time::Duration;

use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Manner;
use crate::linearizability::history::Operation;
use crate::linearizability::history::Whose;
use crate::linearizability::recorder::Recorder;
use crate::support::clock::Clock;
use crate::support::servers::Random;

/// Files that all race for, beside a directory.
const FILES: u64 = 3;
/// One call of so many is killed.
const KILLED: u64 = 25;
/// How long a call takes that is killed, at most.
const KILL_MS: u64 = 120;

/// How time passes in a history.
pub(super) struct Weather<'a> {
    clock: &'a Clock,
    /// Held by whoever makes a call, and alone by whoever lets a lot of time pass: a command that stood still for longer than
    /// clocks may differ is refused, as it should be, and that is not what is asked here.
    calls: RwLock<()>,
}

impl<'a> Weather<'a> {
    pub(super) fn new(clock: &'a Clock) -> Self {
        Self { clock, calls: RwLock::new(()) }
    }

    /// Returns what is held while a call is made.
    pub(super) fn calling(&self) -> RwLockReadGuard<'_, ()> {
        self.calls.read().unwrap()
    }

    /// Now and then some time passes, and sometimes so much that claims are over.
    pub(super) fn change(&self, random: &mut Random) {
        match random.below(24) {
            0 => {
                let _nobody_calls = self.calls.write().unwrap();
                self.clock.pass(random.below(150).cast_signed());
            }
            1..4 => self.clock.pass(1),
            _ => {}
        }
    }
}

/// What an agent remembers of its claims.
#[derive(Default)]
pub(super) struct Memory {
    /// The one that it works under.
    pub(super) current: Option<(String, Vec<String>)>,
    /// Those that it went to sleep with, or lost.
    pub(super) earlier: Vec<(String, Vec<String>)>,
}

/// Has agents work at the same time, each so many calls. Returns what they were answered.
pub(super) fn drive(
    recorders: Vec<Recorder<'_>>,
    weather: &Weather<'_>,
    calls: u64,
    ground: &str,
    seed: u64,
) -> Vec<Operation> {
    thread::scope(|scope| {
        let working = recorders.into_iter().enumerate().map(|(index, mut recorder)| {
            scope.spawn(move || {
                let mut random = Random::new(seed * 1000 + index as u64);
                let mut memory = Memory::default();
                for _ in 0..calls {
                    let calling = weather.calling();
                    turn(&mut recorder, &mut memory, &mut random, ground, index);
                    drop(calling);
                    weather.change(&mut random);
                }
                recorder.operations
            })
        });
        let working: Vec<_> = working.collect();
        working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Makes one call.
pub(super) fn turn(recorder: &mut Recorder<'_>, memory: &mut Memory, random: &mut Random, ground: &str, index: usize) {
    let kill = (random.below(KILLED) == 0).then(|| Duration::from_millis(random.below(KILL_MS)));
    let ttl = [5, 30, 60, 120][random.below(4) as usize];
    let Some((id, held)) = memory.current.clone() else {
        return without(recorder, memory, random, (ground, index), ttl, kill);
    };
    match random.below(20) {
        0..5 => {
            if recorder.call(Call::Renew { id: id.clone(), ttl }, &held, kill) == Some(Answer::Fenced) {
                memory.earlier.extend(memory.current.take());
            }
        }
        5..12 => {
            // Whoever does not hear of it asks again later.
            recorder.call(Call::Release { id: id.clone() }, &held, kill);
            memory.earlier.extend(memory.current.take());
        }
        12..14 => {
            let again = Call::Claim { ttl, manner: Manner::Refuse };
            recorder.call(again, &held, kill);
        }
        14..18 => drop(recorder.call(Call::Look(whose(random)), &held, None)),
        // It goes to sleep with its claim.
        _ => memory.earlier.extend(memory.current.take()),
    }
}

fn whose(random: &mut Random) -> Whose {
    if random.below(2) == 0 { Whose::Everybody } else { Whose::Others }
}

/// Makes one call of an agent that works under no claim.
fn without(
    recorder: &mut Recorder<'_>,
    memory: &mut Memory,
    random: &mut Random,
    (ground, index): (&str, usize),
    ttl: i64,
    kill: Option<Duration>,
) {
    // Some take a directory, others a file in it, and nobody both.
    let wanted = match random.below(FILES + 1) {
        0 if index % 2 == 0 => vec![format!("{ground}/d/")],
        0 => vec![format!("{ground}/d/x.rs")],
        number => vec![format!("{ground}/{number}.rs")],
    };
    let claim = |manner| Call::Claim { ttl, manner };
    let call = match random.below(20) {
        0..7 => claim(Manner::Refuse),
        7..12 => claim(Manner::TakeOver),
        12..14 => claim(Manner::Queue),
        14..17 => {
            recorder.call(Call::Look(whose(random)), &wanted, None);
            return;
        }
        number => {
            // It wakes up and goes on with what it had.
            let Some((id, held)) = memory.earlier.pop() else { return };
            let call =
                if number == 17 { Call::Renew { id: id.clone(), ttl } } else { Call::Release { id: id.clone() } };
            if let Some(Answer::Renewed(_)) = recorder.call(call, &held, kill) {
                memory.current = Some((id, held));
            }
            return;
        }
    };
    if let Some(Answer::Granted(told)) = recorder.call(call, &wanted, kill) {
        memory.current = Some((told.id, wanted));
    }
}
