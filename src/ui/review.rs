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
    let (tip, head) = review.range;
    lines.push(format!("  read it: git diff {}...{}", tip.short(), head.short()));
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
    match (&change.old, &change.new) {
        (None, Some(new)) => match new.mode {
            Content::LINK => "added as a link",
            Content::SUBMODULE => "added as a submodule",
            _ => "added",
        },
        (_, None) => "removed",
        (Some(old), Some(new)) if is_special(old) && old.mode == new.mode => match new.mode {
            Content::LINK => "link points elsewhere",
            _ => "submodule moved",
        },
        (Some(old), Some(new)) => match new.mode {
            Content::LINK => "changed into a link",
            Content::SUBMODULE => "changed into a submodule",
            _ if is_special(old) => "changed into a file",
            _ if old.sha256 == new.sha256 => "mode changed",
            _ => "changed",
        },
    }
}

/// Returns whether it is something else than a file: what it leads to lies elsewhere.
fn is_special(content: &Content) -> bool {
    matches!(content.mode, Content::LINK | Content::SUBMODULE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_submodules_are_told_from_files() {
        const FILE: u32 = 0o100_644;
        const EXECUTABLE: u32 = 0o100_755;
        let side = |mode, content| Some(Content { mode, sha256: [content; 32] });
        for (old, new, expected) in [
            (None, side(FILE, 1), "added"),
            (None, side(Content::LINK, 1), "added as a link"),
            (None, side(Content::SUBMODULE, 1), "added as a submodule"),
            (side(Content::LINK, 1), None, "removed"),
            (side(FILE, 1), side(FILE, 2), "changed"),
            (side(FILE, 1), side(EXECUTABLE, 1), "mode changed"),
            (side(FILE, 1), side(EXECUTABLE, 2), "changed"),
            (side(FILE, 1), side(Content::LINK, 1), "changed into a link"),
            (side(Content::LINK, 1), side(Content::LINK, 2), "link points elsewhere"),
            (side(Content::LINK, 1), side(FILE, 1), "changed into a file"),
            (side(Content::SUBMODULE, 1), side(FILE, 2), "changed into a file"),
            (side(FILE, 1), side(Content::SUBMODULE, 2), "changed into a submodule"),
            (side(Content::SUBMODULE, 1), side(Content::SUBMODULE, 2), "submodule moved"),
        ] {
            assert_eq!(deed(&DeltaEntry { path: b"a".to_vec(), old, new }), expected);
        }
    }
}
