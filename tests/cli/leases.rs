//! What becomes of a claim: renewed, released, queued for, waited for, handed over.

use std::process::Stdio;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

fn three(sandbox: &Sandbox) -> [Actor; 3] {
    let maria = sandbox.ledger();
    ["alice", "bob", "carol"].map(|name| maria.agent(name))
}

fn id(claim: &serde_json::Value) -> String {
    text(&claim["id"])
}

fn claims(actor: &Actor) -> Vec<serde_json::Value> {
    actor.coord(&["status"]).ok().of_type("claim")
}

#[test]
fn renewal_extends_ones_own_claims_only() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    let claim = alice.claim(&["src/"]);
    let height = |actor: &Actor| actor.coord(&["status"]).ok().json()["height"].as_u64().unwrap();
    alice.claim(&["docs/"]);
    let before = height(&alice);
    let renewed = alice.coord(&["renew", "--ttl", "2h"]).ok().objects();
    assert_eq!(renewed.len(), 2, "all of one's claims");
    assert_eq!(height(&alice), before + 1, "in one entry");
    assert_eq!(renewed.iter().filter(|lease| lease["token"] == claim["token"]).count(), 1, "the token stays");
    assert!(text(&renewed[0]["expires"]) > text(&claim["expires"]));
    let one = alice.coord(&["renew", "src/a.rs", "--ttl", "3h"]).ok().objects();
    assert_eq!((one.len(), &one[0]["id"]), (1, &claim["id"]), "named by a path that it covers");
    let refused = bob.coord(&["renew", &id(&claim)]);
    assert!([1, 3].contains(&refused.code), "{refused}");
    bob.coord(&["renew", "c-zzzzzzzz"]).exits(2);
    alice.coord(&["release", &id(&claim)]).ok();
    let lost = alice.coord(&["renew", &id(&claim)]);
    lost.fails(3, "claim.fenced");
}

#[test]
fn release_is_the_holders() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    let claim = alice.claim(&["src/"]);
    bob.coord(&["release", &id(&claim)]).fails(1, "record.owner");
    let done = alice.coord(&["release", "src/a.rs"]).ok().json();
    for field in ["type", "v", "id", "height"] {
        assert!(done.get(field).is_some(), "{field}: {done}");
    }
    assert!(claims(&alice).is_empty());
    alice.coord(&["release", &id(&claim)]).fails(3, "claim.fenced");
    let later = bob.claim(&["src/"]);
    assert!(later["token"].as_u64() > claim["token"].as_u64(), "tokens increase");
    alice.claim(&["docs/"]);
    alice.claim(&["tests/"]);
    alice.coord(&["release", "--all"]).ok();
    assert_eq!(claims(&alice).len(), 1, "only bob's is left");
    alice.coord(&["release"]).exits(2);
}

#[test]
fn claim_of_somebody_else_is_revoked_with_the_right_only() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let [alice, bob] = ["alice", "bob"].map(|name| maria.agent(name));
    let claim = alice.claim(&["src/"]);
    bob.coord(&["revoke", &id(&claim)]).fails(1, "record.owner");
    assert_eq!(claims(&alice).len(), 1);
    let done = maria.coord(&["revoke", &id(&claim)]).ok().json();
    assert_eq!(done["type"], "done");
    assert!(claims(&alice).is_empty());
    alice.coord(&["renew", &id(&claim)]).fails(3, "claim.fenced");
    maria.coord(&["revoke", &id(&claim)]).exits(2);
    bob.claim(&["src/"]);
}

#[test]
fn released_work_is_in_flight_until_it_lands() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    let claim = alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    alice.coord(&["release", &id(&claim), "--branch", "alice", "--note", "Needs a review"]).ok();
    let next = bob.claim(&["src/"]);
    let flight = &next["in_flight"][0];
    assert_eq!((&flight["claim"], &flight["holder"]), (&claim["id"], &alice.id.as_str().into()), "{next}");
    assert!(text(&flight["place"]).contains("alice"));
    assert_eq!(flight["note"], "Needs a review");
    assert_eq!(bob.coord(&["status"]).ok().of_type("in_flight").len(), 1);
    let elsewhere = bob.claim(&["docs/"]);
    assert_eq!(elsewhere["in_flight"], serde_json::json!([]));
    let main = bob.at("../work");
    main.git(&["merge", "-q", "--no-verify", "alice"]);
    assert_eq!(bob.coord(&["status"]).ok().of_type("in_flight").len(), 0, "it has landed");
    bob.coord(&["release", &id(&next)]).ok();
    assert_eq!(bob.claim(&["src/"])["in_flight"], serde_json::json!([]));
}

