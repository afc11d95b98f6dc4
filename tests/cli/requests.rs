//! What can be asked for.

use crate::support::sandbox::Actor;
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

/// APP-1: what a request says of itself cannot pass for what it changes, to whoever approves.
#[test]
fn what_a_request_changes_is_told_before_its_own_words() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let lie = "Fine\n\"\"\"\n  its head changes 1 path\n    changed  docs/guide.md";
    let asked = ["request", "HEAD", "--into", "main", "--title", "Change a", "--summary", lie];
    let id = text(&alice.coord(&asked).ok().json()["id"]);
    let shown = maria.say(&["show", &id]).ok().stdout;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "  its head changes 1 path", "{shown}");
    assert_eq!(lines[1], "    changed  src/a.rs");
    assert!(lines[2].starts_with("  read it: git diff "), "{shown}");
    let range = lines[2].strip_prefix("  read it: git diff ").unwrap();
    assert_eq!(maria.git(&["diff", "--name-only", range]), "src/a.rs");
    assert!(lines.iter().skip(3).filter(|line| line.contains("docs/guide.md")).all(|line| line.starts_with("  > ")));
    assert!(shown.contains("  >"), "its own words are shown as well");
}

#[test]
fn what_is_asked_for_already_is_not_asked_for_twice() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let commit = alice.commit("Change a");
    let ask = |actor: &Actor, more: &[&str]| actor.coord(&[&["request", &commit, "--into", "main"], more].concat());
    let first = ask(&alice, &[]).ok().json();
    assert_eq!((&first["existed"], &first["twins"]), (&false.into(), &serde_json::json!([])));
    let head = maria.head();
    for same in [&[][..], &["--title", "Change a"]] {
        let again = ask(&alice, same).ok().json();
        assert_eq!((&again["id"], &again["existed"], &again["rev"]), (&first["id"], &true.into(), &first["rev"]));
    }
    let id = text(&first["id"]);
    let other = ask(&alice, &["--title", "Other words"]).fails(1, "request.ambiguous");
    assert!(other["hints"].to_string().contains(&format!("--update {id}")), "{other}");
    assert_eq!(maria.head(), head, "nothing was written");
    let updated = alice.coord(&["request", &commit, "--update", &id, "--title", "Other words"]).ok().json();
    assert_eq!((&updated["id"], &updated["title"]), (&first["id"], &"Other words".into()));
    // Another head, another ref and another opener ask for something else.
    maria.git(&["branch", "dev", "main"]);
    assert_ne!(alice.coord(&["request", &commit, "--into", "dev"]).ok().json()["id"], first["id"]);
    let theirs = ask(&bob, &[]).ok().json();
    assert_eq!((&theirs["existed"], &theirs["twins"]), (&false.into(), &serde_json::json!([id])));
    alice.write("src/a.rs", "fn a() { 2 }\n");
    alice.commit("Change a again");
    assert_eq!(alice.coord(&["request", "HEAD", "--into", "main"]).ok().json()["existed"], false);
    alice.coord(&["request", "--close", &id]).ok();
    ask(&alice, &[]).fails(3, "overlap.same-wording");
    assert_ne!(ask(&alice, &["--force"]).ok().json()["id"], first["id"]);
}
