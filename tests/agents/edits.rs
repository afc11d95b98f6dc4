//! May this file be edited: what a claim of somebody else, the policy and doubt say, to each program in its own way.

use serde_json::json;

use crate::agents::told::CLIENTS;
use crate::agents::told::Heard;
use crate::agents::told::ask;
use crate::agents::told::claims_of;
use crate::agents::told::edit;
use crate::agents::told::heard;
use crate::agents::told::hook;
use crate::agents::told::team;
use crate::agents::told::with_input;
use crate::support::sandbox::Sandbox;

#[test]
fn held_file_is_refused_with_holder_time_and_what_to_do() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    let claim = bob.coord(&["claim", "src/a.rs", "--intent", "Rework the \"parser\""]).ok().json();
    for client in CLIENTS {
        let why = ask(&alice, client, "src/a.rs").stops();
        for part in
            [&bob.id, claim["expires"].as_str().unwrap(), claim["id"].as_str().unwrap(), r#""Rework the \"parser\"""#]
        {
            assert!(why.contains(part), "{client}: {why}");
        }
        assert!(why.contains("git coord claim src/a.rs --intent \"…\" --queue --wait 10m"), "{client}: {why}");
        ask(&bob, client, "src/a.rs").goes_on();
    }
}

/// CLAIM-1
#[test]
fn queueing_as_the_refusal_says_works() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/a.rs"]);
    ask(&alice, "claude", "src/a.rs").stops();
    alice.coord(&["claim", "src/a.rs", "--intent", "Mend it", "--queue"]).ok();
    ask(&alice, "claude", "src/a.rs").stops();
    bob.coord(&["release", "src/a.rs"]).ok();
    assert_eq!(ask(&alice, "claude", "src/a.rs"), Heard::GoesOn(String::new()));
}

#[test]
fn policy_auto_claims_exactly_the_file_and_only_once() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    for (number, client) in CLIENTS.into_iter().enumerate() {
        let file = format!("src/new-{number}.rs");
        ask(&alice, client, &file).goes_on();
        let head = alice.head();
        assert_eq!(ask(&alice, client, &file), Heard::GoesOn(String::new()));
        assert_eq!(alice.head(), head, "{client} writes nothing twice");
        ask(&bob, client, &file).stops();
        ask(&bob, client, &format!("{file}.other")).goes_on();
    }
    let paths: Vec<_> = claims_of(&alice).iter().flat_map(|claim| claim["paths"].as_array().unwrap().clone()).collect();
    let mut expected: Vec<_> = (0..6).map(|number| json!(format!("src/new-{number}.rs"))).collect();
    expected.sort_by_key(ToString::to_string);
    let mut paths = paths;
    paths.sort_by_key(ToString::to_string);
    assert_eq!(paths, expected);
}

#[test]
fn a_session_has_one_claim_that_grows_and_the_limit_of_claims_is_not_reached() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "auto");
    for number in 0..24 {
        ask(&alice, "claude", &format!("src/f{number}.rs")).goes_on();
    }
    let claims = claims_of(&alice);
    assert_eq!(claims.len(), 1, "{claims:?}");
    assert_eq!(claims[0]["paths"].as_array().unwrap().len(), 24);
    assert_eq!(claims[0]["state"], "held");
}

#[test]
fn policy_warn_says_it_once_and_off_says_nothing() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "warn");
    assert_eq!(ask(&alice, "claude", "src/a.rs"), Heard::GoesOn(String::new()), "alone, nobody needs to be told");
    bob.claim(&["src/b.rs"]);
    assert!(ask(&alice, "claude", "src/a.rs").goes_on().contains("nobody has claimed src/a.rs"));
    assert_eq!(ask(&alice, "claude", "src/a.rs"), Heard::GoesOn(String::new()));
    assert!(claims_of(&alice).is_empty());
    ask(&alice, "claude", "src/b.rs").stops();

    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    bob.claim(&["src/b.rs"]);
    assert_eq!(ask(&alice, "claude", "src/a.rs"), Heard::GoesOn(String::new()));
    ask(&alice, "claude", "src/b.rs").stops();
}

#[test]
fn policy_deny_asks_for_a_claim_first() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "deny");
    let why = ask(&alice, "codex", "src/a.rs").stops();
    assert!(why.contains("git coord claim src/a.rs --intent"), "{why}");
    alice.claim(&["src/a.rs"]);
    ask(&alice, "codex", "src/a.rs").goes_on();
    let stranger = sandbox.somebody(&alice.directory).with_env("GIT_COORD_AS", "nobody");
    assert!(ask(&stranger, "codex", "src/b.rs").stops().contains("git coord join"));
}

#[test]
fn every_file_of_a_patch_is_looked_at() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/b.rs"]);
    let patch = |files: &[&str]| {
        let named: String = files.iter().map(|file| format!("*** Update File: {file}\n@@\n-a\n+b\n")).collect();
        let mut payload = edit("codex", &alice.directory, "x");
        payload["tool_input"]["command"] = json!(format!("*** Begin Patch\n{named}*** End Patch"));
        heard("codex", &hook(&alice, "codex", "before-edit", &payload))
    };
    patch(&["src/a.rs", "src/b.rs"]).stops();
    patch(&["src/a.rs", "src/c.rs"]).goes_on();
}

/// What cannot be understood is refused, where there is something to guard.
#[test]
fn doubt_is_a_no_and_a_repository_without_a_ledger_is_left_alone() {
    let sandbox = Sandbox::new();
    let (maria, alice, _bob) = team(&sandbox, "auto");
    let plain = sandbox.repository("plain");
    let garbage: [&[u8]; 4] = [b"", b"[1]", b"{\"tool_name\":\"Edit\",\"tool_input\":{}}", b"\xff\xfe{}"];
    for client in CLIENTS {
        for input in garbage {
            let call = |actor: &crate::support::sandbox::Actor| {
                let mut command = actor.command("git-coord");
                command.args(["agent", "hook", client, "before-edit"]);
                heard(client, &with_input(command, input))
            };
            assert!(call(&alice).stops().contains("not understood"), "{client}");
            assert_eq!(call(&plain), Heard::GoesOn(String::new()), "{client}");
        }
        assert_eq!(ask(&plain, client, "src/a.rs"), Heard::GoesOn(String::new()));
    }
    // A ledger that cannot be read may hold a claim.
    sandbox.leave_uninspected(&maria.directory);
    maria.git(&["update-ref", "refs/heads/coord", "HEAD"]);
    assert!(ask(&alice, "claude", "src/a.rs").stops().contains("cannot tell"));
}

#[test]
fn other_tools_are_none_of_our_business() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "deny");
    bob.claim(&["src/a.rs"]);
    for (tool, input) in [("Bash", json!({"command": "echo > src/a.rs"})), ("Read", json!({"file_path": "src/a.rs"}))] {
        let mut payload = edit("claude", &alice.directory, "src/a.rs");
        payload["tool_name"] = json!(tool);
        payload["tool_input"] = input;
        let ran = hook(&alice, "claude", "before-edit", &payload);
        assert_eq!(heard("claude", &ran), Heard::GoesOn(String::new()));
    }
}
