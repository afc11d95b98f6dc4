//! Patterns of paths.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::OnceLock;

use super::PatternFault;
use super::compiled::Compiled;
use super::compiled::Form;
use super::example::Choice;
use super::example::example;
use super::parse;
use crate::model::fold::fold_path;
use crate::model::fold::without_ignored;

/// A pattern of paths relative to the root of the repository.
///
/// | written | matches |
/// |---|---|
/// | `src/a.rs` | this file |
/// | `src/parser/` | everything below this directory |
/// | `*`, `?` | any run of characters, one character; never a slash |
/// | `[a-z]`, `[!x]` | one character of, or outside, a class; never a slash |
/// | `**` as a component | any number of components; at the end: everything below |
/// | `\` | makes the next character literal |
///
/// Taken literally: `src` is a file, `src/` what is below a directory, and the two have no common path. Commands add
/// the slash where the working tree has a directory.
///
/// Compared, sorted and hashed by its text.
#[derive(Clone)]
pub struct Pattern {
    source: Box<str>,
    /// Made when the pattern is compared with something that it is not obviously apart from.
    forms: OnceLock<Box<Forms>>,
}

#[derive(Clone)]
struct Forms {
    exact: Compiled,
    folded: Compiled,
}

impl Pattern {
    /// The longest pattern in bytes.
    pub const LEN_MAX_BYTES: usize = 1024;
    /// The most wildcards in a pattern: each `*`, `?`, `**` and class is one.
    pub const WILDCARD_COUNT_MAX: usize = 32;

    /// Checks a pattern.
    pub fn parse(source: &str) -> Result<Self, PatternFault> {
        parse::components(source)?;
        Ok(Self::recall(source))
    }

    /// Takes the text of a pattern that was parsed before, from where no other text is kept.
    pub(crate) fn recall(source: &str) -> Self {
        Self { source: source.into(), forms: OnceLock::new() }
    }

    fn forms(&self) -> &Forms {
        self.forms.get_or_init(|| {
            let components = parse::components(&self.source).expect("it was parsed before");
            let compiled = |form| Compiled::new(&components, form);
            Box::new(Forms { exact: compiled(Form::Exact), folded: compiled(Form::Folded) })
        })
    }

    /// Returns whether the texts before the first wildcards tell already that no path matches both.
    fn is_apart_from(&self, other: &Self) -> bool {
        let differs = |(one, other): (u8, u8)| !one.eq_ignore_ascii_case(&other);
        self.source.is_ascii()
            && other.source.is_ascii()
            && self.source[..self.plain_len()].bytes().zip(other.source[..other.plain_len()].bytes()).any(differs)
    }

    /// Returns the pattern of every path.
    pub fn everything() -> Self {
        Self::parse("**").expect("it is a pattern")
    }

    /// Returns the text of a pattern that matches the path only: `app/[id].tsx` becomes `app/\[id].tsx`.
    pub fn escape(path: &str) -> String {
        let mut escaped = String::with_capacity(path.len());
        for character in path.chars() {
            if matches!(character, '*' | '?' | '[' | '\\') {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        escaped
    }

    /// Returns the text of the pattern.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Returns whether the pattern names one file.
    pub fn is_literal(&self) -> bool {
        self.forms().exact.is_file()
    }

    /// Returns a text, folded, with which every path starts that [`matches_folded`](Self::matches_folded).
    ///
    /// Patterns overlap only if one's prefix is the start of the other's.
    pub fn literal_prefix(&self) -> Cow<'_, str> {
        // Ledgers are read claim by claim: for this alone the forms of common patterns need not be made.
        if self.source.is_ascii() && !self.source.contains('\\') {
            return Cow::Owned(self.source[..self.plain_len()].to_ascii_lowercase());
        }
        Cow::Borrowed(self.forms().folded.literal())
    }

    /// Returns how much of the text stands before the first wildcard.
    fn plain_len(&self) -> usize {
        self.source.find(['*', '?', '[', '\\']).unwrap_or(self.source.len())
    }

    /// Returns a path that the pattern matches and that is possible; `None` if there seems to be none.
    pub fn example(&self, is_possible: impl Fn(&str) -> bool) -> Option<String> {
        let components = parse::components(&self.source).expect("it was parsed before");
        let examples = [Choice::First, Choice::Last].map(|choice| example(&components, choice));
        examples.into_iter().flatten().find(|example| is_possible(example))
    }

    /// Returns whether the pattern matches a path byte for byte.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.forms().exact.accepts(path)
    }

    /// Returns whether the pattern matches a path or one that a file system may take for it.
    pub fn matches_folded(&self, path: &[u8]) -> bool {
        self.forms().folded.accepts(&fold_path(path))
    }

    /// Returns whether the pattern matches a path in any of its forms, those included that only HFS+ takes for it: it
    /// ignores some code points in names. What asks or stops goes by this; claims do not, which are compared with each
    /// other.
    pub fn matches_in_any_form(&self, path: &[u8]) -> bool {
        let heard = without_ignored(path);
        self.matches_folded(path) || (heard.len() != path.len() && self.matches_folded(&heard))
    }

    /// Returns whether some path matches both patterns, case and Unicode normalisation folded (S9).
    ///
    /// Never misses one. Says yes where the answer is no only for what `pattern::steps` names.
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.is_apart_from(other) {
            return false;
        }
        self.forms().folded.meets(&other.forms().folded)
    }

    /// Returns whether there is a path that both one of some patterns and one of others match.
    pub fn any_overlap(some: &[Self], others: &[Self]) -> bool {
        some.iter().any(|one| others.iter().any(|other| one.overlaps(other)))
    }

    /// Returns whether every path of the other pattern matches this one too. May say no for exotic globs where the
    /// answer is yes, never the reverse; what overlaps `other` then overlaps this.
    pub fn covers(&self, other: &Self) -> bool {
        if self.is_apart_from(other) {
            return false;
        }
        self.source == other.source
            || (self.forms().exact.includes(&other.forms().exact)
                && self.forms().folded.includes(&other.forms().folded))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.source)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.source.cmp(&other.source)
    }
}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}
