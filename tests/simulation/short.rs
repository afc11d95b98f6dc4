//! As many seeds as every change can wait for.

use std::sync::Mutex;
use std::thread;

use git_coord::rules::Code;

use crate::support::simulation::codes::ELSEWHERE;
use crate::support::simulation::codes::here;
use crate::support::simulation::play::Sabotage;
use crate::support::simulation::play::play;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::reach::Reach;
use crate::support::simulation::settings::Broken;
use crate::support::simulation::world::CLONES;

/// The same seed is the same run, to the last line.
#[test]
fn seed_replays_bit_for_bit() {
    for seed in [3, 11] {
        let (one, other) = (play(seed, true, None), play(seed, true, None));
        let differs = one.lines.iter().zip(&other.lines).find(|(one, other)| one != other);
        assert!(differs.is_none(), "{differs:?}");
        assert_eq!(one.digest, other.digest);
    }
}

/// How many seeds every change waits for.
const SEEDS: u64 = 120;

#[test]
fn no_seed_breaks_an_invariant() {
    let (reach, failures) = (Mutex::new(Reach::default()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for half in 0..2 {
            let (reach, failures) = (&reach, &failures);
            scope.spawn(move || {
                for seed in (half..SEEDS).step_by(2) {
                    let outcome = play(seed, false, None);
                    reach.lock().unwrap().add(&outcome.reach);
                    failures.lock().unwrap().extend(outcome.failure.map(|failure| (seed, failure)));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "`cargo bench --bench simulation -- --seed N` prints the trace: {failures:#?}");
    let reach = reach.into_inner().unwrap();
    let missed: Vec<_> = Fault::ALL.into_iter().filter(|fault| !reach.faults.contains_key(fault)).collect();
    assert!(missed.is_empty(), "never happened: {missed:?}");
}

/// Whoever is told that the server refused an entry is not told so while an earlier push of it may still arrive, when the
/// server's clock has come as far as the entry's date.
#[test]
fn what_is_refused_does_not_count_later() {
    let hurried: Sabotage = |settings| {
        (settings.is_guarded, settings.is_malicious, settings.has_rogue) = (true, false, false);
        (settings.skews, settings.clock_steps) = ([66_000; CLONES], 0);
        (settings.late, settings.duplicates, settings.crashes) = (400, 0, 0);
    };
    for seed in 0..12 {
        assert_eq!(play(seed, false, Some(hurried)).failure, None, "seed {seed}");
    }
}

/// Every code is either reached by the long run or has its reason not to be.
#[test]
fn codes_that_are_not_reached_have_a_reason() {
    let mut elsewhere: Vec<_> = ELSEWHERE.iter().map(|(code, _)| *code).collect();
    let count = elsewhere.len();
    elsewhere.sort();
    elsewhere.dedup();
    assert_eq!(elsewhere.len(), count, "a code stands there twice");
    assert_eq!(here().count() + count, Code::ALL.len());
}

/// A simulation that finds nothing wrong with these would find nothing wrong with anything.
#[test]
fn broken_stores_are_found_out() {
    let broken: [(Broken, Sabotage); 4] = [
        (Broken::AcknowledgesAndForgets, |settings| settings.broken = Some(Broken::AcknowledgesAndForgets)),
        (Broken::SwapsWithoutComparing, |settings| settings.broken = Some(Broken::SwapsWithoutComparing)),
        (Broken::ForgetsThePin, |settings| settings.broken = Some(Broken::ForgetsThePin)),
        (Broken::PinsAnything, |settings| settings.broken = Some(Broken::PinsAnything)),
    ];
    for (broken, sabotage) in broken {
        let found = (0..40).find_map(|seed| play(seed, false, Some(sabotage)).failure);
        assert!(found.is_some(), "{broken:?} stays unnoticed");
    }
}
