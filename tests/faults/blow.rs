//! A command that is killed while it runs.

use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support::servers;
use crate::support::servers::Random;

/// No command may take so long, whatever happens to it.
const LIMIT: Duration = Duration::from_secs(240);

/// Who is killed, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    None,
    /// The command alone: what it has started goes on.
    Command(Duration),
    /// The command with everything that it has started.
    Family(Duration),
    /// The first git that it has started by then; the command goes on.
    Git(Duration),
}

impl Blow {
    /// Draws who is killed: in most commands nobody.
    pub(super) fn drawn(random: &mut Random) -> Self {
        let after = Duration::from_millis(random.below(900));
        match random.below(12) {
            0 => Self::Command(after),
            1 => Self::Family(after),
            2 => Self::Git(after),
            _ => Self::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "nobody",
            Self::Command(_) => "the command",
            Self::Family(_) => "the family",
            Self::Git(_) => "git",
        }
    }
}

/// How a command ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// The exit code; `None` if it was killed.
    pub(super) code: Option<i32>,
    pub(super) answer: Option<Value>,
    pub(super) error: Option<Value>,
    /// Until it had ended and nobody held its output any more.
    pub(super) took: Duration,
    /// Who was killed.
    pub(super) struck: Option<&'static str>,
}

/// Runs a command to its end, and kills while it runs.
#[track_caller]
pub(super) fn run(mut command: Command, blow: Blow) -> Ended {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().unwrap();
    let process = child.id();
    let (send, receive) = mpsc::channel();
    // The striker may name the process by its number while nobody has waited for it: it ends before this thread begins to.
    let (struck_send, struck) = mpsc::channel::<Option<&'static str>>();
    thread::spawn(move || {
        let mut child = child;
        let name = strike(&mut child, process, blow, start);
        struck_send.send(name).ok();
        send.send(child.wait_with_output()).ok();
    });
    let output: Output = match receive.recv_timeout(LIMIT) {
        Ok(output) => output.unwrap(),
        Err(_) => panic!("{command:?} does not end"),
    };
    let objects = |bytes: &[u8]| -> Vec<Value> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    Ended {
        code: output.status.code(),
        answer: objects(&output.stdout).into_iter().next(),
        error: objects(&output.stderr).into_iter().find(|object| object["type"] == "error"),
        took: start.elapsed(),
        struck: struck.recv().unwrap(),
    }
}

/// Kills when it is time. Returns who was killed, if the command had not ended before.
fn strike(child: &mut std::process::Child, process: u32, blow: Blow, start: Instant) -> Option<&'static str> {
    let (Blow::Command(after) | Blow::Family(after) | Blow::Git(after)) = blow else { return None };
    loop {
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        if start.elapsed() >= after {
            match blow {
                Blow::Family(_) => servers::kill_family(process),
                Blow::Git(_) => match servers::children(process).first() {
                    Some(git) => servers::kill_one(*git),
                    None => {
                        thread::sleep(Duration::from_millis(1));
                        continue;
                    }
                },
                _ => servers::kill_one(process),
            }
            return Some(blow.name());
        }
        thread::sleep(Duration::from_millis(2));
    }
}
