//! Stock git reads its index before it locks it, and may write back what it was before an entry of ours.

use std::fs;
use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

fn cast(sandbox: &Sandbox) -> (Actor, Actor, PathBuf) {
    let maria = sandbox.repository("work").begin(&[]);
    let alice = text(&maria.coord(&["enroll", "alice", "--role", "builder"]).ok().json()["id"]);
    let alice = Actor { id: alice.clone(), ..maria.with_env("GIT_COORD_AS", alice) };
    let git_dir = maria.git(&["-C", ".coord", "rev-parse", "--absolute-git-dir"]);
    (maria, alice, PathBuf::from(git_dir.trim()).join("index"))
}

/// Lets somebody claim a path, and puts the index back to what it was before.
fn claim_behind_gits_back(alice: &Actor, index: &PathBuf, path: &str) -> String {
    let before = fs::read(index).unwrap();
    let claim = alice.claim(&[path]);
    fs::write(index, before).unwrap();
    text(&claim["id"])
}

#[test]
fn entry_by_hand_after_a_lost_index_is_that_entry_only() {
    let sandbox = Sandbox::new();
    let (maria, alice, index) = cast(&sandbox);
    let theirs = claim_behind_gits_back(&alice, &index, "src/a.rs");
    let status = maria.git(&["-C", ".coord", "status", "--short"]);
    assert!(status.contains(&format!("D  claims/{theirs}.toml")), "git would remove it: {status}");
    maria.write(".coord/claims/c-00000001.toml", &claim_text(&maria.id, "docs/x"));
    maria.raw(&["add", "claims/c-00000001.toml"]).ok();
    maria.raw(&["commit", "-q", "-S", "-m", "By hand"]).ok();
    let live = maria.coord(&["status", "--all"]).ok().of_type("claim");
    assert_eq!(live.len(), 2, "both are held");
    maria.assert_clean();
}

#[test]
fn whoever_looks_mends_the_index_and_leaves_what_was_staged() {
    let sandbox = Sandbox::new();
    let (maria, alice, index) = cast(&sandbox);
    let own = text(&maria.claim(&["lib/"])["id"]);
    claim_behind_gits_back(&alice, &index, "src/a.rs");
    maria.raw(&["rm", "-q", &format!("claims/{own}.toml")]).ok();
    maria.write(".coord/claims/c-00000001.toml", &claim_text(&maria.id, "docs/x"));
    maria.raw(&["add", "claims/c-00000001.toml"]).ok();
    maria.coord(&["status"]).ok();
    let status = maria.git(&["-C", ".coord", "status", "--short"]);
    assert_eq!(status.lines().collect::<Vec<_>>(), ["A  claims/c-00000001.toml", &format!("D  claims/{own}.toml")]);
    maria.coord(&["claim", "more/", "--intent", "Something else"]).ok();
    let again = maria.git(&["-C", ".coord", "status", "--short"]);
    assert_eq!(again, status, "an entry of ours leaves it too");
}
