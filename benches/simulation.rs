//! `cargo bench --bench simulation -- --seeds 10000`: the deterministic simulation, as long as one likes. `--from N` begins at
//! another seed, `--seed N` runs one and prints its trace.
#![allow(clippy::unwrap_used, unreachable_pub)]

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests use all of it, the simulation a part")]
mod support;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use support::simulation::codes;
use support::simulation::play::play;
use support::simulation::reach::Fault;
use support::simulation::reach::Reach;

/// How often each fault and each refusal has to be reached in 10,000 seeds.
const REACHED_MIN: u64 = 100;

fn option(name: &str) -> Option<u64> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1)?.parse().ok()
}

fn main() -> ExitCode {
    if let Some(seed) = option("--seed") {
        let outcome = play(seed, true, None);
        for line in &outcome.lines {
            println!("{line}");
        }
        println!(
            "seed {seed}: trace {:016x}, {}",
            outcome.digest,
            outcome.failure.as_deref().unwrap_or("nothing is wrong")
        );
        return if outcome.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let (from, seeds) = (option("--from").unwrap_or(0), option("--seeds").unwrap_or(1_000));
    let (next, start) = (AtomicU64::new(from), Instant::now());
    let found = Mutex::new((Reach::default(), Vec::new()));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return;
                    }
                    let outcome = play(seed, false, None);
                    let mut found = found.lock().expect("nobody panics while it is held");
                    found.0.add(&outcome.reach);
                    found.1.extend(outcome.failure.map(|failure| (seed, failure)));
                }
            });
        }
    });
    let (reach, mut failures) = found.into_inner().expect("nobody panics while it is held");
    let took = start.elapsed().as_secs_f64();
    println!("{seeds} seeds from {from} in {took:.1} s on {workers} threads: {:.1} a second", seeds as f64 / took);
    for fault in Fault::ALL {
        println!("  fault {:<20} {:>8}", format!("{fault:?}"), reach.faults.get(&fault).unwrap_or(&0));
    }
    for code in codes::here() {
        println!("  code  {:<20} {:>8}", code.as_str(), reach.codes.get(&code).unwrap_or(&0));
    }
    for (code, count) in reach.codes.iter().filter(|(code, _)| !codes::here().any(|here| here == **code)) {
        println!("  code  {:<20} {count:>8}, which is said not to be given here", code.as_str());
    }
    for (deed, count) in &reach.deeds {
        println!("  deed  {deed:<20} {count:>8}");
    }
    failures.sort();
    for (seed, failure) in failures.iter().take(10) {
        println!("seed {seed}: {failure}");
    }
    let missed = missed(&reach, (seeds / 100).clamp(1, REACHED_MIN));
    println!("reached too seldom: {}", if missed.is_empty() { "nothing".to_owned() } else { missed.join(", ") });
    if failures.is_empty() && missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns what was reached less often than it has to be.
fn missed(reach: &Reach, least: u64) -> Vec<String> {
    let faults = Fault::ALL.into_iter().filter(|fault| reach.faults.get(fault).is_none_or(|count| *count < least));
    let codes = codes::here().filter(|code| reach.codes.get(code).is_none_or(|count| *count < least));
    faults.map(|fault| format!("{fault:?}")).chain(codes.map(|code| code.to_string())).collect()
}
