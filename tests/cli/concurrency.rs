//! Many processes at once: nothing is lost, and never do two hold the same.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

const WRITERS: usize = 16;

/// Returns a ledger in which nobody runs out of claims, with writers of its own.
fn ledger(sandbox: &Sandbox) -> (Actor, Vec<Actor>) {
    let roomy = |policy: &str| policy.replace("per-principal = 20", "per-principal = 2000");
    let maria = sandbox.repository("work").begin_under(roomy);
    let writers = (0..WRITERS).map(|index| {
        let enrolled = maria.coord(&["enroll", &format!("w{index}"), "--role", "builder"]).ok().json();
        let id = text(&enrolled["id"]);
        Actor { id: id.clone(), ..maria.with_env("GIT_COORD_AS", id) }
    });
    let writers = writers.collect();
    (maria, writers)
}

/// Returns all entries, the oldest first.
fn entries(actor: &Actor) -> Vec<Value> {
    let mut entries = actor.coord(&["log", "-n", "100000"]).ok().of_type("entry");
    entries.reverse();
    entries
}

/// Checks what must hold of every ledger that many wrote to.
fn check_sound(sandbox: &Sandbox, maria: &Actor) {
    let verified = maria.coord(&["verify", "--full"]).ok().json();
    assert_eq!(verified["void"], 0);
    let signers = sandbox.root.join("signers");
    std::fs::write(&signers, maria.say(&["principals", "--allowed-signers"]).ok().stdout).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    let good = maria.git(&["-c", &setting, "log", "--format=%G?", "coord"]);
    assert!(good.lines().all(|line| line == "G"), "stock git finds every signature good");
    assert_eq!(good.lines().count() as u64, verified["entries"].as_u64().unwrap());
    maria.git(&["fsck", "--strict", "--no-dangling"]);
    maria.assert_clean();
}

/// Replays which claims on one path are live, entry by entry. Returns the tokens in the order in which they were granted.
fn check_one_holder_at_every_height(entries: &[Value]) -> Vec<u64> {
    let (mut live, mut tokens) = (BTreeSet::new(), Vec::new());
    for entry in entries {
        // A release and the next grant may be one entry.
        let mut changes: Vec<_> = entry["changes"].as_array().unwrap().iter().collect();
        changes.sort_by_key(|change| change["op"] == "add");
        for change in changes.iter().filter(|change| change["record"] == "claims") {
            let id = text(&change["id"]);
            match change["op"].as_str().unwrap() {
                "add" => {
                    assert!(live.is_empty(), "{id} is granted while {live:?} is held, at {}", entry["height"]);
                    live.insert(id);
                    tokens.push(entry["height"].as_u64().unwrap());
                }
                "remove" => assert!(live.remove(&id), "{id} ends twice"),
                _ => {}
            }
        }
    }
    assert!(tokens.is_sorted_by(|one, next| one < next), "{tokens:?}");
    tokens
}

#[test]
fn disjoint_claims_are_all_granted() {
    const EACH: usize = 25;
    let sandbox = Sandbox::new();
    let (maria, writers) = ledger(&sandbox);
    let done = AtomicBool::new(false);
    let (granted, by_hand) = thread::scope(|scope| {
        let claiming: Vec<_> = writers
            .iter()
            .enumerate()
            .map(|(index, writer)| {
                scope.spawn(move || {
                    let paths = (0..EACH).map(|number| format!("part-{index}/file-{number}"));
                    paths.map(|path| writer.claim(&[&path])).collect::<Vec<_>>()
                })
            })
            .collect();
        let by_hand = scope.spawn(|| write_by_hand(&maria, &done));
        let granted: Vec<Value> = claiming.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        (granted, by_hand.join().unwrap())
    });
    assert!(granted.iter().all(|claim| claim["state"] == "held"));
    let promised: BTreeSet<String> = granted.iter().map(|claim| text(&claim["id"])).chain(by_hand).collect();
    let added: BTreeSet<String> = entries(&maria)
        .iter()
        .flat_map(|entry| entry["changes"].as_array().unwrap())
        .filter(|change| change["record"] == "claims")
        .map(|change| text(&change["id"]))
        .collect();
    assert_eq!(granted.len(), WRITERS * EACH);
    assert_eq!(promised, added, "what was promised is what is there");
    let live = maria.coord(&["status", "--all"]).ok().of_type("claim");
    assert_eq!(live.len(), promised.len());
    let tokens: BTreeMap<u64, String> =
        granted.iter().map(|claim| (claim["token"].as_u64().unwrap(), text(&claim["id"]))).collect();
    assert_eq!(tokens.len(), granted.len(), "no token is given twice");
    check_sound(&sandbox, &maria);
}

