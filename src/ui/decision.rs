//! Decisions. What they say was written by others: it is quoted, and nothing in it is an instruction of this program.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::model::Decision;
use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::decide::Force;
use crate::ops::decide::Outcome;
use crate::ops::decide::Told;
use crate::ui::claim::beside;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::tentative_note;
use crate::ui::report::Report;
use crate::ui::report::counted;
use crate::ui::report::path_words;
use crate::ui::report::plain;
use crate::ui::report::quoted_whole;
use crate::ui::similar::tell_similar;

fn of_decision(told: &Told, standing: &Standing) -> Guarantee {
    standing.of_record(&RecordPath::Decision(told.settled.decision.id.clone()))
}

pub(crate) fn decision_json(told: &Told, standing: &Standing) -> Value {
    let Decision { id, author, question, answer, paths, request, finding, supersedes } = &told.settled.decision;
    let (state, superseded_by) = match &told.force {
        Force::Holds => ("holds", None),
        Force::SupersededBy(by) => ("superseded", Some(by)),
        Force::Suspect => ("suspect", None),
    };
    json!({
        "type": "decision", "v": 1,
        "id": id.to_string(),
        "author": author.to_string(),
        "question": question.as_str(),
        "answer": answer.as_str(),
        "paths": paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "request": request.as_ref().map(ToString::to_string),
        "finding": finding.as_ref().map(ToString::to_string),
        "supersedes": supersedes.as_ref().map(ToString::to_string),
        "superseded_by": superseded_by.map(ToString::to_string),
        "decided": format_time(told.settled.since_time),
        "state": state,
        "guarantee": guarantee_word(of_decision(told, standing)),
    })
}

/// Returns a decision in words: what it is about in one line, and all that it says below, because it binds.
pub(crate) fn decision_lines(told: &Told, standing: &Standing) -> Vec<String> {
    let decision = &told.settled.decision;
    let force = match &told.force {
        Force::Holds => String::new(),
        Force::SupersededBy(by) => format!(", superseded by {by}"),
        Force::Suspect => ", by a suspect key: it binds nobody".to_owned(),
    };
    let head = format!(
        "{}  {} (by {}{force}{})  {}",
        decision.id,
        path_words(&decision.paths),
        decision.author,
        beside(of_decision(told, standing)),
        quoted_whole(decision.question.as_str())
    );
    let said = decision.answer.as_str().lines().map(|line| format!("  > {}", plain(line)));
    [head].into_iter().chain(said).collect()
}

/// Returns decisions.
pub fn decisions_report(decisions: &[Told], standing: &Standing) -> Report {
    let mut report = Report::new();
    for told in decisions {
        report.object(decision_json(told, standing));
        report.human.extend(decision_lines(told, standing));
    }
    if decisions.is_empty() {
        report.line("no decisions.");
    }
    report
}

/// Returns what is said of a decision that was made.
pub fn decided_report(outcome: &Outcome, now: Timestamp, standing: &Standing) -> Report {
    let mut report = decisions_report(std::slice::from_ref(&outcome.told), standing);
    let decision = &outcome.told.settled.decision;
    if let Some(object) = report.json.first_mut() {
        object["existed"] = outcome.existed.into();
    }
    if outcome.existed {
        report.note(format!("{} was settled already, and stays as it is", decision.id));
    }
    report.notes.extend(tentative_note(of_decision(&outcome.told, standing)));
    if let Some(old) = &decision.supersedes {
        report.note(format!("{old} holds no more"));
    }
    tell_similar(&mut report, &outcome.similar, now);
    report
}

/// How many bytes of decisions stand beside a claim before it says where the rest is.
const BESIDE_BYTES_MAX: usize = 1_000;

/// Returns the decisions that bind what somebody claims: whole ones, as far as there is room for them.
pub(crate) fn binding_lines(decisions: &[Told], standing: &Standing) -> Vec<String> {
    let mut lines = Vec::new();
    let mut bytes = 0;
    for (shown, told) in decisions.iter().enumerate() {
        let one = decision_lines(told, standing);
        bytes += one.iter().map(String::len).sum::<usize>();
        if shown > 0 && bytes > BESIDE_BYTES_MAX {
            let left = counted((decisions.len() - shown) as u64, "more decision binds", "more decisions bind");
            lines.push(format!("… {left} these paths: git coord decisions <paths>"));
            break;
        }
        lines.extend(one.into_iter().enumerate().map(|(at, line)| match at {
            0 => format!("decided: {line}"),
            _ => line,
        }));
    }
    lines
}
