//! Answers to requests.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::model::Answer;
use crate::model::NamedVeto;
use crate::ops::answer::Outcome;
use crate::rules::Discounted;
use crate::ui::report::Report;

/// Returns by what a veto is told from every other one.
pub(crate) fn veto_json(veto: &NamedVeto) -> Value {
    json!({
        "request": veto.request.to_string(), "principal": veto.principal.to_string(), "entry": veto.entry.to_string(),
    })
}

/// Returns what is said of an answer that was given.
pub fn answer_report(outcome: &Outcome) -> Report {
    let mut report = Report::new();
    let approval = &outcome.answered.approval;
    report.object(json!({
        "type": "approval", "v": 1,
        "request": approval.request.to_string(),
        "principal": approval.principal.to_string(),
        "verdict": approval.answer.word(),
        "delta": approval.delta.to_string(),
        "state": if outcome.discounted.is_some() { "not-counted" } else { "valid" },
        "why": outcome.discounted.as_ref().map(|not| &not.why),
        "expired": outcome.expired,
        "reviewed": outcome.reviewed.as_ref().map(|target| target.as_str()),
        "tree": approval.new_tree.map(|tree| tree.to_string()),
        "result": approval.new_tree.map(|tree| tree.to_string()),
        "passed": approval.passed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "overrules": approval.overrules.iter().map(|veto| veto.principal.to_string()).collect::<Vec<_>>(),
        "overruled": approval.overrules.iter().map(veto_json).collect::<Vec<_>>(),
        "failed": approval.failed.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }));
    let word = match approval.answer {
        Answer::Approve => "approved",
        Answer::Reject => "rejected",
        Answer::Veto => "vetoed",
        Answer::Attest => "attested checks of",
        Answer::Overrule => "overruled a veto on",
    };
    let (request, by) = (&approval.request, &approval.principal);
    report.line(if outcome.existed {
        format!("already {word} {request} by {by}; nothing was written")
    } else {
        format!("{word} {request} by {by} as {}", approval.role)
    });
    if let Some(target) = &outcome.reviewed {
        report.line(format!("what landed is reviewed: {target} may move again"));
    }
    if let Some(Discounted { code, why, .. }) = &outcome.discounted {
        report.line(format!("  it does not count: {by} {why} ({code})"));
    }
    if outcome.expired {
        report
            .line(format!("  what {by} had approved may count no more, and was not approved again: git coord approve"));
    }
    if !approval.overrules.is_empty() {
        let of = approval
            .overrules
            .iter()
            .map(|veto| format!("{} on {}", veto.principal, veto.request))
            .collect::<Vec<_>>()
            .join(", ");
        report.line(format!("  not to stand: the veto of {of}"));
    }
    report
}
