//! Several remotes, and remotes that change their name or their address: one decides, and what was verified there stays.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns what `doctor` says of the remote.
#[track_caller]
fn told(actor: &Actor) -> (String, String) {
    let looked_at = actor.coord(&["doctor"]).objects();
    let found = looked_at.iter().find(|found| found["subject"] == "remote").unwrap();
    (text(&found["health"]), text(&found["message"]))
}

/// Lets the hub forget its last entry, behind everybody's back.
fn roll_back(sandbox: &Sandbox, hub: &Hub) {
    let server = sandbox.somebody(&hub.directory);
    server.git(&["-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/coord", "coord~1"]);
}

#[test]
fn renamed_remote_is_followed() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    maria.git(&["remote", "rename", "hub", "upstream"]);
    // Somebody else takes the old name, as who turns a fork into the origin does.
    let fork = sandbox.empty_repository("fork");
    fork.git(&["fetch", "-q", hub.directory.to_str().unwrap(), "coord:coord"]);
    let before = fork.head();
    maria.git(&["remote", "add", "hub", fork.directory.to_str().unwrap()]);
    assert_eq!(maria.claim(&["src/"])["guarantee"], "remote");
    let server = sandbox.somebody(&hub.directory);
    assert_eq!(server.git(&["rev-parse", "refs/heads/coord"]), maria.head());
    assert_eq!(fork.head(), before, "the one that has the name now does not decide");
    assert_eq!(
        told(maria),
        ("advice".to_owned(), "`hub`, where the ledger is decided, is called `upstream` now".to_owned())
    );
    maria.coord(&["sync"]).ok();
    assert_eq!(maria.git(&["config", "coord.remote"]), "upstream");
    assert_eq!(told(maria), ("good".to_owned(), "`upstream` decides".to_owned()));
    assert_eq!(maria.git(&["rev-parse", "refs/coord/remotes/upstream"]), maria.head());
    maria.git(&["remote", "rename", "upstream", "once.more"]);
    assert_eq!(maria.claim(&["docs/"])["guarantee"], "remote");
}

/// P3: a new name is no way to forget what was verified.
#[test]
fn renamed_remote_is_not_rolled_back_unnoticed() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    maria.claim(&["src/"]);
    maria.git(&["remote", "rename", "hub", "upstream"]);
    let head = maria.head();
    roll_back(&sandbox, &hub);
    for arguments in [&["sync"][..], &["sync", "--remote", "upstream"], &["claim", "docs/", "--intent", "x"]] {
        let error = maria.coord(arguments).fails(4, "ledger.fork");
        assert!(text(&error["message"]).contains("`upstream` went back"), "{error}");
    }
    assert_eq!(maria.head(), head);
    // The legal twin: it has again what was verified there.
    let server = sandbox.somebody(&hub.directory);
    server.git(&["-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/coord", &head]);
    maria.coord(&["sync"]).ok();
}

#[test]
fn removed_remote_is_named_and_the_hint_leads_on() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    maria.git(&["remote", "remove", "hub"]);
    let head = maria.head();
    maria.coord(&["status"]).ok();
    let error = maria.coord(&["claim", "src/", "--intent", "x"]).fails(5, "remote.unknown");
    assert!(text(&error["hints"][0]).contains("git remote add"), "{error}");
    assert_eq!(told(maria).0, "bad");
    maria.git(&["remote", "add", "again", hub.directory.to_str().unwrap()]);
    for arguments in [&["claim", "src/", "--intent", "x"][..], &["sync"]] {
        let error = maria.coord(arguments).fails(5, "remote.unknown");
        assert!(text(&error["hints"][0]).contains("git coord sync --remote <name>`: `again`"), "{error}");
    }
    assert_eq!(maria.head(), head);
    assert_eq!(maria.coord(&["inbox"]).ok().of_type("stale")[0]["code"], "remote.unknown");
    // The legal twin is what the hint says.
    maria.coord(&["sync", "--remote", "again"]).ok();
    assert_eq!(maria.claim(&["src/"])["guarantee"], "remote");
}

#[test]
fn address_of_a_remote_may_change_and_its_ledger_may_not() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let other = sandbox.repository("other").begin(&[]);
    maria.git(&["remote", "set-url", "hub", other.directory.to_str().unwrap()]);
    let head = maria.head();
    maria.coord(&["claim", "src/", "--intent", "x"]).fails(4, "ledger.fork");
    maria.coord(&["sync"]).fails(4, "ledger.fork");
    assert_eq!(maria.head(), head);
    let moved = sandbox.root.join("moved.git");
    std::fs::rename(&hub.directory, &moved).unwrap();
    maria.git(&["remote", "set-url", "hub", moved.to_str().unwrap()]);
    assert_eq!(maria.claim(&["src/"])["guarantee"], "remote");
    std::fs::rename(&moved, &hub.directory).unwrap();
}

/// The same ledger at two remotes: the one that was chosen decides, and the other is a copy until it is.
#[test]
fn one_of_two_remotes_decides() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let copy = sandbox.empty_repository("copy");
    maria.git(&["remote", "add", "copy", copy.directory.to_str().unwrap()]);
    maria.git(&["push", "-q", "copy", "coord"]);
    maria.claim(&["src/"]);
    assert_ne!(copy.head(), maria.head());
    maria.coord(&["sync", "--remote", "copy"]).ok();
    assert_eq!(copy.head(), maria.head());
    maria.claim(&["docs/"]);
    assert_eq!(copy.head(), maria.head(), "from now on it decides");
    // Once both have gone on, neither is given up for the other.
    let second = hub.clone(&sandbox, "second");
    second.coord(&["join", &maria.id]).ok();
    second.claim(&["lib/"]);
    let head = maria.head();
    maria.coord(&["sync", "--remote", "hub"]).fails(4, "ledger.fork");
    assert_eq!((maria.head(), maria.git(&["config", "coord.remote"])), (head, "copy".to_owned()));
    maria.claim(&["more/"]);
}

#[test]
fn ledger_may_live_elsewhere_than_the_code() {
    let sandbox = Sandbox::new();
    let (work, code, ledger) =
        (sandbox.repository("work"), sandbox.empty_repository("code"), sandbox.empty_repository("ledger"));
    for (name, other) in [("origin", &code), ("ledger", &ledger)] {
        work.git(&["remote", "add", name, other.directory.to_str().unwrap()]);
    }
    let maria = work.begin(&["--remote", "ledger"]);
    maria.git(&["push", "-q", "--no-verify", "origin", "main:trunk"]);
    assert_eq!(maria.claim(&["src/"])["guarantee"], "remote");
    assert_eq!(ledger.head(), maria.head());
    assert_eq!(code.try_git(&["rev-parse", "-q", "--verify", "refs/heads/coord"]).code, 1);
}
