//! Answers in time: a program that waits for too long lets the edit go on.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::agents::told::CLIENTS;
use crate::agents::told::Heard;
use crate::agents::told::ask;
use crate::agents::told::claims_of;
use crate::agents::told::edit;
use crate::agents::told::heard;
use crate::agents::told::hook;
use crate::agents::told::team;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

fn hurried(actor: &Actor) -> Actor {
    actor.with_env("GIT_COORD_HOOK_TIMEOUT", "3")
}

fn patch(actor: &Actor, client: &str, files: &[&str]) -> Heard {
    let named: String = files.iter().map(|file| format!("*** Update File: {file}\n@@\n-a\n+b\n")).collect();
    let mut payload = edit(client, &actor.directory, "x");
    let text = json!({"patchText": format!("*** Begin Patch\n{named}*** End Patch")});
    match client {
        "copilot" => {
            payload["toolName"] = json!("apply_patch");
            payload["toolArgs"] = json!(text.to_string());
        }
        _ => {
            payload["tool_name"] = json!("apply_patch");
            payload["tool_input"] = text;
        }
    }
    heard(client, &hook(actor, client, "before-edit", &payload))
}

/// Somebody is stopped in the middle of writing, and keeps the lock.
#[test]
fn lock_of_somebody_who_sleeps_is_not_waited_for_past_the_time() {
    let sandbox = Sandbox::new();
    let (maria, alice, _bob) = team(&sandbox, "auto");
    alice.claim(&["src/mine.rs"]);
    let lock = File::options().write(true).open(maria.directory.join(".git/coord/lock")).unwrap();
    lock.lock().unwrap();
    for client in CLIENTS {
        let begun = Instant::now();
        let why = ask(&hurried(&alice), client, "src/a.rs").stops();
        assert!(begun.elapsed() < Duration::from_secs(3), "{client}: {:?}", begun.elapsed());
        assert!(why.contains("src/a.rs"), "{client}: {why}");
        ask(&hurried(&alice), client, "src/mine.rs").goes_on();
    }
    drop(lock);
    ask(&hurried(&alice), "claude", "src/a.rs").goes_on();
}

/// Whatever keeps us, even before anything is known: doubt is a no, and it is said in time.
#[test]
fn call_that_never_ends_is_answered() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "auto");
    for client in CLIENTS {
        let begun = |event: &str| {
            let mut command = hurried(&alice).command("git-coord");
            command.args(["agent", "hook", client, event]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut pipe = child.stdin.take().unwrap();
            pipe.write_all(b"{\"tool_name\":").unwrap();
            let begun = Instant::now();
            let ran = Ran::waited_for(client, child);
            assert!(begun.elapsed() < Duration::from_secs(3), "{client}: {:?}", begun.elapsed());
            drop(pipe);
            ran
        };
        let why = heard(client, &begun("before-edit")).stops();
        assert!(why.contains("within 2 s") && why.contains("hint: "), "{client}: {why}");
        let ran = begun("after-edit");
        assert_eq!(ran.code, 1, "the agent goes on");
        assert!(ran.stdout.is_empty() && ran.stderr.contains("no answer within 2 s"), "{ran:?}");
    }
}

#[test]
fn files_of_one_call_are_judged_before_any_is_claimed_and_claimed_at_once() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/held.rs"]);
    for client in CLIENTS {
        let head = alice.head();
        assert!(patch(&alice, client, &["src/1.rs", "src/2.rs", "src/held.rs"]).stops().contains(&bob.id));
        assert_eq!(alice.head(), head, "{client}: nothing is claimed for an edit that is stopped");
    }
    let before: u32 = alice.git(&["rev-list", "--count", "coord"]).parse().unwrap();
    let files: Vec<String> = (0..70).map(|number| format!("src/n{number}.rs")).collect();
    patch(&alice, "codex", &["src/1.rs", "src/2.rs", "src/3.rs"]).goes_on();
    let count = || -> u32 { alice.git(&["rev-list", "--count", "coord"]).parse().unwrap() };
    assert_eq!(count(), before + 1);
    let claims = claims_of(&alice);
    assert_eq!((claims.len(), claims[0]["paths"].as_array().map(Vec::len)), (1, Some(3)), "{claims:?}");
    // More than one claim may name.
    patch(&alice, "codex", &files.iter().map(String::as_str).collect::<Vec<_>>()).goes_on();
    assert_eq!(claims_of(&alice).iter().flat_map(|claim| claim["paths"].as_array().unwrap()).count(), 73);
    ask(&bob, "claude", "src/n69.rs").stops();
}

/// What somebody claimed by hand keeps no other file of the call from being claimed.
#[test]
fn files_beside_ground_that_is_claimed_by_hand_are_claimed() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    alice.claim(&["docs/"]);
    patch(&alice, "codex", &["docs/x.md", "src/1.rs", "src/2.rs"]).goes_on();
    ask(&bob, "claude", "src/2.rs").stops();
    let claims = claims_of(&alice);
    assert_eq!(claims.len(), 2, "{claims:?}");
}

/// What was told is not told again: it is told, though the edit is stopped for something else.
#[test]
fn refusal_tells_what_was_done_as_well() {
    for client in ["gemini", "cursor", "opencode"] {
        let sandbox = Sandbox::new();
        let (_maria, alice, bob) = team(&sandbox, "auto");
        bob.write("src/a.rs", "fn b() {}\n");
        let why = ask(&alice, client, "src/a.rs").stops();
        assert!(why.contains("(uncommitted") && why.contains("claimed for you until"), "{client}: {why}");
        assert_eq!(ask(&alice, client, "src/a.rs"), Heard::GoesOn(String::new()));
    }
}

/// The settings of each program ask for longer than we take.
#[test]
fn programs_are_asked_to_wait_for_longer_than_an_answer_takes() {
    let sandbox = Sandbox::new();
    let alice = sandbox.repository("work");
    let seconds = |client: &str, path: &[&str]| {
        alice.coord(&["agent", "install", client]).ok();
        let file = alice.read(path[0]);
        let value: Value = serde_json::from_str(&file).unwrap();
        let event = &value["hooks"][path[1]][0];
        let handler = if event["hooks"].is_null() { event } else { &event["hooks"][0] };
        handler[path[2]].as_u64().unwrap_or_else(|| panic!("{client}: {file}"))
    };
    assert_eq!(seconds("claude", &[".claude/settings.json", "PreToolUse", "timeout"]), 60);
    assert_eq!(seconds("codex", &[".codex/hooks.json", "PreToolUse", "timeout"]), 60);
    assert_eq!(seconds("gemini", &[".gemini/settings.json", "BeforeTool", "timeout"]), 60_000);
    assert_eq!(seconds("cursor", &[".cursor/hooks.json", "preToolUse", "timeout"]), 60);
    assert_eq!(seconds("copilot", &[".github/hooks/git-coord.json", "preToolUse", "timeoutSec"]), 60);
    alice.coord(&["agent", "install", "opencode"]).ok();
    assert!(alice.read(".opencode/plugin/git-coord.js").contains("const PATIENCE_S = 60\n"));
}
