//! The verbs that only look: they fetch first, and say so when they could not.

use std::fs;

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn audit_is_of_what_the_remote_has_or_says_that_it_is_not() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let other = hub.clone(&sandbox, "other");
    other.coord(&["join", &maria.id, "--remote", "hub"]).ok();
    let alice = maria.agent("alice");
    maria.coord(&["land", "--adopt", "main"]).ok();
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    maria.coord(&["land", &text(&request["id"])]).ok();

    let seen = other.coord(&["audit"]).ok().json();
    assert_eq!(
        (&seen["landings"], &seen["problems"], &seen["fetched"]),
        (&1.into(), &0.into(), &true.into()),
        "{seen}"
    );
    assert!(!other.say(&["audit"]).ok().stderr.contains("not fetched"));

    fs::rename(&hub.directory, sandbox.root.join("elsewhere.git")).unwrap();
    let seen = other.coord(&["audit"]).ok().json();
    assert_eq!((&seen["landings"], &seen["fetched"]), (&1.into(), &false.into()), "{seen}");
    for verb in [&["audit"][..], &["audit", "README.md:1"], &["inbox"]] {
        let said = other.say(verb).ok();
        assert!(said.stderr.contains("not fetched"), "{verb:?}: {said}");
    }
}

#[test]
fn without_a_remote_nothing_is_missing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    assert_eq!(maria.coord(&["audit"]).ok().json()["fetched"], true);
    assert!(!maria.say(&["inbox"]).ok().stderr.contains("not fetched"));
}
