//! Ways around the guard, each with the nearest thing that is allowed.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::agents::told::Heard;
use crate::agents::told::ask;
use crate::agents::told::ask_in;
use crate::agents::told::claims_of;
use crate::agents::told::edit;
use crate::agents::told::edit_in;
use crate::agents::told::heard;
use crate::agents::told::hook;
use crate::agents::told::team;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;

fn end(actor: &Actor, session: &str) {
    let mut payload = edit_in(session, "claude", &actor.directory, "x");
    payload["hook_event_name"] = json!("SessionEnd");
    payload.as_object_mut().unwrap().retain(|key, _| !key.starts_with("tool"));
    hook(actor, "claude", "session-end", &payload).ok();
}

fn call(actor: &Actor, tool: &str, input: &Value) -> Heard {
    let mut payload = edit("codex", &actor.directory, "x");
    payload["tool_name"] = json!(tool);
    payload["tool_input"] = input.clone();
    heard("codex", &hook(actor, "codex", "before-edit", &payload))
}

/// Three files make a directory look like a bare repository, in which nothing is coordinated.
#[test]
fn directory_that_looks_like_a_repository_hides_nothing() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    bob.claim(&["src/a.rs"]);
    for (path, content) in [("src/HEAD", "ref: refs/heads/main\n"), ("src/objects/k", ""), ("src/refs/k", "")] {
        ask(&alice, "claude", path).goes_on();
        alice.write(path, content);
    }
    assert!(ask(&alice, "claude", "src/a.rs").stops().contains(&bob.id));
    let mut payload = edit("codex", &alice.directory, "a.rs");
    payload["cwd"] = json!(alice.directory.join("src"));
    assert!(matches!(heard("codex", &hook(&alice, "codex", "before-edit", &payload)), Heard::Stopped(_)));
    ask(&alice, "claude", "src/b.rs").goes_on();
    ask(&alice, "claude", "src/refs/x").goes_on();
}

/// Work trees without a main one have git's directory under a name of its own.
#[test]
fn bare_directory_of_git_is_gits_own() {
    let sandbox = Sandbox::new();
    let (maria, alice, bob) = team(&sandbox, "off");
    let bare = sandbox.root.join("proj.bare");
    fs::rename(maria.directory.join(".git"), &bare).unwrap();
    for actor in [&alice, &bob] {
        let name = actor.directory.file_name().unwrap().to_str().unwrap();
        actor.write(".git", &format!("gitdir: {}\n", bare.join("worktrees").join(name).display()));
    }
    sandbox.leave_uninspected(&maria.directory);
    sandbox.leave_uninspected(&alice.directory);
    for name in ["refs/heads/coord", "coord/pin", "config", "worktrees/alice/HEAD", "new/file"] {
        let path = bare.join(name);
        assert!(ask(&alice, "claude", path.to_str().unwrap()).stops().contains("git's own"), "{name}");
    }
    ask(&alice, "claude", "src/a.rs").goes_on();
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "other.bare"]);
    let path = sandbox.root.join("other.bare/config");
    assert_eq!(ask(&alice, "claude", path.to_str().unwrap()), Heard::GoesOn(String::new()));
}

/// Whoever edits in another clone stays who it is.
#[test]
fn clones_of_others_lend_no_identity() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let (alice, bob) = (hub.maria.agent("alice"), hub.maria.agent("bob"));
    let (theirs, own) = (hub.clone_beside(&sandbox, "theirs"), hub.clone_beside(&sandbox, "own"));
    theirs.coord(&["join", &bob.id, "--remote", "hub"]).ok();
    own.coord(&["join", &alice.id, "--remote", "hub"]).ok();
    bob.claim(&["src/held.rs"]);
    for clone in [&theirs, &own] {
        clone.coord(&["sync"]).ok();
    }
    let at = |clone: &Actor, file: &str| clone.directory.join(file).display().to_string();
    for file in ["src/held.rs", "src/free.rs"] {
        let why = ask(&alice, "claude", &at(&theirs, file)).stops();
        assert!(why.contains("work tree of") && why.contains(&format!("GIT_COORD_AS={}", bob.id)), "{file}: {why}");
    }
    // Opened where nothing is coordinated it is nobody, and becomes nobody.
    let nowhere = sandbox.repository("nowhere");
    assert!(ask(&nowhere, "claude", &at(&theirs, "src/free.rs")).stops().contains("work tree of"));
    ask(&alice, "claude", &at(&own, "src/free.rs")).goes_on();
    assert!(ask(&alice, "claude", &at(&own, "src/held.rs")).stops().contains(&bob.id));
    let said = alice.with_env("GIT_COORD_AS", &alice.id);
    ask(&said, "claude", &at(&theirs, "src/free.rs")).goes_on();
    assert!(ask(&said, "claude", &at(&theirs, "src/held.rs")).stops().contains(&bob.id));
    let there = Actor { directory: theirs.directory.clone(), ..bob.clone() };
    ask(&there, "claude", "src/held.rs").goes_on();
}

