//! Things besides paths that a claim can reserve: a port, a database, the right to release, a task.
//!
//! A resource is only a name; whether the thing exists is nobody's business here.

use std::fmt;

/// The name of a resource: `port:8080`, `db:staging`, `release`, `task:t-7k2f9qxm`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(Box<str>);

/// Why a string is no [`Resource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceFault {
    #[error("resource is longer than {} bytes", Resource::LEN_MAX_BYTES)]
    TooLong,
    #[error("resource kind does not match `[a-z0-9][a-z0-9._-]*`")]
    Kind,
    #[error("resource name after the colon does not match `[A-Za-z0-9._/-]+`")]
    Name,
}

impl Resource {
    /// The longest resource in bytes.
    pub const LEN_MAX_BYTES: usize = 100;

    /// Checks `[a-z0-9][a-z0-9._-]*(:[A-Za-z0-9._/-]+)?`.
    pub fn parse(source: &str) -> Result<Self, ResourceFault> {
        if source.len() > Self::LEN_MAX_BYTES {
            return Err(ResourceFault::TooLong);
        }
        let (kind, name) = match source.split_once(':') {
            Some((kind, name)) => (kind, Some(name)),
            None => (source, None),
        };
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !kind.bytes().next().is_some_and(is_plain)
            || !kind.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte))
        {
            return Err(ResourceFault::Kind);
        }
        let is_named = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
        };
        if !name.is_none_or(is_named) {
            return Err(ResourceFault::Name);
        }
        Ok(Self(source.into()))
    }

    /// Returns the resource as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_the_grammar_are_kept_as_written() {
        for source in ["port:8080", "db:staging", "release", "task:t-7k2f9qxm", "0.x_y-z", "env:Prod/eu-1.a_b"] {
            assert_eq!(Resource::parse(source).unwrap().to_string(), source);
        }
    }

    #[test]
    fn bad_kinds_are_refused() {
        for source in ["", ":8080", "Port:8080", "-port", ".port", "po rt", "pört", "port/8080"] {
            assert_eq!(Resource::parse(source), Err(ResourceFault::Kind), "{source}");
        }
    }

    #[test]
    fn bad_names_are_refused() {
        for source in ["port:", "port:80:80", "port:8 0", "db:stäging", "db:a\n"] {
            assert_eq!(Resource::parse(source), Err(ResourceFault::Name), "{source}");
        }
    }

    #[test]
    fn length_is_bounded() {
        assert!(Resource::parse(&"a".repeat(100)).is_ok());
        assert_eq!(Resource::parse(&"a".repeat(101)), Err(ResourceFault::TooLong));
    }
}
