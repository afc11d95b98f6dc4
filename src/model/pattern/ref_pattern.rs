//! Patterns of refs.

use std::fmt;

use super::Pattern;
use super::PatternFault;
use crate::model::RefName;

/// A pattern of full ref names: `refs/heads/release/*`, `refs/tags/**`. The grammar is that of [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefPattern(Pattern);

impl RefPattern {
    /// Checks and compiles a pattern, which must start with `refs/`.
    pub fn parse(source: &str) -> Result<Self, PatternFault> {
        let pattern = Pattern::parse(source)?;
        if source.starts_with("refs/") { Ok(Self(pattern)) } else { Err(PatternFault::NotARef) }
    }

    /// Returns the text of the pattern.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns whether the pattern names one ref.
    pub fn is_literal(&self) -> bool {
        self.0.is_literal()
    }

    /// Returns whether the pattern matches a ref byte for byte.
    pub fn matches(&self, ref_name: &str) -> bool {
        self.0.matches(ref_name.as_bytes())
    }

    /// Returns whether the pattern matches a ref or a twin of it: in case, in Unicode normalisation, or in what nobody sees
    /// and some file systems ignore (REF-3).
    pub fn matches_folded(&self, ref_name: &str) -> bool {
        self.0.matches_in_any_form(ref_name.as_bytes())
    }

    /// Returns whether every ref of the other pattern matches this one too. May say no for exotic globs, as
    /// [`Pattern::covers`] does.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    /// Returns a ref that the pattern matches; `None` if git, or we, let none have such a name.
    pub fn example(&self) -> Option<RefName> {
        RefName::parse(&self.0.example(|name| RefName::parse(name).is_ok())?).ok()
    }

    /// Returns whether some ref matches both patterns, case and Unicode normalisation folded.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.overlaps(&other.0)
    }
}

impl fmt::Display for RefPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
