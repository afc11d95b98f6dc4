//! What can be wrong with the text of a pattern.

use super::Pattern;

/// Why a string is no [`Pattern`] or [`RefPattern`](super::RefPattern).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    #[error("pattern is empty")]
    Empty,
    #[error("pattern is longer than {} bytes", Pattern::LEN_MAX_BYTES)]
    TooLong,
    #[error("pattern contains the control or invisible character U+{:04X}", u32::from(*.0))]
    Deceptive(char),
    #[error("pattern starts with `/` but patterns are relative to the root of the repository")]
    Absolute,
    #[error("pattern has an empty component")]
    EmptyComponent,
    #[error("pattern has the component `.` or `..`")]
    DotComponent,
    #[error("pattern reaches into `.git`")]
    GitDirectory,
    #[error("pattern has more than {} wildcards", Pattern::WILDCARD_COUNT_MAX)]
    TooManyWildcards,
    #[error("pattern has `**` beside other characters of a component")]
    PartialDoubleStar,
    #[error("pattern has a `[` that no `]` closes before the next slash")]
    UnterminatedClass,
    #[error("pattern has a named class such as `[:alpha:]`")]
    NamedClass,
    #[error("pattern has the reversed range `{0}-{1}`")]
    ReversedRange(char, char),
    #[error("pattern has a backslash with nothing to escape")]
    TrailingBackslash,
    #[error("ref pattern does not start with `refs/`")]
    NotARef,
}
