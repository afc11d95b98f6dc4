//! One seed from its beginning to its end: the storm, and then the calm in which everybody has to agree.

use std::sync::Arc;

use git_coord::ledger::Ledger;
use git_coord::ledger::LedgerError;
use git_coord::ledger::MemoryStore;
use git_coord::model::ObjectId;

use crate::support::simulation::agent::Agent;
use crate::support::simulation::dice::Dice;
use crate::support::simulation::mischief::Weather;
use crate::support::simulation::mischief::deliver_all;
use crate::support::simulation::mischief::mend_head;
use crate::support::simulation::port::Port;
use crate::support::simulation::reach::Reach;
use crate::support::simulation::settings::Manner;
use crate::support::simulation::settings::Settings;
use crate::support::simulation::stage::Stage;
use crate::support::simulation::trace::Trace;
use crate::support::simulation::world::CLONES;
use crate::support::simulation::world::HUB;
use crate::support::simulation::world::Simulation;
use crate::support::simulation::world::sea;

/// Who works in which clone. The last one is the rogue.
const CAST: [(usize, &str); 12] = [
    (0, "alice"),
    (0, "bob"),
    (1, "carol"),
    (1, "nora"),
    (2, "dave"),
    (2, "maria"),
    (3, "erin"),
    (3, "olga"),
    (3, "rosa"),
    (4, "sam"),
    (4, "trudy"),
    (4, "mallory"),
];
const ROGUE: usize = CAST.len() - 1;

/// What came of a seed.
pub struct Outcome {
    pub digest: u64,
    pub lines: Vec<String>,
    pub failure: Option<String>,
    pub reach: Reach,
}

/// Runs a seed.
pub fn play(seed: u64, keeps_lines: bool, manner: Manner) -> Outcome {
    let mut dice = Dice::new(seed, 1);
    let mut settings = Settings::of(&mut dice);
    manner.change(&mut settings);
    let has_rogue = settings.has_rogue;
    let commands = settings.commands;
    let pool = Arc::new(MemoryStore::default());
    let mut world = sea(settings, &pool);
    world.working = CAST.len();
    let stage = Arc::new(Stage::new(dice, Trace::new(keeps_lines), world, CAST.len() + 1));
    let sim = Arc::new(Simulation { stage: Arc::clone(&stage), pool });
    let mut actors: Vec<Box<dyn FnOnce() + Send>> = Vec::new();
    for (me, place) in CAST.into_iter().enumerate() {
        let sim = Arc::clone(&sim);
        actors.push(Box::new(move || {
            let mut agent = Agent::new(&sim, me, place, seed);
            for _ in 0..commands {
                if !agent.rest() {
                    break;
                }
                agent.maybe_set_clock();
                act(&mut agent, has_rogue);
            }
            agent.sim.stage.inner().sea.working -= 1;
        }));
    }
    let weather = Arc::clone(&sim);
    actors.push(Box::new(move || Weather { sim: weather, me: CAST.len(), dice: Dice::new(seed, 2) }.pass()));
    stage.play(actors);
    if stage.inner().failure.is_none() {
        calm(&sim, seed);
    }
    let inner = stage.inner();
    Outcome {
        digest: inner.trace.digest(),
        lines: inner.trace.lines().to_vec(),
        failure: inner.failure.clone(),
        reach: inner.sea.reach.clone(),
    }
}

fn act(agent: &mut Agent, has_rogue: bool) {
    if agent.me == ROGUE {
        match agent.dice.below(4) {
            _ if !has_rogue => agent.look(),
            0 => agent.try_something(),
            _ => agent.push_raw(),
        }
    } else if agent.dice.chance(220) {
        agent.try_something();
    } else {
        agent.work();
    }
}

/// Nothing goes wrong any more, and the server shows everybody the same: whoever was not cheated ends up with that, and a claim
/// succeeds. Whoever was cheated knows.
fn calm(sim: &Arc<Simulation>, seed: u64) {
    {
        let mut inner = sim.stage.inner();
        inner.clock += 4 * 3_600_000;
        let clock = inner.clock;
        inner.trace.tell(clock, || "calm".to_owned());
        let sea = &mut inner.sea;
        sea.is_stormy = false;
        sea.servers[HUB].view_of = [0; CLONES];
        (sea.servers[HUB].forgets, sea.servers[HUB].replays) = (false, false);
        for disk in &mut sea.disks {
            (disk.skew, disk.skew_max, disk.cut_until) = (0, disk.skew_max.max(0), [0; 2]);
        }
    }
    let stage = Arc::clone(&sim.stage);
    let sim = Arc::clone(sim);
    stage.alone(move || {
        deliver_all(&sim, 0);
        // A server without hooks may have a head that nobody can follow, and its keeper has not seen it yet.
        mend_head(&sim);
        let mut inner = sim.stage.inner();
        let Some(head) = inner.sea.servers[HUB].views[0].head else { return inner.fail("nothing is left".to_owned()) };
        if inner.past(head).is_none() {
            return inner.fail(format!("nobody can follow {} in the end", head.short()));
        }
        drop(inner);
        for clone in 0..CLONES {
            agree(&sim, clone, head, seed);
        }
    });
}

fn agree(sim: &Arc<Simulation>, clone: usize, head: ObjectId, seed: u64) {
    let (is_cheated, has_more, now) = {
        let inner = sim.stage.inner();
        let disk = &inner.sea.disks[clone];
        let server = inner.sea.servers[HUB].views[0].head.unwrap_or(head);
        let is_there = |id: ObjectId| inner.sea.descends(server, id);
        let keeps = |pins: &[Option<ObjectId>]| pins.iter().flatten().all(|pin| is_there(*pin));
        let is_aside = disk.branch.is_some_and(|branch| !is_there(branch));
        // What was seen at the mirror alone was never verified at the hub: it is no more than something that is only here (S12).
        let has_more = is_aside && keeps(&[disk.confirmed[HUB], disk.verified]);
        (!keeps(&disk.confirmed) || !keeps(&[disk.verified]), has_more, inner.sea.time(clone, inner.clock))
    };
    let fail = |what: String| sim.stage.inner().fail(format!("clone {clone}: {what}"));
    let port = Port::new(sim, 0, clone, HUB, u64::MAX - 1);
    let pulled = Ledger::open(port, now).and_then(|mut ledger| ledger.pull(now).map(|()| ledger));
    match (pulled, is_cheated) {
        // A process that was killed before it had verified what a server took: that is only here, and `sync` says it again.
        (Err(LedgerError::Diverged { .. }), _) if has_more => {
            sim.stage.inner().sea.reach.deed("has something that is only here");
        }
        (Err(LedgerError::Lost(_) | LedgerError::Refused(..)), true) => {
            sim.stage.inner().sea.reach.deed("knows in the end that it was cheated")
        }
        (Err(error), true) => fail(format!("it was cheated, and is told something else: {error}")),
        (Ok(_), true) => fail("it was cheated, and does not know".to_owned()),
        (Err(error), false) => fail(format!("it does not get to what the server has: {error}")),
        (Ok(ledger), false) => {
            let there = sim.stage.inner().sea.servers[HUB].views[0].head;
            if Some(ledger.chain().head) != there {
                return fail("it ends elsewhere than the server".to_owned());
            }
            let mut agent = Agent::new(sim, 0, (clone, "olga"), seed.wrapping_add(7_919 * (clone as u64 + 1)));
            if !agent.claim_for_sure(clone) {
                fail("a claim does not succeed although nothing goes wrong".to_owned());
            }
        }
    }
}
