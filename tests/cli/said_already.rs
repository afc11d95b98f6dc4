//! What somebody else says in the same words already: it is refused until it is meant.

use std::thread;

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const CODE: &str = "overlap.same-wording";
const INTENT: &str = "Retry uploads that time out";

fn two(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = sandbox.ledger();
    (maria.agent("alice"), maria.agent("bob"))
}

#[test]
fn claim_in_the_words_of_another_is_refused() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let held = alice.coord(&["claim", "src/a.rs", "--intent", INTENT]).ok().json();
    let head = alice.head();
    for same in [INTENT, "retry the uploads that time out!", "Uploads that time out: retry"] {
        let refused = bob.coord(&["claim", "docs/", "--intent", same]).fails(3, CODE);
        let holder = &refused["holders"][0];
        assert_eq!((&holder["kind"], &holder["id"]), (&"claim".into(), &held["id"]), "{refused}");
        assert_eq!((&holder["holder"], &holder["claim"]), (&held["holder"], &held["id"]));
        assert_eq!((&holder["intent"], &holder["token"]), (&INTENT.into(), &held["token"]));
        let hint = text(&refused["hints"][0]);
        assert!(hint.contains(&format!("git coord show {}", text(&held["id"]))) && hint.contains("--force"), "{hint}");
    }
    let said = bob.say(&["claim", "docs/", "--intent", INTENT]).exits(3).stderr;
    assert!(said.contains(&alice.id) && said.contains(INTENT) && said.contains(CODE), "{said}");
    assert_eq!(alice.head(), head, "a refusal writes nothing");
    // Where the two are in each other's way, the ground decides, and whoever waits for it knows.
    bob.coord(&["claim", "src/a.rs", "--intent", INTENT]).fails(3, "claim.held");
    let queued = bob.coord(&["claim", "src/a.rs", "--intent", INTENT, "--queue"]).ok().json();
    assert_eq!((&queued["state"], &queued["similar"][0]["id"]), (&"queued".into(), &held["id"]));
    bob.coord(&["release", &text(&queued["id"])]).ok();
    // The legal twins: other words, and whoever means it.
    let other = bob.coord(&["claim", "docs/", "--intent", "Upload again after a timeout"]).ok().json();
    assert_eq!(other["similar"][0]["reason"], "similar meaning");
    let meant = bob.coord(&["claim", "tests/", "--intent", INTENT, "--force"]).ok().json();
    let told = &meant["similar"][0];
    assert_eq!((&told["id"], &told["reason"]), (&held["id"], &"same wording".into()), "{meant}");
}

#[test]
fn words_of_ones_own_and_what_is_over_refuse_nothing() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let first = alice.coord(&["claim", "src/a.rs", "--intent", INTENT]).ok().json();
    // One's own: the same again, and the same elsewhere.
    assert_eq!(alice.coord(&["claim", "src/a.rs", "--intent", INTENT]).ok().json()["id"], first["id"]);
    assert_ne!(alice.coord(&["claim", "docs/", "--intent", INTENT]).ok().json()["id"], first["id"]);
    bob.coord(&["claim", "tests/", "--intent", INTENT]).fails(3, CODE);
    // What was left is there to be taken up.
    alice.coord(&["release", "--all", "--branch", "main", "--note", "half of it is done"]).ok();
    bob.coord(&["claim", "tests/", "--intent", INTENT]).ok();
    bob.coord(&["release", "--all"]).ok();
    // What has expired is nobody's work any more.
    alice.coord(&["claim", "docs/", "--intent", INTENT, "--ttl", "1s"]).ok();
    thread::sleep(std::time::Duration::from_millis(2_100));
    bob.coord(&["claim", "tests/", "--intent", INTENT]).ok();
}

#[test]
fn words_that_say_too_little_or_name_other_numbers_refuse_nothing() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    for (index, (theirs, ours)) in [
        ("Refactor", "refactor"),
        ("Migrate module 12 to the new API", "Migrate module 13 to the new API"),
        ("Fix #1204", "Fix #1205"),
    ]
    .into_iter()
    .enumerate()
    {
        alice.coord(&["claim", &format!("a/{index}"), "--intent", theirs]).ok();
        bob.coord(&["claim", &format!("b/{index}"), "--intent", ours]).ok();
    }
    // Their twins, which are refused.
    bob.coord(&["claim", "b/x", "--intent", "Fix 1204"]).fails(3, CODE);
    alice.coord(&["claim", "a/x", "--intent", "修复解析器的错误"]).ok();
    bob.coord(&["claim", "b/x", "--intent", "修复解析器的错误"]).fails(3, CODE);
}

