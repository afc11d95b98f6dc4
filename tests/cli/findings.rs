//! Findings: on what they are, in which order they are shown, who closes them, and what their text cannot do.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::time_in;

fn ids(findings: &[Value]) -> Vec<String> {
    findings.iter().map(|finding| text(&finding["id"])).collect()
}

fn listed(actor: &Actor, arguments: &[&str]) -> Vec<String> {
    ids(&actor.coord(&[&["findings"], arguments].concat()).ok().of_type("finding"))
}

fn find(actor: &Actor, arguments: &[&str]) -> String {
    text(&actor.coord(&[&["find"], arguments].concat()).ok().json()["id"])
}

#[test]
fn findings_are_about_paths_commits_and_requests() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let commit = alice.commit("Change a");
    let request = text(&alice.coord(&["request", "HEAD", "--into", "main"]).ok().json()["id"]);
    let seen =
        maria.coord(&["find", "Off by one", "--kind", "bug", "--severity", "high", "--on", "src/a.rs"]).ok().json();
    for field in ["type", "v", "id", "author", "kind", "severity", "text", "paths", "state"] {
        assert!(seen.get(field).is_some(), "{field}: {seen}");
    }
    assert_eq!((&seen["author"], &seen["paths"][0]), (&maria.id.as_str().into(), &"src/a.rs".into()));
    let on_commit = maria.coord(&["find", "Why?", "--kind", "question", "--commit", "alice"]).ok().json();
    assert_eq!(on_commit["commit"], commit.as_str());
    let on_request = maria.coord(&["find", "Too wide", "--request", &request]).ok().json();
    assert_eq!(on_request["request"], request.as_str());
    assert_eq!(listed(&alice, &[]).len(), 3);
    assert_eq!(listed(&alice, &["src/"]), [text(&seen["id"])]);
    assert!(listed(&alice, &["docs/"]).is_empty());
    assert_eq!(listed(&alice.at("src"), &["a.rs"]), [text(&seen["id"])], "relative to where one stands");
    maria.coord(&["find", "x", "--commit", "nothing"]).fails(2, "usage.not-found");
    maria.coord(&["find", "x", "--request", "r-zzzzzzzz"]).exits(2);
    maria.coord(&["find", "x", "--request", "zzz"]).fails(2, "usage.argument");
    for (option, bad) in [("--kind", "rumour"), ("--severity", "huge"), ("--half-life", "0s")] {
        maria.coord(&["find", "x", option, bad]).fails(2, "usage.argument");
    }
}

#[test]
fn findings_are_closed_by_who_may() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let first = find(&alice, &["One", "--on", "src/"]);
    let second = find(&alice, &["Two", "--on", "src/"]);
    let third = find(&alice, &["Three", "--on", "src/"]);
    bob.coord(&["resolve", &first]).exits(1);
    bob.coord(&["dismiss", &first]).exits(1);
    maria.coord(&["resolve", &first]).ok();
    maria.coord(&["dismiss", &second]).ok();
    assert_eq!(listed(&bob, &[]), std::slice::from_ref(&third));
    let all = maria.coord(&["findings", "--all"]).ok().of_type("finding");
    let state = |id: &str| text(&all.iter().find(|finding| finding["id"] == id).unwrap()["state"]);
    assert_eq!((state(&first), state(&second), state(&third)), ("resolved".into(), "dismissed".into(), "open".into()));
    alice.coord(&["resolve", &third]).ok();
    assert!(listed(&bob, &[]).is_empty(), "an author withdraws its own");
    maria.coord(&["resolve", "f-zzzzzzzz"]).fails(2, "usage.not-found");
    maria.coord(&["resolve", "c-zzzzzzzz"]).exits(2);
}

#[test]
fn what_weighs_most_comes_first() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let low = find(&maria, &["Low", "--on", "src/", "--severity", "low"]);
    let critical = find(&maria, &["Critical", "--on", "src/", "--severity", "critical"]);
    let medium = find(&maria, &["Medium", "--on", "src/"]);
    assert_eq!(listed(&maria, &[]), [critical.clone(), medium.clone(), low.clone()]);
    // Eight times as heavy, and gone to nothing after a few seconds.
    let fading = find(&maria, &["Fading", "--on", "src/", "--severity", "critical", "--half-life", "1s"]);
    crate::support::sandbox::wait_for("decay", || {
        let order = listed(&maria, &[]);
        (order == [critical.clone(), medium.clone(), low.clone(), fading.clone()]).then_some(())
    });
}

