//! Decisions: made once, seen by everybody who is about to touch what they bind, and superseded by others only.

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn decide(actor: &Actor, arguments: &[&str]) -> Value {
    actor.coord(&[&["decide"], arguments].concat()).ok().json()
}

fn listed(actor: &Actor, arguments: &[&str]) -> Vec<String> {
    let found = actor.coord(&[&["decisions"], arguments].concat()).ok().of_type("decision");
    found.iter().map(|decision| text(&decision["id"])).collect()
}

#[test]
fn decision_is_told_to_whoever_claims_what_it_binds() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let finding =
        text(&alice.coord(&["find", "Which parser?", "--kind", "question", "--on", "src/"]).ok().json()["id"]);
    let words = ["Which parser?", "--answer", "The one of the workspace.\nNo second one.", "--on", "src/"];
    let made = decide(&maria, &[&words[..], &["--finding", &finding]].concat());
    let id = text(&made["id"]);
    assert_eq!((&made["type"], &made["v"], &made["state"]), (&json!("decision"), &json!(1), &json!("holds")));
    assert_eq!((&made["author"], &made["finding"]), (&json!(maria.id), &json!(finding)));
    assert_eq!(made["paths"], json!(["src/"]));
    let everywhere = decide(&maria, &["How wide is a line?", "--answer", "120 columns"]);
    assert_eq!(everywhere["paths"], json!(["**"]), "what names no path binds all of them");
    let everywhere = text(&everywhere["id"]);
    assert_eq!(listed(&alice, &["src/a.rs"]), [everywhere.clone(), id.clone()]);
    assert_eq!(listed(&alice, &["docs/"]), std::slice::from_ref(&everywhere));
    assert_eq!(listed(&alice.at("src"), &["a.rs"]).len(), 2, "relative to where one stands");

    let claimed = alice.coord(&["claim", "src/a.rs", "--intent", "Read the input"]).ok().json();
    let told: Vec<_> = claimed["decisions"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
    assert_eq!(told, [everywhere.clone(), id.clone()]);
    // What binds is part of the answer, not a remark that may be left out, and every line of it is set off.
    let said = alice.say(&["--quiet", "claim", "src/a.rs", "--intent", "Read the input"]).ok().stdout;
    assert!(said.contains(&format!("decided: {id}  src/ (by {})  \"Which parser?\"", maria.id)), "{said}");
    assert!(said.contains("\n  > The one of the workspace.\n  > No second one.\n"), "{said}");
    let beside = alice.coord(&["claim", "--resource", "port:80", "--intent", "Serve"]).ok().json();
    assert_eq!(beside["decisions"], json!([]), "a port is no path");

    assert_eq!(alice.coord(&["show", &id]).ok().json()["path"], format!("decisions/{id}.toml"));
    assert_eq!(alice.coord(&["log", &id]).ok().of_type("entry").len(), 1);
    assert_eq!(alice.coord(&["status"]).ok().of_type("head")[0]["decisions"], 2);
    assert_eq!(alice.coord(&["status", "docs/"]).ok().of_type("head")[0]["decisions"], 1);
    let alike = alice.coord(&["similar", "Which parser"]).ok().json();
    let kinds: Vec<_> = alike["similar"].as_array().unwrap().iter().map(|one| text(&one["kind"])).collect();
    assert!(kinds.contains(&"decision".to_owned()), "{alike}");
    let again = decide(&maria, &["Which parser", "--answer", "The same", "--on", "docs/"]);
    assert_eq!(again["similar"][0]["id"], id, "{again}");
    maria.assert_clean();
}

#[test]
fn decision_is_superseded_and_never_gone() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let first = text(&decide(&maria, &["Which parser?", "--answer", "Ours", "--on", "src/", "--on", "tests/"])["id"]);
    let next = decide(&maria, &["Which parser?", "--answer", "Theirs", "--supersedes", &first]);
    let id = text(&next["id"]);
    assert_eq!((&next["paths"], &next["similar"]), (&json!(["src/", "tests/"]), &json!([])), "it takes the same place");
    assert_eq!(listed(&maria, &[]), std::slice::from_ref(&id));
    assert_eq!(listed(&maria, &["--all"]), [id.clone(), first.clone()]);
    let all = maria.coord(&["decisions", "--all"]).ok().of_type("decision");
    assert_eq!((&all[1]["state"], &all[1]["superseded_by"]), (&json!("superseded"), &json!(id)));
    let said = maria.say(&["decisions", "--all"]).ok().stdout;
    assert!(said.contains(&format!("superseded by {id}")), "{said}");
    let again = ["decide", "Which parser?", "--answer", "None", "--supersedes", &first];
    let refused = maria.coord(&again).fails(1, "decision.superseded");
    assert!(text(&refused["message"]).contains(&id), "it names what took its place: {refused}");
    maria.coord(&["decide", "x", "--answer", "y", "--supersedes", "d-zzzzzzzz"]).fails(2, "usage.not-found");
    maria.coord(&["decide", "x", "--answer", "y", "--supersedes", "f-zzzzzzzz"]).exits(2);
    decide(&maria, &["Which parser?", "--answer", "None", "--supersedes", &id]);
}