/// Claims with a text editor and stock git, again and again. Returns the ids; in the end all of them are committed.
fn write_by_hand(maria: &Actor, done: &AtomicBool) -> Vec<String> {
    let mut written = Vec::new();
    let mut is_last = false;
    while !is_last {
        is_last = done.load(Ordering::Relaxed);
        let id = format!("c-{}", 10_000_000 + written.len());
        let file = format!("claims/{id}.toml");
        let path = format!("by-hand/{id}");
        // Git gives up at once when somebody else has its lock or was faster; a person calls it again.
        while maria.raw(&["add", &file]).code != 0 {
            maria.write(&format!(".coord/{file}"), &claim_text(&maria.id, &path));
        }
        written.push(id);
        let committed = (0..2).any(|_| maria.raw(&["commit", "-q", "-S", "-m", "By hand"]).code == 0);
        if is_last && !committed {
            maria.raw(&["commit", "-q", "-S", "-m", "By hand, at rest"]).ok();
        }
    }
    written
}

/// LEASE-1
#[test]
fn one_of_many_gets_the_path() {
    let sandbox = Sandbox::new();
    let (maria, writers) = ledger(&sandbox);
    let answers: Vec<Ran> = thread::scope(|scope| {
        let race = |writer| scope.spawn(move || Actor::coord(writer, &["claim", "hot", "--intent", "Race"]));
        let racing: Vec<_> = writers.iter().map(race).collect();
        racing.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|ran| ran.code == 0);
    assert_eq!((won.len(), lost.len()), (1, WRITERS - 1));
    let winner = won[0].json();
    for ran in lost {
        let error = ran.fails(3, "claim.held");
        assert_eq!(
            (&error["holders"][0]["holder"], &error["holders"][0]["token"]),
            (&winner["holder"], &winner["token"])
        );
    }
    check_one_holder_at_every_height(&entries(&maria));
    check_sound(&sandbox, &maria);
}

#[test]
fn racers_hold_one_after_the_other() {
    const ROUNDS: usize = 4;
    let sandbox = Sandbox::new();
    let (maria, writers) = ledger(&sandbox);
    let granted: Vec<u64> = thread::scope(|scope| {
        let race = |writer| {
            scope.spawn(move || {
                let mut tokens = Vec::new();
                for _ in 0..ROUNDS {
                    let ran = Actor::coord(writer, &["claim", "hot", "--intent", "Race"]);
                    if ran.code == 3 {
                        ran.fails(3, "claim.held");
                        continue;
                    }
                    let claim = ran.ok().json();
                    tokens.push(claim["token"].as_u64().unwrap());
                    writer.coord(&["release", &text(&claim["id"])]).ok();
                }
                tokens
            })
        };
        let racing: Vec<_> = writers.iter().map(race).collect();
        racing.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let in_order: BTreeSet<u64> = granted.iter().copied().collect();
    let replayed = check_one_holder_at_every_height(&entries(&maria));
    assert_eq!(in_order.into_iter().collect::<Vec<_>>(), replayed, "every token that was told is in the ledger");
    check_sound(&sandbox, &maria);
}

#[test]
fn queue_of_many_is_served_once_each() {
    let sandbox = Sandbox::new();
    let (maria, writers) = ledger(&sandbox);
    let writers = &writers[..8];
    thread::scope(|scope| {
        for writer in writers {
            scope.spawn(move || {
                let claim = writer.coord(&["claim", "hot", "--intent", "In line", "--wait", "100s"]).ok().json();
                assert_eq!(claim["state"], "held");
                writer.coord(&["release", &text(&claim["id"])]).ok();
            });
        }
    });
    let entries = entries(&maria);
    let count = |op: &str| {
        let changes = entries.iter().flat_map(|entry| entry["changes"].as_array().unwrap());
        changes.filter(|change| change["record"] == "claims" && change["op"] == op).count()
    };
    assert_eq!((count("add"), count("remove")), (writers.len(), writers.len()));
    check_sound(&sandbox, &maria);
}
