//! A remote is chosen only if it answers: a refused command leaves configuration and keys as they were.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns every file below a directory with what is in it.
fn files_below(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let Ok(entries) = fs::read_dir(directory) else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// Returns the configuration of a clone, and all that its user's home has.
fn kept(sandbox: &Sandbox, actor: &Actor) -> (String, BTreeMap<PathBuf, Vec<u8>>) {
    (actor.read(".git/config"), files_below(&sandbox.home))
}

/// Runs a command with a remote that is unknown, one that is not there, and one that is no repository, and expects that
/// nothing changes.
#[track_caller]
fn check_refused(sandbox: &Sandbox, actor: &Actor, arguments: &[&str]) {
    actor.git(&["remote", "add", "gone", sandbox.root.join("gone.git").to_str().unwrap()]);
    let before = kept(sandbox, actor);
    let error = actor.coord(&[arguments, &["--remote", "typo"]].concat()).fails(2, "usage.not-found");
    assert!(text(&error["hints"][0]).contains("`gone`"), "it says which there are: {error}");
    assert_eq!(kept(sandbox, actor), before);
    actor.coord(&[arguments, &["--remote", "gone"]].concat()).fails(5, "remote.unreachable");
    let nowhere = sandbox.home.display().to_string();
    actor.coord(&[arguments, &["--remote", &nowhere]].concat()).fails(5, "remote.unreachable");
    assert_eq!(kept(sandbox, actor), before);
}

#[test]
fn sync_writes_down_no_remote_that_does_not_answer() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    check_refused(&sandbox, &maria, &["sync"]);
    maria.claim(&["src/"]);
    // The legal twin, by name and by address.
    let hub = sandbox.empty_repository("hub");
    let address = hub.directory.to_str().unwrap();
    maria.git(&["remote", "add", "hub", address]);
    for chosen in ["hub", address] {
        maria.coord(&["sync", "--remote", chosen]).ok();
        assert_eq!(maria.git(&["config", "coord.remote"]), chosen);
        assert_eq!(hub.head(), maria.head());
        assert_eq!(maria.claim(&[&format!("of-{}", chosen.len())])["guarantee"], "remote");
    }
}

#[test]
fn another_ledger_is_not_chosen() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let other = sandbox.repository("other").begin(&[]);
    maria.git(&["remote", "add", "other", other.directory.to_str().unwrap()]);
    let before = (kept(&sandbox, &maria), maria.head());
    maria.coord(&["sync", "--remote", "other"]).fails(4, "ledger.fork");
    maria.coord(&["join", &maria.id, "--remote", "other"]).fails(4, "ledger.root");
    assert_eq!((kept(&sandbox, &maria), maria.head()), before);
    maria.claim(&["src/"]);
}

#[test]
fn init_leaves_neither_remote_nor_key_behind() {
    let sandbox = Sandbox::new();
    let work = sandbox.repository("work");
    check_refused(&sandbox, &work, &["init", "--name", "maria"]);
    // One that answers and takes nothing.
    let closed = sandbox.empty_repository("closed");
    sandbox.script("closed/.git/hooks/pre-receive", "#!/bin/sh\nexit 1\n");
    work.git(&["remote", "add", "closed", closed.directory.to_str().unwrap()]);
    let before = kept(&sandbox, &work);
    work.coord(&["init", "--name", "maria", "--remote", "closed"]).fails(1, "push.refused");
    assert_eq!(kept(&sandbox, &work), before);
    // One with a ledger already.
    let taken = sandbox.repository("taken").begin(&[]);
    work.git(&["remote", "add", "taken", taken.directory.to_str().unwrap()]);
    let before = kept(&sandbox, &work);
    work.coord(&["init", "--name", "maria", "--remote", "taken"]).fails(1, "ledger.exists");
    assert_eq!(kept(&sandbox, &work), before);
    // The legal twins: without a remote, and with one that takes it.
    work.begin(&[]).claim(&["src/"]);
    let open = sandbox.empty_repository("open");
    let second = sandbox.repository("second");
    second.git(&["remote", "add", "open", open.directory.to_str().unwrap()]);
    let second = second.begin(&["--remote", "open"]);
    assert_eq!(second.git(&["config", "coord.remote"]), "open");
    assert_eq!(open.head(), second.head());
}

#[test]
fn join_writes_down_no_remote_that_does_not_answer() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    check_refused(&sandbox, &hub.maria, &["join", &hub.maria.id]);
    let fresh = hub.clone(&sandbox, "fresh");
    check_refused(&sandbox, &fresh, &["join", &hub.maria.id]);
    // What a clone was made from is chosen without being named, and asked all the same.
    let lost = hub.clone(&sandbox, "lost");
    lost.git(&["remote", "rename", "hub", "origin"]);
    lost.git(&["remote", "set-url", "origin", sandbox.root.join("gone.git").to_str().unwrap()]);
    let before = kept(&sandbox, &lost);
    lost.coord(&["join", &hub.maria.id]).fails(5, "remote.unreachable");
    assert_eq!(kept(&sandbox, &lost), before);
    // The legal twins.
    fresh.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    assert_eq!(fresh.git(&["config", "coord.remote"]), "hub");
    lost.git(&["remote", "set-url", "origin", hub.directory.to_str().unwrap()]);
    lost.coord(&["join", &hub.maria.id]).ok();
    assert_eq!(lost.git(&["config", "coord.remote"]), "origin");
}

#[test]
fn refused_enrolment_leaves_no_key_behind() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let before = files_below(&sandbox.home);
    let refused = alice.coord(&["enroll", "bob", "--role", "builder"]);
    assert_eq!(refused.code, 1, "{refused}");
    assert_eq!(files_below(&sandbox.home), before);
    maria.agent("bob").claim(&["src/"]);
    assert!(files_below(&sandbox.home).len() > before.len());
}

/// Whoever begins a ledger beside a remote is told that it decides nothing yet, and the command that changes that does.
#[test]
fn remote_that_was_passed_over_is_named() {
    let sandbox = Sandbox::new();
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "hub.git"]);
    let work = sandbox.repository("work");
    work.git(&["remote", "add", "hub", sandbox.root.join("hub.git").to_str().unwrap()]);
    let begun = work.say(&["init", "--name", "maria"]).ok();
    let hint = begun.stderr.lines().find_map(|line| line.split_once(": git coord ").map(|(_, words)| words)).unwrap();
    assert_eq!(hint, "sync --remote hub", "{begun}");
    work.coord(&hint.split(' ').collect::<Vec<_>>()).ok();
    assert_eq!(work.coord(&["status"]).ok().json()["guarantee"], "remote");
    // Where there is none nothing is said.
    let alone = sandbox.repository("alone").say(&["init", "--name", "maria"]).ok();
    assert!(!alone.stderr.contains("--remote"), "{alone}");
}
