//! The whole road at once: clones of one hub in which agents claim, renew, give back, take over, ask and land. The history of
//! their claims is one that the ledger promises, everything acknowledged is in the ledger, and every landing replays.

use std::collections::BTreeMap;
use std::env;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::linearizability::check::fault;
use crate::linearizability::drive::Memory;
use crate::linearizability::drive::Weather;
use crate::linearizability::drive::turn;
use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Decided;
use crate::linearizability::history::History;
use crate::linearizability::history::Operation;
use crate::linearizability::recorded::enroll;
use crate::linearizability::recorded::seed;
use crate::linearizability::recorder::Recorder;
use crate::support::clock::Clock;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;
use crate::support::servers::Random;

/// Clones, processes in each, and calls of each process; `COORD_TEST_STRESS=8x2x125` sets other numbers.
const SIZE: (usize, usize, u64) = (4, 2, 9);
/// The time to live of what is renewed by a commit.
const TTL_S: i64 = 1_800;
/// One turn in so many is work that is to land.
const LANDS: u64 = 4;

/// Work that landed, or did not.
struct Landing {
    /// The commit, and the request.
    head: String,
    request: String,
    /// Empty if it landed, or why not.
    code: String,
}

fn size() -> (usize, usize, u64) {
    let Ok(told) = env::var("COORD_TEST_STRESS") else { return SIZE };
    let numbers: Vec<u64> = told.split('x').map(|number| number.parse().expect("a number")).collect();
    let [clones, processes, calls] = numbers[..] else { panic!("`{told}` is not like 8x2x125") };
    (usize::try_from(clones).unwrap(), usize::try_from(processes).unwrap(), calls)
}

/// Lets work land only under claims, and nobody run out of them.
fn legislate(maria: &Actor) {
    let active = maria.read(".coord/policy.toml");
    let next = active
        .replace("claims   = \"any\"", "claims   = \"held\"")
        .replace("per-principal = 20", "per-principal = 2000");
    maria.write("draft.toml", &next);
    let opened = maria.coord(&["policy", "propose", "draft.toml", "--title", "Under claims only"]).ok().json();
    maria.coord(&["policy", "activate", &text(&opened["id"])]).ok();
    maria.coord(&["land", "--adopt", "main"]).ok();
}

/// Somebody who works in a work tree of its own, with somebody who approves and lands what it did.
struct Worker<'a> {
    recorder: Recorder<'a>,
    reviewer: Actor,
    landings: Vec<Landing>,
    calls: u64,
}

impl Worker<'_> {
    /// Changes the file that is held, asks, has it approved, and has it landed.
    fn land(&mut self, memory: &Memory) {
        let Some((_, held)) = &memory.current else { return };
        let Some(file) = held.iter().find(|path| !path.ends_with('/')) else { return };
        let actor = self.recorder.actor.clone();
        // Another work tree of the clone may fetch at the same moment, and git gives up at once.
        let fetch = || actor.try_git(&["fetch", "-q", "hub", "+refs/heads/main:refs/remotes/hub/main"]).code == 0;
        wait_for("fetched main branch", || fetch().then_some(()));
        actor.git(&["checkout", "-q", "--force", "--detach", "refs/remotes/hub/main"]);
        actor.write(file, &format!("Written by {} at call {}\n", actor.id, self.calls));
        actor.git(&["add", "-A"]);
        self.note_renewals(memory);
        let committed = actor.try_git(&["commit", "-q", "-m", &format!("Change {file}")]);
        if committed.code != 0 {
            // It was taken over, and its own hook knows.
            assert!(committed.stderr.contains("somebody else holds"), "{committed}");
            return;
        }
        let head = actor.git(&["rev-parse", "HEAD"]);
        let asked = self.say(&actor, &["request", "HEAD", "--into", "main", "--force"]);
        if asked.code != 0 {
            return self.note(&head, "", &asked);
        }
        let (request, delta) = (text(&asked.json()["id"]), text(&asked.json()["delta"]));
        let reviewer = self.reviewer.clone();
        let approved = self.say(&reviewer, &["approve", &request, "--delta", &delta]);
        if approved.code != 0 {
            return self.note(&head, &request, &approved);
        }
        let landed = self.say(&reviewer, &["land", &request]);
        self.note(&head, &request, &landed);
    }

    /// A commit renews what its author holds, if that is worth an entry, and does not say so.
    fn note_renewals(&mut self, memory: &Memory) {
        let recorder = &mut self.recorder;
        let (start, now) = (recorder.clock.elapsed_ns(), recorder.clock.now());
        for (id, ground) in memory.current.iter().chain(&memory.earlier) {
            recorder.operations.push(Operation {
                agent: recorder.actor.id.clone(),
                clone: recorder.clone,
                call: Call::Renew { id: id.clone(), ttl: TTL_S },
                ground: ground.clone(),
                answer: Answer::Unknown,
                start,
                end: start,
                clock: (now, now),
            });
        }
    }

    fn say(&mut self, who: &Actor, words: &[&str]) -> Ran {
        self.calls += 1;
        who.coord(words)
    }

    fn note(&mut self, head: &str, request: &str, ran: &Ran) {
        let code = match ran.code {
            0 => String::new(),
            _ => ran.error()["code"].as_str().map_or_else(|| blocked_by(ran), str::to_owned),
        };
        assert!(ran.code == 0 || !code.is_empty(), "a refusal has a code: {ran}");
        self.landings.push(Landing { head: head.to_owned(), request: request.to_owned(), code });
    }
}

