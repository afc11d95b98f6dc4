//! What became of a scanner's report.

use serde_json::json;

use crate::format::sarif::LeftOut;
use crate::ops::Standing;
use crate::ops::scan::Outcome;
use crate::ui::report::Report;
use crate::ui::report::counted;
use crate::ui::report::plain;
use crate::ui::request::findings_report;

/// Returns the reason as programs know it, and as people read it.
fn words(reason: LeftOut) -> (&'static str, &'static str) {
    match reason {
        LeftOut::Suppressed => ("suppressed", "suppressed"),
        LeftOut::NoProblem => ("no-problem", "no problem"),
        LeftOut::Absent => ("absent", "not there any more"),
        LeftOut::Outside => ("outside", "outside of the repository"),
        LeftOut::Placeless => ("placeless", "about no file"),
        LeftOut::Wordless => ("wordless", "without a word"),
        LeftOut::Repeated => ("repeated", "twice in the report"),
    }
}

/// Returns what was added, what was known, and what was left out and why.
pub fn scan_report(outcome: &Outcome, standing: &Standing) -> Report {
    let added = outcome.added.len() as u64;
    let left_out: u64 = outcome.left_out.values().map(|(count, _)| count).sum();
    let mut report = Report::new();
    report.object(json!({
        "type": "scan", "v": 1, "added": added, "known": outcome.known, "dismissed": outcome.dismissed,
        "left_out": left_out,
    }));
    report.line(format!(
        "added {}; {} open already, {} dismissed before, {left_out} left out",
        counted(added, "finding", "findings"),
        outcome.known,
        outcome.dismissed
    ));
    for (reason, (count, first)) in &outcome.left_out {
        let (code, said) = words(*reason);
        report.object(json!({"type": "scan_left_out", "v": 1, "reason": code, "count": count, "first": first}));
        report.line(format!("  left out {count}: {said} ({})", plain(first)));
    }
    if !outcome.added.is_empty() {
        let findings = findings_report(&outcome.added, standing);
        report.human.extend(findings.human);
        report.json.extend(findings.json);
    }
    report
}
