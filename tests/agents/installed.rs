//! The installed command, read out of the settings as the program reads it, and called as the program calls it.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::agents::told::CLIENTS;
use crate::agents::told::Heard;
use crate::agents::told::edit;
use crate::agents::told::heard;
use crate::agents::told::team;
use crate::agents::told::with_input;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

fn settings(actor: &Actor, path: &str) -> Value {
    serde_json::from_str(&actor.read(path)).unwrap()
}

/// Returns what a program would call for an event: the handler with its surroundings.
fn handlers(actor: &Actor, client: &str, event: &str) -> Vec<Value> {
    let names = |before, after, start, end| match event {
        "before-edit" => before,
        "after-edit" => after,
        "session-start" => start,
        _ => end,
    };
    let (file, name) = match client {
        "claude" => (".claude/settings.json", names("PreToolUse", "PostToolUse", "SessionStart", "SessionEnd")),
        "codex" => (".codex/hooks.json", names("PreToolUse", "PostToolUse", "SessionStart", "SessionEnd")),
        "gemini" => (".gemini/settings.json", names("BeforeTool", "AfterTool", "SessionStart", "SessionEnd")),
        "cursor" => (".cursor/hooks.json", names("preToolUse", "postToolUse", "sessionStart", "sessionEnd")),
        "copilot" => (".github/hooks/git-coord.json", names("preToolUse", "postToolUse", "sessionStart", "sessionEnd")),
        other => panic!("{other} has no such settings"),
    };
    // Codex reads its hooks in the main work tree, whichever it is opened in.
    let main = actor.at("../work");
    let actor = if client == "codex" { &main } else { actor };
    settings(actor, file)["hooks"][name].as_array().unwrap_or_else(|| panic!("{file} {name}")).clone()
}

/// Returns the command line for an event, and checks that it is meant for the tool of a payload.
pub fn command_line(actor: &Actor, client: &str, event: &str, payload: &Value) -> String {
    let handlers = handlers(actor, client, event);
    assert_eq!(handlers.len(), 1, "{handlers:?}");
    let (group, handler) = match client {
        "claude" | "codex" | "gemini" => (&handlers[0], &handlers[0]["hooks"][0]),
        _ => (&handlers[0], &handlers[0]),
    };
    if let (Some(matcher), Some(tool)) = (group["matcher"].as_str(), payload["tool_name"].as_str()) {
        assert!(matcher.split('|').any(|name| name == tool), "{client}: {matcher} is to match {tool}");
    }
    let patience = match client {
        "gemini" => &json!(60_000),
        "codex" if event == "session-end" => &json!(3),
        "copilot" => &handler["timeoutSec"],
        _ => &json!(60),
    };
    match client {
        "cursor" => assert_eq!(handler["failClosed"] == true, event == "before-edit"),
        "copilot" => assert_eq!(patience, 60),
        _ => assert_eq!(&handler["timeout"], patience, "{client} counts in its own unit"),
    }
    let line = if client == "copilot" { &handler["bash"] } else { &handler["command"] };
    line.as_str().unwrap().to_owned()
}

/// Calls an installed command as a program does.
pub fn call(actor: &Actor, line: &str, payload: &Value) -> Ran {
    let mut command = actor.command("sh");
    command.args(["-c", line]);
    with_input(command, payload.to_string().as_bytes())
}

