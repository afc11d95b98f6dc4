//! What the head of a request changes, for those who approve it.

use serde_json::Value;
use serde_json::json;

use crate::model::Content;
use crate::model::DeltaEntry;
use crate::ops::review::Review;
use crate::ui::report::counted;
use crate::ui::report::plain;

/// How many paths a person is shown.
const SHOWN_MAX: usize = 100;

/// Returns the changed paths, each with what happens to it, and a warning if the request asks for something else.
pub fn review_lines(review: &Review) -> Vec<String> {
    let count = review.changes.len();
    let mut lines = vec![format!("  its head changes {}", counted(count as u64, "path", "paths"))];
    let shown = review.changes.iter().take(SHOWN_MAX);
    lines.extend(shown.map(|change| format!("    {}  {}", deed(change), plain(&path(change)))));
    if count > SHOWN_MAX {
        lines.push(format!("    … and {} more", count - SHOWN_MAX));
    }
    if !review.is_as_asked {
        lines.push("  but that is not the delta that it asks for: approve nothing that you have not read".to_owned());
    }
    lines
}

pub(crate) fn review_json(review: &Review) -> Value {
    let changes = review.changes.iter().map(|change| json!({ "path": path(change), "change": deed(change) }));
    json!({ "changes": changes.collect::<Vec<_>>(), "as-asked": review.is_as_asked })
}

fn path(change: &DeltaEntry) -> String {
    String::from_utf8_lossy(&change.path).into_owned()
}

fn deed(change: &DeltaEntry) -> &'static str {
    let is_link = |content: &Content| content.mode == Content::LINK;
    match (&change.old, &change.new) {
        (None, Some(new)) if is_link(new) => "added as a link",
        (None, _) => "added",
        (_, None) => "removed",
        (Some(old), Some(new)) if is_link(new) && !is_link(old) => "changed into a link",
        (Some(old), Some(new)) if old.sha256 == new.sha256 => "mode changed",
        _ => "changed",
    }
}
