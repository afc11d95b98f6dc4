//! The gate's verdict, with every rule that was applied.

use serde_json::Value;
use serde_json::json;

use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::ops::gate::Decision;
use crate::rules::RuleOutcome;
use crate::rules::Verdict;
use crate::ui::objection::objection_lines;
use crate::ui::objection::objections_json;
use crate::ui::report::Report;
use crate::ui::report::counted;
use crate::ui::report::plain;

fn rule_json(outcome: &RuleOutcome) -> Value {
    json!({
        "rule": outcome.rule, "ok": outcome.code.is_none(), "code": outcome.code.map(|code| code.as_str()),
        "warning": outcome.warning.map(|code| code.as_str()),
        "needed": outcome.needed, "found": outcome.found, "next": outcome.next,
    })
}

fn short(id: Option<&ObjectId>) -> String {
    id.map_or("nothing".to_owned(), ObjectId::short)
}

/// Returns whether what a kept rule found is no more than that it is kept. The words are part of what landings recorded,
/// so they stay as they are; people read what was needed instead.
fn says_no_more(outcome: &RuleOutcome) -> bool {
    matches!(outcome.found.as_slice(), [only] if ["it does", "it is", "they do"].contains(&only.as_str()))
}

/// Returns the verdict as people read it.
pub fn verdict_text(verdict: &Verdict) -> Vec<String> {
    let word = if verdict.allows() { "allowed" } else { "blocked" };
    let mut lines = vec![format!(
        "{word}: {}  {} → {}   (policy {}, ledger {})",
        verdict.target,
        short(verdict.old.as_ref()),
        short(verdict.new.as_ref()),
        verdict.policy,
        verdict.head_height()
    )];
    let width = verdict.rules.iter().map(|outcome| outcome.rule.chars().count()).max().unwrap_or(0).min(24);
    for outcome in &verdict.rules {
        let mark = if outcome.code.is_none() { "✓" } else { "✗" };
        let found: Vec<_> = outcome.found.iter().map(|found| plain(found)).collect();
        match outcome.code {
            None if says_no_more(outcome) => {
                lines.push(format!("  {mark} {:width$}  {}", outcome.rule, plain(&outcome.needed)));
            }
            None => {
                let warning = outcome.warning.map(|code| format!(" (warning: {code})")).unwrap_or_default();
                lines.push(format!("  {mark} {:width$}  {}{warning}", outcome.rule, found.join("; ")));
            }
            Some(code) => {
                lines.push(format!("  {mark} {:width$}  needed: {} ({code})", outcome.rule, plain(&outcome.needed)));
                lines.extend(found.into_iter().map(|found| format!("    {:width$}  {found}", "")));
            }
        }
    }
    for next in verdict.rules.iter().flat_map(|outcome| &outcome.next) {
        let line = format!("next: {}", plain(next));
        // Two rules may wait for one answer.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Returns what people are told where something that they see here did not count.
pub fn left_out_line(decision: &Decision) -> Option<String> {
    let count = counted(decision.left_out as u64, "entry is", "entries are");
    (decision.left_out > 0).then(|| format!("{count} only here and left out of this: git coord sync"))
}

/// Returns the verdict for both readers.
pub fn verdict_report(decision: &Decision) -> Report {
    let verdict = &decision.verdict;
    let mut report = Report::new();
    report.object(json!({
        "type": "verdict", "v": 1,
        "allow": verdict.allows(),
        "ref": verdict.target.as_str(),
        "old": verdict.old.map(|id| id.to_string()),
        "new": verdict.new.map(|id| id.to_string()),
        "height": verdict.head_height(),
        "policy": verdict.policy,
        "digest": verdict.digest().to_string(),
        "tentative": decision.left_out,
        "objections": objections_json(&decision.objections),
        "rules": verdict.rules.iter().map(rule_json).collect::<Vec<_>>(),
    }));
    report.human = verdict_text(verdict);
    // What to do comes after everything that was found.
    let is_next = |line: &String| line.starts_with("next: ");
    let end = report.human.iter().position(is_next).unwrap_or(report.human.len());
    report.human.splice(end..end, decision.objections.iter().flat_map(objection_lines));
    report.notes.extend(left_out_line(decision));
    report
}

/// Returns what was recorded of a ref that a forge moved.
pub fn recorded_report(target: &RefName, new: ObjectId, landed: &[(RecordId, ObjectId)]) -> Report {
    let mut report = Report::new();
    let told = landed.iter().map(|(request, new)| json!({ "request": request.to_string(), "new": new.to_string() }));
    report.object(json!({
        "type": "recorded", "v": 1, "ref": target.as_str(), "new": new.to_string(), "landed": told.collect::<Vec<_>>(),
    }));
    report.human.extend(landed.iter().map(|(request, new)| format!("recorded: {request} landed at {}", new.short())));
    if landed.is_empty() {
        report.human.push(format!("nothing to record: {target} is at {}, where it last landed", new.short()));
    }
    report
}

/// Returns why what a forge did with a ref is not recorded.
pub fn unrecorded_report(decision: &Decision) -> Report {
    let mut report = verdict_report(decision);
    report.notes.push(format!(
        "not recorded: {} was moved by what the gate does not let through, and `git coord audit` reports it until the ref is \
         put back, or a request for exactly this is approved and this is run again.",
        decision.verdict.target
    ));
    report
}
