//! What hooks were installed, and how they are.

use serde_json::json;

use crate::ops::hook_files::HookStatus;
use crate::ops::hook_files::HookTool;
use crate::ops::hooks::Outcome;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// Returns what an installation did.
pub fn hooks_report(outcome: &Outcome) -> Report {
    report(outcome, "wrote")
}

/// Returns what was taken out again.
pub fn hooks_removal_report(outcome: &Outcome) -> Report {
    report(outcome, "removed")
}

fn report(outcome: &Outcome, did: &str) -> Report {
    let mut report = Report::new();
    let path = |path: &std::path::Path| plain(&path.display().to_string());
    let written: Vec<_> = outcome.plan.edits.iter().map(|edit| path(&edit.path)).collect();
    let kept: Vec<_> = outcome.plan.renames.iter().map(|rename| path(&rename.to)).collect();
    let key = outcome.hub_key.as_ref().map(|key| key.to_openssh());
    report.object(json!({
        "type": "hooks", "v": 1, "installed": written, "kept": kept, "hub_key": key,
        "needs_manual": outcome.plan.needs_manual, "kept_key": outcome.kept_key.as_deref().map(path),
    }));
    let names: Vec<_> = outcome.plan.edits.iter().filter_map(|edit| edit.path.file_name()?.to_str()).collect();
    if names.is_empty() && outcome.plan.needs_manual.is_empty() {
        report.line("hooks: nothing to change");
    } else if !names.is_empty() {
        report.line(format!("hooks: {did} {}", names.join(", ")));
    }
    let is_tracked = matches!(outcome.plan.tool, HookTool::Husky);
    if is_tracked && !names.is_empty() {
        report.line("hooks: commit what changed in .husky, so that every work tree has it");
    }
    for sentence in &outcome.plan.needs_manual {
        report.line(format!("hooks: {}", sentence.trim_end()));
    }
    if let Some(file) = &outcome.kept_key {
        report
            .line(format!("hub key: stays in {}; the ledger knows it, and the next installation uses it", path(file)));
    }
    if let Some(key) = key {
        report.line(format!("hub key: {key}"));
        report.note(format!("next, as a root member: git coord enroll hub --kind service --role hub --key '{key}'"));
    }
    report
}

/// Returns how the hooks are.
pub fn hooks_status_report(states: &[HookStatus]) -> Report {
    let mut report = Report::new();
    for status in states {
        let state = status.state.word();
        report.object(json!({"type": "hook", "v": 1, "hook": status.hook.as_str(), "state": state}));
        report.line(format!("{}: {state}", status.hook.as_str()));
    }
    report
}
