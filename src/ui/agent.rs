//! What an agent is told about its edits, in the shape that its program wants.
//!
//! What others wrote is quoted, short, and never an instruction; what to do comes from here.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::model::RecordId;
use crate::ops::agent::AgentClient;
use crate::ops::agent::AgentEvent;
use crate::ops::agent::Denial;
use crate::ops::agent::Outcome;
use crate::ops::agent::Remark;
use crate::ops::collisions::Change;
use crate::ui::beside;
use crate::ui::collision::side_words;
use crate::ui::error::words_of;
use crate::ui::report::json_line;
use crate::ui::report::plain;
use crate::ui::report::quoted;
use crate::ui::report::span_words;

/// The exit code by which a program is told to stop what it is about to do.
const STOP: u8 = 2;

/// What a hook says to the program that called it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentAnswer {
    pub stdout: String,
    pub stderr: String,
    pub code: u8,
}

/// Returns the answer to the question about an edit, before it or after it.
pub fn edit_answer(client: AgentClient, event: AgentEvent, outcome: &Outcome) -> AgentAnswer {
    let remarks = outcome.remarks.iter().map(remark_text);
    if let Some(denial) = &outcome.denial {
        // What was told beside is told once: whoever stops the edit tells it as well.
        let lines: Vec<String> = [denial_text(denial)].into_iter().chain(remarks).collect();
        return denial_answer(client, &lines.join("\n"));
    }
    context_answer(client, event, &remarks.collect::<Vec<_>>().join("\n"))
}

/// Returns the answer that gives an agent something to know; an empty text lets it go on.
pub fn context_answer(client: AgentClient, event: AgentEvent, text: &str) -> AgentAnswer {
    let name = event_name(client, event);
    let nested = || json!({"hookEventName": name, "additionalContext": text});
    let is_before = event == AgentEvent::BeforeEdit;
    let said = match client {
        // Where doubt stops an edit, silence is doubt.
        AgentClient::Cursor if is_before => json!({"permission": "allow"}),
        _ if text.is_empty() => return AgentAnswer::default(),
        AgentClient::Claude | AgentClient::Codex => json!({"hookSpecificOutput": nested()}),
        AgentClient::Gemini if is_before => json!({"systemMessage": text}),
        AgentClient::Gemini => json!({"hookSpecificOutput": nested()}),
        AgentClient::Cursor => json!({"additional_context": text}),
        AgentClient::Copilot => json!({"additionalContext": text, "hookSpecificOutput": nested()}),
        AgentClient::OpenCode => return AgentAnswer { stdout: format!("{text}\n"), ..AgentAnswer::default() },
    };
    AgentAnswer { stdout: line(&said), ..AgentAnswer::default() }
}

/// Returns what is said about something else than an edit that took too long: the agent goes on.
pub fn too_late_answer(limit: Duration) -> AgentAnswer {
    let said = format!("git coord: no answer {}; others write at this moment, or the remote is slow\n", within(limit));
    AgentAnswer { stderr: said, code: 1, ..AgentAnswer::default() }
}

/// Returns what is said when a session has ended.
pub fn end_answer(released: &[RecordId]) -> AgentAnswer {
    let ids: Vec<_> = released.iter().map(ToString::to_string).collect();
    let said = if ids.is_empty() { String::new() } else { format!("git coord: gave back {}\n", ids.join(", ")) };
    AgentAnswer { stderr: said, ..AgentAnswer::default() }
}

fn denial_answer(client: AgentClient, reason: &str) -> AgentAnswer {
    let decided = json!({
        "hookEventName": event_name(client, AgentEvent::BeforeEdit),
        "permissionDecision": "deny", "permissionDecisionReason": reason,
    });
    let said = match client {
        AgentClient::Claude | AgentClient::OpenCode => {
            return AgentAnswer { stdout: String::new(), stderr: format!("{reason}\n"), code: STOP };
        }
        AgentClient::Codex => json!({"hookSpecificOutput": decided}),
        AgentClient::Gemini => json!({"decision": "deny", "reason": reason}),
        AgentClient::Cursor => json!({"permission": "deny", "user_message": reason, "agent_message": reason}),
        AgentClient::Copilot => json!({
            "permissionDecision": "deny", "permissionDecisionReason": reason, "hookSpecificOutput": decided,
        }),
    };
    AgentAnswer { stdout: line(&said), ..AgentAnswer::default() }
}

fn event_name(client: AgentClient, event: AgentEvent) -> &'static str {
    match (client, event) {
        (_, AgentEvent::SessionStart) => "SessionStart",
        (_, AgentEvent::SessionEnd) => "SessionEnd",
        (AgentClient::Gemini, AgentEvent::BeforeEdit) => "BeforeTool",
        (AgentClient::Gemini, AgentEvent::AfterEdit) => "AfterTool",
        (_, AgentEvent::BeforeEdit) => "PreToolUse",
        (_, AgentEvent::AfterEdit) => "PostToolUse",
    }
}

fn line(object: &Value) -> String {
    format!("{}\n", json_line(object))
}

