//! What a session takes, shares and gives back, and what it is told of others who have a file in hand.

use serde_json::json;

use crate::agents::told::CLIENTS;
use crate::agents::told::Heard;
use crate::agents::told::ask;
use crate::agents::told::ask_in;
use crate::agents::told::claims_of;
use crate::agents::told::edit;
use crate::agents::told::edit_in;
use crate::agents::told::hook;
use crate::agents::told::team;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

fn end(actor: &Actor, session: &str, client: &str) -> Ran {
    let mut payload = edit_in(session, client, &actor.directory, "x");
    let object = payload.as_object_mut().unwrap();
    for key in ["tool_name", "toolName", "tool_input", "toolArgs", "tool_use_id"] {
        object.remove(key);
    }
    object.insert("hook_event_name".to_owned(), json!("SessionEnd"));
    object.insert("reason".to_owned(), json!("exit"));
    hook(actor, client, "session-end", &payload).ok()
}

#[test]
fn end_of_a_session_gives_back_what_was_taken_for_it_and_only_that() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    for client in CLIENTS {
        let own = alice.claim(&["docs/"]);
        ask(&alice, client, "docs/x.md").goes_on();
        ask(&alice, client, "src/a.rs").goes_on();
        ask(&bob, client, "src/a.rs").stops();
        assert!(end(&alice, "s-1", client).stdout.is_empty());
        let left: Vec<_> = claims_of(&alice).iter().map(|claim| claim["id"].clone()).collect();
        assert_eq!(left, [own["id"].clone()], "{client}");
        ask(&bob, client, "src/a.rs").goes_on();
        end(&bob, "s-1", client);
        let head = alice.head();
        end(&alice, "s-1", client);
        assert_eq!(alice.head(), head, "there is nothing to give back twice");
    }
}

#[test]
fn claim_that_two_sessions_use_stays_until_both_have_ended() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    ask_in(&alice, "one", "claude", "src/a.rs").goes_on();
    ask_in(&alice, "two", "codex", "src/a.rs").goes_on();
    end(&alice, "one", "claude");
    ask(&bob, "claude", "src/a.rs").stops();
    end(&alice, "two", "codex");
    ask(&bob, "claude", "src/a.rs").goes_on();
}

#[test]
fn session_is_stamped_on_its_entries() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "auto");
    ask_in(&alice, "my-session-7", "claude", "src/a.rs").goes_on();
    assert!(alice.git(&["log", "-1", "--format=%B", "coord"]).contains("Coord-Session: my-session-7"));
}

#[test]
fn collision_is_announced_before_the_second_write_and_once() {
    for client in CLIENTS {
        let sandbox = Sandbox::new();
        let (_maria, alice, bob) = team(&sandbox, "off");
        ask(&bob, client, "src/a.rs").goes_on();
        bob.write("src/a.rs", "fn b() {}\n");
        let said = match ask(&alice, client, "src/a.rs") {
            Heard::GoesOn(said) | Heard::Stopped(said) => said,
        };
        assert!(said.contains("(uncommitted)") && said.contains(&bob.id), "{client}: {said}");
        assert_eq!(ask(&alice, client, "src/a.rs"), Heard::GoesOn(String::new()), "{client}");
        bob.commit("Work");
        let said = match ask(&alice, client, "src/a.rs") {
            Heard::GoesOn(said) | Heard::Stopped(said) => said,
        };
        assert!(said.contains("(unlanded"), "{client}: {said}");
        alice.git(&["merge", "-q", "bob"]);
        bob.write("src/b.rs", "fn c() {}\n");
        assert_eq!(ask_in(&alice, "s-2", client, "src/a.rs"), Heard::GoesOn(String::new()), "{client}");
    }
}