/// LED-4, with legal twin
/// Whoever was killed before it was told tries again, and finds what stands.
#[test]
fn decision_that_is_made_again_to_the_letter_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let words = ["Which parser?", "--answer", "Ours", "--on", "src/"];
    let made = decide(&maria, &words);
    let height = |actor: &Actor| actor.coord(&["status"]).ok().json()["height"].clone();
    let before = height(&maria);
    let again = decide(&maria, &words);
    assert_eq!((&again["id"], &again["existed"], &made["existed"]), (&made["id"], &true.into(), &false.into()));
    assert_eq!((height(&maria), &again["similar"]), (before, &serde_json::json!([])));
    // Other words, or another place, settle something else.
    let other = decide(&maria, &["Which parser?", "--answer", "Ours", "--on", "docs/"]);
    assert_ne!(other["id"], made["id"]);
    // What was superseded may be settled once more.
    let id = text(&made["id"]);
    let next = decide(&maria, &["Which parser?", "--answer", "Theirs", "--on", "src/", "--supersedes", &id]);
    assert_ne!(decide(&maria, &words)["id"], made["id"], "{next}");
}

#[test]
fn decision_needs_a_right_that_the_policy_gives() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let head = maria.head();
    alice.coord(&["decide", "Which parser?", "--answer", "Mine"]).fails(1, "record.right");
    for bad in ["", "two\nlines", "a\u{1b}[2J", &"x".repeat(241)] {
        maria.coord(&["decide", bad, "--answer", "Yes"]).fails(2, "usage.argument");
    }
    for bad in ["", "a\u{202e}b", &"x".repeat(1_001)] {
        maria.coord(&["decide", "Why?", "--answer", bad]).fails(2, "usage.argument");
    }
    assert_eq!(maria.head(), head, "nothing was appended");
    decide(&maria, &[&"x".repeat(240), "--answer", &"x".repeat(1_000)]);
    maria.coord(&["decide", "Why?"]).exits(2);
}

/// LED-4, with legal twin: a commit of stock git that rewrites what was settled, or takes it away, is void.
#[test]
fn decision_that_is_edited_by_hand_is_void() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let made = decide(&maria, &["Which parser?", "--answer", "Ours", "--on", "src/"]);
    let id = text(&made["id"]);
    let place = format!(".coord/decisions/{id}.toml");
    let written = maria.read(&place);
    let voids = || maria.coord(&["status"]).ok().of_type("void").len();
    maria.write(&place, &written.replace("Ours", "Mine"));
    maria.raw(&["add", "-A"]).ok();
    let refused = maria.raw(&["commit", "-q", "-S", "-m", "Edit"]).exits(1);
    assert!(refused.stderr.contains("decision.frozen"), "{refused:?}");
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Edit"]).ok();
    assert_eq!(voids(), 1);
    let told = maria.coord(&["status"]).ok().of_type("draft");
    assert_eq!(told[0]["code"], "decision.frozen", "what was typed stays as a draft, and cannot count: {told:?}");
    maria.write(&place, &written);
    assert_eq!(maria.coord(&["status"]).ok().of_type("draft"), [] as [Value; 0]);
    maria.raw(&["rm", "-q", "-f", &format!("decisions/{id}.toml")]).ok();
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", "Delete"]).ok();
    assert_eq!(voids(), 2);
    maria.write(&place, &written);
    let held = maria.coord(&["decisions"]).ok().json();
    assert_eq!((&held["id"], &held["answer"]), (&json!(id), &json!("Ours")));
    // What a text editor may do: write another one in its place.
    let next = "d-22222222";
    let text = format!("{}supersedes = \"{id}\"\n", written.replace("Ours", "Mine"));
    maria.write(&format!(".coord/decisions/{next}.toml"), &text);
    // Who shares the checkout could have typed it: it is signed only by its name.
    assert_eq!(maria.coord(&["commit"]).ok().of_type("done").len(), 0);
    maria.raw_commit("Decide anew").ok();
    assert_eq!((voids(), listed(&maria, &[])), (2, vec![next.to_owned()]));
    maria.assert_clean();
}

/// Two clones race for the place of one decision: where it is decided, the second is refused and reads the first.
#[test]
fn other_clone_sees_what_was_settled_and_loses_the_race() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let second = hub.clone(&sandbox, "second");
    let mut second = Actor { id: hub.maria.id.clone(), ..second };
    second.coord(&["join", "maria"]).ok();
    let first = text(&decide(&hub.maria, &["Which parser?", "--answer", "Ours", "--on", "src/"])["id"]);
    second.coord(&["sync"]).ok();
    let seen = second.coord(&["decisions", "src/"]).ok().json();
    assert_eq!((&seen["id"], &seen["guarantee"]), (&json!(first), &json!("remote")));
    let won = text(&decide(&hub.maria, &["Which parser?", "--answer", "Theirs", "--supersedes", &first])["id"]);
    // This clone has not seen that yet.
    assert_eq!(listed(&second, &[]), std::slice::from_ref(&first));
    let late = ["decide", "Which parser?", "--answer", "None", "--supersedes", &first];
    let refused = second.coord(&late).fails(1, "decision.superseded");
    assert!(text(&refused["message"]).contains(&won), "{refused}");
    assert_eq!(listed(&second, &[]), std::slice::from_ref(&won));
    let last = text(&decide(&second, &["Which parser?", "--answer", "None", "--supersedes", &won])["id"]);
    hub.maria.coord(&["sync"]).ok();
    assert_eq!(listed(&hub.maria, &[]), [last]);
    // A remote that is away decides nothing, and so nobody does.
    second.id.clear();
    second.git(&["remote", "set-url", "hub", "../nowhere.git"]);
    second.coord(&["decide", "Whose?", "--answer", "Mine"]).fails(5, "remote.unreachable");
}
