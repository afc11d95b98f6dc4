//! `join` in a clone that was told no remote: it finds the one that decides, or asks which.

use std::fs;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

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

/// P3: what was not judged, because it is dated ahead of the clock, is neither remembered as verified nor followed.
#[test]
fn newcomer_trusts_no_more_than_it_has_judged() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    let (judged, clone) = (maria.head(), hub.clone(&sandbox, "second"));
    // A server without our hooks takes it.
    fs::remove_dir_all(hub.directory.join("hooks")).unwrap();
    maria.write(".coord/claims/c-22222222.toml", &super::raw::claim_text(&maria.id, "src/a.rs"));
    let date = (SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(600)).as_secs();
    let date = format!("{date} +0000");
    let early = maria.with_env("GIT_AUTHOR_DATE", &date).with_env("GIT_COMMITTER_DATE", &date);
    early.raw(&["add", "-A"]).ok();
    early.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Claim it too early"]).ok();
    let ahead = maria.git(&["rev-parse", "refs/heads/coord"]);
    assert_ne!(ahead, judged);
    maria.git(&["push", "-q", "--no-verify", "hub", "coord"]);
    clone.coord(&["join", "maria"]).ok();
    let verified = || clone.git(&["for-each-ref", "--format=%(objectname)", "refs/coord/remotes"]);
    assert_eq!((verified(), clone.head()), (judged.clone(), judged.clone()));
    // Whoever looks fetches it, and still does not count it.
    for looks in ["inbox", "sync"] {
        let told = clone.coord(&[looks]).ok().of_type("inbox");
        let is_told = told.iter().any(|item| item["kind"] == "ahead" && item["id"] == ahead.as_str());
        assert_eq!(is_told, looks == "inbox", "S4: whoever cannot write is told why: {told:?}");
        assert_eq!((verified(), clone.head()), (judged.clone(), judged.clone()), "{looks}");
    }
    // It may go away again, and nobody was lied to.
    sandbox.somebody(&hub.directory).git(&["update-ref", "refs/heads/coord", &judged]);
    clone.coord(&["sync"]).ok();
    // The twin: what is dated as it should be is followed, and is not to go away.
    let claim = clone.claim(&["docs/"]);
    let late = hub.clone(&sandbox, "third");
    late.coord(&["join", "maria"]).ok();
    assert_eq!(late.head(), clone.head(), "{claim}");
    sandbox.somebody(&hub.directory).git(&["update-ref", "refs/heads/coord", &judged]);
    late.coord(&["sync"]).fails(4, "ledger.fork");
}