/// Returns the code of the first broken rule of a verdict.
fn blocked_by(ran: &Ran) -> String {
    let verdicts = ran.of_type("verdict");
    let rules = verdicts.first().and_then(|verdict| verdict["rules"].as_array().cloned()).unwrap_or_default();
    rules.iter().find_map(|rule| rule["code"].as_str().map(str::to_owned)).unwrap_or_default()
}

#[test]
fn work_of_many_clones_lands_under_its_claims() {
    let (clones, processes, calls) = size();
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    legislate(&hub.maria);
    let clock = Clock::new(&sandbox);
    clock.given_to_hooks(&hub.directory);
    let ids: Vec<String> = (0..clones * processes).map(|number| enroll(&hub.maria, number as u64)).collect();
    let workers = workers(&sandbox, &hub, &clock, &ids, clones);
    let (weather, began) = (Weather::new(&clock), Instant::now());
    let done: Mutex<Vec<Worker<'_>>> = Mutex::default();
    thread::scope(|scope| {
        for (index, mut worker) in workers.into_iter().enumerate() {
            let (weather, done) = (&weather, &done);
            scope.spawn(move || {
                let (mut random, mut memory) = (Random::new(seed() * 1000 + index as u64), Memory::default());
                while worker.recorder.operations.len() as u64 + worker.calls < calls {
                    let calling = weather.calling();
                    match random.below(LANDS) {
                        0 => worker.land(&memory),
                        _ => turn(&mut worker.recorder, &mut memory, &mut random, "s", index),
                    }
                    drop(calling);
                    weather.change(&mut random);
                }
                done.lock().unwrap().push(worker);
            });
        }
    });
    let workers = done.into_inner().unwrap();
    let (mut operations, mut landings, mut others) = (Vec::new(), Vec::new(), 0);
    for worker in workers {
        operations.extend(worker.recorder.operations);
        landings.extend(worker.landings);
        others += worker.calls;
    }
    report(&operations, &landings, others, began);
    let maria = clock.given_to(&hub.maria, 0);
    maria.coord(&["sync"]).ok();
    check_ledger(&maria, &operations);
    check_landings(&maria, &sandbox, &hub, &landings);
    if let Some(fault) = fault(&History { decided: Decided::AtRemote, operations }) {
        panic!("the history of seed {} is none that the ledger promises: {fault}", seed());
    }
}

fn workers<'a>(sandbox: &Sandbox, hub: &Hub, clock: &'a Clock, ids: &[String], clones: usize) -> Vec<Worker<'a>> {
    let mut workers = Vec::new();
    for clone in 0..clones {
        let place = hub.clone(sandbox, &format!("clone{clone}"));
        place.coord(&["join", &hub.maria.id]).ok();
        for (number, id) in ids.iter().enumerate().filter(|(number, _)| number % clones == clone) {
            let actor = clock.given_to(&place.settle(&format!("tree{number}"), id), 0);
            let recorder = Recorder { actor, clock, skew: 0, clone, operations: Vec::new() };
            let reviewer = clock.given_to(&place, 0);
            let reviewer = Actor { id: hub.maria.id.clone(), ..reviewer };
            workers.push(Worker { recorder, reviewer, landings: Vec::new(), calls: 0 });
        }
    }
    workers
}

fn report(operations: &[Operation], landings: &[Landing], others: u64, began: Instant) {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for landing in landings {
        *codes.entry(if landing.code.is_empty() { "landed" } else { &landing.code }).or_default() += 1;
    }
    let longest = operations.iter().map(|one| one.end - one.start).max().unwrap_or(0) / 1_000_000;
    let seconds = began.elapsed().as_secs_f64();
    let claims = operations.len();
    eprintln!(
        "{claims} calls about claims, the longest {longest} ms, and {others} others in {seconds:.1} s; {codes:?}"
    );
    assert!(codes.contains_key("landed"), "something lands: {codes:?}");
}

/// Checks that every claim and every release that was acknowledged is in the ledger, at the height that was told.
fn check_ledger(maria: &Actor, operations: &[Operation]) {
    assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
    let entries = maria.coord(&["log", "-n", "1000000"]).ok().of_type("entry");
    let mut changes: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for entry in &entries {
        let of_claims = entry["changes"].as_array().unwrap().iter().filter(|change| change["record"] == "claims");
        for change in of_claims {
            changes.entry(entry["height"].as_u64().unwrap()).or_default().push(change.clone());
            *times.entry(format!("{} {}", text(&change["op"]), text(&change["id"]))).or_default() += 1;
        }
    }
    for operation in operations {
        let (what, id, height) = match (&operation.answer, &operation.call) {
            (Answer::Granted(told), _) => ("add", &told.id, None),
            (Answer::Released(height), Call::Release { id }) => ("remove", id, Some(*height)),
            _ => continue,
        };
        assert_eq!(times.get(&format!("{what} {id}")), Some(&1), "{operation:?}");
        let is_there = |height: &u64| {
            changes.get(height).is_some_and(|all| all.iter().any(|one| one["op"] == what && one["id"] == id.as_str()))
        };
        assert!(height.is_none_or(|height| is_there(&height)), "{operation:?}");
    }
}

/// Checks that what was said to have landed has, once, and that every landing replays to its verdict.
fn check_landings(maria: &Actor, sandbox: &Sandbox, hub: &Hub, landings: &[Landing]) {
    let main = sandbox.somebody(&hub.directory).git(&["rev-list", "refs/heads/main"]);
    let main: Vec<&str> = main.lines().collect();
    for landing in landings.iter().filter(|landing| landing.code.is_empty()) {
        let count = main.iter().filter(|commit| **commit == landing.head).count();
        assert_eq!(count, 1, "{} landed by {}", landing.head, landing.request);
    }
    maria.git(&["fetch", "-q", "hub", "main"]);
    maria.coord(&["audit"]).ok();
}
