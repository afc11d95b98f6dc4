//! Full names of git refs, at least as strict as `git check-ref-format`.

use std::fmt;

use crate::model::fold::fold_name;
use crate::model::text::is_deceptive;

/// Names that git gives a meaning of their own; a branch called so deceives commands and people.
const RESERVED: [&str; 5] = ["HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD"];

/// The full name of a git ref: `refs/heads/main`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefName(Box<str>);

/// Why a string is no [`RefName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefFault {
    #[error("ref name does not start with `refs/`")]
    NotFull,
    #[error("ref name is longer than {} bytes", RefName::LEN_MAX_BYTES)]
    TooLong,
    #[error("ref name contains the character U+{:04X}, which git or we forbid", u32::from(*.0))]
    Character(char),
    #[error("ref name contains `..` or `@{{`")]
    Sequence,
    #[error("ref name has an empty part")]
    EmptyPart,
    #[error("ref name has a part that starts or ends with a dot or ends with `.lock`")]
    DottedPart,
    #[error("branch or tag name starts with `-`")]
    Option,
    #[error("branch name is one that git reserves")]
    Reserved,
}

impl RefName {
    /// The longest ref name in bytes.
    pub const LEN_MAX_BYTES: usize = 255;

    /// Checks a full ref name.
    pub fn parse(source: &str) -> Result<Self, RefFault> {
        if source.len() > Self::LEN_MAX_BYTES {
            return Err(RefFault::TooLong);
        }
        let Some(rest) = source.strip_prefix("refs/") else { return Err(RefFault::NotFull) };
        let is_forbidden = |&character: &char| " ~^:?*[\\".contains(character) || is_deceptive(character);
        if let Some(character) = source.chars().find(is_forbidden) {
            return Err(RefFault::Character(character));
        }
        if source.contains("..") || source.contains("@{") {
            return Err(RefFault::Sequence);
        }
        rest.split('/').try_for_each(check_part)?;
        check_short_name(rest)?;
        Ok(Self(source.into()))
    }

    /// Returns the full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of the branch, if the ref is one.
    pub fn branch(&self) -> Option<&str> {
        self.0.strip_prefix("refs/heads/")
    }

    /// Returns the name with case and Unicode normalisation folded, and without what some file systems ignore: equal for
    /// twins (REF-3).
    pub fn folded(&self) -> Vec<u8> {
        fold_name(self.0.as_bytes())
    }
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_part(part: &str) -> Result<(), RefFault> {
    if part.is_empty() {
        return Err(RefFault::EmptyPart);
    }
    // Git allows a dot at the end of an inner part; Windows drops it there, which makes a twin.
    if part.starts_with('.') || part.ends_with('.') || part.ends_with(".lock") {
        return Err(RefFault::DottedPart);
    }
    Ok(())
}

/// Refuses branches and tags that read as an option, as a full ref name or as one of git's own names.
fn check_short_name(rest: &str) -> Result<(), RefFault> {
    let branch = rest.strip_prefix("heads/");
    if branch.or(rest.strip_prefix("tags/")).is_some_and(|short| short.starts_with('-')) {
        return Err(RefFault::Option);
    }
    if branch.is_some_and(|short| short == "refs" || short.starts_with("refs/") || RESERVED.contains(&short)) {
        return Err(RefFault::Reserved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_are_accepted() {
        for source in [
            "refs/heads/main",
            "refs/heads/feature/a-b_c.d",
            "refs/tags/v1.0",
            "refs/stash",
            "refs/heads/größe",
            "refs/heads/@",
            "refs/heads/a@b",
            "refs/heads/HEADER",
            "refs/heads/x/HEAD",
            "refs/heads/references/x",
            "refs/remotes/origin/HEAD",
            "refs/heads/x/-y",
        ] {
            assert_eq!(RefName::parse(source).unwrap().as_str(), source);
        }
    }

    fn check(sources: &[&str], expected: RefFault) {
        for source in sources {
            assert_eq!(RefName::parse(source), Err(expected), "{source}");
        }
    }

    #[test]
    fn short_and_foreign_names_are_refused() {
        check(&["", "main", "heads/main", "/refs/heads/main", "REFS/heads/main", "refs", "HEAD"], RefFault::NotFull);
    }

    #[test]
    fn forbidden_characters_are_refused() {
        for character in " ~^:?*[\\\0\n\t\u{7F}\u{202E}\u{200B}".chars() {
            check(&[&format!("refs/heads/a{character}b")], RefFault::Character(character));
        }
    }

    #[test]
    fn forbidden_sequences_are_refused() {
        check(&["refs/heads/a..b", "refs/heads/@{1}"], RefFault::Sequence);
        check(&["refs/", "refs/heads/", "refs/heads//a", "refs//a"], RefFault::EmptyPart);
        check(
            &["refs/heads/.a", "refs/heads/a.", "refs/heads/a./b", "refs/heads/a.lock", "refs/heads/a.lock/b"],
            RefFault::DottedPart,
        );
    }

    #[test]
    fn branches_that_read_as_something_else_are_refused() {
        check(&["refs/heads/-D", "refs/tags/-d"], RefFault::Option);
        check(
            &["refs/heads/HEAD", "refs/heads/FETCH_HEAD", "refs/heads/refs/heads/main", "refs/heads/refs"],
            RefFault::Reserved,
        );
    }

    #[test]
    fn length_is_bounded() {
        assert!(RefName::parse(&format!("refs/heads/{}", "a".repeat(244))).is_ok());
        check(&[&format!("refs/heads/{}", "a".repeat(245))], RefFault::TooLong);
    }

    #[test]
    fn case_and_normalisation_twins_fold_together() {
        let folded = |source| RefName::parse(source).unwrap().folded();
        assert_eq!(folded("refs/heads/Caf\u{E9}"), folded("refs/heads/cafe\u{301}"));
        assert_eq!(folded("refs/heads/ma\u{200C}in"), folded("refs/heads/Main"));
        assert_ne!(folded("refs/heads/main"), folded("refs/heads/maim"));
    }
}
