//! Work trees of a bare clone: its copy of the ledger is decided where the clone came from.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;

/// Returns a work tree of a bare clone of a directory.
fn beside_a_bare_clone(sandbox: &Sandbox, from: &str, id: &str) -> Actor {
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["clone", "-q", "--bare", from, "bare.git"]);
    let bare = sandbox.somebody(&sandbox.root.join("bare.git"));
    bare.git(&["worktree", "add", "-q", "-b", "mine", "../mine", "main"]);
    Actor { id: id.to_owned(), ..sandbox.somebody(&sandbox.root.join("mine")) }
}

/// A bare clone has the branch from the first, without anybody who trusted it.
#[test]
fn bare_clone_decides_nothing_by_itself() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let mine = beside_a_bare_clone(&sandbox, hub.directory.to_str().unwrap(), &hub.maria.id);
    mine.coord(&["join", &hub.maria.id]).ok();
    assert_eq!(mine.git(&["config", "coord.remote"]), "origin");
    assert_eq!(mine.claim(&["src/"])["guarantee"], "remote");
    hub.maria.coord(&["sync"]).ok();
    assert_eq!(hub.maria.head(), mine.head());
    // Another work tree finds that decided.
    let outside = sandbox.somebody(&sandbox.root.join("bare.git"));
    outside.git(&["worktree", "add", "-q", "-b", "other", "../other", "main"]);
    let other = sandbox.somebody(&sandbox.root.join("other"));
    other.coord(&["join", &hub.maria.id]).ok();
    assert_eq!(other.claim(&["docs/"])["guarantee"], "remote");
}

#[test]
fn bare_clone_does_not_guess_while_its_remote_is_silent() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let mine = beside_a_bare_clone(&sandbox, hub.directory.to_str().unwrap(), &hub.maria.id);
    let gone = sandbox.root.join("gone.git");
    std::fs::rename(&hub.directory, &gone).unwrap();
    mine.coord(&["join", &hub.maria.id]).fails(5, "remote.unreachable");
    assert_eq!(mine.try_git(&["config", "coord.remote"]).code, 1);
    std::fs::rename(&gone, &hub.directory).unwrap();
    mine.coord(&["join", &hub.maria.id]).ok();
}

/// The legal twins: without a remote, or with one that has no ledger, it is decided here.
#[test]
fn ledger_of_a_repository_that_is_nobodys_clone_is_decided_there() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let mine = beside_a_bare_clone(&sandbox, hub.directory.to_str().unwrap(), &hub.maria.id);
    mine.git(&["remote", "remove", "origin"]);
    let empty = sandbox.empty_repository("empty");
    mine.git(&["remote", "add", "empty", empty.directory.to_str().unwrap()]);
    mine.coord(&["join", &hub.maria.id]).ok();
    assert_eq!(mine.claim(&["src/"])["guarantee"], "local");
    assert_eq!(mine.try_git(&["config", "coord.remote"]).code, 1);
}
