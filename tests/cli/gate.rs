//! What `gate` is asked, and what it advises.

use crate::support::sandbox::Sandbox;

#[test]
fn gate_is_asked_of_something_that_moves() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let ran = maria.coord(&["gate"]);
    let error = ran.fails(2, "usage.argument");
    assert!(error["message"].as_str().unwrap().contains("--ref"), "{ran}");
    for still in [&["--ref", "main"][..], &["--head", "main"], &["--ref", "main", "--base", "main", "--head", "main"]] {
        maria.coord(&[&["gate"], still].concat()).fails(2, "usage.argument");
    }
    maria.git(&["switch", "-q", "-c", "topic"]);
    maria.write("src/a.rs", "fn a() { 1 }\n");
    maria.commit("Change a");
    // The same questions are answered where something moves: a protected branch, and one that is free.
    for moving in [&["--ref", "main"][..], &["--head", "topic"], &["--base", "main"]] {
        let verdict = maria.coord(&[&["gate"], moving].concat()).exits(1).json();
        assert_eq!(verdict["allow"], false);
    }
    let free = maria.coord(&["gate", "--ref", "free", "--base", "main", "--head", "topic"]).ok().json();
    assert_eq!(free["allow"], true);
}
