//! The power goes at any instant: whatever of that which nobody waited for is on the disk, the next command works, and what
//! was acknowledged is there.

use std::env;
use std::path::Path;
use std::thread;

use crate::crashes::disk_model::Disk;
use crate::crashes::disk_model::Order;
use crate::crashes::left_locks::aftermath;
use crate::crashes::scene::Place;
use crate::crashes::scene::Scene;
use crate::crashes::scene::Thorough;
use crate::crashes::scene::Verb;
use crate::crashes::tally::Tally;
use crate::crashes::tracer;
use crate::support::servers::Random;

/// Every so many states everything is judged anew. It is odd, so that it comes after a loss in both orders of the disk.
const JUDGED_EVERY: usize = 5;

/// How many states are tried, in all tests together.
fn states() -> usize {
    env::var("COORD_TEST_POWER_LOSS").map_or(200, |states| states.parse().expect("a number of states"))
}

fn seed() -> u64 {
    env::var("COORD_TEST_SEED").map_or(7, |seed| seed.parse().expect("a number"))
}

/// Runs verbs one after the other and follows what they do to the disk. Returns them too.
fn record(tracer: &Path, scene: &Scene, names: &[&str]) -> (Disk, Vec<Verb>) {
    scene.restore();
    let root = &scene.sandbox.root;
    let mut disk = Disk::new(root, &scene.kept());
    let hub = root.join("hub.git");
    let verbs = scene.verbs();
    let verbs: Vec<Verb> =
        names.iter().map(|name| verbs.iter().find(|verb| verb.name == *name).unwrap().clone()).collect();
    for verb in &verbs {
        let traced = tracer::run(tracer, root, &verb.actor, &verb.arguments, ("none", 0));
        traced.ran.ok();
        for call in &traced.calls {
            disk.follow(call, |path| path.starts_with(&hub));
        }
        disk.acknowledge();
    }
    (disk, verbs)
}

/// Whether what the commands waited for counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Kept,
    /// As if nobody had waited for the disk.
    Forgotten,
}

/// Takes the power away so often, and looks what the next command finds.
fn try_states(tracer: &Path, place: Place, names: &[&str], waits: Waits, states: usize, seed: u64) -> Tally {
    let scene = Scene::new(place);
    let (mut disk, verbs) = record(tracer, &scene, names);
    if waits == Waits::Forgotten {
        disk.forget_waits();
    }
    let pin = scene.pin();
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    tally.points.insert(format!("{} {place:?}", names.join("+")), disk.len());
    let (acknowledged, answers) = (disk.acknowledged(), disk.answers());
    for number in 0..states {
        // Often just after somebody was told that all is well, or after a hub had what is not on the disk here.
        let any_of = |some: &[usize], random: &mut Random| some[random.below(some.len() as u64) as usize];
        let cut = match random.below(4) {
            0 => any_of(&acknowledged, &mut random),
            1 if !answers.is_empty() => any_of(&answers, &mut random),
            _ => random.below(disk.len() as u64 + 1) as usize,
        };
        let order = if random.below(2) == 0 { Order::Journal } else { Order::Loose };
        scene.restore();
        let told = disk.lose_power(cut, order, &mut random);
        scene.renew_look(Some("started-since"));
        tally.trials += 1;
        let done = acknowledged.iter().filter(|end| **end <= cut).count();
        let thorough = if number.is_multiple_of(JUDGED_EVERY) { Thorough::Reachable } else { Thorough::No };
        let mut wrong = Vec::new();
        // A hub keeps its power: what the clone itself has is looked at before the next command brings it anything.
        let here = scene.records_here();
        for verb in verbs[..done].iter().filter(|verb| !scene.is_recorded(&verb.effect, &here)) {
            wrong.push(format!("`{}` was acknowledged and is not in the branch here", verb.name));
        }
        if scene.pin() != pin {
            wrong.push("the clone does not trust the ledger any more that it trusted".to_owned());
        }
        wrong.extend(aftermath(&scene, &verbs[0], thorough, true, &mut tally));
        for verb in verbs[..done].iter().filter(|verb| !scene.is_done(&verb.effect)) {
            wrong.push(format!("`{}` was acknowledged and is not there", verb.name));
        }
        let outcome = if wrong.is_empty() { "recovered" } else { "WRONG" };
        tally.count(&format!("{order:?}"), outcome);
        let at = format!("{} {place:?}, {order:?}, after {cut} of {} steps: {told}", names.join("+"), disk.len());
        tally.wrong.extend(wrong.into_iter().map(|wrong| format!("{at}: {wrong}")));
    }
    // What was found is told, and not what the last state makes of the ledger at the end of the sandbox.
    scene.restore();
    tally
}

fn check(place: Place, sequences: [&[&str]; 2], states: usize) {
    let Some(tracer) = tracer::tracer() else { return };
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let parts = [0, 1].map(|part| {
            scope.spawn(move || {
                try_states(tracer, place, sequences[part], Waits::Kept, states / 2, seed() + part as u64)
            })
        });
        for part in parts {
            tally.merge(part.join().unwrap());
        }
    });
    tally.conclude("power losses");
}

#[test]
fn power_that_goes_takes_nothing_acknowledged_with_it() {
    check(
        Place::Here,
        [&["claim", "renew", "land", "release"], &["approve", "activate", "find", "request"]],
        states() * 2 / 3,
    );
}

#[test]
fn power_that_goes_in_a_clone_takes_nothing_with_it_that_its_hub_decided() {
    check(Place::Hub, [&["claim", "land", "renew"], &["find", "sync", "approve", "request"]], states() / 3);
}

/// Control: were nothing waited for, the model would show it.
#[test]
fn power_that_goes_where_nobody_waited_for_the_disk_takes_something_with_it() {
    let Some(tracer) = tracer::tracer() else { return };
    for (place, names) in [(Place::Here, ["claim", "approve"]), (Place::Hub, ["claim", "approve"])] {
        let tally = try_states(tracer, place, &names, Waits::Forgotten, 12, seed());
        let is_gone = |wrong: &String| wrong.contains("was acknowledged and is not");
        assert!(tally.wrong.iter().any(is_gone), "{place:?}: {:?}", tally.outcomes);
    }
}
