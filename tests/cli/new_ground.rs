//! Claims of what is not there yet: a name may become a file or a directory.

use crate::support::sandbox::Sandbox;

#[test]
fn name_that_is_nowhere_yet_is_claimed_as_file_and_directory() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let claim = alice.claim(&["newdir"]);
    assert_eq!(claim["paths"], serde_json::json!(["newdir", "newdir/"]));
    for path in ["newdir", "newdir/", "newdir/mod.rs"] {
        let before = bob.head();
        bob.coord(&["claim", path, "--intent", "x"]).fails(3, "claim.held");
        bob.coord(&["check", path]).exits(3);
        assert_eq!(bob.head(), before);
    }
    // Saying it again is the same claim, before the directory is there and after.
    let before = alice.head();
    alice.claim(&["newdir"]);
    alice.write("newdir/mod.rs", "");
    alice.claim(&["newdir"]);
    assert_eq!(alice.head(), before);
    // The legal twins: what is beside it, and names that are there or say what they are.
    assert_eq!(bob.claim(&["newdir2/"])["paths"], serde_json::json!(["newdir2/"]));
    assert_eq!(bob.claim(&["new.rs"])["paths"], serde_json::json!(["new.rs"]));
    bob.write("Makefile", "all:\n");
    assert_eq!(bob.claim(&["Makefile"])["paths"], serde_json::json!(["Makefile"]));
    assert_eq!(bob.claim(&["lib/*"])["paths"], serde_json::json!(["lib/*"]));
}

#[test]
fn claim_of_a_directory_is_told_to_whoever_names_it_without_its_slash() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.claim(&["newdir/", "new.d/"]);
    for name in ["newdir", "new.d"] {
        bob.coord(&["check", name]).exits(3);
        assert_eq!(bob.coord(&["status", name]).ok().of_type("claim").len(), 1);
    }
    bob.coord(&["claim", "newdir", "--intent", "x"]).fails(3, "claim.held");
    // The legal twin.
    bob.coord(&["check", "newdir2"]).ok();
    assert!(bob.coord(&["status", "newdir2"]).ok().of_type("claim").is_empty());
}