#[test]
fn finding_that_another_left_is_refused() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let bug = |actor: &Actor, path: &str, severity: &str, more: &[&str]| {
        let words = ["find", "Uploads are not retried after a timeout", "--kind", "bug", "--on", path];
        actor.coord(&[&words[..], &["--severity", severity], more].concat())
    };
    let left = bug(&alice, "src/a.rs", "high", &[]).ok().json();
    assert_eq!((&left["existed"], &left["similar"]), (&false.into(), &json!([])));
    let head = alice.head();
    let refused = bug(&bob, "src/", "medium", &[]).fails(3, CODE);
    let holder = &refused["holders"][0];
    assert_eq!((&holder["kind"], &holder["id"], &holder["claim"]), (&"finding".into(), &left["id"], &Value::Null));
    assert_eq!((&holder["holder"], &holder["paths"]), (&left["author"], &json!(["src/a.rs"])));
    assert_eq!(alice.head(), head, "a refusal writes nothing");
    // What says more, is about something else, or is meant, is left.
    let worse = bug(&bob, "src/a.rs", "critical", &[]).ok().json();
    assert_eq!((&worse["similar"][0]["id"], &worse["similar"][0]["reason"]), (&left["id"], &"same wording".into()));
    let elsewhere = bug(&bob, "docs/", "low", &[]).ok().json();
    assert_eq!(elsewhere["existed"], false);
    bug(&alice, "docs/", "low", &["--force"]).ok();
    // Whoever tries again finds what is there.
    let head = alice.head();
    for more in [&[][..], &["--force"]] {
        let again = bug(&alice, "src/a.rs", "high", more).ok().json();
        assert_eq!((&again["id"], &again["existed"]), (&left["id"], &true.into()));
    }
    assert!(bug(&alice, "src/a.rs", "high", &[]).ok().stderr.is_empty());
    assert_eq!(alice.head(), head, "nothing is appended");
    // What was dealt with may come back.
    alice.coord(&["resolve", &text(&left["id"])]).ok();
    assert_eq!(bug(&alice, "src/a.rs", "high", &["--force"]).ok().json()["existed"], false);
}

#[test]
fn request_in_the_words_of_another_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    maria.git(&["branch", "dev", "main"]);
    let change = |actor: &Actor, branch: &str, path: &str| {
        actor.git(&["checkout", "-q", "-b", branch, "main"]);
        actor.write(path, branch);
        actor.commit(INTENT)
    };
    let theirs = change(&alice, "theirs", "src/a.rs");
    let ours = change(&bob, "ours", "src/b.rs");
    let first = alice.coord(&["request", &theirs, "--into", "main"]).ok().json();
    let head = alice.head();
    let refused = bob.coord(&["request", &ours, "--into", "main"]).fails(3, CODE);
    let holder = &refused["holders"][0];
    assert_eq!((&holder["kind"], &holder["id"]), (&"request".into(), &first["id"]), "{refused}");
    assert_eq!(alice.head(), head, "a refusal writes nothing");
    // Another ref, other words, and whoever means it.
    let to_dev = bob.coord(&["request", &ours, "--into", "dev"]).ok().json();
    bob.coord(&["request", "--close", &text(&to_dev["id"])]).ok();
    let other = bob.coord(&["request", &ours, "--into", "main", "--title", "Upload again after a timeout"]).ok().json();
    assert_eq!(other["similar"][0]["id"], first["id"], "{other}");
    bob.coord(&["request", "--close", &text(&other["id"])]).ok();
    let meant = bob.coord(&["request", &ours, "--into", "main", "--force"]).ok().json();
    // What is there is brought up to date without a question.
    bob.coord(&["request", &ours, "--update", &text(&meant["id"]), "--title", INTENT, "--summary", "Again"]).ok();
}

#[test]
fn question_that_another_has_settled_is_refused() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let lena = maria.enroll("lena", &["--role", "maintainer", "--kind", "human"]);
    let decide = |actor: &Actor, question: &str, more: &[&str]| {
        actor.coord(&[&["decide", question, "--answer", "So it is"], more].concat())
    };
    let settled = decide(&maria, "Which parser reads the input?", &["--on", "src/"]).ok().json();
    let (id, head) = (text(&settled["id"]), maria.head());
    for (same, path) in [("Which parser reads the input?", "src/"), ("which parser reads the input", "docs/")] {
        let refused = decide(&lena, same, &["--on", path]).fails(3, CODE);
        let holder = &refused["holders"][0];
        assert_eq!((&holder["kind"], &holder["id"]), (&"decision".into(), &settled["id"]), "{refused}");
        assert_eq!((&holder["holder"], &holder["paths"]), (&settled["author"], &json!(["src/"])));
        let hint = text(&refused["hints"][0]);
        assert!(hint.contains(&format!("--supersedes {id}")) && hint.contains("--force"), "{hint}");
    }
    assert_eq!(maria.head(), head, "a refusal writes nothing");
    // The legal twins: other words, one's own, whoever means it, and the one that takes its place.
    let other = decide(&lena, "By which library is text read?", &["--on", "src/"]).ok().json();
    assert_eq!(other["similar"][0]["id"], settled["id"], "{other}");
    decide(&maria, "Which parser reads the input?", &["--on", "tests/"]).ok();
    let meant = decide(&lena, "Which parser reads the input?", &["--on", "docs/", "--force"]).ok().json();
    assert_eq!(meant["similar"][0]["reason"], "same wording", "{meant}");
    // Two of maria's hold: what takes the place of one is in the words of the other.
    decide(&lena, "Which parser reads the input?", &["--supersedes", &id]).fails(3, CODE);
    decide(&lena, "Which parser reads the input?", &["--supersedes", &id, "--force"]).ok();
}

