//! Patterns of any text: what they say of paths and of each other fits together.

use git_coord::model::Pattern;
use git_coord::model::RefPattern;

/// Reads three lines: two patterns and a path.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (one, other, path) = (line(), line(), line());
    RefPattern::parse(one).ok().and_then(|pattern| pattern.example());
    let Ok(one) = Pattern::parse(one) else { return };
    alone(&one, path);
    let Ok(other) = Pattern::parse(other) else { return };
    together(&one, &other, path);
    together(&other, &one, path);
}

fn alone(one: &Pattern, path: &str) {
    assert_eq!(Pattern::parse(one.as_str()).as_ref(), Ok(one));
    let path = path.as_bytes();
    assert!(!one.matches(path) || one.matches_folded(path), "{one:?} forgets a path in its own form");
    assert!(!one.matches_folded(path) || one.matches_in_any_form(path));
    assert!(one.covers(one));
    if let Some(example) = one.example(|_| true) {
        assert!(one.matches(example.as_bytes()), "{one:?} does not match its example {example:?}");
        assert!(one.overlaps(one), "{one:?} matches {example:?} and does not meet itself");
    }
}

fn together(one: &Pattern, other: &Pattern, path: &str) {
    let meets = one.overlaps(other);
    assert_eq!(meets, other.overlaps(one), "{one:?} {other:?}");
    let (prefix, other_prefix) = (one.literal_prefix(), other.literal_prefix());
    assert!(!meets || prefix.starts_with(&*other_prefix) || other_prefix.starts_with(&*prefix), "{one:?} {other:?}");
    let bytes = path.as_bytes();
    if one.matches_folded(bytes) && other.matches_folded(bytes) {
        assert!(meets, "{one:?} and {other:?} both match {path:?}");
    }
    if one.covers(other) {
        assert!(!other.matches(bytes) || one.matches(bytes), "{one:?} covers {other:?} but not {path:?}");
        assert!(!other.matches_folded(bytes) || one.matches_folded(bytes));
        assert!(meets || !other.overlaps(other), "{one:?} covers {other:?} and does not meet it");
    }
    let Ok(literal) = Pattern::parse(&Pattern::escape(path)) else { return };
    if literal.is_literal() {
        assert!(literal.matches(bytes), "{path:?} is not matched by itself");
        assert!(!one.matches_folded(bytes) || one.overlaps(&literal), "{one:?} matches {path:?} and does not meet it");
        assert!(
            !one.covers(other) || !other.overlaps(&literal) || one.overlaps(&literal),
            "{one:?} {other:?} {path:?}"
        );
    }
}
