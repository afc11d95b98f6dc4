//! What `gate` is asked, and what it advises.

use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

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

/// A command that is advised can be given as it stands, without a terminal.
fn advised(advice: &str) -> Vec<String> {
    let last = advice.rsplit("git coord ").next().unwrap();
    last.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn advised_steps_can_be_taken() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    let next_of = |rule: &str| {
        let verdict = maria.coord(&["gate", "explain", &id]).exits(1).json();
        let rules = verdict["rules"].as_array().unwrap().clone();
        let found = rules.into_iter().find(|outcome| outcome["rule"] == rule);
        found.map(|outcome| outcome["next"].as_array().unwrap().iter().map(text).collect::<Vec<_>>())
    };
    maria.coord(&["approve", &id]).fails(2, "usage.argument");
    maria.coord(&["veto", &id, "--delta", &delta, "--reason", "Not so"]).ok();
    // Who stops a request is asked to let it go, not to approve it.
    assert_eq!(next_of("review"), Some(Vec::new()));
    let withdraw = next_of("vetoes").unwrap();
    assert_eq!(withdraw, [format!("ask {}:  git coord withdraw {id}", maria.id)]);
    let take = |advice: &str| {
        let words = advised(advice);
        maria.coord(&words.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    };
    take(&withdraw[0]);
    assert_eq!(next_of("vetoes"), None);
    let waits = maria.coord(&["inbox"]).ok().json();
    assert_eq!((&waits["kind"], &waits["delta"]), (&"approve".into(), &delta.as_str().into()));
    let review = next_of("review").unwrap();
    assert_eq!(advised(&review[0]), advised(&text(&waits["next"])));
    take(&review[0]);
    maria.coord(&["gate", "explain", &id]).ok();
}

#[test]
fn request_that_its_target_moved_on_from_is_told_to_be_rebased() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let early = alice.say(&["request", "HEAD", "--into", "main"]).ok();
    assert!(!early.stderr.contains("moved on"), "{early}");
    let id = early.stdout.split_whitespace().next().unwrap().to_owned();
    maria.write("README.md", "# Other work\n");
    maria.commit("Work on");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let tip = maria.git(&["rev-parse", "main"]);
    let explain = || alice.coord(&["gate", "explain", &id]).exits(1).json();
    let behind = explain();
    assert_eq!(behind["old"], tip.as_str(), "it is said where the ref is");
    let rule_of = |verdict: &serde_json::Value, name: &str| {
        let rules = verdict["rules"].as_array().unwrap().clone();
        rules.into_iter().find(|outcome| outcome["rule"] == name)
    };
    let forward = rule_of(&behind, "forward").unwrap();
    assert_eq!(forward["code"], "ref.not-forward");
    assert!(rule_of(&behind, "last landing").is_none() && rule_of(&behind, "review").is_some(), "{behind}");
    let again = alice.say(&["request", "HEAD", "--update", &id]).ok();
    assert!(again.stderr.contains("has moved on to"), "{again}");
    // What is advised is what helps.
    let next: Vec<_> = forward["next"].as_array().unwrap().iter().map(text).collect();
    alice.git(&next[0].split(' ').skip(1).collect::<Vec<_>>());
    let updated = alice.say(&advised(&next[1]).iter().map(String::as_str).collect::<Vec<_>>()).ok();
    assert!(!updated.stderr.contains("moved on"), "{updated}");
    let rebased = explain();
    for rule in ["forward", "last landing"] {
        assert_eq!(rule_of(&rebased, rule).unwrap()["ok"], true, "{rebased}");
    }
}

#[test]
fn adopted_branch_is_not_adopted_again() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let (head, tip) = (maria.head(), maria.git(&["rev-parse", "--short=12", "main"]));
    let refused = maria.coord(&["land", "--adopt", "main"]).fails(1, "landed.mismatch");
    let said = text(&refused["message"]);
    assert!(said.contains("is adopted already") && said.contains(&tip[..7]), "{said}");
    assert_eq!(maria.head(), head);
    maria.git(&["branch", "release/1"]);
    maria.coord(&["land", "--adopt", "release/1"]).ok();
}
