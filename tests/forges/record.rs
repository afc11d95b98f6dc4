//! What a forge landed is recorded by a job with the hub's key: once, and only what the gate lets through.

use std::fs;
use std::thread;

use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;
use crate::support::sandbox::text;

#[test]
fn merge_is_recorded_once() {
    let forge = Forge::new();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    let merged = forge.merge(&forge.tip(MAIN), &pull.head);
    forge.move_to(MAIN, &merged);
    forge.audit_finds(&["ref.state"]);
    let recorded = forge.record().ok().json();
    assert_eq!(
        (&recorded["new"], &recorded["landed"][0]["request"]),
        (&merged.as_str().into(), &pull.id.as_str().into())
    );
    forge.audit().ok();
    let ledger = forge.ledger();
    assert_eq!(forge.record().ok().json()["landed"].as_array().unwrap().len(), 0);
    assert_eq!(forge.ledger(), ledger);
    // The approval is spent: the same change does not land again.
    forge.maria.coord(&["sync"]).ok();
    let log = forge.maria.coord(&["log", "-n", "1"]).ok().json();
    assert!(text(&log["signer"]).starts_with("hub-"), "{log}");
    forge.refuses(&forge.evil(&merged, "src/b.rs"), "ref.not-forward");
}

#[test]
fn queue_is_recorded_request_by_request() {
    let forge = Forge::new();
    let first = forge.approved("first", "src/a.rs", "fn a() { 1 }\n");
    let second = forge.approved("second", "src/b.rs", "fn b() { 1 }\n");
    let squashed = forge.squash(&forge.tip(MAIN), &first.head);
    let queue = forge.rebase(&squashed, &second.head);
    forge.move_to(MAIN, &queue);
    let recorded = forge.record().ok().json();
    let landed: Vec<_> = recorded["landed"].as_array().unwrap().iter().map(|one| text(&one["request"])).collect();
    assert_eq!(landed, [first.id, second.id]);
    let audit = forge.audit().ok().json();
    assert_eq!(audit["landings"], 2);
}

#[test]
fn two_jobs_at_once_record_one_landing() {
    let forge = Forge::new();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    let tip = forge.squash(&forge.tip(MAIN), &pull.head);
    forge.move_to(MAIN, &tip);
    let jobs: Vec<_> = (0..4).map(|number| forge.job(&format!("racer-{number}"), &tip, &[])).collect();
    let key = forge.hub_key.to_str().unwrap();
    let record = ["gate", "--record", "--ref", "main", "--pin", &forge.pin, "--key", key];
    let counts: Vec<usize> = thread::scope(|scope| {
        let running: Vec<_> = jobs.iter().map(|job| scope.spawn(|| job.coord(&record))).collect();
        let told = running.into_iter().map(|job| job.join().unwrap().ok().json());
        told.map(|told| told["landed"].as_array().unwrap().len()).collect()
    });
    // Two that decide within one second make the very same entry, and both find it at the remote.
    assert!(counts.contains(&1), "{counts:?}");
    assert_eq!(forge.audit().ok().json()["landings"], 1);
}

#[test]
fn only_the_enrolled_hub_records() {
    let forge = Forge::new();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    let tip = forge.squash(&forge.tip(MAIN), &pull.head);
    forge.move_to(MAIN, &tip);
    let (job, ledger) = (forge.job("job", &tip, &[]), forge.ledger());
    let record = |key: &str| job.coord(&["gate", "--record", "--ref", "main", "--pin", &forge.pin, "--key", key]);
    let stranger = forge.sandbox.ssh_key("stranger", "");
    record(stranger.to_str().unwrap()).fails(1, "hub.missing");
    let alice = forge.sandbox.home.join(".local/share/git-coord/keys").join(&forge.alice.id);
    record(alice.to_str().unwrap()).fails(1, "hub.missing");
    let maria = forge.sandbox.home.join(".local/share/git-coord/keys").join(&forge.maria.id);
    record(maria.to_str().unwrap()).fails(1, "hub.missing");
    let empty = forge.sandbox.root.join("empty");
    fs::write(&empty, "").unwrap();
    record(empty.to_str().unwrap()).fails(5, "key.missing");
    let public = forge.sandbox.root.join("only.pub");
    fs::copy(forge.hub_key.with_extension("pub"), &public).unwrap();
    record(public.to_str().unwrap()).fails(5, "key.missing");
    job.coord(&["gate", "--record", "--ref", "main", "--pin", &forge.pin]).fails(2, "usage.argument");
    assert_eq!(forge.ledger(), ledger);
    record(forge.hub_key.to_str().unwrap()).ok();
    assert!(job.try_git(&["rev-parse", "--verify", "-q", "refs/heads/coord"]).code != 0);
    assert!(!job.has(".git/coord/verified") && !job.has(".git/coord/chain"), "a visitor keeps nothing");
}

#[test]
fn what_went_round_the_gate_is_not_recorded_until_it_is_approved() {
    let forge = Forge::new();
    let pull = forge.pull("topic", "src/a.rs", "fn a() { 1 }\n");
    let merged = forge.merge(&forge.tip(MAIN), &pull.head);
    forge.move_to(MAIN, &merged);
    let ledger = forge.ledger();
    assert_eq!(forge.record().exits(1).json()["allow"], false);
    assert_eq!(forge.ledger(), ledger);
    forge.audit_finds(&["ref.state"]);
    // What stands there can still be read and approved.
    forge.approve(&pull);
    forge.record().ok();
    forge.audit().ok();
}
