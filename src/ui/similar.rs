//! What reads like an intent.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::model::Timestamp;
use crate::ops::similar::Comparison;
use crate::ops::similar::Known;
use crate::ops::similar::Reason;
use crate::ops::similar::Similar;
use crate::rules::obstacle;
use crate::ui::error::obstacle_json;
use crate::ui::overlap_fault::fault_json;
use crate::ui::overlap_fault::fault_note;
use crate::ui::report::Report;
use crate::ui::report::path_words;
use crate::ui::report::quoted;
use crate::ui::report::span_words;

/// Returns what is most like an intent.
pub fn similar_report(intent: &str, compared: &Comparison, now: Timestamp) -> Report {
    let found = &compared.similar;
    let mut report = Report::new();
    report.object(json!({
        "type": "similar", "v": 1, "intent": intent, "model": compared.model, "fault": fault_json(compared),
        "similar": found.iter().map(|similar| similar_json(similar, now)).collect::<Vec<_>>(),
    }));
    for similar in found {
        report.line(similar_line(similar, now));
    }
    if found.is_empty() {
        report.line("nothing reads like it.");
    }
    report.notes.extend(fault_note(compared));
    report
}

pub(crate) fn similar_json(similar: &Similar, now: Timestamp) -> Value {
    let Similar { known, alike, .. } = similar;
    json!({
        "kind": kind(known), "id": id(known), "holder": known.holder().map(ToString::to_string), "intent": known.text(),
        "score": f64::from((alike.score * 1000.0).round()) / 1000.0, "likely": alike.is_likely, "reason": alike.reason.words(),
        "shared": alike.shared, "shared_paths": similar.shared_paths, "doing": doing(known, now),
    })
}

/// Returns one of them in a line: what it is, whose, why it is told, and what becomes of it.
pub(crate) fn similar_line(similar: &Similar, now: Timestamp) -> String {
    let Similar { known, alike, shared_paths } = similar;
    let by = known.holder().map_or(String::new(), |holder| format!(" by {holder}"));
    let likely = if alike.is_likely { "likely the same work" } else { "perhaps related" };
    let paths = path_words(shared_paths);
    let why = match alike.reason {
        Reason::SharedPaths => format!("shared paths: {paths}"),
        words if paths.is_empty() => format!("{}, {likely}", words.words()),
        words => format!("{}, {likely}; shared paths: {paths}", words.words()),
    };
    let said = quoted(known.text());
    let answer = match known {
        Known::Decision(settled) => format!(", answered {}", quoted(settled.decision.answer.as_str())),
        _ => String::new(),
    };
    format!("similar ({why}): {} {}{by}: {said}{answer} ({})", kind(known), id(known), doing(known, now))
}

/// Adds what is most like a new record to what is said of it.
pub(crate) fn tell_similar(report: &mut Report, compared: &Comparison, now: Timestamp) {
    let found = &compared.similar;
    report.notes.extend(fault_note(compared));
    if let Some(object) = report.json.first_mut() {
        object["similar"] = found.iter().map(|similar| similar_json(similar, now)).collect();
    }
    for similar in found {
        report.note(similar_line(similar, now));
    }
}

/// Returns who says the same already, as people read it.
pub(crate) fn said_already_line(known: &Known) -> String {
    let by = known.holder().map_or(String::new(), |holder| format!(" by {holder}"));
    format!("  {} {}{by}: {}", kind(known), id(known), quoted(known.text()))
}

/// Returns what to do where somebody says the same already.
pub(crate) fn said_already_hint(known: &Known) -> String {
    let id = id(known);
    let look = format!("Run `git coord show {id}` to see it");
    let other = "say so in your words, or repeat the command with `--force`.";
    match known {
        Known::Decision(_) => {
            format!("{look}; add `--supersedes {id}` if yours takes its place; if yours is another question, {other}")
        }
        _ => format!("{look}; if yours is other work, {other}"),
    }
}

/// Returns who says the same already, as programs read it: with what is told of a claim in the way.
pub(crate) fn said_already_json(known: &Known) -> Value {
    let mut object = match known {
        Known::Claim(lease) => obstacle_json(&obstacle(lease)),
        _ => json!({
            "claim": null, "holder": known.holder().map(ToString::to_string), "intent": known.text(), "paths": paths(known),
            "token": null, "expires": null,
        }),
    };
    object["kind"] = kind(known).into();
    object["id"] = id(known).into();
    object
}

fn paths(known: &Known) -> Vec<String> {
    match known {
        Known::Finding(noted) => noted.finding.paths.iter().map(ToString::to_string).collect(),
        Known::Decision(settled) => settled.decision.paths.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn kind(known: &Known) -> &'static str {
    match known {
        Known::Claim(_) => "claim",
        Known::Flight(_) => "in-flight",
        Known::Request(_) => "request",
        Known::Finding(_) => "finding",
        Known::Decision(_) => "decision",
        Known::Title { .. } => "title",
    }
}

fn id(known: &Known) -> String {
    match known {
        Known::Title { line, .. } => line.to_string(),
        _ => known.id().map(ToString::to_string).unwrap_or_default(),
    }
}

/// Returns what is being done about it.
fn doing(known: &Known, now: Timestamp) -> String {
    match known {
        Known::Claim(lease) if lease.held.is_none() => "waits in the queue".to_owned(),
        Known::Claim(lease) if lease.claim.expires <= now => "its claim has expired".to_owned(),
        Known::Claim(lease) => {
            let paths = path_words(&lease.claim.paths);
            format!("works on {paths} for {} more", span_words(lease.claim.expires.since(now)))
        }
        Known::Flight(flight) => format!("done on {}, not landed", quoted(&flight.place)),
        Known::Request(pending) => {
            format!("asks to land on {} for {}", pending.request.target, span_words(now.since(pending.opened_time)))
        }
        Known::Finding(noted) => format!("an open {} {}", noted.finding.severity.word(), noted.finding.kind.word()),
        Known::Decision(settled) => format!("settled {} ago", span_words(now.since(settled.since_time))),
        Known::Title { line, .. } => format!("line {line}"),
    }
}