#[test]
fn in_flight_ends_with_its_branch() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    alice.git(&["branch", "side"]);
    alice.git(&["checkout", "-q", "side"]);
    let claim = alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    alice.coord(&["release", &id(&claim), "--branch", "side"]).ok();
    assert_eq!(bob.coord(&["status"]).ok().of_type("in_flight").len(), 1);
    alice.git(&["checkout", "-q", "alice"]);
    alice.git(&["branch", "-q", "-D", "side"]);
    assert_eq!(bob.coord(&["status"]).ok().of_type("in_flight").len(), 0);
}

#[test]
fn queue_is_served_in_order() {
    let sandbox = Sandbox::new();
    let [alice, bob, carol] = three(&sandbox);
    let first = alice.claim(&["src/"]);
    let second = bob.coord(&["claim", "src/a.rs", "--intent", "x", "--queue"]).ok().json();
    assert_eq!((&second["state"], &second["token"]), (&"queued".into(), &serde_json::Value::Null));
    let third = carol.coord(&["claim", "src/", "--intent", "x", "--queue"]).ok().json();
    bob.coord(&["check", "src/a.rs"]).exits(3);
    carol.coord(&["claim", "src/b.rs", "--intent", "No pushing in"]).fails(3, "claim.held");
    let state = |claim: &serde_json::Value| {
        let found = claims(&alice).into_iter().find(|other| other["id"] == claim["id"]).unwrap();
        (text(&found["state"]), found["token"].as_u64())
    };
    alice.coord(&["release", &id(&first)]).ok();
    let (held, token) = state(&second);
    assert_eq!(held, "held", "without any further entry");
    assert_eq!(state(&third).0, "queued");
    bob.coord(&["check", "src/a.rs"]).exits(0);
    bob.coord(&["release", &id(&second)]).ok();
    let (held, later) = state(&third);
    assert_eq!(held, "held");
    assert!(first["token"].as_u64() < token && token < later, "tokens increase: {first} {token:?} {later:?}");
    let free = carol.coord(&["claim", "docs/", "--intent", "x", "--queue"]).ok().json();
    assert_eq!(free["state"], "held", "nobody in the way, nothing to wait for");
}

#[test]
fn waiting_ends_when_the_holder_releases() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    let first = alice.claim(&["src/"]);
    let mut command = bob.command("git-coord");
    command.args(["--json", "claim", "src/", "--intent", "x", "--wait", "60s"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let waiting = command.spawn().unwrap();
    wait_for("queued claim", || claims(&alice).iter().any(|claim| claim["state"] == "queued").then_some(()));
    alice.coord(&["release", &id(&first)]).ok();
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let claim: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&claim["state"], &claim["holder"]), (&"held".into(), &bob.id.as_str().into()));
}

#[test]
fn waiting_for_ones_own_place_in_the_queue_is_waiting() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    let first = alice.claim(&["src/"]);
    let queued = bob.coord(&["claim", "src/", "--intent", "x", "--queue"]).ok().json();
    bob.coord(&["claim", "src/", "--intent", "x"]).fails(3, "claim.held");
    bob.coord(&["claim", "src/", "--intent", "x", "--wait", "1s"]).fails(3, "claim.waiting");
    alice.coord(&["release", &id(&first)]).ok();
    let held = bob.coord(&["claim", "src/", "--intent", "x", "--wait", "1s"]).ok().json();
    assert_eq!((&held["id"], &held["state"]), (&queued["id"], &"held".into()));
}

#[test]
fn waiting_has_an_end() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    alice.claim(&["src/"]);
    bob.coord(&["claim", "src/", "--intent", "x", "--wait", "1s"]).fails(3, "claim.waiting");
    let queued: Vec<_> = claims(&bob).into_iter().filter(|claim| claim["state"] == "queued").collect();
    assert_eq!(queued.len(), 1, "it stays in the queue");
    assert_eq!(bob.coord(&["claim", "src/", "--intent", "x", "--queue"]).ok().json()["id"], queued[0]["id"]);
}

#[test]
fn nobody_waits_in_a_circle() {
    let sandbox = Sandbox::new();
    let [alice, bob, carol] = three(&sandbox);
    alice.claim(&["a/"]);
    bob.claim(&["b/"]);
    carol.claim(&["c/"]);
    alice.coord(&["claim", "b/", "--intent", "x", "--queue"]).ok();
    bob.coord(&["claim", "c/", "--intent", "x", "--queue"]).ok();
    carol.coord(&["claim", "a/", "--intent", "x", "--queue"]).fails(3, "claim.deadlock");
    carol.coord(&["release", "--all"]).ok();
    carol.coord(&["claim", "a/", "--intent", "x", "--queue"]).ok();
}

