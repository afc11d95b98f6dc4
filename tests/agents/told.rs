//! What a program tells a hook, and what it hears: the payloads of the programs as they write them.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

pub const CLIENTS: [&str; 6] = ["claude", "codex", "gemini", "cursor", "copilot", "opencode"];

/// Runs a program with something to read.
#[track_caller]
pub fn with_input(mut command: Command, input: &[u8]) -> Ran {
    let what = format!("{command:?}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // Whoever answers before it has read everything has closed the pipe.
    pipe.write_all(input).ok();
    drop(pipe);
    Ran::waited_for(&what, child)
}

/// Calls a hook as a program does.
#[track_caller]
pub fn hook(actor: &Actor, client: &str, event: &str, payload: &Value) -> Ran {
    let mut command = actor.command("git-coord");
    command.args(["agent", "hook", client, event]);
    with_input(command, payload.to_string().as_bytes())
}

/// Returns what a program tells before it edits a file, in a session.
pub fn edit_in(session: &str, client: &str, root: &Path, file: &str) -> Value {
    let (cwd, absolute) = (root.display().to_string(), root.join(file).display().to_string());
    match client {
        "claude" => json!({
            "session_id": session, "transcript_path": "/t.jsonl", "cwd": cwd, "permission_mode": "default",
            "hook_event_name": "PreToolUse", "tool_name": "Edit", "tool_use_id": "toolu_1",
            "tool_input": {"file_path": absolute, "old_string": "a", "new_string": "b", "replace_all": false},
        }),
        "codex" => json!({
            "session_id": session, "turn_id": "1", "transcript_path": null, "cwd": cwd, "model": "m",
            "permission_mode": "default", "hook_event_name": "PreToolUse", "tool_name": "apply_patch", "tool_use_id": "c",
            "tool_input": {"command": format!(
                "*** Begin Patch\n*** Update File: {file}\n@@\n-a\n+b\n*** End Patch\n")},
        }),
        "gemini" => json!({
            "session_id": session, "transcript_path": "/t.json", "cwd": cwd, "timestamp": "2026-11-22T13:00:00Z",
            "hook_event_name": "BeforeTool", "tool_name": "replace",
            "tool_input": {"file_path": absolute, "instruction": "x", "old_string": "a", "new_string": "b"},
        }),
        "cursor" => json!({
            "conversation_id": session, "session_id": session, "generation_id": "g", "model": "default",
            "hook_event_name": "preToolUse", "cursor_version": "3.9.16", "workspace_roots": [cwd], "user_email": null,
            "transcript_path": null, "cwd": "", "tool_name": "Write", "tool_use_id": "tool_1",
            "tool_input": {"file_path": absolute, "content": "b"},
        }),
        "copilot" => json!({
            "sessionId": session, "timestamp": 1_782_496_829_229_u64, "cwd": cwd, "toolName": "edit",
            "toolArgs": json!({"path": absolute, "old_str": "a", "new_str": "b"}).to_string(),
        }),
        "opencode" => json!({
            "session_id": session, "cwd": cwd, "tool_name": "edit",
            "tool_input": {"filePath": absolute, "oldString": "a", "newString": "b"},
        }),
        other => panic!("{other} is no client"),
    }
}

/// Returns what a program tells before it edits a file.
pub fn edit(client: &str, root: &Path, file: &str) -> Value {
    edit_in("s-1", client, root, file)
}

/// What a program makes of an answer to an edit.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The edit goes on; what the agent reads beside.
    GoesOn(String),
    /// The edit is stopped; why.
    Stopped(String),
}

/// Returns what a program makes of an answer before an edit, as its own documentation has it.
#[track_caller]
pub fn heard(client: &str, ran: &Ran) -> Heard {
    let object = || serde_json::from_str::<Value>(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if client == "opencode" || ran.code == 2 {
        return match ran.code {
            0 => Heard::GoesOn(ran.stdout.clone()),
            2 => Heard::Stopped(ran.stderr.clone()),
            _ => panic!("{ran:?}"),
        };
    }
    assert_eq!(ran.code, 0, "{ran:?}");
    if ran.stdout.is_empty() {
        assert_ne!(client, "cursor", "where doubt stops, silence stops");
        return Heard::GoesOn(String::new());
    }
    let said = object();
    let specific = &said["hookSpecificOutput"];
    match client {
        "claude" | "codex" => {
            let keys: Vec<_> = said.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["hookSpecificOutput"], "its schema allows no more");
            match specific["permissionDecision"].as_str() {
                Some("deny") => Heard::Stopped(text(&specific["permissionDecisionReason"])),
                None => Heard::GoesOn(text(&specific["additionalContext"])),
                other => panic!("{other:?} decides for the user"),
            }
        }
        "gemini" if said["decision"] == "deny" => Heard::Stopped(text(&said["reason"])),
        "gemini" => Heard::GoesOn(text(&said["systemMessage"])),
        "cursor" if said["permission"] == "deny" => Heard::Stopped(text(&said["user_message"])),
        "cursor" => {
            assert_eq!(said, json!({"permission": "allow"}));
            Heard::GoesOn(String::new())
        }
        "copilot" if said["permissionDecision"] == "deny" => Heard::Stopped(text(&said["permissionDecisionReason"])),
        "copilot" => Heard::GoesOn(text(&said["additionalContext"])),
        other => panic!("{other} is no client"),
    }
}

/// Asks before an edit, and returns what the program makes of it.
#[track_caller]
pub fn ask(actor: &Actor, client: &str, file: &str) -> Heard {
    ask_in(actor, "s-1", client, file)
}

/// Asks before an edit in a session, and returns what the program makes of it.
#[track_caller]
pub fn ask_in(actor: &Actor, session: &str, client: &str, file: &str) -> Heard {
    heard(client, &hook(actor, client, "before-edit", &edit_in(session, client, &actor.directory, file)))
}

impl Heard {
    #[track_caller]
    pub fn goes_on(self) -> String {
        match self {
            Self::GoesOn(text) => text,
            Self::Stopped(why) => panic!("stopped: {why}"),
        }
    }

    #[track_caller]
    pub fn stops(self) -> String {
        match self {
            Self::Stopped(why) => why,
            Self::GoesOn(text) => panic!("goes on: {text}"),
        }
    }
}

/// Returns the root of a ledger whose policy asks for claims in this way, and two agents.
pub fn team(sandbox: &Sandbox, require: &str) -> (Actor, Actor, Actor) {
    let wanted = format!("require       = \"{require}\"");
    let maria = sandbox.repository("work").begin_under(|policy| {
        assert!(policy.contains("require       = \"warn\""));
        policy.replace("require       = \"warn\"", &wanted)
    });
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    (maria, alice, bob)
}

/// Returns the claims of somebody.
pub fn claims_of(actor: &Actor) -> Vec<Value> {
    let records = actor.coord(&["status"]).ok().stdout;
    let records = records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["type"] == "claim" && record["holder"] == actor.id.as_str()).collect()
}
