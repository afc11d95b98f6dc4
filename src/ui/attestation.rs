//! What services say of trees.

use serde_json::json;

use crate::format::Word;
use crate::ops::attest::Outcome;
use crate::ui::report::Report;

/// Returns what is said of an attestation that was given.
pub fn attestation_report(outcome: &Outcome) -> Report {
    let mut report = Report::new();
    let Outcome { answered, tree, passed, failed, result, existed } = outcome;
    let approval = &answered.approval;
    report.object(json!({
        "type": "approval", "v": 1,
        "request": approval.request.to_string(),
        "principal": approval.principal.to_string(),
        "verdict": approval.answer.word(),
        "delta": approval.delta.to_string(),
        "state": "valid",
        "why": null,
        "expired": false,
        "reviewed": null,
        "tree": tree.to_string(),
        "result": result.to_string(),
        "passed": passed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "overrules": [],
        "failed": failed.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }));
    let (request, by) = (&approval.request, &approval.principal);
    report.line(if *existed {
        format!("already attested checks of {request} by {by}; nothing was written")
    } else {
        format!("attested checks of {request} by {by} as {}", approval.role)
    });
    let passed = passed.iter().map(|name| format!("{name} passed"));
    let words: Vec<_> = passed.chain(failed.iter().map(|name| format!("{name} failed"))).collect();
    report.line(format!("  {} on the tree {tree}", words.join(", ")));
    if result != tree {
        report.note(format!(
            "{request} itself results in the tree {}: what was said counts only if {} is what lands",
            result.short(),
            tree.short()
        ));
    }
    report
}
