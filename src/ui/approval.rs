//! Answers to requests.

use serde_json::json;

use crate::format::Word;
use crate::rules::Answered;
use crate::ui::report::Report;

/// Returns what is said of an answer that was given.
pub fn answer_report(answered: &Answered) -> Report {
    let mut report = Report::new();
    let approval = &answered.approval;
    report.object(json!({
        "type": "approval", "v": 1,
        "request": approval.request.to_string(),
        "principal": approval.principal.to_string(),
        "verdict": approval.answer.word(),
        "delta": approval.delta.to_string(),
        "state": "valid",
    }));
    report.line(format!(
        "{} {} by {} as {}",
        approval.answer.word(),
        approval.request,
        approval.principal,
        approval.role
    ));
    report
}
