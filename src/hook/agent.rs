//! Hooks of the programs that agents run in. Before an edit doubt is a no; everything else lets the agent go on.
//!
//! Whoever calls us waits for so long and then goes on as it likes, which may be with the edit: so an answer is given in time,
//! whatever waits for whom here.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use crate::format::AgentPayload;
use crate::ops::agent::AgentClient;
use crate::ops::agent::AgentEvent;
use crate::ops::agent::Meanwhile;
use crate::ops::agent::Session;
use crate::ops::agent::after_edit;
use crate::ops::agent::before_edit;
use crate::ops::agent::begin_session;
use crate::ops::agent::end_session;
use crate::ui::AgentAnswer;
use crate::ui::brief_report;
use crate::ui::context_answer;
use crate::ui::edit_answer;
use crate::ui::end_answer;
use crate::ui::too_late_answer;
use crate::ui::words_of;

/// As much as a program's first thread has.
const STACK_BYTES: usize = 8 << 20;

/// Answers what happened in an agent's program, within a limit. `read` tells who is asked and what; it may wait for the
/// program.
pub fn agent(
    (client, event): (AgentClient, AgentEvent),
    limit: Duration,
    read: impl FnOnce() -> (Session, Vec<u8>) + Send + 'static,
) -> io::Result<AgentAnswer> {
    let (sender, answers) = mpsc::channel();
    let meanwhile = Meanwhile::default();
    let known = meanwhile.clone();
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let (session, input) = read();
        // Who has answered without us listens no more.
        sender.send(answer(&session, event, &input, &known)).ok();
    })?;
    match answers.recv_timeout(limit) {
        Ok(answer) => Ok(answer),
        Err(RecvTimeoutError::Timeout) if event == AgentEvent::BeforeEdit => {
            Ok(edit_answer(client, event, &meanwhile.outcome(limit)))
        }
        Err(RecvTimeoutError::Timeout) => Ok(too_late_answer(limit)),
        // It ended without an answer: so does this.
        Err(RecvTimeoutError::Disconnected) => match worker.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => Err(io::Error::other("nobody answered")),
        },
    }
}

fn answer(session: &Session, event: AgentEvent, input: &[u8], meanwhile: &Meanwhile) -> AgentAnswer {
    let client = session.client;
    let payload = AgentPayload::read(input);
    if event == AgentEvent::BeforeEdit {
        return edit_answer(client, event, &before_edit(session, payload, meanwhile));
    }
    let payload = match payload {
        Ok(payload) => payload,
        Err(fault) => return failed(&[format!("git coord: this call was not understood: {fault}")]),
    };
    match event {
        AgentEvent::BeforeEdit => unreachable!("it was answered above"),
        AgentEvent::AfterEdit => edit_answer(client, event, &after_edit(session, &payload)),
        AgentEvent::SessionStart => match begin_session(session, &payload) {
            Ok(Some(brief)) => context_answer(client, event, &brief_report(&brief).human.join("\n")),
            Ok(None) => AgentAnswer::default(),
            Err(failure) => failed(&words_of(&failure).human()),
        },
        AgentEvent::SessionEnd => match end_session(session, &payload) {
            Ok(released) => end_answer(&released),
            Err(failure) => failed(&words_of(&failure).human()),
        },
    }
}

/// Returns what is said where the agent goes on in any case: not the code that stops it.
fn failed(lines: &[String]) -> AgentAnswer {
    let said = lines.iter().map(|line| format!("{line}\n")).collect();
    AgentAnswer { stdout: String::new(), stderr: said, code: 1 }
}
