//! A client: starts the server in somebody's worktree, and says and hears lines.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::support::sandbox::Actor;
use crate::support::sandbox::wait_for;

/// Nothing that is asked here takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of a server that runs.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    last: i64,
    /// What was heard while something else was awaited.
    pub aside: Vec<Value>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Client {
    /// Starts a server where somebody works.
    pub fn start(actor: &Actor) -> Self {
        Self::start_with(actor, &[])
    }

    /// Starts a server with options before its name.
    pub fn start_with(actor: &Actor, options: &[&str]) -> Self {
        let mut command = actor.command("git-coord");
        command.args(options).arg("mcp");
        Self::run(command)
    }

    /// Starts a server by a command line.
    pub fn run(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = child.stdout.take().unwrap();
        let (heard, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if heard.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { child, input, lines, last: 0, aside: Vec::new() }
    }

    /// Starts a server and opens the connection.
    #[track_caller]
    pub fn of(actor: &Actor) -> Self {
        let mut client = Self::start(actor);
        client.initialize("2025-11-25");
        client
    }

    /// Opens the connection. Returns what the server says of itself.
    #[track_caller]
    pub fn initialize(&mut self, version: &str) -> Value {
        let who = json!({"name": "test", "version": "1"});
        let result = self.ask("initialize", json!({"protocolVersion": version, "capabilities": {}, "clientInfo": who}));
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        result["result"].clone()
    }

    /// Writes a line.
    #[track_caller]
    pub fn say(&mut self, line: &str) {
        self.say_bytes(format!("{line}\n").as_bytes());
    }

    /// Writes bytes, whatever they are.
    #[track_caller]
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("it has not left");
        input.write_all(bytes).and_then(|()| input.flush()).unwrap();
    }

    /// Reads a line, which must be a message.
    #[track_caller]
    pub fn hear(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("the server answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Reads what is said within a span, if anything.
    pub fn hear_within(&mut self, span: Duration) -> Option<Value> {
        self.lines.recv_timeout(span).ok().map(|line| serde_json::from_str(&line).unwrap())
    }

    /// Sends a request. Returns its id.
    #[track_caller]
    pub fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}).to_string());
        self.last
    }

    /// Waits for the answer to a request.
    #[track_caller]
    pub fn answer(&mut self, id: i64) -> Value {
        loop {
            let heard = self.hear();
            if heard["id"] == id {
                return heard;
            }
            self.aside.push(heard);
        }
    }

    /// Sends a request and waits for the answer.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.answer(id)
    }

    /// Calls a tool, which must do what it is called for. Returns the first object of its answer.
    #[track_caller]
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.try_call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"]["objects"][0].clone()
    }

    /// Calls a tool, which must fail with a code. Returns the error.
    #[track_caller]
    pub fn refused(&mut self, tool: &str, arguments: Value, code: &str) -> Value {
        let result = self.try_call(tool, arguments);
        let error = result["structuredContent"]["objects"][0].clone();
        assert_eq!((&result["isError"], &error["code"]), (&json!(true), &json!(code)), "{result}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("error: ") && text.contains(code), "{text}");
        error
    }

    /// Calls a tool. Returns the result.
    #[track_caller]
    pub fn try_call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(answer.get("result").is_some(), "{answer}");
        answer["result"].clone()
    }

    /// Closes the pipe to the server, which must end.
    #[track_caller]
    pub fn leave(mut self) -> ExitStatus {
        self.close();
        self.ended()
    }

    /// Closes the pipe to the server.
    pub fn close(&mut self) {
        self.input = None;
    }

    /// Waits until the server has ended.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        wait_for("end of the server", || self.child.try_wait().unwrap())
    }

    /// Returns the number of the server's process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}
