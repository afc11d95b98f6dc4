//! Who reads requests, and who lands them: each by its own server of tools.

use std::sync::Mutex;

use serde_json::Value;
use serde_json::json;

use crate::agents::play::stopwatch::Stopwatch;
use crate::mcp::client::Client;
use crate::support::sandbox::Actor;
use crate::support::sandbox::text;

/// Who reads requests, and who lands them.
pub struct Desk<'a> {
    reader: Mutex<Client>,
    lander: Mutex<Client>,
    watch: &'a Stopwatch,
}

impl<'a> Desk<'a> {
    /// Starts the servers of both.
    pub fn open(reader: &Actor, lander: &Actor, watch: &'a Stopwatch) -> Self {
        Self { reader: Mutex::new(Client::of(reader)), lander: Mutex::new(Client::of(lander)), watch }
    }

    /// Approves the change that a request stands for.
    pub fn approve(&self, request: &Value) {
        let mut reader = self.reader.lock().unwrap();
        let (id, delta) = (text(&request["id"]), text(&request["delta"]));
        let shown = self.watch.time("show", || reader.call("show", json!({"id": id})));
        assert!(text(&shown["text"]).contains(&delta), "{shown}");
        let answer = json!({"request": id, "delta": delta, "reason": "Read it"});
        self.watch.time("approve", || reader.call("approve", answer));
    }

    /// Lands a request, or returns what was said instead.
    pub fn land(&self, request: &Value) -> Result<(), Value> {
        let mut lander = self.lander.lock().unwrap();
        let result = self.watch.time("land", || lander.try_call("land", json!({"request": request["id"]})));
        let said = result["structuredContent"]["objects"][0].clone();
        if result["isError"] == false {
            assert_eq!(said["allow"], true, "{result}");
            return Ok(());
        }
        Err(said)
    }
}
