//! Whatever is written to it, the server answers what can be answered, and goes on.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Sandbox;

#[test]
fn garbage_is_answered_and_survived() {
    let sandbox = Sandbox::new();
    let mut client = Client::start(&sandbox.repository("work"));
    for is_open in [false, true] {
        if is_open {
            client.initialize("2025-11-25");
        }
        for (line, code) in [
            ("{", -32700),
            ("GET / HTTP/1.1", -32700),
            (&"[".repeat(100_000), -32700),
            ("\u{1b}[2J\u{0}", -32700),
            ("[]", -32600),
            ("null", -32600),
            (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#, -32600),
            (r#"{"id":7}"#, -32600),
        ] {
            client.say(line);
            let heard = client.hear();
            assert_eq!(heard["error"]["code"], code, "{line}: {heard}");
        }
        client.say("");
        client.say(r#"{"jsonrpc":"2.0","id":99,"result":{}}"#);
        client.say(r#"{"jsonrpc":"2.0","method":"no/such"}"#);
        assert_eq!(client.ask("ping", json!({}))["result"], json!({}), "nothing else was said, and it lives");
    }
    assert!(client.leave().success());
}

#[test]
fn bytes_that_are_no_text_are_answered() {
    let sandbox = Sandbox::new();
    let mut client = Client::of(&sandbox.repository("work"));
    client.say_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}\n");
    assert_eq!(client.hear()["error"]["code"], -32700);
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
}

fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn line_that_is_too_long_is_refused_and_costs_no_memory() {
    let sandbox = Sandbox::new();
    let mut client = Client::of(&sandbox.repository("work"));
    client.ask("ping", json!({}));
    let before = resident_kib(client.process());
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..256 {
        client.say_bytes(&piece);
    }
    client.say_bytes(b"\n");
    let heard = client.hear();
    assert_eq!((&heard["error"]["code"], &heard["id"]), (&json!(-32600), &Value::Null), "{heard}");
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}), "what comes after it is read");
    let grown = resident_kib(client.process()) - before;
    assert!(grown < 32 << 10, "256 MiB were written, and the server grew by {grown} KiB");
    // The longest line that is read, and answered.
    let long = json!({"jsonrpc": "2.0", "id": 5, "method": "ping", "params": {"x": "y".repeat((1 << 20) - 200)}});
    client.say(&long.to_string());
    assert_eq!(client.answer(5)["result"], json!({}));
}
