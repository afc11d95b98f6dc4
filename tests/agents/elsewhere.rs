//! Files that are held from another clone: the remote is asked, now and then and not for long.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use crate::agents::told::CLIENTS;
use crate::agents::told::Heard;
use crate::agents::told::ask;
use crate::agents::told::ask_in;
use crate::agents::told::claims_of;
use crate::agents::told::edit;
use crate::agents::told::hook;
use crate::agents::told::team;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;

/// Returns an agent in one clone, and another one in another, whose ledger is decided at a bare repository under a policy
/// that asks for claims in this way.
fn apart(sandbox: &Sandbox, require: &str) -> (Actor, Actor) {
    let (maria, alice, bob) = team(sandbox, require);
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "hub.git"]);
    let hub = sandbox.root.join("hub.git");
    maria.git(&["remote", "add", "hub", hub.to_str().unwrap()]);
    maria.git(&["push", "-q", "--no-verify", "hub", "main"]);
    maria.coord(&["sync", "--remote", "hub"]).ok();
    outside.git(&["clone", "-q", "-o", "hub", hub.to_str().unwrap(), "far"]);
    let far = Actor { directory: sandbox.root.join("far"), id: bob.id, environment: bob.environment };
    far.coord(&["join", &far.id, "--remote", "hub"]).ok();
    (alice, far)
}

/// As if nobody had looked at the remote for a while.
fn let_time_pass(actor: &Actor) {
    let common = actor.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    fs::remove_file(std::path::Path::new(&common).join("coord/looked")).ok();
}

/// CLAIM-1: nothing that is done here asks the remote for a claim.
#[test]
fn file_that_is_held_from_another_clone_is_refused_whatever_the_policy_asks_for() {
    for require in ["off", "warn", "auto"] {
        let sandbox = Sandbox::new();
        let (alice, far) = apart(&sandbox, require);
        far.claim(&["src/held.rs"]);
        for client in CLIENTS {
            let_time_pass(&alice);
            assert!(ask(&alice, client, "src/held.rs").stops().contains(&far.id), "{require} {client}");
            ask(&alice, client, "src/free.rs").goes_on();
        }
        // What was given back meanwhile is free at the next look.
        far.coord(&["release", "src/held.rs"]).ok();
        let_time_pass(&alice);
        ask(&alice, "claude", "src/held.rs").goes_on();
    }
}

#[test]
fn remote_is_asked_once_for_all_sessions_of_a_clone_and_not_at_every_edit() {
    let sandbox = Sandbox::new();
    let (alice, far) = apart(&sandbox, "warn");
    let_time_pass(&alice);
    ask(&alice, "claude", "src/a.rs").goes_on();
    far.claim(&["src/held.rs"]);
    ask(&alice, "claude", "src/b.rs").goes_on();
    assert!(!alice.git(&["log", "--format=%B", "coord"]).contains("src/held.rs"), "nobody looked again");
    let_time_pass(&alice);
    ask_in(&alice, "another", "codex", "src/b.rs").goes_on();
    ask(&alice, "claude", "src/held.rs").stops();
}

#[test]
fn session_begins_with_what_is_held_elsewhere() {
    let sandbox = Sandbox::new();
    let (alice, far) = apart(&sandbox, "warn");
    far.claim(&["src/held.rs"]);
    let mut payload = edit("claude", &alice.directory, "x");
    payload.as_object_mut().unwrap().retain(|key, _| !key.starts_with("tool"));
    assert!(hook(&alice, "claude", "session-start", &payload).ok().stdout.contains("src/held.rs"));
}

/// A remote that does not answer keeps nobody waiting for longer than the program waits: it would let the edit go on.
#[test]
fn silent_remote_stops_what_needs_a_claim_in_time_and_nothing_else() {
    for (require, is_stopped) in [("auto", true), ("warn", false)] {
        let sandbox = Sandbox::new();
        let (alice, far) = apart(&sandbox, require);
        far.claim(&["src/elsewhere.rs"]);
        alice.claim(&["src/mine.rs"]);
        alice.git(&["remote", "set-url", "hub", "ssh://nowhere.invalid/hub.git"]);
        let silent = sandbox.script("silent", "#!/bin/sh\nexec sleep 20\n");
        let alice = alice.with_env("GIT_SSH_COMMAND", &silent).with_env("GIT_COORD_HOOK_TIMEOUT", "3");
        for client in CLIENTS {
            let_time_pass(&alice);
            let begun = Instant::now();
            let heard = ask_in(&alice, "s-1", client, "src/free.rs");
            assert!(begun.elapsed() < Duration::from_secs(3), "{client}: {:?}", begun.elapsed());
            match heard {
                Heard::Stopped(why) => {
                    assert!(is_stopped, "{client}: {why}");
                    assert!(why.contains("src/free.rs") && why.contains("hint: "), "{why}");
                }
                Heard::GoesOn(said) => {
                    assert!(!is_stopped, "{client}");
                    let is_heard = ["claude", "codex", "copilot", "gemini", "opencode"].contains(&client);
                    assert_eq!(
                        said.contains("what others hold is told from what is here"),
                        is_heard,
                        "{client}: {said}"
                    );
                }
            }
            // Nobody waits again at once.
            let begun = Instant::now();
            ask(&alice, client, "src/mine.rs").goes_on();
            assert!(begun.elapsed() < Duration::from_secs(1), "{client}");
        }
        alice.git(&["remote", "set-url", "hub", sandbox.root.join("hub.git").to_str().unwrap()]);
    }
}

/// What one claim of a session has lost meanwhile is no reason to keep the others.
#[test]
fn end_of_a_session_gives_back_what_is_left() {
    let sandbox = Sandbox::new();
    let (alice, far) = apart(&sandbox, "auto");
    ask(&alice, "claude", "src/a.rs").goes_on();
    far.coord(&["claim", "src/a.rs", "--intent", "Later", "--queue"]).ok();
    alice.coord(&["sync"]).ok();
    // Somebody waits for the first: the second is another one.
    ask(&alice, "claude", "src/b.rs").goes_on();
    let taken = claims_of(&alice);
    assert_eq!(taken.len(), 2, "{taken:?}");
    let ends = taken[0]["id"].as_str().unwrap();
    let there = Actor { id: alice.id.clone(), ..far.clone() }.with_env("GIT_COORD_AS", &alice.id);
    there.coord(&["release", ends]).ok();
    let mut payload = edit("claude", &alice.directory, "x");
    payload.as_object_mut().unwrap().retain(|key, _| !key.starts_with("tool"));
    let said = hook(&alice, "claude", "session-end", &payload).ok().stderr;
    assert!(said.contains(taken[1]["id"].as_str().unwrap()) && !said.contains(ends), "{said}");
    assert!(claims_of(&alice).is_empty());
}