/// What was told is of one piece of work: once that has landed, the next one in the same place is told as well.
#[test]
fn next_work_on_a_file_is_told_after_the_first_has_landed() {
    for client in CLIENTS {
        let sandbox = Sandbox::new();
        let (maria, alice, bob) = team(&sandbox, "off");
        let hears = || match ask(&alice, client, "src/a.rs") {
            Heard::GoesOn(said) | Heard::Stopped(said) => said,
        };
        bob.write("src/a.rs", "fn b() {}\n");
        assert!(hears().contains("(uncommitted)"), "{client}");
        // The legal twins: the same work goes on, and what else has landed is merged meanwhile.
        bob.write("src/a.rs", "fn bb() {}\n");
        assert_eq!(hears(), "", "{client}");
        maria.write("README.md", "# Worked\n");
        maria.commit("Change the words");
        bob.git(&["merge", "-q", "main"]);
        assert_eq!(hears(), "", "{client}");
        bob.commit("Change a");
        assert!(hears().contains("(unlanded"), "{client}");
        maria.git(&["merge", "-q", "--ff-only", "bob"]);
        bob.write("src/a.rs", "fn bbb() {}\n");
        let said = hears();
        assert!(said.contains("(uncommitted)") && said.contains(&bob.id), "{client}: {said}");
        bob.commit("Change a again");
        let said = hears();
        assert!(said.contains("(unlanded") && said.contains(&bob.id), "{client}: {said}");
        assert_eq!(hears(), "", "{client}");
    }
}

/// While a branch is rebased, what was committed on it is in none of the files and still in its owner's hand.
#[test]
fn work_that_is_being_rebased_is_told() {
    let sandbox = Sandbox::new();
    let (maria, alice, bob) = team(&sandbox, "off");
    for (who, path) in [(&maria, "src/b.rs"), (&bob, "src/b.rs"), (&bob, "src/a.rs")] {
        who.write(path, &format!("fn by() {{ {:?} }}\n", who.id));
        who.commit("Change it");
    }
    let hears = |session: &str, path: &str| match ask_in(&alice, session, "claude", path) {
        Heard::GoesOn(said) | Heard::Stopped(said) => said,
    };
    for backend in ["--merge", "--apply"] {
        assert_eq!(bob.try_git(&["rebase", "-q", backend, "main"]).code, 1, "both changed src/b.rs");
        let session = format!("during{backend}");
        let said = hears(&session, "src/a.rs");
        assert!(said.contains("(unlanded") && said.contains(&bob.id), "{said}");
        assert_eq!(hears(&session, "src/c.rs"), "", "nobody changed it");
        bob.git(&["rebase", "--abort"]);
        assert_eq!(hears(&session, "src/a.rs"), "", "it is the same work");
    }
    // The legal twin: once it is on the main line, it is in nobody's hand.
    bob.git(&["rebase", "-q", "-X", "theirs", "main"]);
    maria.git(&["merge", "-q", "--ff-only", "bob"]);
    assert_eq!(hears("after", "src/a.rs"), "");
}

/// What is committed while a rebase stands still is in its owner's hand as well, beside what was committed before.
#[test]
fn work_that_is_committed_during_a_rebase_is_told() {
    let sandbox = Sandbox::new();
    let (maria, alice, bob) = team(&sandbox, "off");
    for path in ["src/a.rs", "src/b.rs"] {
        bob.write(path, "fn by() {}\n");
        bob.commit("Change it");
    }
    let hears = |session: &str, path: &str| match ask_in(&alice, session, "claude", path) {
        Heard::GoesOn(said) | Heard::Stopped(said) => said,
    };
    let editing = bob.with_env("GIT_SEQUENCE_EDITOR", "sed -i -e '1s/^pick/edit/'");
    editing.git(&["rebase", "-q", "-i", "main"]);
    // The legal twin: what nobody changed yet.
    assert_eq!(hears("before", "src/new.rs"), "");
    bob.write("src/new.rs", "fn new() {}\n");
    bob.git(&["add", "src/new.rs"]);
    bob.git(&["commit", "-q", "-m", "Add it"]);
    for path in ["src/new.rs", "src/a.rs", "src/b.rs"] {
        let said = hears("during", path);
        assert!(said.contains("(unlanded") && said.contains(&bob.id), "{path}: {said}");
    }
    bob.git(&["rebase", "--continue"]);
    assert!(hears("after", "src/new.rs").contains("(unlanded"));
    maria.git(&["merge", "-q", "--ff-only", "bob"]);
    assert_eq!(hears("landed", "src/new.rs"), "");
}

