//! Mistakes of typing: they are the caller's (exit 2), change nothing, and are told with what helps.

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn ground_of_ones_own_is_released_before_it_is_shared() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let held = maria.claim(&["lib/"]);
    let (id, head) = (text(&held["id"]), maria.head());
    for waiting in [&[][..], &["--queue"], &["--wait", "1s"]] {
        let ask = [&["claim", "lib/z", "--shared", "--intent", "x"], waiting].concat();
        let error = maria.coord(&ask).fails(3, "claim.held");
        assert!(error["hints"].to_string().contains(&format!("git coord release {id}")), "{error}");
    }
    assert_eq!(maria.head(), head);
    maria.coord(&["release", &id]).ok();
    maria.coord(&["claim", "lib/z", "--shared", "--intent", "x"]).ok();
    maria.coord(&["claim", "lib/", "--intent", "x"]).fails(3, "claim.held");
    // Of somebody else's ground the usual is said.
    let alice = maria.agent("alice");
    alice.claim(&["src/"]);
    let other = maria.coord(&["claim", "src/a.rs", "--shared", "--intent", "x"]).fails(3, "claim.held");
    assert_eq!(other["holders"][0]["holder"], alice.id.as_str());
    assert_eq!(
        maria.coord(&["claim", "src/a.rs", "--shared", "--queue", "--intent", "x"]).ok().json()["state"],
        "queued"
    );
}
