//! What can be asked for.

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn head_that_is_in_its_target_is_not_asked_for() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    maria.git(&["commit", "-q", "--allow-empty", "-m", "Second"]);
    let before = maria.head();
    for head in ["main", "HEAD", "main~1"] {
        let refused = maria.coord(&["request", head, "--into", "main"]).fails(1, "ref.not-forward");
        assert!(text(&refused["message"]).contains("already"), "{refused}");
    }
    assert_eq!(maria.head(), before);
    // The legal twin: a change of nothing is still a commit of its own.
    maria.git(&["checkout", "-q", "-b", "empty"]);
    maria.git(&["commit", "-q", "--allow-empty", "-m", "Nothing"]);
    maria.coord(&["request", "empty", "--into", "main"]).ok();
}