/// Returns the actor as whom git coord is called from a place with an awkward name.
fn awkward(sandbox: &Sandbox, actor: &Actor) -> Actor {
    let folder = sandbox.root.join("it's a \"$(place)\"");
    fs::create_dir(&folder).unwrap();
    let (from, to) = (PathBuf::from(env!("CARGO_BIN_EXE_git-coord")), folder.join("git-coord"));
    if fs::hard_link(&from, &to).is_err() {
        fs::copy(&from, &to).unwrap();
    }
    let path = env::join_paths([folder, sandbox.root.join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
    actor.with_env("PATH", path)
}

#[test]
fn installed_command_allows_and_refuses_as_the_program_wants_it() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/a.rs"]);
    let alice = awkward(&sandbox, &alice);
    for client in CLIENTS.into_iter().filter(|client| *client != "opencode") {
        alice.coord(&["agent", "install", client]).ok();
        let ask = |file: &str| {
            let payload = edit(client, &alice.directory, file);
            heard(client, &call(&alice, &command_line(&alice, client, "before-edit", &payload), &payload))
        };
        assert!(ask("src/a.rs").stops().contains(&bob.id), "{client}");
        ask("src/b.rs").goes_on();
        let payload = edit(client, &alice.directory, "src/b.rs");
        let after = call(&alice, &command_line(&alice, client, "after-edit", &payload), &payload);
        assert_eq!((after.code, after.stdout.as_str()), (0, ""), "{client}: {after:?}");
        let (start, end) = ("session-start", "session-end");
        assert_eq!(call(&alice, &command_line(&alice, client, start, &json!({})), &payload).code, 0);
        call(&alice, &command_line(&alice, client, end, &json!({})), &payload).ok();
        assert!(crate::agents::told::claims_of(&alice).is_empty(), "{client} gave back what it took");
    }
}

/// A program that is gone, or ended by a bug, lets no edit through.
#[test]
fn whatever_fails_stops_the_edit_and_nothing_else() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "off");
    for client in CLIENTS.into_iter().filter(|client| *client != "opencode") {
        alice.coord(&["agent", "install", client]).ok();
        let payload = edit(client, &alice.directory, "src/b.rs");
        for event in ["before-edit", "after-edit", "session-start", "session-end"] {
            let line = command_line(&alice, client, event, &payload);
            for broken in [line.replace("git-coord ", "git-coord-gone "), line.replace("agent hook", "agent nook")] {
                assert_ne!(broken, line);
                let ran = call(&alice, &broken, &payload);
                if event == "before-edit" {
                    assert_eq!(ran.code, 2, "{client}: {ran:?}");
                    assert!(!ran.stderr.is_empty(), "{client} hears why");
                }
            }
        }
    }
}

/// The plugin runs where a program of its kind is at hand, as the one that loads it would run it.
#[test]
fn plugin_of_opencode_throws_and_goes_on() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    bob.claim(&["src/a.rs"]);
    let alice = awkward(&sandbox, &alice);
    alice.coord(&["agent", "install", "opencode"]).ok();
    let plugin = alice.read(".opencode/plugin/git-coord.js");
    let binary = plugin.lines().find_map(|line| line.strip_prefix("const BINARY = ")).unwrap();
    let binary: String = serde_json::from_str(binary).unwrap();
    assert!(Path::new(&binary).is_absolute() && fs::metadata(&binary).is_ok(), "{binary}");
    let server = settings(&alice, "opencode.json");
    assert_eq!(server["mcp"]["coord"], json!({"type": "local", "command": [binary, "mcp"], "enabled": true}));
    let path = env::var_os("PATH").unwrap_or_default();
    let node = env::split_paths(&path).map(|entry| entry.join("node")).find(|path| path.is_file());
    let Some(node) = node else { return };
    fs::copy(alice.directory.join(".opencode/plugin/git-coord.js"), sandbox.root.join("plugin.mjs")).unwrap();
    fs::write(
        sandbox.root.join("harness.mjs"),
        r#"
import { GitCoord } from "./plugin.mjs"
const hooks = await GitCoord({ directory: process.argv[2] })
const answers = []
for (const name of ["src/a.rs", "src/b.rs"]) {
  const args = { filePath: process.argv[2] + "/" + name, content: "x" }
  const call = { tool: "write", sessionID: "s", callID: "c" }
  try {
    await hooks["tool.execute.before"](call, { args })
    const output = { title: "", output: "Wrote it.", metadata: {} }
    await hooks["tool.execute.after"]({ ...call, args }, output)
    answers.push(output.output)
  } catch (error) {
    answers.push("thrown: " + error.message)
  }
}
for (const role of ["system", "user"]) {
  const messages = [{ info: { id: "m", sessionID: "s", role }, parts: [{ type: "text", text: "Go on" }] }]
  await hooks["experimental.chat.messages.transform"]({}, { messages })
  answers.push(messages[0].parts.map((part) => part.text).join("|"))
}
answers.push(Object.keys(hooks).join(" "))
await hooks["tool.execute.before"]({ tool: "bash", sessionID: "s", callID: "c" }, { args: { command: "ls" } })
await hooks.event({ event: { type: "session.deleted", properties: { info: { id: "s" } } } })
console.log(JSON.stringify(answers))
"#,
    )
    .unwrap();
    let mut command = alice.command(&node);
    command.arg(sandbox.root.join("harness.mjs")).arg(&alice.directory);
    let answers: Vec<String> = serde_json::from_str(&Ran::of(command).ok().stdout).unwrap();
    assert!(answers[0].starts_with("thrown: ") && answers[0].contains(&bob.id), "{answers:?}");
    assert_eq!(answers[1], "Wrote it.");
    // What others wrote is quoted, line by line, and is none of what the program itself says.
    assert_eq!(answers[2], "Go on");
    let (told, asked) = answers[3].split_once('|').unwrap();
    assert!(told.contains("brief for") && asked == "Go on", "{told}");
    assert!(told.lines().skip(2).all(|line| line.starts_with("> ")), "{told}");
    assert!(!answers[4].contains("system"), "{answers:?}");
    assert!(crate::agents::told::claims_of(&alice).is_empty(), "the end of the session gave back what it took");
}

