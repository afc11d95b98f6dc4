//! A protected ref that nobody adopted takes no landing: with one, a landing whose record was lost would never be mended.

use std::fs;
use std::path::PathBuf;

use git_coord::rules::Code;
use serde_json::Value;

use crate::server::cast::PLAIN;
use crate::server::stage::Stage;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::world::Actor as WorldActor;

/// Returns a hub with `main`, and alice and bob, whom it knows.
fn company(sandbox: &Sandbox) -> (Hub, Actor, Actor) {
    let hub = sandbox.hub();
    let alice = hub.maria.agent("alice");
    let bob = hub.maria.enroll("bob", &["--role", "reviewer", "--vendor", "openai"]);
    (hub, alice, bob)
}

/// Makes a change of alice and asks to land it. Returns the request.
#[track_caller]
fn ask(alice: &Actor, content: &str) -> Value {
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", content);
    alice.commit("Change a");
    alice.coord(&["request"]).ok().json()
}

#[track_caller]
fn approve(bob: &Actor, request: &Value) {
    bob.git(&["fetch", "-q", "hub"]);
    bob.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
}

fn post_receive(hub: &Hub) -> PathBuf {
    hub.directory.join("hooks/post-receive")
}

#[test]
fn nothing_lands_on_a_branch_that_nobody_adopted() {
    let sandbox = Sandbox::new();
    let (hub, alice, bob) = company(&sandbox);
    let (there, before) = (sandbox.somebody(&hub.directory), hub.maria.git(&["rev-parse", "main"]));
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let said = alice.say(&["request"]).ok();
    assert!(said.stderr.contains("git coord land --adopt main"), "it is told as early as that: {said}");
    let request = alice.coord(&["status", "--all"]).ok().of_type("request").remove(0);
    approve(&bob, &request);
    let explained = bob.coord(&["gate", "explain", &text(&request["id"])]).exits(1);
    assert!(explained.stdout.contains("landed.missing"), "{explained}");
    let landed = hub.maria.coord(&["land", &text(&request["id"])]).exits(1);
    assert!(landed.stdout.contains("landed.missing"), "{landed}");
    let pushed = alice.try_git(&["push", "-q", "--no-verify", "hub", "HEAD:main"]).exits(1);
    assert!(pushed.stderr.contains("(landed.missing)"), "{pushed}");
    assert!(pushed.stderr.contains("git coord land --adopt"), "it says the next step: {pushed}");
    assert_eq!(there.git(&["rev-parse", "main"]), before);
    // The legal twin: adopted once, it takes what is approved.
    hub.maria.coord(&["land", "--adopt", "main"]).ok();
    alice.git(&["push", "-q", "hub", "HEAD:main"]);
    assert_ne!(there.git(&["rev-parse", "main"]), before);
    hub.maria.coord(&["audit"]).ok();
}

/// S25, and single use: what landed without a record is recorded by the next push, and its approvals are spent.
#[test]
fn first_landing_whose_record_was_lost_is_mended_and_used_up() {
    let sandbox = Sandbox::new();
    let (hub, alice, bob) = company(&sandbox);
    hub.maria.coord(&["land", "--adopt", "main"]).ok();
    let request = ask(&alice, "fn a() { 1 }\n");
    approve(&bob, &request);
    let (hook, away) = (post_receive(&hub), sandbox.root.join("away"));
    fs::rename(&hook, &away).unwrap();
    alice.git(&["push", "-q", "hub", "HEAD:main"]);
    fs::rename(&away, &hook).unwrap();
    let open = |actor: &Actor| {
        actor.coord(&["sync"]).ok();
        actor.coord(&["status", "--all"]).ok().of_type("request").iter().any(|open| open["id"] == request["id"])
    };
    assert!(open(&alice), "nobody has recorded it yet");
    // Whatever is pushed next finds it recorded.
    alice.git(&["push", "-q", "hub", "HEAD:refs/heads/topic"]);
    assert!(!open(&alice), "the request is used up");
    hub.maria.coord(&["audit"]).ok();
}

