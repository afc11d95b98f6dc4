//! What tools answer over MCP, and what the hooks of an agent's program say.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use crate::agents::told;
use crate::docs::context_cost::page::Figures;
use crate::docs::context_cost::page::cost;
use crate::docs::context_cost::play::crowd;
use crate::mcp::client::Client;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// What tools and hooks said: bytes and tokens as text, then as structured content.
pub(super) struct Said {
    pub(super) tools: BTreeMap<String, Figures>,
    pub(super) hooks: BTreeMap<String, Figures>,
}

pub(super) fn said() -> Said {
    let sandbox = Sandbox::with_format("sha1");
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    crowd(&maria);
    Said { tools: tools(&maria, &alice), hooks: hooks(&alice) }
}

/// Calls every tool that the server lists.
fn tools(maria: &Actor, alice: &Actor) -> BTreeMap<String, Figures> {
    let mut rows = BTreeMap::new();
    let mut client = Client::of(alice);
    let listed = client.ask("tools/list", json!({}))["result"]["tools"].clone();
    let mut call = |name: &str, arguments: Value| {
        let result = client.try_call(name, arguments);
        let (said, structured) = (text(&result["content"][0]["text"]), &result["structuredContent"]);
        rows.insert(name.to_owned(), cost(&said, &structured.to_string()));
        structured["objects"][0].clone()
    };
    for name in ["brief", "status", "inbox", "decisions"] {
        call(name, json!({}));
    }
    call("check", json!({"paths": ["src/login.rs", "src/part-1/"]}));
    call("similar", json!({"intent": "Let an upload go on after the connection broke"}));
    call("claim", json!({"paths": ["src/login.rs"], "intent": "Lock an account after ten wrong passwords"}));
    call("renew", json!({}));
    let finding = call("find", json!({"text": "Sessions outlive the password", "paths": ["src/login.rs"]}));
    call("resolve", json!({"finding": finding["id"]}));
    call("decide", json!({"question": "How long is an account locked?", "answer": "For a minute", "paths": ["src/"]}));
    alice.write("src/login.rs", "fn login() {}\n");
    alice.commit("Lock an account after ten wrong passwords");
    let request = call("request", json!({"branch": "HEAD", "into": "main"}));
    let answer = json!({"request": request["id"], "delta": request["delta"], "reason": "Who unlocks it?"});
    // One's own request one does not answer: a refusal is what is measured then.
    call("reject", answer.clone());
    call("approve", answer);
    call("show", json!({"id": request["id"]}));
    maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    call("land", json!({"request": request["id"]}));
    call("release", json!({"all": true}));
    let names = listed.as_array().unwrap().iter().map(|tool| text(&tool["name"]));
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), names.collect::<BTreeSet<_>>(), "every tool is called");
    rows
}

/// Goes through a session of an agent's program.
fn hooks(alice: &Actor) -> BTreeMap<String, Figures> {
    let mut rows = BTreeMap::new();
    let root = &alice.directory;
    let mut call = |what: &str, event: &str, payload: &Value| {
        let ran = told::hook(alice, "claude", event, payload);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        // What is said to the program is what the model reads; there is no other form of it.
        rows.insert(what.to_owned(), cost(&said, ""));
    };
    let (free, held) = (told::edit("claude", root, "src/other.rs"), told::edit("claude", root, "src/part-1/main.rs"));
    call("session begins", "session-start", &json!({"session_id": "s", "cwd": root, "source": "startup"}));
    call("before an edit that nothing speaks against", "before-edit", &free);
    call("before an edit of what somebody else holds", "before-edit", &held);
    call("after an edit", "after-edit", &free);
    call("session ends", "session-end", &json!({"session_id": "s", "cwd": root, "reason": "exit"}));
    rows
}