/// A program that never answers stops the edit, and not the agent for ever.
#[test]
fn plugin_of_opencode_waits_for_so_long() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "off");
    let path = env::var_os("PATH").unwrap_or_default();
    let node = env::split_paths(&path).map(|entry| entry.join("node")).find(|path| path.is_file());
    let Some(node) = node else { return };
    let silent = sandbox.script("silent", "#!/bin/sh\nsleep 20 &\nwait\n");
    alice.coord(&["agent", "install", "opencode"]).ok();
    let plugin = alice.read(".opencode/plugin/git-coord.js");
    let binary = plugin.lines().find(|line| line.starts_with("const BINARY = ")).unwrap().to_owned();
    let silent = plugin.replace(&binary, &format!("const BINARY = {:?}", silent.display().to_string()));
    fs::write(sandbox.root.join("silent.mjs"), silent.replace("PATIENCE_S = 60", "PATIENCE_S = 1")).unwrap();
    fs::write(sandbox.root.join("plugin.mjs"), &plugin).unwrap();
    fs::write(
        sandbox.root.join("harness.mjs"),
        r#"
const { GitCoord } = await import(process.argv[3])
const hooks = await GitCoord({ directory: process.argv[2] })
const call = { tool: "write", sessionID: "s", callID: "c" }
const args = { filePath: process.argv[2] + "/src/a.rs", content: "x" }
try {
  await hooks["tool.execute.before"](call, { args })
  console.log("goes on")
} catch (error) {
  console.log("thrown: " + error.message)
}
process.exit(0)
"#,
    )
    .unwrap();
    for (name, said) in [("silent.mjs", "thrown: git coord did not answer within 1 s\n"), ("plugin.mjs", "goes on\n")] {
        let mut command = alice.command(&node);
        command.arg(sandbox.root.join("harness.mjs")).arg(&alice.directory).arg(sandbox.root.join(name));
        assert_eq!(Ran::of(command).ok().stdout, said);
    }
}

#[test]
fn goes_on_means_that_nobody_decides_for_the_user() {
    let sandbox = Sandbox::new();
    let (_maria, alice, _bob) = team(&sandbox, "auto");
    for client in CLIENTS {
        let said = match crate::agents::told::ask(&alice, client, "src/a.rs") {
            Heard::GoesOn(said) => said,
            Heard::Stopped(why) => panic!("{client}: {why}"),
        };
        assert!(!said.contains("\"allow\""), "{client}: {said}");
    }
}
