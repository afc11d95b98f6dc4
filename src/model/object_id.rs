//! Ids of git objects, of either hash function.

use std::fmt;
use std::str::FromStr;

/// The hash function of a git repository (`extensions.objectFormat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashKind {
    Sha1,
    Sha256,
}

impl HashKind {
    /// Returns the length of an id in bytes: 20 or 32.
    pub const fn len_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The id of a git object. Which kind of object is told by the name of the variable that holds it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    kind: HashKind,
    bytes: [u8; 32],
}

/// The text is not 40 or 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadObjectId;

impl ObjectId {
    /// Returns the id with these raw bytes, if there are 20 or 32 of them.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        let kind = match raw.len() {
            20 => HashKind::Sha1,
            32 => HashKind::Sha256,
            _ => return None,
        };
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Self { kind, bytes })
    }

    /// Returns the id of zeros by which git says "no object".
    pub const fn null(kind: HashKind) -> Self {
        Self { kind, bytes: [0; 32] }
    }

    /// Returns whether it is the id of zeros, which says "no object".
    pub fn is_null(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// Returns the hash that it is made by.
    pub const fn kind(&self) -> HashKind {
        self.kind
    }

    /// Returns its bytes: 20 or 32, as its hash has.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.kind.len_bytes()]
    }

    /// Returns the first seven digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..7].to_owned()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ObjectId {
    type Err = BadObjectId;

    fn from_str(text: &str) -> Result<Self, BadObjectId> {
        let raw = hex_bytes(text).ok_or(BadObjectId)?;
        Self::from_bytes(&raw).ok_or(BadObjectId)
    }
}

/// Returns the bytes that an even number of lower-case hexadecimal digits stands for.
pub(crate) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
