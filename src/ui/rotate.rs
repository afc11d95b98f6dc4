//! What is said of a key that takes the place of another.

use serde_json::json;

use crate::model::RecordId;
use crate::ops::Standing;
use crate::ops::rotate::Open;
use crate::ops::rotate::Outcome;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::tentative_note;
use crate::ui::report::Report;

/// Returns what became of a principal's key, and what there is to do elsewhere.
pub fn rotation_report(outcome: &Outcome, standing: &Standing) -> Report {
    let Outcome { id, old, new, appended, made, left, is_set, open } = outcome;
    let Open { claims, requests, answers } = open;
    let guarantee = standing.of_entry(appended.commit);
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let next = format!("git coord join {id}");
    let mut report = Report::new();
    report.object(json!({
        "type": "rotated", "v": 1,
        "id": id.to_string(),
        "fingerprint": new.fingerprint(),
        "old_fingerprint": old.fingerprint(),
        "key_file": path(made),
        "old_key_file": path(left),
        "set": is_set,
        "claims": words(claims),
        "requests": words(requests),
        "answers": words(answers),
        "height": appended.height,
        "guarantee": guarantee_word(guarantee),
        "next": [&next],
    }));
    report.line(format!("{id} signs with {} from now on{}", new.fingerprint(), at_end(guarantee)));
    report.line(format!("  {} signs nothing more in this ledger; what it signed stays signed", old.fingerprint()));
    let kept = [("claims", claims), ("requests", requests), ("answers to", answers)];
    let kept: Vec<_> = kept.iter().filter(|(_, ids)| !ids.is_empty()).collect();
    for (what, ids) in kept {
        report.line(format!("  as they were: its {what} {}", words(ids).join(", ")));
    }
    report.notes.extend(made.iter().map(|path| format!("made a key: {}", path.display())));
    let place = if *is_set {
        "in every other worktree and clone of yours"
    } else {
        "here, and in every worktree and clone of yours"
    };
    report.note(format!("next, {place}, where the new key is: {next}"));
    if let Some(path) = left {
        report.note(format!("the old key is still at {}: remove it, unless another ledger knows it", path.display()));
    }
    report.notes.extend(tentative_note(guarantee));
    report
}

fn words(ids: &[RecordId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
