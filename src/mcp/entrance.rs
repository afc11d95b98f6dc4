//! What is to become of a line of a client: a message for the SDK, an answer at once, or nothing.
//!
//! The SDK ignores what is no JSON, ends when anything but a request opens a connection, and answers an unknown first
//! request with another code than the one by which clients know that a server is older than they are. Here every line that
//! can be answered is, and none ends the connection.

use rmcp::RoleServer;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::model::ClientRequest;
use rmcp::model::ErrorCode;
use rmcp::service::RxJsonRpcMessage;
use serde_json::Value;
use serde_json::json;

/// A line has at most so many bytes: many times what the largest record has.
pub(crate) const LINE_BYTES_MAX: usize = 1 << 20;

/// The methods that are answered, besides `initialize` and `ping`.
const METHODS: &[&str] = &["tools/list", "tools/call", "resources/list", "resources/templates/list", "resources/read"];

/// Returns whether a method is one that is answered.
pub(crate) fn knows(method: &str) -> bool {
    matches!(method, "initialize" | "ping") || METHODS.contains(&method)
}

/// What is to become of a line.
#[derive(Debug)]
pub(crate) enum Judged {
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    Answer(Value),
    Nothing,
}

/// Stands at the door: before `initialize` only `ping` gets through.
#[derive(Debug, Default)]
pub(crate) struct Entrance {
    is_open: bool,
}

impl Entrance {
    pub(crate) fn judge(&mut self, line: &[u8]) -> Judged {
        if line.trim_ascii().is_empty() {
            return Judged::Nothing;
        }
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return refuse(&Value::Null, ErrorCode::PARSE_ERROR, "the line is no JSON");
        };
        let id = value.get("id").filter(|id| id.is_string() || id.is_i64()).cloned();
        let asked = id.clone().unwrap_or_default();
        let Some(method) = value.get("method").and_then(Value::as_str).map(str::to_owned) else {
            // Nothing is asked of clients, so nothing that they answer is awaited.
            let is_answer = value.get("result").is_some() || value.get("error").is_some();
            return if is_answer { Judged::Nothing } else { no_request(&asked) };
        };
        let has_id = value.get("id").is_some();
        if has_id && id.is_none() {
            return no_request(&asked);
        }
        if has_id && !self.is_open && method != "initialize" && method != "ping" {
            return early(&asked, &method);
        }
        // A client of a later protocol asks this first, and goes back to `initialize` when it is not known.
        if has_id && method == "server/discover" {
            return unknown(&asked, &method);
        }
        if !has_id && !self.is_open {
            return Judged::Nothing;
        }
        match serde_json::from_value::<ClientJsonRpcMessage>(value) {
            Ok(message) if method == "initialize" && !is_initialize(&message) => refuse(
                &asked,
                ErrorCode::INVALID_PARAMS,
                "`initialize` needs protocolVersion, capabilities, clientInfo",
            ),
            Ok(message) => {
                self.is_open |= method == "initialize";
                Judged::Message(Box::new(message))
            }
            Err(_) if has_id => no_request(&asked),
            Err(_) => Judged::Nothing,
        }
    }
}

fn is_initialize(message: &ClientJsonRpcMessage) -> bool {
    matches!(message, ClientJsonRpcMessage::Request(asked) if matches!(asked.request, ClientRequest::InitializeRequest(_)))
}

/// Returns the answer to a line that is longer than any may be.
pub(crate) fn too_long() -> Value {
    error(&Value::Null, ErrorCode::INVALID_REQUEST, &format!("a line has at most {LINE_BYTES_MAX} bytes"))
}

fn early(id: &Value, method: &str) -> Judged {
    if knows(method) {
        return refuse(id, ErrorCode::INVALID_REQUEST, &format!("`{method}` comes after `initialize`"));
    }
    unknown(id, method)
}

fn unknown(id: &Value, method: &str) -> Judged {
    let shown: String = method.chars().take(100).collect();
    refuse(id, ErrorCode::METHOD_NOT_FOUND, &format!("there is no method `{shown}`"))
}

fn no_request(id: &Value) -> Judged {
    refuse(id, ErrorCode::INVALID_REQUEST, "that is no request of JSON-RPC 2.0")
}

fn refuse(id: &Value, code: ErrorCode, message: &str) -> Judged {
    Judged::Answer(error(id, code, message))
}

fn error(id: &Value, code: ErrorCode, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code.0, "message": message}})
}

#[cfg(test)]
mod tests {
    use super::*;

    const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":
        {"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}"#;

    fn code(judged: Judged) -> (Value, i64) {
        let Judged::Answer(answer) = judged else { panic!("{judged:?}") };
        (answer["id"].clone(), answer["error"]["code"].as_i64().unwrap())
    }

    fn open() -> Entrance {
        let mut entrance = Entrance::default();
        assert!(matches!(entrance.judge(INITIALIZE.as_bytes()), Judged::Message(_)));
        entrance
    }

    #[test]
    fn what_is_no_request_is_answered_and_does_not_open_the_door() {
        let mut entrance = Entrance::default();
        let mut judge = |line: &str| code(entrance.judge(line.as_bytes()));
        assert_eq!(judge("{"), (Value::Null, -32700));
        assert_eq!(judge(&"[".repeat(10_000)), (Value::Null, -32700));
        assert_eq!(judge("[]"), (Value::Null, -32600));
        assert_eq!(judge("7"), (Value::Null, -32600));
        assert_eq!(judge(r#"{"id":1,"method":"ping"}"#), (json!(1), -32600));
        assert_eq!(judge(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), (Value::Null, -32600));
        assert_eq!(judge(r#"{"jsonrpc":"2.0","id":"a","method":"initialize","params":{}}"#), (json!("a"), -32602));
        assert_eq!(judge(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#), (json!(1), -32600));
        assert_eq!(judge(r#"{"jsonrpc":"2.0","id":2,"method":"server/discover"}"#), (json!(2), -32601));
        assert_eq!(judge(r#"{"jsonrpc":"2.0","id":3,"method":"no/such"}"#), (json!(3), -32601));
    }

    #[test]
    fn ping_and_initialize_get_through_at_once_and_everything_after_them() {
        let mut entrance = Entrance::default();
        let ping = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        assert!(matches!(entrance.judge(ping), Judged::Message(_)));
        let mut entrance = open();
        for line in [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        ] {
            assert!(matches!(entrance.judge(line.as_bytes()), Judged::Message(_)), "{line}");
        }
        assert_eq!(code(entrance.judge(br#"{"jsonrpc":"2.0","id":2,"method":"server/discover"}"#)), (json!(2), -32601));
    }

    #[test]
    fn what_nobody_waits_for_is_not_answered() {
        let mut closed = Entrance::default();
        for line in [
            "",
            " \r",
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","method":"no/such"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            assert!(matches!(closed.judge(line.as_bytes()), Judged::Nothing), "{line}");
        }
    }
}
