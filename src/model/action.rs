//! A command that asks to be run, to the letter, and the files that it reads.

use std::fmt;

use crate::model::Digest;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Text;
use crate::model::text::is_deceptive;

/// A request to run one command once. It is never edited: another one is another request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRequest {
    pub id: RecordId,
    pub opener: PrincipalId,
    /// What the policy calls it.
    pub action: RecordName,
    pub order: Order,
    /// The digest of action and order in this ledger: what is approved.
    pub delta: Digest,
    pub mission: Option<RecordName>,
    pub title: Text,
    pub summary: Option<Text>,
}

/// What is run, and on which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The program and its arguments, as they are handed to it: no shell reads them.
    pub argv: Vec<Argument>,
    pub inputs: Vec<Input>,
}

impl Order {
    /// How many arguments a command may have, and how many inputs.
    pub const COUNT_MAX: usize = 64;
}

/// A file that was read by who asked, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub path: InputPath,
    pub digest: Digest,
}

/// One argument of a command: it may be empty, and hides nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Argument(Box<str>);

/// A path within the work tree, from its top.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputPath(Box<str>);

/// Why a string is no argument, or no path of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentFault {
    #[error("longer than {} bytes", Argument::LEN_MAX_BYTES)]
    TooLong,
    #[error("contains the control or invisible character U+{:04X}", u32::from(*.0))]
    Deceptive(char),
    #[error("no path within the work tree, from its top: `deploy/production.toml`")]
    Path,
}

impl Argument {
    /// The longest argument in bytes.
    pub const LEN_MAX_BYTES: usize = 4096;

    /// Checks an argument.
    pub fn parse(source: &str) -> Result<Self, ArgumentFault> {
        if source.len() > Self::LEN_MAX_BYTES {
            return Err(ArgumentFault::TooLong);
        }
        match source.chars().find(|&character| is_deceptive(character)) {
            Some(character) => Err(ArgumentFault::Deceptive(character)),
            None => Ok(Self(source.into())),
        }
    }

    /// Returns the argument.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl InputPath {
    /// Checks a path.
    pub fn parse(source: &str) -> Result<Self, ArgumentFault> {
        Argument::parse(source)?;
        let is_plain = |part: &str| !part.trim().is_empty() && !matches!(part, "." | "..");
        if source.split('/').all(is_plain) { Ok(Self(source.into())) } else { Err(ArgumentFault::Path) }
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_may_be_empty_and_hides_nothing() {
        for legal in ["", " ", "--to=production", "a b", "$HOME; rm -rf /", "größe", &"x".repeat(4096)] {
            assert_eq!(Argument::parse(legal).unwrap().as_str(), legal);
        }
        for character in ['\n', '\t', '\0', '\u{1b}', '\u{202e}', '\u{200b}', '\u{e0041}'] {
            let fault = Argument::parse(&format!("a{character}b")).unwrap_err();
            assert_eq!(fault, ArgumentFault::Deceptive(character));
        }
        assert_eq!(Argument::parse(&"x".repeat(4097)), Err(ArgumentFault::TooLong));
    }

    #[test]
    fn input_lies_within_the_work_tree() {
        for legal in ["a", "deploy/production.toml", ".hidden", "a b/c", "..a"] {
            assert_eq!(InputPath::parse(legal).unwrap().as_str(), legal);
        }
        for outside in ["", "/etc/passwd", "../a", "a/../b", "./a", "a//b", "a/", ".", "a/ /b"] {
            assert_eq!(InputPath::parse(outside), Err(ArgumentFault::Path), "{outside}");
        }
    }
}
