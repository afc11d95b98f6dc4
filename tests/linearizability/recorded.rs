//! Histories of the real program, real processes on real git: each has to be one that the ledger promises.

use std::collections::BTreeMap;
use std::env;
use std::time::Instant;

use crate::linearizability::check::fault;
use crate::linearizability::drive::Weather;
use crate::linearizability::drive::drive;
use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Decided;
use crate::linearizability::history::History;
use crate::linearizability::history::Manner;
use crate::linearizability::history::Operation;
use crate::linearizability::history::Told;
use crate::linearizability::history::conflict;
use crate::linearizability::recorder::Recorder;
use crate::support::clock::Clock;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Histories, processes of each, and calls of each process; `COORD_TEST_HISTORIES=200x8x200` sets other numbers.
const HERE: (u64, u64, u64) = (3, 8, 20);
const AT_REMOTE: (u64, u64, u64) = (2, 8, 12);
const CLONES: usize = 4;
/// How wrong the clocks of the clones are: any two are nearer than what is refused as too early.
const SKEWS: [i64; CLONES] = [0, 15, -10, 20];

fn size(default: (u64, u64, u64)) -> (u64, u64, u64) {
    let Ok(told) = env::var("COORD_TEST_HISTORIES") else { return default };
    let numbers: Vec<u64> = told.split('x').map(|number| number.parse().expect("a number")).collect();
    let [histories, processes, calls] = numbers[..] else { panic!("`{told}` is not like 200x8x200") };
    (histories, processes, calls)
}

pub(super) fn seed() -> u64 {
    env::var("COORD_TEST_SEED").map_or(1, |number| number.parse().expect("a seed"))
}

/// Returns the policy under which nobody runs out of claims.
fn roomy(policy: &str) -> String {
    policy.replace("per-principal = 20", "per-principal = 2000")
}

pub(super) fn enroll(maria: &Actor, number: u64) -> String {
    text(
        &maria.coord(&["enroll", &format!("w{number}"), "--role", "builder", "--vendor", "anthropic"]).ok().json()["id"],
    )
}

/// In so many calls somebody's claim is taken over.
const TAKEN_IN: usize = 1_000;

/// Records histories one after the other and checks each. Agents are given as clone, skew and who they are.
fn record(decided: Decided, clock: &Clock, agents: &[(usize, i64, Actor)], histories: u64, calls: u64) {
    let (mut counts, mut total): (BTreeMap<&str, u64>, usize) = (BTreeMap::new(), 0);
    let began = Instant::now();
    let mut checking = 0.0;
    for number in 0..histories {
        let recorder = |(clone, skew, actor): &(usize, i64, Actor)| Recorder {
            actor: clock.given_to(actor, *skew),
            clock,
            skew: *skew,
            clone: *clone,
            operations: Vec::new(),
        };
        let weather = Weather::new(clock);
        let recorders = agents.iter().map(recorder).collect();
        let operations = drive(recorders, &weather, calls, &format!("h{number}"), seed() + number);
        for operation in &operations {
            *counts.entry(kind(operation, &operations)).or_default() += 1;
        }
        total += operations.len();
        let since = Instant::now();
        if let Some(fault) = fault(&History { decided, operations }) {
            panic!("history {number} of seed {} is none that the ledger promises: {fault}", seed());
        }
        checking += since.elapsed().as_secs_f64();
    }
    eprintln!(
        "{decided:?}: {histories} histories, {total} calls, {:.1} s, of which {checking:.1} s to check; {counts:?}",
        began.elapsed().as_secs_f64()
    );
    // Few calls may all miss the moments at which somebody's claim can be taken.
    let taken = (total >= TAKEN_IN).then_some("taken over");
    let always = ["granted", "queued", "refused", "fenced", "released", "renewed", "seen", "killed"];
    for kind in always.into_iter().chain(taken) {
        assert!(counts.contains_key(kind), "no call was {kind}: {counts:?}");
    }
}

fn kind(operation: &Operation, all: &[Operation]) -> &'static str {
    match (&operation.call, &operation.answer) {
        (Call::Claim { manner: Manner::TakeOver, .. }, Answer::Granted(told)) if takes_away(operation, told, all) => {
            "taken over"
        }
        (_, Answer::Granted(told)) if told.token.is_none() => "queued",
        (_, Answer::Granted(_)) => "granted",
        (_, Answer::Refused(_)) => "refused",
        (_, Answer::Renewed(_)) => "renewed",
        (_, Answer::Released(_)) => "released",
        (_, Answer::Fenced) => "fenced",
        (_, Answer::Seen(_)) => "seen",
        (_, Answer::Unknown) => "killed",
    }
}

/// Returns whether whoever was granted this has taken it from somebody: the last who had been granted any of the ground is
/// another agent, and was never told, nor may have been without hearing of it, that it gave it back.
fn takes_away(operation: &Operation, told: &Told, all: &[Operation]) -> bool {
    let earlier = all.iter().filter_map(|other| match &other.answer {
        Answer::Granted(before) if before.token < told.token && conflict(&other.ground, &operation.ground) => {
            Some(before)
        }
        _ => None,
    });
    let last = earlier.filter(|before| before.token.is_some()).max_by_key(|before| before.token);
    let is_given_back = |claim: &Told| {
        all.iter().any(|other| {
            matches!(&other.call, Call::Release { id } if *id == claim.id)
                && matches!(other.answer, Answer::Released(_) | Answer::Unknown)
        })
    };
    last.is_some_and(|last| last.holder != operation.agent && !is_given_back(last))
}

#[test]
fn histories_of_one_clone_are_linearizable() {
    let (histories, processes, calls) = size(HERE);
    let sandbox = Sandbox::new();
    let maria = sandbox.repository("work").begin_under(roomy);
    let clock = Clock::new(&sandbox);
    let agents = (0..processes).map(|number| {
        let id = enroll(&maria, number);
        (0, 0, Actor { id: id.clone(), ..maria.with_env("GIT_COORD_AS", id) })
    });
    record(Decided::Here, &clock, &agents.collect::<Vec<_>>(), histories, calls);
}

#[test]
fn histories_of_clones_with_a_remote_are_linearizable() {
    let (histories, processes, calls) = size(AT_REMOTE);
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let clock = Clock::new(&sandbox);
    clock.given_to_hooks(&hub.directory);
    let ids: Vec<String> = (0..processes).map(|number| enroll(&hub.maria, number)).collect();
    let clones: Vec<Actor> = (0..CLONES).map(|number| hub.clone(&sandbox, &format!("clone{number}"))).collect();
    for clone in &clones {
        clone.coord(&["join", &hub.maria.id]).ok();
    }
    let agents = ids.into_iter().enumerate().map(|(number, id)| {
        let clone = number % CLONES;
        (clone, SKEWS[clone], Actor { id: id.clone(), ..clones[clone].with_env("GIT_COORD_AS", id) })
    });
    record(Decided::AtRemote, &clock, &agents.collect::<Vec<_>>(), histories, calls);
}