/// Where it takes two root members, one of whom has adopted `main`, the other adopts it as well.
#[test]
fn where_it_takes_two_root_members_both_adopt() {
    let nora = WorldActor::named("nora");
    let policy =
        PLAIN.replace("threshold = 1", "threshold = 2").replace("\"ROOT\"", &format!("\"ROOT\", \"{}\"", nora.id));
    let stage = Stage::with(&policy);
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.refused(&["x:main"], Code::LandedMissing);
    stage.sync();
    let found = stage.coord("maria", &["audit"]).exits(1);
    assert!(found.stdout.contains("1 of 2 root members adopted it"), "{found}");
    stage.coord("maria", &["land", "--adopt", "main"]).fails(1, "landed.mismatch");
    let waiting = |who| stage.coord(who, &["inbox"]).ok().stdout;
    assert!(waiting("nora").contains("git coord land --adopt main"), "{}", waiting("nora"));
    assert!(!waiting("maria").contains("--adopt"), "{}", waiting("maria"));
    let adopted = stage.coord("nora", &["land", "--adopt", "main"]).ok();
    assert_eq!(adopted.json()["adopted"], true, "{adopted}");
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
    // A new branch comes into being with the second word.
    stage.fetch();
    stage.git(&["branch", "release/1", "refs/remotes/hub/main"]);
    let first = stage.coord("maria", &["land", "--adopt", "release/1"]).ok();
    let said = first.json();
    assert!(said["adopted"] == false && said["members"] == 1 && said["threshold"] == 2, "{first}");
    let is_there = || !stage.at_hub(&["for-each-ref", "refs/heads/release/1"]).is_empty();
    assert!(!is_there());
    stage.refused(&["release/1"], Code::LandedMissing);
    stage.coord("nora", &["land", "--adopt", "release/1"]).ok();
    assert!(is_there());
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// Nobody is above the gate: a protected branch begins with what has landed, and a branch that is free lends no name to that.
#[test]
fn a_free_branch_launders_nothing_into_a_protected_one() {
    let stage = Stage::plain();
    stage.branch("evil");
    stage.write("src/a.rs", b"fn a() { hostile() }\n");
    stage.git(&["commit", "-q", "-a", "--no-gpg-sign", "-m", "Unsigned and unapproved"]);
    stage.git(&["branch", "release/1"]);
    stage.accepted(&["evil"]);
    let adopt = |name: &str| stage.coord("maria", &["land", "--adopt", name]);
    adopt("evil").fails(1, "landed.mismatch");
    assert!(adopt("release/1").stderr.contains("landed.missing"));
    stage.git(&["branch", "-f", "release/1", "refs/remotes/hub/main"]);
    adopt("release/1").ok();
    assert_eq!(stage.hub_tip("refs/heads/release/1"), stage.hub_tip("refs/heads/main"));
    stage.accepted(&[":evil"]);
    stage.coord("maria", &["audit"]).ok();
}

/// A branch that is older than the ledger is adopted with what it holds; audits tell of it, and who answers for that.
#[test]
fn what_is_taken_on_trust_is_told_by_every_audit() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.git(&["checkout", "-q", "-b", "release/1"]);
    maria.write("src/a.rs", "fn a() { other() }\n");
    let tip = maria.commit("Another");
    maria.git(&["branch", "release/2", "main"]);
    maria.coord(&["land", "--adopt", "main"]).ok();
    maria.coord(&["land", "--adopt", "release/2"]).ok();
    assert!(maria.coord(&["audit"]).exits(1).of_type("trusted").is_empty(), "release/2 had landed");
    maria.coord(&["land", "--adopt", "release/1"]).ok();
    let told = maria.coord(&["audit"]).ok().of_type("trusted");
    let found: Vec<_> = told.iter().map(|one| (text(&one["ref"]), text(&one["new"]))).collect();
    assert_eq!(found, [("refs/heads/release/1".to_owned(), tip)]);
    let height = maria.coord(&["status"]).ok().json()["height"].clone();
    assert_eq!(told[0]["height"], height);
    assert!(maria.say(&["audit"]).ok().stdout.contains("trusted: refs/heads/release/1 began at"));
}
