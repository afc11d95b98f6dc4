//! A program that was run: what it said, and how it ended.

use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

/// No command of a test takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a program said, and how it ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    what: String,
}

impl Ran {
    /// Runs a program to its end, without input.
    #[track_caller]
    pub fn of(mut command: Command) -> Self {
        let what = format!("{:?} {:?}", command.get_program(), command.get_args().collect::<Vec<_>>());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
        Self::waited_for(&what, child)
    }

    /// Waits for the end of a program whose output goes to pipes.
    #[track_caller]
    pub fn waited_for(what: &str, child: Child) -> Self {
        let what = what.to_owned();
        let (send, receive) = mpsc::channel();
        thread::spawn(move || send.send(child.wait_with_output()));
        let output = match receive.recv_timeout(PATIENCE) {
            Ok(output) => output.unwrap(),
            Err(_) => panic!("{what} does not end"),
        };
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            what,
        }
    }

    /// Demands that it went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }

    /// Demands this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Demands this exit code and this code in the error of `--json`. Returns the error.
    #[track_caller]
    pub fn fails(&self, exit: i32, code: &str) -> Value {
        let found = self.error();
        assert_eq!((self.code, found["code"].as_str()), (exit, Some(code)), "{self}");
        for field in ["type", "v", "message", "causes", "hints", "holders"] {
            assert!(found.get(field).is_some(), "the error has no `{field}`: {self}");
        }
        assert!(self.stdout.is_empty(), "an error belongs on standard error only: {self}");
        found
    }

    /// Returns the first object on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.objects().into_iter().next().unwrap_or_else(|| panic!("nothing was printed: {self}"))
    }

    /// Returns the objects on standard output.
    #[track_caller]
    pub fn objects(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self}"));
        self.stdout.lines().map(parse).collect()
    }

    /// Returns the objects of one type on standard output.
    #[track_caller]
    pub fn of_type(&self, name: &str) -> Vec<Value> {
        self.objects().into_iter().filter(|object| object["type"] == name).collect()
    }

    /// Returns the last error of `--json`; `null` if there is none.
    pub fn error(&self) -> Value {
        self.errors().pop().unwrap_or_default()
    }

    fn errors(&self) -> Vec<Value> {
        let objects = self.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        objects.filter(|object| object["type"] == "error").collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nexit {}\n--- stdout\n{}--- stderr\n{}", self.what, self.code, self.stdout, self.stderr)
    }
}

/// Looks again and again until something is there, for at most 30 s.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "still no {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
