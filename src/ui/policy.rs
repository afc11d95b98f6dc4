//! Whether a policy is sound, and who could approve under it.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::model::Pattern;
use crate::rules::Approver;
use crate::rules::Prospect;
use crate::ui::report::Report;
use crate::ui::report::plain;
use crate::ui::report::text_report;

/// Returns what is said of a sound policy.
pub fn policy_report(prospects: &[Prospect]) -> Report {
    let mut report = text_report("the policy is sound.\n");
    if prospects.is_empty() {
        report.line("no rule asks for approvals");
    }
    for prospect in prospects {
        report.object(prospect_json(prospect));
        let paths = list(&prospect.rule.paths);
        let place = if paths.is_empty() { String::new() } else { format!(" on {paths}") };
        report.line(plain(&format!("{}{place}", prospect.needed)));
        let could: Vec<_> = prospect.could.iter().map(approver_words).collect();
        let could = if could.is_empty() { "nobody today".to_owned() } else { could.join(", ") };
        report.line(format!("  could approve what others wrote: {}", plain(&could)));
        if !prospect.is_enough() {
            let (count, together) = (prospect.rule.count, prospect.together);
            report.line(format!("  too few: {count} are needed, {together} could approve together"));
        }
    }
    report
}

fn approver_words(approver: &Approver) -> String {
    let record = &approver.enrolled.record;
    let kind = record.vendor.as_ref().map_or(record.kind.word(), |vendor| vendor.as_str());
    let lanes = list(&approver.lanes);
    let lanes = if lanes.is_empty() { String::new() } else { format!(", on {lanes}") };
    format!("{} ({}, {kind}{lanes})", record.id, record.role)
}

fn list(patterns: &[Pattern]) -> String {
    patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn prospect_json(prospect: &Prospect) -> Value {
    let rule = &prospect.rule;
    let texts = |patterns: &[Pattern]| patterns.iter().map(ToString::to_string).collect::<Vec<_>>();
    let could: Vec<_> = prospect
        .could
        .iter()
        .map(|approver| {
            let record = &approver.enrolled.record;
            json!({
                "id": record.id.to_string(), "role": record.role.as_str(), "kind": record.kind.word(),
                "vendor": record.vendor.as_ref().map(ToString::to_string), "lanes": texts(&approver.lanes),
            })
        })
        .collect();
    json!({
        "type": "approvers", "v": 1, "protection": prospect.protection.as_str(), "paths": texts(&rule.paths),
        "count": rule.count, "from": rule.from.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "distinct": rule.distinct.iter().map(|distinct| distinct.word()).collect::<Vec<_>>(),
        "bind": rule.bind.word(), "could": could, "together": prospect.together, "enough": prospect.is_enough(),
    })
}