#[test]
fn handoff_needs_giver_and_receiver() {
    let sandbox = Sandbox::new();
    let [alice, bob, carol] = three(&sandbox);
    let claim = alice.claim(&["src/"]);
    bob.coord(&["handoff", &id(&claim), "--accept"]).fails(1, "record.owner");
    bob.coord(&["handoff", &id(&claim), "--to", "carol"]).fails(1, "record.owner");
    alice.coord(&["handoff", &id(&claim), "--to", "nobody"]).fails(2, "identity.unknown");
    let offered = alice.coord(&["handoff", "src/a.rs", "--to", "bob"]).ok().json();
    assert_eq!((&offered["id"], &offered["offered_to"]), (&claim["id"], &bob.id.as_str().into()));
    let waiting = bob.coord(&["inbox"]).ok().objects();
    assert!(waiting.iter().any(|item| item.to_string().contains(&id(&claim))), "{waiting:?}");
    carol.coord(&["handoff", &id(&claim), "--accept"]).fails(1, "record.owner");
    alice.coord(&["check", "src/a.rs"]).exits(0);
    let taken = bob.coord(&["handoff", &id(&claim), "--accept"]).ok().json();
    assert_eq!((&taken["holder"], &taken["state"]), (&bob.id.as_str().into(), &"held".into()));
    assert!(taken["token"].as_u64() > claim["token"].as_u64(), "a new token");
    assert_ne!(taken["id"], claim["id"]);
    alice.coord(&["check", "src/a.rs"]).exits(3);
    alice.coord(&["renew", &id(&claim)]).fails(3, "claim.fenced");
    assert!(bob.coord(&["inbox"]).ok().objects().iter().all(|item| !item.to_string().contains(&id(&claim))));
}

#[test]
fn inbox_shows_what_waits_for_one() {
    let sandbox = Sandbox::new();
    let [alice, bob, _] = three(&sandbox);
    let maria = bob.at("../work");
    assert!(alice.coord(&["inbox"]).ok().objects().is_empty());
    let claim = alice.claim(&["src/"]);
    bob.coord(&["claim", "src/", "--intent", "Me too", "--queue"]).ok();
    let awaited = alice.coord(&["inbox"]).ok().json();
    assert_eq!((&awaited["kind"], &awaited["id"]), (&"awaited".into(), &claim["id"]));
    assert!(text(&awaited["next"]).starts_with("git coord release "), "{awaited}");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let for_maria = maria.coord(&["inbox"]).ok().objects();
    assert!(for_maria.iter().any(|item| item.to_string().contains(&id(&request))), "{for_maria:?}");
    maria.coord(&["approve", &id(&request), "--delta", &text(&request["delta"])]).ok();
    // It is answered, and alice may not land it.
    let after = maria.coord(&["inbox"]).ok().objects();
    let left = after.iter().filter(|item| item.to_string().contains(&id(&request)));
    assert!(left.map(|item| &item["kind"]).eq(["land"]), "{after:?}");
}

#[test]
fn renewal_is_written_where_it_is_worth_an_entry() {
    let sandbox = Sandbox::new();
    let [alice, _, maria] = three(&sandbox);
    let claim = |path: &str, ttl: &str| id(&alice.coord(&["claim", path, "--intent", "x", "--ttl", ttl]).ok().json());
    let (late, early, long) = (claim("late/", "20m"), claim("early/", "10m"), claim("long/", "2h"));
    let extended = |arguments: &[&str]| -> Vec<String> {
        let told = alice.coord(&[&["renew"], arguments].concat()).ok().objects();
        told.iter().filter(|lease| lease["extended"] == true).map(id).collect()
    };
    let head = maria.head();
    assert!(extended(&[&late]).is_empty() && extended(&[&late, &long]).is_empty());
    let said = alice.say(&["renew", &late]).ok();
    assert!(said.stderr.contains("nothing to write"), "{said}");
    assert_eq!(maria.head(), head);
    // Whatever else would end later goes along; what was taken for longer stays so.
    let mut both = [late.clone(), early.clone()];
    both.sort();
    let mut found = extended(&[]);
    found.sort();
    assert_eq!(found, both);
    assert!(extended(&[]).is_empty());
    assert_eq!(extended(&["--ttl", "31m", &late]).concat(), late, "a time that is named is written");
    alice.coord(&["release", &late]).ok();
    alice.coord(&["renew", &late]).fails(3, "claim.fenced");
}
