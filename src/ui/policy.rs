//! Whether a policy is sound, and who could approve under it.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::model::Pattern;
use crate::model::RecordName;
use crate::ops::policy::Checked;
use crate::rules::Aim;
use crate::rules::Approver;
use crate::rules::Attesters;
use crate::rules::Prospect;
use crate::rules::Refusal;
use crate::rules::Remark;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// Returns what is said of a policy: what is wrong with it, who could approve, and what may surprise.
pub fn policy_report(checked: &Checked) -> Report {
    let mut report = Report::new();
    report.object(checked_json(checked));
    let faults = &checked.faults;
    if faults.is_empty() {
        report.line("the policy is sound.");
    } else {
        report.line("the policy is not sound: it could not be activated as it is.");
    }
    for fault in faults {
        report.line(format!("  {} ({})", plain(&fault.message), fault.code));
    }
    for remark in &checked.remarks {
        report.note(format!("remark: {}", plain(&remark.message)));
    }
    if checked.prospects.is_empty() && faults.is_empty() {
        report.line("no rule asks for approvals");
    }
    for prospect in &checked.prospects {
        report.object(prospect_json(prospect));
        let paths = list(&prospect.rule.paths);
        let place = if paths.is_empty() { String::new() } else { format!(" on {paths}") };
        report.line(plain(&format!("{}{place}", prospect.needed)));
        let could: Vec<_> = prospect.could.iter().map(approver_words).collect();
        let could = if could.is_empty() { "nobody today".to_owned() } else { could.join(", ") };
        let others = match prospect.aim {
            Aim::Protection(_) => "what others wrote",
            Aim::Action(_) => "what others ask for",
        };
        report.line(format!("  could approve {others}: {}", plain(&could)));
        if !prospect.is_enough() {
            let (count, together) = (prospect.rule.count, prospect.together);
            report.line(format!("  too few: {count} are needed, {together} could approve together"));
        }
    }
    for attesters in &checked.attesters {
        report.object(attesters_json(attesters));
        let paths = list(&attesters.rule.paths);
        let place = if paths.is_empty() { String::new() } else { format!(" on {paths}") };
        report.line(plain(&format!("{}{place}", attesters.needed)));
        report.line(format!("  could attest: {}", services(attesters)));
    }
    report
}

/// Returns who could attest a check.
pub(crate) fn services(attesters: &Attesters) -> String {
    let words: Vec<_> =
        attesters.could.iter().map(|service| format!("{} ({})", service.record.id, service.record.role)).collect();
    if words.is_empty() { "nobody today".to_owned() } else { plain(&words.join(", ")) }
}

/// Returns a check of a policy with who could attest it.
pub(crate) fn attesters_json(attesters: &Attesters) -> Value {
    let rule = &attesters.rule;
    let could = attesters
        .could
        .iter()
        .map(|service| json!({ "id": service.record.id.to_string(), "role": service.record.role.as_str() }));
    json!({
        "type": "attesters", "v": 1, "protection": attesters.protection.as_str(), "check": rule.name.as_str(),
        "from": rule.from.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "paths": rule.paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "max_age_s": rule.max_age.map(|age| age.seconds()), "could": could.collect::<Vec<_>>(),
    })
}

fn checked_json(checked: &Checked) -> Value {
    let fault = |fault: &Refusal| json!({ "code": fault.code.as_str(), "message": fault.message });
    let remark = |remark: &Remark| json!({ "remark": remark.surprise.word(), "message": remark.message });
    json!({
        "type": "policy", "v": 1, "version": checked.version, "sound": checked.faults.is_empty(),
        "faults": checked.faults.iter().map(fault).collect::<Vec<_>>(),
        "remarks": checked.remarks.iter().map(remark).collect::<Vec<_>>(),
    })
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
    let (protection, action) = match &prospect.aim {
        Aim::Protection(name) => (Some(name), None),
        Aim::Action(name) => (None, Some(name)),
    };
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
        "type": "approvers", "v": 1, "protection": protection.map(RecordName::as_str),
        "action": action.map(RecordName::as_str), "paths": texts(&rule.paths),
        "count": rule.count, "from": rule.from.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "distinct": rule.distinct.iter().map(|distinct| distinct.word()).collect::<Vec<_>>(),
        "bind": rule.bind.word(), "could": could, "together": prospect.together, "enough": prospect.is_enough(),
    })
}
