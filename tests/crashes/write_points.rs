//! Every point at which a verb writes is struck: killed there, or the call fails.

use std::env;
use std::path::Path;
use std::thread;

use crate::crashes::scene::Place;
use crate::crashes::scene::Scene;
use crate::crashes::scene::Thorough;
use crate::crashes::strike::FAULTS;
use crate::crashes::strike::points_of;
use crate::crashes::strike::strike;
use crate::crashes::tally::Tally;
use crate::crashes::tracer::tracer;

/// With how many scenes at once.
const AT_ONCE: usize = 2;
/// Every so many trials everything is judged anew. It has no divisor in common with the number of faults, and so comes after
/// each of them in turn: a multiple would always look after the same.
const JUDGED_EVERY: usize = 3;
/// What waiting for the disk fails with.
const FAILED_SYNC: (&str, &str) = ("EIO", "5");

/// How much is tried.
enum Extent {
    /// Every so many points, with one fault each.
    Sample(usize),
    /// Every point, with every fault.
    All,
}

fn extent(sample: usize) -> Extent {
    match env::var("COORD_TEST_FAULTS").as_deref() {
        Ok("all") => Extent::All,
        Ok(every) => Extent::Sample(every.parse().expect("`all`, or every so many points")),
        Err(_) => Extent::Sample(sample),
    }
}

fn seed() -> usize {
    env::var("COORD_TEST_SEED").map_or(0, |seed| seed.parse().expect("a number"))
}

/// Tries the verbs of a scene. `part` of `AT_ONCE` says which trials are this thread's.
fn try_part(tracer: &Path, place: Place, names: &[&str], extent: &Extent, part: usize) -> Tally {
    let scene = Scene::new(place);
    let mut tally = Tally::default();
    // It goes on from verb to verb: of a few points each would always meet the first faults. The parts begin with others.
    let mut number = seed() + part * FAULTS.len() / AT_ONCE;
    for verb in scene.verbs().iter().filter(|verb| names.contains(&verb.name)) {
        let calls = points_of(tracer, &scene, verb);
        let points = calls.len();
        tally.points.insert(format!("{} {place:?}", verb.name), points);
        for point in (1..=points).filter(|point| point % AT_ONCE == part) {
            match extent {
                Extent::All => {
                    for fault in FAULTS {
                        strike(tracer, &scene, verb, fault, point, Thorough::every(JUDGED_EVERY, point), &mut tally);
                    }
                }
                Extent::Sample(every) => {
                    let turn = point / AT_ONCE + seed();
                    if turn.is_multiple_of(*every) {
                        let fault = FAULTS[number % FAULTS.len()];
                        let thorough = Thorough::every(JUDGED_EVERY, number);
                        number += 1;
                        strike(tracer, &scene, verb, fault, point, thorough, &mut tally);
                    }
                    // Whoever waits for the disk is told each time, whatever the sample is.
                    if calls.iter().any(|call| call.point == point && call.is_sync()) {
                        strike(tracer, &scene, verb, FAILED_SYNC, point, Thorough::No, &mut tally);
                    }
                }
            }
        }
    }
    tally
}

fn check(place: Place, names: &[&str], sample: usize) {
    let Some(tracer) = tracer() else { return };
    let extent = extent(sample);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let part = |part| {
            scope.spawn({
                let extent = &extent;
                move || try_part(tracer, place, names, extent, part)
            })
        };
        let parts: Vec<_> = (0..AT_ONCE).map(part).collect();
        for part in parts {
            tally.merge(part.join().unwrap());
        }
    });
    tally.conclude("write points");
    tally.assert_struck(&FAULTS);
}

#[test]
fn fault_at_any_write_point_leaves_the_old_or_the_new_state() {
    check(Place::Here, &["claim", "renew", "release", "approve", "activate", "land"], 5);
}

#[test]
fn fault_at_any_write_point_of_what_a_hub_decides_leaves_the_old_or_the_new_state() {
    check(Place::Hub, &["claim", "land", "sync"], 24);
}
