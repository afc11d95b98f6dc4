//! Names of refs.

use git_coord::format::ref_hash;
use git_coord::model::RefName;
use git_coord::model::RefPattern;

/// Reads the bytes as a name: what is taken, git takes as well, and it is one of those that mislead nobody.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(name) = RefName::parse(text) else { return };
    assert_eq!(name.as_str(), text);
    assert!(git_takes(text), "git refuses {text:?}");
    assert!(text.starts_with("refs/") && !text.chars().any(char::is_control));
    assert_eq!(ref_hash(&name).len(), 16);
    let pattern = RefPattern::parse(text).expect("a name is a pattern of itself");
    assert!(pattern.is_literal() && pattern.matches(text) && pattern.matches_folded(text));
    if let Ok(folded) = String::from_utf8(name.folded())
        && let Ok(twin) = RefName::parse(&folded)
    {
        assert_eq!(twin.folded(), name.folded(), "folding twice is folding once");
    }
    if let Ok(upper) = RefName::parse(&format!("refs/{}", text["refs/".len()..].to_ascii_uppercase())) {
        assert_eq!(upper.folded(), name.folded(), "twins in case fold together");
        assert!(pattern.matches_folded(upper.as_str()));
    }
}

/// What `git check-ref-format` says, by its manual page.
fn git_takes(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_letter = |c: char| !(c.is_ascii_control() || " ~^:?*[\\".contains(c));
    name.contains('/')
        && name.split('/').all(is_part)
        && name.chars().all(is_letter)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
}