/// What was superseded is settled no more, and refuses nothing.
#[test]
fn decision_that_supersedes_may_use_the_same_words() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let lena = maria.enroll("lena", &["--role", "maintainer", "--kind", "human"]);
    let words = ["decide", "How wide is a line?", "--answer", "120 columns"];
    let first = text(&maria.coord(&words).ok().json()["id"]);
    lena.coord(&words).fails(3, CODE);
    let second = lena.coord(&[&words[..], &["--supersedes", &first]].concat()).ok().json();
    // By now it is lena who says it.
    let refused = maria.coord(&words).fails(3, CODE);
    assert_eq!(refused["holders"][0]["id"], second["id"], "{refused}");
    let reworded = ["decide", "Where does a line end?", "--answer", "120", "--supersedes", &text(&second["id"])];
    maria.coord(&reworded).ok();
    lena.coord(&words).ok();
}

/// Of some who say the same at the same moment, one is first, and the others are told.
#[test]
fn of_those_who_say_the_same_at_once_one_is_granted() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let agents: Vec<Actor> = (0..6).map(|index| maria.agent(&format!("agent{index}"))).collect();
    let ended = thread::scope(|scope| {
        let claiming: Vec<_> = agents
            .iter()
            .enumerate()
            .map(|(index, agent)| {
                scope.spawn(move || agent.coord(&["claim", &format!("part-{index}/"), "--intent", INTENT]).code)
            })
            .collect();
        claiming.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(ended.iter().filter(|code| **code == 0).count(), 1, "{ended:?}");
    assert!(ended.iter().all(|code| [0, 3].contains(code)), "{ended:?}");
    assert_eq!(maria.coord(&["status", "--all"]).ok().of_type("claim").len(), 1);
}

/// Whoever has not heard of it yet is told by the remote that decides, before anything counts; and of two clones at once one is
/// first.
#[test]
fn words_are_compared_with_what_the_remote_has() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let bob = hub.maria.agent("bob");
    let maria = hub.clone(&sandbox, "elsewhere");
    maria.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    let there = sandbox.somebody(&hub.directory);
    let held = maria.coord(&["claim", "src/a.rs", "--intent", INTENT]).ok().json();
    let head = there.head();
    let refused = bob.coord(&["claim", "docs/", "--intent", INTENT]).fails(3, CODE);
    assert_eq!(refused["holders"][0]["id"], held["id"], "{refused}");
    assert_eq!(there.head(), head, "a refusal writes nothing");
    maria.coord(&["find", "The parser drops the last line", "--on", "src/a.rs"]).ok();
    bob.coord(&["find", "The parser drops the last line", "--on", "src/"]).fails(3, CODE);
    // The legal twins: other words, which are told what is there, and whoever means it.
    maria.coord(&["claim", "tests/", "--intent", "Explain releases to newcomers"]).ok();
    let other = bob.coord(&["claim", "docs/", "--intent", "Tell newcomers how a release is made"]).ok().json();
    assert_eq!(other["similar"][0]["intent"], "Explain releases to newcomers", "{other}");
    maria.coord(&["claim", "notes/", "--intent", "Draw the diagram of modules"]).ok();
    bob.coord(&["claim", "drawings/", "--intent", "Draw the diagram of modules", "--force"]).ok();
    for round in 0..4 {
        let intent = format!("Sweep room number {round} of the house");
        let claim = |actor: &Actor, path: &str| actor.coord(&["claim", path, "--intent", &intent]).code;
        let (one, other) = (format!("one/{round}"), format!("other/{round}"));
        let mut ended = thread::scope(|scope| {
            let bobs = scope.spawn(|| claim(&bob, &one));
            [claim(&maria, &other), bobs.join().unwrap()]
        });
        ended.sort_unstable();
        assert_eq!(ended, [0, 3], "round {round}");
    }
    maria.coord(&["sync"]).ok();
    assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
}
