//! What is changed in other work trees.

use serde_json::Value;
use serde_json::json;

use crate::ops::collisions::Change;
use crate::ops::collisions::How;
use crate::ops::collisions::Side;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// How many changes people are told of one by one.
const SHOWN_MAX: usize = 8;

pub(crate) fn side_json(side: &Side) -> Value {
    json!({
        "worktree": side.worktree.display().to_string(),
        "branch": side.branch,
        "principal": side.principal.as_ref().map(ToString::to_string),
        "how": how_word(side.how),
        "claim": side.claim.as_ref().map(ToString::to_string),
    })
}

pub(crate) fn change_json(change: &Change) -> Value {
    let mut object = side_json(&change.side);
    object["path"] = change.path.as_str().into();
    object
}

/// Returns who has changed something and where, in words.
pub(crate) fn side_words(side: &Side) -> String {
    let who = side.principal.as_ref().map_or("somebody".to_owned(), |principal| plain(&principal.to_string()));
    let branch = side.branch.as_deref().map_or(String::new(), |branch| format!(" on {}", plain(branch)));
    let claim = side.claim.as_ref().map_or(String::new(), |claim| format!(", claimed as {claim}"));
    let place = plain(&side.worktree.display().to_string());
    format!("{who} in {place}{branch} ({}{claim})", how_word(side.how))
}

/// Tells beside the answer what others have changed.
pub(crate) fn tell_changes(report: &mut Report, changes: &[Change]) {
    for change in changes.iter().take(SHOWN_MAX) {
        report.note(format!("changed elsewhere: {} by {}", plain(&change.path), side_words(&change.side)));
    }
    if changes.len() > SHOWN_MAX {
        report.note(format!("changed elsewhere: {} more", changes.len() - SHOWN_MAX));
    }
}

fn how_word(how: How) -> &'static str {
    match how {
        How::Uncommitted => "uncommitted",
        How::Unlanded => "unlanded",
    }
}
