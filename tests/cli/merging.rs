//! What the hooks of git look at when a merge that was put right by hand is committed.

use crate::support::sandbox::Sandbox;

/// What is taken over as others committed it is nobody's change; what is changed on the way is.
#[test]
fn merge_is_held_up_by_its_own_paths_only() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.claim(&["src/b.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.write("src/b.rs", "fn b() { 1 }\n");
    alice.commit("Change both");
    bob.write("src/a.rs", "fn a() { 2 }\n");
    bob.commit("Change a");
    assert_eq!(bob.try_git(&["merge", "-q", "--no-edit", "alice"]).code, 1, "both changed src/a.rs");
    bob.write("src/a.rs", "fn a() { 3 }\n");
    bob.write("src/b.rs", "fn b() { 2 }\n");
    bob.git(&["add", "src"]);
    let refused = bob.try_git(&["commit", "-q", "--no-edit"]);
    assert!(refused.code == 1 && refused.stderr.contains(&alice.id), "{refused}");
    bob.git(&["checkout", "-q", "alice", "--", "src/b.rs"]);
    bob.git(&["commit", "-q", "--no-edit"]);
    assert_eq!(bob.git(&["rev-list", "--count", "--merges", "HEAD"]), "1");
}
