//! What `watch` starts on events, and what became of it.

use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::ops::reactions::Letter;
use crate::ops::reactions::Retried;
use crate::ops::reactions::Trust;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// Returns the reactions of a clone, whether they are trusted, and what failed.
pub fn reactions_report(file: &Path, trust: &Trust, letters: &[Letter], log: &Path) -> Report {
    let mut report = Report::new();
    let file = plain(&file.display().to_string());
    let none = Vec::new();
    let (word, line, reactions) = match trust {
        Trust::None => ("none", format!("no reactions: there is no {file}"), &none),
        Trust::Given(_, reactions) => ("trusted", format!("trusted: {file}"), reactions),
        Trust::Missing(_, reactions) => ("untrusted", format!("not trusted, so nothing is started: {file}"), reactions),
        Trust::Unusable(reason) => ("unusable", format!("not usable: {file}: {}", plain(reason)), &none),
    };
    report.line(line);
    if word == "untrusted" {
        report.note("read it, then: git coord reactions trust <digest>");
    }
    let digest = match trust {
        Trust::Given(digest, _) | Trust::Missing(digest, _) => Some(digest.to_string()),
        Trust::None | Trust::Unusable(_) => None,
    };
    let commands = reactions.iter().map(|reaction| {
        let on: Vec<_> = reaction.on.iter().map(|name| name.as_str()).collect();
        let command: Vec<_> = reaction.command.iter().map(|word| word.as_str()).collect();
        (reaction.id.to_string(), on, command)
    });
    let shown: Vec<Value> =
        commands.clone().map(|(id, on, command)| json!({ "id": id, "on": on, "command": command })).collect();
    report.object(json!({
        "type": "reactions", "v": 1, "file": file, "state": word, "digest": digest, "reactions": shown,
        "log": log.display().to_string(),
    }));
    if let Some(digest) = digest {
        report.line(format!("  its digest is {digest}"));
    }
    for (id, on, command) in commands {
        report.line(format!("  {id}  on {}: {}", on.join(", "), plain(&command.join(" "))));
    }
    for letter in letters {
        report.object(letter_json(letter, Some(&letter.reason)));
        report.line(letter_line(letter, &letter.reason));
    }
    if !letters.is_empty() {
        report.note("git coord reactions retry starts them again");
    }
    report
}

/// Returns what became of dead letters that were tried again.
pub fn retry_report(retried: &[Retried]) -> Report {
    let mut report = Report::new();
    for Retried { letter, failure } in retried {
        report.object(letter_json(letter, failure.as_ref()));
        report.line(letter_line(letter, failure.as_deref().unwrap_or("done")));
    }
    if retried.is_empty() {
        report.line("there are no dead letters");
    }
    report
}

fn letter_json(letter: &Letter, failure: Option<&String>) -> Value {
    let event = letter.told().unwrap_or_default();
    let word = |name: &str| event.get(name).and_then(Value::as_str);
    json!({
        "type": "letter", "v": 1, "id": letter.id, "reaction": letter.reaction.to_string(), "failure": failure,
        "time": format_time(letter.time), "attempts": letter.attempts, "event": word("event"), "subject": word("id"),
    })
}

fn letter_line(letter: &Letter, what: &str) -> String {
    let event = letter.told().unwrap_or_default();
    let word = |name: &str| plain(event.get(name).and_then(Value::as_str).unwrap_or_default());
    format!("{}  {}  {} {}: {}", plain(&letter.id), letter.reaction, word("event"), word("id"), plain(what))
}
