//! Answers to requests: given once, given again, given anew.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Opens a request of alice; returns its id and delta.
fn asked(alice: &Actor) -> (String, String) {
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    (text(&request["id"]), text(&request["delta"]))
}

#[test]
fn same_answer_again_succeeds_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (id, delta) = asked(&maria.agent("alice"));
    let approve = ["approve", &id, "--delta", &delta];
    let first = maria.coord(&[&approve[..], &["--reason", "Read it"]].concat()).ok().json();
    let head = maria.head();
    for more in [&[][..], &["--reason", "Read it"]] {
        assert_eq!(maria.coord(&[&approve[..], more].concat()).ok().json(), first);
    }
    let said = maria.say(&approve).ok();
    assert!(said.stdout.starts_with("already approved"), "{said}");
    assert_eq!(maria.head(), head, "nothing is written");
    // Anything else to say is an answer of its own.
    maria.coord(&[&approve[..], &["--reason", "Read it twice"]].concat()).ok();
    assert_ne!(maria.head(), head);
    let said = maria.say(&["reject", &id, "--delta", &delta]).ok();
    assert!(said.stdout.starts_with("rejected"), "{said}");
}

#[test]
fn same_answer_to_an_updated_request_is_given_anew() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let (id, delta) = asked(&alice);
    maria.coord(&["approve", &id, "--delta", &delta]).ok();
    alice.coord(&["request", "HEAD", "--update", &id, "--summary", "More words"]).ok();
    let head = maria.head();
    maria.coord(&["approve", &id, "--delta", &format!("sha256:{}", "0".repeat(64))]).fails(1, "approval.delta");
    let said = maria.say(&["approve", &id, "--delta", &delta]).ok();
    assert!(said.stdout.starts_with("approved"), "{said}");
    assert_ne!(maria.head(), head);
}

/// What has expired does not count any more, whoever says that it was said already.
#[test]
fn expired_approval_is_given_anew() {
    let sandbox = Sandbox::new();
    let short = |policy: &str| policy.replacen("count ", "max-age = \"1s\"\ncount ", 1);
    let maria = sandbox.repository("work").begin_under(short);
    let (id, delta) = asked(&maria.agent("alice"));
    let approve = ["approve", &id, "--delta", &delta];
    let given = maria.say(&approve).ok();
    let anew = crate::support::sandbox::wait_for("an expired approval", || {
        let said = maria.say(&approve).ok().stdout;
        said.starts_with("approved").then_some(said)
    });
    assert_eq!(anew, given.stdout);
}
