//! What those who look are told: how fresh it is, and how far a long verification is.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;

use git_coord::git::Program;
use git_coord::git::Repository;
use git_coord::ledger::CloneStore;
use git_coord::ledger::Ledger;
use git_coord::model::Timestamp;

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

/// LED-11, D12, with legal twin: there may be a veto at the remote by now.
#[test]
fn gate_decides_nothing_on_a_ledger_that_it_could_not_fetch() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let id = text(&request["id"]);
    maria.coord(&["approve", &id, "--delta", &text(&request["delta"])]).ok();
    let gates = [&["gate", "--ref", "main", "--base", "main", "--head", "HEAD"][..], &["gate", "explain", &id]];
    let away = sandbox.root.join("elsewhere.git");
    for gate in gates {
        assert_eq!(alice.coord(gate).ok().json()["allow"], true);
        fs::rename(&hub.directory, &away).unwrap();
        let told = alice.coord(gate).exits(5);
        let verdict = &told.of_type("verdict")[0];
        let codes: Vec<_> =
            verdict["rules"].as_array().unwrap().iter().filter_map(|rule| rule["code"].as_str()).collect();
        assert_eq!(codes, ["ledger.stale"], "{verdict}");
        assert_eq!(told.of_type("stale")[0]["code"], "remote.unreachable", "{told}");
        fs::rename(&away, &hub.directory).unwrap();
    }
    // What nobody protects is nobody's question, and where no remote decides nothing is older than what is here.
    fs::rename(&hub.directory, &away).unwrap();
    assert_eq!(alice.coord(&["inbox"]).ok().of_type("stale").len(), 1);
    assert!(
        alice
            .coord(&["gate", "--ref", "topic", "--base", "main", "--head", "HEAD"])
            .ok()
            .stdout
            .contains("allow\":true")
    );
    alice.git(&["config", "--unset", "coord.remote"]);
    assert_eq!(alice.coord(gates[0]).ok().json()["allow"], true);
}

#[test]
fn without_a_remote_nothing_is_missing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    assert_eq!(maria.coord(&["audit"]).ok().json()["fetched"], true);
    assert!(!maria.say(&["inbox"]).ok().stderr.contains("not fetched"));
}

/// Whoever waits for a long verification can be shown how far it is; nobody else is.
#[test]
fn verification_tells_how_far_it_is() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    for path in ["src/", "docs/", "tests/"] {
        maria.claim(&[path]);
    }
    let repository = Repository::open_git_dir(&maria.directory.join(".git")).unwrap();
    let told = Rc::new(RefCell::new(Vec::new()));
    let listener = Rc::clone(&told);
    let store = CloneStore::local(repository, Program::find().unwrap()).unwrap();
    let store = store.telling(Rc::new(move |done, total| listener.borrow_mut().push((done, total))));
    let ledger = Ledger::open_anew(store, Timestamp::MAX).unwrap();
    let total = usize::try_from(ledger.judged()).unwrap();
    assert!(total >= 3);
    assert_eq!(*told.borrow(), (0..=total).map(|done| (done, total)).collect::<Vec<_>>());
    fs::remove_file(maria.directory.join(".git/coord/chain")).unwrap();
    assert_eq!(maria.say(&["verify", "--full"]).ok().stderr, "", "there is no terminal to show it on");
}

/// Whoever only looks is told how old what is known of the remote is, and of `check` if that may mislead.
#[test]
fn age_of_what_is_known_is_told() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let there = hub.clone(&sandbox, "elsewhere");
    there.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    there.claim(&["lib/"]);
    let maria = &hub.maria;
    maria.write(".git/coord/fetched", "1000000000\n");
    let stale = maria.coord(&["check", "lib/main.rs"]).ok();
    assert!(stale.json()["fetched_s"].as_u64().unwrap() > 1_000_000, "{stale}");
    assert!(maria.say(&["check", "lib/main.rs"]).ok().stderr.contains("is not known here: git coord sync"));
    assert!(maria.say(&["status"]).ok().stdout.lines().next().unwrap().contains(", fetched "));
    maria.coord(&["sync"]).ok();
    let fresh = maria.coord(&["check", "lib/main.rs"]);
    assert!(fresh.json()["fetched_s"].as_u64().unwrap() < 60, "{fresh}");
    let said = maria.say(&["check", "docs/"]).ok().stderr;
    assert!(!said.contains("is not known here"), "{said}");
    // What is no time tells nothing, and neither does a ledger that has no remote.
    maria.write(".git/coord/fetched", "soon\n");
    assert!(maria.coord(&["check", "docs/"]).ok().json()["fetched_s"].is_null());
    let alone = Sandbox::new();
    assert!(alone.ledger().coord(&["check", "docs/"]).ok().json()["fetched_s"].is_null());
}
