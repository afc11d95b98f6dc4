//! Calls of the real program, and what it answered, as operations of a history.

use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use git_coord::format::parse_time;
use serde_json::Value;

use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Manner;
use crate::linearizability::history::Operation;
use crate::linearizability::history::Told;
use crate::linearizability::history::Whose;
use crate::support::clock::Clock;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::text;

/// Somebody who calls the program and notes what comes of it.
pub(super) struct Recorder<'a> {
    pub(super) actor: Actor,
    pub(super) clock: &'a Clock,
    /// How far its clock is ahead of the right one.
    pub(super) skew: i64,
    pub(super) clone: usize,
    pub(super) operations: Vec<Operation>,
}

impl Recorder<'_> {
    /// Calls the program, and kills it after a while if asked to. Returns the answer, which is noted; `None` if it has
    /// nothing to do with what a ledger of claims promises.
    pub(super) fn call(&mut self, call: Call, ground: &[String], kill: Option<Duration>) -> Option<Answer> {
        let arguments = arguments(&call, ground, &self.actor.id);
        let (clock, start) = (self.clock.now() + self.skew, self.clock.elapsed_ns());
        let ran = self.run(&arguments, kill);
        let (end, until) = (self.clock.elapsed_ns(), self.clock.now() + self.skew);
        let answer = answer(&call, &ran)?;
        self.operations.push(Operation {
            agent: self.actor.id.clone(),
            clone: self.clone,
            call,
            ground: ground.to_vec(),
            answer: answer.clone(),
            start,
            end,
            clock: (clock, until),
        });
        Some(answer)
    }

    fn run(&self, arguments: &[String], kill: Option<Duration>) -> Ran {
        let mut command = self.actor.command("git-coord");
        command.arg("--json").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child: Child = command.spawn().unwrap();
        if let Some(after) = kill {
            thread::sleep(after);
            child.kill().unwrap();
        }
        Ran::waited_for(&arguments.join(" "), child)
    }
}

fn arguments(call: &Call, ground: &[String], agent: &str) -> Vec<String> {
    let words: Vec<String> = match call {
        Call::Claim { ttl, manner } => {
            let intent = format!("Work of {agent} on {}", ground.join(", "));
            let mut words = vec!["claim".to_owned(), "--force".to_owned(), "--intent".to_owned(), intent];
            words.extend(["--ttl".to_owned(), format!("{ttl}s")]);
            words.extend(match manner {
                Manner::Refuse => None,
                Manner::Queue => Some("--queue".to_owned()),
                Manner::TakeOver => Some("--takeover".to_owned()),
            });
            words
        }
        Call::Renew { id, ttl } => return vec!["renew".to_owned(), "--ttl".to_owned(), format!("{ttl}s"), id.clone()],
        Call::Release { id } => return vec!["release".to_owned(), id.clone()],
        Call::Look(Whose::Everybody) => vec!["status".to_owned()],
        Call::Outcome => unreachable!("nobody calls it"),
        Call::Look(Whose::Others) => vec!["check".to_owned()],
    };
    words.into_iter().chain(ground.iter().cloned()).collect()
}

fn answer(call: &Call, ran: &Ran) -> Option<Answer> {
    if ran.code == -1 {
        return Some(Answer::Unknown);
    }
    if ran.code != 0 && !matches!(call, Call::Look(_)) {
        let error = ran.error();
        return match error["code"].as_str().unwrap_or_default() {
            "claim.held" => Some(Answer::Refused(list(&error["holders"]))),
            "claim.fenced" => Some(Answer::Fenced),
            // Who waits for whom is told for many grounds at once.
            "claim.deadlock" => None,
            other => panic!("`{other}` is no answer to {call:?}: {ran}"),
        };
    }
    Some(match call {
        Call::Claim { .. } => Answer::Granted(told(&ran.json())),
        Call::Renew { .. } => Answer::Renewed(told(&ran.json())),
        Call::Release { .. } => Answer::Released(ran.json()["height"].as_u64().unwrap()),
        Call::Look(Whose::Everybody) => Answer::Seen(ran.of_type("claim").iter().map(told).collect()),
        Call::Outcome => unreachable!("nobody calls it"),
        Call::Look(Whose::Others) => {
            let found = ran.json();
            Answer::Seen([list(&found["held_by_others"]), list(&found["awaited_by_others"])].concat())
        }
    })
}

fn list(claims: &Value) -> Vec<Told> {
    claims.as_array().expect("a list of claims").iter().map(told).collect()
}

/// Reads a claim as answers and refusals tell of it.
fn told(claim: &Value) -> Told {
    let id = if claim["claim"].is_string() { &claim["claim"] } else { &claim["id"] };
    let expires = parse_time(&text(&claim["expires"])).expect("a date").unix_s();
    Told { id: text(id), holder: text(&claim["holder"]), token: claim["token"].as_u64(), expires }
}
