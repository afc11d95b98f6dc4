//! How principals are called. ASCII only, so that no name can look like another (KEY-5).

use std::fmt;

/// The name that a principal chose: `[a-z][a-z0-9-]{0,31}`. Not unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalName(Box<str>);

/// The unique id of a principal: its name, a hyphen, and eight hexadecimal digits of its first key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalId(Box<str>);

/// Why a string names no principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalFault {
    #[error("principal name does not match `[a-z][a-z0-9-]{{0,31}}`")]
    Name,
    #[error("principal id does not end in a hyphen and eight lower-case hexadecimal digits")]
    Suffix,
}

impl PrincipalName {
    /// The longest name in bytes.
    pub const LEN_MAX_BYTES: usize = 32;

    /// Checks a name.
    pub fn parse(source: &str) -> Result<Self, PrincipalFault> {
        let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let starts_well = source.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !starts_well || source.len() > Self::LEN_MAX_BYTES || !source.bytes().all(is_inner) {
            return Err(PrincipalFault::Name);
        }
        Ok(Self(source.into()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PrincipalId {
    const SUFFIX_LEN: usize = 8;

    /// Joins a name and the first four bytes of the digest of its first key.
    pub fn new(name: &PrincipalName, suffix: [u8; 4]) -> Self {
        Self(format!("{name}-{:08x}", u32::from_be_bytes(suffix)).into())
    }

    /// Checks an id.
    pub fn parse(source: &str) -> Result<Self, PrincipalFault> {
        let (name, suffix) = source.rsplit_once('-').ok_or(PrincipalFault::Suffix)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if suffix.len() != Self::SUFFIX_LEN || !suffix.bytes().all(is_digit) {
            return Err(PrincipalFault::Suffix);
        }
        PrincipalName::parse(name)?;
        Ok(Self(source.into()))
    }

    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part that the principal chose.
    pub fn name(&self) -> &str {
        &self.0[..self.0.len() - Self::SUFFIX_LEN - 1]
    }

    /// Returns the eight hexadecimal digits.
    pub fn suffix(&self) -> &str {
        &self.0[self.0.len() - Self::SUFFIX_LEN..]
    }
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_grammar_are_accepted() {
        for source in ["a", "alice", "agent-7", "x--", &"a".repeat(32)] {
            assert_eq!(PrincipalName::parse(source).unwrap().to_string(), source);
        }
    }

    #[test]
    fn names_that_could_pass_for_another_are_refused() {
        for source in ["", "Alice", "\u{430}lice", "alice ", "7up", "-a", "a_b", "a.b", "a\n", &"a".repeat(33)] {
            assert_eq!(PrincipalName::parse(source), Err(PrincipalFault::Name), "{source}");
        }
    }

    #[test]
    fn id_splits_at_its_last_hyphen() {
        let id = PrincipalId::parse("agent-7-3f9a1c2e").unwrap();
        assert_eq!((id.name(), id.suffix(), id.as_str()), ("agent-7", "3f9a1c2e", "agent-7-3f9a1c2e"));
        assert_eq!(PrincipalId::new(&PrincipalName::parse("agent-7").unwrap(), [0x3F, 0x9A, 0x1C, 0x2E]), id);
        assert_eq!(PrincipalId::new(&PrincipalName::parse("a").unwrap(), [0, 0, 0, 1]).as_str(), "a-00000001");
    }

    #[test]
    fn bad_ids_are_refused() {
        for source in [
            "",
            "alice",
            "alice-",
            "alice-3F9A1C2E",
            "alice-3f9a1c2",
            "alice-3f9a1c2e0",
            "alice-3f9a1c2g",
            "alice3f9a1c2e",
        ] {
            assert_eq!(PrincipalId::parse(source), Err(PrincipalFault::Suffix), "{source}");
        }
        for source in ["-3f9a1c2e", "Alice-3f9a1c2e", &format!("{}-3f9a1c2e", "a".repeat(33))] {
            assert_eq!(PrincipalId::parse(source), Err(PrincipalFault::Name), "{source}");
        }
    }
}
