//! `cargo bench --bench simulation -- --seeds 10000`: the deterministic simulation, as long as one likes. `--from N` begins at
//! another seed, `--seed N` runs one and prints its trace; `--under NAME` plays it
//! as a test does that breaks something.
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
use support::simulation::settings::Manner;

/// How often each fault and each refusal has to be reached in 10,000 seeds.
const REACHED_MIN: u64 = 100;

/// What is asked for; what is not understood is not taken for nothing.
#[derive(Default)]
struct Asked {
    seed: Option<u64>,
    seeds: Option<u64>,
    from: Option<u64>,
    manner: Manner,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self::default();
        while let Some(word) = words.next() {
            // What `cargo bench` says to each of its programs.
            if word == "--bench" {
                continue;
            }
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("`{word} {value}`: that is no number"));
            match word.as_str() {
                "--seed" => asked.seed = Some(number()?),
                "--seeds" => asked.seeds = Some(number()?),
                "--from" => asked.from = Some(number()?),
                "--under" => {
                    asked.manner = Manner::named(&value).ok_or_else(|| format!("nothing is called `{value}`"))?
                }
                _ => return Err(format!("`{word}` is unknown: --seed N, --seeds N, --from N, --under NAME")),
            }
        }
        Ok(asked)
    }
}

fn main() -> ExitCode {
    let asked = match Asked::read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let manner = asked.manner;
    if let Some(seed) = asked.seed {
        let outcome = play(seed, true, manner);
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
    let (from, seeds) = (asked.from.unwrap_or(0), asked.seeds.unwrap_or(1_000));
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
                    let outcome = play(seed, false, manner);
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
    let strays: Vec<_> = reach.codes.iter().filter(|(code, _)| codes::is_elsewhere(**code)).collect();
    for (code, count) in &strays {
        println!("  code  {:<20} {count:>8}, which is said not to be given here", code.as_str());
    }
    for (deed, count) in &reach.deeds {
        println!("  deed  {deed:<20} {count:>8}");
    }
    failures.sort();
    for (seed, failure) in failures.iter().take(10) {
        println!("seed {seed}: {failure}");
    }
    let missed = reach.missed(codes::here(), (seeds / 100).clamp(1, REACHED_MIN));
    println!("reached too seldom: {}", if missed.is_empty() { "nothing".to_owned() } else { missed.join(", ") });
    if failures.is_empty() && missed.is_empty() && strays.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
