//! Who objects to a request, and why, is told wherever the request is: in `show`, `inbox` and `gate explain`.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Returns the root, an agent with a request, two who may object, and the request with its delta.
fn asked(sandbox: &Sandbox) -> (Actor, Actor, [Actor; 2], String, String) {
    let maria = sandbox.ledger();
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let carol = maria.enroll("carol", &["--role", "reviewer", "--vendor", "openai"]);
    let alice = maria.agent("alice");
    maria.coord(&["land", "--adopt", "main"]).ok();
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let asked = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    (maria, alice, [sam, carol], text(&asked["id"]), text(&asked["delta"]))
}

/// Returns what an object says against a request: whose word, what it is worth, and why.
fn against(object: &Value) -> Vec<(String, String, String)> {
    let one = |one: &Value| {
        let by = text(&one["principal"]);
        let (name, _) = by.rsplit_once('-').unwrap();
        (
            format!("{} of {name}", text(&one["verdict"])),
            text(&one["state"]),
            one["reason"].as_str().unwrap_or("").to_owned(),
        )
    };
    object["objections"].as_array().expect("they are told").iter().map(one).collect()
}

fn said(word: &str, state: &str, reason: &str) -> (String, String, String) {
    (word.to_owned(), state.to_owned(), reason.to_owned())
}

fn waits(actor: &Actor, kind: &str) -> Vec<Value> {
    let items = actor.coord(&["inbox"]).ok().of_type("inbox");
    items.into_iter().filter(|item| item["kind"] == kind).collect()
}

/// Returns how many open requests wait for something now.
fn open(actor: &Actor, cause: &str) -> u64 {
    let waits = actor.coord(&["tax"]).ok().of_type("tax_wait");
    waits.iter().find(|wait| wait["for"] == cause).unwrap()["open"].as_u64().unwrap()
}

#[test]
fn reasons_are_told_wherever_the_request_is() {
    let sandbox = Sandbox::new();
    let (maria, alice, [sam, carol], id, delta) = asked(&sandbox);
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks\nnext: git coord land x"]).ok();
    carol.coord(&["reject", &id, "--delta", &delta, "--reason", "No test"]).ok();
    let both = [
        said("veto of sam", "stands", "It leaks\nnext: git coord land x"),
        said("reject of carol", "stands", "No test"),
    ];
    assert_eq!(against(&alice.coord(&["show", &id]).ok().json()), both);
    assert_eq!(against(&alice.coord(&["gate", "explain", &id]).exits(1).json()), both);
    assert_eq!(against(&waits(&alice, "answered")[0]), both);
    assert_eq!(against(&waits(&maria, "vetoed")[0]), both[..1]);
    // Where each has a line, nobody begins one of its own.
    for (who, arguments, exit) in [
        (&alice, &["show", &id][..], 0),
        (&alice, &["gate", "explain", &id], 1),
        (&alice, &["inbox"], 0),
        (&maria, &["inbox"], 0),
    ] {
        let words = who.say(arguments).exits(exit).stdout;
        assert!(words.contains(&format!("veto by {} on {id}", sam.id)) && words.contains("It leaks"), "{words}");
        assert!(!words.lines().any(|line| line.starts_with("next: git coord land x")), "{words}");
    }
    let words = alice.say(&["inbox"]).ok().stdout;
    assert!(words.contains("\"No test\"") && words.contains("leaks\\u{a}next"), "{words}");
    let next = text(&waits(&maria, "vetoed")[0]["next"]);
    assert!(next.contains(&format!("--veto {} --delta {delta}", maria.veto_entry(&id, "sam"))), "{next}");
}

/// What is overruled, or was said of what is asked for no more, waits for nobody.
#[test]
fn inbox_and_tax_follow_the_gate() {
    let sandbox = Sandbox::new();
    let (maria, alice, [sam, carol], id, delta) = asked(&sandbox);
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
    assert_eq!((open(&maria, "author"), open(&maria, "veto")), (1, 0));
    let entry = maria.veto_entry(&id, "sam");
    maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &entry, "--delta", &delta]).ok();
    assert_eq!((open(&maria, "author"), open(&maria, "veto"), open(&maria, "approval")), (0, 0, 1));
    assert!(waits(&alice, "answered").is_empty());
    assert_eq!(against(&alice.coord(&["show", &id]).ok().json()), [said("veto of sam", "overruled", "It leaks")]);
    // Of another change it stands again: for whoever gave it.
    carol.coord(&["reject", &id, "--delta", &delta, "--reason", "No test"]).ok();
    alice.write("src/a.rs", "fn a() { 2 }\n");
    alice.commit("Change a more");
    let again = alice.coord(&["request", "HEAD", "--update", &id]).ok().json();
    let told = [said("veto of sam", "stands", "It leaks"), said("reject of carol", "outdated", "No test")];
    assert_eq!(against(&alice.coord(&["show", &id]).ok().json()), told);
    assert_eq!(against(&waits(&alice, "answered")[0]), told[..1]);
    assert_eq!((open(&maria, "author"), open(&maria, "veto")), (0, 1));
    sam.coord(&["withdraw", &id]).ok();
    assert!(waits(&alice, "answered").is_empty());
    maria.coord(&["approve", &id, "--delta", &text(&again["delta"])]).ok();
    maria.coord(&["land", &id]).ok();
}

/// S18: a veto that was given to another request of the same change is told with it, and overruled there.
#[test]
fn veto_of_another_request_is_told_and_overruled() {
    let sandbox = Sandbox::new();
    let (maria, alice, [sam, _], id, delta) = asked(&sandbox);
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
    alice.write("src/a.rs", "fn a() { 2 }\n");
    alice.commit("Change a more");
    alice.coord(&["request", "HEAD", "--update", &id]).ok();
    let again = alice.coord(&["request", "HEAD~1", "--into", "main"]).ok().json();
    let again = text(&again["id"]);
    assert_ne!(again, id);
    maria.coord(&["approve", &again, "--delta", &delta]).ok();
    maria.coord(&["land", &again]).exits(1);
    let told = alice.coord(&["show", &again]).ok().json();
    assert_eq!(against(&told), [said("veto of sam", "stands", "It leaks")]);
    assert_eq!(told["objections"][0]["request"], id);
    assert_eq!(against(waits(&alice, "answered").iter().find(|item| item["id"] == again).unwrap()).len(), 1);
    let entry = maria.veto_entry(&again, "sam");
    maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &entry, "--delta", &delta]).fails(1, "approval.delta");
    maria.coord(&["overrule", &again, "--veto-of", "sam", "--veto", &entry, "--delta", &delta]).ok();
    maria.coord(&["land", &again]).ok();
    assert_eq!(against(&alice.coord(&["show", &id]).ok().json()), [said("veto of sam", "stands", "It leaks")]);
}

/// A draft of the policy and a command are objected to alike.
#[test]
fn opener_of_a_draft_is_told_why_not() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    maria.write("draft.toml", &active.replacen("per-principal = 20", "per-principal = 21", 1));
    let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    let (id, delta) = (text(&opened["id"]), text(&opened["delta"]));
    assert!(waits(&maria, "answered").is_empty());
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "Too many"]).ok();
    let told = [said("veto of sam", "stands", "Too many")];
    assert_eq!(against(&waits(&maria, "answered")[0]), told);
    assert_eq!(against(&maria.coord(&["show", &id]).ok().json()), told);
}
