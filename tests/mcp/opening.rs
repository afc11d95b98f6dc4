//! How a connection opens: versions, what comes before `initialize`, what is not known.

use serde_json::Value;
use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Sandbox;
use crate::support::tokens::tokens;

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{answer} is no error"))
}

#[test]
fn version_that_is_known_is_spoken_and_any_other_gets_the_latest() {
    let sandbox = Sandbox::new();
    let somebody = sandbox.repository("work");
    for (asked, spoken) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("no version", "2025-11-25"),
    ] {
        let mut client = Client::start(&somebody);
        let told = client.initialize(asked);
        assert_eq!(told["protocolVersion"], spoken, "{asked}");
        assert_eq!(told["serverInfo"]["name"], "git-coord");
        assert!(told["capabilities"]["tools"].is_object() && told["capabilities"]["resources"].is_object());
        assert!(client.ask("tools/list", json!({}))["result"]["tools"].as_array().unwrap().len() > 5);
        assert!(client.leave().success());
    }
}

/// A client of a later protocol asks `server/discover` first, and begins as ever when that is not known.
#[test]
fn what_is_not_known_is_answered_so_before_and_after_the_beginning() {
    let sandbox = Sandbox::new();
    let mut client = Client::start(&sandbox.repository("work"));
    assert_eq!(code(&client.ask("server/discover", json!({}))), -32601);
    assert_eq!(code(&client.ask("no/such", json!({}))), -32601);
    assert_eq!(code(&client.ask("tools/list", json!({}))), -32600, "that is known, and too early");
    assert_eq!(code(&client.ask("initialize", json!({}))), -32602);
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    assert_eq!(client.initialize("2025-11-25")["protocolVersion"], "2025-11-25");
    for method in ["server/discover", "no/such", "prompts/list", "completion/complete", "tasks/get", "logging/setLevel"]
    {
        assert_eq!(code(&client.ask(method, json!({}))), -32601, "{method}");
    }
    assert_eq!(code(&client.ask("tools/call", json!({"arguments": {}}))), -32602);
    assert_eq!(code(&client.ask("tools/call", json!({"name": "no-such-tool"}))), -32602);
    assert!(client.ask("tools/list", json!({})).get("result").is_some());
}

#[test]
fn ping_is_answered_at_any_time() {
    let sandbox = Sandbox::new();
    let mut client = Client::start(&sandbox.repository("work"));
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
    client.initialize("2025-06-18");
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
}

/// All that clients are told of the tools: 3,000 tokens at the very most.
#[test]
fn tools_together_cost_few_tokens() {
    let sandbox = Sandbox::new();
    let mut client = Client::of(&sandbox.repository("work"));
    let listed = client.ask("tools/list", json!({}))["result"].clone();
    let (bytes, read) = (listed.to_string().len(), tokens(&listed.to_string()));
    assert!(bytes <= 9_000 && read <= 2_500, "{bytes} bytes, {read} tokens");
    let page = crate::tidy::source::read("docs/mcp.md");
    let told = format!("{bytes} bytes, {read} tokens of `o200k_base`");
    assert!(page.contains(&told), "docs/mcp.md does not say {told}");
    for tool in listed["tools"].as_array().unwrap() {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert!(tool["description"].as_str().unwrap().len() > 10, "{tool}");
    }
}
