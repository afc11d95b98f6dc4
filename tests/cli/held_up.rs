//! What lands no more as it is comes to its opener, and what lands before anybody approves says so.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

fn waits(actor: &Actor, kind: &str) -> Vec<Value> {
    let items = actor.coord(&["inbox"]).ok().of_type("inbox");
    items.into_iter().filter(|item| item["kind"] == kind).collect()
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

fn ask(actor: &Actor, path: &str, more: &[&str]) -> (String, String) {
    actor.write(path, "changed\n");
    actor.commit(&format!("Change {path} as {}", actor.id));
    let asked = actor.coord(&[&["request", "HEAD", "--into", "main"], more].concat()).ok().json();
    (text(&asked["id"]), text(&asked["delta"]))
}

/// A ledger in which maintainers may break the glass.
fn with_glass(sandbox: &Sandbox) -> Actor {
    let maria = sandbox.repository("work").begin_under(|policy| {
        let with = policy.replacen("\"land\"]", "\"land\", \"break-glass\"]", 1);
        assert_ne!(with, policy);
        with
    });
    maria.coord(&["land", "--adopt", "main"]).ok();
    maria
}

#[test]
fn request_whose_ref_moved_on_comes_to_its_opener() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    maria.coord(&["land", "--adopt", "main"]).ok();
    let (first, of_first) = ask(&alice, "src/a.rs", &[]);
    let (second, of_second) = ask(&bob, "src/b.rs", &[]);
    for (id, delta) in [(&first, &of_first), (&second, &of_second)] {
        maria.coord(&["approve", id, "--delta", delta]).ok();
    }
    assert!(waits(&bob, "behind").is_empty(), "nothing has landed");
    assert_eq!(waits(&maria, "land").len(), 2);
    maria.coord(&["land", &first]).ok();
    let behind = waits(&bob, "behind");
    assert_eq!(ids(&behind), std::slice::from_ref(&second));
    assert_eq!(behind[0]["delta"], of_second);
    assert!(text(&behind[0]["next"]).ends_with(&format!("git coord request --update {second}")), "{}", behind[0]);
    assert!(waits(&maria, "behind").is_empty() && waits(&alice, "behind").is_empty());
    // Whoever lands is not sent to what cannot land.
    assert!(waits(&maria, "land").is_empty());
    bob.git(&["rebase", "-q", "main"]);
    bob.coord(&["request", "HEAD", "--update", &second]).ok();
    assert!(waits(&bob, "behind").is_empty());
    maria.coord(&["approve", &second, "--delta", &of_second]).ok();
    assert_eq!(ids(&waits(&maria, "land")), std::slice::from_ref(&second));
    maria.coord(&["land", &second]).ok();
}

#[test]
fn draft_that_was_overtaken_comes_to_who_proposed_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let otto = maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    let propose = |who: &Actor, count: u32| {
        who.write("draft.toml", &active.replacen("per-principal = 20", &format!("per-principal = {count}"), 1));
        text(&who.coord(&["policy", "propose", "draft.toml"]).ok().json()["id"])
    };
    let (late, early) = (propose(&otto, 21), propose(&maria, 22));
    assert!(waits(&otto, "overtaken").is_empty());
    maria.coord(&["policy", "activate", &early]).ok();
    assert_eq!(ids(&waits(&otto, "overtaken")), std::slice::from_ref(&late));
    assert!(waits(&maria, "overtaken").is_empty(), "she had no part in it");
    let words = otto.say(&["inbox"]).ok().stdout;
    assert!(words.contains("overtaken by another version") && words.contains("git coord request --close"), "{words}");
    otto.coord(&["request", "--close", &late]).ok();
    assert!(waits(&otto, "overtaken").is_empty());
}

#[test]
fn request_that_breaks_the_glass_says_so_before_it_lands() {
    let sandbox = Sandbox::new();
    let maria = with_glass(&sandbox);
    let sven = maria.enroll("sven", &["--kind", "human", "--role", "maintainer", "--operator", "sven"]);
    let (plain, _) = ask(&sven, "src/a.rs", &[]);
    let (glass, delta) = ask(&sven, "src/b.rs", &["--break-glass", "The site is down"]);
    assert_eq!(ids(&waits(&maria, "approve")), [plain]);
    for who in [&maria, &sven] {
        let breaking = waits(who, "breaking");
        assert_eq!(ids(&breaking), std::slice::from_ref(&glass));
        assert_eq!(
            (&breaking[0]["reason"], &breaking[0]["delta"]),
            (&"The site is down".into(), &delta.clone().into())
        );
        assert!(breaking[0]["until"].is_string());
    }
    let words = maria.say(&["inbox"]).ok().stdout;
    assert!(words.contains("lands before anybody approves") && words.contains("The site is down"), "{words}");
    // Whoever has spoken is not asked again; a veto comes to the opener.
    maria.coord(&["veto", &glass, "--delta", &delta, "--reason", "It is not"]).ok();
    assert!(waits(&maria, "breaking").is_empty());
    assert_eq!(waits(&sven, "answered")[0]["objections"][0]["reason"], "It is not");
    sven.coord(&["land", &glass]).exits(1);
    maria.coord(&["withdraw", &glass]).ok();
    sven.coord(&["land", &glass]).ok();
    assert!(waits(&maria, "breaking").is_empty() && waits(&sven, "breaking").is_empty());
    assert_eq!(waits(&maria, "glass")[0]["reason"], "The site is down");
}

#[test]
fn glass_that_was_not_broken_in_time_comes_to_its_opener() {
    let sandbox = Sandbox::new();
    let maria = with_glass(&sandbox);
    let sven = maria.enroll("sven", &["--kind", "human", "--role", "maintainer", "--operator", "sven"]);
    let (glass, _) = ask(&sven, "src/b.rs", &["--break-glass", "It is down", "--expires", "1s"]);
    let unused = wait_for("the end of its time", || Some(waits(&sven, "unused")).filter(|found| !found.is_empty()));
    assert_eq!((ids(&unused), &unused[0]["reason"]), (vec![glass.clone()], &"It is down".into()));
    assert!(waits(&sven, "breaking").is_empty());
    for kind in ["breaking", "approve", "unused"] {
        assert!(waits(&maria, kind).is_empty(), "{kind}");
    }
    sven.coord(&["request", "--close", &glass]).ok();
    assert!(waits(&sven, "unused").is_empty());
}
