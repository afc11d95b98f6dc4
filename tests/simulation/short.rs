//! As many seeds as every change can wait for.

use std::iter;
use std::sync::Mutex;
use std::thread;

use git_coord::rules::Code;

use crate::support::simulation::codes::ELSEWHERE;
use crate::support::simulation::codes::SELDOM;
use crate::support::simulation::codes::here;
use crate::support::simulation::play::play;
use crate::support::simulation::reach::Reach;
use crate::support::simulation::settings::Broken;
use crate::support::simulation::settings::Manner;

/// The same seed is the same run, to the last line.
#[test]
fn seed_replays_bit_for_bit() {
    for seed in [3, 11] {
        let (one, other) = (play(seed, true, Manner::Plain), play(seed, true, Manner::Plain));
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
                    let outcome = play(seed, false, Manner::Plain);
                    reach.lock().unwrap().add(&outcome.reach);
                    failures.lock().unwrap().extend(outcome.failure.map(|failure| (seed, failure)));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "`cargo bench --bench simulation -- --seed N` prints the trace: {failures:#?}");
    let reach = reach.into_inner().unwrap();
    let missed = reach.missed(iter::empty(), 1);
    assert!(missed.is_empty(), "never happened: {missed:?}, of {:?} and {:?}", reach.faults, reach.deeds);
}

/// Whoever is told that the server refused an entry is not told so while an earlier push of it may still arrive, when the
/// server's clock has come as far as the entry's date.
#[test]
fn what_is_refused_does_not_count_later() {
    for seed in 0..12 {
        let failure = play(seed, false, Manner::Hurried).failure;
        assert_eq!(failure, None, "`cargo bench --bench simulation -- --seed {seed} --under hurried` prints the trace");
    }
}

/// No code has a reason twice, and each without one is asked of the long run; whether it is reached is seen there.
#[test]
fn every_code_is_here_or_elsewhere() {
    let mut elsewhere: Vec<_> = ELSEWHERE.iter().map(|(code, _)| *code).chain(SELDOM).collect();
    let count = elsewhere.len();
    elsewhere.sort();
    elsewhere.dedup();
    assert_eq!(elsewhere.len(), count, "a code stands there twice");
    assert_eq!(here().count() + count, Code::ALL.len());
}

/// A simulation that finds nothing wrong with these would find nothing wrong with anything; and it says what is wrong.
#[test]
fn broken_stores_are_found_out() {
    let broken = [
        (Broken::AcknowledgesAndForgets, "and the server does not have it"),
        (Broken::SwapsWithoutComparing, "the server goes to"),
        (Broken::ForgetsThePin, "and is not in what is verified"),
        (Broken::PinsAnything, "and the server does not have it"),
    ];
    for (broken, words) in broken {
        let manner = Manner::Broken(broken);
        assert_eq!(Manner::named(manner.name()), Some(manner));
        let found = (0..40).find_map(|seed| Some((seed, play(seed, false, manner).failure?)));
        let (seed, failure) = found.unwrap_or_else(|| panic!("{broken:?} stays unnoticed"));
        let again = format!("--seed {seed} --under {}", manner.name());
        assert!(failure.starts_with("I1: ") && failure.contains(words), "{broken:?}, `{again}`: {failure}");
    }
}
