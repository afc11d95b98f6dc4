//! Ways in which a client goes, and the server after it.

use std::time::Duration;
use std::time::Instant;

use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

#[test]
fn server_ends_with_its_input_also_before_the_beginning() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.repository("work");
    assert!(Client::start(&somebody).leave().success());
    assert!(Client::of(&somebody).leave().success());
}

/// What was asked is still done and answered.
#[test]
fn client_that_asks_and_leaves_is_answered() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut client = Client::of(&maria);
    let arguments = json!({"paths": ["src/a.rs"], "intent": "Work"});
    let id = client.begin("tools/call", json!({"name": "claim", "arguments": arguments}));
    client.close();
    assert_eq!(client.answer(id)["result"]["isError"], false);
    assert!(client.ended().success());
    assert_eq!(maria.coord(&["status"]).ok().of_type("claim").len(), 1);
}

#[test]
fn client_that_vanishes_while_it_waits_leaves_its_place_and_no_server() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.claim(&["src/a.rs"]);
    let mut client = Client::of(&alice);
    let arguments = json!({"paths": ["src/a.rs"], "intent": "Work", "wait": "10m"});
    client.begin("tools/call", json!({"name": "claim", "arguments": arguments, "_meta": {"progressToken": "p"}}));
    assert_eq!(client.hear()["method"], "notifications/progress");
    assert!(client.leave().success());
    let claims = maria.coord(&["status"]).ok().of_type("claim");
    let states: Vec<_> = claims.iter().map(|claim| (text(&claim["holder"]), text(&claim["state"]))).collect();
    assert!(states.contains(&(alice.id.clone(), "queued".to_owned())), "{states:?}");
    maria.coord(&["verify", "--full"]).ok();
}

/// Who only stops reading breaks the pipe with what is said next.
#[test]
fn server_ends_when_nobody_reads() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let mut command = maria.command("sh");
    let opening = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}"#;
    let ping = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;
    // The writer stays for a minute; the reader is gone at once.
    let script = format!(
        "{{ printf '%s\\n' '{opening}'; sleep 1; printf '%s\\n' '{ping}'; exec sleep 60; }} | {{ git-coord mcp; echo ended >&2; kill $$; }} | :"
    );
    command.args(["-c", &script]);
    let began = Instant::now();
    let ran = Ran::of(command);
    assert!(ran.stderr.contains("ended") && began.elapsed() < Duration::from_secs(20), "{ran}");
}

/// Returns what a process has started and not waited for, by whichever of its threads.
#[cfg(target_os = "linux")]
fn children(process: u32) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("stat"));
    // What ends meanwhile is nobody's child any more.
    let stats = all.filter_map(|path| std::fs::read_to_string(path).ok());
    // Behind the name, which may hold anything in its brackets: the state, and the parent.
    let is_child =
        |stat: &String| stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(&process.to_string());
    stats.filter(is_child).collect()
}

/// Calls start git, and every git that was started is waited for.
#[cfg(target_os = "linux")]
#[test]
fn calls_leave_no_process_behind() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let mut client = Client::of(&hub.maria);
    for _ in 0..3 {
        client.call("claim", json!({"paths": ["src/a.rs"], "intent": "Work"}));
        client.call("release", json!({"all": true}));
        client.refused("land", json!({"request": "r-00000000"}), "usage.not-found");
    }
    assert_eq!(children(client.process()), [""; 0]);
    assert!(!children(std::process::id()).is_empty(), "children are seen: the server is one");
    assert!(client.leave().success());
}

#[test]
fn server_ends_when_it_is_told_to() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    maria.claim(&["src/a.rs"]);
    let mut client = Client::of(&alice);
    let arguments = json!({"paths": ["src/a.rs"], "intent": "Work", "wait": "10m"});
    client.begin("tools/call", json!({"name": "claim", "arguments": arguments, "_meta": {"progressToken": 1}}));
    assert_eq!(client.hear()["method"], "notifications/progress");
    let mut command = maria.command("sh");
    command.args(["-c", &format!("kill -TERM {}", client.process())]);
    Ran::of(command).ok();
    assert!(!client.ended().success());
    maria.coord(&["verify", "--full"]).ok();
}
