//! A protected ref that nobody adopted takes no landing: with one, a landing whose record was lost would never be mended.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

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
