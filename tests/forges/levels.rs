//! `doctor` says how far the rules are enforced, and what is to be told to a forge.

use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn level(somebody: &Actor) -> (String, String, String) {
    let told = somebody.coord(&["doctor"]).objects();
    let found = told.into_iter().find(|object| object["subject"] == "enforcement").unwrap();
    let mend = found["mend"].as_str().unwrap_or_default().to_owned();
    (text(&found["health"]), text(&found["message"]), mend)
}

#[test]
fn level_follows_from_what_is_there() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let alone = Sandbox::new();
    let (_, message, mend) = level(&alone.ledger());
    assert!(message.starts_with("L0: ") && mend.contains("hooks install --server"), "{message} {mend}");
    assert!(mend.contains("linear history") && mend.contains("force pushes"), "{mend}");
    let (_, message, _) = level(&sandbox.somebody(&hub.directory));
    assert!(message.starts_with("L2: ") && message.contains("goes round them"), "{message}");
    let (_, message, _) = level(&hub.maria);
    assert!(message.starts_with("L2, as far as is known here") && message.contains("L1, if"), "{message}");
}

/// The job is known by its file on the protected branch; what the forge was told, nobody sees from here.
#[test]
fn job_of_a_forge_makes_the_first_level() {
    let forge = Forge::new();
    let elsewhere = forge.approved("elsewhere", "docs/coord-gate.yml", "on: push\n");
    forge.move_to(MAIN, &forge.merge(&forge.tip(MAIN), &elsewhere.head));
    forge.record().ok();
    forge.maria.git(&["fetch", "-q", "origin"]);
    assert!(!level(&forge.maria).1.starts_with("L1"));
    let job = forge.approved("job", ".github/workflows/coord-gate.yml", "on: pull_request_target\n");
    forge.maria.git(&["fetch", "-q", "origin"]);
    assert!(!level(&forge.maria).1.starts_with("L1"), "it has not landed");
    forge.move_to(MAIN, &forge.merge(&forge.tip(MAIN), &job.head));
    forge.record().ok();
    forge.maria.git(&["fetch", "-q", "origin"]);
    let (health, message, mend) = level(&forge.maria);
    assert!(health == "advice" && message.starts_with("L1, if the forge requires"), "{message}");
    assert!(message.contains("found by `git coord audit`") && mend.contains("linear history"), "{message} {mend}");
}