/// What somebody claims by hand ends when its holder says, and not with a session.
#[test]
fn claim_by_hand_is_not_swallowed_by_one_of_a_session() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    ask(&alice, "claude", "src/a.rs").goes_on();
    let automatic = claims_of(&alice).remove(0);
    let by_hand = ["claim", "src/a.rs", "--intent", "Rework", "--ttl", "4h"];
    let claim = alice.coord(&by_hand).ok().json();
    assert_ne!(claim["id"], automatic["id"]);
    assert_eq!(claim["intent"], "Rework");
    assert!(claim["expires"].as_str().unwrap() > automatic["expires"].as_str().unwrap());
    assert_eq!(alice.coord(&by_hand).ok().json()["id"], claim["id"], "twice is once");
    ask(&alice, "claude", "src/a.rs").goes_on();
    ask(&alice, "claude", "src/b.rs").goes_on();
    end(&alice, "s-1");
    let left = claims_of(&alice);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((&left[0]["id"], &left[0]["intent"]), (&claim["id"], &json!("Rework")));
    ask(&bob, "claude", "src/a.rs").stops();
    ask(&bob, "claude", "src/b.rs").goes_on();
}

/// Whoever queues, as the refusal says, does not stop the one whom it waits for.
#[test]
fn holder_goes_on_to_other_files_while_somebody_waits() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    ask(&alice, "claude", "src/a.rs").goes_on();
    bob.coord(&["claim", "src/a.rs", "--intent", "Mend it", "--queue"]).ok();
    for file in ["src/b.rs", "src/c.rs", "src/a.rs"] {
        ask(&alice, "claude", file).goes_on();
    }
    assert_eq!(claims_of(&alice).len(), 2);
    // A claim by hand does not push in either.
    alice.coord(&["claim", "src/a.rs", "--intent", "Longer", "--ttl", "4h"]).ok();
    ask(&bob, "claude", "src/b.rs").stops();
    end(&alice, "s-1");
    assert!(claims_of(&alice).is_empty());
    ask(&bob, "claude", "src/a.rs").goes_on();
}

#[test]
fn claim_that_grows_stays_with_every_session_that_uses_it() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "auto");
    ask_in(&alice, "one", "claude", "src/a.rs").goes_on();
    ask_in(&alice, "two", "claude", "src/a.rs").goes_on();
    ask_in(&alice, "one", "claude", "src/b.rs").goes_on();
    end(&alice, "one");
    ask(&bob, "claude", "src/a.rs").stops();
    end(&alice, "two");
    ask(&bob, "claude", "src/a.rs").goes_on();
}

#[test]
fn only_tools_that_can_look_are_believed_to() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    bob.claim(&["src/a.rs"]);
    let input = json!({"command": "view", "file_path": "src/a.rs", "path": "src/a.rs"});
    for tool in ["Edit", "Write", "create"] {
        call(&alice, tool, &input).stops();
    }
    for tool in ["str_replace_editor", "str_replace_based_edit_tool"] {
        call(&alice, tool, &input).goes_on();
        call(&alice, tool, &json!({"command": "insert", "path": "src/a.rs"})).stops();
    }
    for tool in [json!(""), json!(7), Value::Null] {
        let mut payload = edit("codex", &alice.directory, "x");
        payload["tool_name"] = tool;
        let said = heard("codex", &hook(&alice, "codex", "before-edit", &payload));
        assert!(said.stops().contains("neither a tool nor a file"));
    }
}

#[test]
fn patches_of_a_shell_are_looked_at_however_it_is_called() {
    let sandbox = Sandbox::new();
    let (_maria, alice, bob) = team(&sandbox, "off");
    bob.claim(&["src/a.rs"]);
    let patch = |file: &str| format!("*** Begin Patch\n*** Update File: {file}\n@@\n-a\n+cd x\n*** End Patch");
    for name in ["apply_patch", "applypatch"] {
        for file in ["src/a.rs", "src/b.rs"] {
            let heredoc = format!("{name} <<'EOF'\n{}\nEOF", patch(file));
            for command in [json!(heredoc), json!([name, patch(file)]), json!(["bash", "-lc", heredoc])] {
                let said = call(&alice, "Bash", &json!({"command": command}));
                assert_eq!(matches!(said, Heard::Stopped(_)), file == "src/a.rs", "{command}: {said:?}");
            }
        }
        for before in ["cd src && ", "(cd src; ", "pushd src\n"] {
            let command = format!("{before}{name} <<'EOF'\n{}\nEOF", patch("a.rs"));
            assert!(call(&alice, "Bash", &json!({"command": command})).stops().contains("use apply_patch by itself"));
        }
        let twice = format!("{name} '{}'\necho abcd; {name} '{}'", patch("src/b.rs"), patch("src/c.rs"));
        call(&alice, "Bash", &json!({"command": twice})).goes_on();
    }
    call(&alice, "Bash", &json!({"command": "cd src && ls"})).goes_on();
}
