//! `join` in a clone that was told no remote: it finds the one that decides, or asks which.

use std::fs;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Joins, and expects that this remote decides from now on.
#[track_caller]
fn check_joins(hub: &Hub, clone: &Actor, remote: &str) {
    let joined = clone.coord(&["join", "maria"]).ok().json();
    assert_eq!(text(&joined["id"]), hub.maria.id);
    assert_eq!(clone.git(&["config", "coord.remote"]), remote);
    assert_eq!(clone.head(), hub.maria.head());
}

/// Expects a refusal that leaves the clone as it was. Returns its hint.
#[track_caller]
fn check_refused(clone: &Actor, exit: i32, code: &str) -> String {
    let before = (clone.read(".git/config"), clone.git(&["for-each-ref"]));
    let error = clone.coord(&["join", "maria"]).fails(exit, code);
    assert_eq!((clone.read(".git/config"), clone.git(&["for-each-ref"])), before);
    assert!(!clone.has(".git/coord/pin"), "nothing is trusted yet");
    text(&error["hints"][0])
}

#[test]
fn only_remote_of_a_clone_decides_whatever_its_name() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    check_joins(&hub, &hub.clone(&sandbox, "second"), "hub");
    // The ledger may be younger than the last fetch.
    let early = hub.clone(&sandbox, "early");
    early.git(&["update-ref", "-d", "refs/remotes/hub/coord"]);
    check_joins(&hub, &early, "hub");
}

#[test]
fn remote_without_a_ledger_is_named_and_the_hint_leads_on() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let empty = sandbox.empty_repository("empty");
    let clone = sandbox.empty_repository("second");
    let hint = check_refused(&clone, 5, "ledger.none");
    assert!(hint.contains("git coord init") && hint.contains("git remote add"), "{hint}");
    clone.git(&["remote", "add", "bare", empty.directory.to_str().unwrap()]);
    let hint = check_refused(&clone, 5, "ledger.none");
    assert!(hint.contains("--remote bare"), "{hint}");
    // The legal twin: the remote that has one.
    clone.git(&["remote", "set-url", "bare", hub.directory.to_str().unwrap()]);
    check_joins(&hub, &clone, "bare");
}

#[test]
fn one_of_several_remotes_is_chosen_by_its_ledger_or_by_its_user() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let empty = sandbox.empty_repository("empty");
    let clone = hub.clone(&sandbox, "second");
    clone.git(&["remote", "add", "fork", empty.directory.to_str().unwrap()]);
    clone.git(&["fetch", "-q", "--all"]);
    // A copy of the ledger is at another remote as well: which of them decides is not for us to guess.
    clone.git(&["push", "-q", "fork", "refs/remotes/hub/coord:refs/heads/coord"]);
    clone.git(&["fetch", "-q", "--all"]);
    let hint = check_refused(&clone, 2, "remote.several");
    assert!(hint.contains("--remote") && hint.contains("`fork`, `hub`"), "{hint}");
    // None was seen to have one.
    for remote in ["fork", "hub"] {
        clone.git(&["update-ref", "-d", &format!("refs/remotes/{remote}/coord")]);
    }
    check_refused(&clone, 2, "remote.several");
    // The legal twins: one had a ledger, or one is called origin, or one is named.
    clone.git(&["fetch", "-q", "hub"]);
    check_joins(&hub, &clone, "hub");
    let other = hub.clone(&sandbox, "third");
    other.git(&["remote", "add", "fork", empty.directory.to_str().unwrap()]);
    other.git(&["remote", "rename", "hub", "origin"]);
    other.git(&["update-ref", "-d", "refs/remotes/origin/coord"]);
    check_joins(&hub, &other, "origin");
    let named = hub.clone(&sandbox, "fourth");
    named.git(&["remote", "add", "fork", empty.directory.to_str().unwrap()]);
    named.git(&["fetch", "-q", "--all"]);
    named.coord(&["join", "maria", "--remote", "hub"]).ok();
    assert_eq!(fs::read_to_string(named.directory.join(".git/coord/pin")).unwrap().split(' ').count(), 2);
}
