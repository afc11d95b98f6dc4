//! The whole storm: many clones, agents and claims over ssh, connections that fail, processes that are killed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::env;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::faults::arena::Arena;
use crate::faults::arena::claim;
use crate::faults::blow::Blow;
use crate::faults::blow::Ended;
use crate::faults::blow::run;
use crate::support::sandbox::Actor;
use crate::support::sandbox::text;
use crate::support::servers::Fault;
use crate::support::servers::Random;

/// How many clones there are, and how many claims each makes; `COORD_TEST_STORM=8x50` sets other numbers.
const SIZE: (u64, u64) = (4, 24);
/// How many agents of a clone share its claims.
const AGENTS: u64 = 3;
/// Each so many claims of an agent are on ground that all race for.
const SHARED_EVERY: u64 = 4;
/// No command may take longer, whatever the network does.
const BOUND: Duration = Duration::from_secs(180);

/// One claim that was tried.
struct Tried {
    agent: String,
    path: String,
    ended: Ended,
}

impl Tried {
    fn code(&self) -> String {
        match (&self.ended.code, &self.ended.error) {
            (Some(0), _) => "granted".to_owned(),
            (Some(_), Some(error)) => text(&error["code"]),
            (Some(code), None) => format!("exit {code}"),
            (None, _) => "killed".to_owned(),
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_granted_twice() {
    let (count, claims) = env::var("COORD_TEST_STORM").map_or(SIZE, |size| parse(&size).expect("clones x claims"));
    let seed = env::var("COORD_TEST_SEED").map_or(1, |number| number.parse().expect("a seed"));
    let mut weather = Random::new(seed);
    let Some(arena) = Arena::new(move || Fault::drawn(&mut weather)) else { return };
    // A clone knows whom it was told of when it joined.
    let ids: Vec<String> = (0..count * AGENTS).map(|number| arena.enroll(&format!("agent{number}"))).collect();
    // Two machines with two clones each.
    let clones = (0..count).map(|number| {
        let machine = arena.sandbox.root.join(format!("machine{}", number / 2));
        arena.clone(&format!("clone{number}")).with_env("XDG_STATE_HOME", machine)
    });
    let clones: Vec<Actor> = clones.collect();
    // Most make a connection for each call, so that there are many to fail; the others keep one.
    for clone in &clones[1..] {
        clone.git(&["config", "coord.ssh-share", "false"]);
    }
    let agents: Vec<(String, &Actor)> = ids.into_iter().zip(clones.iter().cycle()).collect();
    let tried: Vec<Tried> = thread::scope(|scope| {
        let working: Vec<_> = (0_u64..)
            .zip(&agents)
            .map(|(index, (id, clone))| {
                let share = (claims + AGENTS - 1 - index / count) / AGENTS;
                scope.spawn(move || work(clone, id, share, seed + 1000 * (index + 1)))
            })
            .collect();
        working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    report(&arena, &tried);
    check_bounds(&tried);
    // What is left behind stops nobody: each clone goes on, and finds everything.
    for (index, (id, clone)) in agents.iter().enumerate().take(count as usize) {
        arena.lead(clone, arena.ssh.port());
        let ended = run(claim(clone, id, &format!("after/{index}")), Blow::None);
        assert!(ended.code == Some(0) && ended.took < Duration::from_secs(30), "{ended:?}");
        check_ledger(&clone.with_env("GIT_COORD_AS", id), &tried);
    }
    arena.maria.coord(&["sync"]).ok();
    check_ledger(&arena.maria, &tried);
    let full = arena.sandbox.somebody(&arena.hub).coord(&["verify", "--full"]).ok().json();
    assert_eq!(full["void"], 0);
}

/// Reads two numbers such as `8x50`.
fn parse(size: &str) -> Option<(u64, u64)> {
    let (clones, claims) = size.split_once('x')?;
    Some((clones.parse().ok()?, claims.parse().ok()?))
}

/// Claims one path after the other, whatever becomes of it.
fn work(clone: &Actor, id: &str, claims: u64, seed: u64) -> Vec<Tried> {
    let mut random = Random::new(seed);
    let mut tried = Vec::new();
    for number in 0..claims {
        let is_shared = number % SHARED_EVERY == SHARED_EVERY - 1;
        let path = if is_shared { format!("shared/{number}") } else { format!("own/{id}/{number}") };
        let ended = run(claim(clone, id, &path), Blow::drawn(&mut random));
        tried.push(Tried { agent: id.to_owned(), path, ended });
    }
    tried
}

fn report(arena: &Arena, tried: &[Tried]) {
    let mut codes: BTreeMap<String, (u32, Duration)> = BTreeMap::new();
    let mut struck: BTreeMap<&str, u32> = BTreeMap::new();
    for one in tried {
        let entry = codes.entry(one.code()).or_default();
        *entry = (entry.0 + 1, entry.1.max(one.ended.took));
        *struck.entry(one.ended.struck.unwrap_or("nobody")).or_default() += 1;
    }
    let counts = arena.proxy.counts();
    eprintln!("connections: {counts:?}\nkilled: {struck:?}\nends, with the longest: {codes:#?}");
    // How often each comes true depends on how fast the machine is; each has a test of its own as well.
    let reached = Fault::NAMES.iter().filter(|name| counts.contains_key(**name)).count();
    assert!(reached * 2 > Fault::NAMES.len(), "most faults came true: {counts:?}");
    assert!(struck.len() > 2, "several were killed, and not all in the same way: {struck:?}");
}

fn check_bounds(tried: &[Tried]) {
    for one in tried {
        assert!(one.ended.took < BOUND, "{} took {:?}: {:?}", one.path, one.ended.took, one.ended);
        let known = ["granted", "killed", "claim.held", "remote.unreachable"];
        assert!(known.contains(&one.code().as_str()), "{}: {:?}", one.path, one.ended);
    }
    let granted = tried.iter().filter(|one| one.ended.code == Some(0));
    let granted: Vec<&Value> = granted.filter_map(|one| one.ended.answer.as_ref()).collect();
    assert!(granted.len() * 8 > tried.len(), "work goes on: {} of {}", granted.len(), tried.len());
    assert!(granted.iter().all(|answer| answer["guarantee"] == "remote" && answer["state"] == "held"));
}

/// Checks that a ledger has what was acknowledged, once, and that nobody holds what another holds.
fn check_ledger(clone: &Actor, tried: &[Tried]) {
    assert_eq!(clone.coord(&["verify", "--full"]).ok().json()["void"], 0);
    let mut added: BTreeMap<String, u32> = BTreeMap::new();
    for entry in clone.coord(&["log", "-n", "100000"]).ok().of_type("entry") {
        let changes = entry["changes"].as_array().unwrap().clone();
        for change in changes.iter().filter(|change| change["record"] == "claims" && change["op"] == "add") {
            *added.entry(text(&change["id"])).or_default() += 1;
        }
    }
    let live = clone.coord(&["status", "--all"]).ok().of_type("claim");
    let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for claim in live.iter().filter(|claim| claim["state"] == "held") {
        for path in claim["paths"].as_array().unwrap() {
            holders.entry(text(path)).or_default().push(text(&claim["holder"]));
        }
    }
    for one in tried.iter().filter(|one| one.ended.code == Some(0)) {
        let id = text(&one.ended.answer.as_ref().unwrap()["id"]);
        assert_eq!(added.get(&id), Some(&1), "{id} of {} was acknowledged: {:?}", one.path, one.ended);
        assert_eq!(holders.get(&one.path), Some(&vec![one.agent.clone()]), "{} was acknowledged", one.path);
    }
    let twice: Vec<_> = holders.iter().filter(|(_, holders)| holders.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    // What failed is not there unless nobody could tell.
    let refused = tried.iter().filter(|one| one.code() == "claim.held");
    let there: BTreeSet<_> =
        refused.filter(|one| holders.get(&one.path) == Some(&vec![one.agent.clone()])).map(|one| &one.path).collect();
    assert!(there.is_empty(), "{there:?} was refused to who holds it");
}
