//! What is said against a request.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::format::format_time;
use crate::rules::Force;
use crate::rules::Objection;
use crate::ui::report::plain;
use crate::ui::report::quoted;

pub(crate) fn objections_json(objections: &[Objection]) -> Value {
    objections.iter().map(objection_json).collect()
}

fn objection_json(objection: &Objection) -> Value {
    let (answered, approval) = (&objection.answered, &objection.answered.approval);
    json!({
        "request": approval.request.to_string(), "principal": approval.principal.to_string(),
        "verdict": approval.answer.word(), "reason": approval.reason.as_ref().map(|reason| reason.as_str()),
        "state": objection.force.word(), "entry": answered.entry.to_string(), "height": answered.given,
        "t": format_time(answered.given_time),
    })
}

/// Returns an objection with its whole reason, and of a veto the entry by which root members name it.
pub fn objection_lines(objection: &Objection) -> Vec<String> {
    let (answered, approval) = (&objection.answered, &objection.answered.approval);
    let mut lines =
        vec![format!("  {} by {} on {}{}", word(objection), approval.principal, approval.request, worth(objection))];
    let reason = approval.reason.iter().flat_map(|reason| reason.as_str().lines());
    lines.extend(reason.map(|line| format!("    > {}", plain(line))));
    if objection.is_veto() {
        lines.push(format!("    (entry {})", answered.entry));
    }
    lines
}

/// Returns an objection in a line, with the beginning of its reason.
pub(crate) fn objection_line(objection: &Objection) -> String {
    let approval = &objection.answered.approval;
    let reason = approval.reason.as_ref().map(|reason| format!(": {}", quoted(reason.as_str()))).unwrap_or_default();
    format!("  {} by {} on {}{}{reason}", word(objection), approval.principal, approval.request, worth(objection))
}

/// Returns how root members overrule what stands.
pub(crate) fn overrule_command(objection: &Objection, id: &impl ToString, delta: &impl ToString) -> String {
    let (id, delta, by) = (id.to_string(), delta.to_string(), &objection.answered.approval.principal);
    format!("git coord overrule {id} --veto-of {by} --veto {} --delta {delta}", objection.answered.entry)
}

fn word(objection: &Objection) -> &'static str {
    if objection.is_veto() { "veto" } else { "rejection" }
}

fn worth(objection: &Objection) -> &'static str {
    match objection.force {
        Force::Stands => "",
        Force::Outdated => ", of what was asked for before",
        Force::Overruled => ", overruled",
        Force::Disowned => ", which counts no more",
    }
}