/// Returns why an edit is refused, and what to do instead.
fn denial_text(denial: &Denial) -> String {
    let lines = match denial {
        Denial::NotUnderstood(fault) => vec![
            format!("git coord: this edit was not understood, so nobody can tell whether the file is free: {fault}"),
            "hint: Edit one named file at a time, or run `git coord check <path>` and ask a person.".to_owned(),
        ],
        Denial::Held { path, leases, now } => {
            let path = plain(path);
            let mut lines = vec![format!("git coord: do not edit `{path}` now: somebody else holds it")];
            for (lease, worth) in leases {
                let claim = &lease.claim;
                let left = span_words(claim.expires.since(*now));
                let until = format_time(claim.expires);
                let (holder, id, beside) = (&claim.holder, &claim.id, beside(*worth));
                lines.push(format!("  held by {holder} until {until} (another {left}; {id}{beside})"));
                lines.push(format!("  they wrote: {}", quoted(claim.intent.as_str())));
            }
            let holder = leases.first().map(|(lease, _)| lease.claim.holder.to_string()).unwrap_or_default();
            let word = shell_word(&path);
            lines.push(format!("hint: Wait for it: git coord claim {word} --intent \"…\" --queue --wait 10m"));
            lines.push(format!("hint: Or work on other paths (git coord status), or ask {holder}."));
            lines
        }
        Denial::Unclaimed { path, caller } => {
            let path = plain(path);
            let first = format!("git coord: the policy asks for a claim on `{path}` before it is edited");
            let hint = match caller {
                Some(_) => format!("hint: git coord claim {} --intent \"…\"", shell_word(&path)),
                None => "hint: Nobody is enrolled here: git coord join <principal>, then claim it.".to_owned(),
            };
            vec![first, hint]
        }
        Denial::OthersWorktree { path, principal } => vec![
            format!("git coord: `{}` lies in the work tree of {}", plain(path), plain(principal)),
            "hint: Edit the file in your own work tree; branches carry it over.".to_owned(),
            format!(
                "hint: Whoever works for {} says so before the program is opened: GIT_COORD_AS={}",
                plain(principal),
                shell_word(&plain(principal))
            ),
        ],
        Denial::GitsOwn { path } => vec![
            format!("git coord: `{}` is git's own, and the ledger rests on it", plain(&path.display().to_string())),
            "hint: Change settings with git config, and hooks with git coord hooks.".to_owned(),
        ],
        Denial::Unnameable { path } => vec![
            format!("git coord: no claim can name `{}`", plain(path)),
            "hint: Give the file another name.".to_owned(),
        ],
        Denial::InHand(changes) => {
            let mut lines: Vec<String> = changes.iter().map(change_text).collect();
            lines
                .push("hint: Nobody forbids the edit: make it once more to go on, or look at theirs first.".to_owned());
            lines
        }
        Denial::Failed { path, failure } => {
            let mut lines = vec![format!("git coord: cannot tell whether `{}` is free", plain(path))];
            lines.extend(words_of(failure).human());
            lines
        }
        Denial::OutOfTime { path, limit } => vec![
            format!(
                "git coord: cannot tell {} whether {} is free: an edit there waits for a claim",
                within(*limit),
                subject(path)
            ),
            "hint: Others write at this moment, or the remote is slow. Make the edit once more; if that does not help,"
                .to_owned()
                + " look where time goes: GIT_COORD_TRACE=1 git coord sync",
        ],
    };
    lines.join("\n")
}

fn remark_text(remark: &Remark) -> String {
    match remark {
        Remark::Claimed(lease) => {
            let paths: Vec<_> = lease.claim.paths.iter().rev().take(3).map(|path| plain(path.as_str())).collect();
            let until = format_time(lease.claim.expires);
            format!("git coord: claimed for you until {until}: {} ({})", paths.join(", "), lease.claim.id)
        }
        Remark::Unclaimed(path) => {
            let word = shell_word(&plain(path));
            format!(
                "git coord: nobody has claimed {word}, and others are at work: git coord claim {word} --intent \"…\""
            )
        }
        Remark::Awaited { path, by } => {
            format!("git coord: {by} waits for `{}`: release it as soon as you are done", plain(path))
        }
        Remark::InHand(change) => change_text(change),
        Remark::NotRenewed(failure) => {
            let words = words_of(failure).human();
            format!("git coord: your claim could not be renewed; {}", words.join("; "))
        }
        Remark::NotAsked(failure) => {
            let words = words_of(failure).human();
            format!("git coord: what others hold is told from what is here; {}", words.join("; "))
        }
        Remark::OutOfTime { path, limit } => {
            format!("git coord: nobody could tell {} whether others have {} in hand", within(*limit), subject(path))
        }
    }
}

fn within(limit: Duration) -> String {
    format!("within {} s", limit.as_secs_f32())
}

/// Returns what a question was about, as far as that was known.
fn subject(path: &Option<String>) -> String {
    path.as_ref().map_or_else(|| "the file".to_owned(), |path| format!("`{}`", plain(path)))
}

fn change_text(change: &Change) -> String {
    let file = plain(&change.path);
    format!("git coord: `{file}` is changed elsewhere and has not landed: by {}", side_words(&change.side))
}

/// Returns a path as a shell reads it as one word.
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%,:".contains(c);
    if path.chars().all(is_plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
