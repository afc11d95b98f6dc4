//! Clones that leave something out: they hold the whole ledger, or say what to run.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns a clone of a hub with an older commit, made with these options.
fn cloned(sandbox: &Sandbox, hub: &Hub, name: &str, options: &[&str]) -> Actor {
    let from = format!("file://{}", hub.directory.display());
    sandbox.somebody(&hub.directory).git(&["config", "uploadpack.allowFilter", "true"]);
    let call = [&["clone", "-q", "-o", "hub"], options, &[&from, name]].concat();
    sandbox.somebody(&sandbox.root).git(&call);
    sandbox.somebody(&sandbox.root.join(name))
}

/// Joins, acts, and judges everything anew.
#[track_caller]
fn check_works(hub: &Hub, clone: &Actor) {
    clone.coord(&["join", &hub.maria.id]).ok();
    let claim = clone.claim(&["src/"]);
    assert_eq!(claim["guarantee"], "remote");
    clone.coord(&["release", &text(&claim["id"])]).ok();
    let verified = clone.coord(&["verify", "--full"]).ok().json();
    assert_eq!(verified["void"], 0);
    assert_eq!(clone.head(), sandbox_head(hub, clone));
}

fn sandbox_head(hub: &Hub, clone: &Actor) -> String {
    clone.git(&["--git-dir", hub.directory.to_str().unwrap(), "rev-parse", "refs/heads/coord"])
}

/// Returns how many objects below all refs are not here.
fn left_out(clone: &Actor, tip: &str) -> usize {
    let listed = clone.git(&["rev-list", "--objects", "--missing=print", tip]);
    listed.lines().filter(|line| line.starts_with('?')).count()
}

#[test]
fn clone_of_the_code_alone_has_the_whole_ledger() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    hub.maria.write("src/a.rs", "fn a() { 1 }\n");
    hub.maria.commit("Change a");
    hub.maria.git(&["push", "-q", "--no-verify", "hub", "HEAD:refs/heads/side"]);
    let deep = cloned(&sandbox, &hub, "deep", &["--depth", "1", "--branch", "side"]);
    check_works(&hub, &deep);
    assert_eq!(deep.git(&["rev-list", "--count", "HEAD"]), "1", "the code is as shallow as it was");
    check_works(&hub, &cloned(&sandbox, &hub, "single", &["--single-branch"]));
    check_works(&hub, &cloned(&sandbox, &hub, "both", &["--depth", "1", "--filter=blob:none"]));
}

#[test]
fn shallow_ledger_says_what_to_run() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let every = cloned(&sandbox, &hub, "every", &["--depth", "1", "--no-single-branch"]);
    let single = cloned(&sandbox, &hub, "single", &["--depth", "1"]);
    single.git(&["fetch", "-q", "--depth", "1", "hub", "refs/heads/coord"]);
    for clone in [every, single] {
        let error = clone.coord(&["join", &hub.maria.id]).fails(5, "history.shallow");
        let hint = text(&error["hints"][0]);
        assert!(hint.contains("`git fetch --unshallow`"), "{hint}");
        clone.git(&["fetch", "-q", "--unshallow"]);
        check_works(&hub, &clone);
    }
}

/// Whatever git fetches in a partial clone comes without its content, and so does the ledger that others have written.
#[test]
fn partial_clone_brings_what_it_left_out_of_the_ledger() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    for text in ["fn a() { 2 }\n", "fn a() { 3 }\n"] {
        hub.maria.write("src/a.rs", text);
        hub.maria.commit("Change a");
    }
    hub.maria.git(&["push", "-q", "--no-verify", "hub", "HEAD:refs/heads/side"]);
    for (name, filter) in [("blobs", "--filter=blob:none"), ("trees", "--filter=tree:0")] {
        let partial = cloned(&sandbox, &hub, name, &[filter]);
        assert!(left_out(&partial, "hub/coord") > 0, "the ledger is left out as everything is");
        check_works(&hub, &partial);
        let theirs = text(&hub.maria.claim(&["docs/"])["id"]);
        partial.git(&["fetch", "-q", "hub"]);
        assert!(left_out(&partial, "hub/coord") > 0);
        partial.coord(&["sync"]).ok();
        partial.coord(&["show", &theirs]).ok();
        assert_eq!(left_out(&partial, "coord"), 0);
        assert!(left_out(&partial, "hub/side~1") > 0, "the code stays as it was");
        hub.maria.coord(&["release", &theirs]).ok();
    }
}

/// ENV-6, with legal twin: what is not to be had is said to be missing.
#[test]
fn what_nobody_brings_is_missing() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let partial = cloned(&sandbox, &hub, "partial", &["--filter=blob:none"]);
    partial.git(&["branch", "-q", "--no-track", "coord", "hub/coord"]);
    let error = partial.coord(&["status"]).fails(5, "history.missing");
    assert!(text(&error["hints"][0]).contains("--refetch --no-filter"), "{error}");
    partial.git(&["fetch", "-q", "--refetch", "--no-filter", "hub"]);
    partial.coord(&["status"]).ok();
    check_works(&hub, &partial);
}
