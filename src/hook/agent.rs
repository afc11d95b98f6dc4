//! Hooks of the programs that agents run in. Before an edit doubt is a no; everything else lets the agent go on.

use std::path::PathBuf;

use crate::format::AgentPayload;
use crate::ops::Surroundings;
use crate::ops::agent::AgentClient;
use crate::ops::agent::AgentEvent;
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
use crate::ui::words_of;

/// Answers what happened in an agent's program; `project` is where that was opened, as its environment says.
pub fn agent(
    surroundings: Surroundings,
    project: Option<PathBuf>,
    (client, event): (AgentClient, AgentEvent),
    input: &[u8],
) -> AgentAnswer {
    let session = Session { surroundings, client, project };
    let payload = AgentPayload::read(input);
    if event == AgentEvent::BeforeEdit {
        return edit_answer(client, event, &before_edit(&session, payload));
    }
    let payload = match payload {
        Ok(payload) => payload,
        Err(fault) => return failed(&[format!("git coord: this call was not understood: {fault}")]),
    };
    match event {
        AgentEvent::BeforeEdit => unreachable!("it was answered above"),
        AgentEvent::AfterEdit => edit_answer(client, event, &after_edit(&session, &payload)),
        AgentEvent::SessionStart => match begin_session(&session, &payload) {
            Ok(Some(brief)) => context_answer(client, event, &brief_report(&brief).human.join("\n")),
            Ok(None) => AgentAnswer::default(),
            Err(failure) => failed(&words_of(&failure).human()),
        },
        AgentEvent::SessionEnd => match end_session(&session, &payload) {
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
