//! The power goes at any instant: whatever of that which nobody waited for is on the disk, the next command works, and what
//! was acknowledged is there.

use std::env;
use std::path::Path;
use std::thread;

use crate::crashes::disk_model::Disk;
use crate::crashes::disk_model::Order;
use crate::crashes::faults_at::Tally;
use crate::crashes::scene::Place;
use crate::crashes::scene::Scene;
use crate::crashes::scene::Thorough;
use crate::crashes::scene::Verb;
use crate::crashes::tracer;
use crate::support::servers::Random;

/// How many states are tried, in all tests together: none, unless it is said.
fn states() -> usize {
    env::var("COORD_TEST_POWER_LOSS").map_or(0, |states| states.parse().expect("a number of states"))
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

/// Takes the power away so often, and looks what the next command finds.
fn try_states(tracer: &Path, place: Place, names: &[&str], states: usize, seed: u64) -> Tally {
    let scene = Scene::new(place);
    let (mut disk, verbs) = record(tracer, &scene, names);
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    tally.points.insert(format!("{} {place:?}", names.join("+")), disk.len());
    let acknowledged = disk.acknowledged();
    for number in 0..states {
        // Often just after somebody was told that all is well.
        let cut = match random.below(3) {
            0 => acknowledged[random.below(acknowledged.len() as u64) as usize],
            _ => random.below(disk.len() as u64 + 1) as usize,
        };
        let order = if random.below(2) == 0 { Order::Journal } else { Order::Loose };
        scene.restore();
        let told = disk.lose_power(cut, order, &mut random);
        scene.renew_look(Some("started-since"));
        tally.trials += 1;
        let done = acknowledged.iter().filter(|end| **end <= cut).count();
        let thorough = if number % 4 == 0 { Thorough::Reachable } else { Thorough::No };
        let mut wrong = scene.aftermath(&verbs[0], thorough);
        for verb in verbs[..done].iter().filter(|verb| !scene.is_done(&verb.effect)) {
            wrong.push(format!("`{}` was acknowledged and is not there", verb.name));
        }
        let outcome = if wrong.is_empty() { "recovered" } else { "WRONG" };
        *tally.outcomes.entry((format!("{order:?}"), outcome.to_owned())).or_default() += 1;
        let at = format!("{} {place:?}, {order:?}, after {cut} of {} steps: {told}", names.join("+"), disk.len());
        tally.wrong.extend(wrong.into_iter().map(|wrong| format!("{at}: {wrong}")));
    }
    tally
}

fn check(place: Place, sequences: [&[&str]; 2], states: usize) {
    let Some(tracer) = tracer::tracer() else { return };
    if states == 0 {
        return eprintln!("NOT TESTED: COORD_TEST_POWER_LOSS says how often the power goes");
    }
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let parts = [0, 1].map(|part| {
            scope.spawn(move || try_states(tracer, place, sequences[part], states / 2, seed() + part as u64))
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