#[test]
fn collision_that_comes_up_meanwhile_is_told_after_the_edit() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    for (number, client) in CLIENTS.into_iter().enumerate() {
        let file = format!("src/n{number}.rs");
        assert_eq!(ask(&alice, client, &file), Heard::GoesOn(String::new()));
        bob.write(&file, "x");
        let payload = edit(client, &alice.directory, &file);
        let said = hook(&alice, client, "after-edit", &payload).ok().stdout;
        assert!(said.contains("(uncommitted"), "{client}: {said}");
        if client != "opencode" {
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            let place = match client {
                "cursor" => &said["additional_context"],
                "copilot" => &said["additionalContext"],
                _ => &said["hookSpecificOutput"]["additionalContext"],
            };
            assert!(place.as_str().unwrap().contains(&bob.id), "{client}: {said}");
        }
        assert!(hook(&alice, client, "after-edit", &payload).ok().stdout.is_empty());
    }
}

#[test]
fn claims_are_renewed_by_half_of_their_time_and_not_before() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "auto");
    alice.coord(&["claim", "src/a.rs", "--intent", "x", "--ttl", "60s"]).ok();
    let before = alice.head();
    let payload = edit("claude", &alice.directory, "src/a.rs");
    hook(&alice, "claude", "after-edit", &payload).ok();
    assert_ne!(alice.head(), before, "less than half of the usual time was left");
    let renewed = alice.head();
    hook(&alice, "claude", "after-edit", &payload).ok();
    hook(&alice, "claude", "before-edit", &payload).ok();
    assert_eq!(alice.head(), renewed);
}

/// An agent that crashed after its commit is in nobody's way for longer than one that crashed before.
#[test]
fn commit_renews_what_was_taken_automatically_for_as_short() {
    let sandbox = Sandbox::new();
    let (maria, alice, _) = team(&sandbox, "auto");
    maria.coord(&["hooks", "install"]).ok();
    ask(&alice, "claude", "src/a.rs").goes_on();
    let taken = text(&claims_of(&alice)[0]["expires"]);
    let asked_for = text(&alice.coord(&["claim", "src/b.rs", "--intent", "B"]).ok().json()["expires"]);
    assert!(taken < asked_for, "a quarter of an hour and half of one");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let after = claims_of(&alice).iter().map(|claim| text(&claim["expires"])).min().unwrap();
    assert!(after < asked_for, "{after} is as long as what was asked for: {asked_for}");
}

#[test]
fn whoever_waits_is_mentioned_once() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    alice.claim(&["src/a.rs"]);
    bob.coord(&["claim", "src/a.rs", "--intent", "Later", "--queue"]).ok();
    assert!(ask(&alice, "claude", "src/a.rs").goes_on().contains("waits for"));
    assert_eq!(ask(&alice, "claude", "src/a.rs"), Heard::GoesOn(String::new()));
}

#[test]
fn session_begins_with_the_brief_and_in_silence_where_there_is_no_ledger() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    let intent = "Rework the parser";
    bob.coord(&["claim", "src/a.rs", "--intent", intent]).ok();
    let brief = alice.say(&["brief"]).ok().stdout;
    assert!(brief.contains(&bob.id) && brief.len() <= 2_048, "{brief}");
    let plain = sandbox.repository("plain");
    for client in CLIENTS {
        let mut payload = edit(client, &alice.directory, "x");
        for key in ["tool_name", "toolName", "tool_input", "toolArgs"] {
            payload.as_object_mut().unwrap().remove(key);
        }
        let said = hook(&alice, client, "session-start", &payload).ok().stdout;
        let told = match client {
            "opencode" => said.clone(),
            _ => {
                let said: serde_json::Value = serde_json::from_str(&said).unwrap();
                let place = match client {
                    "cursor" => &said["additional_context"],
                    "copilot" => &said["additionalContext"],
                    _ => &said["hookSpecificOutput"]["additionalContext"],
                };
                place.as_str().unwrap().to_owned()
            }
        };
        // How long a claim still lasts is told by the clock.
        let timeless = |text: &str| {
            text.trim_end().lines().filter(|line| !line.contains(" min")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(timeless(&told), timeless(&brief), "{client}");
        assert!(told.contains(&bob.id), "{client}: {told}");
        payload["cwd"] = json!(plain.directory);
        payload["workspace_roots"] = json!([plain.directory]);
        assert_eq!(hook(&plain, client, "session-start", &payload).ok().stdout, "", "{client}");
    }
}
