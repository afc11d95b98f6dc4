//! Mistakes of typing: they are the caller's (exit 2), change nothing, and are told with what helps.

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn mistyped_words_are_usage_errors() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let head = maria.head();
    let mistakes: [(&[&str], &str); 12] = [
        (&["claim", "../x", "--intent", "x"], "usage.argument"),
        (&["claim", "/etc/passwd", "--intent", "x"], "usage.argument"),
        (&["claim", "src/[", "--intent", "x"], "usage.argument"),
        (&["check", "../x"], "usage.argument"),
        (&["status", "../x"], "usage.argument"),
        (&["enroll", "bob", "--role", "builder", "--key", "ssh-rsa AAAA"], "usage.argument"),
        (&["enroll", "bob", "--role", "builder", "--key", "ssh-ed25519 AAAA"], "usage.argument"),
        (&["enroll", "X Y", "--role", "builder"], "usage.argument"),
        (&["enroll", "bob", "--role", "nosuch"], "usage.argument"),
        (&["find", "x", "--request", "r-00000000"], "usage.not-found"),
        (&["log", "nonsense"], "usage.not-found"),
        (&["log", "c-00000000"], "usage.not-found"),
    ];
    for (mistake, code) in mistakes {
        let error = maria.coord(mistake).fails(2, code);
        assert!(!error.to_string().contains("schema"), "it is no record that is wrong: {error}");
    }
    assert_eq!(maria.head(), head);
    let claim = maria.claim(&["src/[ab].rs"]);
    maria.coord(&["check", "src/a.rs"]).ok();
    maria.coord(&["enroll", "bob", "--role", "builder"]).ok();
    maria.coord(&["find", "x", "--on", "src/a.rs"]).ok();
    assert_eq!(maria.coord(&["log", &text(&claim["id"])]).ok().objects().len(), 1);
    assert!(maria.coord(&["log", &text(&claim["id"]), "-n", "0"]).ok().objects().is_empty(), "it is there");
}

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

#[test]
fn name_that_is_taken_is_remarked() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let first = maria.coord(&["enroll", "alice", "--role", "builder"]).ok().json();
    assert_eq!(first["namesakes"], serde_json::json!([]));
    let again = maria.say(&["enroll", "alice", "--role", "builder"]).ok();
    assert!(again.stderr.contains(&text(&first["id"])) && again.stderr.contains("as well"), "{again}");
    let third = maria.coord(&["enroll", "alice", "--role", "builder"]).ok().json();
    assert_eq!(third["namesakes"].as_array().unwrap().len(), 2);
    maria.coord(&["join", "alice"]).fails(2, "identity.several");
    maria.git(&["worktree", "add", "-q", "-b", "alice", "../alice"]);
    maria.at("../alice").coord(&["join", &text(&third["id"])]).ok();
}

#[test]
fn what_status_shows_names_a_record() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let claim = |more: &[&str]| text(&alice.coord(&[&["claim", "--intent", "x"], more].concat()).ok().json()["id"]);
    let (port, source) = (claim(&["--resource", "port:8080"]), claim(&["src/"]));
    let id_of = |ran: crate::support::sandbox::Ran| text(&ran.ok().json()["id"]);
    assert_eq!(id_of(maria.coord(&["show", "alice"])), alice.id);
    assert_eq!(id_of(maria.coord(&["show", "port:8080"])), port);
    assert_eq!(id_of(maria.coord(&["show", "src/a.rs"])), source);
    maria.coord(&["show", "docs/"]).fails(2, "usage.not-found");
    maria.coord(&["show", "../x"]).fails(2, "usage.argument");
    assert_eq!(id_of(alice.coord(&["renew", "port:8080", "--ttl", "2h"])), port);
    assert_eq!(id_of(alice.coord(&["release", "port:8080"])), port);
    alice.coord(&["release", "port:8080"]).fails(2, "usage.not-found");
    assert_eq!(id_of(maria.coord(&["revoke", "src/b.rs"])), source);
    maria.coord(&["revoke", "src/b.rs"]).fails(2, "usage.not-found");
    // What could be two is neither.
    let (one, other) = (claim(&["src/a.rs"]), claim(&["docs/", "--resource", "src"]));
    for vague in [&["show", "src"][..], &["revoke", "src"]] {
        maria.coord(vague).fails(2, "usage.argument");
    }
    alice.coord(&["release", "src"]).fails(2, "usage.argument");
    alice.coord(&["release", &one]).ok();
    assert_eq!(id_of(alice.coord(&["release", "src"])), other);
}

#[test]
fn small_words_are_right() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["watch", "--count", "0"]).fails(2, "usage.argument");
    maria.coord(&["find", "x", "--on", "src/a.rs"]).ok();
    assert!(maria.say(&["status"]).ok().stdout.contains("1 open finding: "));
    maria.coord(&["find", "y", "--on", "src/a.rs"]).ok();
    assert!(maria.say(&["status"]).ok().stdout.contains("2 open findings: "));
    for (mistake, exit) in [
        (&["join", "--pin", "sha256:12"][..], 2),
        (&["show", "nonsense"], 2),
        (&["gate", "--head", "nowhere"], 2),
        (&["-C", "nowhere", "status"], 5),
    ] {
        let said = maria.say(mistake).exits(exit);
        assert!(said.stderr.contains("hint: "), "{said}");
    }
    // What another program said keeps its lines.
    maria.git(&["remote", "add", "away", "/nowhere/at/all"]);
    let said = maria.say(&["sync", "--remote", "away"]);
    assert!(said.code != 0 && said.stderr.contains("caused by: ") && !said.stderr.contains("u{a}"), "{said}");
}
