//! A clone that is moved, or is seen at two paths: its checkout of the ledger comes along.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns somebody in the same clone at another path.
fn moved(sandbox: &Sandbox, actor: &Actor, to: &Path) -> Actor {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(&actor.directory, to).unwrap();
    Actor { id: actor.id.clone(), ..sandbox.somebody(to) }
}

/// Claims, and expects to see that in the checkout, by stock git as well.
#[track_caller]
fn check_shown(actor: &Actor, path: &str) {
    let claim = text(&actor.claim(&[path])["id"]);
    assert!(actor.has(&format!(".coord/claims/{claim}.toml")), "the checkout is kept up");
    assert_eq!(actor.git(&["-C", ".coord", "status", "--porcelain"]), "");
    assert!(!actor.say(&["status"]).ok().stdout.contains("draft"));
    let health = actor.coord(&["doctor"]).objects();
    assert!(!health.iter().any(|found| found["subject"] == "checkout"), "{health:?}");
}

#[test]
fn moved_clone_works_on() {
    let sandbox = Sandbox::new();
    let before = sandbox.ledger();
    let place = before.directory.clone();
    let maria = moved(&sandbox, &before, &sandbox.root.join("elsewhere/deep/place"));
    check_shown(&maria, "src/");
    maria.coord(&["join"]).ok();
    check_shown(&maria, "docs/");
    assert!(!place.exists(), "nothing is made where it was");
    // By hand, with stock git.
    maria.write(".coord/findings/none", "");
    fs::remove_file(maria.directory.join(".coord/findings/none")).unwrap();
    let listed = maria.git(&["worktree", "list"]);
    assert!(listed.contains("elsewhere/deep/place/.coord"), "{listed}");
    maria.write("src/a.rs", "fn a() { 3 }\n");
    maria.commit("Change a");
    assert!(maria.git(&["log", "-1", "--format=%B"]).contains("Coord-Claim:"), "hooks go on");
    let back = moved(&sandbox, &maria, &place);
    check_shown(&back, "lib/");
}

/// A checkout that git tied by absolute paths, as before this was thought of, is brought along by joining.
#[test]
fn absolute_pointer_is_mended_by_joining() {
    let sandbox = Sandbox::new();
    let before = sandbox.ledger();
    let git_dir = before.git(&["-C", ".coord", "rev-parse", "--absolute-git-dir"]);
    before.write(".coord/.git", &format!("gitdir: {git_dir}\n"));
    let place = before.directory.clone();
    let maria = moved(&sandbox, &before, &sandbox.root.join("elsewhere"));
    maria.claim(&["src/"]);
    maria.coord(&["join"]).ok();
    assert!(!place.exists(), "nothing is made where it was");
    check_shown(&maria, "docs/");
    // The pointer of another repository that is still there is no such thing.
    let other = sandbox.repository("other").begin(&[]);
    let theirs = other.git(&["-C", ".coord", "rev-parse", "--absolute-git-dir"]);
    maria.write(".coord/.git", &format!("gitdir: {theirs}\n"));
    maria.coord(&["join"]).fails(4, "worktree.replaced");
    maria.write(".coord/.git", "gitdir: ../.git/worktrees/-coord\n");
    maria.coord(&["join"]).ok();
}

/// As inside a container that mounts the clone under another path: both see the same files.
#[test]
fn two_paths_of_one_clone_share_its_checkout() {
    let sandbox = Sandbox::new();
    let outside = sandbox.ledger();
    symlink(&sandbox.root, sandbox.root.join("mount")).unwrap();
    let inside = Actor { id: outside.id.clone(), ..sandbox.somebody(&sandbox.root.join("mount/work")) };
    for (number, actor) in [&inside, &outside, &inside].into_iter().enumerate() {
        check_shown(actor, &format!("part{number}/"));
        actor.coord(&["join"]).ok();
    }
    // What is recorded may be the path of the other one, which is not there: git keeps the checkout on record.
    let recorded = outside.directory.join(".git/worktrees/-coord/gitdir");
    fs::write(&recorded, "/nowhere/place/.coord/.git\n").unwrap();
    check_shown(&outside, "more/");
    outside.git(&["worktree", "prune"]);
    check_shown(&outside, "most/");
}

#[test]
fn link_of_a_work_tree_is_mended_by_joining() {
    let sandbox = Sandbox::new();
    let before = sandbox.ledger();
    let alice = before.agent("alice");
    let maria = moved(&sandbox, &before, &sandbox.root.join("elsewhere"));
    maria.git(&["worktree", "repair", alice.directory.to_str().unwrap()]);
    alice.claim(&["src/"]);
    alice.coord(&["join", &alice.id]).ok();
    assert!(alice.has(".coord/policy.toml"), "it leads to where the checkout is");
}