/// PARSE-7, with legal twin
#[test]
fn terminal_escapes_never_reach_a_terminal() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let head = maria.head();
    for bad in ["\u{1b}[2J", "\u{1b}]0;title\u{7}", "\u{9b}31m", "a\u{202e}b", "a\u{7}b", "a\u{8}b", "a\rb"] {
        let refused = maria.coord(&["find", bad, "--on", "src/"]);
        refused.fails(2, "usage.argument");
        let shown = maria.say(&["find", bad, "--on", "src/"]).exits(2);
        assert!(!shown.stderr.contains(bad), "{shown}");
        let refused = maria.say(&["claim", "src/", "--intent", bad]).exits(2);
        assert!(!refused.stderr.contains(bad), "{refused}");
        let refused = maria.say(&["claim", bad, "--intent", "x"]).exits(2);
        assert!(!refused.stderr.contains(bad), "{refused}");
        for arguments in [
            &["show", bad][..],
            &["release", bad],
            &["--as", bad, "whoami"],
            &["resolve", bad],
            &["renew", "--ttl", bad],
        ] {
            let shown = maria.say(arguments);
            assert!(shown.code != 0 && !shown.stderr.contains(bad), "{shown}");
        }
    }
    assert_eq!(maria.head(), head, "nothing was appended");
    find(&maria, &["Größe — 日本語 🙂", "--on", "src/"]);
    find(&maria, &["Two\nlines", "--on", "src/"]);
}

/// PARSE-7
#[test]
fn terminal_escapes_by_stock_git_are_shown_as_escapes() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    let escape = "\u{1b}[2J\u{9b}31m";
    maria.write(&format!(".coord/evil{escape}.toml"), "x\n");
    maria.write(
        ".coord/claims/c-22222222.toml",
        &format!(
            "format = 1\nholder = \"{}\"\nintent = \"{escape}\"\npaths = [\"x\"]\nexpires = {}\n",
            alice.id,
            time_in(600)
        ),
    );
    let quiet = |when: &str| {
        let all: [&[&str]; 7] =
            [&["status"], &["status", "--all"], &["log"], &["verify"], &["audit"], &["inbox"], &["commit"]];
        for arguments in all {
            let human = maria.say(arguments);
            let json = maria.coord(arguments);
            for said in [&human.stdout, &human.stderr, &json.stdout, &json.stderr] {
                assert!(!said.contains('\u{1b}') && !said.contains('\u{9b}'), "{when}: {human}");
            }
        }
    };
    quiet("as drafts");
    maria.raw(&["add", "-A"]).ok();
    let message = format!("Subject {escape}\n\nCoord-Session: {escape}");
    let refused = maria.raw(&["commit", "-q", "-S", "-m", &message]).exits(1);
    assert!(!refused.stderr.contains('\u{1b}'), "{refused:?}");
    maria.raw(&["commit", "-q", "-S", "--no-verify", "-m", &message]).ok();
    quiet("as a void entry");
    maria.claim(&["src/"]);
    maria.write(".coord/claims/c-33333333.toml", &super::raw::claim_text(&maria.id, "docs/"));
    maria.raw(&["add", "-A"]).ok();
    maria.raw(&["commit", "-q", "-S", "-m", &message]).ok();
    quiet("as a valid entry");
    let shown = maria.say(&["show", "c-33333333"]).ok();
    assert!(!shown.stdout.contains('\u{1b}'), "{shown}");
    // A branch, a commit and a file whose names would move the terminal.
    alice.write(&format!("src/{escape}.rs"), "x\n");
    alice.commit(&format!("Subject {escape}"));
    let requested = alice.say(&["request", "HEAD", "--into", "main"]);
    assert!(!requested.stdout.contains('\u{1b}') && !requested.stderr.contains('\u{1b}'), "{requested}");
    quiet("with such a request");
}
