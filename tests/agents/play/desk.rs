//! Who reads requests, and who lands them: each by its own server of tools.

use std::sync::Mutex;

use serde_json::Value;
use serde_json::json;

use crate::mcp::client::Client;
use crate::support::sandbox::Actor;
use crate::support::sandbox::text;

/// Who reads requests, and who lands them.
pub struct Desk {
    reader: Mutex<Client>,
    lander: Mutex<Client>,
}

impl Desk {
    /// Starts the servers of both.
    pub fn open(reader: &Actor, lander: &Actor) -> Self {
        Self { reader: Mutex::new(Client::of(reader)), lander: Mutex::new(Client::of(lander)) }
    }

    /// Approves the change that a request stands for.
    pub fn approve(&self, request: &Value) {
        let mut reader = self.reader.lock().unwrap();
        let (id, delta) = (text(&request["id"]), text(&request["delta"]));
        let shown = reader.call("show", json!({"id": id}));
        assert!(text(&shown["text"]).contains(&delta), "{shown}");
        reader.call("approve", json!({"request": id, "delta": delta, "reason": "Read it"}));
    }

    /// Lands a request, or returns what was said instead.
    pub fn land(&self, request: &Value) -> Result<(), Value> {
        let result = self.lander.lock().unwrap().try_call("land", json!({"request": request["id"]}));
        let said = result["structuredContent"]["objects"][0].clone();
        if result["isError"] == false {
            assert_eq!(said["allow"], true, "{result}");
            return Ok(());
        }
        Err(said)
    }
}
